package flow

import (
	"encoding/json"
	"fmt"
	"strings"
)

// legacyModule is a block of the older format.
type legacyModule struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Target   string `json:"target"`
	Branches []struct {
		Condition  string `json:"condition"`
		Type       string `json:"conditionType"`
		Value      scalar `json:"conditionValue"`
		Transition string `json:"transition"`
	} `json:"branches"`
	Parameters []legacyParameter `json:"parameters"`
	Metadata   json.RawMessage   `json:"metadata"`
}

type legacyParameter struct {
	Name      string  `json:"name"`
	Key       string  `json:"key"`
	Value     scalar  `json:"value"`
	Namespace *string `json:"namespace"`
}

// scalar is a text, or a number or boolean that counts as one.
type scalar string

// UnmarshalJSON reads a text, a number or a boolean; what nests is its JSON.
func (s *scalar) UnmarshalJSON(raw []byte) error {
	t, err := readTree(raw, false)
	*s = scalar(t.String())
	return err
}

// readLegacy reads a flow of the older format, whose members f holds, and
// returns the same flow in the present language.
func readLegacy(f *Flow) (*Flow, error) {
	var modules []legacyModule
	if err := json.Unmarshal(f.Member("modules"), &modules); err != nil {
		return nil, err
	}
	out := &Flow{Version: Version, Legacy: true}
	_ = json.Unmarshal(f.Member("start"), &out.Start) // what is no text is no action, says Check
	var kind string
	_ = json.Unmarshal(f.Member("type"), &kind)
	out.Type = consoleTypes[kind]
	positions := tree{kind: object}
	for i := range modules {
		m := &modules[i]
		out.Actions = append(out.Actions, out.convert(fmt.Sprintf("modules[%d]", i), m))
		if t, err := readTree(m.Metadata, false); err == nil && t.kind == object {
			positions.members = append(positions.members, member{m.ID, t})
		}
	}
	out.members = []rawMember{
		{"Version", nil},
		{"StartAction", nil},
		{"Metadata", legacyMetadata(f.Member("metadata"), positions)},
		{"Actions", nil},
	}
	return out, nil
}

// legacyMetadata is what the older flow said of itself, and of its blocks.
func legacyMetadata(raw json.RawMessage, blocks tree) json.RawMessage {
	t, err := readTree(raw, false)
	if err != nil || t.kind != object {
		t = tree{kind: object}
	}
	if len(blocks.members) > 0 && !t.has("ActionMetadata") {
		t.members = append(t.members, member{"ActionMetadata", blocks})
	}
	return t.append(nil)
}

// legacyTypes are the types of the older format and what has come of them.
// Where that depends on more, converters say.
var legacyTypes = map[string]string{
	"PlayPrompt": "MessageParticipant", "SetAttributes": "UpdateContactAttributes", "CheckAttribute": "Compare",
	"SetQueue": "UpdateContactTargetQueue", "SetEventHook": "UpdateContactEventHooks", "SetContactFlow": "UpdateContactEventHooks",
	"CheckHoursOfOperation": "CheckHoursOfOperation", "CheckStaffing": "CheckMetricData", "CheckQueueStatus": "CheckMetricData",
	"GetQueueMetrics": "GetMetricData", "InvokeExternalResource": "InvokeLambdaFunction", "Wait": "Wait",
	"LoopPrompts": "MessageParticipantIteratively", "Loop": "Loop", "SetLoggingBehavior": "UpdateFlowLoggingBehavior",
	"SetRecordingBehavior": "UpdateContactRecordingBehavior", "SetRoutingCriteria": "UpdateContactRoutingBehavior",
	"SetQueuePriority": "UpdateContactRoutingBehavior", "UpdateRoutingPriority": "UpdateContactRoutingBehavior",
	"StoreUserInput": "GetParticipantInput", "SetVoice": "UpdateContactTextToSpeechVoice", "Resume": "EndFlowExecution",
	"Disconnect": "DisconnectParticipant", "RandomDistribution": "DistributeByPercentage", "Dequeue": "DequeueContactAndTransferToQueue",
	"SetCallBackNumber": "UpdateContactCallbackNumber", "CreateCallback": "CreateCallbackContact", "CreateTask": "CreateTask",
	"HoldCustomerAgent": "UpdatePreviousContactParticipantState", "StartMediaStreaming": "UpdateContactMediaStreamingBehavior",
	"StopMediaStreaming": "UpdateContactMediaStreamingBehavior", "ShowView": "ShowView", "InvokeFlowModule": "InvokeFlowModule",
	"InvokeModule": "InvokeFlowModule", "Return": "EndFlowModuleExecution", "SetContactData": "UpdateContactData",
}

