package centre

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/bellpull/bellpull/internal/contact"
)

// How much of the newest items is kept in memory: of each chat that is read, so
// many; and of all together, so many bytes.
const (
	tailItems = 128
	tailBytes = 64 << 20
	itemBytes = 240 // of an item, besides its text
)

// tail is the newest items of a chat, without a gap, kept since somebody read
// them: transcripts are read at their end, and by many at once when many
// reconnect.
type tail struct {
	mu     sync.Mutex
	items  []contact.Item // is only added to: readers hold parts of it
	closed bool           // the chat is no longer live
}

// tails count what all tails take.
type tails struct{ bytes atomic.Int64 }

// replace gives a tail, which must be locked, other items.
func (c *tails) replace(t *tail, items []contact.Item) {
	c.bytes.Add(weight(items) - weight(t.items))
	t.items = items
}

func weight(items []contact.Item) (n int64) {
	for i := range items {
		n += itemBytes + int64(len(items[i].Text))
	}
	return n
}

// keepTail makes items, which end with the chat's last one, its tail. When all
// tails together have become too large, some are forgotten.
func (c *Centre) keepTail(e *entry, items []contact.Item) {
	if len(items) > tailItems {
		items = items[len(items)-tailItems:]
	}
	e.tail.mu.Lock()
	if !e.tail.closed {
		c.tails.replace(&e.tail, items)
	}
	e.tail.mu.Unlock()
	if c.tails.bytes.Load() > tailBytes {
		c.dropTails()
	}
}

// closeTail forgets a chat's tail for good.
func (c *Centre) closeTail(e *entry) {
	e.tail.mu.Lock()
	c.tails.replace(&e.tail, nil)
	e.tail.closed = true
	e.tail.mu.Unlock()
}

// dropTails forgets tails, whichever come first, until an eighth of the room is
// free.
func (c *Centre) dropTails() {
	c.live.mu.RLock()
	defer c.live.mu.RUnlock()
	for _, e := range c.live.chats {
		if c.tails.bytes.Load() <= tailBytes/8*7 {
			return
		}
		e.tail.mu.Lock()
		c.tails.replace(&e.tail, nil)
		e.tail.mu.Unlock()
	}
}

// lengthen adds what has been committed to a tail that is kept. Where that
// leaves a gap, or there is no room, the tail is forgotten.
func (c *Centre) lengthen(e *entry, items []contact.Item) {
	if len(items) == 0 {
		return
	}
	e.tail.mu.Lock()
	defer e.tail.mu.Unlock()
	n := len(e.tail.items)
	if n == 0 {
		return
	}
	if e.tail.items[n-1].Seq+1 != items[0].Seq || c.tails.bytes.Load() > tailBytes {
		c.tails.replace(&e.tail, nil)
		return
	}
	c.tails.bytes.Add(weight(items))
	e.tail.items = append(e.tail.items, items...)
	if n := len(e.tail.items); n >= 2*tailItems {
		c.tails.replace(&e.tail, slices.Clone(e.tail.items[n-tailItems:]))
	}
}

// items reads as Store.Items does, from the chat's tail where that suffices.
func (c *Centre) items(ctx context.Context, chat *contact.Chat, from int64, limit int, back bool) ([]contact.Item, error) {
	e := c.live.get(chat.ID)
	if e == nil {
		return c.Store.Items(ctx, chat.Number, from, limit, back)
	}
	first, last := from, min(from+int64(limit)-1, chat.Seq)
	if back {
		first, last = max(from-int64(limit)+1, 1), from
	}
	e.tail.mu.Lock()
	kept := e.tail.items
	e.tail.mu.Unlock()
	if n := len(kept); n > 0 && kept[0].Seq <= first && last <= kept[n-1].Seq && first <= last {
		return kept[first-kept[0].Seq : last-kept[0].Seq+1], nil
	}
	items, err := c.Store.Items(ctx, chat.Number, from, limit, back)
	if err == nil && len(items) > 0 && items[len(items)-1].Seq == chat.Seq {
		c.keepTail(e, items)
	}
	return items, err
}
