package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/bellpull/bellpull/internal/flow"
)

// Flows are changed as texts, so that what is not changed stays byte for byte.

// edit replaces the bytes from start to end.
type edit struct {
	start, end int
	text       string
}

// apply makes edits, which do not overlap.
func apply(content string, edits []edit) string {
	slices.SortFunc(edits, func(a, b edit) int { return b.start - a.start })
	for _, e := range edits {
		content = content[:e.start] + e.text + content[e.end:]
	}
	return content
}

// quoted writes a text as JSON.
func quoted(s string) string {
	b, _ := json.Marshal(s) // texts can be written
	return string(b)
}

// visit calls f for each value of a JSON text, outer ones first. Where it
// stands is told by names and indexes, what it is by its first token; start and
// end enclose a scalar, and of an object or a list the opening bracket.
func visit(content string, f func(path []string, start, end int, is json.Token)) error {
	dec := json.NewDecoder(strings.NewReader(content))
	dec.UseNumber()
	var value func(path []string) error
	value = func(path []string) error {
		before := int(dec.InputOffset())
		tok, err := dec.Token()
		if err != nil {
			return err
		}
		end := int(dec.InputOffset())
		start := before + len(content[before:end]) - len(strings.TrimLeft(content[before:end], " \t\r\n:,"))
		f(path, start, end, tok)
		open, nests := tok.(json.Delim)
		if !nests {
			return nil
		}
		for i := 0; dec.More(); i++ {
			name := strconv.Itoa(i)
			if open == '{' {
				if tok, err = dec.Token(); err != nil {
					return err
				}
				name, _ = tok.(string)
			}
			if err := value(append(slices.Clip(path), name)); err != nil {
				return err
			}
		}
		_, err = dec.Token()
		return err
	}
	return value(nil)
}

// entitled returns a flow whose Metadata say its name and type, as exports do.
// All else is as it was.
func entitled(content, name, kind string) (string, error) {
	var envelope, meta object
	odd := false // Metadata that are no object
	is := map[string]edit{}
	err := visit(content, func(path []string, start, end int, tok json.Token) {
		switch {
		case len(path) == 0:
			envelope.begin = end
		case len(path) == 1:
			envelope.members++
			if path[0] == "Metadata" {
				odd = tok != json.Delim('{')
				meta = object{begin: end}
				clear(is)
			}
		case len(path) == 2 && path[0] == "Metadata":
			meta.members++
			if _, nests := tok.(json.Delim); !nests {
				text, _ := tok.(string)
				is[path[1]] = edit{start, end, text}
			}
		}
	})
	if err != nil || odd {
		return content, err
	}
	var edits []edit
	var more []string
	for _, m := range [][2]string{{"name", name}, {"type", kind}} {
		switch was, ok := is[m[0]]; {
		case !ok:
			more = append(more, quoted(m[0])+":"+quoted(m[1]))
		case was.text != m[1]:
			edits = append(edits, edit{was.start, was.end, quoted(m[1])})
		}
	}
	switch add := strings.Join(more, ","); {
	case add == "":
	case meta.begin == 0:
		edits = append(edits, envelope.insert(`"Metadata":{`+add+`}`))
	default:
		edits = append(edits, meta.insert(add))
	}
	return apply(content, edits), nil
}

// object is an object in a text: where it begins, behind the bracket, and how
// many members it has.
type object struct{ begin, members int }

// insert adds members at the beginning.
func (o object) insert(members string) edit {
	if o.members > 0 {
		members += ","
	}
	return edit{o.begin, o.begin, members}
}

// reference is a place in a flow that names something of an instance.
type reference struct {
	kind       flow.ResourceKind
	action     string
	place      string // such as Actions[2].Parameters.QueueId
	ref        string // the id or ARN
	name       string // what the file calls it; may be empty
	start, end int    // in the content
}

func (r reference) String() string {
	s := fmt.Sprintf("%s %s", r.kind, r.ref)
	if r.name != "" {
		s += fmt.Sprintf(" (%s)", r.name)
	}
	return s
}

