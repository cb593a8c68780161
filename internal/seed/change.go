package seed

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
)

// Op says what happens to an entry.
type Op string

// What can happen.
const (
	Add    Op = "add"
	Update Op = "change"
	Remove Op = "remove"
)

// Change is what happens to one entry of an instance.
type Change struct {
	Op     Op
	Kind   string // queue, routing profile …
	Name   string
	Fields []FieldChange // none for what is removed
}

// FieldChange is what happens to one key of an entry, as files write it. Of
// what is not to be seen both values are empty.
type FieldChange struct{ Key, From, To string }

// String writes the change for people.
func (c Change) String() string {
	var b strings.Builder
	sign := map[Op]string{Add: "+", Update: "~", Remove: "-"}[c.Op]
	fmt.Fprintf(&b, "%s %s %s\n", sign, c.Kind, c.Name)
	for _, f := range c.Fields {
		switch {
		case f.From == "" && f.To == "" && c.Op == Add:
			fmt.Fprintf(&b, "    %s\n", f.Key)
		case f.From == "" && f.To == "":
			fmt.Fprintf(&b, "    %s: another one\n", f.Key)
		case f.From == "":
			fmt.Fprintf(&b, "    %s: %s\n", f.Key, f.To)
		case f.To == "":
			fmt.Fprintf(&b, "    %s: %s → none\n", f.Key, f.From)
		default:
			fmt.Fprintf(&b, "    %s: %s → %s\n", f.Key, f.From, f.To)
		}
	}
	return b.String()
}

// instanceForm is what a file says of an instance itself.
func instanceForm(n *namer) form {
	in := n.d.Instance
	return form{}.with("id", string(in.ID)).with("alias", in.Alias).with("region", in.Region).with("account_id", in.AccountID).
		with("default_flow", n.ref(flowKind, string(in.DefaultFlow))).and("multi_party", in.MultiParty)
}

// plan compares what was with what is made.
func (b *builder) plan() *Plan {
	p := &Plan{Before: b.have, After: b.d, Put: directory.New()}
	p.Put.Instance = b.d.Instance
	if b.have != nil {
		for _, k := range kinds {
			b.keepUnchanged(k)
		}
	}
	p.compare()
	return p
}

// keepUnchanged puts back the entries that look as they did, so that what a
// file knows nothing of stays as it is.
func (b *builder) keepUnchanged(k *kind) {
	before, after := newNamer(b.have), newNamer(b.d)
	for id := range b.said[k] {
		switch {
		case before.names[k][id] == "":
		case k.form(before, id).equal(k.form(after, id)):
			k.move(b.d, b.have, id)
			continue
		}
		if k == flowKind {
			b.d.Flows[contact.FlowID(id)].Modified = b.o.Now
		}
		if k == moduleKind {
			b.d.Modules[contact.FlowID(id)].Modified = b.o.Now
		}
		if k == viewKind {
			b.d.Views[directory.ViewID(id)].Modified = b.o.Now
		}
	}
}

// compare fills in what is different between Before and After.
func (p *Plan) compare() {
	before := newNamer(directory.New())
	if p.Before != nil {
		before = newNamer(p.Before)
	}
	after := newNamer(p.After)
	p.Changes = nil
	switch {
	case p.Before == nil:
		p.add(Add, "instance", p.After.Instance.Alias, nil, instanceForm(after))
	case !p.Before.Instance.Same(&p.After.Instance):
		p.add(Update, "instance", p.After.Instance.Alias, instanceForm(before), instanceForm(after))
	}
	for _, k := range kinds {
		for _, id := range k.sortedIDs(p.After) {
			now := k.form(after, id)
			if before.names[k][id] == "" {
				p.add(Add, k.one, after.names[k][id], nil, now)
			} else if was := k.form(before, id); !k.same(p.Before, p.After, id) {
				p.add(Update, k.one, after.names[k][id], was, now)
			} else {
				continue
			}
			k.move(p.Put, p.After, id)
		}
		if p.Before == nil {
			continue
		}
		for _, id := range k.sortedIDs(p.Before) {
			if after.names[k][id] == "" {
				p.Remove = append(p.Remove, directory.Ref{Kind: k.is, ID: id})
				p.add(Remove, k.one, before.names[k][id], nil, nil)
			}
		}
	}
}