// convert turns a block into an action. A type without a counterpart keeps its
// name, which Check refuses.
func (f *Flow) convert(place string, m *legacyModule) *Action {
	a := &Action{ID: m.ID, Type: m.Type, place: place, parameters: tree{kind: object}}
	switch {
	case m.Type == "Transfer":
		a.Type = legacyTransfers[m.Target]
	case m.Type == "GetUserInput":
		a.Type = "GetParticipantInput"
		if m.Target == "Lex" || m.Target == "LexV2" || m.value("BotAliasArn") != "" || m.value("BotName") != "" {
			a.Type = "ConnectParticipantWithLexBot"
		}
	case legacyTypes[m.Type] != "":
		a.Type = legacyTypes[m.Type]
	}
	if a.Type == "" {
		a.Type = m.Type
	}
	m.parameters(a)
	m.branches(a)
	return a
}

var legacyTransfers = map[string]string{
	"Queue": "TransferContactToQueue", "Flow": "TransferToFlow", "Agent": "TransferContactToAgent",
	"PhoneNumber": "TransferParticipantToThirdParty",
}

// legacyErrors are the conditions of branches that stand for errors.
var legacyErrors = map[string]string{
	"Error": NoMatchingError, "AtCapacity": QueueAtCapacity, "NoMatch": NoMatchingCondition,
	"Timeout": InputTimeLimitExceeded, "InvalidNumber": InvalidPhoneNumber,
	"InvalidPhoneNumber": InvalidCallbackNumber, "NonDialableNumber": CallbackNumberNotDialable,
	"ParticipantNotFound": ParticipantNotFound,
}

// legacyResults are the conditions of branches that stand for results.
var legacyResults = map[string]string{
	"True": "True", "False": "False", "Looping": continueLooping, "Complete": doneLooping, "Continue": continueLooping, "Done": doneLooping,
	"WaitCompleted": waitCompleted, "TimeExpired": waitCompleted, "CustomerReturned": string(CustomerReturned),
	"BotParticipantDisconnected": string(BotParticipantDisconnected),
}

var legacyOperators = map[string]string{
	"Equals": Equals, "StartsWith": TextStartsWith, "EndsWith": TextEndsWith, "Contains": TextContains,
	"GreaterThan": NumberGreaterThan, "GreaterThanOrEqualTo": NumberGreaterOrEqualTo, "GreaterOrEqual": NumberGreaterOrEqualTo,
	"LessThan": NumberLessThan, "LessThanOrEqualTo": NumberLessOrEqualTo, "LessOrEqual": NumberLessOrEqualTo,
}

func (m *legacyModule) branches(a *Action) {
	when := func(operator, operand, next string) {
		t := textOf(operand)
		t.parts = compile(operand)
		a.Conditions = append(a.Conditions, Condition{
			Next: next, Operator: operator, Operands: []string{operand}, operands: []tree{t},
		})
	}
	for _, b := range m.Branches {
		switch result, failed := legacyResults[b.Condition], legacyErrors[b.Condition]; {
		case b.Condition == "Success":
			a.Next = b.Transition
		case m.Type == "CheckStaffing" && b.Condition == "True":
			when(NumberGreaterThan, "0", b.Transition)
		case m.Type == "CheckStaffing" && b.Condition == "False":
			a.Errors = append(a.Errors, ErrorBranch{NoMatchingCondition, b.Transition})
		case m.Type == "Wait" && b.Condition == "Timeout":
			when(Equals, waitCompleted, b.Transition)
		case m.Type == "LoopPrompts" && b.Condition == "Timeout":
			when(Equals, "MessagesInterrupted", b.Transition)
		case result != "":
			when(Equals, result, b.Transition)
		case failed != "":
			a.Errors = append(a.Errors, ErrorBranch{failed, b.Transition})
		default: // Evaluate, CheckQueueTime, CheckQueueCapacity …
			operator := legacyOperators[b.Type]
			if operator == "" {
				operator = b.Type
			}
			when(operator, string(b.Value), b.Transition)
		}
	}
	m.complete(a)
}

// complete adds what the present language wants and the older one could do
// without: a plain way on.
func (m *legacyModule) complete(a *Action) {
	if a.Next != "" || a.Type == "DisconnectParticipant" || a.Type == "EndFlowExecution" || a.Type == "EndFlowModuleExecution" {
		return
	}
	if len(a.Errors) > 0 {
		a.Next = a.Errors[len(a.Errors)-1].Next
	} else if len(a.Conditions) > 0 {
		a.Next = a.Conditions[len(a.Conditions)-1].Next
	}
}

