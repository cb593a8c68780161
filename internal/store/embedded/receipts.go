package embedded

import (
	"context"
	"fmt"

	"zombiezen.com/go/sqlite"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/store"
)

// putReceipt merges a mark with what is known of the same message and
// participant. It is news if that changes anything.
func (w *writer) putReceipt(p *prepared, r contact.Receipt) error {
	known, merged := contact.Receipt{}, r
	if err := query(w.conn, `SELECT seq, participant, message, delivered, read, author FROM receipts
		WHERE chat = ? AND seq = ? AND participant = ?`, []any{p.Number, r.Seq, r.By}, func(r row) error {
		known = receiptOf(r)
		return nil
	}); err != nil {
		return err
	}
	if known.Seq != 0 {
		merged = known.Merge(r)
		if merged.Delivered.Equal(known.Delivered) && merged.Read.Equal(known.Read) {
			return nil
		}
	}
	p.Out.News = append(p.Out.News, merged)
	return exec(w.conn, `INSERT OR REPLACE INTO receipts (chat, seq, participant, message, delivered, read, author)
		VALUES (?, ?, ?, ?, ?, ?, ?)`,
		p.Number, merged.Seq, merged.By, merged.Message[:], millis(merged.Delivered), millis(merged.Read), merged.Of)
}

func receiptOf(r row) contact.Receipt {
	rc := contact.Receipt{
		Seq:       r.ColumnInt64(0),
		By:        contact.ParticipantID(r.ColumnText(1)),
		Delivered: timeAt(r, 3),
		Read:      timeAt(r, 4),
		Of:        contact.ParticipantID(r.ColumnText(5)),
	}
	r.ColumnBytes(2, rc.Message[:])
	return rc
}

// Receipts implements store.Store.
func (s *Store) Receipts(ctx context.Context, chat, from, to int64) ([]contact.Receipt, error) {
	var receipts []contact.Receipt
	err := s.read(ctx, func(c *sqlite.Conn) error {
		return query(c, `SELECT seq, participant, message, delivered, read, author FROM receipts
			WHERE chat = ?1 AND seq BETWEEN ?2 AND ?3
			UNION SELECT * FROM (SELECT seq, participant, message, delivered, read, author FROM receipts
				WHERE chat = ?1 AND seq > ?3 ORDER BY seq LIMIT +?4)
			UNION SELECT * FROM (SELECT seq, participant, message, delivered, read, author FROM receipts
				WHERE chat = ?1 AND seq > ?3 AND read IS NOT NULL ORDER BY seq LIMIT +?4)
			ORDER BY seq, participant`, []any{chat, from, to, store.MarksBeyond}, func(r row) error {
			receipts = append(receipts, receiptOf(r))
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read receipts of chat %d: %w", chat, err)
	}
	return receipts, nil
}
