package routing

import (
	"cmp"
	"container/heap"
	"slices"
	"strings"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
)

// waiter is a contact on a board.
type waiter struct {
	Contact
	line *line
	// expires is when the active step of its criteria ends; zero: never.
	expires time.Time
	place   int // in Board.steps
}

func (w *waiter) when() time.Time { return w.expires }
func (w *waiter) at() *int        { return &w.place }

// active returns the step that counts at the given moment, nil for none, and
// when it ends.
func (c *Contact) active(now time.Time) (step *contact.Expression, expires time.Time) {
	if c.Criteria == nil || c.Queue.Agent() != "" {
		return nil, time.Time{}
	}
	i, expires := c.Criteria.Active(now)
	if i >= len(c.Criteria.Steps) {
		return nil, time.Time{}
	}
	return &c.Criteria.Steps[i].Expression, expires
}

// line is the contacts of a queue between which nothing decides but how long
// each has waited: they are of one channel, priority and adjustment, and ask for
// the same agents. Whoever may take one of them may take those before it, except
// what is on the own desk already; so only its first ones are ever looked at.
type line struct {
	lineKey
	queue    *queue
	step     *contact.Expression // what is asked of agents; nil: nothing
	seeks    []string            // the words by which such agents are found
	contacts []*waiter           // longest waiting first

	dirty bool // somebody may fit one of them
	stale bool // due may be out of date
	due   time.Time
	place int // in Board.dues
}

type lineKey struct {
	channel    Channel
	priority   int64
	adjustment time.Duration
	step       string
}

// due is when the passing of time may make somebody fit; zero: it does not.
func (l *line) when() time.Time { return l.due }
func (l *line) at() *int        { return &l.place }

// find returns the place of a contact in the line, or where it belongs.
func (l *line) find(w *waiter) int {
	i, _ := slices.BinarySearchFunc(l.contacts, w, func(a, b *waiter) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Number, b.Number), cmp.Compare(a.ID, b.ID))
	})
	return i
}

// queue is the lines of a queue, and the teams that serve it.
type queue struct {
	id    contact.QueueID
	lines map[lineKey]*line
	by    map[string][]*line // the lines by each word that they seek
	teams []serving
}

// serving is a team that serves a queue.
type serving struct {
	*team
	*Pair
}

// join returns the line that a contact belongs to.
func (q *queue) join(c *Contact, step *contact.Expression) *line {
	var b strings.Builder
	spell(&b, step)
	key := lineKey{c.Channel, c.Priority, c.Adjustment, b.String()}
	l := q.lines[key]
	if l == nil {
		l = &line{lineKey: key, queue: q, step: step, seeks: seeks(step), place: -1}
		q.lines[key] = l
		for _, word := range l.seeks {
			q.by[word] = append(q.by[word], l)
		}
	}
	return l
}

// allTrying reports whether all who may serve the queue are about to choose, so
// that none of them need be asked.
func (q *queue) allTrying() bool {
	return q.id.Agent() == "" && !slices.ContainsFunc(q.teams, func(s serving) bool { return s.trying < len(s.free[everybody]) })
}

// drop forgets a line in which nobody is left.
func (q *queue) drop(l *line) {
	delete(q.lines, l.lineKey)
	for _, word := range l.seeks {
		q.by[word] = slices.DeleteFunc(q.by[word], func(have *line) bool { return have == l })
		if len(q.by[word]) == 0 {
			delete(q.by, word)
		}
	}
}

// member is an agent on a board.
type member struct {
	Agent
	team    *team
	handles []string
	listed  bool    // among the free ones of the team
	dirty   bool    // may fit something new
	asked   []*line // lines that wait for this agent to choose
	trying  bool    // is about to choose
}

// team is the agents of one profile.
type team struct {
	*Profile
	pairs  []*Pair              // those of Profile that count
	free   map[string][]*member // those with room, by each of their handles, in order
	trying int                  // how many of them are about to choose
}

// timed is something that is due at a time, and knows its place in an agenda:
// -1 for none.
type timed interface {
	when() time.Time
	at() *int
}

// agenda is what is due by and by, the soonest first.
type agenda[T timed] []T

func (a agenda[T]) Len() int           { return len(a) }
func (a agenda[T]) Less(i, j int) bool { return a[i].when().Before(a[j].when()) }
func (a agenda[T]) Swap(i, j int) {
	a[i], a[j] = a[j], a[i]
	*a[i].at(), *a[j].at() = i, j
}

// Push implements heap.Interface.
func (a *agenda[T]) Push(x any) {
	t := x.(T)
	*t.at() = len(*a)
	*a = append(*a, t)
}

// Pop implements heap.Interface.
func (a *agenda[T]) Pop() any {
	last := len(*a) - 1
	t := (*a)[last]
	*t.at() = -1
	var none T
	(*a)[last] = none
	*a = (*a)[:last]
	return t
}

// set puts t where its time wants it, or takes it out where it has none.
func (a *agenda[T]) set(t T) {
	switch in := *t.at() >= 0; {
	case t.when().IsZero() && in:
		heap.Remove(a, *t.at())
	case t.when().IsZero():
	case in:
		heap.Fix(a, *t.at())
	default:
		heap.Push(a, t)
	}
}

// first returns when the first thing is due; zero: nothing is.
func (a agenda[T]) first() (at time.Time) {
	if len(a) > 0 {
		at = a[0].when()
	}
	return at
}

// due reports whether something is due.
func (a agenda[T]) due(now time.Time) bool { return len(a) > 0 && !a[0].when().After(now) }

// lineUp is the agents who choose, the first of them next.
type lineUp struct {
	members []*member
	before  func(a, b *member) int
}

// add puts an agent with room among those who choose.
func (u *lineUp) add(m *member) {
	if m.listed && !m.trying {
		m.trying = true
		m.team.trying++
		heap.Push(u, m)
	}
}

// next takes out the agent who chooses next.
func (u *lineUp) next() *member {
	m := heap.Pop(u).(*member)
	m.trying = false
	m.team.trying--
	return m
}

func (u *lineUp) Len() int           { return len(u.members) }
func (u *lineUp) Less(i, j int) bool { return u.before(u.members[i], u.members[j]) < 0 }
func (u *lineUp) Swap(i, j int)      { u.members[i], u.members[j] = u.members[j], u.members[i] }

// Push implements heap.Interface.
func (u *lineUp) Push(x any) { u.members = append(u.members, x.(*member)) }

// Pop implements heap.Interface.
func (u *lineUp) Pop() any {
	last := len(u.members) - 1
	m := u.members[last]
	u.members = u.members[:last]
	return m
}
