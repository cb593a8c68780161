package centre

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/bellpull/bellpull/internal/contact"
)

// How much of the newest items is kept in memory: of each chat that is read, so
// many; and of all together, so many bytes.
const (
	tailItems = 128
	tailBytes = 32 << 20
	itemBytes = 240 // of an item, besides its text
)

// tail is the newest items of a chat, without a gap, kept since somebody read
// them: transcripts are read at their end, and by many at once when many
// reconnect.
type tail struct {
	mu    sync.Mutex
	items []contact.Item // is only added to: readers hold parts of it
}

// tails count what all tails take.
type tails struct{ bytes atomic.Int64 }

func weight(items []contact.Item) (n int64) {
	for i := range items {
		n += itemBytes + int64(len(items[i].Text))
	}
	return n
}

// keepTail makes items, which end with the chat's last one, its tail. When all
// tails together have become too large, the others are forgotten.
func (c *Centre) keepTail(e *entry, items []contact.Item) {
	if len(items) > tailItems {
		items = items[len(items)-tailItems:]
	}
	if c.tails.bytes.Add(weight(items)) > tailBytes {
		c.dropTails()
		c.tails.bytes.Add(weight(items))
	}
	e.tail.mu.Lock()
	c.tails.bytes.Add(-weight(e.tail.items))
	e.tail.items = items
	e.tail.mu.Unlock()
}

// dropTails forgets all tails.
func (c *Centre) dropTails() {
	c.live.mu.RLock()
	defer c.live.mu.RUnlock()
	for _, e := range c.live.chats {
		e.tail.mu.Lock()
		e.tail.items = nil
		e.tail.mu.Unlock()
	}
	c.tails.bytes.Store(0)
}

// lengthen adds what has been committed to a tail that is kept. Where that
// leaves a gap the tail is forgotten.
func (c *Centre) lengthen(e *entry, items []contact.Item) {
	if len(items) == 0 {
		return
	}
	e.tail.mu.Lock()
	defer e.tail.mu.Unlock()
	n := len(e.tail.items)
	switch {
	case n == 0:
		return
	case e.tail.items[n-1].Seq+1 != items[0].Seq:
		c.tails.bytes.Add(-weight(e.tail.items))
		e.tail.items = nil
		return
	}
	c.tails.bytes.Add(weight(items))
	e.tail.items = append(e.tail.items, items...)
	if n := len(e.tail.items); n >= 2*tailItems {
		gone := e.tail.items[:n-tailItems]
		c.tails.bytes.Add(-weight(gone))
		e.tail.items = append([]contact.Item(nil), e.tail.items[n-tailItems:]...)
	}
}

// items reads as Store.Items does, from the chat's tail where that suffices.
func (c *Centre) items(ctx context.Context, chat *contact.Chat, from int64, limit int, back bool) ([]contact.Item, error) {
	c.live.mu.RLock()
	e := c.live.chats[chat.ID]
	c.live.mu.RUnlock()
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
