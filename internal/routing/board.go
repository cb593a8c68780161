package routing

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
)

// Order says which agent chooses first.
type Order uint8

// The orders.
const (
	// LongestIdle lets the agent choose first who has been idle longest.
	LongestIdle Order = iota
	// LeastLoaded lets the agent choose first who has the least on the desk, and
	// among equals the one who has been idle longest.
	LeastLoaded
)

// Board knows who waits and which agents are open for contacts, and finds who
// fits whom. It is told of every change, one at a time, and looks only at what
// has changed since it last looked. A Board belongs to one goroutine.
type Board struct {
	order    Order
	contacts map[contact.ID]*waiter
	agents   map[contact.UserID]*member
	queues   map[contact.QueueID]*queue
	teams    map[*Profile]*team
	desks    map[contact.ID]int // on how many desks each contact is

	dirtyLines  []*line
	staleLines  []*line
	dirtyAgents []*member
	steps       agenda[*waiter] // contacts by the end of their active step
	dues        agenda[*line]   // lines by when a delay ends
	last        time.Time       // when it last looked
}

// NewBoard returns an empty board.
func NewBoard(order Order) *Board {
	return &Board{
		order:    order,
		contacts: map[contact.ID]*waiter{},
		agents:   map[contact.UserID]*member{},
		queues:   map[contact.QueueID]*queue{},
		teams:    map[*Profile]*team{},
		desks:    map[contact.ID]int{},
	}
}

// Wait says that a contact waits, or waits otherwise than before.
func (b *Board) Wait(c Contact) {
	w := b.contacts[c.ID]
	if w != nil && w.Contact == c {
		return
	}
	if w != nil {
		b.remove(w)
	}
	w = &waiter{Contact: c, place: -1}
	b.contacts[c.ID] = w
	b.insert(w)
}

// Leave says that a contact no longer waits. It need not have.
func (b *Board) Leave(id contact.ID) {
	if w := b.contacts[id]; w != nil {
		b.remove(w)
	}
}

// Staff says that an agent is open for contacts, and what the agent is doing.
func (b *Board) Staff(a Agent) {
	m := b.agents[a.User]
	if m == nil {
		m = &member{}
		b.agents[a.User] = m
	} else {
		b.unlist(m)
		b.clearDesk(m)
	}
	sameWords := m.handles != nil && slices.Equal(m.Proficiencies, a.Proficiencies)
	m.Agent, m.team = a, b.team(a.Profile)
	m.Work = slices.Clip(a.Work) // the caller's own is not appended to
	if !sameWords {
		m.handles = m.Agent.handles()
	}
	for _, w := range m.Work {
		b.onDesk(w.Contact, 1)
	}
	b.list(m)
}

// Dismiss says that an agent is no longer open for contacts. It need not have
// been.
func (b *Board) Dismiss(user contact.UserID) {
	if m := b.agents[user]; m != nil {
		b.unlist(m)
		b.clearDesk(m)
		delete(b.agents, user)
	}
}

// Contact returns a contact as the board knows it; ok is false for one that does
// not wait.
func (b *Board) Contact(id contact.ID) (c Contact, ok bool) {
	w := b.contacts[id]
	if w == nil {
		return c, false
	}
	return w.Contact, true
}

// Contacts returns the ids of all who wait, in no order.
func (b *Board) Contacts() []contact.ID {
	ids := make([]contact.ID, 0, len(b.contacts))
	for id := range b.contacts {
		ids = append(ids, id)
	}
	return ids
}

// Agents returns the ids of all agents who are open for contacts, in no order.
func (b *Board) Agents() []contact.UserID {
	ids := make([]contact.UserID, 0, len(b.agents))
	for id := range b.agents {
		ids = append(ids, id)
	}
	return ids
}

// Match gives contacts to agents as long as somebody fits (see the package
// comment for the order), and returns when the passing of time alone may make
// somebody fit; zero: it does not. Matches are taken for granted: the contact
// waits no more, and the agent has it on the desk, until the caller says
// otherwise by Wait and Staff. Now does not go back from call to call.
func (b *Board) Match(now time.Time) (matches []Match, next time.Time) {
	for b.steps.due(now) {
		w := b.steps[0]
		b.take(w)
		b.last = now // by which the next step is known
		b.insert(w)
	}
	for b.dues.due(now) {
		l := b.dues[0]
		l.due = time.Time{}
		b.dues.set(l)
		b.soil(l)
		b.outdate(l)
	}
	b.last = now
	matches = b.choose(now)
	for _, l := range b.staleLines {
		l.stale = false
		l.due = b.dueOf(l, now)
		b.dues.set(l)
	}
	clear(b.staleLines)
	b.staleLines = b.staleLines[:0]
	next = b.steps.first()
	if due := b.dues.first(); next.IsZero() || !due.IsZero() && due.Before(next) {
		next = due
	}
	return matches, next
}

