package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// writeChecks writes Check for every structure of a request that has rules,
// and a function for every other shape that has some.
func writeChecks(p *printer, m *description) error {
	for _, name := range slices.Sorted(maps.Keys(m.Shapes)) {
		s := m.Shapes[name]
		if s.Type != "structure" && m.checked[name] {
			writeShapeCheck(p, m, s)
		}
	}
	requests := set{}
	for _, op := range m.ops() {
		requests[op.Input.Shape] = true
	}
	for _, s := range m.structures() {
		if m.checked[s.name] || requests[s.name] {
			writeStructureCheck(p, m, s)
		}
	}
	return writePatterns(p, m)
}

// findChecked finds the shapes with rules, until there are no more to find:
// shapes may contain themselves.
func (m *description) findChecked() {
	m.checked = set{}
	reached := set{}
	for name := range m.inputs {
		for _, r := range m.Shapes[name].Members {
			m.reachScalars(reached, r.Shape)
		}
		reached[name] = true
	}
	for changed := true; changed; {
		changed = false
		for name := range reached {
			if !m.checked[name] && m.hasRules(m.Shapes[name]) {
				m.checked[name] = true
				changed = true
			}
		}
	}
}

func (m *description) reachScalars(found set, name string) {
	found[name] = true
	switch s := m.Shapes[name]; s.Type {
	case "list":
		m.reachScalars(found, s.Member.Shape)
	case "map":
		m.reachScalars(found, s.Key.Shape)
		m.reachScalars(found, s.Value.Shape)
	}
}

func (m *description) hasRules(s *shape) bool {
	if s.Min != nil || s.Max != nil || s.Pattern != "" || len(s.Enum) > 0 || len(s.Required) > 0 || s.Union {
		return true
	}
	switch s.Type {
	case "list":
		return m.checked[s.Member.Shape]
	case "map":
		return m.checked[s.Key.Shape] || m.checked[s.Value.Shape]
	case "structure":
		for _, r := range s.Members {
			if m.checked[r.Shape] && !r.bearer() {
				return true
			}
		}
	}
	return false
}

func limit(n *json.Number, none string) string {
	if n == nil {
		return none
	}
	return n.String()
}

func writeShapeCheck(p *printer, m *description, s *shape) {
	p.f("func check%s(v %s) error {\n", exported(s.name), m.elementType(s.name))
	limits := limit(s.Min, "0") + ", " + limit(s.Max, "-1")
	switch s.Type {
	case "string":
		if s.Min != nil || s.Max != nil {
			p.f("if err := wire.CheckLength(v, %s); err != nil {\nreturn err\n}\n", limits)
		}
		if s.Pattern != "" {
			p.f("if err := pattern%s.Check(v); err != nil {\nreturn err\n}\n", exported(s.name))
		}
		if len(s.Enum) > 0 {
			p.f("switch v {\ncase %s:\ndefault:\nreturn wire.NotOneOf(%s)\n}\n", quoted(s.Enum), quoted(s.Enum))
		}
	case "integer", "long", "float", "double":
		if s.Min != nil {
			p.f("if err := wire.CheckLeast(v, %s); err != nil {\nreturn err\n}\n", s.Min)
		}
		if s.Max != nil {
			p.f("if err := wire.CheckMost(v, %s); err != nil {\nreturn err\n}\n", s.Max)
		}
	case "list":
		if s.Min != nil || s.Max != nil {
			p.f("if err := wire.CheckSize(len(v), %s); err != nil {\nreturn err\n}\n", limits)
		}
		if m.checked[s.Member.Shape] {
			p.f("for i := range v {\nif err := %s; err != nil {\nreturn wire.AtIndex(i, err)\n}\n}\n", m.checkCall(s.Member.Shape, "v[i]"))
		}
	case "map":
		if s.Min != nil || s.Max != nil {
			p.f("if err := wire.CheckSize(len(v), %s); err != nil {\nreturn err\n}\n", limits)
		}
		key, value := m.checked[s.Key.Shape], m.checked[s.Value.Shape]
		if key || value {
			// In order, so that equal requests get equal answers.
			p.f("for _, k := range wire.SortedKeys(v) {\n")
			if key {
				p.f("if err := %s; err != nil {\nreturn wire.AtKey(k, err)\n}\n", m.checkCall(s.Key.Shape, "k"))
			}
			if value {
				p.f("e := v[k]\nif err := %s; err != nil {\nreturn wire.AtKey(k, err)\n}\n", m.checkCall(s.Value.Shape, "e"))
			}
			p.f("}\n")
		}
	}
	p.f("return nil\n}\n\n")
}

func quoted(values []string) string {
	var q []string
	for _, v := range values {
		q = append(q, fmt.Sprintf("%q", v))
	}
	return strings.Join(q, ", ")
}

func (m *description) checkCall(name, value string) string {
	if m.Shapes[name].Type == "structure" {
		return value + ".Check()"
	}
	return "check" + exported(name) + "(" + value + ")"
}

func writeStructureCheck(p *printer, m *description, s *shape) {
	p.f("// Check applies the rules of the model.\n")
	p.f("func (v *%s) Check() error {\n", exported(s.name))
	if s.Union {
		p.f("given := 0\n")
	}
	for _, member := range s.members() {
		r := s.Members[member]
		if r.bearer() {
			continue
		}
		field := "v." + exported(member)
		t := m.Shapes[r.Shape]
		absent, value := field+" == nil", field
		missing := fmt.Sprintf("wire.Missing(%q)", member)
		switch t.Type {
		case "string":
			if m.optionalText(s, r) {
				value = "*" + field
				break
			}
			absent = field + ` == ""`
			if t.Min != nil && t.Min.String() != "0" {
				missing = fmt.Sprintf("wire.MissingText(%q, %s)", member, t.Min)
			}
		case "timestamp":
			absent = field + ".IsZero()"
		case "integer", "long", "float", "double", "boolean":
			value = "*" + field
		}
		required := s.requires(member)
		if s.Union {
			p.f("if %s {\ngiven++\n}\n", present(absent))
		}
		if required {
			p.f("if %s {\nreturn %s\n}\n", absent, missing)
		}
		if !m.checked[r.Shape] {
			continue
		}
		check := fmt.Sprintf("if err := %s; err != nil {\nreturn wire.At(%q, err)\n}\n", m.checkCall(r.Shape, value), member)
		if required {
			p.f("%s", check)
		} else {
			p.f("if %s {\n%s}\n", present(absent), check)
		}
	}
	if s.Union {
		p.f("if given != 1 {\nreturn wire.NotOneMember()\n}\n")
	}
	p.f("return nil\n}\n\n")
}

func present(absent string) string {
	if f, ok := strings.CutSuffix(absent, ".IsZero()"); ok {
		return "!" + f + ".IsZero()"
	}
	return strings.Replace(absent, " == ", " != ", 1)
}
