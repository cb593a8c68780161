// Package natsbus carries announcements between the nodes of a cluster, over
// NATS. A node subscribes to the subjects of those chats and agents that
// somebody listens to there, and to no others. Its own subscribers hear an
// announcement at once; NATS does not send it back.
//
// NATS may lose what it carries, and that is made good by looking at the store:
// wherever announcements may have been lost, those who listen are told so
// (bus.Announcement.Missed). That is, for all topics of a node, after it was cut
// off from NATS, when it had more to hear than it could, and when the beats of
// another node show a gap (beat.go); for one topic, shortly after it was
// subscribed to (interest.go), and when another node is not sure that it could
// announce on it (send.go).
package natsbus

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/bellpull/bellpull/internal/bus"
	"github.com/bellpull/bellpull/internal/natsconn"
)

// Config says where the nodes meet.
type Config struct {
	URL string
	// Subject is how subjects begin. The nodes of one cluster have the same one,
	// which nobody else uses.
	Subject         string
	CredentialsFile string // empty: none
}

// Limits, and how often things are done.
const (
	inboxLimit = 1 << 16 // announcements of others that may wait to be heard
	step       = 250 * time.Millisecond
	roundTrip  = 2 * time.Second // how long NATS may take to answer
	reconnect  = 200 * time.Millisecond
	pingPeriod = 5 * time.Second
)

// Bus is a bus.Bus across nodes. Each process has one.
type Bus struct {
	local  bus.Local
	prefix string
	log    *slog.Logger
	conn   *nats.Conn
	inbox  chan *nats.Msg
	lost   atomic.Bool // since it was last looked at, announcements to here may have been lost

	out      outgoing
	interest interest
	beats    beats

	stop    context.CancelFunc
	running sync.WaitGroup
}

var _ bus.Bus = (*Bus)(nil)

// Open returns a bus. NATS need not be there yet: it is looked for until it is,
// and the node hears itself alone meanwhile.
func Open(c Config, log *slog.Logger) (*Bus, error) {
	b := &Bus{prefix: c.Subject, log: log, inbox: make(chan *nats.Msg, inboxLimit)}
	b.out.init()
	b.interest.init()
	b.beats.init()
	var err error
	b.conn, err = natsconn.Connect(natsconn.Config{URL: c.URL, CredentialsFile: c.CredentialsFile}, reconnect, log, b.connected,
		nats.NoEcho(),
		nats.PingInterval(pingPeriod),
		nats.FlusherTimeout(roundTrip),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			log.Warn("NATS reports an error", "error", err)
			b.lost.Store(true)
		}),
	)
	if err != nil {
		return nil, err
	}
	if _, err := b.conn.ChanSubscribe(b.prefix+".beat", b.inbox); err != nil {
		b.conn.Close()
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	b.stop = stop
	b.running.Go(func() { b.send(ctx) })
	b.running.Go(func() { b.hear(ctx) })
	b.running.Go(func() { b.keep(ctx) })
	return b, nil
}

// connected is called when the connection has been made, the first time and
// again.
func (b *Bus) connected() {
	b.lost.Store(true)
	b.out.unsure.Store(true)
}

// Close ends the connection. Subscribers of this node go on to hear it.
func (b *Bus) Close() error {
	b.stop()
	b.conn.Close()
	b.running.Wait()
	return nil
}

// Announce implements bus.Bus.
func (b *Bus) Announce(a *bus.Announcement) {
	b.local.Announce(a)
	b.out.add(a)
}

// Subscribe implements bus.Bus.
func (b *Bus) Subscribe(topic bus.Topic, fn func(*bus.Announcement)) (cancel func()) {
	quit := b.local.Subscribe(topic, fn)
	b.interest.add(topic, 1)
	b.out.wakeUp()
	return sync.OnceFunc(func() {
		quit()
		b.interest.add(topic, -1)
		b.out.wakeUp()
	})
}

// Elsewhere implements bus.Bus.
func (b *Bus) Elsewhere(fn func(*bus.Announcement)) (cancel func()) { return b.local.Elsewhere(fn) }

// hear hands what other nodes announce to the subscribers.
func (b *Bus) hear(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-b.inbox:
			// NATS drops what does not fit in. Before it comes to that all is dropped:
			// reading the store is less work.
			if len(b.inbox) > inboxLimit*3/4 {
				b.clearInbox()
				b.missed(b.local.Topics())
				continue
			}
			b.receive(m)
		}
	}
}

func (b *Bus) clearInbox() {
	for {
		select {
		case <-b.inbox:
		default:
			return
		}
	}
}

func (b *Bus) receive(m *nats.Msg) {
	if m.Subject == b.prefix+".beat" {
		if b.beats.heard(m.Data) {
			b.lost.Store(true)
		}
		return
	}
	topic, ok := b.interest.topicOf(m.Subject)
	if !ok {
		return // nobody listens any more
	}
	a, err := readAnnouncement(m.Data)
	if err != nil { // a newer node's, say
		a = missedOn(topic)
	}
	a.Topic = topic
	b.local.Announce(a)
}

// missed tells the subscribers of topics to look at the store.
func (b *Bus) missed(topics []bus.Topic) {
	for _, t := range topics {
		b.local.Announce(missedOn(t))
	}
}

func missedOn(t bus.Topic) *bus.Announcement {
	return &bus.Announcement{Topic: t, Remote: true, Missed: true}
}

// keep does what is to be done from time to time.
func (b *Bus) keep(ctx context.Context) {
	tick := time.NewTicker(step)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			b.turn(ctx, n)
		}
	}
}

// turn settles what is new and, once a second, beats. All of it needs to know
// that NATS has got what was sent before.
func (b *Bus) turn(ctx context.Context, n int) {
	second := n%int(time.Second/step) == 0
	if !b.conn.IsConnected() || !second && !b.interest.unsettled() && !b.lost.Load() && !b.out.unsure.Load() {
		return
	}
	fresh := b.interest.takeFresh()
	lost, unsure := b.lost.Swap(false), b.out.unsure.Swap(false)
	if err := b.conn.FlushTimeout(roundTrip); err != nil {
		if ctx.Err() == nil && b.conn.IsConnected() {
			b.log.WarnContext(ctx, "NATS does not answer", "error", err)
			_ = b.conn.ForceReconnect() // it fails when the connection is closed, and then all is over
		}
		return // all is looked at when there is a connection again, and lost is set
	}
	if lost {
		fresh = b.local.Topics()
		b.missed(fresh)
	}
	b.missed(b.interest.settle(fresh))
	if unsure {
		b.out.repeat()
	}
	if second {
		b.out.beat()
	}
}
