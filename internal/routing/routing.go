// Package routing decides which agent gets which waiting contact. It is pure;
// whoever calls it commits each pairing, or calls again when that is refused.
package routing

import (
	"cmp"
	"slices"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
)

// Contact is a contact that waits.
type Contact struct {
	ID    contact.ID
	Queue contact.QueueID
	Since time.Time // when it was queued
	// Priority goes before age, low first; Adjustment is added to the age.
	Priority   int64
	Adjustment time.Duration
}

// before says which of two contacts comes first where their queues have the
// same priority.
func before(a, b Contact) int {
	return cmp.Or(cmp.Compare(a.Priority, b.Priority), a.Since.Add(-a.Adjustment).Compare(b.Since.Add(-b.Adjustment)))
}

// Agent is an agent who may be offered contacts.
type Agent struct {
	User  contact.UserID
	Free  int       // slots
	Idle  time.Time // since when; the longest idle agent goes first
	Pairs []Pair
	// Has are contacts that are on the agent's desk already, missed ones
	// included: they are not offered to this agent again until cleared.
	Has []contact.ID
}

// Pair is a queue that an agent serves.
type Pair struct {
	Queue    contact.QueueID
	Priority int           // low is served first
	Delay    time.Duration // a contact must have waited so long
}

// Match is a contact for an agent.
type Match struct {
	Contact contact.ID
	User    contact.UserID
}

// Pairings gives waiting contacts to free agents: the agent who has been idle
// longest chooses first, by the priority of the queue, then by that of the
// contact, and then by how long the contact has waited. An agent with several
// free slots takes one contact in each round. Next is when a delay ends that
// keeps a contact from an agent, or zero.
func Pairings(now time.Time, waiting []Contact, agents []Agent) (matches []Match, next time.Time) {
	waiting = slices.SortedStableFunc(slices.Values(waiting), before)
	round := slices.SortedStableFunc(slices.Values(agents), func(a, b Agent) int {
		return cmp.Or(a.Idle.Compare(b.Idle), cmp.Compare(a.User, b.User))
	})
	taken := make([]bool, len(waiting))
	for len(round) > 0 {
		var again []Agent
		for _, a := range round {
			i, delayed := a.choose(now, waiting, taken)
			next = sooner(next, delayed)
			if i < 0 {
				continue
			}
			taken[i] = true
			matches = append(matches, Match{waiting[i].ID, a.User})
			if a.Free--; a.Free > 0 {
				again = append(again, a)
			}
		}
		round = again
	}
	return matches, next
}

// choose returns the place of the contact that is the agent's next one, or -1,
// and when the first delay ends that stood in the way.
func (a *Agent) choose(now time.Time, waiting []Contact, taken []bool) (best int, delayed time.Time) {
	best = -1
	if a.Free <= 0 {
		return best, delayed
	}
	rank := 0
	for i, c := range waiting {
		if taken[i] || slices.Contains(a.Has, c.ID) {
			continue
		}
		p := slices.IndexFunc(a.Pairs, func(p Pair) bool { return p.Queue == c.Queue })
		if p < 0 {
			continue
		}
		if due := c.Since.Add(a.Pairs[p].Delay); due.After(now) {
			delayed = sooner(delayed, due)
			continue
		}
		if best < 0 || a.Pairs[p].Priority < rank {
			best, rank = i, a.Pairs[p].Priority
		}
	}
	return best, delayed
}

// sooner returns the earlier of two moments; a zero one counts as never.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}
