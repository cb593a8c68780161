package flow

import (
	"encoding/json"
	"maps"
	"strconv"
	"strings"
	"time"
)

func setAttributes(m *Machine, a *Action) Effect {
	attributes, err := m.texts(a.parameter("Attributes"))
	if err != nil || len(attributes) == 0 {
		return failInChat(m, a)
	}
	return SetAttributes{attributes, related(a)}
}

func related(a *Action) bool { return a.Parameter("TargetContact") == "Related" }

// setFlowAttributes sets all of them or, where they become too many, none.
func setFlowAttributes(m *Machine, a *Action) Effect {
	t := a.parameter("FlowAttributes")
	next := make(map[string]string, len(m.st.Scope.FlowAttributes)+len(t.members))
	maps.Copy(next, m.st.Scope.FlowAttributes)
	for i := range t.members {
		v := &t.members[i].value
		if v.kind == object {
			v = v.get("Value")
		}
		s, err := m.resolve(v)
		if err != nil {
			return failInChat(m, a)
		}
		next[t.members[i].name] = s
	}
	size := 0
	for k, v := range next {
		size += len(k) + len(v)
	}
	if size > maxAnswer {
		return failInChat(m, a)
	}
	m.st.Scope.FlowAttributes = next
	return pass(m, a)
}

func updateContact(m *Machine, a *Action) Effect {
	e := UpdateContact{Related: related(a)}
	for _, p := range []struct {
		name string
		to   **string
	}{
		{"Name", &e.Name}, {"Description", &e.Description}, {"CustomerId", &e.CustomerID}, {"LanguageCode", &e.Language},
	} {
		t := a.parameter(p.name)
		if t.kind == nothing {
			continue
		}
		s, err := m.resolve(t)
		if err != nil {
			return failInChat(m, a)
		}
		*p.to = &s
	}
	refs := a.parameter("References")
	for i := range refs.members {
		v := &refs.members[i].value
		value, err := m.resolve(v.get("Value"))
		if err != nil {
			return failInChat(m, a)
		}
		if e.References == nil {
			e.References = map[string]Reference{}
		}
		e.References[refs.members[i].name] = Reference{Type: m.expand(v.get("Type")), Value: value}
	}
	return e
}

func tag(m *Machine, a *Action) Effect {
	tags, err := m.texts(a.parameter("Tags"))
	if err != nil || len(tags) == 0 {
		return failInChat(m, a)
	}
	return Tag{tags}
}

func untagContact(m *Machine, a *Action) Effect {
	var keys []string
	for i := range a.parameter("TagKeys").items {
		key, err := m.resolve(&a.parameter("TagKeys").items[i])
		if err != nil || key == "" {
			return failInChat(m, a)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return failInChat(m, a)
	}
	return Untag{keys}
}

func rehydrate(m *Machine, a *Action) Effect {
	source, ok := m.required(a, "SourceContactId")
	if !ok {
		return nil
	}
	return Rehydrate{m.expand(a.parameter("RehydrationType")), source}
}

// setHook sets the one hook that the action names.
func setHook(m *Machine, a *Action) Effect {
	h, ok := m.hook(a)
	if !ok {
		return failInChat(m, a)
	}
	return h
}

func (m *Machine) hook(a *Action) (SetHook, bool) {
	for _, one := range hooks {
		off := a.parameter("EventHooksConfiguration").get(string(one.hook)).get("DisableExecution")
		if strings.EqualFold(off.String(), "true") {
			return SetHook{Hook: one.hook, Off: true}, true
		}
		t := a.parameter("EventHooks").get(string(one.hook))
		if t.kind == nothing {
			continue
		}
		id, err := m.resolve(t)
		return SetHook{Hook: one.hook, Flow: id}, err == nil && id != ""
	}
	return SetHook{}, false
}

// hookSet remembers the hook, so that it can be told what a run has set.
func hookSet(m *Machine, a *Action, o Outcome) {
	if h, ok := m.hook(a); ok && o.Error == "" {
		if m.st.Hooks == nil {
			m.st.Hooks = map[Hook]string{}
		}
		m.st.Hooks[h.Hook] = h.Flow
	}
	m.leave(a, "", o.Error)
}

// setLogging turns the log on before, or off after, it is written to.
func setLogging(m *Machine, a *Action) Effect {
	on := strings.EqualFold(a.Parameter("FlowLoggingBehavior"), "Enabled")
	if on {
		m.st.Logging = true
		m.begin(a)
	}
	m.leave(a, "", "")
	m.st.Logging = on
	return nil
}

func setPriority(m *Machine, a *Action) Effect {
	if t := a.parameter("QueuePriority"); t.kind != nothing {
		n, err := strconv.ParseInt(strings.TrimSpace(m.expand(t)), 10, 64)
		if err != nil || n < 1 {
			return failInChat(m, a)
		}
		return SetPriority{Priority: n}
	}
	n, err := strconv.ParseInt(strings.TrimSpace(m.expand(a.parameter("QueueTimeAdjustmentSeconds"))), 10, 32)
	if err != nil {
		return failInChat(m, a)
	}
	return SetPriority{Adjustment: time.Duration(n) * time.Second}
}

func setCriteria(m *Machine, a *Action) Effect {
	raw, err := m.filled(a.parameter("RoutingCriteria"))
	if err != nil || len(raw) == 0 {
		return failInChat(m, a)
	}
	if t, err := readTree(raw, false); err == nil && t.kind == text { // an answer that holds JSON
		raw = json.RawMessage(t.text)
	}
	if t, err := readTree(raw, false); err != nil || t.get("Steps").kind != list {
		return failInChat(m, a)
	}
	return SetRoutingCriteria{raw}
}

func setRecording(m *Machine, a *Action) Effect {
	raw, err := m.filled(&a.parameters)
	if err != nil {
		return failInChat(m, a)
	}
	e := SetRecording{Parameters: raw, Analytics: isTrue(a.parameter("AnalyticsBehavior").get("Enabled"))}
	recorded := a.parameter("RecordingBehavior").get("RecordedParticipants")
	for i := range recorded.items {
		switch recorded.items[i].text {
		case "Agent":
			e.Agent = true
		case "Customer":
			e.Customer = true
		}
	}
	return e
}

// setAnalytics is the later form of setRecording; only what it says of chats
// fits a chat. Messages are not redacted here on their way, and a flow that
// relies on that has to learn it.
func setAnalytics(m *Machine, a *Action) Effect {
	chat := a.parameter("ChatBehavior")
	raw, err := m.filled(&a.parameters)
	switch {
	case chat.kind == nothing:
		m.leave(a, "", ChannelMismatch)
		return nil
	case isTrue(chat.find([]string{"ChatAnalyticsBehavior", "InFlightChatRedactionConfiguration", "Enabled"})):
		m.leave(a, "", InFlightRedactionConfigurationFailed)
		return nil
	case err != nil:
		return failInChat(m, a)
	}
	return SetRecording{
		Agent: true, Customer: true, Parameters: raw,
		Analytics: isTrue(chat.get("ChatAnalyticsBehavior").get("Enabled")),
	}
}

func setProcessor(_ *Machine, a *Action) Effect {
	p := a.parameter("ChatProcessor")
	return SetProcessor{
		Enabled:            isTrue(p.get("ProcessingEnabled")),
		Function:           p.get("LambdaProcessorARN").String(),
		DeliverUnprocessed: isTrue(p.get("ChatProcessorSettings").get("DeliverUnprocessedMessages")),
	}
}

func isTrue(t *tree) bool { return strings.EqualFold(t.String(), "true") }