// legacyNames are how parameters are called now, by the type of the action; a
// dot leads into an object, and an empty name drops the parameter.
var legacyNames = map[string]map[string]string{
	"MessageParticipant":            {"Text": "Text", "AudioPrompt": "PromptId", "Prompt": "PromptId"},
	"MessageParticipantIteratively": {},
	"ConnectParticipantWithLexBot": {
		"Text": "Text", "AudioPrompt": "PromptId", "BotName": "LexBot.Name", "BotAlias": "LexBot.Alias", "BotRegion": "LexBot.Region",
		"BotAliasArn": "LexV2Bot.AliasArn", "AliasArn": "LexV2Bot.AliasArn", "Timeout": "LexTimeoutSeconds.Text",
		"ChatTimeout": "LexTimeoutSeconds.Text", "SessionAttribute": "LexSessionAttributes.", "InitialMessage": "LexInitializationData.InitialMessage",
	},
	"GetParticipantInput":              {"Text": "Text", "AudioPrompt": "PromptId", "Timeout": "InputTimeLimitSeconds"},
	"UpdateContactAttributes":          {"Attribute": "Attributes."},
	"UpdateContactTargetQueue":         {"Queue": "QueueId", "Agent": "AgentId"},
	"DequeueContactAndTransferToQueue": {"Queue": "QueueId", "Agent": "AgentId"},
	"TransferToFlow":                   {"ContactFlowId": "ContactFlowId"},
	"CheckHoursOfOperation":            {"Hours": "HoursOfOperationId"},
	"CheckMetricData":                  {"Queue": "QueueId", "Agent": "AgentId"},
	"GetMetricData":                    {"Queue": "QueueId", "Agent": "AgentId", "Channel": "QueueChannel", "QueueChannel": "QueueChannel"},
	"InvokeLambdaFunction":             {"FunctionArn": "LambdaFunctionARN", "TimeLimit": "InvocationTimeLimitSeconds", "Parameter": "LambdaInvocationAttributes."},
	"Wait":                             {"Timeout": "TimeLimitSeconds", "TimeLimit": "TimeLimitSeconds", "TimeoutSeconds": "TimeLimitSeconds"},
	"Loop":                             {"LoopCount": "LoopCount"},
	"InvokeFlowModule":                 {"FlowModuleId": "FlowModuleId", "ModuleId": "FlowModuleId"},
	"UpdateContactRoutingBehavior": {
		"AbsolutePosition": "QueuePriority", "QueuePriority": "QueuePriority",
		"TimeOffset": "QueueTimeAdjustmentSeconds", "QueueTimeAdjustment": "QueueTimeAdjustmentSeconds",
	},
}

func (m *legacyModule) parameters(a *Action) {
	names, known := legacyNames[a.Type]
	for _, p := range m.Parameters {
		v := textOf(p.text())
		v.parts = compile(v.text)
		switch name, ok := names[p.Name]; {
		case p.Value == "" && p.Namespace == nil:
		case ok && strings.HasSuffix(name, "."):
			a.put(name+p.Key, v)
		case ok:
			a.put(name, v)
		case !known && p.Key == "" && a.Type != "Compare" && a.Type != "UpdateContactEventHooks":
			a.put(p.Name, v) // an action of which we know no more
		}
	}
	m.special(a)
}

// special sets the parameters that are made of several.
func (m *legacyModule) special(a *Action) {
	put := func(name, value string) {
		v := textOf(value)
		v.parts = compile(value)
		a.put(name, v)
	}
	switch a.Type {
	case "MessageParticipant", "ConnectParticipantWithLexBot", "GetParticipantInput":
		if t := a.parameter("Text"); m.value("TextToSpeechType") == "ssml" && t.kind != nothing {
			a.rename("Text", "SSML")
		}
	case "MessageParticipantIteratively":
		messages := tree{kind: list}
		for _, p := range m.Parameters {
			if name := map[string]string{"Text": "Text", "AudioPrompt": "PromptId", "Prompt": "PromptId"}[p.Name]; name != "" {
				v := textOf(p.text())
				v.parts = compile(v.text)
				messages.items = append(messages.items, tree{kind: object, members: []member{{name, v}}})
			}
		}
		a.put("Messages", messages)
	case "Compare":
		put("ComparisonValue", legacyPath(m.value("Namespace"), m.value("Attribute")))
	case "UpdateContactEventHooks":
		for _, p := range m.Parameters {
			if p.Name == "ContactFlowId" {
				put("EventHooks."+m.value("Type"), p.text())
			}
		}
	case "UpdateFlowLoggingBehavior":
		a.parameters = tree{kind: object}
		on := "Enabled"
		if strings.HasPrefix(m.value("LoggingBehavior"), "Disable") {
			on = "Disabled"
		}
		put("FlowLoggingBehavior", on)
	case "CheckMetricData":
		m.metric(put)
	case "UpdateContactRecordingBehavior":
		m.recording(a)
	case "Wait":
		events := tree{kind: list}
		for _, b := range m.Branches {
			if r := legacyResults[b.Condition]; r != "" && r != waitCompleted {
				events.items = append(events.items, textOf(r))
			}
		}
		if len(events.items) > 0 {
			a.put("Events", events)
		}
	case "UpdateContactAttributes":
		put("TargetContact", "Current")
	}
}

