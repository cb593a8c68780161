package seed

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/bellpull/bellpull/internal/admin"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/flow"
	"github.com/bellpull/bellpull/internal/password"
)

// Options say how a file is taken.
type Options struct {
	Now time.Time
	// Prune removes what the file does not mention, of the kinds that it lists.
	// The flows that stand in where nothing else is set, and the one that chats
	// start with by default, stay.
	Prune bool
	// Key is the access key id of whoever asks. It is not removed.
	Key string
	// Dev makes cheap hashes of passwords, and lets flows name functions and
	// bots that nobody has associated.
	Dev bool
}

// Plan is what has to change in one instance.
type Plan struct {
	Before *directory.Directory // nil: the instance is new
	After  *directory.Directory
	// Put holds the entries that are new or another, Remove names those that go.
	Put     *directory.Directory
	Remove  []directory.Ref
	Changes []Change
}

// builder makes the directory of one instance.
type builder struct {
	*reader
	file        *File
	o           Options
	part        *object
	first, only bool // which part of the file it is

	have *directory.Directory // nil: the instance is new
	d    *directory.Directory
	said map[*kind]map[string]*object // what the file describes, by id
	ids  map[*kind]map[string][]string
	// earlier are users whose passwords may be the same.
	earlier map[contact.UserID]*directory.User
}

func (b *builder) cost() password.Cost {
	if b.o.Dev {
		return trivial
	}
	return password.Strong
}

// start finds the instance that is meant, or makes one.
func (b *builder) start(have, earlier []*directory.Directory) {
	in := b.part.child("instance")
	id, alias := in.text("id"), in.text("alias")
	if id != "" && !uuidForm().MatchString(id) {
		in.wrong("id", "%q is not a UUID in lower case", id)
	}
	for _, d := range have {
		if id == string(d.Instance.ID) || id == "" && alias != "" && alias == d.Instance.Alias {
			b.have = d
		}
	}
	switch {
	case b.have != nil:
	case id == "" && b.only && len(have) == 1:
		b.have = have[0]
	case id == "" && b.only && len(have) > 1:
		in.problem(in.at, "there are %d instances: say the id or alias of the one that is meant", len(have))
	case id == "" && alias == "" && !b.only && !b.startsDev(have):
		in.problem(in.at, "an instance needs an alias or an id")
	}
	if b.have != nil {
		b.d = clone(b.have)
	} else {
		b.d = b.newInstance(contact.InstanceID(id), alias, b.startsDev(have))
		for _, e := range earlier {
			if e.Instance.ID == b.d.Instance.ID {
				b.earlier = e.Users
			}
		}
		b.keepDevHashes()
	}
	b.instance(in)
}

// keepDevHashes gives the dev agents the hashes that they had in an earlier
// version: the passwords are the same.
func (b *builder) keepDevHashes() {
	for _, a := range DevAgents {
		u, was := b.d.Users[a.ID], b.earlier[a.ID]
		if u == nil || was == nil {
			continue
		}
		if same, err := password.Check(was.PasswordHash, a.Password); same && err == nil {
			u.PasswordHash = was.PasswordHash
		}
	}
}

// child returns the mapping of a key, empty where there is none.
func (o *object) child(key string) *object {
	if n := o.get(key); n != nil {
		return o.object(n)
	}
	return &object{reader: o.reader, at: o.at, asked: map[string]bool{}}
}

// clone returns a directory with the same entries.
func clone(d *directory.Directory) *directory.Directory {
	c := *d
	c.Hours, c.Queues, c.Connects, c.Profiles = maps.Clone(d.Hours), maps.Clone(d.Queues), maps.Clone(d.Connects), maps.Clone(d.Profiles)
	c.Statuses, c.Users, c.Flows, c.Modules = maps.Clone(d.Statuses), maps.Clone(d.Users), maps.Clone(d.Flows), maps.Clone(d.Modules)
	c.Views, c.Widgets, c.Keys, c.Associations = maps.Clone(d.Views), maps.Clone(d.Widgets), maps.Clone(d.Keys), maps.Clone(d.Associations)
	c.QuickResponses = maps.Clone(d.QuickResponses)
	return &c
}

