// Package bustest is what "implements bus.Bus" means.
package bustest

import (
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/bus"
	"github.com/bellpull/bellpull/internal/contact"
)

const patience = 5 * time.Second

// Run tests the bus that open returns.
func Run(t *testing.T, open func(*testing.T) bus.Bus) {
	t.Run("SubscribersOfATopicHearItInOrder", func(t *testing.T) {
		b := open(t)
		heard := make(chan int64, 100)
		topic := bus.Chat("c-1")
		defer b.Subscribe(topic, func(a *bus.Announcement) { heard <- a.Items[0].Seq })()
		for seq := range int64(50) {
			b.Announce(&bus.Announcement{Topic: topic, Items: []contact.Item{{Seq: seq}}})
		}
		for want := range int64(50) {
			if got := receive(t, heard); got != want {
				t.Fatalf("announcement %d came where %d was due", got, want)
			}
		}
	})
	t.Run("OthersHearNothing", func(t *testing.T) {
		b := open(t)
		heard := make(chan string, 10)
		defer b.Subscribe(bus.Agent("ben"), func(*bus.Announcement) { heard <- "ben" })()
		defer b.Subscribe(bus.Agent("ana"), func(*bus.Announcement) { heard <- "ana" })()
		b.Announce(&bus.Announcement{Topic: bus.Agent("ana")})
		if got := receive(t, heard); got != "ana" {
			t.Errorf("%s heard what was for ana", got)
		}
	})
	t.Run("EverySubscriberHearsItUntilItCancels", func(t *testing.T) {
		b := open(t)
		first, second := make(chan int64, 10), make(chan int64, 10)
		topic := bus.Chat("c-2")
		cancel := b.Subscribe(topic, func(a *bus.Announcement) { first <- a.Items[0].Seq })
		defer b.Subscribe(topic, func(a *bus.Announcement) { second <- a.Items[0].Seq })()
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
