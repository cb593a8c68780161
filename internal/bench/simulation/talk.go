package simulation

import (
	"fmt"
	"sync"
	"time"
)

// talk is one customer's chat, through all its contacts: since when it waits,
// and what was said and heard. The agent speaks, the customer answers, and the
// agent goes on.
type talk struct {
	mu     sync.Mutex
	parts  int       // of agents, so far
	since  time.Time // when the contact could be offered; zero if that is not known
	offers []offer   // that came before the first since was known
	known  bool      // the first since
	rings  int       // on how many desks it is, and not over
	said   map[remark]bool
	heard  map[remark]int // how often
}

// remark is something that is said in a talk.
type remark struct {
	agent   bool // says it, and not the customer
	part, n int  // which agent's part it belongs to, and which it is there; from 1
	last    bool // of the part
}

func (r remark) String() string {
	who := "customer"
	if r.agent {
		who = "agent"
	}
	return fmt.Sprintf("simulated %s %d %d %t", who, r.part, r.n, r.last)
}

// parseRemark reads what String writes.
func parseRemark(text string) (r remark, ok bool) {
	var who string
	n, err := fmt.Sscanf(text, "simulated %s %d %d %t", &who, &r.part, &r.n, &r.last)
	r.agent = who == "agent"
	return r, err == nil && n == 4
}

// talk returns the talk that a contact belongs to, by the first one of its
// chain. Whoever hears of it first makes it: an offer may overtake the answer to
// the request that began it.
func (s *simulation) talk(initial string) *talk {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.talks[initial]
	if t == nil {
		t = &talk{said: map[remark]bool{}, heard: map[remark]int{}}
		s.talks[initial] = t
	}
	return t
}

// next begins another agent's part and returns its number.
func (t *talk) next() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.parts++
	return t.parts
}

// acknowledged notes that the server has taken a remark.
func (t *talk) acknowledged(r remark) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.said[r] = true
}

// hears notes that a remark has come to the other side.
func (t *talk) hears(r remark) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.heard[r]++
}

// faults counts the remarks that went wrong.
func (t *talk) faults() (said, lost, doubled int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for r := range t.said {
		switch n := t.heard[r]; {
		case n == 0:
			lost++
		case n > 1:
			doubled++
		}
	}
	return len(t.said), lost, doubled
}

// offer is when an agent was offered a contact, and since when that agent was
// free.
type offer struct{ at, free time.Time }

// waits notes since when the contact can be offered. It returns how long the
// match took if it was offered before this was known.
func (t *talk) waits(since time.Time) []time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.since, t.known = since, true
	if len(t.offers) == 0 {
		return nil
	}
	o := t.offers[0]
	t.offers = nil
	return t.matchLocked(o)
}

// offered notes an offer. It returns how long the match took, from when both
// the contact and the agent could have it: both waits being upper bounds, since
// they begin with requests. Of a contact that is offered again after a miss only
// the server knows since when it could be, so that it does not count.
func (t *talk) offered(o offer) []time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rings++
	if !t.known {
		t.offers = append(t.offers, o)
		return nil
	}
	return t.matchLocked(o)
}

// over notes that an agent's part is over, if only that the contact was missed.
func (t *talk) over() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rings--
}

// idle reports whether no agent has the contact.
func (t *talk) idle() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.rings == 0
}

func (t *talk) matchLocked(o offer) []time.Duration {
	both := t.since
	if both.IsZero() {
		return nil
	}
	if o.free.After(both) {
		both = o.free
	}
	t.since = time.Time{}
	return []time.Duration{max(0, o.at.Sub(both))}
}
