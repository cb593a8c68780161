package flow

import (
	"encoding/json"
	"time"
)

// Entry is one line of a flow log: what an action did with what. Attribute
// values are in it.
type Entry struct {
	Flow       string
	FlowName   string
	Action     string
	Type       string // in the words of the older format: PlayPrompt, SetQueue …
	Parameters json.RawMessage
	Result     string          // or the error
	External   json.RawMessage // what a function returned
}

// begin prepares the log entry of an action, while its parameters are what
// they are.
func (m *Machine) begin(a *Action) {
	if m.env.Log == nil || !m.st.Logging || m.entry != nil && m.entry.Action == a.ID && m.entry.Flow == m.st.Flow {
		return
	}
	raw, _ := m.filled(&a.parameters)
	kind := a.Type
	if a.rule != nil {
		kind = a.rule.older
	}
	m.entry = &Entry{Flow: m.st.Flow, FlowName: m.st.Name, Action: a.ID, Type: kind, Parameters: raw}
}

// finish tells that an action is done.
func (m *Machine) finish(a *Action, result, errorType, branch, next string) {
	m.took(a, branch, next)
	m.begin(a)
	if errorType != "" {
		result = errorType
	} else if a.Type == "InvokeLambdaFunction" && m.entry != nil {
		m.entry.External = m.st.Scope.External.raw
	}
	m.log(a, result)
}

// log writes the entry of an action.
func (m *Machine) log(a *Action, result string) {
	m.begin(a)
	if e := m.entry; e != nil && m.st.Logging {
		e.Result = result
		m.env.Log(*e)
	}
	m.entry = nil
}

// JSON writes the entry as one line of the log.
func (e Entry) JSON(contactID string, at time.Time) []byte {
	line := struct {
		ContactID  string          `json:"ContactId"`
		FlowID     string          `json:"ContactFlowId"`
		FlowName   string          `json:"ContactFlowName,omitzero"`
		ModuleType string          `json:"ContactFlowModuleType"`
		Identifier string          `json:"Identifier"`
		Timestamp  string          `json:"Timestamp"`
		Parameters json.RawMessage `json:"Parameters,omitempty"`
		Results    string          `json:"Results,omitzero"`
		External   json.RawMessage `json:"ExternalResults,omitempty"`
	}{
		contactID, e.Flow, e.FlowName, e.Type, e.Action,
		at.UTC().Format("2006-01-02T15:04:05.000Z"), e.Parameters, e.Result, e.External,
	}
	b, _ := json.Marshal(line) // texts and JSON that has been read can be written
	return b
}
