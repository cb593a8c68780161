package routing

import (
	"slices"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
)

// Explanation says why a contact waits.
type Explanation struct {
	Contact Contact
	// Position is its place in the queue, from 1.
	Position int
	// Step is the place of the active step of its criteria, from 1, and Expires
	// when that ends (zero: never). Step is 0 where no step counts.
	Step    int
	Expires time.Time
	// Agents are all agents who are open for contacts, in the order in which they
	// choose, and what stands in the way of each.
	Agents []Verdict
}

// Explain says why a contact waits; ok is false for one that does not.
func (b *Board) Explain(id contact.ID, now time.Time) (e Explanation, ok bool) {
	w := b.contacts[id]
	if w == nil {
		return e, false
	}
	e.Contact, e.Position = w.Contact, 1
	for _, l := range w.line.queue.lines {
		for _, other := range l.contacts {
			if Before(&other.Contact, &w.Contact) < 0 {
				e.Position++
			}
		}
	}
	step, expires := w.active(now)
	if step != nil {
		e.Step, e.Expires = 1, expires
		for &w.Criteria.Steps[e.Step-1].Expression != step {
			e.Step++
		}
	}
	members := make([]*member, 0, len(b.agents))
	for _, m := range b.agents {
		members = append(members, m)
	}
	slices.SortFunc(members, b.before)
	for _, m := range members {
		e.Agents = append(e.Agents, m.judge(&w.Contact, step, expires, now))
	}
	return e, true
}
