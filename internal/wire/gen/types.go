package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// writeTypes writes a type for every structure and constants for every
// enumeration.
func writeTypes(p *printer, m *description) error {
	for _, s := range m.structures() {
		p.f("// %s is a structure of the model.\n", exported(s.name))
		p.f("type %s struct {\n", exported(s.name))
		for _, member := range s.members() {
			r := s.Members[member]
			note := ""
			switch {
			case s.requires(member) && r.Location != "":
				note = " // required; " + place(r)
			case s.requires(member):
				note = " // required"
			case r.Location != "":
				note = " // " + place(r)
			}
			p.f("%s %s%s\n", exported(member), m.memberType(s, r), note)
		}
		p.f("}\n\n")
	}
	return writeEnums(p, m)
}

func place(r *ref) string {
	switch r.Location {
	case "uri":
		return "in the path"
	case "querystring":
		return "in the query, as " + r.LocationName
	default:
		return "in the header " + r.LocationName
	}
}

func writeEnums(p *printer, m *description) error {
	taken := set{}
	for _, s := range m.structures() {
		taken[exported(s.name)] = true
	}
	for name := range m.Operations {
		taken[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(m.Shapes)) {
		s := m.Shapes[name]
		if len(s.Enum) == 0 {
			continue
		}
		p.f("// The values of %s.\nconst (\n", name)
		for _, v := range s.Enum {
			c := exported(name) + camel(v)
			if taken[c] {
				return fmt.Errorf("the name %s stands for two things", c)
			}
			taken[c] = true
			p.f("%s = %q\n", c, v)
		}
		p.f(")\n\n")
	}
	return nil
}

// camel writes CUSTOM_BOT as CustomBot; words in mixed case stay.
func camel(v string) string {
	var b strings.Builder
	for _, w := range strings.FieldsFunc(v, func(r rune) bool { return !isAlnum(r) }) {
		if strings.ToUpper(w) == w {
			w = w[:1] + strings.ToLower(w[1:])
		}
		b.WriteString(exported(w))
	}
	return b.String()
}

func isAlnum(r rune) bool {
	return '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}
