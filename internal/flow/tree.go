package flow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// maxDepth is how deep the values of a flow, and of an answer, may nest.
const maxDepth = 64

// kind is the kind of a JSON value.
type kind uint8

const (
	nothing kind = iota // there is no value, or it is null
	text
	number
	boolean
	list
	object
)

// tree is a JSON value that has been read: its members keep their order and
// its numbers the digits that they were written with. It is never written to.
type tree struct {
	kind    kind
	text    string // of a number or a boolean: as it was written
	parts   []part // of a text that has paths in it
	items   []tree
	members []member
}

type member struct {
	name  string
	value tree
}

// readTree reads one JSON value. Texts of a flow are compiled, so that their
// paths need not be looked for again; those of an answer are data.
func readTree(raw []byte, compiled bool) (tree, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	t, err := readValue(dec, compiled, maxDepth)
	if err != nil {
		return tree{}, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return tree{}, errors.New("something follows the value")
	}
	return t, nil
}

func readValue(dec *json.Decoder, compiled bool, depth int) (tree, error) {
	if depth == 0 {
		return tree{}, fmt.Errorf("nested deeper than %d", maxDepth)
	}
	tok, err := dec.Token()
	if err != nil {
		return tree{}, err
	}
	switch tok := tok.(type) {
	case string:
		t := tree{kind: text, text: tok}
		if compiled {
			t.parts = compile(tok)
		}
		return t, nil
	case json.Number:
		return tree{kind: number, text: tok.String()}, nil
	case bool:
		return tree{kind: boolean, text: strconv.FormatBool(tok)}, nil
	case json.Delim:
		if tok == '[' {
			return readList(dec, compiled, depth-1)
		}
		return readObject(dec, compiled, depth-1)
	}
	return tree{}, nil // null
}

func readList(dec *json.Decoder, compiled bool, depth int) (tree, error) {
	t := tree{kind: list}
	for dec.More() {
		item, err := readValue(dec, compiled, depth)
		if err != nil {
			return tree{}, err
		}
		t.items = append(t.items, item)
	}
	_, err := dec.Token()
	return t, err
}

// readObject reads the members of an object. Of two with the same name the
// later one counts.
func readObject(dec *json.Decoder, compiled bool, depth int) (tree, error) {
	t := tree{kind: object}
	at := map[string]int{}
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return tree{}, err
		}
		name, _ := tok.(string)
		v, err := readValue(dec, compiled, depth)
		if err != nil {
			return tree{}, err
		}
		if i, again := at[name]; again {
			t.members[i].value = v
			continue
		}
		at[name] = len(t.members)
		t.members = append(t.members, member{name, v})
	}
	_, err := dec.Token()
	return t, err
}

// get returns the member with the given name, or nothing.
func (t *tree) get(name string) *tree {
	if t != nil {
		for i := range t.members {
			if t.members[i].name == name {
				return &t.members[i].value
			}
		}
	}
	return &tree{}
}

// find follows keys into the value. A key into a list is an index from 0.
func (t *tree) find(keys []string) *tree {
	for _, key := range keys {
		if t.kind == list {
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(t.items) {
				return &tree{}
			}
			t = &t.items[i]
			continue
		}
		t = t.get(key)
	}
	return t
}

func (t *tree) scalar() bool { return t.kind == text || t.kind == number || t.kind == boolean }

// String returns the value as it stands in a text: a text without quotes, what
// nests as JSON, and null as nothing.
func (t *tree) String() string {
	switch t.kind {
	case nothing:
		return ""
	case list, object:
		return string(t.append(nil))
	default:
		return t.text
	}
}

// size is about how many bytes the value holds.
func (t *tree) size() int {
	n := len(t.text) + 2
	for i := range t.items {
		n += t.items[i].size()
	}
	for i := range t.members {
		n += len(t.members[i].name) + 3 + t.members[i].value.size()
	}
	return n
}

// append writes the value as JSON.
func (t *tree) append(b []byte) []byte {
	switch t.kind {
	case text:
		return appendText(b, t.text)
	case number, boolean:
		return append(b, t.text...)
	case list:
		b = append(b, '[')
		for i := range t.items {
			if i > 0 {
				b = append(b, ',')
			}
			b = t.items[i].append(b)
		}
		return append(b, ']')
	case object:
		b = append(b, '{')
		for i := range t.members {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendText(b, t.members[i].name), ':')
			b = t.members[i].value.append(b)
		}
		return append(b, '}')
	case nothing:
	}
	return append(b, "null"...)
}

// appendText writes a JSON string, with < > & as they are.
func appendText(b []byte, s string) []byte {
	plain := true
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			plain = false
			break
		}
	}
	if plain {
		return append(append(append(b, '"'), s...), '"')
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string can always be written
	return append(b, strings.TrimSuffix(buf.String(), "\n")...)
}

// textOf makes a value of a text.
func textOf(s string) tree { return tree{kind: text, text: s} }

// objectOf makes an object of a map of texts, in the order of the names.
func objectOf(m map[string]string) tree {
	t := tree{kind: object}
	for _, name := range sortedKeys(m) {
		t.members = append(t.members, member{name, textOf(m[name])})
	}
	return t
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
