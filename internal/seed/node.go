package seed

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Problem is one thing that is wrong with a seed file. Lines and columns count
// from 1.
type Problem struct {
	Line, Column int
	Message      string
}

// Problems are all that is wrong with a seed file, in the order of its lines.
type Problems struct {
	File string
	List []Problem
}

func (p *Problems) Error() string {
	lines := make([]string, len(p.List))
	for i, one := range p.List {
		lines[i] = fmt.Sprintf("%s:%d:%d: %s", p.File, one.Line, one.Column, one.Message)
	}
	return strings.Join(lines, "\n")
}

// reader walks a YAML document and collects what is wrong with it.
type reader struct {
	anchors  map[string]ast.Node
	problems []Problem
}

// parse returns the document of a text, nil for one that says nothing.
func (r *reader) parse(text string) ast.Node {
	f, err := parser.ParseBytes([]byte(text), 0)
	if err != nil {
		p := Problem{1, 1, err.Error()}
		if at, ok := errors.AsType[yaml.Error](err); ok {
			p.Message = at.GetMessage()
			if t := at.GetToken(); t != nil && t.Position != nil {
				p.Line, p.Column = t.Position.Line, t.Position.Column
			}
		}
		r.problems = append(r.problems, p)
		return nil
	}
	var doc ast.Node
	for _, d := range f.Docs {
		switch {
		case d.Body == nil || d.Body.Type() == ast.CommentType || d.Body.Type() == ast.NullType:
		case doc != nil:
			r.problem(d.Body, "a seed file is one document; for several instances use the key instances")
		default:
			doc = d.Body
		}
	}
	r.anchors = map[string]ast.Node{}
	if doc != nil {
		ast.Walk(r, doc)
	}
	return doc
}

// Visit notes anchors, for the aliases of them.
func (r *reader) Visit(n ast.Node) ast.Visitor {
	if a, ok := n.(*ast.AnchorNode); ok {
		r.anchors[a.Name.GetToken().Value] = a.Value
	}
	return r
}

// problem notes what is wrong at a node.
func (r *reader) problem(at ast.Node, format string, args ...any) {
	p := Problem{1, 1, fmt.Sprintf(format, args...)}
	if t := place(at); t != nil && t.Position != nil {
		p.Line, p.Column = t.Position.Line, t.Position.Column
	}
	r.problems = append(r.problems, p)
}

// place returns the first token of a node.
func place(n ast.Node) *token.Token {
	switch n := n.(type) {
	case nil:
		return nil
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return n.Values[0].Key.GetToken()
		}
	case *ast.MappingValueNode:
		return n.Key.GetToken()
	}
	return n.GetToken()
}

