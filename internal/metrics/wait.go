package metrics

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/routing"
)

// Position returns the place of a contact in its queue, from 1, or 0 where it
// does not wait.
func (s *Snapshot) Position(id contact.ID) (position int, in contact.QueueID) {
	i := slices.IndexFunc(s.Waiting, func(w Waiting) bool { return w.Segment == id })
	if i < 0 {
		return 0, ""
	}
	in = s.Waiting[i].Queue
	for j := range s.Waiting {
		if w := &s.Waiting[j]; w.Queue == in && routing.Before(&w.Contact, &s.Waiting[i].Contact) <= 0 {
			position++
		}
	}
	return position, in
}

// InLine returns those who wait, queue by queue in the order in which they are
// served where all else is the same.
func (s *Snapshot) InLine() []Waiting {
	return slices.SortedFunc(slices.Values(s.Waiting), func(a, b Waiting) int {
		return cmp.Or(cmp.Compare(a.Queue, b.Queue), routing.Before(&a.Contact, &b.Contact))
	})
}

// How far Estimate looks back, and how many answers it wants to have seen.
const (
	PaceWindow = time.Hour
	paceMost   = 20
	paceLeast  = 3
)

// Paces are how fast queues have lately been served.
type Paces struct {
	now    time.Time
	queues map[contact.QueueID]*pace
}

type pace struct {
	answers []time.Time // the latest, at most paceMost of them, oldest first
	handled int
	handle  time.Duration // of those, altogether
}

// NewPaces returns the paces at a moment; Add those contacts that were going on
// within the PaceWindow before it.
func NewPaces(now time.Time) *Paces {
	return &Paces{now: now, queues: map[contact.QueueID]*pace{}}
}

// Add takes a contact into account.
func (c *Paces) Add(l *contact.Leg) {
	if !answeredFromQueue(l) {
		return
	}
	p := c.queues[l.Queue]
	if p == nil {
		p = new(pace)
		c.queues[l.Queue] = p
	}
	if since := c.now.Sub(l.Answered); since >= 0 && since <= PaceWindow {
		at, _ := slices.BinarySearchFunc(p.answers, l.Answered, time.Time.Compare)
		p.answers = slices.Insert(p.answers, at, l.Answered)
		if len(p.answers) > paceMost {
			p.answers = p.answers[1:]
		}
	}
	if !l.Disconnected.IsZero() {
		p.handled++
		p.handle += handleTime(l, c.now)
	}
}

// Estimate tells how long a contact at a position of a queue will wait, or that
// nobody can say. A contact at position p waits for p answers. Where at least
// three were given within PaceWindow, the last twenty of them say how long one
// takes: the time from the first of them until now, through their number. Else it
// is the average time in which a contact of the queue was handled, through the
// chat slots of the agents who are staffed for the queue.
func (s *Snapshot) Estimate(c *Paces, q contact.QueueID, position int) (wait time.Duration, ok bool) {
	p := c.queues[q]
	if p == nil || position <= 0 {
		return 0, false
	}
	if n := len(p.answers); n >= paceLeast {
		return times(float64(s.Now.Sub(p.answers[0]))/float64(n), position), true
	}
	slots := s.staffedSlots(q)
	if p.handled == 0 || slots == 0 {
		return 0, false
	}
	return times(float64(p.handle)/float64(p.handled)/float64(slots), position), true
}

// times returns how long so many answers take.
func times(gap float64, n int) time.Duration {
	return time.Duration(math.Round(gap * float64(n)))
}

// EstimateNew is Estimate for a contact that enters the queue now, behind all
// others. With a free slot and nobody before it, it does not wait.
func (s *Snapshot) EstimateNew(c *Paces, q contact.QueueID) (wait time.Duration, ok bool) {
	f := s.Count(&Scope{Queues: []contact.QueueID{q}, Channels: []string{Chat}})
	if f.InQueue == 0 && f.SlotsAvailable > 0 {
		return 0, true
	}
	return s.Estimate(c, q, f.InQueue+1)
}

// staffedSlots counts the chat slots, occupied or not, of those who are staffed
// for a queue.
func (s *Snapshot) staffedSlots(q contact.QueueID) (n int) {
	for _, a := range s.Agents {
		u := s.Directory.Users[a.User]
		if u != nil && a.Status.Type == contact.Routable && s.Directory.Serves(u, q) {
			n += Slots(s.Directory.Profiles[u.Profile], Chat)
		}
	}
	return n
}
