// Package bustest is what "implements bus.Bus" means: Run for one node, RunNodes
// for a driver that connects several. A bug found in a driver becomes a case
// here.
package bustest

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/bus"
	"github.com/bellpull/bellpull/internal/contact"
)

const patience = 20 * time.Second

// Run tests the bus that open returns.
func Run(t *testing.T, open func(*testing.T) bus.Bus) {
	t.Run("SubscribersOfATopicHearItInOrder", func(t *testing.T) {
		b := open(t)
		heard := make(chan int64, 100)
		topic := bus.Chat("c-1")
		defer b.Subscribe(topic, Numbers(heard))()
		for seq := range int64(50) {
			b.Announce(&bus.Announcement{Topic: topic, Items: []contact.Item{{Seq: seq}}})
		}
		for want := range int64(50) {
			if got := receive(t, heard); got != want {
				t.Fatalf("announcement %d came where %d was due", got, want)
			}
		}
	})
	t.Run("SubscribersOfTheNodeHaveHeardItWhenAnnounceReturns", func(t *testing.T) {
		b := open(t)
		var heard *bus.Announcement
		topic := bus.Chat("c-1")
		defer b.Subscribe(topic, func(a *bus.Announcement) {
			if !a.Missed {
				heard = a
			}
		})()
		a := whole(topic)
		b.Announce(a)
		if heard != a || heard.Remote {
			t.Errorf("heard %v, want what was announced", heard)
		}
	})
	t.Run("OthersHearNothing", func(t *testing.T) {
		b := open(t)
		heard := make(chan string, 10)
		defer b.Subscribe(bus.Agent("ben"), func(a *bus.Announcement) { tell(heard, a, "ben") })()
		defer b.Subscribe(bus.Chat("ana"), func(a *bus.Announcement) { tell(heard, a, "the chat") })()
		defer b.Subscribe(bus.Agent("ana"), func(a *bus.Announcement) { tell(heard, a, "ana") })()
		b.Announce(&bus.Announcement{Topic: bus.Agent("ana")})
		if got := receive(t, heard); got != "ana" {
			t.Errorf("%s heard what was for ana", got)
		}
	})
	t.Run("EverySubscriberHearsItUntilItCancels", func(t *testing.T) {
		b := open(t)
		first, second := make(chan int64, 10), make(chan int64, 10)
		topic := bus.Chat("c-2")
		cancel := b.Subscribe(topic, Numbers(first))
		defer b.Subscribe(topic, Numbers(second))()
		b.Announce(&bus.Announcement{Topic: topic, Items: []contact.Item{{Seq: 1}}})
		receive(t, first)
		receive(t, second)
		cancel()
		cancel() // harmless
		b.Announce(&bus.Announcement{Topic: topic, Items: []contact.Item{{Seq: 2}}})
		if got := receive(t, second); got != 2 {
			t.Errorf("heard %d, want 2", got)
		}
		select {
		case seq := <-first:
			t.Errorf("heard %d after cancelling", seq)
		default:
		}
	})
	t.Run("WhatTheNodeAnnouncesIsNotFromElsewhere", func(t *testing.T) {
		b := open(t)
		topic := bus.Chat("c-3")
		defer b.Subscribe(topic, func(*bus.Announcement) {})()
		defer b.Elsewhere(func(a *bus.Announcement) {
			if !a.Missed {
				t.Errorf("its own announcement on %s is said to be from elsewhere", a.Topic)
			}
		})()
		b.Announce(whole(topic))
	})
	t.Run("ASubscriberMayCancelWhileItIsCalled", func(t *testing.T) {
		b := open(t)
		heard := make(chan int64, 10)
		topic := bus.Chat("c-4")
		var cancel func()
		cancel = b.Subscribe(topic, func(a *bus.Announcement) {
			if !a.Missed {
				heard <- a.Items[0].Seq
				cancel()
			}
		})
		for seq := range int64(2) {
			b.Announce(&bus.Announcement{Topic: topic, Items: []contact.Item{{Seq: seq}}})
		}
		if receive(t, heard); len(heard) > 0 {
			t.Errorf("heard %d after cancelling", <-heard)
		}
	})
}