func (p *Plan) add(op Op, kind, name string, was, now form) {
	c := Change{Op: op, Kind: kind, Name: name}
	from, to := was.lines(), now.lines()
	keys := form{}
	for _, x := range append(slices.Clone(now), was...) {
		if !slices.ContainsFunc(keys, func(y field) bool { return y.key == x.key }) {
			keys = append(keys, x)
		}
	}
	for _, x := range keys {
		switch {
		case from[x.key] == to[x.key] || op == Add && to[x.key] == name:
		case x.hidden:
			c.Fields = append(c.Fields, FieldChange{Key: x.key})
		default:
			c.Fields = append(c.Fields, FieldChange{x.key, from[x.key], to[x.key]})
		}
	}
	p.Changes = append(p.Changes, c)
}

// Empty reports whether nothing changes.
func (p *Plan) Empty() bool { return len(p.Changes) == 0 }

// link is a reference of one entry to another.
type link struct {
	of   *kind
	name string
	to   *kind
	id   string
}

// links returns all references between the entries of a directory.
func links(d *directory.Directory) (all []link) {
	add := func(of *kind, name string, to *kind, id string) {
		if id != "" {
			all = append(all, link{of, name, to, id})
		}
	}
	for _, q := range d.Queues {
		add(queueKind, q.Name, hoursKind, string(q.Hours))
		for _, c := range q.Connects {
			add(queueKind, q.Name, connectKind, string(c))
		}
	}
	for _, c := range d.Connects {
		add(connectKind, c.Name, queueKind, string(c.Queue))
		add(connectKind, c.Name, userKind, string(c.User))
		add(connectKind, c.Name, flowKind, string(c.Flow))
	}
	for _, p := range d.Profiles {
		add(profileKind, p.Name, queueKind, string(p.Outbound))
		for _, q := range p.Queues {
			add(profileKind, p.Name, queueKind, string(q.Queue))
		}
	}
	for _, u := range d.Users {
		add(userKind, u.Username, profileKind, string(u.Profile))
	}
	for _, q := range d.QuickResponses {
		for _, id := range q.Queues {
			add(quickResponseKind, q.Name, queueKind, string(id))
		}
		for _, id := range q.Profiles {
			add(quickResponseKind, q.Name, profileKind, string(id))
		}
	}
	return all
}

// whole reports what the file would break: entries that others need, and what
// an instance cannot do without.
func (b *builder) whole() {
	if b.part.has(statusKind.key) {
		types := map[contact.StatusType]bool{}
		for _, s := range b.d.Statuses {
			types[s.Type] = types[s.Type] || !s.Disabled
		}
		if len(b.problems) == 0 && (!types[contact.Routable] || !types[contact.Offline]) {
			b.part.wrong(statusKind.key, "there must be one of type routable and one of type offline")
		}
	}
	if len(b.d.QuickResponses) > directory.MaxQuickResponses {
		b.part.wrong(quickResponseKind.key, "an instance may have %d at most", directory.MaxQuickResponses)
	}
	if b.have == nil {
		return
	}
	for _, l := range links(b.d) {
		if was := l.to.names(b.have)[l.id]; was != "" && l.to.names(b.d)[l.id] == "" {
			b.part.wrong(l.to.key, "the %s %q cannot be removed: the %s %q needs it", l.to.one, was, l.of.one, l.name)
		}
	}
	switch gone := b.have.Keys; {
	case b.o.Dev: // which takes every key
	case gone[b.o.Key] != nil && b.d.Keys[b.o.Key] == nil:
		b.part.wrong(keyKind.key, "the key %s signs this very request: name it in the file (its secret may be left out)", b.o.Key)
	case len(gone) > 0 && len(b.d.Keys) == 0:
		b.part.wrong(keyKind.key, "there must be one at least")
	}
}

// Differences returns the changes from one state of an instance to a later one.
func Differences(before, after *directory.Directory) *Plan {
	p := &Plan{Before: before, After: after, Put: directory.New()}
	p.Put.Instance = after.Instance
	p.compare()
	return p
}

// Onto returns what has to change in another state of the instance so that it
// takes the same changes; what others did to it meanwhile stays.
func (p *Plan) Onto(d *directory.Directory) *Plan {
	after := clone(d)
	if p.Before == nil || !p.Before.Instance.Same(&p.After.Instance) {
		retired := after.Instance.Retired
		after.Instance = p.After.Instance
		after.Instance.Retired = retired
	}
	for _, k := range kinds {
		for id := range k.names(p.Put) {
			k.move(after, p.Put, id)
		}
	}
	for _, ref := range p.Remove {
		for _, k := range kinds {
			if k.is == ref.Kind {
				k.remove(after, ref.ID)
			}
		}
	}
	return Differences(d, after)
}