// startsDev reports whether this is the instance that bellpull dev starts with.
func (b *builder) startsDev(have []*directory.Directory) bool {
	return b.o.Dev && b.first && len(have) == 0
}

// newInstance returns what an instance has at first.
func (b *builder) newInstance(id contact.InstanceID, alias string, dev bool) *directory.Directory {
	if dev {
		d := Dev()
		d.Instance.ID = cmp.Or(id, d.Instance.ID)
		return d
	}
	if id == "" {
		id = contact.InstanceID(idOf("instance", alias))
	}
	return basic(func(kind string) string {
		if kind == "instance" {
			return string(id)
		}
		return idOf(string(id), "new", kind)
	})
}

var accountForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[0-9]{12}$`)
})

// instance reads what is said of the instance itself; what is not said stays.
func (b *builder) instance(in *object) {
	is := &b.d.Instance
	for key, to := range map[string]*string{"alias": &is.Alias, "region": &is.Region, "account_id": &is.AccountID} {
		*to = cmp.Or(in.text(key), *to)
	}
	if !accountForm().MatchString(is.AccountID) {
		in.wrong("account_id", "must have twelve digits")
	}
	if in.has("multi_party") {
		is.MultiParty = in.flag("multi_party")
	}
	in.get("default_flow") // read when the flows are there
}

// idOf makes an id of what something is called, the same each time.
func idOf(names ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(names, "/")))
	sum[6] = sum[6]&0x0f | 0x80 // version 8: made in a way of one's own
	sum[8] = sum[8]&0x3f | 0x80
	h := hex.EncodeToString(sum[:16])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

var uuidForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
})

// idOf returns the id that an object gives, or one made of its name.
func (b *builder) idOf(o *object, one, name string) string {
	given := o.text("id")
	if given == "" {
		return idOf(string(b.d.Instance.ID), one, name)
	}
	if !uuidForm().MatchString(given) {
		o.wrong("id", "%q is not a UUID in lower case", given)
	}
	return given
}

// build makes the directory: first the names of everything, since things refer
// to each other, then the rest.
func (b *builder) build() {
	b.said = map[*kind]map[string]*object{}
	for _, k := range kinds {
		b.claim(k)
	}
	b.prune()
	b.ids = map[*kind]map[string][]string{}
	for _, k := range kinds {
		b.index(k)
	}
	b.read(flowKind) // others look at the types of flows
	b.defaultFlow()
	for _, k := range kinds {
		if k != flowKind {
			b.read(k)
		}
	}
	b.part.done()
	b.whole()
	b.checkFlows()
}

// entries returns what the file lists of a kind. Functions and bots may be bare
// names.
func (b *builder) entries(k *kind) []*object {
	if k != functionKind && k != botKind {
		return b.part.objects(k.key)
	}
	var all []*object
	for _, n := range b.part.list(k.key) {
		if _, ok := scalar(n); ok {
			all = append(all, &object{reader: b.reader, at: n, members: map[string]ast.Node{"arn": n}, asked: map[string]bool{}})
			continue
		}
		all = append(all, b.object(n))
	}
	return all
}

// claim puts what the file lists of a kind into the directory, by name.
func (b *builder) claim(k *kind) {
	said := map[string]*object{}
	b.said[k] = said
	names := k.names(b.d)
	if b.replaced(k) {
		for id := range names {
			k.remove(b.d, id)
		}
		clear(names)
	}
	lines := map[string]ast.Node{}
	for _, o := range b.entries(k) {
		name := o.text(k.name)
		if k == botKind && o.has("name") {
			name = o.text("name") + "@" + o.text("region")
		}
		if strings.TrimSpace(name) == "" {
			o.problem(o.at, "%s: %s is missing", k.one, k.name)
			continue
		}
		if len(name) > maxName {
			o.wrong(k.name, "must have at most %d bytes", maxName)
		}
		if first := lines[name]; first != nil {
			o.problem(o.at, "there is a %s %q already, on line %d", k.one, name, place(first).Position.Line)
			continue
		}
		lines[name] = o.at
		id := b.claimID(k, o, name, names)
		if said[id] != nil {
			o.wrong("id", "another %s of this file has the id %s", k.one, id)
			continue
		}
		said[id] = o
		k.add(b.d, b.d, id, name)
	}
}

// claimID returns the id of an entry: the given one, or that of the entry of the
// same name which is there, or one made of the name.
func (b *builder) claimID(k *kind, o *object, name string, names map[string]string) string {
	if k.named() {
		return name
	}
	id := ""
	for was, n := range names {
		if n == name && (id == "" || was < id) {
			id = was
		}
	}
	given := o.text("id")
	switch {
	case k == flowKind && b.have == nil:
		return b.stockFlow(o, name, given, id)
	case given == "" && id != "":
		return id
	}
	return b.idOf(o, k.one, name)
}

// replaced reports whether what the file lists takes the place of all that a
// new instance has of the kind.
func (b *builder) replaced(k *kind) bool {
	return b.have == nil && k != flowKind && k != keyKind && b.part.has(k.key)
}

// stockFlow returns the id of a flow of a new instance. The file may write one
// of those that every instance has anew, under another id too.
func (b *builder) stockFlow(o *object, name, given, stock string) string {
	id := b.idOf(o, flowKind.one, name)
	if stock == "" {
		return id
	}
	delete(b.d.Flows, contact.FlowID(stock))
	if given == "" {
		return stock
	}
	if b.d.Instance.DefaultFlow == contact.FlowID(stock) {
		b.d.Instance.DefaultFlow = contact.FlowID(id)
	}
	return id
}

// prune removes what the file does not mention, of the kinds that it lists,
// where that is asked for.
func (b *builder) prune() {
	if b.have == nil {
		b.tidy()
		return
	}
	for _, k := range kinds {
		if !b.o.Prune || !b.part.has(k.key) {
			continue
		}
		for id := range k.names(b.d) {
			if b.said[k][id] == nil && !b.kept(k, id) {
				k.remove(b.d, id)
			}
		}
	}
}

// kept reports whether pruning leaves an entry alone.
func (b *builder) kept(k *kind, id string) bool {
	if k != flowKind {
		return false
	}
	f := b.d.Flows[contact.FlowID(id)]
	if in := b.part.child("instance"); in.has("default_flow") {
		name := in.text("default_flow")
		return standsIn(f) || f.Name == name || id == name
	}
	return standsIn(f) || f.ID == b.d.Instance.DefaultFlow
}

// standsIn reports whether a flow is used where nothing else is set.
func standsIn(f *directory.Flow) bool { return admin.DefaultNames[flow.Type(f.Type)] == f.Name }

// tidy mends what a new instance has when the file has taken away what it
// refers to.
func (b *builder) tidy() {
	d := b.d
	for id, q := range d.Queues {
		if q = copyOf(q); d.Hours[q.Hours] == nil {
			q.Hours = ""
		}
		q.Connects = slices.DeleteFunc(slices.Clone(q.Connects), func(c directory.QuickConnectID) bool { return !b.reaches(d.Connects[c]) })
		d.Queues[id] = q
	}
	maps.DeleteFunc(d.Connects, func(id directory.QuickConnectID, c *directory.QuickConnect) bool {
		return b.said[connectKind][string(id)] == nil && !b.reaches(c)
	})
	for id, p := range d.Profiles {
		p = copyOf(p)
		p.Queues = slices.DeleteFunc(slices.Clone(p.Queues), func(q directory.ProfileQueue) bool { return d.Queues[q.Queue] == nil })
		if d.Queues[p.Outbound] == nil {
			p.Outbound = ""
		}
		d.Profiles[id] = p
	}
	for id, w := range d.Widgets {
		if d.Hours[w.Hours] == nil {
			w = copyOf(w)
			w.Hours = ""
			d.Widgets[id] = w
		}
	}
	for id, u := range d.Users {
		if d.Profiles[u.Profile] == nil {
			u = copyOf(u)
			u.Profile = directory.ProfileID(first(profileKind.sortedIDs(d)))
			d.Users[id] = u
		}
	}
	b.fillStock()
}

// reaches reports whether what a quick connect leads to is there.
func (b *builder) reaches(c *directory.QuickConnect) bool {
	return c != nil && (c.Queue == "" || b.d.Queues[c.Queue] != nil) && (c.User == "" || b.d.Users[c.User] != nil)
}

func copyOf[T any](v *T) *T { return new(*v) }

func first(s []string) string {
	if len(s) == 0 {
		return ""
	}
	return s[0]
}

// fillStock writes the flows that every instance has anew, for the file's first
// queue and the ids that the file gives them.
func (b *builder) fillStock() {
	queue := contact.QueueID(first(queueKind.sortedIDs(b.d)))
	for id, o := range b.said[queueKind] {
		if o.index == 0 {
			queue = contact.QueueID(id)
		}
	}
	ids := map[string]contact.FlowID{}
	for id, f := range b.d.Flows {
		ids[f.Name] = id
	}
	made := directory.New() // whose default flow is not asked for
	addFlows(made, queue, func(s stockFlow) contact.FlowID { return ids[s.name] })
	for id, f := range made.Flows {
		if b.said[flowKind][string(id)] == nil {
			b.d.Flows[id] = f
		}
	}
}

// apart reports users whom another instance has too: agents sign in by name
// alone.
func (b *builder) apart(others []*directory.Directory) {
	for id, o := range b.said[userKind] {
		name := b.d.Users[contact.UserID(id)].Username
		for _, d := range others {
			switch {
			case d.Instance.ID == b.d.Instance.ID:
			case d.UserByName(name) != nil:
				o.wrong("username", "the instance %s has a user %q too, and agents sign in by name alone", d.Instance.Alias, name)
			case d.Users[contact.UserID(id)] != nil:
				o.wrong("id", "a user of the instance %s has it", d.Instance.Alias)
			}
		}
	}
}

// index notes the ids by the names, and reports names that two entries have.
func (b *builder) index(k *kind) {
	ids := map[string][]string{}
	for id, name := range k.names(b.d) {
		ids[name] = append(ids[name], id)
	}
	b.ids[k] = ids
	for id, o := range b.said[k] {
		if name := k.names(b.d)[id]; len(ids[name]) > 1 {
			o.problem(o.at, "there is a %s %q already, with another id", k.one, name)
		}
	}
}

// find returns the id of the entry with a name or id, or reports that there is
// none.
func (b *builder) find(o *object, key, name string, k *kind) string {
	switch ids := b.ids[k][name]; {
	case len(ids) == 1:
		return ids[0]
	case len(ids) > 1:
		o.wrong(key, "there are %d of the name %q: say the id", len(ids), name)
	case k.names(b.d)[name] != "":
		return name
	default:
		o.wrong(key, "there is no %s %q", k.one, name)
	}
	return ""
}

// ref reads the name of another entry and returns its id.
func (b *builder) ref(o *object, key string, k *kind) string {
	if !o.has(key) {
		return ""
	}
	return b.find(o, key, o.text(key), k)
}

// refs reads a list of names of other entries.
func (b *builder) refs(o *object, key string, k *kind) (ids []string) {
	for _, n := range o.list(key) {
		one := &object{reader: b.reader, at: n, members: map[string]ast.Node{key: n}, asked: map[string]bool{}}
		if id := b.ref(one, key, k); slices.Contains(ids, id) && id != "" {
			one.wrong(key, "is there twice")
		} else {
			ids = append(ids, id)
		}
	}
	return ids
}

// read reads all that the file says of a kind. What looks the same as before is
// left as it was.
func (b *builder) read(k *kind) {
	for id, o := range b.said[k] {
		o.get("id")
		k.read(b, o, id)
		o.done()
	}
}

// defaultFlow reads with which flow chats start by default. Of a new instance it
// is the first inbound one that the file lists.
func (b *builder) defaultFlow() {
	in := b.part.child("instance")
	for _, key := range []string{"id", "alias", "region", "account_id", "multi_party"} {
		in.get(key)
	}
	to := &b.d.Instance.DefaultFlow
	switch {
	case in.has("default_flow"):
		*to = contact.FlowID(b.ref(in, "default_flow", flowKind))
	case b.have == nil:
		first := -1
		for id, o := range b.said[flowKind] {
			if f := b.d.Flows[contact.FlowID(id)]; admin.StartsChats(f) && (first < 0 || o.index < first) {
				*to, first = f.ID, o.index
			}
		}
	}
	switch f := b.d.Flows[*to]; {
	case f == nil || admin.StartsChats(f):
	case in.has("default_flow"):
		in.wrong("default_flow", "%q must be a published flow of type %s, and not archived", f.Name, flow.Inbound)
	case b.said[flowKind][string(*to)] != nil:
		o := b.said[flowKind][string(*to)]
		o.problem(o.at, "chats start with %q by default: it must be a published flow of type %s, and not archived", f.Name, flow.Inbound)
	}
	if len(in.keys) > 0 {
		in.done()
	}
}

// content returns what a flow consists of: from a file, or from the text
// itself. Names of entries in it, such as ${queue:Sales}, become their ids;
// $${queue:Sales} stays, with a dollar less.
func (b *builder) content(o *object) (string, bool) {
	text := o.text("content")
	name := o.text("file")
	if (text == "") == (name == "") {
		o.problem(o.at, "needs either file or content")
		return "", false
	}
	key := "content"
	if name != "" {
		key = "file"
		content, ok := b.file.Files[name]
		if !ok {
			o.wrong(key, "%q is not there or cannot be read from here", name)
			return "", false
		}
		text = content
	}
	return entryName().ReplaceAllStringFunc(text, func(found string) string {
		m := entryName().FindStringSubmatch(found)
		if strings.HasPrefix(found, "$$") {
			return found[1:]
		}
		return b.find(o, key, m[2], map[string]*kind{
			"queue": queueKind, "flow": flowKind, "module": moduleKind, "user": userKind, "hours": hoursKind, "quick_connect": connectKind,
		}[m[1]])
	}), true
}

// escape is the way back of what content does to names.
func escape(content string) string { return entryName().ReplaceAllString(content, "$$$0") }

var entryName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\$+\{(queue|flow|module|user|hours|quick_connect):([^}]+)\}`)
})

