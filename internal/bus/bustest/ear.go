package bustest

import (
	"sync"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/bus"
	"github.com/bellpull/bellpull/internal/contact"
)

// Ear is a subscriber that remembers what it hears.
type Ear struct {
	Topic  bus.Topic
	Cancel func()

	mu     sync.Mutex // guards what follows
	heard  []*bus.Announcement
	missed int // how often it was told to look at the store
	last   int64
	news   chan struct{} // one token, when there is something new
}

// Listen returns an ear on a topic.
func Listen(b bus.Bus, topic bus.Topic) *Ear {
	e := &Ear{Topic: topic, news: make(chan struct{}, 1)}
	e.Cancel = b.Subscribe(topic, e.hear)
	return e
}

func (e *Ear) hear(a *bus.Announcement) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case a.Missed:
		e.missed++
	case len(a.Items) > 0 && a.Items[0].Type == probe:
		e.last = probed
	default:
		e.heard = append(e.heard, a)
		if len(a.Items) > 0 {
			e.last = a.Items[0].Seq
		}
	}
	select {
	case e.news <- struct{}{}:
	default:
	}
}

// until waits until done, which is called with the ear's mutex held.
func (e *Ear) until(t testing.TB, what string, done func() bool) {
	t.Helper()
	deadline := time.After(patience)
	for {
		e.mu.Lock()
		is := done()
		e.mu.Unlock()
		if is {
			return
		}
		select {
		case <-e.news:
		case <-deadline:
			t.Fatalf("%s: waited in vain for %s", e.Topic, what)
		}
	}
}

// next returns the oldest announcement that has not been returned.
func (e *Ear) next(t testing.TB) (a *bus.Announcement) {
	t.Helper()
	e.until(t, "an announcement", func() bool {
		if len(e.heard) == 0 {
			return false
		}
		a, e.heard = e.heard[0], e.heard[1:]
		return true
	})
	return a
}

// AwaitMissed waits until the ear is told to look at the store, or has been since
// it forgot.
func (e *Ear) AwaitMissed(t testing.TB) {
	t.Helper()
	e.until(t, "being told to look", func() bool { return e.missed > 0 })
}

// AwaitMissedOr waits until the ear has heard of item seq, or has been told to
// look at the store since it forgot.
func (e *Ear) AwaitMissedOr(t testing.TB, seq int64) {
	t.Helper()
	e.until(t, "the last item, or being told to look", func() bool { return e.last >= seq || e.missed > 0 })
}

// Heard returns how many announcements it has heard since it forgot, and how
// often it was told to look.
func (e *Ear) Heard() (announced, missed int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.heard), e.missed
}

// Forget forgets what the ear has heard.
func (e *Ear) Forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard, e.missed, e.last = nil, 0, 0
}

// What Await announces, and how often.
const (
	probe  = "probe"
	probed = -1
	pause  = 5 * time.Millisecond
)

// Await announces at one node until an ear at another one hears it, and lets it
// forget what it has heard.
func Await(t testing.TB, from bus.Bus, e *Ear) {
	t.Helper()
	e.Forget()
	for range patience / pause {
		from.Announce(&bus.Announcement{Topic: e.Topic, Items: []contact.Item{{Type: probe}}})
		e.mu.Lock()
		heard := e.last == probed
		e.mu.Unlock()
		if heard {
			e.Forget()
			return
		}
		time.Sleep(pause)
	}
	t.Fatalf("%s: what the other node announces is not heard", e.Topic)
}
