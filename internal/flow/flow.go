// Package flow holds the flow language: reading and writing it, checking it,
// and running it. It is pure: it knows no clock, does no I/O and throws no dice
// of its own. Whoever runs a flow does what it asks for and says how that went.
//
// Start reading at Flow, Read and Check; a run is a Machine, and its whole
// memory is a State.
package flow

import (
	"encoding/json"
	"strings"
)

// Version is the version of the language that every flow states.
const Version = "2019-10-30"

// Limits of a flow.
const (
	MaxActions    = 250
	MaxContent    = 1 << 20 // bytes
	MaxIdentifier = 50      // characters
)

// Type says when a flow runs.
type Type string

// The types of flow, as the API names them; a module has none there.
const (
	Inbound         Type = "CONTACT_FLOW"
	CustomerQueue   Type = "CUSTOMER_QUEUE"
	AgentWhisper    Type = "AGENT_WHISPER"
	CustomerWhisper Type = "CUSTOMER_WHISPER"
	CustomerHold    Type = "CUSTOMER_HOLD"
	AgentHold       Type = "AGENT_HOLD"
	OutboundWhisper Type = "OUTBOUND_WHISPER"
	AgentTransfer   Type = "AGENT_TRANSFER"
	QueueTransfer   Type = "QUEUE_TRANSFER"
	Campaign        Type = "CAMPAIGN"
	Module          Type = "MODULE"
)

// consoleTypes are the types as exports name them in their Metadata.
var consoleTypes = map[string]Type{
	"contactFlow": Inbound, "customerQueue": CustomerQueue, "agentWhisper": AgentWhisper,
	"customerWhisper": CustomerWhisper, "customerHold": CustomerHold, "agentHold": AgentHold,
	"outboundWhisper": OutboundWhisper, "agentTransfer": AgentTransfer, "queueTransfer": QueueTransfer,
	"campaign": Campaign, "journey": Campaign, "module": Module,
}

// Known reports whether flows can be of the type; modules are of none.
func (t Type) Known() bool {
	if t == Module {
		return false
	}
	for _, known := range consoleTypes {
		if t == known {
			return true
		}
	}
	return false
}

// Flow is a flow that has been read. It is never written to.
type Flow struct {
	Version string
	Start   string
	Actions []*Action // as written

	// Name and Type are what the Metadata of an export says, or empty.
	Name string
	Type Type
	// Legacy tells that the flow was written in the older format.
	Legacy bool

	members  []rawMember // all top-level members, as written
	byID     map[string]*Action
	problems Problems // places that could not be read
}

// rawMember is a top-level member byte for byte.
type rawMember struct {
	name string
	raw  json.RawMessage
}

// Action is one block of a flow.
type Action struct {
	ID         string
	Type       string
	Next       string
	Conditions []Condition
	Errors     []ErrorBranch

	parameters tree // an object
	extra      []member
	rule       *rule // nil where the type is unknown
	behaviour  behaviour
	place      string // such as Actions[2]
	unread     bool   // reported already
}

// Condition leads on when the result of an action meets it.
type Condition struct {
	Next     string // empty for a condition within another
	Operator string
	Operands []string
	Within   []Condition // of And and Or

	operands []tree // the same as Operands, compiled
	unread   bool   // reported already
}

// ErrorBranch leads on after an error.
type ErrorBranch struct {
	Type string
	Next string
}

// Action returns the action with the given identifier, or nil.
func (f *Flow) Action(id string) *Action { return f.byID[id] }

// Member returns a top-level member as it was written, such as Metadata or
// Settings; nil where there is none.
func (f *Flow) Member(name string) json.RawMessage {
	for _, m := range f.members {
		if m.name == name {
			return m.raw
		}
	}
	return nil
}

// Parameter returns a scalar parameter as text: numbers and booleans count as
// what they are written with, and what is absent, or nests, is "". Names of
// nested members follow: Parameter("LexV2Bot", "AliasArn").
func (a *Action) Parameter(names ...string) string {
	t := a.parameters.find(names)
	if !t.scalar() {
		return ""
	}
	return t.text
}

// Ends reports whether nothing can follow the action.
func (a *Action) Ends() bool { return a.rule != nil && a.rule.ends }

// onError returns the branch that an error of the type takes: its own, or else
// that of NoMatchingError. It is nil where there is none.
func (a *Action) onError(errorType string) *ErrorBranch {
	for _, want := range []string{errorType, NoMatchingError} {
		for i := range a.Errors {
			if e := &a.Errors[i]; e.Type == want && e.Next != "" {
				return e
			}
		}
	}
	return nil
}

// parameter is a parameter of the action, or nothing.
func (a *Action) parameter(name string) *tree { return a.parameters.get(name) }

// Problem is one thing that is wrong with a flow, and where.
type Problem struct {
	// Path is the place: Actions[2].Parameters.Text.
	Path string
	// Action is the identifier of the action; empty for the flow as a whole.
	Action string
	// Message names the kind of fault and the path, in the service's manner.
	Message string
	// Detail says what exactly is wrong.
	Detail string
}

func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.Message)
	if p.Action != "" {
		b.WriteString(", action " + p.Action)
	}
	if p.Detail != "" {
		b.WriteString(": " + p.Detail)
	}
	return b.String()
}

// Problems are all that is wrong with a flow, in the order of the text.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = one.String()
	}
	return strings.Join(lines, "; ")
}
