// Package flow holds the flow language: reading it, checking it, and taking
// one step of it. It is pure; whoever runs a flow does what a step asks for and
// says how that went. Start reading at Parse and Flow.Step.
package flow

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/bellpull/bellpull/internal/fault"
)

// Version is the version of the language that every flow states.
const Version = "2019-10-30"

// Limits of a flow.
const (
	MaxActions    = 250
	MaxContent    = 1 << 20 // bytes
	MaxIdentifier = 50      // characters
)

// Flow is a flow that has been read and checked. It is never written to.
type Flow struct {
	Start   string
	Actions map[string]*Action
}

// Action is one block of a flow.
type Action struct {
	ID         string
	Type       string
	Parameters map[string]json.RawMessage
	Next       string
	Conditions []Condition
	// Errors says where an error of each type leads to.
	Errors map[string]string
}

// Condition leads on when the result of an action meets it.
type Condition struct {
	Operator string
	Operands []string
	Next     string
}

// Types of action that this interpreter runs.
const (
	messageParticipant     = "MessageParticipant"
	updateContactQueue     = "UpdateContactTargetQueue"
	transferContactToQueue = "TransferContactToQueue"
	disconnectParticipant  = "DisconnectParticipant"
	endFlowExecution       = "EndFlowExecution"
)

// Error types that branches are taken by.
const (
	NoMatchingError = "NoMatchingError"
	QueueAtCapacity = "QueueAtCapacity"
)

// Problem is one thing that is wrong with a flow, and where.
type Problem struct {
	Where   string // such as Actions[2].Parameters.Text
	Message string
}

// Problems are all that is wrong with a flow.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = one.Where + ": " + one.Message
	}
	return strings.Join(lines, "; ")
}

// Parse reads a flow. The error is Problems where the content can be read but
// breaks the rules, and a fault of kind Invalid where it is not a flow at all.
func Parse(content string) (*Flow, error) {
	if len(content) > MaxContent {
		return nil, fault.Newf(fault.Invalid, "the flow is longer than %d bytes", MaxContent)
	}
	var doc struct {
		Version     string
		StartAction string
		Actions     []struct {
			Identifier  string
			Type        string
			Parameters  map[string]json.RawMessage
			Transitions struct {
				NextAction string
				Conditions []struct {
					NextAction string
					Condition  struct {
						Operator string
						Operands []string
					}
				}
				Errors []struct {
					NextAction string
					ErrorType  string
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(content), &doc); err != nil {
		return nil, fault.Newf(fault.Invalid, "the flow is not JSON of the flow language: %v", err)
	}
	f := &Flow{Start: doc.StartAction, Actions: make(map[string]*Action, len(doc.Actions))}
	var problems Problems
	report := func(where, format string, args ...any) {
		problems = append(problems, Problem{where, fmt.Sprintf(format, args...)})
	}
	if doc.Version != Version {
		report("Version", "must be %s", Version)
	}
	if len(doc.Actions) > MaxActions {
		report("Actions", "%d actions are more than %d", len(doc.Actions), MaxActions)
	}
	for i, src := range doc.Actions {
		where := fmt.Sprintf("Actions[%d]", i)
		switch {
		case src.Identifier == "" || len([]rune(src.Identifier)) > MaxIdentifier:
			report(where+".Identifier", "must have 1 to %d characters", MaxIdentifier)
		case f.Actions[src.Identifier] != nil:
			report(where+".Identifier", "%q is used twice", src.Identifier)
		}
		a := &Action{
			ID: src.Identifier, Type: src.Type, Parameters: src.Parameters,
			Next: src.Transitions.NextAction, Errors: map[string]string{},
		}
		for _, c := range src.Transitions.Conditions {
			a.Conditions = append(a.Conditions, Condition{c.Condition.Operator, c.Condition.Operands, c.NextAction})
		}
		for _, e := range src.Transitions.Errors {
			a.Errors[e.ErrorType] = e.NextAction
		}
		f.Actions[src.Identifier] = a
	}
	f.checkTransitions(report)
	if len(problems) > 0 {
		return nil, problems
	}
	return f, nil
}

// checkTransitions reports what leads nowhere.
func (f *Flow) checkTransitions(report func(where, format string, args ...any)) {
	if f.Actions[f.Start] == nil {
		report("StartAction", "there is no action %q", f.Start)
	}
	for _, a := range f.Actions {
		where := "Actions[" + a.ID + "]"
		if a.terminal() {
			if a.Next != "" || len(a.Conditions) > 0 || len(a.Errors) > 0 {
				report(where+".Transitions", "%s ends the flow and leads nowhere", a.Type)
			}
			continue
		}
		targets := map[string]string{".Transitions.NextAction": a.Next}
		for i, c := range a.Conditions {
			targets[fmt.Sprintf(".Transitions.Conditions[%d].NextAction", i)] = c.Next
		}
		for kind, next := range a.Errors {
			targets[".Transitions.Errors["+kind+"].NextAction"] = next
		}
		for place, next := range targets {
			if f.Actions[next] == nil {
				report(where+place, "there is no action %q", next)
			}
		}
	}
}

func (a *Action) terminal() bool {
	return a.Type == disconnectParticipant || a.Type == endFlowExecution
}

// parameter returns a scalar parameter as text: numbers and booleans count as
// the text that they are written with. Absent is "".
func (a *Action) parameter(name string) string {
	raw := a.Parameters[name]
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	if len(raw) > 0 && raw[0] != '{' && raw[0] != '[' && string(raw) != "null" {
		return string(raw)
	}
	return ""
}
