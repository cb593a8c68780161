package postgres

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/store/driver"
)

const (
	// A number that is taken says that somebody else has added an item since the
	// change was decided.
	insertItems = `INSERT INTO items (chat, seq, body) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[])
	ON CONFLICT (chat, seq) DO NOTHING`
	itemsAtQuery = `SELECT i.chat, i.seq, i.body FROM unnest($1::bigint[], $2::bigint[]) AS u(chat, seq)
	JOIN items i ON i.chat = u.chat AND i.seq = u.seq`

	itemsForthQuery = `SELECT seq, body FROM items WHERE chat = $1 AND seq >= $2 ORDER BY seq LIMIT $3`
	itemsBackQuery  = `SELECT seq, body FROM items WHERE chat = $1 AND seq <= $2 ORDER BY seq DESC LIMIT $3`
)

// itemRows are items, column by column.
type itemRows struct {
	chat, seq []int64
	body      [][]byte
}

func (r *itemRows) add(chat, seq int64, body []byte) {
	r.chat, r.seq, r.body = append(r.chat, chat), append(r.seq, seq), append(r.body, body)
}

func (r *itemRows) reset() {
	clear(r.body)
	r.chat, r.seq, r.body = r.chat[:0], r.seq[:0], r.body[:0]
}

// place is where an item is.
type place struct{ chat, seq int64 }

// mostAtOnce is how many items there is room for before any is read: a page of
// the largest size, and the one that tells whether there is another page.
const mostAtOnce = 101

// Items implements store.Store.
func (s *Store) Items(ctx context.Context, chat, from int64, limit int, back bool) ([]contact.Item, error) {
	if limit <= 0 {
		return nil, ctx.Err()
	}
	sql := itemsForthQuery
	if back {
		sql = itemsBackQuery
	}
	items := make([]contact.Item, 0, min(limit, mostAtOnce))
	var dec driver.Decoder
	err := s.query(ctx, func(r pgx.Rows) error {
		items = append(items, contact.Item{})
		it := &items[len(items)-1]
		var body pgtype.DriverBytes
		if err := r.Scan(&it.Seq, &body); err != nil {
			return err
		}
		if err := dec.Item(body, it); err != nil {
			return fmt.Errorf("item %d: %w", it.Seq, err)
		}
		return nil
	}, sql, chat, from, limit)
	if err != nil {
		return nil, fmt.Errorf("read items of chat %d: %w", chat, err)
	}
	if back {
		slices.Reverse(items)
	}
	return items, nil
}

// SeqAt implements store.Store. Times rise with the numbers, so that a few
// point reads find the place.
func (s *Store) SeqAt(ctx context.Context, chat int64, t time.Time) (int64, error) {
	low, high := int64(1), int64(1) // the answer is in [low, high]
	err := s.query(ctx, func(r pgx.Rows) error { return r.Scan(&high) }, `SELECT coalesce(max(seq), 0) + 1 FROM items WHERE chat = $1`, chat)
	for err == nil && low < high {
		mid := low + (high-low)/2
		var at time.Time
		err = s.query(ctx, func(r pgx.Rows) (err error) {
			var body pgtype.DriverBytes
			if err := r.Scan(&body); err != nil {
				return err
			}
			at, err = driver.ItemTime(body)
			return err
		}, `SELECT body FROM items WHERE chat = $1 AND seq = $2`, chat, mid)
		if at.Before(t) {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if err != nil {
		return 0, fmt.Errorf("find a time in chat %d: %w", chat, err)
	}
	return low, nil
}
