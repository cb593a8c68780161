package flow

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// Values resolves the paths that the run itself does not know: attributes of
// the contact, system values. The keys are those of the path, so that
// $.Attributes.name has the keys Attributes and name. ok is false for a path
// that leads nowhere.
type Values func(keys []string) (value string, ok bool)

var errTooLong = errors.New("the value becomes too long")

// find resolves a path; what leads nowhere is nothing.
func (m *Machine) find(keys []string) *tree {
	s := &m.st.Scope
	rest := keys[1:]
	switch keys[0] {
	case "External":
		return s.External.find(rest)
	case "LambdaInvocation":
		return s.lambda(rest)
	case "FlowAttributes":
		if len(rest) == 1 {
			if v, ok := s.FlowAttributes[rest[0]]; ok {
				return &tree{kind: text, text: v}
			}
		}
		return &tree{}
	case "Lex":
		return s.Lex.find(rest)
	case "Views":
		return s.Views.find(rest)
	case "Metrics":
		return s.Metrics.find(rest)
	case "Modules":
		return s.Modules.find(rest)
	case "Loop":
		return m.loop(rest)
	case "Agent":
		if !agentFlows.has(m.st.Type) {
			return &tree{}
		}
	case "InitiationMethod":
		if whispers.has(m.st.Type) {
			return &tree{}
		}
	case "StoredCustomerInput", "MediaStreams", "TextToSpeechVoiceId", "CustomerCallBackPhoneNumber",
		"Capabilities", "Email", "AdditionalEmailRecipients":
		return &tree{} // other channels
	}
	if m.env.Values != nil {
		if v, ok := m.env.Values(keys); ok {
			return &tree{kind: text, text: v}
		}
	}
	return &tree{}
}

var (
	// agentFlows are the flows in which $.Agent is known.
	agentFlows = in(AgentWhisper, CustomerWhisper, OutboundWhisper, CustomerHold, AgentHold, AgentTransfer)
	whispers   = in(AgentWhisper, CustomerWhisper, OutboundWhisper)
)

// lambda resolves the long names of a function's answer.
func (s *Scope) lambda(keys []string) *tree {
	switch {
	case len(keys) == 1 && keys[0] == "InvocationId" && s.Invocation != "":
		return &tree{kind: text, text: s.Invocation}
	case len(keys) > 0 && keys[0] == "ResultData":
		return s.External.find(keys[1:])
	}
	return &tree{}
}

// loop resolves the position of a named loop of the flow in hand.
func (m *Machine) loop(keys []string) *tree {
	if len(keys) < 2 {
		return &tree{}
	}
	for _, key := range sortedKeys(m.st.Loops) {
		l := m.st.Loops[key]
		if l.Name != keys[0] || !strings.HasPrefix(key, m.st.Flow+"/") {
			continue
		}
		at := strconv.Itoa(max(0, l.Done-1))
		switch keys[1] {
		case "Index":
			return &tree{kind: text, text: at}
		case "Element":
			return l.Elements.find(append([]string{at}, keys[2:]...))
		case "Elements":
			return l.Elements.find(keys[2:])
		}
	}
	return &tree{}
}

// expand returns a text with its paths replaced by what they lead to. What
// would become too long is cut; see resolve for where that is an error.
func (m *Machine) expand(t *tree) string {
	s, _ := m.resolve(t)
	return s
}

// resolve is expand with an error for what is too long.
func (m *Machine) resolve(t *tree) (string, error) {
	switch {
	case t.parts == nil:
		return t.String(), nil
	case t.isPath():
		s := m.find(t.parts[0].keys).String()
		if len(s) > maxExpanded {
			return "", errTooLong
		}
		return s, nil
	}
	var b strings.Builder
	for _, p := range t.parts {
		if p.keys == nil {
			b.WriteString(p.said)
		} else {
			b.WriteString(m.find(p.keys).String())
		}
		if b.Len() > maxExpanded+len(t.text) {
			return "", errTooLong
		}
	}
	return b.String(), nil
}

// fill returns a value with all paths in its texts replaced. A text that is one
// path becomes what it leads to, object or list and all.
func (m *Machine) fill(t *tree) (tree, error) {
	left := maxExpanded + t.size()
	return m.fillWithin(t, &left)
}

func (m *Machine) fillWithin(t *tree, left *int) (tree, error) {
	var err error
	out := tree{kind: t.kind, text: t.text}
	switch t.kind {
	case text:
		if t.isPath() {
			if out = *m.find(t.parts[0].keys); out.kind == nothing {
				out = textOf("")
			}
		} else if t.dynamic() {
			if out.text, err = m.resolve(t); err != nil {
				return tree{}, err
			}
		}
		*left -= out.size()
	case list:
		out.items = make([]tree, len(t.items))
		for i := range t.items {
			if out.items[i], err = m.fillWithin(&t.items[i], left); err != nil {
				return tree{}, err
			}
		}
	case object:
		out.members = make([]member, len(t.members))
		for i := range t.members {
			v, err := m.fillWithin(&t.members[i].value, left)
			if err != nil {
				return tree{}, err
			}
			out.members[i] = member{t.members[i].name, v}
		}
	case nothing, number, boolean:
	}
	if *left < 0 {
		return tree{}, errTooLong
	}
	return out, nil
}

// filled is fill as JSON; nil where there is nothing to fill.
func (m *Machine) filled(t *tree) (json.RawMessage, error) {
	if t.kind == nothing {
		return nil, nil
	}
	out, err := m.fill(t)
	if err != nil {
		return nil, err
	}
	return out.append(nil), nil
}

// texts resolves an object of texts.
func (m *Machine) texts(t *tree) (map[string]string, error) {
	out := make(map[string]string, len(t.members))
	total := 0
	for i := range t.members {
		s, err := m.resolve(&t.members[i].value)
		if err != nil {
			return nil, err
		}
		if total += len(t.members[i].name) + len(s); total > maxExpanded {
			return nil, errTooLong
		}
		out[t.members[i].name] = s
	}
	return out, nil
}