// failed returns all problems as one error, or nil.
func (r *reader) failed(file string) error {
	if len(r.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return &Problems{file, slices.Compact(r.problems)}
}

// maxAliases is how many aliases may lead to each other.
const maxAliases = 20

// value returns what a node stands for; nil for null.
func (r *reader) value(n ast.Node) ast.Node {
	for range maxAliases {
		switch at := n.(type) {
		case *ast.AnchorNode:
			n = at.Value
		case *ast.TagNode:
			n = at.Value
		case *ast.AliasNode:
			to := r.anchors[at.Value.GetToken().Value]
			if to == nil {
				r.problem(at, "there is no anchor %q", at.Value.GetToken().Value)
			}
			n = to
		case *ast.NullNode, nil:
			return nil
		default:
			return n
		}
	}
	r.problem(n, "the aliases go round in circles")
	return nil
}

// scalar returns a value as it is written, without quotes. Numbers and the like
// are texts too, so that the twelve digits of an account need no quotes.
func scalar(n ast.Node) (text string, ok bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

// object is a mapping whose keys are read one by one; done reports the rest.
type object struct {
	*reader
	at      ast.Node
	index   int // in the list that it is of
	members map[string]ast.Node
	keys    map[string]ast.Node
	asked   map[string]bool
}

// object reads a mapping; what is none is reported, and has no members.
func (r *reader) object(n ast.Node) *object {
	o := &object{reader: r, at: n, members: map[string]ast.Node{}, keys: map[string]ast.Node{}, asked: map[string]bool{}}
	if n := r.value(n); n != nil {
		o.at = n
		o.add(n, maxAliases)
	}
	return o
}

// add adds the members of a mapping; those that are merged in by << do not
// replace others.
func (o *object) add(n ast.Node, depth int) {
	var pairs []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		pairs = n.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{n}
	default:
		o.problem(n, "must be a mapping of keys to values")
		return
	}
	var merged []ast.Node
	for _, p := range pairs {
		if p.Key.IsMergeKey() {
			merged = append(merged, p.Value)
			continue
		}
		key, ok := scalar(p.Key)
		if !ok {
			o.problem(p.Key, "a key must be a plain text")
			continue
		}
		if _, there := o.keys[key]; !there {
			o.members[key], o.keys[key] = o.value(p.Value), p.Key
		}
	}
	for _, m := range merged {
		if to := o.value(m); to != nil && depth > 0 {
			o.add(to, depth-1)
		}
	}
}

// get returns the value of a key; nil where there is none, or null.
func (o *object) get(key string) ast.Node {
	o.asked[key] = true
	return o.members[key]
}

// has reports whether the key is there with a value.
func (o *object) has(key string) bool { return o.get(key) != nil }

// wrong notes what is wrong with the value of a key or, where the key is not
// there, with the object.
func (o *object) wrong(key, format string, args ...any) {
	at := o.at
	if n := o.members[key]; n != nil {
		at = n
	} else if n := o.keys[key]; n != nil {
		at = n
	}
	o.problem(at, "%s: %s", key, fmt.Sprintf(format, args...))
}

// maxText is the most bytes of a text that is not the content of something.
const maxText = 2000

func (o *object) text(key string) string {
	n := o.get(key)
	if n == nil {
		return ""
	}
	text, ok := scalar(n)
	switch {
	case !ok:
		o.wrong(key, "must be a text")
	case len(text) > maxText && key != "content" && key != "settings":
		o.wrong(key, "must have at most %d bytes", maxText)
	}
	return text
}

func (o *object) flag(key string) bool {
	n := o.get(key)
	if n == nil {
		return false
	}
	b, ok := n.(*ast.BoolNode)
	if !ok {
		o.wrong(key, "must be true or false")
		return false
	}
	return b.Value
}

// number reads a whole number; unset stands for one that is not there.
func (o *object) number(key string, unset, least, most int) int {
	n := o.get(key)
	if n == nil {
		return unset
	}
	i, ok := n.(*ast.IntegerNode)
	if ok {
		if v, err := strconv.Atoi(i.GetToken().Value); err == nil && least <= v && v <= most {
			return v
		}
	}
	o.wrong(key, "must be a whole number from %d to %d", least, most)
	return unset
}

// decimal reads a number of at least and at most so much.
func (o *object) decimal(key string, least, most float64) float64 {
	if n := o.get(key); n != nil {
		text, _ := scalar(n)
		if v, err := strconv.ParseFloat(text, 64); err == nil && least <= v && v <= most {
			return v
		}
	}
	o.wrong(key, "must be a number from %g to %g", least, most)
	return 0
}

// duration reads a length of time in whole seconds; none is 0.
func (o *object) duration(key string, most time.Duration) time.Duration {
	if !o.has(key) {
		return 0
	}
	d, err := time.ParseDuration(o.text(key))
	if err != nil || d < 0 || d > most || d%time.Second != 0 {
		o.wrong(key, "must be a length of time in whole seconds, such as 30s or 2m, and %s at most", most)
		return 0
	}
	return d
}

// oneOf reads a word; unset stands for one that is not there.
func oneOf[T any](o *object, key string, words []word[T], unset T) T {
	if !o.has(key) {
		return unset
	}
	text := o.text(key)
	names := make([]string, len(words))
	for i, w := range words {
		if w.name == text {
			return w.value
		}
		names[i] = w.name
	}
	o.wrong(key, "must be one of %s", strings.Join(names, ", "))
	return unset
}

// word is how a value is written in files.
type word[T any] struct {
	name  string
	value T
}

// nameOf returns how a value is written.
func nameOf[T comparable](words []word[T], value T) string {
	for _, w := range words {
		if w.value == value {
			return w.name
		}
	}
	return ""
}

// list returns the values of a list, null ones left out.
func (o *object) list(key string) []ast.Node {
	n := o.get(key)
	if n == nil {
		return nil
	}
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		o.wrong(key, "must be a list")
		return nil
	}
	values := make([]ast.Node, 0, len(seq.Values))
	for _, v := range seq.Values {
		if to := o.value(v); to != nil {
			values = append(values, to)
		} else {
			o.problem(v, "%s: nothing is said here", key)
		}
	}
	return values
}

// objects returns the mappings of a list.
func (o *object) objects(key string) []*object {
	nodes := o.list(key)
	all := make([]*object, len(nodes))
	for i, n := range nodes {
		all[i] = o.object(n)
		all[i].index = i
	}
	return all
}

// done reports the keys that nobody has asked for.
func (o *object) done() {
	for key, at := range o.keys {
		if !o.asked[key] {
			known := make([]string, 0, len(o.asked))
			for k := range o.asked {
				known = append(known, k)
			}
			slices.Sort(known)
			o.problem(at, "there is no key %q here, but %s", key, strings.Join(known, ", "))
		}
	}
}