// choose lets agents choose, one after another.
func (b *Board) choose(now time.Time) (matches []Match) {
	up := &lineUp{before: b.before}
	b.lineUpDirty(up)
	for _, l := range b.dirtyLines {
		if !l.queue.allTrying() {
			b.ask(up, l, now)
		}
	}
	for up.Len() > 0 {
		m := up.next()
		asked := m.asked
		m.asked = nil
		if w := b.best(m, now); w != nil {
			matches = append(matches, Match{w.Contact, m.User})
			b.give(m, w, now)
			b.lineUpDirty(up)
		}
		for _, l := range asked {
			b.ask(up, l, now)
		}
	}
	for _, l := range b.dirtyLines {
		l.dirty = false
	}
	clear(b.dirtyLines)
	b.dirtyLines = b.dirtyLines[:0]
	return matches
}

// lineUpDirty lets those choose who may fit something new.
func (b *Board) lineUpDirty(up *lineUp) {
	for _, m := range b.dirtyAgents {
		m.dirty = false
		up.add(m)
	}
	clear(b.dirtyAgents)
	b.dirtyAgents = b.dirtyAgents[:0]
}

// ask lets those choose who come first for the contacts at the head of a line.
// All that are on somebody's desk are asked for, and one that is not: whoever
// fits one behind it fits that one too.
func (b *Board) ask(up *lineUp, l *line, now time.Time) {
	for _, w := range l.contacts {
		if m := b.first(w, now); m != nil {
			up.add(m)
			if !slices.Contains(m.asked, l) {
				m.asked = append(m.asked, l)
			}
		}
		if b.desks[w.ID] == 0 {
			return
		}
	}
}

// first returns the agent who comes first of those who fit a contact, or nil.
func (b *Board) first(w *waiter, now time.Time) (first *member) {
	l := w.line
	if user := l.queue.id.Agent(); user != "" {
		if m := b.agents[user]; m != nil && m.listed && m.room(l.channel) && !m.has(w.ID) {
			return m
		}
		return nil
	}
	for _, s := range l.queue.teams {
		if s.Channel != l.channel || !waited(&w.Contact, s.Delay, now) {
			continue
		}
		for _, word := range l.seeks {
			for _, m := range s.free[word] {
				if first != nil && b.before(first, m) <= 0 {
					break
				}
				if m.room(l.channel) && !m.has(w.ID) && (l.step == nil || m.meets(l.step)) {
					first = m
					break
				}
			}
		}
	}
	return first
}

// best returns the contact that comes first of those that fit an agent, or nil.
func (b *Board) best(m *member, now time.Time) *waiter {
	var best *waiter
	rank := math.MinInt // that of the agent's own queue
	consider := func(l *line, priority int, delay time.Duration) {
		if best != nil && priority > rank || !m.room(l.channel) || l.step != nil && !m.meets(l.step) {
			return
		}
		for _, w := range l.contacts {
			if !waited(&w.Contact, delay, now) {
				return
			}
			if m.has(w.ID) {
				continue
			}
			if best == nil || priority < rank || Before(&w.Contact, &best.Contact) < 0 {
				best, rank = w, priority
			}
			return
		}
	}
	if q := b.queues[contact.AgentQueue(m.User)]; q != nil {
		for _, l := range q.lines {
			consider(l, math.MinInt, 0)
		}
	}
	for _, p := range m.team.pairs {
		q := b.queues[p.Queue]
		if len(q.lines) == 0 || best != nil && p.Priority > rank {
			continue
		}
		for _, word := range m.handles {
			for _, l := range q.by[word] {
				if l.channel == p.Channel {
					consider(l, p.Priority, p.Delay)
				}
			}
		}
	}
	return best
}

// give puts a contact on an agent's desk.
func (b *Board) give(m *member, w *waiter, now time.Time) {
	b.remove(w)
	b.unlist(m)
	m.Work = append(m.Work, Work{w.ID, w.Channel})
	m.Idle = now
	b.onDesk(w.ID, 1)
	b.list(m)
}

// before says which of two agents chooses first.
func (b *Board) before(x, y *member) int {
	if b.order == LeastLoaded {
		if c := cmp.Compare(len(x.Work), len(y.Work)); c != 0 {
			return c
		}
	}
	return cmp.Or(x.Idle.Compare(y.Idle), cmp.Compare(x.User, y.User))
}

