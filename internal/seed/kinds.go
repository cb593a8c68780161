package seed

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
)

// kind is a kind of entry, as files and directories keep it.
type kind struct {
	key  string // of the list in a file
	one  string // what an entry is called
	is   directory.Kind
	name string // the key that names an entry

	names func(d *directory.Directory) map[string]string // by id
	// add puts an entry into d: a copy of the one that from has, or a new one.
	add    func(d, from *directory.Directory, id, name string)
	move   func(to, from *directory.Directory, id string) // the very entry of from
	remove func(d *directory.Directory, id string)
	// same reports whether both have the very same entry, or ones that are alike
	// in all that is kept.
	same func(a, b *directory.Directory, id string) bool
	// form writes the entry as a file has it; read reads it.
	form func(d *namer, id string) form
	read func(b *builder, o *object, id string)
}

// shelf is a kind that a directory keeps in a map.
type shelf[K ~string, V any] struct {
	of   func(*directory.Directory) map[K]*V
	id   func(*V) *K
	name func(*V) *string
	mine func(*V) bool // nil: all of the map
	form func(n *namer, v *V) form
	read func(b *builder, o *object, v *V)
}

func (s shelf[K, V]) kind(key, one, name string, is directory.Kind) *kind {
	return &kind{
		key: key, one: one, name: name, is: is,
		names: func(d *directory.Directory) map[string]string {
			names := map[string]string{}
			for id, v := range s.of(d) {
				if s.mine == nil || s.mine(v) {
					names[string(id)] = *s.name(v)
				}
			}
			return names
		},
		add: func(d, from *directory.Directory, id, name string) {
			v := new(V)
			if from != nil && s.of(from)[K(id)] != nil {
				*v = *s.of(from)[K(id)]
			}
			*s.name(v) = name
			*s.id(v) = K(id)
			s.of(d)[K(id)] = v
		},
		move:   func(to, from *directory.Directory, id string) { s.of(to)[K(id)] = s.of(from)[K(id)] },
		remove: func(d *directory.Directory, id string) { delete(s.of(d), K(id)) },
		same: func(a, b *directory.Directory, id string) bool {
			x, y := s.of(a)[K(id)], s.of(b)[K(id)]
			return x == y || reflect.DeepEqual(x, y)
		},
		form: func(n *namer, id string) form { return s.form(n, s.of(n.d)[K(id)]) },
		read: func(b *builder, o *object, id string) { s.read(b, o, s.of(b.d)[K(id)]) },
	}
}

// The kinds. They are made in init, since reading one looks at others.
var (
	hoursKind, statusKind, queueKind, connectKind, profileKind, userKind *kind
	flowKind, moduleKind, viewKind, functionKind, botKind, keyKind       *kind
	quickResponseKind                                                    *kind
	// kinds are all of them, in the order in which files have them.
	kinds []*kind
)

func init() {
	hoursKind = hoursShelf.kind("hours", "hours", "name", directory.HoursKind)
	statusKind = statusShelf.kind("statuses", "status", "name", directory.StatusKind)
	queueKind = queueShelf.kind("queues", "queue", "name", directory.QueueKind)
	connectKind = connectShelf.kind("quick_connects", "quick connect", "name", directory.ConnectKind)
	profileKind = profileShelf.kind("routing_profiles", "routing profile", "name", directory.ProfileKind)
	userKind = userShelf.kind("users", "user", "username", directory.UserKind)
	flowKind = flowShelf.kind("flows", "flow", "name", directory.FlowKind)
	moduleKind = moduleShelf.kind("modules", "module", "name", directory.ModuleKind)
	viewKind = viewShelf.kind("views", "view", "name", directory.ViewKind)
	functionKind = functionShelf.kind("functions", "function", "arn", directory.AssociationKey)
	botKind = botShelf.kind("bots", "bot", "arn", directory.AssociationKey)
	quickResponseKind = quickResponseShelf.kind("quick_responses", "quick response", "name", directory.QuickResponseKind)
	keyKind = keyShelf.kind("access_keys", "access key", "id", directory.KeyKind)
	kinds = []*kind{
		hoursKind, statusKind, queueKind, connectKind, profileKind, userKind,
		quickResponseKind, flowKind, moduleKind, viewKind, functionKind, botKind, keyKind,
	}
}

// named reports whether entries are their own ids, such as ARNs.
func (k *kind) named() bool { return k == functionKind || k == botKind || k == keyKind }

// sortedIDs returns the ids of a directory's entries, by their names.
func (k *kind) sortedIDs(d *directory.Directory) []string {
	names := k.names(d)
	return slices.SortedFunc(maps.Keys(names), func(a, b string) int {
		return strings.Compare(names[a]+"\x00"+a, names[b]+"\x00"+b)
	})
}

// namer says how a file refers to the entries of a directory.
type namer struct {
	d     *directory.Directory
	count map[*kind]map[string]int // how many entries have a name
	names map[*kind]map[string]string
}

func newNamer(d *directory.Directory) *namer {
	n := &namer{d, map[*kind]map[string]int{}, map[*kind]map[string]string{}}
	for _, k := range kinds {
		n.names[k], n.count[k] = k.names(d), map[string]int{}
		for _, name := range n.names[k] {
			n.count[k][name]++
		}
	}
	return n
}

// ref returns the name of an entry where it is the only one of that name, else
// its id.
func (n *namer) ref(k *kind, id string) string {
	if name := n.names[k][id]; n.count[k][name] == 1 {
		return name
	}
	return id
}

func (n *namer) queue(id contact.QueueID) string { return n.ref(queueKind, string(id)) }
