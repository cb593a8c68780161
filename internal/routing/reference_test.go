package routing_test

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/routing"
)

// reference is a matcher that is as simple as can be: for each match it looks at
// all agents and all contacts anew. It shares no rule with the board.
type reference struct {
	order    routing.Order
	contacts map[contact.ID]routing.Contact
	agents   map[contact.UserID]routing.Agent
}

func newReference(order routing.Order) *reference {
	return &reference{order, map[contact.ID]routing.Contact{}, map[contact.UserID]routing.Agent{}}
}

func (r *reference) wait(c routing.Contact)      { r.contacts[c.ID] = c }
func (r *reference) leave(id contact.ID)         { delete(r.contacts, id) }
func (r *reference) staff(a routing.Agent)       { r.agents[a.User] = a }
func (r *reference) dismiss(user contact.UserID) { delete(r.agents, user) }

// match does what Board.Match does.
func (r *reference) match(now time.Time) (matches []routing.Match) {
	for {
		m, ok := r.one(now)
		if !ok {
			return matches
		}
		matches = append(matches, m)
		a, c := r.agents[m.User], m.Contact
		a.Work = append(slices.Clone(a.Work), routing.Work{Contact: c.ID, Channel: c.Channel})
		a.Idle = now
		r.agents[a.User] = a
		delete(r.contacts, c.ID)
	}
}

// one finds the next match.
func (r *reference) one(now time.Time) (m routing.Match, ok bool) {
	for _, a := range r.chooseInTurn() {
		var best routing.Contact
		found := false
		for _, c := range r.contacts {
			if fits(a, c, now) && (!found || better(a, c, best)) {
				best, found = c, true
			}
		}
		if found {
			return routing.Match{Contact: best, User: a.User}, true
		}
	}
	return m, false
}

func (r *reference) chooseInTurn() []routing.Agent {
	all := slices.Collect(maps.Values(r.agents))
	slices.SortFunc(all, func(a, b routing.Agent) int {
		if r.order == routing.LeastLoaded && len(a.Work) != len(b.Work) {
			return len(a.Work) - len(b.Work)
		}
		if !a.Idle.Equal(b.Idle) {
			return a.Idle.Compare(b.Idle)
		}
		return strings.Compare(string(a.User), string(b.User))
	})
	return all
}

func own(a routing.Agent, c routing.Contact) bool {
	return c.Queue == contact.AgentQueue(a.User)
}

func pairOf(a routing.Agent, c routing.Contact) (routing.Pair, bool) {
	for _, p := range a.Profile.Pairs {
		if p.Queue == c.Queue && p.Channel == c.Channel && c.Queue.Agent() == "" {
			return p, true
		}
	}
	return routing.Pair{}, false
}

// fits says whether an agent may be given a contact.
func fits(a routing.Agent, c routing.Contact, now time.Time) bool {
	if !own(a, c) {
		p, ok := pairOf(a, c)
		if !ok || now.Before(c.Since.Add(p.Delay)) {
			return false
		}
		if c.Criteria != nil && !allowed(a, c.Criteria, now) {
			return false
		}
	}
	free := 0
	for _, s := range a.Profile.Slots {
		if s.Channel == c.Channel {
			free = s.Most
			break
		}
	}
	for _, w := range a.Work {
		if w.Contact == c.ID {
			return false
		}
		if w.Channel == c.Channel {
			free--
			continue
		}
		for _, s := range a.Profile.Slots {
			if s.Channel == w.Channel && s.Alone {
				return false
			}
		}
	}
	return free > 0
}

// allowed says whether the step of this moment lets the agent have the contact.
func allowed(a routing.Agent, c *contact.Criteria, now time.Time) bool {
	over := c.Activated
	for _, s := range c.Steps {
		over = over.Add(s.Lasts)
		if s.Lasts == 0 || now.Before(over) {
			return satisfied(a, s.Expression)
		}
	}
	return true
}

func satisfied(a routing.Agent, e contact.Expression) bool {
	if e.Condition != nil {
		return holds(a, *e.Condition)
	}
	if e.Not != nil {
		return !holds(a, *e.Not)
	}
	n := 0
	for _, part := range slices.Concat(e.And, e.Or) {
		if satisfied(a, part) {
			n++
		}
	}
	return len(e.And) > 0 && n == len(e.And) || len(e.Or) > 0 && n > 0
}

func holds(a routing.Agent, c contact.Condition) bool {
	if slices.Contains(c.Agents, a.User) {
		return true
	}
	for _, p := range a.Proficiencies {
		if len(c.Agents) == 0 && p.Attribute == c.Attribute && p.Value == c.Value && p.Level >= c.Least && (c.Most == 0 || p.Level <= c.Most) {
			return true
		}
	}
	return false
}

// better says whether an agent takes contact c rather than d.
func better(a routing.Agent, c, d routing.Contact) bool {
	if own(a, c) != own(a, d) {
		return own(a, c)
	}
	p, _ := pairOf(a, c)
	q, _ := pairOf(a, d)
	switch {
	case p.Priority != q.Priority:
		return p.Priority < q.Priority
	case c.Priority != d.Priority:
		return c.Priority < d.Priority
	}
	from, to := c.Since.Add(-c.Adjustment), d.Since.Add(-d.Adjustment)
	if !from.Equal(to) {
		return from.Before(to)
	}
	if c.Number != d.Number {
		return c.Number < d.Number
	}
	return c.ID < d.ID
}