// metric finds which metric a block checks: CheckStaffing names it, and
// CheckQueueStatus shows it by the conditions of its branches.
func (m *legacyModule) metric(put func(name, value string)) {
	if m.Type == "CheckStaffing" {
		metric := "NumberOfAgentsAvailable"
		for _, one := range []string{"Staffed", "Online"} {
			if strings.Contains(m.value("Status")+m.value("Metric"), one) {
				metric = "NumberOfAgents" + one
			}
		}
		put("MetricType", metric)
		return
	}
	metric := contactsInQueue
	for _, b := range m.Branches {
		if b.Condition == "CheckQueueTime" {
			metric = oldestContact
		}
	}
	put("MetricType", metric)
}

func (m *legacyModule) recording(a *Action) {
	a.parameters = tree{kind: object}
	recorded := tree{kind: list}
	who := m.value("RecordingParticipantOption")
	if strings.HasPrefix(m.value("RecordingBehaviorOption"), "Enable") {
		if who != "Customer" {
			recorded.items = append(recorded.items, textOf("Agent"))
		}
		if who != "Agent" {
			recorded.items = append(recorded.items, textOf("Customer"))
		}
	}
	a.put("RecordingBehavior", tree{kind: object, members: []member{{"RecordedParticipants", recorded}}})
}

// value returns the value of a parameter as it is written.
func (m *legacyModule) value(name string) string {
	for _, p := range m.Parameters {
		if p.Name == name {
			return string(p.Value)
		}
	}
	return ""
}

// text returns the parameter as a text of the present language: one with a
// namespace is a path.
func (p *legacyParameter) text() string {
	if p.Namespace == nil || *p.Namespace == "" {
		return string(p.Value)
	}
	return legacyPath(*p.Namespace, string(p.Value))
}

// legacySystem are the system values under the names that the older format
// shows to people.
var legacySystem = map[string]string{
	"stored customer input": "$.StoredCustomerInput", "customer number": "$.CustomerEndpoint.Address",
	"dialed number": "$.SystemEndpoint.Address",
	"queue name":    "$.Queue.Name", "queue arn": "$.Queue.ARN",
	"contact id": "$.ContactId", "initial contact id": "$.InitialContactId", "previous contact id": "$.PreviousContactId",
	"instance arn": "$.InstanceARN", "initiation method": "$.InitiationMethod", "language": "$.LanguageCode",
	"aws region": "$.AwsRegion", "agent user name": "$.Agent.UserName", "agent first name": "$.Agent.FirstName",
	"agent last name": "$.Agent.LastName", "agent arn": "$.Agent.ARN", "text to speech voice": "$.TextToSpeechVoiceId",
}

func legacyPath(namespace, name string) string {
	switch namespace {
	case "User Defined", "User defined":
		return Path("Attributes", name)
	case "External":
		return Path(append([]string{"External"}, strings.Split(name, ".")...)...)
	case "Flow":
		return Path("FlowAttributes", name)
	case "Lex Slots", "Lex slots":
		return Path("Lex", "Slots", name)
	case "Lex Attributes", "Lex attributes":
		return Path("Lex", "SessionAttributes", name)
	case "System":
		if path := legacySystem[strings.ToLower(name)]; path != "" {
			return path
		}
		return Path(strings.Split(name, ".")...)
	case "":
		return name
	}
	keys := append([]string{strings.ReplaceAll(namespace, " ", "")}, strings.Split(name, ".")...)
	return Path(keys...)
}

// put sets a parameter; the first dot of the name leads into an object.
func (a *Action) put(name string, v tree) {
	outer, inner, nested := strings.Cut(name, ".")
	t := a.parameters.get(outer)
	if !a.parameters.has(outer) {
		a.parameters.members = append(a.parameters.members, member{outer, tree{}})
		t = a.parameters.get(outer)
	}
	if !nested {
		*t = v
		return
	}
	t.kind = object
	for i := range t.members {
		if t.members[i].name == inner {
			t.members[i].value = v
			return
		}
	}
	t.members = append(t.members, member{inner, v})
}

// rename gives a parameter another name.
func (a *Action) rename(from, to string) {
	for i := range a.parameters.members {
		if a.parameters.members[i].name == from {
			a.parameters.members[i].name = to
		}
	}
}
