package centre

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bellpull/bellpull/internal/contact"
)

// All tails together stay within their room, and what they take is counted
// right, whatever is kept, lengthened, dropped and closed.
func TestTailsStayWithinTheirRoom(t *testing.T) {
	c := &Centre{live: live{chats: map[contact.ID]*entry{}}}
	check := func(when string) {
		t.Helper()
		var sum int64
		for _, e := range c.live.chats {
			sum += weight(e.tail.items)
		}
		if got := c.tails.bytes.Load(); got != sum || sum > tailBytes+tailBytes/8 {
			t.Fatalf("%s: %d bytes are counted, %d are there, %d may be", when, got, sum, tailBytes)
		}
	}
	items := func(from, n int) []contact.Item {
		out := make([]contact.Item, n)
		for i := range out {
			out[i] = contact.Item{Seq: int64(from + i), Text: strings.Repeat("x", 2048)}
		}
		return out
	}
	const chats = 500 // of which a half has room
	for i := range chats {
		e, _ := c.live.add(&contact.Chat{ID: contact.ID(fmt.Sprint(i))}, true)
		c.keepTail(e, items(1, tailItems+20))
		if n := len(e.tail.items); n > tailItems {
			t.Fatalf("%d items are kept", n)
		}
		check("kept")
	}
	kept := 0
	for _, e := range c.live.chats {
		if n := len(e.tail.items); n > 0 {
			kept++
			c.lengthen(e, items(int(e.tail.items[n-1].Seq)+1, tailItems))
			check("lengthened")
		}
	}
	if kept < chats/3 {
		t.Errorf("only %d tails of %d were kept when the room was full", kept, chats)
	}
	c.live.mu.Lock() // as the janitor does
	for id, e := range c.live.chats {
		c.closeTail(e)
		delete(c.live.chats, id)
		c.live.mu.Unlock()
		c.keepTail(e, items(1, 1))
		c.live.mu.Lock()
	}
	c.live.mu.Unlock()
	check("closed")
}

// A gap must not come into a tail: items that are not its next ones end it.
func TestATailHasNoGap(t *testing.T) {
	c := &Centre{live: live{chats: map[contact.ID]*entry{}}}
	e, _ := c.live.add(&contact.Chat{ID: "a"}, true)
	c.keepTail(e, []contact.Item{{Seq: 1}, {Seq: 2}})
	c.lengthen(e, []contact.Item{{Seq: 3}})
	if n := len(e.tail.items); n != 3 {
		t.Fatalf("%d items, want 3", n)
	}
	c.lengthen(e, []contact.Item{{Seq: 5}})
	if n := len(e.tail.items); n != 0 {
		t.Errorf("%d items are kept beside a gap", n)
	}
}
