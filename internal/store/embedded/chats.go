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

// chatDoc returns a chat as it is stored. What the store itself gives it is
// left out.
func chatDoc(c *contact.Chat) (string, error) {
	kept := *c
	kept.Number, kept.Version, kept.Seq, kept.LastAt = 0, 0, 0, time.Time{}
	doc, err := encode(&kept)
	if err != nil {
		return "", fmt.Errorf("encode chat %s: %w", c.ID, err)
	}
	return doc, nil
}

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
	if p.chat == 0 {
		if err := exec(w.conn, `INSERT INTO chats (id, instance, version, started, ended, queue, since, doc)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			next.ID, next.Instance, p.out.Chat.Version, next.Started.UnixMilli(), ended, queue, since, p.doc); err != nil {
			return err
		}
		p.chat = w.conn.LastInsertRowID()
		p.out.Chat.Number = p.chat
	} else {
		if err := exec(w.conn, `UPDATE chats SET version = ?, ended = ?, queue = ?, since = ?, doc = ?
			WHERE number = ? AND version = ?`,
			p.out.Chat.Version, ended, queue, since, p.doc, p.chat, p.Was.Version); err != nil {
			return err
		}
		if w.conn.Changes() == 0 {
			return store.ErrStale
		}
	}
	for i := range next.Contacts {
		id := next.Contacts[i].ID
		if p.Was.Number != 0 && p.Was.Segment(id) != nil {
			continue
		}
		if err := exec(w.conn, `INSERT INTO contacts (id, chat) VALUES (?, ?)`, id, p.chat); err != nil {
			return err
		}
	}
	if err := w.putLegs(p); err != nil {
		return err
	}
	if len(p.Items) > 0 {
		return nil // they say where the transcript ends
	}
	return query(w.conn, lastItemQuery, []any{p.chat}, func(r row) error {
		return lastItem(r, 0, p.out.Chat)
	})
}

// lastItem reads number and body of a chat's last item from two columns.
func lastItem(r row, col int, c *contact.Chat) (err error) {
	c.Seq = r.ColumnInt64(col)
	c.LastAt, err = itemTime(blob(r, col+1, nil))
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
