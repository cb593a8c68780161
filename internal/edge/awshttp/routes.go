package awshttp

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/bellpull/bellpull/internal/wire"
)

// routes finds the operation of a path. It works on the escaped path: a %2F
// belongs to the segment that it stands in. See docs/fidelity.md#paths.
//
// Paths without parameters, the busy ones among them, are found in one map; the
// others in a tree of segments.
type routes struct {
	exact map[string][]*route
	root  node
	byOp  map[*wire.Operation]*route
}

type route struct {
	op    *wire.Operation
	serve func(ctx context.Context, req *wire.Request, dst []byte) ([]byte, error) // nil: not implemented
}

type node struct {
	literal map[string]*node
	param   *node
	here    []*route
}

func (t *routes) add(r *route) {
	if t.byOp == nil {
		t.byOp = map[*wire.Operation]*route{}
		t.exact = map[string][]*route{}
	}
	t.byOp[r.op] = r
	path := r.op.Path
	if !strings.Contains(path, "{") {
		t.exact[path] = append(t.exact[path], r)
		return
	}
	n := &t.root
	for seg := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		if strings.HasPrefix(seg, "{") {
			if n.param == nil {
				n.param = &node{}
			}
			n = n.param
			continue
		}
		next := n.literal[seg]
		if next == nil {
			if n.literal == nil {
				n.literal = map[string]*node{}
			}
			next = &node{}
			n.literal[seg] = next
		}
		n = next
	}
	n.here = append(n.here, r)
}

func (t *routes) find(op *wire.Operation) *route { return t.byOp[op] }

// match returns the route of a request, or nil and whether the path is known
// with another method. It appends the path's parameters to params.
func (t *routes) match(method, path string, params *[]string) (found *route, known bool) {
	if here := t.exact[path]; len(here) > 0 {
		known = true
		if r := ofMethod(here, method); r != nil {
			return r, true
		}
	}
	rest, ok := strings.CutPrefix(path, "/")
	if !ok {
		return nil, known
	}
	t.root.walk(rest, func(here []*route) bool {
		known = true
		found = ofMethod(here, method)
		return found != nil
	})
	if found == nil {
		return nil, known
	}
	if params != nil && !appendParams(params, found.op.Path, path) {
		return nil, false
	}
	return found, true
}

// allowed lists the methods of a path.
func (t *routes) allowed(path string) string {
	var methods []string
	add := func(here []*route) bool {
		for _, r := range here {
			methods = append(methods, r.op.Method)
		}
		return false
	}
	add(t.exact[path])
	t.root.walk(strings.TrimPrefix(path, "/"), add)
	slices.Sort(methods)
	return strings.Join(append(slices.Compact(methods), "OPTIONS"), ", ")
}

func ofMethod(here []*route, method string) *route {
	for _, r := range here {
		if r.op.Method == method {
			return r
		}
	}
	return nil
}

// walk visits the nodes that the rest of a path leads to, literal segments
// before parameters, until visit returns true.
func (n *node) walk(rest string, visit func([]*route) bool) bool {
	seg, after, more := strings.Cut(rest, "/")
	if seg == "" {
		return false
	}
	for _, next := range []*node{n.literal[seg], n.param} {
		switch {
		case next == nil:
		case more && next.walk(after, visit):
			return true
		case !more && len(next.here) > 0 && visit(next.here):
			return true
		}
	}
	return false
}

// appendParams appends the unescaped segments of path that stand where pattern
// has parameters.
func appendParams(params *[]string, pattern, path string) bool {
	for more := true; more; {
		var want, got string
		want, pattern, more = strings.Cut(pattern, "/")
		got, path, _ = strings.Cut(path, "/")
		if !strings.HasPrefix(want, "{") {
			continue
		}
		value, err := url.PathUnescape(got)
		if err != nil {
			return false
		}
		*params = append(*params, value)
	}
	return true
}