// dueOf returns when the first delay ends that keeps the head of a line from a
// team; zero: none does. Whether the team has somebody free changes too often to
// be asked.
func (b *Board) dueOf(l *line, now time.Time) (due time.Time) {
	for _, w := range l.contacts {
		for _, s := range l.queue.teams {
			if s.Channel != l.channel || waited(&w.Contact, s.Delay, now) {
				continue
			}
			if at := w.Since.Add(s.Delay); due.IsZero() || at.Before(due) {
				due = at
			}
		}
		if b.desks[w.ID] == 0 {
			break
		}
	}
	return due
}

// insert puts a contact into its line. Behind one that waits in vain it waits in
// vain.
func (b *Board) insert(w *waiter) {
	step, expires := w.active(b.last)
	l := b.queue(w.Queue).join(&w.Contact, step)
	i := l.find(w)
	l.contacts = slices.Insert(l.contacts, i, w)
	w.line, w.expires = l, expires
	b.steps.set(w)
	if i == 0 || b.desks[l.contacts[0].ID] > 0 {
		b.soil(l)
		b.outdate(l)
	}
}

// remove forgets a contact.
func (b *Board) remove(w *waiter) {
	delete(b.contacts, w.ID)
	b.take(w)
}

// take takes a contact out of its line.
func (b *Board) take(w *waiter) {
	l := w.line
	i := l.find(w)
	l.contacts = slices.Delete(l.contacts, i, i+1)
	w.line, w.expires = nil, time.Time{}
	b.steps.set(w)
	if len(l.contacts) == 0 {
		l.queue.drop(l)
		l.due = time.Time{}
		b.dues.set(l)
		return
	}
	if i == 0 || b.desks[l.contacts[0].ID] > 0 {
		b.outdate(l)
	}
}

// soil notes that somebody may fit the head of a line.
func (b *Board) soil(l *line) {
	if !l.dirty {
		l.dirty = true
		b.dirtyLines = append(b.dirtyLines, l)
	}
}

// outdate notes that a line may be due at another time.
func (b *Board) outdate(l *line) {
	if !l.stale {
		l.stale = true
		b.staleLines = append(b.staleLines, l)
	}
}

// onDesk counts a contact onto a desk, or off it.
func (b *Board) onDesk(id contact.ID, n int) {
	if b.desks[id] += n; b.desks[id] == 0 {
		delete(b.desks, id)
	}
	if w := b.contacts[id]; w != nil {
		b.outdate(w.line)
	}
}

func (b *Board) clearDesk(m *member) {
	for _, w := range m.Work {
		b.onDesk(w.Contact, -1)
	}
}

// list puts an agent with room among the free ones of the team, to choose at the
// next look.
func (b *Board) list(m *member) {
	if !m.open() {
		return
	}
	m.listed = true
	for _, word := range m.handles {
		free := m.team.free[word]
		i, _ := slices.BinarySearchFunc(free, m, b.before)
		m.team.free[word] = slices.Insert(free, i, m)
	}
	if !m.dirty {
		m.dirty = true
		b.dirtyAgents = append(b.dirtyAgents, m)
	}
}

// unlist takes an agent from among the free ones.
func (b *Board) unlist(m *member) {
	if !m.listed {
		return
	}
	m.listed = false
	for _, word := range m.handles {
		free := m.team.free[word]
		i, _ := slices.BinarySearchFunc(free, m, b.before)
		if free = slices.Delete(free, i, i+1); len(free) == 0 {
			delete(m.team.free, word)
		} else {
			m.team.free[word] = free
		}
	}
}

// team returns the agents of a profile.
func (b *Board) team(p *Profile) *team {
	t := b.teams[p]
	if t == nil {
		t = &team{Profile: p, free: map[string][]*member{}}
		b.teams[p] = t
		for i := range p.Pairs {
			if pair := &p.Pairs[i]; p.pair(pair.Queue, pair.Channel) == pair {
				t.pairs = append(t.pairs, pair)
				q := b.queue(pair.Queue)
				q.teams = append(q.teams, serving{t, pair})
				for _, l := range q.lines { // another delay counts
					b.outdate(l)
				}
			}
		}
	}
	return t
}

func (b *Board) queue(id contact.QueueID) *queue {
	q := b.queues[id]
	if q == nil {
		q = &queue{id: id, lines: map[lineKey]*line{}, by: map[string][]*line{}}
		b.queues[id] = q
	}
	return q
}
