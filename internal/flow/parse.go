package flow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/bellpull/bellpull/internal/fault"
)

// Parse reads a flow and checks it as the API does. The error is Problems
// where the content can be read but breaks the rules, and a fault of kind
// Invalid where it is not a flow at all.
func Parse(content string) (*Flow, error) {
	f, err := Read(content)
	if err != nil {
		return nil, err
	}
	if problems, _ := Check(f, Options{}); len(problems) > 0 {
		return nil, problems
	}
	return f, nil
}

// Read reads a flow in the present language or in the older format of
// "modules", which becomes the same thing. What it can make no sense of is left
// out of the flow and reported by Check; the error is a fault of kind Invalid
// and says that the content is no flow.
func Read(content string) (*Flow, error) {
	if len(content) > MaxContent {
		return nil, fault.Newf(fault.Invalid, "the flow is longer than %d bytes", MaxContent)
	}
	if !utf8.ValidString(content) {
		return nil, fault.Newf(fault.Invalid, "the flow is not UTF-8")
	}
	members, err := topLevel(content)
	if err != nil {
		return nil, fault.Newf(fault.Invalid, "the flow is not JSON of the flow language: %s", syntax(err))
	}
	f := &Flow{members: members}
	if f.Member("modules") != nil && f.Member("Actions") == nil {
		if f, err = readLegacy(f); err != nil {
			return nil, fault.Newf(fault.Invalid, "the flow is not JSON of the older flow language: %s", syntax(err))
		}
	} else if err := f.read(); err != nil {
		return nil, fault.Newf(fault.Invalid, "the flow is not JSON of the flow language: %s", syntax(err))
	}
	f.describe()
	f.index()
	return f, nil
}

// syntax says where JSON is broken, in bytes.
func syntax(err error) string {
	if at, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Sprintf("%s at byte %d", at, at.Offset)
	}
	return err.Error()
}

// topLevel splits the envelope into its members.
func topLevel(content string) ([]rawMember, error) {
	if err := json.Unmarshal([]byte(content), new(json.RawMessage)); err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader([]byte(content)))
	if tok, err := dec.Token(); err != nil || tok != json.Delim('{') {
		return nil, errors.Join(err, errors.New("it is no object"))
	}
	var members []rawMember
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return nil, err
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return nil, err
		}
		name, _ := tok.(string)
		members = append(members, rawMember{name, raw})
	}
	return members, nil
}

// read reads the members that make the flow.
func (f *Flow) read() error {
	for _, m := range f.members {
		switch m.name {
		case "Version", "StartAction", "Actions":
		default:
			continue
		}
		t, err := readTree(m.raw, true)
		if err != nil {
			return err
		}
		switch m.name {
		case "Version":
			f.Version = t.String()
		case "StartAction":
			f.Start = t.String()
		case "Actions":
			f.Actions = nil // of two, the later one counts
			if t.kind != list {
				f.unreadable("Actions", "", "must be a list")
				continue
			}
			for i := range t.items {
				f.Actions = append(f.Actions, f.action(fmt.Sprintf("Actions[%d]", i), &t.items[i]))
			}
		}
	}
	return nil
}

// unreadable notes a place that does not have the form it must have.
func (f *Flow) unreadable(path, action, detail string) {
	f.problems = append(f.problems, Problem{
		Path: path, Action: action, Message: "Invalid Action property value. Path: " + path, Detail: detail,
	})
}

func (f *Flow) action(place string, t *tree) *Action {
	a := &Action{place: place, parameters: tree{kind: object}}
	if t.kind != object {
		f.unreadable(place, "", "must be an object")
		a.unread = true
		return a
	}
	a.ID = f.scalar(place+".Identifier", "", t.get("Identifier"))
	a.Type = f.scalar(place+".Type", a.ID, t.get("Type"))
	for _, m := range t.members {
		switch at := place + "." + m.name; m.name {
		case "Identifier", "Type":
		case "Parameters":
			switch m.value.kind {
			case object:
				a.parameters = m.value
			case nothing:
			default:
				f.unreadable(at, a.ID, "must be an object")
			}
		case "Transitions":
			f.transitions(at, a, &m.value)
		default:
			a.extra = append(a.extra, m)
		}
	}
	return a
}

