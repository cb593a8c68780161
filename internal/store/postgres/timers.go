package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/bellpull/bellpull/internal/contact"
)

const (
	clearTimers = `DELETE FROM timers t USING unnest($1::bigint[], $2::text[], $3::text[]) AS u(chat, kind, ref)
	WHERE t.chat = u.chat AND t.kind = u.kind AND t.ref = u.ref`
	setTimers = `INSERT INTO timers (chat, kind, ref, due) SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[])
	ON CONFLICT (chat, kind, ref) DO UPDATE SET due = excluded.due`
	// Chats have no index by their id, so that a timer is found by when it is due.
	putOffTimer = `UPDATE timers t SET due = $1 FROM chats c
	WHERE t.due = $2 AND t.kind = $3 AND t.ref = $4 AND c.number = t.chat AND c.id = $5`

	dueQuery = `SELECT t.kind, t.ref, c.id, t.due FROM timers t JOIN chats c ON c.number = t.chat ORDER BY t.due LIMIT $1`
)

// timer names a timer among those of all chats.
type timer struct {
	chat int64
	contact.TimerKey
}

// timerRows are timers, column by column.
type timerRows struct {
	chat, due []int64
	kind, ref []string
}

func (r *timerRows) add(t timer, due int64) {
	r.chat, r.kind, r.ref, r.due = append(r.chat, t.chat), append(r.kind, string(t.Kind)), append(r.ref, t.Ref), append(r.due, due)
}

// putTimers disarms and arms timers. One that a change does both to is armed.
func (t *transaction) putTimers() {
	var cleared, set timerRows
	due := map[timer]int64{} // -1: cleared
	for p := range t.changes() {
		for _, key := range p.Clear {
			due[timer{p.Number, key}] = -1
		}
		for _, s := range p.Set {
			due[timer{p.Number, s.TimerKey}] = s.Due.UnixMilli()
		}
	}
	for key, at := range due {
		if at < 0 {
			cleared.add(key, at)
		} else {
			set.add(key, at)
		}
	}
	if len(cleared.chat) > 0 {
		t.exec(clearTimers, cleared.chat, cleared.kind, cleared.ref)
	}
	if len(set.chat) > 0 {
		t.exec(setTimers, set.chat, set.kind, set.ref, set.due)
	}
}

// DueTimers implements store.Store.
func (s *Store) DueTimers(ctx context.Context, now time.Time, limit int) (due []contact.Timer, next time.Time, err error) {
	// One more than asked for: it tells when the next is due.
	err = s.query(ctx, func(r pgx.Rows) error {
		var kind, chat string
		var at int64
		var t contact.Timer
		if err := r.Scan(&kind, &t.Ref, &chat, &at); err != nil {
			return err
		}
		t.Kind, t.Chat, t.Due = contact.TimerKind(kind), contact.ID(chat), time.UnixMilli(at).UTC()
		switch {
		case !next.IsZero():
		case len(due) < limit && !t.Due.After(now):
			due = append(due, t)
		default:
			next = t.Due
		}
		return nil
	}, dueQuery, limit+1)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("read timers: %w", err)
	}
	return due, next, nil
}

// PutOffTimer implements store.Store.
func (s *Store) PutOffTimer(ctx context.Context, t contact.Timer, until time.Time) error {
	err := s.write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, putOffTimer, until.UnixMilli(), t.Due.UnixMilli(), string(t.Kind), t.Ref, string(t.Chat))
		return err
	})
	if err != nil {
		return fmt.Errorf("put off a timer: %w", err)
	}
	return nil
}
