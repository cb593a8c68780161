package embedded

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/store"
	"github.com/bellpull/bellpull/internal/store/driver"
)

const (
	chatQuery = `SELECT c.number, c.version, c.doc, i.seq, i.body
	FROM contacts k JOIN chats c ON c.number = k.chat
	LEFT JOIN items i ON i.chat = c.number AND i.seq = (SELECT max(seq) FROM items WHERE chat = c.number)
	WHERE k.id = ?`
	lastItemQuery = `SELECT seq, body FROM items WHERE chat = ? ORDER BY seq DESC LIMIT 1`
	waitingQuery  = `SELECT id, queue, since FROM chats
	WHERE instance = ? AND since IS NOT NULL ORDER BY since, number`
	activeQuery = `SELECT count(*) FROM chats WHERE instance = ? AND ended IS NULL`
)

// putChat stores the state that follows, of a new chat or of one that must be
// at the version that the change was decided on.
func (w *writer) putChat(p *prepared) error {
	next := p.Next
	var ended, queue, since any
	if next.Over() {
		ended = next.EndedAt.UnixMilli()
	}
	if next.Waiting() {
		s := next.Queueing()
		queue, since = s.Queue, s.Enqueued.UnixMilli()
	}
	if p.Was.Number == 0 { // p.Number may be of a run that was undone
		if err := exec(w.conn, `INSERT INTO chats (id, instance, version, started, ended, queue, since, doc)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			next.ID, next.Instance, p.Out.Chat.Version, next.Started.UnixMilli(), ended, queue, since, p.Doc); err != nil {
			return err
		}
		p.Number = w.conn.LastInsertRowID()
		p.Out.Chat.Number = p.Number
	} else {
		if err := exec(w.conn, `UPDATE chats SET version = ?, ended = ?, queue = ?, since = ?, doc = ?
			WHERE number = ? AND version = ?`,
			p.Out.Chat.Version, ended, queue, since, p.Doc, p.Number, p.Was.Version); err != nil {
			return err
		}
		if w.conn.Changes() == 0 {
			return store.ErrStale
		}
	}
	for _, id := range p.NewContacts() {
		if err := exec(w.conn, `INSERT INTO contacts (id, chat) VALUES (?, ?)`, id, p.Number); err != nil {
			return err
		}
	}
	if err := w.putLegs(p); err != nil {
		return err
	}
	if len(p.Items) > 0 {
		return nil // they say where the transcript ends
	}
	return query(w.conn, lastItemQuery, []any{p.Number}, func(r row) error {
		return lastItem(r, 0, p.Out.Chat)
	})
}

// lastItem reads number and body of a chat's last item from two columns.
func lastItem(r row, col int, c *contact.Chat) (err error) {
	c.Seq = r.ColumnInt64(col)
	c.LastAt, err = driver.ItemTime(blob(r, col+1, nil))
	return err
}

// Chat implements store.Store. State and last item are read by one statement,
// so that they are of one moment.
func (s *Store) Chat(ctx context.Context, id contact.ID) (*contact.Chat, error) {
	var c *contact.Chat
	err := s.read(ctx, func(conn *sqlite.Conn) error {
		return query(conn, chatQuery, []any{id}, func(r row) error {
			c = new(contact.Chat)
			if err := json.Unmarshal(blob(r, 2, nil), c); err != nil {
				return err
			}
			c.Number, c.Version, c.Seq, c.LastAt = r.ColumnInt64(0), r.ColumnInt64(1), 0, time.Time{}
			if r.ColumnIsNull(3) {
				return nil
			}
			return lastItem(r, 3, c)
		})
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("read chat of contact %s: %w", id, err)
	case c == nil:
		return nil, fault.Newf(fault.NotFound, "no contact %s", id)
	}
	return c, nil
}

// Waiting implements store.Store.
func (s *Store) Waiting(ctx context.Context, instance contact.InstanceID) ([]store.Waiting, error) {
	var waiting []store.Waiting
	err := s.read(ctx, func(conn *sqlite.Conn) error {
		return query(conn, waitingQuery, []any{instance}, func(r row) error {
			waiting = append(waiting, store.Waiting{
				Chat:  contact.ID(r.ColumnText(0)),
				Queue: contact.QueueID(r.ColumnText(1)),
				Since: timeAt(r, 2),
			})
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read the waiting chats: %w", err)
	}
	return slices.Clip(waiting), nil
}

// Active implements store.Store.
func (s *Store) Active(ctx context.Context, instance contact.InstanceID) (n int, err error) {
	err = s.read(ctx, func(conn *sqlite.Conn) error {
		return query(conn, activeQuery, []any{instance}, func(r row) error {
			n = r.ColumnInt(0)
			return nil
		})
	})
	if err != nil {
		return 0, fmt.Errorf("count the active chats: %w", err)
	}
	return n, nil
}
