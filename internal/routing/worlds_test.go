package routing_test

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/routing"
)

var worlds = flag.Int("worlds", 10000, "how many random worlds there are")

// TestWorldsAgreeWithTheReference lets things happen to small contact centres,
// whatever comes to mind, and looks after each whether the board gives the same
// contacts to the same agents as the reference does, and when it says to look
// again. BELLPULL_SEED makes the same worlds again.
func TestWorldsAgreeWithTheReference(t *testing.T) {
	seed := rand.Uint64()
	if text := os.Getenv("BELLPULL_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("BELLPULL_SEED=%d", seed)
	matches := 0
	for n := range *worlds {
		w := newWorld(t, rand.New(rand.NewPCG(seed, uint64(n))))
		for range 10 + w.rng.IntN(30) {
			w.happen()
			w.look()
			if t.Failed() {
				t.Fatalf("world %d: what happened:\n%s", n, strings.Join(w.happened, "\n"))
			}
		}
		matches += w.matches
	}
	if matches < *worlds {
		t.Errorf("%d matches in %d worlds: too little happens in them", matches, *worlds)
	}
}

// world is a small contact centre, as the board and the reference see it.
type world struct {
	t     *testing.T
	rng   *rand.Rand
	now   time.Time
	order routing.Order
	plain bool // contacts differ in little but their age
	board *routing.Board
	naive *reference

	profiles []*routing.Profile
	queues   []contact.QueueID
	users    []contact.UserID
	taken    map[contact.ID]routing.Contact // what was given to somebody
	born     int
	matches  int
	happened []string
}

func newWorld(t *testing.T, rng *rand.Rand) *world {
	w := &world{
		t: t, rng: rng, now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC),
		order: []routing.Order{routing.LongestIdle, routing.LongestIdle, routing.LeastLoaded}[rng.IntN(3)],
		plain: rng.IntN(2) == 0,
		taken: map[contact.ID]routing.Contact{},
	}
	w.board, w.naive = routing.NewBoard(w.order), newReference(w.order)
	for i := range 1 + rng.IntN(5) {
		w.users = append(w.users, contact.UserID(fmt.Sprintf("u%d", i)))
	}
	for i := range 1 + rng.IntN(3) {
		w.queues = append(w.queues, contact.QueueID(fmt.Sprintf("q%d", i)))
	}
	for range 1 + rng.IntN(3) {
		w.profiles = append(w.profiles, w.profile())
	}
	return w
}

func (w *world) did(format string, args ...any) {
	w.happened = append(w.happened, w.now.Format("15:04:05 ")+fmt.Sprintf(format, args...))
}

func pick[T any](w *world, from ...T) T { return from[w.rng.IntN(len(from))] }

func (w *world) seconds(most int) time.Duration {
	return time.Duration(w.rng.IntN(most+1)) * time.Second
}

func (w *world) channel() routing.Channel {
	return pick(w, routing.Chat, routing.Chat, routing.Chat, routing.Voice)
}

func (w *world) profile() *routing.Profile {
	p := &routing.Profile{}
	for range 1 + w.rng.IntN(5) {
		p.Pairs = append(p.Pairs, routing.Pair{
			Queue: pick(w, append(w.queues, contact.AgentQueue(w.users[0]))...), Channel: w.channel(),
			Priority: 1 + w.rng.IntN(3), Delay: pick(w, 0, 0, w.seconds(40)),
		})
	}
	p.Slots = append(p.Slots, routing.Slots{Channel: routing.Chat, Most: w.rng.IntN(4), Alone: w.rng.IntN(3) == 0})
	if w.rng.IntN(2) == 0 {
		p.Slots = append(p.Slots, routing.Slots{Channel: routing.Voice, Most: 1, Alone: w.rng.IntN(2) == 0})
	}
	return p
}

var skills = []string{"boats", "french", "german"}

func (w *world) agent(user contact.UserID) routing.Agent {
	a := routing.Agent{User: user, Profile: pick(w, w.profiles...), Idle: w.now.Add(-w.seconds(30))}
	for _, s := range skills {
		if w.rng.IntN(2) == 0 {
			a.Proficiencies = append(a.Proficiencies, routing.Proficiency{Attribute: "skill", Value: s, Level: float64(1 + w.rng.IntN(5))})
		}
	}
	return a
}

func (w *world) criteria(now time.Time) *contact.Criteria {
	if w.rng.IntN(2) == 0 {
		return nil
	}
	c := &contact.Criteria{Activated: now}
	for range 1 + w.rng.IntN(2) {
		c.Steps = append(c.Steps, contact.Step{Expression: w.expression(0), Lasts: pick(w, 0, time.Second+w.seconds(30))})
	}
	return c
}

func (w *world) expression(depth int) contact.Expression {
	switch n := w.rng.IntN(8); {
	case n < 2 && depth < 2:
		parts := []contact.Expression{w.expression(depth + 1), w.expression(depth + 1)}
		if n == 0 {
			return contact.Expression{And: parts}
		}
		return contact.Expression{Or: parts}
	case n == 2:
		return contact.Expression{Not: w.condition()}
	}
	return contact.Expression{Condition: w.condition()}
}

func (w *world) condition() *contact.Condition {
	if w.rng.IntN(4) == 0 {
		return &contact.Condition{Agents: []contact.UserID{pick(w, w.users...), pick(w, w.users...)}}
	}
	c := &contact.Condition{Attribute: "skill", Value: pick(w, skills...), Least: float64(1 + w.rng.IntN(4))}
	if w.rng.IntN(3) == 0 {
		c.Most = c.Least + 1
	}
	return c
}

