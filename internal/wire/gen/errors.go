package main

import (
	"maps"
	"slices"
	"strings"
)

// writeErrors writes an error type for every exception.
func writeErrors(p *printer, m *description) error {
	for _, name := range slices.Sorted(maps.Keys(m.Shapes)) {
		s := m.Shapes[name]
		if !s.Exception {
			continue
		}
		// What is in the body beside the message, which every exception has here,
		// also the few that have none in the model: clients show it.
		var more []string
		for _, member := range s.members() {
			if !strings.EqualFold(member, "message") {
				more = append(more, member)
			}
		}
		p.f("// %s is an exception with status %d.\n", name, s.Error.HTTPStatusCode)
		p.f("type %s struct {\nMessage string\n", name)
		for _, member := range more {
			p.f("%s %s\n", exported(member), m.memberType(s, s.Members[member]))
		}
		p.f("}\n\n")
		p.f("func (e *%s) Error() string { return %q + e.Message }\n\n", name, name+": ")
		p.f("// ErrorName returns %q.\n", name)
		p.f("func (e *%s) ErrorName() string { return %q }\n\n", name, name)
		p.f("// StatusCode returns %d.\n", s.Error.HTTPStatusCode)
		p.f("func (e *%s) StatusCode() int { return %d }\n\n", name, s.Error.HTTPStatusCode)
		p.f("// AppendJSON appends the error body.\n")
		p.f("func (e *%s) AppendJSON(b []byte) []byte {\n", name)
		if len(more) == 0 {
			p.f("return wire.AppendError(b, %q, e.Message)\n}\n\n", name)
			continue
		}
		p.f("b = append(b, `{\"__type\":%q,\"message\":`...)\nb = wire.AppendString(b, e.Message)\nb = append(b, ',')\n", name)
		for _, member := range more {
			writeEncodeMember(p, m, s, "e", member)
		}
		p.f("return wire.Close(b, '}')\n}\n\n")
	}
	return nil
}
