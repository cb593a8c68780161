package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// description is a service description, with what choose decided about it.
type description struct {
	service string

	Metadata struct {
		SigningName string
		AuthHeader  string
	}
	Operations map[string]*operation
	Shapes     map[string]*shape

	inputs   set // structures that requests are made of
	checked  set // shapes that have rules, of those
	decoded  set // structures that get a decoder
	encoded  set // structures that get an encoder
	requests set // request structures that get DecodeRequest
	always   set // "T.M": lists that answers never leave out
}

type set = map[string]bool

type operation struct {
	Name string
	HTTP struct {
		Method       string
		RequestURI   string
		ResponseCode int
	}
	Input  *ref
	Output *ref
	Errors []ref
}

type ref struct {
	Shape        string
	Location     string
	LocationName string
}

type shape struct {
	name string

	Type            string
	Members         map[string]*ref
	Required        []string
	Member          *ref // of a list
	Key, Value      *ref // of a map
	Enum            []string
	Pattern         string
	Min, Max        *json.Number
	Exception       bool
	Union           bool
	Error           struct{ HTTPStatusCode int }
	TimestampFormat string
	Payload         string
}

func load(service string, data []byte) (*description, error) {
	m := &description{service: service}
	d := json.NewDecoder(bytes.NewReader(data))
	if err := d.Decode(m); err != nil {
		return nil, err
	}
	for name, s := range m.Shapes {
		s.name = name
		switch s.Type {
		case "structure", "list", "map", "string", "integer", "long", "float", "double", "boolean", "timestamp":
		default:
			return nil, fmt.Errorf("shape %s: unknown type %q", name, s.Type)
		}
		if s.Payload != "" {
			return nil, fmt.Errorf("shape %s: payload members are not supported", name)
		}
		for member, r := range s.Members {
			if m.Shapes[r.Shape] == nil {
				return nil, fmt.Errorf("shape %s: member %s has unknown shape %q", name, member, r.Shape)
			}
		}
	}
	for _, op := range m.ops() {
		if op.Input == nil {
			return nil, fmt.Errorf("operation %s: has no input", op.Name)
		}
		if op.Output != nil {
			for member, r := range m.Shapes[op.Output.Shape].Members {
				if r.Location != "" {
					return nil, fmt.Errorf("operation %s: output member %s is outside of the body", op.Name, member)
				}
			}
		}
	}
	return m, nil
}

// choose reads codecs.txt and works out which structures need what.
func (m *description) choose(codecs string) error {
	m.inputs, m.decoded, m.encoded = set{}, set{}, set{}
	m.requests, m.always = set{}, set{}
	for _, op := range m.ops() {
		m.reach(m.inputs, op.Input.Shape)
	}
	m.findChecked()

	var chosen []*operation
	client := false
	for line := range strings.Lines(codecs) {
		line, _, _ = strings.Cut(line, "#")
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case word == "":
		case word == "*":
			chosen = m.ops()
		case word == "client":
			client = true
		case word == "always":
			t, member, _ := strings.Cut(rest, ".")
			if s := m.Shapes[t]; s == nil || s.Members[member] == nil || m.Shapes[s.Members[member].Shape].Type != "list" {
				return fmt.Errorf("codecs.txt: %s is not a list", rest)
			}
			m.always[rest] = true
		case m.Operations[word] == nil:
			return fmt.Errorf("codecs.txt: there is no operation %s", word)
		default:
			chosen = append(chosen, m.Operations[word])
		}
	}
	for _, op := range chosen {
		m.requests[op.Input.Shape] = true
		m.reach(m.decoded, op.Input.Shape)
		if op.Output != nil {
			m.reach(m.encoded, op.Output.Shape)
		}
		if client {
			m.reach(m.encoded, op.Input.Shape)
			if op.Output != nil {
				m.reach(m.decoded, op.Output.Shape)
			}
		}
	}
	for name, s := range m.Shapes {
		if s.Exception {
			for _, r := range s.Members {
				m.reach(m.encoded, r.Shape)
			}
			delete(m.encoded, name)
		}
	}
	return nil
}

// reach adds the structures that the shape contains, itself included.
func (m *description) reach(found set, name string) {
	s := m.Shapes[name]
	switch s.Type {
	case "list":
		m.reach(found, s.Member.Shape)
	case "map":
		m.reach(found, s.Value.Shape)
	case "structure":
		if found[name] {
			return
		}
		found[name] = true
		for _, r := range s.Members {
			if r.Location == "" {
				m.reach(found, r.Shape)
			}
		}
	}
}

func (m *description) ops() []*operation {
	var ops []*operation
	for _, name := range slices.Sorted(maps.Keys(m.Operations)) {
		ops = append(ops, m.Operations[name])
	}
	return ops
}

// structures returns the structures that are not exceptions, by name.
func (m *description) structures() []*shape {
	var list []*shape
	for _, name := range slices.Sorted(maps.Keys(m.Shapes)) {
		if s := m.Shapes[name]; s.Type == "structure" && !s.Exception {
			list = append(list, s)
		}
	}
	return list
}

func (s *shape) members() []string { return slices.Sorted(maps.Keys(s.Members)) }

func (s *shape) requires(member string) bool { return slices.Contains(s.Required, member) }

// exported makes a name of the model a name that Go exports.
func exported(name string) string {
	r := []rune(name)
	r[0] = unicode.ToUpper(r[0])
	return string(r)
}

// bearer reports whether a member carries the caller's token.
func (r *ref) bearer() bool {
	return r.Location == "header" && strings.EqualFold(r.LocationName, "X-Amz-Bearer")
}

// optionalText reports whether a member is a *string: the model allows it to be
// empty on purpose, in a request.
func (m *description) optionalText(owner *shape, r *ref) bool {
	s := m.Shapes[r.Shape]
	return m.inputs[owner.name] && r.Location == "" && s.Type == "string" && len(s.Enum) == 0 &&
		s.Min != nil && s.Min.String() == "0"
}

// memberType is the Go type of a structure's member.
func (m *description) memberType(owner *shape, r *ref) string {
	s := m.Shapes[r.Shape]
	t := m.elementType(r.Shape)
	switch s.Type {
	case "integer", "long", "float", "double", "boolean", "structure":
		return "*" + t
	}
	if m.optionalText(owner, r) {
		return "*" + t
	}
	return t
}

// elementType is the Go type of a value of the shape in a list or map.
func (m *description) elementType(name string) string {
	switch s := m.Shapes[name]; s.Type {
	case "string":
		return "string"
	case "integer":
		return "int32"
	case "long":
		return "int64"
	case "float", "double":
		return "float64"
	case "boolean":
		return "bool"
	case "timestamp":
		return "time.Time"
	case "list":
		return "[]" + m.elementType(s.Member.Shape)
	case "map":
		return "map[string]" + m.elementType(s.Value.Shape)
	default:
		return exported(name)
	}
}
