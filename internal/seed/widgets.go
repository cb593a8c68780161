package seed

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/bellpull/bellpull/internal/admin"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/flow"
)

var widgetTypes = []word[string]{
	{"markdown", contact.Markdown}, {"interactive", contact.Interactive}, {"interactive_response", contact.InteractiveResponse},
}

var widgetShelf = shelf[directory.WidgetID, directory.Widget]{
	of:   func(d *directory.Directory) map[directory.WidgetID]*directory.Widget { return d.Widgets },
	id:   func(w *directory.Widget) *directory.WidgetID { return &w.ID },
	name: func(w *directory.Widget) *string { return &w.Name },
	form: func(n *namer, w *directory.Widget) form {
		var origins, types []any
		for _, o := range w.Origins {
			origins = append(origins, o)
		}
		for _, t := range w.ContentTypes {
			types = append(types, nameOf(widgetTypes, t))
		}
		return form{}.with("name", w.Name).with("id", string(w.ID)).with("flow", n.ref(flowKind, string(w.Flow))).
			with("origins", origins).with("signed", w.Signed).hiding("secrets", strings.Join(w.Secrets, "\n")).
			with("hours", n.ref(hoursKind, string(w.Hours))).with("reply_time", w.ReplyTime).with("persistent", w.Persistent).
			with("content_types", types).with("duration", w.Duration).with("look", lookForm(w.Look))
	},
	read: func(b *builder, o *object, w *directory.Widget) { b.widget(o, w) },
}

// widget reads a widget. One that is there keeps its secrets when none are said.
func (b *builder) widget(o *object, w *directory.Widget) {
	w.Flow = contact.FlowID(b.ref(o, "flow", flowKind))
	if f := b.d.Flows[w.Flow]; f != nil && !admin.StartsChats(f) {
		o.wrong("flow", "%q must be a published flow of type %s, and not archived", f.Name, flow.Inbound)
	}
	w.Hours = directory.HoursID(b.ref(o, "hours", hoursKind))
	w.Signed, w.Persistent, w.ReplyTime = o.flag("signed"), o.flag("persistent"), o.text("reply_time")
	w.Duration = o.duration("duration", contact.MaxDuration)
	w.Origins, w.ContentTypes = nil, nil
	for _, n := range o.list("origins") {
		origin, _ := scalar(n)
		w.Origins = append(w.Origins, origin)
	}
	for _, n := range o.list("content_types") {
		one := &object{reader: b.reader, at: n, members: map[string]ast.Node{"content_types": n}, asked: map[string]bool{}}
		w.ContentTypes = append(w.ContentTypes, oneOf(one, "content_types", widgetTypes, ""))
	}
	before := len(b.problems)
	if secrets := o.objects("secrets"); o.has("secrets") {
		w.Secrets = nil
		for _, s := range secrets {
			secret, _ := b.secret(s, "widget "+strconv.Quote(w.Name))
			w.Secrets = append(w.Secrets, secret)
			s.done()
		}
	}
	w.Look = ""
	if n := o.get("look"); n != nil {
		w.Look = b.json(n)
	}
	if err := w.Check(); err != nil && len(b.problems) == before {
		key, message, _ := strings.Cut(err.Error(), ": ")
		o.wrong(key, "%s", message)
	}
}

// json writes what a node stands for as JSON, the keys of objects in order.
func (r *reader) json(n ast.Node) string {
	text, err := json.Marshal(r.plain(n, maxAliases))
	if err != nil {
		panic(err) // it consists of plain values
	}
	return string(text)
}

// plain returns what a node stands for, made of what JSON is made of. It goes so
// many levels deep.
func (r *reader) plain(n ast.Node, depth int) any {
	if depth == 0 {
		r.problem(n, "this goes too deep")
		return nil
	}
	switch n := r.value(n).(type) {
	case nil:
		return nil
	case *ast.BoolNode:
		return n.Value
	case *ast.IntegerNode, *ast.FloatNode:
		if text := n.GetToken().Value; json.Valid([]byte(text)) {
			return json.Number(text)
		}
		return n.GetToken().Value
	case *ast.SequenceNode:
		list := []any{}
		for _, v := range n.Values {
			list = append(list, r.plain(v, depth-1))
		}
		return list
	case *ast.MappingNode, *ast.MappingValueNode:
		members := map[string]any{}
		for key, v := range r.object(n).members {
			members[key] = r.plain(v, depth-1)
		}
		return members
	default:
		text, _ := scalar(n)
		return text
	}
}

// lookForm is the way back of what json does.
func lookForm(look string) form {
	if look == "" {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader([]byte(look)))
	d.UseNumber()
	var members map[string]any
	if d.Decode(&members) != nil {
		return nil // which cannot be: it has been checked
	}
	return formOf(members).(form)
}

// formOf returns a plain value as forms have it.
func formOf(v any) any {
	switch v := v.(type) {
	case map[string]any:
		f := form{}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			f = f.and(key, formOf(v[key]))
		}
		return f
	case []any:
		list := make([]any, len(v))
		for i, x := range v {
			list[i] = formOf(x)
		}
		return list
	case json.Number:
		return number(v)
	case nil:
		return number("null")
	default:
		return v
	}
}

// number is written as it is, like any word that is no text.
type number string
