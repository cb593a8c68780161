package flow

import (
	"encoding/json"
	"maps"
	"slices"
)

// Limits of a run.
const (
	maxSteps     = 1000     // actions without waiting for anybody
	maxFrames    = 5        // modules within modules
	maxAnswer    = 32 << 10 // bytes that an answer may have, and flow attributes
	maxState     = 512 << 10
	maxExpanded  = 64 << 10 // bytes that a parameter may become
	maxBotAnswer = 256 << 10
)

// State is all that a run remembers: plain data, to be kept as JSON with the
// chat and resumed anywhere. It is short because it is stored with each step
// that waits; that is what the tags are for.
type State struct {
	Flow    string // id of the flow in hand
	Version string
	Name    string `json:",omitzero"`
	Type    Type

	Action string // in hand
	Asked  bool   `json:",omitzero"` // its effect waits for the answer
	Stage  string `json:",omitzero"` // how far an action of several effects is
	Steps  int    `json:",omitzero"` // since the last wait

	Logging bool            `json:",omitzero"`
	Hooks   map[Hook]string `json:",omitzero"` // that this run has set
	Scope   Scope           `json:",omitzero"`
	Loops   map[string]Loop `json:",omitzero"` // by flow and action
	Dialog  *Dialog         `json:",omitzero"` // with a bot
	Frames  []Frame         `json:",omitzero"` // callers of the module in hand

	Over   Over    `json:",omitzero"`
	Failed *Failed `json:",omitzero"`
}

// Root returns the id of the flow in hand, or of the one that has called the
// module in hand.
func (s *State) Root() string {
	if len(s.Frames) > 0 {
		return s.Frames[0].Flow
	}
	return s.Flow
}

// Scope is what paths see that is neither the contact's nor the system's. A
// module has one of its own.
type Scope struct {
	FlowAttributes map[string]string `json:",omitzero"`
	External       Data              `json:",omitzero"` // of the latest function
	Invocation     string            `json:",omitzero"` // of the latest asynchronous one
	Lex            Data              `json:",omitzero"`
	Views          Data              `json:",omitzero"`
	Metrics        Data              `json:",omitzero"`
	Modules        Data              `json:",omitzero"`
}

// Loop is a loop that has begun.
type Loop struct {
	Done     int    // rounds
	Name     string `json:",omitzero"`
	Elements Data   `json:",omitzero"`
}

// Dialog is a conversation with a bot.
type Dialog struct {
	Heard      string    `json:",omitzero"` // what the bot is asked next
	Attributes Data      `json:",omitzero"` // of its session
	Replies    []Message `json:",omitzero"` // still to be said
	Intent     string    `json:",omitzero"`
	Closed     bool      `json:",omitzero"`
}

// Frame is a caller that waits for a module.
type Frame struct {
	Flow    string
	Version string
	Name    string `json:",omitzero"`
	Action  string
	Scope   Scope
}

// Over says how a run ended; empty while it goes on.
type Over string

// The ways to end.
const (
	ByEnd        Over = "end"
	ByQueueing   Over = "queued" // the contact has gone into a queue
	ByDisconnect Over = "disconnect"
	ByFailure    Over = "failed"
)

// clone returns a copy that shares nothing that a step writes to.
func (s *State) clone() State {
	next := *s
	next.Hooks, next.Loops = maps.Clone(s.Hooks), maps.Clone(s.Loops)
	next.Scope.FlowAttributes = maps.Clone(s.Scope.FlowAttributes)
	next.Frames = slices.Clone(s.Frames)
	if s.Dialog != nil {
		dialog := *s.Dialog
		next.Dialog = &dialog
	}
	return next
}

// size is about how many bytes the state takes.
func (s *State) size() int {
	n := s.Scope.size()
	for i := range s.Frames {
		n += s.Frames[i].Scope.size()
	}
	for k, l := range s.Loops {
		n += len(k) + len(l.Name) + len(l.Elements.raw)
	}
	if s.Dialog != nil {
		n += len(s.Dialog.Heard) + len(s.Dialog.Attributes.raw)
		for _, m := range s.Dialog.Replies {
			n += len(m.Text) + len(m.Plain)
		}
	}
	return n
}

func (s *Scope) size() int {
	n := len(s.External.raw) + len(s.Lex.raw) + len(s.Views.raw) + len(s.Metrics.raw) + len(s.Modules.raw)
	for k, v := range s.FlowAttributes {
		n += len(k) + len(v)
	}
	return n
}

// Data is a JSON document that paths lead into. Its zero value is none.
type Data struct {
	raw  json.RawMessage
	tree *tree
}

// readData reads a document.
func readData(raw json.RawMessage) (Data, error) {
	t, err := readTree(raw, false)
	if err != nil {
		return Data{}, err
	}
	return Data{t.append(nil), &t}, nil
}

func dataOf(t tree) Data { return Data{t.append(nil), &t} }

// IsZero reports whether there is no document.
func (d Data) IsZero() bool { return d.tree == nil }

// MarshalJSON writes the document.
func (d Data) MarshalJSON() ([]byte, error) {
	if d.tree == nil {
		return []byte("null"), nil
	}
	return d.raw, nil
}

// UnmarshalJSON reads a document.
func (d *Data) UnmarshalJSON(raw []byte) error {
	if string(raw) == "null" {
		*d = Data{}
		return nil
	}
	got, err := readData(raw)
	*d = got
	return err
}

// find follows keys into the document.
func (d Data) find(keys []string) *tree {
	if d.tree == nil {
		return &tree{}
	}
	return d.tree.find(keys)
}
