package flow

import "bytes"

// Write writes the flow in the present language. All top-level members but
// Version, StartAction and Actions are what was read, byte for byte and in
// their places; scalar parameters are written as texts, as the service does.
func Write(f *Flow) string {
	var b []byte
	b = append(b, '{')
	put := func(name string) {
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(appendText(b, name), ':')
	}
	written := map[string]bool{}
	own := func(name string) {
		if written[name] {
			return
		}
		written[name] = true
		put(name)
		switch name {
		case "Version":
			b = appendText(b, f.Version)
		case "StartAction":
			b = appendText(b, f.Start)
		case "Actions":
			b = f.appendActions(b)
		}
	}
	for _, m := range f.members {
		switch m.name {
		case "Version", "StartAction", "Actions":
			own(m.name)
		default:
			put(m.name)
			b = append(b, m.raw...)
		}
	}
	own("Version")
	own("StartAction")
	own("Actions")
	return string(append(b, '}'))
}

func (f *Flow) appendActions(b []byte) []byte {
	b = append(b, '[')
	for i, a := range f.Actions {
		if i > 0 {
			b = append(b, ',')
		}
		b = a.append(append(b, "\n  "...))
	}
	return append(bytes.TrimRight(b, "\n"), ']')
}

func (a *Action) append(b []byte) []byte {
	b = append(b, `{"Identifier":`...)
	b = appendText(b, a.ID)
	b = append(b, `,"Type":`...)
	b = appendText(b, a.Type)
	b = append(b, `,"Parameters":{`...)
	for i, m := range a.parameters.members {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendText(b, m.name), ':')
		v := m.value
		if m.name != "ViewData" { // whose native values are meant
			v = v.texts()
		}
		b = v.append(b)
	}
	b = append(b, `},"Transitions":{`...)
	b = a.appendTransitions(b)
	b = append(b, '}')
	for _, m := range a.extra {
		b = append(appendText(append(b, ','), m.name), ':')
		b = m.value.append(b)
	}
	return append(b, '}')
}

func (a *Action) appendTransitions(b []byte) []byte {
	comma := func() {
		if b[len(b)-1] != '{' {
			b = append(b, ',')
		}
	}
	if a.Next != "" {
		b = append(b, `"NextAction":`...)
		b = appendText(b, a.Next)
	}
	if len(a.Conditions) > 0 {
		comma()
		b = append(b, `"Conditions":[`...)
		for i := range a.Conditions {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, `{"NextAction":`...)
			b = appendText(b, a.Conditions[i].Next)
			b = append(b, `,"Condition":`...)
			b = append(a.Conditions[i].append(b), '}')
		}
		b = append(b, ']')
	}
	if len(a.Errors) > 0 {
		comma()
		b = append(b, `"Errors":[`...)
		for i, e := range a.Errors {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, `{"NextAction":`...)
			b = appendText(b, e.Next)
			b = append(b, `,"ErrorType":`...)
			b = append(appendText(b, e.Type), '}')
		}
		b = append(b, ']')
	}
	return b
}

func (c *Condition) append(b []byte) []byte {
	b = append(b, `{"Operator":`...)
	b = appendText(b, c.Operator)
	b = append(b, `,"Operands":[`...)
	n := 0
	for _, o := range c.Operands {
		if n++; n > 1 {
			b = append(b, ',')
		}
		b = appendText(b, o)
	}
	for i := range c.Within {
		if n++; n > 1 {
			b = append(b, ',')
		}
		b = c.Within[i].append(b)
	}
	return append(b, "]}"...)
}

// texts returns the value with numbers and booleans as texts; booleans are
// written as the service writes them, True and False.
func (t *tree) texts() tree {
	out := *t
	switch t.kind {
	case number:
		return textOf(t.text)
	case boolean:
		if t.text == "true" {
			return textOf("True")
		}
		return textOf("False")
	case list:
		out.items = make([]tree, len(t.items))
		for i := range t.items {
			out.items[i] = t.items[i].texts()
		}
	case object:
		out.members = make([]member, len(t.members))
		for i, m := range t.members {
			out.members[i] = member{m.name, m.value.texts()}
		}
	case nothing, text:
	}
	return out
}
