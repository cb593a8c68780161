package natsbus_test

import (
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/bellpull/bellpull/internal/bus"
	"github.com/bellpull/bellpull/internal/bus/bustest"
	"github.com/bellpull/bellpull/internal/bus/natsbus"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/natsconn/natstest"
)

func open(t testing.TB, url string) *natsbus.Bus {
	t.Helper()
	b, err := natsbus.Open(natsbus.Config{URL: url, Subject: "nodes"}, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func TestBus(t *testing.T) {
	c := natstest.Start(t, 1)
	bustest.Run(t, func(t *testing.T) bus.Bus { return open(t, c.URL(0)) })
}

// A node that cannot find NATS hears itself.
func TestBusWithoutNATS(t *testing.T) {
	bustest.Run(t, func(t *testing.T) bus.Bus { return open(t, "nats://127.0.0.1:1") })
}

func TestNodesOfOneServer(t *testing.T) {
	c := natstest.Start(t, 1)
	bustest.RunNodes(t, func(t *testing.T) (here, there bus.Bus) { return open(t, c.URL(0)), open(t, c.URL(0)) })
}

func TestNodesOfACluster(t *testing.T) {
	c := natstest.Start(t, 3)
	bustest.RunNodes(t, func(t *testing.T) (here, there bus.Bus) { return open(t, c.URL(0)), open(t, c.URL(1)) })
}

// numbered returns the announcement of one item.
func numbered(topic bus.Topic, seq int64) *bus.Announcement {
	return &bus.Announcement{Topic: topic, Items: []contact.Item{{Seq: seq}}}
}

// settle waits until nodes have settled what they subscribe to, and lets the ears
// forget that.
func settle(ears ...*bustest.Ear) {
	time.Sleep(time.Second)
	for _, e := range ears {
		e.Forget()
	}
}

// A server sends a node what somebody there listens to, and nothing else.
func TestInterestIsNarrow(t *testing.T) {
	c := natstest.Start(t, 1)
	here, there := open(t, c.URL(0)), open(t, c.URL(0))
	ear := bustest.Listen(there, bus.Chat("wanted"))
	bustest.Await(t, here, ear)
	watcher, err := nats.Connect(c.URL(0))
	if err != nil {
		t.Fatal(err)
	}
	defer watcher.Close()
	interest := c.Interest(0)
	var ears []*bustest.Ear
	for i := range 100 {
		ears = append(ears, bustest.Listen(there, bus.Chat(contact.ID(fmt.Sprint(i)))))
	}
	bustest.Await(t, here, ears[99])
	if got := c.Interest(0) - interest; got != 100 {
		t.Errorf("listening to 100 chats made %d subscriptions", got)
	}
	for _, e := range ears {
		e.Cancel()
	}
	ear.Cancel()
	for deadline := time.Now().Add(10 * time.Second); c.Interest(0) >= interest; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d subscriptions are left after all have ended, before there were %d", c.Interest(0), interest)
		}
	}
}