// scalar reads a text; what is absent is "".
func (f *Flow) scalar(path, action string, t *tree) string {
	if t.kind == list || t.kind == object {
		f.unreadable(path, action, "must be a text")
		return ""
	}
	return t.text
}

func (f *Flow) transitions(place string, a *Action, t *tree) {
	if t.kind != object && t.kind != nothing {
		f.unreadable(place, a.ID, "must be an object")
		return
	}
	a.Next = f.scalar(place+".NextAction", a.ID, t.get("NextAction"))
	f.each(place+".Conditions", a.ID, t.get("Conditions"), func(place string, t *tree) {
		c := f.condition(place+".Condition", a.ID, t.get("Condition"), MaxConditionDepth)
		c.Next = f.scalar(place+".NextAction", a.ID, t.get("NextAction"))
		a.Conditions = append(a.Conditions, c)
	})
	f.each(place+".Errors", a.ID, t.get("Errors"), func(place string, t *tree) {
		a.Errors = append(a.Errors, ErrorBranch{
			Type: f.scalar(place+".ErrorType", a.ID, t.get("ErrorType")),
			Next: f.scalar(place+".NextAction", a.ID, t.get("NextAction")),
		})
	})
}

// each reads a list of objects.
func (f *Flow) each(place, action string, t *tree, read func(place string, t *tree)) {
	switch t.kind {
	case nothing:
		return
	case list:
	default:
		f.unreadable(place, action, "must be a list")
		return
	}
	for i := range t.items {
		at := fmt.Sprintf("%s[%d]", place, i)
		if t.items[i].kind != object {
			f.unreadable(at, action, "must be an object")
			continue
		}
		read(at, &t.items[i])
	}
}

// condition reads a condition and the ones within it.
func (f *Flow) condition(place, action string, t *tree, depth int) Condition {
	if depth == 0 {
		f.unreadable(place, action, fmt.Sprintf("conditions nest deeper than %d", MaxConditionDepth))
		return Condition{unread: true}
	}
	c := Condition{Operator: f.scalar(place+".Operator", action, t.get("Operator"))}
	operands := t.get("Operands")
	if operands.kind != list && operands.kind != nothing {
		f.unreadable(place+".Operands", action, "must be a list")
		return c
	}
	for i := range operands.items {
		o := &operands.items[i]
		at := fmt.Sprintf("%s.Operands[%d]", place, i)
		if c.joins() && o.kind == object {
			c.Within = append(c.Within, f.condition(at, action, o, depth-1))
			continue
		}
		c.Operands = append(c.Operands, f.scalar(at, action, o))
		c.operands = append(c.operands, *o)
	}
	return c
}

// describe reads what the Metadata says about the flow as a whole.
func (f *Flow) describe() {
	var meta struct {
		Name string `json:"name"`
		Type string `json:"type"`
	}
	if json.Unmarshal(f.Member("Metadata"), &meta) == nil {
		f.Name = meta.Name
	}
	if f.Type == "" {
		f.Type = consoleTypes[meta.Type]
	}
}

// index finds the actions by their names and what is known of their types. Of
// two actions with one name the first one counts.
func (f *Flow) index() {
	f.byID = make(map[string]*Action, len(f.Actions))
	for _, a := range f.Actions {
		a.rule, a.behaviour = rules[a.Type], behaviourOf(a.Type)
		a.rename("LexInitilizationData", "LexInitializationData") // as one page of the documentation has it
		if f.byID[a.ID] == nil {
			f.byID[a.ID] = a
		}
	}
}
