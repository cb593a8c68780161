package main

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
)

// writeCodecs writes DecodeRequest for the requests of the chosen operations,
// and decoders and encoders for the structures in them.
func writeCodecs(p *printer, m *description) error {
	for _, op := range m.ops() {
		if m.requests[op.Input.Shape] {
			if err := writeDecodeRequest(p, m, op); err != nil {
				return err
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.decoded)) {
		writeDecoder(p, m, m.Shapes[name])
	}
	for _, name := range slices.Sorted(maps.Keys(m.encoded)) {
		writeEncoder(p, m, m.Shapes[name])
	}
	return nil
}

var label = regexp.MustCompile(`\{([^}]+)\}`)

// writeDecodeRequest writes the decoder of a whole request: body, path, query
// and headers.
func writeDecodeRequest(p *printer, m *description, op *operation) error {
	s := m.Shapes[op.Input.Shape]
	var params []string
	for _, found := range label.FindAllStringSubmatch(op.HTTP.RequestURI, -1) {
		params = append(params, found[1])
	}
	name := exported(s.name)
	p.f("// DecodeRequest reads a %s request.\n", op.Name)
	p.f("func (v *%s) DecodeRequest(r *wire.Request) error {\n", name)
	if s.hasBody() {
		p.f("s := r.Scanner()\nif !s.Empty() {\nv.DecodeJSON(s)\n}\nif err := s.End(); err != nil {\nreturn err\n}\n")
	}
	for _, member := range s.members() {
		r := s.Members[member]
		var from, all string
		switch r.Location {
		case "":
			continue
		case "uri":
			i := slices.Index(params, r.LocationName)
			if i < 0 {
				return fmt.Errorf("operation %s: %s is not in the path", op.Name, r.LocationName)
			}
			from = fmt.Sprintf("r.Params[%d]", i)
		case "querystring":
			from = fmt.Sprintf("r.Query(%q)", r.LocationName)
			all = fmt.Sprintf("r.QueryAll(%q)", r.LocationName)
		case "header":
			from = fmt.Sprintf("r.Head(%q)", http.CanonicalHeaderKey(r.LocationName))
		default:
			return fmt.Errorf("operation %s: unknown location %s", op.Name, r.Location)
		}
		field := "v." + exported(member)
		target := m.Shapes[r.Shape]
		switch {
		case target.Type == "string":
			p.f("%s = %s\n", field, from)
		case target.Type == "list" && all != "" && m.Shapes[target.Member.Shape].Type == "string":
			p.f("%s = %s\n", field, all)
		case slices.Contains([]string{"integer", "long", "boolean", "timestamp"}, target.Type):
			parse := map[string]string{"integer": "ParamInt32", "long": "ParamInt64", "boolean": "ParamBool", "timestamp": "ParamTime"}[target.Type]
			p.f("if t := %s; t != \"\" {\nvar err error\nif %s, err = wire.%s(%q, t); err != nil {\nreturn err\n}\n}\n", from, field, parse, member)
		default:
			return fmt.Errorf("operation %s: cannot read a %s from %s", op.Name, target.Type, r.Location)
		}
	}
	p.f("return nil\n}\n\n")
	return nil
}

func (s *shape) hasBody() bool {
	for _, r := range s.Members {
		if r.Location == "" {
			return true
		}
	}
	return false
}

func writeDecoder(p *printer, m *description, s *shape) {
	name := exported(s.name)
	p.f("// DecodeJSON reads the members that are in a body. Errors stay in s.\n")
	p.f("func (v *%s) DecodeJSON(s *wire.Scanner) {\n", name)
	p.f("if !s.Object() {\nreturn\n}\n")
	p.f("for s.NextKey() {\n")
	if s.hasBody() {
		p.f("switch string(s.Key()) {\n")
		for _, member := range s.members() {
			r := s.Members[member]
			if r.Location != "" {
				continue
			}
			p.f("case %q:\n", member)
			writeDecodeMember(p, m, s, r, "v."+exported(member))
		}
		p.f("default:\ns.Skip()\n}\n")
	} else {
		p.f("s.Skip()\n")
	}
	p.f("}\n}\n\n")
}

func writeDecodeMember(p *printer, m *description, owner *shape, r *ref, field string) {
	if m.optionalText(owner, r) {
		p.f("%s = s.StrPtr()\n", field)
		return
	}
	switch s := m.Shapes[r.Shape]; s.Type {
	case "string":
		p.f("%s = s.Str()\n", field)
	case "integer":
		p.f("%s = s.Int32()\n", field)
	case "long":
		p.f("%s = s.Int64()\n", field)
	case "float", "double":
		p.f("%s = s.Float()\n", field)
	case "boolean":
		p.f("%s = s.Bool()\n", field)
	case "timestamp":
		p.f("%s = s.Time()\n", field)
	case "structure":
		p.f("%s = nil\nif !s.Null() {\n%s = new(%s)\n%s.DecodeJSON(s)\n}\n", field, field, m.elementType(r.Shape), field)
	default:
		writeDecodeMany(p, m, r.Shape, field, 1)
	}
}

// writeDecodeMany reads a list or map. Nulls in it are dropped.
func writeDecodeMany(p *printer, m *description, name, field string, level int) {
	s := m.Shapes[name]
	typ := m.elementType(name)
	element := "e" + fmt.Sprint(level)
	switch {
	case typ == "[]string":
		p.f("%s = s.Strings()\n", field)
	case typ == "map[string]string":
		p.f("%s = s.StringMap()\n", field)
	case s.Type == "list":
		p.f("%s = nil\nif s.Array() {\n%s = %s{}\nfor s.NextElement() {\nif s.Null() {\ncontinue\n}\n", field, field, typ)
		writeDecodeElement(p, m, s.Member.Shape, element, level)
		p.f("%s = append(%s, %s)\n}\n}\n", field, field, element)
	default:
		key := "k" + fmt.Sprint(level)
		p.f("%s = nil\nif s.Object() {\n%s = %s{}\nfor s.NextKey() {\n%s := string(s.Key())\nif s.Null() {\ndelete(%s, %s)\ncontinue\n}\n", field, field, typ, key, field, key)
		writeDecodeElement(p, m, s.Value.Shape, element, level)
		p.f("%s[%s] = %s\n}\n}\n", field, key, element)
	}
}

func writeDecodeElement(p *printer, m *description, name, element string, level int) {
	p.f("var %s %s\n", element, m.elementType(name))
	pointer := func(method string) { p.f("if n := s.%s(); n != nil {\n%s = *n\n}\n", method, element) }
	switch m.Shapes[name].Type {
	case "string":
		p.f("%s = s.Str()\n", element)
	case "integer":
		pointer("Int32")
	case "long":
		pointer("Int64")
	case "float", "double":
		pointer("Float")
	case "boolean":
		pointer("Bool")
	case "timestamp":
		p.f("%s = s.Time()\n", element)
	case "structure":
		p.f("%s.DecodeJSON(s)\n", element)
	default:
		writeDecodeMany(p, m, name, element, level+1)
	}
}

func writeEncoder(p *printer, m *description, s *shape) {
	name := exported(s.name)
	p.f("// AppendJSON appends v as JSON, without absent members and those outside of a body.\n")
	p.f("func (v *%s) AppendJSON(b []byte) []byte {\n", name)
	p.f("b = append(b, '{')\n")
	for _, member := range s.members() {
		if s.Members[member].Location == "" {
			writeEncodeMember(p, m, s, "v", member)
		}
	}
	p.f("return wire.Close(b, '}')\n}\n\n")
}

func writeEncodeMember(p *printer, m *description, s *shape, recv, member string) {
	r := s.Members[member]
	field := recv + "." + exported(member)
	present := field + " != nil"
	value := field
	switch t := m.Shapes[r.Shape]; t.Type {
	case "string":
		if m.optionalText(s, r) {
			value = "*" + field
		} else {
			present = field + ` != ""`
		}
	case "timestamp":
		present = "!" + field + ".IsZero()"
	case "integer", "long", "float", "double", "boolean":
		value = "*" + field
	}
	if m.always[s.name+"."+member] {
		p.f("{\n")
	} else {
		p.f("if %s {\n", present)
	}
	p.f("b = append(b, `%q:`...)\n", member)
	writeEncodeValue(p, m, r.Shape, value, 1)
	p.f("b = append(b, ',')\n}\n")
}

func writeEncodeValue(p *printer, m *description, name, value string, level int) {
	switch s := m.Shapes[name]; s.Type {
	case "string":
		p.f("b = wire.AppendString(b, %s)\n", value)
	case "integer", "long":
		p.f("b = strconv.AppendInt(b, int64(%s), 10)\n", value)
	case "float", "double":
		p.f("b = wire.AppendFloat(b, %s)\n", value)
	case "boolean":
		p.f("b = strconv.AppendBool(b, %s)\n", value)
	case "timestamp":
		if s.TimestampFormat == "iso8601" {
			p.f("b = wire.AppendISO(b, %s)\n", value)
		} else {
			p.f("b = wire.AppendEpoch(b, %s)\n", value)
		}
	case "structure":
		p.f("b = %s.AppendJSON(b)\n", value)
	case "list":
		i := "i" + fmt.Sprint(level)
		p.f("b = append(b, '[')\nfor %s := range %s {\n", i, value)
		writeEncodeValue(p, m, s.Member.Shape, value+"["+i+"]", level+1)
		p.f("b = append(b, ',')\n}\nb = wire.Close(b, ']')\n")
	case "map":
		k, e := "k"+fmt.Sprint(level), "e"+fmt.Sprint(level)
		p.f("b = append(b, '{')\nfor _, %s := range wire.SortedKeys(%s) {\n%s := %s[%s]\n", k, value, e, value, k)
		p.f("b = wire.AppendString(b, %s)\nb = append(b, ':')\n", k)
		writeEncodeValue(p, m, s.Value.Shape, e, level+1)
		p.f("b = append(b, ',')\n}\nb = wire.Close(b, '}')\n")
	}
}