// Subjects are as the settings describe them.
func TestSubjects(t *testing.T) {
	c := natstest.Start(t, 1)
	nc, err := nats.Connect(c.URL(0))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	sub, err := nc.SubscribeSync("nodes.*.>")
	if err == nil {
		err = nc.Flush()
	}
	if err != nil {
		t.Fatal(err)
	}
	here, there := open(t, c.URL(0)), open(t, c.URL(0))
	ear := bustest.Listen(there, bus.Agent("ready"))
	bustest.Await(t, here, ear)
	here.Announce(numbered(bus.Chat("c-1"), 1))
	here.Announce(numbered(bus.Agent("a b"), 1))
	var subjects []string
	for len(subjects) < 2 {
		m, err := sub.NextMsg(10 * time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if m.Subject != "nodes.agent.ready" {
			subjects = append(subjects, m.Subject)
		}
	}
	if want := []string{"nodes.chat.c-1", "nodes.agent.a=20b"}; !slices.Equal(subjects, want) {
		t.Errorf("published on %q, want %q", subjects, want)
	}
}

// What is too large for NATS is looked at in the store.
func TestLargeAnnouncement(t *testing.T) {
	c := natstest.Start(t, 1)
	here, there := open(t, c.URL(0)), open(t, c.URL(0))
	topic := bus.Chat("c-1")
	ear := bustest.Listen(there, topic)
	bustest.Await(t, here, ear)
	settle(ear)
	a := numbered(topic, 1)
	for range 100 {
		a.Items = append(a.Items, contact.Item{Text: string(make([]byte, 16<<10))})
	}
	here.Announce(a)
	ear.AwaitMissed(t)
}

// What a node of another version says is no reason to fall.
func TestUnknownAnnouncement(t *testing.T) {
	c := natstest.Start(t, 1)
	here, there := open(t, c.URL(0)), open(t, c.URL(0))
	topic := bus.Chat("c-1")
	ear := bustest.Listen(there, topic)
	bustest.Await(t, here, ear)
	settle(ear)
	nc, err := nats.Connect(c.URL(0))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	if err := nc.Publish("nodes.chat.c-1", []byte{99, 1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	ear.AwaitMissed(t)
}

// Nodes whose NATS server dies go on with another one, look at what they have
// missed, and let others look at what they may not have been able to say.
func TestServerDies(t *testing.T) {
	c := natstest.Start(t, 3)
	here := open(t, c.URL(0)+","+c.URL(2))
	there := open(t, c.URL(1)+","+c.URL(2))
	topic, back := bus.Chat("c-1"), bus.Chat("c-2")
	ear, own := bustest.Listen(there, topic), bustest.Listen(here, back)
	bustest.Await(t, here, ear)
	bustest.Await(t, there, own)
	settle(ear, own)
	dies := 0
	if c.Clients(0) == 0 { // servers are taken in any order
		dies = 2
	}
	c.Kill(dies)
	here.Announce(numbered(topic, 1)) // nobody can say where this goes
	ear.AwaitMissedOr(t, 1)
	own.AwaitMissed(t)
	bustest.Await(t, here, ear)
	bustest.Await(t, there, own)
}

// The last server dies and comes back, and what was announced meanwhile is
// looked at.
func TestAllServersDie(t *testing.T) {
	c := natstest.Start(t, 1)
	here, there := open(t, c.URL(0)), open(t, c.URL(0))
	topic := bus.Chat("c-1")
	ear := bustest.Listen(there, topic)
	bustest.Await(t, here, ear)
	settle(ear)
	c.Kill(0)
	for seq := range int64(100) {
		here.Announce(numbered(topic, seq))
	}
	own := bustest.Listen(here, topic)
	here.Announce(numbered(topic, 100))
	if announced, _ := own.Heard(); announced != 1 {
		t.Errorf("the node itself heard %d announcements of 1", announced)
	}
	c.Run(0)
	ear.AwaitMissed(t)
	own.AwaitMissed(t)
	bustest.Await(t, here, ear)
}

// Servers that lose each other keep their clients, who hear no more of each
// other. When they find each other again all look at the store.
func TestPartitionHeals(t *testing.T) {
	c := natstest.Start(t, 3)
	here, there := open(t, c.URL(0)), open(t, c.URL(1))
	topic, back := bus.Chat("c-1"), bus.Chat("c-2")
	ear, own := bustest.Listen(there, topic), bustest.Listen(here, back)
	bustest.Await(t, here, ear)
	bustest.Await(t, there, own)
	time.Sleep(2 * time.Second) // so that they have heard each other's beats
	c.Part()
	time.Sleep(1500 * time.Millisecond)
	before, _ := ear.Heard()
	here.Announce(numbered(topic, 1))
	there.Announce(numbered(back, 1))
	time.Sleep(500 * time.Millisecond)
	if after, _ := ear.Heard(); after != before {
		t.Fatal("it was heard across the partition")
	}
	ear.Forget()
	own.Forget()
	c.Heal()
	ear.AwaitMissed(t)
	own.AwaitMissed(t)
	bustest.Await(t, here, ear)
	bustest.Await(t, there, own)
}

// A connection on which nothing goes through any more, and which nobody closes,
// is given up.
func TestStalledConnection(t *testing.T) {
	c := natstest.Start(t, 1)
	p := natstest.NewProxy(t, c.Port(0))
	here := open(t, "nats://"+p.Addr()) // and nowhere else
	there := open(t, c.URL(0))
	topic := bus.Chat("c-1")
	ear, own := bustest.Listen(there, topic), bustest.Listen(here, topic)
	bustest.Await(t, here, ear)
	bustest.Await(t, there, own)
	settle(ear, own)
	p.Stall()
	begun := time.Now()
	for seq := range int64(100_000) { // more than fits into the line
		here.Announce(numbered(topic, seq))
	}
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("announcing waited %v for NATS", took)
	}
	own.AwaitMissedOr(t, 99_999)
	ear.Forget()
	own.Forget()
	p.Cut() // what was sent is lost
	p.Go()
	p.Mend()
	ear.AwaitMissed(t)
	own.AwaitMissed(t)
	bustest.Await(t, here, ear)
}

func BenchmarkSecondNode(b *testing.B) {
	c := natstest.Start(b, 1)
	here, there := open(b, c.URL(0)), open(b, c.URL(0))
	topic := bus.Chat("3f0c6b1e-6b7a-4d0e-9a52-0d3c8f1f2a11")
	ear := bustest.Listen(there, topic)
	bustest.Await(b, here, ear)
	ear.Cancel()
	heard := make(chan struct{}, 1)
	defer there.Subscribe(topic, func(a *bus.Announcement) {
		if !a.Missed && a.Items[0].Seq > 0 {
			heard <- struct{}{}
		}
	})()
	time.Sleep(time.Second)
	at := time.UnixMilli(1774774800000).UTC()
	chat := &contact.Chat{
		ID: "3f0c6b1e-6b7a-4d0e-9a52-0d3c8f1f2a11", Contacts: []contact.Segment{{ID: "3f0c6b1e-6b7a-4d0e-9a52-0d3c8f1f2a11"}},
		Participants: []contact.Participant{{ID: "6f0c6b1e-6b7a-4d0e-9a52-0d3c8f1f2a12"}, {ID: "7f0c6b1e-6b7a-4d0e-9a52-0d3c8f1f2a13"}},
	}
	item := contact.Item{
		Seq: 1, At: at, Kind: contact.Message, Type: contact.PlainText, Text: string(make([]byte, 200)),
		By: "6f0c6b1e-6b7a-4d0e-9a52-0d3c8f1f2a12", Role: contact.Customer, Name: "Ada", Contact: chat.ID,
	}
	took := make([]time.Duration, 0, 1<<20)
	for b.Loop() {
		begun := time.Now()
		here.Announce(&bus.Announcement{Topic: topic, Chat: chat, Items: []contact.Item{item}})
		<-heard
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1e3, "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1e3, "p99-µs")
}
