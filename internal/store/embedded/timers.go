package embedded

import (
	"context"
	"fmt"
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/bellpull/bellpull/internal/contact"
)

const (
	dueQuery = `SELECT t.kind, t.ref, c.id, t.due FROM timers t JOIN chats c ON c.number = t.chat
	ORDER BY t.due LIMIT +?`
	// Chats have no index by their id, so that a timer is found by when it is due.
	putOffTimer = `UPDATE timers SET due = ? WHERE due = ? AND kind = ? AND ref = ?
	AND EXISTS (SELECT 1 FROM chats c WHERE c.number = timers.chat AND c.id = ?)`
)

// putTimers disarms, then arms: a timer that is both is armed.
func (w *writer) putTimers(p *prepared) error {
	for _, key := range p.Clear {
		if err := exec(w.conn, `DELETE FROM timers WHERE chat = ? AND kind = ? AND ref = ?`, p.Number, key.Kind, key.Ref); err != nil {
			return err
		}
	}
	for _, t := range p.Set {
		if err := exec(w.conn, `INSERT OR REPLACE INTO timers (chat, kind, ref, due) VALUES (?, ?, ?, ?)`,
			p.Number, t.Kind, t.Ref, t.Due.UnixMilli()); err != nil {
			return err
		}
	}
	return nil
}

// DueTimers implements store.Store.
func (s *Store) DueTimers(ctx context.Context, now time.Time, limit int) (due []contact.Timer, next time.Time, err error) {
	err = s.read(ctx, func(c *sqlite.Conn) error {
		// One more than asked for: it tells when the next is due.
		return query(c, dueQuery, []any{limit + 1}, func(r row) error {
			t := contact.Timer{
				TimerKey: contact.TimerKey{Kind: contact.TimerKind(r.ColumnText(0)), Ref: r.ColumnText(1)},
				Chat:     contact.ID(r.ColumnText(2)),
				Due:      timeAt(r, 3),
			}
			switch {
			case !next.IsZero():
			case len(due) < limit && !t.Due.After(now):
				due = append(due, t)
			default:
				next = t.Due
			}
			return nil
		})
	})
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("read timers: %w", err)
	}
	return due, next, nil
}

// PutOffTimer implements store.Store.
func (s *Store) PutOffTimer(ctx context.Context, t contact.Timer, until time.Time) error {
	err := s.write(ctx, func(w *writer) error {
		return exec(w.conn, putOffTimer, until.UnixMilli(), t.Due.UnixMilli(), t.Kind, t.Ref, t.Chat)
	})
	if err != nil {
		return fmt.Errorf("put off a timer: %w", err)
	}
	return nil
}
