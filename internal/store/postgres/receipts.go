package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/store"
)

const (
	// Merges as contact.Receipt.Merge does, and returns what is news.
	putReceipts = `INSERT INTO receipts AS r (chat, seq, participant, author, message, delivered, read)
	SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::bytea[], $6::bigint[], $7::bigint[])
	ON CONFLICT (chat, seq, participant) DO UPDATE
		SET delivered = least(r.delivered, excluded.delivered), read = least(r.read, excluded.read)
		WHERE excluded.delivered < coalesce(r.delivered, 9223372036854775807) OR excluded.read < coalesce(r.read, 9223372036854775807)
	RETURNING r.chat, r.seq, r.participant, r.author, r.message, r.delivered, r.read`

	receiptColumns = `SELECT chat, seq, participant, author, message, delivered, read FROM receipts `
	receiptsQuery  = receiptColumns + `WHERE chat = $1 AND seq BETWEEN $2 AND $3
	UNION (` + receiptColumns + `WHERE chat = $1 AND seq > $3 ORDER BY seq LIMIT $4)
	UNION (` + receiptColumns + `WHERE chat = $1 AND seq > $3 AND read IS NOT NULL ORDER BY seq LIMIT $4)
	ORDER BY seq, participant`
)

// mark names a receipt.
type mark struct {
	place
	by contact.ParticipantID
}

// putReceipts merges marks with what is known of the same messages and
// participants.
func (t *transaction) putReceipts() {
	var chats, seqs []int64
	var by, of []string
	var messages [][]byte
	var delivered, read []*int64
	for p := range t.changes() {
		at := map[mark]int{} // where in the columns each of this change is
		for _, r := range p.Receipts {
			m := mark{place{p.Number, r.Seq}, r.By}
			if i, ok := at[m]; ok {
				both := contact.Receipt{Delivered: timeAt(delivered[i]), Read: timeAt(read[i])}.Merge(r)
				delivered[i], read[i] = millis(both.Delivered), millis(both.Read)
				continue
			}
			at[m] = len(chats)
			chats, seqs, by, of = append(chats, p.Number), append(seqs, r.Seq), append(by, string(r.By)), append(of, string(r.Of))
			messages = append(messages, r.Message[:])
			delivered, read = append(delivered, millis(r.Delivered)), append(read, millis(r.Read))
		}
	}
	if len(chats) == 0 {
		return
	}
	t.queryEach(func(rows pgx.Rows) error {
		chat, r, err := receiptOf(rows)
		t.done.news[mark{place{chat, r.Seq}, r.By}] = r
		return err
	}, putReceipts, chats, seqs, by, of, messages, delivered, read)
}

func receiptOf(rows pgx.Rows) (chat int64, r contact.Receipt, err error) {
	var by, of string
	var message []byte
	var delivered, read *int64
	err = rows.Scan(&chat, &r.Seq, &by, &of, &message, &delivered, &read)
	r.By, r.Of, r.Delivered, r.Read = contact.ParticipantID(by), contact.ParticipantID(of), timeAt(delivered), timeAt(read)
	copy(r.Message[:], message)
	return chat, r, err
}

// Receipts implements store.Store.
func (s *Store) Receipts(ctx context.Context, chat, from, to int64) ([]contact.Receipt, error) {
	var receipts []contact.Receipt
	err := s.query(ctx, func(rows pgx.Rows) error {
		_, r, err := receiptOf(rows)
		receipts = append(receipts, r)
		return err
	}, receiptsQuery, chat, from, to, store.MarksBeyond)
	if err != nil {
		return nil, fmt.Errorf("read receipts of chat %d: %w", chat, err)
	}
	return receipts, nil
}