// RunNodes tests two nodes of one cluster that open returns, which hear each
// other.
func RunNodes(t *testing.T, open func(*testing.T) (here, there bus.Bus)) {
	t.Run("WhatIsAnnouncedElsewhereIsHeardWhole", func(t *testing.T) {
		here, there := open(t)
		topic := bus.Chat("c-1")
		ear := Listen(there, topic)
		defer ear.Cancel()
		Await(t, here, ear)
		a := whole(topic)
		here.Announce(a)
		got := ear.next(t)
		want := *a
		want.Chat, want.Brief, want.Remote = nil, bus.BriefOf(a.Chat), true
		if diff := cmp.Diff(&want, got); diff != "" {
			t.Errorf("the announcement (-want +got):\n%s", diff)
		}
		if got.Current() != a.Current() || got.Gone("p-1") || !got.Gone("p-2") || !got.Gone("p-3") {
			t.Errorf("it says current %q, gone %v %v %v", got.Current(), got.Gone("p-1"), got.Gone("p-2"), got.Gone("p-3"))
		}
	})
	t.Run("AnyTopicIsHeard", func(t *testing.T) {
		here, there := open(t)
		for _, topic := range []bus.Topic{
			bus.Agent("a.b"), bus.Agent("*"), bus.Agent(">"), bus.Agent("Zoë Ünal"), bus.Agent("a=2eb"), bus.Agent("a/b"), bus.Agent(""), "directory",
		} {
			ear := Listen(there, topic)
			Await(t, here, ear)
			ear.Cancel()
		}
	})
	t.Run("ItIsHeardInOrder", func(t *testing.T) {
		here, there := open(t)
		topic := bus.Chat("c-2")
		ear := Listen(there, topic)
		defer ear.Cancel()
		Await(t, here, ear)
		const many = 2000
		for seq := range int64(many) {
			here.Announce(&bus.Announcement{Topic: topic, Items: []contact.Item{{Seq: seq}}})
		}
		for want := range int64(many) {
			if got := ear.next(t).Items[0].Seq; got != want {
				t.Fatalf("announcement %d came where %d was due", got, want)
			}
		}
	})
	t.Run("WhoeverKeepsSomethingHearsItFirst", func(t *testing.T) {
		here, there := open(t)
		topic := bus.Chat("c-3")
		heard := make(chan string, 10)
		defer there.Elsewhere(func(a *bus.Announcement) { tell(heard, a, "keeper") })()
		ear := Listen(there, topic)
		defer ear.Cancel()
		Await(t, here, ear)
		defer there.Subscribe(topic, func(a *bus.Announcement) { tell(heard, a, "subscriber") })()
		here.Announce(whole(topic))
		if first, second := receive(t, heard), receive(t, heard); first != "keeper" || second != "subscriber" {
			t.Errorf("first the %s heard it, then the %s", first, second)
		}
	})
	t.Run("ANewSubscriberIsToldToLook", func(t *testing.T) {
		_, there := open(t)
		ear := Listen(there, bus.Chat("c-4"))
		defer ear.Cancel()
		ear.AwaitMissed(t)
	})
	t.Run("SubscribersComeAndGo", func(t *testing.T) {
		here, there := open(t)
		topic := bus.Chat("c-5")
		for range 20 {
			Listen(there, topic).Cancel()
		}
		ear := Listen(there, topic)
		defer ear.Cancel()
		Await(t, here, ear)
		ear.Cancel()
		again := Listen(there, topic)
		defer again.Cancel()
		Await(t, here, again)
	})
	t.Run("ASlowSubscriberIsToldToLook", func(t *testing.T) {
		here, there := open(t)
		topic := bus.Chat("c-6")
		ear := Listen(there, topic)
		defer ear.Cancel()
		Await(t, here, ear)
		hold, held := make(chan struct{}), make(chan struct{}, 1)
		defer there.Subscribe(topic, func(*bus.Announcement) {
			select {
			case held <- struct{}{}:
			default:
			}
			<-hold
		})()
		here.Announce(&bus.Announcement{Topic: topic, Items: []contact.Item{{Seq: 1}}})
		receive(t, held)
		last := int64(300_000)
		for seq := int64(2); seq <= last; seq++ {
			here.Announce(&bus.Announcement{Topic: topic, Items: []contact.Item{{Seq: seq}}})
		}
		ear.Forget()
		close(hold)
		ear.AwaitMissedOr(t, last)
	})
}

// whole returns an announcement of which every part says something.
func whole(topic bus.Topic) *bus.Announcement {
	at := time.Date(2026, 3, 29, 9, 0, 0, 123e6, time.UTC)
	chat := &contact.Chat{
		ID: "c-1", Number: 7, Version: 8, Seq: 9,
		Contacts: []contact.Segment{{ID: "c-1", Disconnected: at}, {ID: "c-2"}},
		Participants: []contact.Participant{
			{ID: "p-1", Presence: contact.Present}, {ID: "p-2", Presence: contact.Gone},
		},
	}
	item := contact.Item{
		Seq: 9, ID: contact.ItemID{1, 2, 3, 15: 16}, At: at, Kind: contact.Message, Type: contact.PlainText, Text: "Hello\x00\xff, Zoë",
		By: "p-1", Role: contact.Customer, Name: "Ada", Contact: "c-2", Visibility: contact.ToAgents, Token: 1<<64 - 1,
	}
	receipt := contact.Receipt{Seq: 5, Message: item.ID, Of: "p-2", By: "p-1", Delivered: at, Read: at.Add(time.Second)}
	for _, v := range []any{item, receipt, *bus.BriefOf(chat)} {
		noneIsZero(reflect.ValueOf(v))
	}
	notice := item
	notice.Seq = 0
	return &bus.Announcement{
		Topic: topic, Chat: chat, Items: []contact.Item{item, {Seq: 10, Kind: contact.Event}}, Notices: []contact.Item{notice},
		Receipts: []contact.Receipt{receipt, {Seq: 6}}, Trace: "a trace",
	}
}

// noneIsZero finds out a field that whole was not told of.
func noneIsZero(v reflect.Value) {
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			panic(fmt.Sprintf("bustest: %s.%s is to be set", v.Type(), v.Type().Field(i).Name))
		}
	}
}

// Numbers returns a subscriber that passes on the numbers of what it hears.
func Numbers(to chan<- int64) func(*bus.Announcement) {
	return func(a *bus.Announcement) {
		if !a.Missed {
			to <- a.Items[0].Seq
		}
	}
}

func tell(to chan<- string, a *bus.Announcement, who string) {
	if !a.Missed && (len(a.Items) == 0 || a.Items[0].Type != probe) {
		to <- who
	}
}

func receive[T any](t *testing.T, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(patience):
		t.Fatal("nothing was heard")
		panic("unreachable")
	}
}
