package embedded

import (
	"context"
	"fmt"

	"zombiezen.com/go/sqlite"

	"github.com/bellpull/bellpull/internal/contact"
)

const outboxQuery = `SELECT number, kind, id, key, instance, at, contact, body FROM outbox WHERE number > ? ORDER BY number LIMIT +?`

func (w *writer) insertOutgoing(o *contact.Outgoing) error {
	var body any
	if len(o.Body) > 0 {
		body = o.Body
	}
	return exec(w.conn, `INSERT INTO outbox (kind, id, key, instance, at, contact, body) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		o.Kind, o.ID, o.Key, o.Instance, o.At.UnixMilli(), o.Contact, body)
}

// Outbox implements store.Store. One connection writes, so that numbers become
// visible in their order.
func (s *Store) Outbox(ctx context.Context, after int64, limit int) ([]contact.Outgoing, error) {
	var out []contact.Outgoing
	err := s.read(ctx, func(c *sqlite.Conn) error {
		return query(c, outboxQuery, []any{after, limit}, func(r row) error {
			out = append(out, outgoingOf(r))
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read the outbox: %w", err)
	}
	return out, nil
}

// outgoingOf reads a row of outboxQuery.
func outgoingOf(r row) contact.Outgoing {
	o := contact.Outgoing{
		Number: r.ColumnInt64(0), Kind: contact.OutgoingKind(r.ColumnText(1)), ID: r.ColumnText(2), Key: r.ColumnText(3),
		Instance: contact.InstanceID(r.ColumnText(4)), At: timeAt(r, 5), Contact: contact.ID(r.ColumnText(6)),
	}
	if !r.ColumnIsNull(7) {
		o.Body = blob(r, 7, nil)
	}
	return o
}

// OutboxPosition implements store.Store.
func (s *Store) OutboxPosition(ctx context.Context, receiver string) (position int64, err error) {
	err = s.read(ctx, func(c *sqlite.Conn) error {
		return query(c, `SELECT position FROM outbox_positions WHERE receiver = ?`, []any{receiver}, func(r row) error {
			position = r.ColumnInt64(0)
			return nil
		})
	})
	if err != nil {
		return 0, fmt.Errorf("read the outbox's position of %s: %w", receiver, err)
	}
	return position, nil
}

// PassOutbox implements store.Store.
func (s *Store) PassOutbox(ctx context.Context, receiver string, position int64) error {
	err := s.write(ctx, func(w *writer) error {
		return exec(w.conn, `INSERT INTO outbox_positions (receiver, position) VALUES (?, ?)
			ON CONFLICT (receiver) DO UPDATE SET position = max(position, excluded.position)`, receiver, position)
	})
	if err != nil {
		return fmt.Errorf("move the outbox's position of %s: %w", receiver, err)
	}
	return nil
}

// TrimOutbox implements store.Store. It goes in small steps, so that messages
// do not wait for it.
func (s *Store) TrimOutbox(ctx context.Context, upTo int64) error {
	for more := true; more; {
		err := s.write(ctx, func(w *writer) error {
			err := exec(w.conn, `DELETE FROM outbox WHERE number IN (SELECT number FROM outbox WHERE number <= ? ORDER BY number LIMIT 200)`, upTo)
			more = w.conn.Changes() == 200
			return err
		})
		if err != nil {
			return fmt.Errorf("trim the outbox: %w", err)
		}
	}
	return nil
}
