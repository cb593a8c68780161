package embedded

import (
	"context"
	"fmt"
	"slices"
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/store/driver"
)

// Where a limit is a bare parameter, SQLite prepares the statement anew for
// each of its values; hence the plus.
const (
	itemsForthQuery = `SELECT seq, body FROM items WHERE chat = ? AND seq >= ? ORDER BY seq LIMIT +?`
	itemsBackQuery  = `SELECT seq, body FROM items WHERE chat = ? AND seq <= ? ORDER BY seq DESC LIMIT +?`
)

// insertItem adds an item. That its number was free says that nobody else has
// added one since the change was decided.
func (w *writer) insertItem(chat, seq int64, body []byte) error {
	w.item.BindInt64(1, chat)
	w.item.BindInt64(2, seq)
	w.item.BindBytes(3, body)
	return stale(once(w.item))
}

// Items implements store.Store.
func (s *Store) Items(ctx context.Context, chat, from int64, limit int, back bool) ([]contact.Item, error) {
	if limit <= 0 {
		return nil, ctx.Err()
	}
	sql := itemsForthQuery
	if back {
		sql = itemsBackQuery
	}
	var items []contact.Item
	err := s.read(ctx, func(c *sqlite.Conn) (err error) {
		items, err = readItems(c, sql, chat, from, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read items of chat %d: %w", chat, err)
	}
	if back {
		slices.Reverse(items)
	}
	return items, nil
}

// mostAtOnce is how many items there is room for before any is read: a page of
// the largest size, and the one that tells whether there is another page.
const mostAtOnce = 101

func readItems(c *sqlite.Conn, sql string, chat, from int64, limit int) (items []contact.Item, err error) {
	stmt, err := c.Prepare(sql)
	if err != nil {
		return nil, err
	}
	defer func() {
		if end := stmt.Reset(); err == nil {
			err = end
		}
	}()
	stmt.BindInt64(1, chat)
	stmt.BindInt64(2, from)
	stmt.BindInt64(3, int64(limit))
	items = make([]contact.Item, 0, min(limit, mostAtOnce))
	var dec driver.Decoder
	var body []byte
	for {
		more, err := stmt.Step()
		if err != nil || !more {
			return items, err
		}
		items = append(items, contact.Item{})
		it := &items[len(items)-1]
		it.Seq = stmt.ColumnInt64(0)
		body = blob(stmt, 1, body)
		if err := dec.Item(body, it); err != nil {
			return nil, fmt.Errorf("item %d: %w", it.Seq, err)
		}
	}
}

// SeqAt implements store.Store. Times rise with the numbers, so that a few
// point reads find the place.
func (s *Store) SeqAt(ctx context.Context, chat int64, t time.Time) (seq int64, err error) {
	err = s.read(ctx, func(c *sqlite.Conn) error {
		low, high := int64(1), int64(1) // the answer is in [low, high]
		if err := query(c, `SELECT max(seq) + 1 FROM items WHERE chat = ?`, []any{chat}, func(r row) error {
			high = max(1, r.ColumnInt64(0))
			return nil
		}); err != nil {
			return err
		}
		var body []byte
		for low < high {
			mid := low + (high-low)/2
			var at time.Time
			if err := query(c, `SELECT body FROM items WHERE chat = ? AND seq = ?`, []any{chat, mid}, func(r row) (err error) {
				body = blob(r, 0, body)
				at, err = driver.ItemTime(body)
				return err
			}); err != nil {
				return err
			}
			if at.Before(t) {
				low = mid + 1
			} else {
				high = mid
			}
		}
		seq = low
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("find a time in chat %d: %w", chat, err)
	}
	return seq, nil
}