// secretFile returns what a file says, without the end of its last line.
func (b *builder) secretFile(o *object, key string) (string, bool) {
	text, ok := b.file.Files[o.text(key)]
	text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
	if !ok || text == "" {
		o.wrong(key, "%q is empty, not there, or cannot be read from here", o.text(key))
		return "", false
	}
	return text, true
}

func isObject(text string) bool {
	var object map[string]any
	return json.Unmarshal([]byte(text), &object) == nil && object != nil
}

// checkFlows checks the contents that the file gives, now that all they may
// refer to is there. Those that are in force already are left alone: what they
// refer to may have gone since, and a dump must not be refused for it.
func (b *builder) checkFlows() {
	if len(b.problems) > 0 {
		return // the flows may only name what has just been refused
	}
	for k, shelf := range map[*kind]admin.Shelf{flowKind: admin.Flows, moduleKind: admin.Modules} {
		for id, o := range b.said[k] {
			f, t := shelf.Of(b.d)[contact.FlowID(id)], flow.Module
			if k == flowKind {
				t = flow.Type(f.Type)
			}
			if f.Content != "" && f.Content != b.inForce(shelf, f.ID) {
				b.checkFlow(o, f, t)
			}
		}
	}
}

// inForce returns the present content of a flow; nothing for one that is new.
func (b *builder) inForce(shelf admin.Shelf, id contact.FlowID) string {
	if b.have == nil || shelf.Of(b.have)[id] == nil {
		return ""
	}
	return shelf.Of(b.have)[id].Content
}

func (b *builder) checkFlow(o *object, f *directory.Flow, t flow.Type) {
	var err error
	if b.o.Dev {
		_, err = flow.Parse(f.Content)
	} else {
		err = admin.CheckContent(f.Content, t, b.d)
	}
	key := "content"
	if o.has("file") {
		key = "file"
	}
	problems, ok := errors.AsType[flow.Problems](err)
	if err != nil && !ok {
		o.wrong(key, "flow %q: %v", f.Name, err)
	}
	for _, p := range problems {
		o.wrong(key, "flow %q: %s", f.Name, p)
	}
}