func (w *world) contact(id contact.ID) routing.Contact {
	if w.plain {
		return routing.Contact{ID: id, Number: int64(w.rng.IntN(3)), Queue: pick(w, w.queues...), Channel: routing.Chat, Since: w.now, Priority: 5}
	}
	c := routing.Contact{
		ID: id, Queue: pick(w, append(w.queues, w.queues[0], contact.AgentQueue(pick(w, w.users...)))...),
		Channel: w.channel(), Since: w.now, Priority: pick[int64](w, 5, 5, 5, 1, 9), Adjustment: pick(w, 0, 0, w.seconds(20)-10*time.Second),
	}
	c.Criteria = w.criteria(c.Since)
	return c
}

func (w *world) wait(c routing.Contact) {
	w.board.Wait(c)
	w.naive.wait(c)
}

func (w *world) staff(a routing.Agent) {
	w.board.Staff(a)
	w.naive.staff(a)
}

// happen lets one thing happen.
func (w *world) happen() {
	switch w.rng.IntN(12) {
	case 0, 1, 2:
		w.born++
		c := w.contact(contact.ID(fmt.Sprintf("c%d", w.born)))
		w.did("%s waits in %s", c.ID, c.Queue)
		w.wait(c)
	case 3:
		if id, ok := w.waiting(); ok {
			w.did("%s leaves", id)
			w.board.Leave(id)
			w.naive.leave(id)
		}
	case 4:
		if id, ok := w.waiting(); ok {
			c := w.contact(id)
			c.Since = w.naive.contacts[id].Since
			w.did("%s waits otherwise, in %s", id, c.Queue)
			w.wait(c)
		}
	case 5, 6:
		user := pick(w, w.users...)
		a := w.agent(user)
		a.Work = w.naive.agents[user].Work
		w.did("%s comes, or becomes another", user)
		w.staff(a)
	case 7:
		user := pick(w, w.users...)
		w.did("%s goes", user)
		w.board.Dismiss(user)
		w.naive.dismiss(user)
	case 8, 9:
		w.ofWork()
	case 10:
		by := w.seconds(25)
		w.did("%s pass", by)
		w.now = w.now.Add(by)
	case 11:
		w.did("the board is made anew")
		w.rebuild()
	}
}

func (w *world) waiting() (id contact.ID, ok bool) {
	all := slices.Sorted(maps.Keys(w.naive.contacts))
	if len(all) == 0 {
		return "", false
	}
	return pick(w, all...), true
}

// ofWork lets something become of a contact on a desk: it is missed or refused,
// which leaves it there, or not there after all, and waiting again; or done.
func (w *world) ofWork() {
	users := slices.DeleteFunc(slices.Sorted(maps.Keys(w.naive.agents)), func(u contact.UserID) bool { return len(w.naive.agents[u].Work) == 0 })
	if len(users) == 0 {
		return
	}
	a := w.naive.agents[pick(w, users...)]
	n := w.rng.IntN(len(a.Work))
	c, given := w.taken[a.Work[n].Contact]
	_, waits := w.naive.contacts[c.ID]
	switch what := w.rng.IntN(3); {
	case what == 0 && given && !waits:
		w.did("%s misses %s", a.User, c.ID)
	case what == 1 && given && !waits:
		w.did("%s cannot have %s", a.User, c.ID)
		a.Work = slices.Delete(slices.Clone(a.Work), n, n+1)
	default:
		w.did("%s is done with %s", a.User, a.Work[n].Contact)
		a.Work = slices.Delete(slices.Clone(a.Work), n, n+1)
		a.Idle = w.now
		w.staff(a)
		return
	}
	if w.rng.IntN(2) == 0 {
		w.wait(c)
		w.staff(a)
	} else {
		w.staff(a)
		w.wait(c)
	}
}

// rebuild makes a board of what the reference knows, as after a crash.
func (w *world) rebuild() {
	w.board = routing.NewBoard(w.order)
	for _, c := range w.naive.contacts {
		w.board.Wait(c)
	}
	for _, a := range w.naive.agents {
		w.board.Staff(a)
	}
}

// look matches, unless several things are to happen at once, and compares.
func (w *world) look() {
	if w.rng.IntN(4) == 0 {
		return
	}
	want := w.naive.match(w.now)
	got, next := w.board.Match(w.now)
	if diff := gocmp.Diff(want, got); diff != "" {
		w.t.Errorf("other matches (-reference +board):\n%s", diff)
		return
	}
	for _, m := range got {
		w.did("%s gets %s", m.User, m.Contact.ID)
		w.taken[m.Contact.ID] = m.Contact
	}
	w.matches += len(got)
	w.explained()
	w.nothingBefore(next)
}

// explained checks that of those who wait on nobody fits, and that it is said
// why for each agent.
func (w *world) explained() {
	for id := range w.naive.contacts {
		e, ok := w.board.Explain(id, w.now)
		if !ok || len(e.Agents) != len(w.naive.agents) {
			w.t.Errorf("%s waits, and it is not said why: %v", id, e)
		}
		for _, v := range e.Agents {
			if v.Reason == routing.Fits || !v.Until.IsZero() && !v.Until.After(w.now) {
				w.t.Errorf("%s waits though %v", id, v)
			}
		}
	}
}

// nothingBefore checks that nobody would fit by the passing of time alone
// before the board wants to look again.
func (w *world) nothingBefore(next time.Time) {
	until := next.Add(-time.Millisecond)
	if next.IsZero() {
		until = w.now.Add(24 * time.Hour)
	} else if !next.After(w.now) {
		w.t.Errorf("next is %s, which is not later", next)
	}
	if m, ok := w.naive.one(until); ok {
		w.t.Errorf("%v would have been possible before %s", m, next)
	}
}
