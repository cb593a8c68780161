package natsbus

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/nats-io/nats.go"

	"github.com/bellpull/bellpull/internal/bus"
)

// Limits of what is sent.
const (
	outLimit    = 1 << 14 // announcements that may wait to be sent
	recentLimit = 1 << 16 // topics
	recentBeats = 5       // how many beats a topic is remembered at least
)

// outgoing is what this node tells the others.
//
// Whether an announcement has arrived nobody can say. After the connection was
// lost, and when more was to be sent than could be, this node is unsure: it
// tells those who listen to the topics on which it has announced of late to look
// at the store. Where there are too many of these it leaves out a beat, and all
// look at everything.
type outgoing struct {
	wake   chan struct{} // one token, when there is something to do
	unsure atomic.Bool

	mu        sync.Mutex // guards what follows
	queue     []*bus.Announcement
	beating   bool
	repeating bool
	beats     int // since recent was last made old
	// recent and old are the topics of the last seconds. Most are in both for
	// long: chats that are talked in.
	recent, old map[bus.Topic]bool
	toomany     bool
}

func (o *outgoing) init() {
	o.wake = make(chan struct{}, 1)
	o.recent, o.old = map[bus.Topic]bool{}, map[bus.Topic]bool{}
}

func (o *outgoing) wakeUp() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// add hands an announcement over to be sent.
func (o *outgoing) add(a *bus.Announcement) {
	o.mu.Lock()
	first := len(o.queue) == 0
	if len(o.queue) < outLimit {
		o.queue = append(o.queue, a)
	} else {
		o.unsure.Store(true)
	}
	if len(o.recent) < recentLimit || o.recent[a.Topic] {
		o.recent[a.Topic] = true
	} else {
		o.toomany = true
		o.unsure.Store(true)
	}
	o.mu.Unlock()
	if first {
		o.wakeUp()
	}
}

// beat lets the next beat be sent. It is called when NATS has answered, and so
// has got everything that was announced some beats ago.
func (o *outgoing) beat() {
	o.mu.Lock()
	o.beating = true
	if o.beats++; o.beats >= recentBeats && len(o.queue) == 0 {
		o.beats = 0
		o.old, o.recent = o.recent, o.old
		clear(o.recent)
	}
	o.mu.Unlock()
	o.wakeUp()
}

// repeat lets those who listen to the topics of late be told to look at the
// store.
func (o *outgoing) repeat() {
	o.mu.Lock()
	o.repeating = true
	o.mu.Unlock()
	o.wakeUp()
}

// work is what is to be sent.
type work struct {
	queue  []*bus.Announcement
	repeat []bus.Topic
	skip   bool // a beat, so that all look at everything
	beat   bool
}

// take returns what is to be sent. Queue is used again for what comes next.
func (o *outgoing) take(used []*bus.Announcement) (w work) {
	clear(used)
	o.mu.Lock()
	defer o.mu.Unlock()
	w.queue, o.queue = o.queue, used[:0]
	w.beat, o.beating = o.beating, false
	if o.repeating {
		o.repeating = false
		w.skip, o.toomany = o.toomany, false
		if !w.skip {
			all := maps.Clone(o.old)
			maps.Copy(all, o.recent)
			w.repeat = slices.Collect(maps.Keys(all))
		}
	}
	return w
}

// send sends what this node announces, and does all that may have to wait for
// the connection, so that nobody else waits.
func (b *Bus) send(ctx context.Context) {
	var w work
	var buf []byte
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.out.wake:
		}
		b.follow()
		w = b.out.take(w.queue)
		for _, a := range w.queue {
			buf = appendAnnouncement(buf[:0], a)
			b.publish(a.Topic, buf)
		}
		for _, t := range w.repeat {
			b.publish(t, []byte{missed})
		}
		if w.skip {
			b.beats.skip()
		}
		if w.beat {
			_ = b.conn.Publish(b.prefix+".beat", b.beats.next()) // the gap tells
		}
	}
}

// publish sends to those who listen to a topic. What fails is told later, as the
// topic is remembered; what is too large for NATS is read from the store.
func (b *Bus) publish(t bus.Topic, data []byte) {
	err := b.conn.Publish(b.subject(t), data)
	if errors.Is(err, nats.ErrMaxPayload) {
		err = b.conn.Publish(b.subject(t), []byte{missed})
	}
	if err != nil {
		b.out.unsure.Store(true)
	}
}