// references finds what a flow refers to, as far as no path says it, in its
// content in the present language.
func (f *flowFile) references() ([]reference, error) {
	kinds := map[string]flow.ResourceKind{}
	_, _ = flow.Check(f.flow, flow.Options{Lookup: func(kind flow.ResourceKind, ref string) (flow.Type, bool) {
		kinds[ref] = kind
		return "", true
	}})
	names := f.names()
	var found []reference
	err := visit(f.present(), func(path []string, start, end int, tok json.Token) {
		text, _ := tok.(string)
		kind := kinds[text]
		if kind == "" || len(path) < 4 || path[0] != "Actions" || path[2] != "Parameters" {
			return
		}
		i, err := strconv.Atoi(path[1])
		if err != nil || i >= len(f.flow.Actions) {
			return
		}
		id := f.flow.Actions[i].ID
		found = append(found, reference{
			kind: kind, action: id, place: fmt.Sprintf("Actions[%d].%s", i, strings.Join(path[2:], ".")),
			ref: text, name: names.of(id, path[3:], text), start: start, end: end,
		})
	})
	return found, err
}

// names are what a file says that things are called.
type names struct {
	actions map[string]any    // Metadata by action
	legacy  map[string]string // of the older format, by reference
}

func (f *flowFile) names() names {
	n := names{legacy: map[string]string{}}
	var meta struct {
		ActionMetadata map[string]any
	}
	_ = json.Unmarshal(f.flow.Member("Metadata"), &meta) // Metadata of another form name nothing
	n.actions = meta.ActionMetadata
	if !f.flow.Legacy {
		return n
	}
	var older struct {
		Modules []struct {
			Parameters []struct {
				Value        any    `json:"value"`
				ResourceName string `json:"resourceName"`
			} `json:"parameters"`
		} `json:"modules"`
	}
	_ = json.Unmarshal([]byte(f.content), &older) // likewise
	for _, m := range older.Modules {
		for _, p := range m.Parameters {
			if ref, ok := p.Value.(string); ok && p.ResourceName != "" {
				n.legacy[ref] = p.ResourceName
			}
		}
	}
	return n
}

// of returns what the thing is called to which a parameter of an action refers.
// Exports say so at the parameter's name, or beside the id.
func (n names) of(action string, parameter []string, ref string) string {
	meta, _ := n.actions[action].(map[string]any)
	at := meta["parameters"]
	for _, name := range parameter {
		within, _ := at.(map[string]any)
		at = within[name]
	}
	if shown, ok := at.(map[string]any); ok {
		if name, ok := shown["displayName"].(string); ok {
			return name
		}
	}
	if name := beside(meta, ref); name != "" {
		return name
	}
	return n.legacy[ref]
}

// beside looks for {"id": ref, "text": name}. A flow that has been moved refers
// to something else than the id by now: then the one of its kind is meant.
func beside(meta map[string]any, ref string) string {
	var alike []string
	var look func(v any) string
	look = func(v any) string {
		switch v := v.(type) {
		case map[string]any:
			id, _ := v["id"].(string)
			if name, ok := v["text"].(string); ok && id != "" {
				if id == ref {
					return name
				}
				if kindOf(id) == kindOf(ref) {
					alike = append(alike, name)
				}
			}
			for _, k := range slices.Sorted(maps.Keys(v)) {
				if name := look(v[k]); name != "" {
					return name
				}
			}
		case []any:
			for _, inner := range v {
				if name := look(inner); name != "" {
					return name
				}
			}
		}
		return ""
	}
	if name := look(meta); name != "" {
		return name
	}
	if alike = slices.Compact(alike); len(alike) == 1 {
		return alike[0]
	}
	return ""
}

// kindOf returns what an ARN says that it names, such as flow-module.
func kindOf(arn string) string {
	parts := strings.Split(arn, "/")
	if len(parts) < 3 {
		return ""
	}
	return parts[len(parts)-2]
}
