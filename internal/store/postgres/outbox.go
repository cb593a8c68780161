package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/bellpull/bellpull/internal/contact"
)

const (
	// The row of outbox_last is held until the commit, which follows at once:
	// so numbers become visible in their order, whoever gives them.
	insertOutbox = `WITH last AS (UPDATE outbox_last SET number = number + $1 WHERE id = 1 RETURNING number - $1 AS before)
	INSERT INTO outbox (number, kind, id, key, instance, at, contact, body)
	SELECT last.before + u.n, u.kind, u.id, u.key, u.instance, u.at, u.contact, u.body
	FROM last, unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::bytea[])
		WITH ORDINALITY AS u(kind, id, key, instance, at, contact, body, n)`
	outboxQuery = `SELECT number, kind, id, key, instance, at, contact, body FROM outbox WHERE number > $1 ORDER BY number LIMIT $2`
)

// putOutbox adds what the world outside is to be told.
func (t *transaction) putOutbox() {
	var kinds, ids, keys, instances, contacts []string
	var at []int64
	var bodies [][]byte
	for p := range t.changes() {
		for i := range p.Outbox {
			o := &p.Outbox[i]
			kinds, ids, keys = append(kinds, string(o.Kind)), append(ids, o.ID), append(keys, o.Key)
			instances, at, contacts = append(instances, string(o.Instance)), append(at, o.At.UnixMilli()), append(contacts, string(o.Contact))
			body := o.Body
			if len(body) == 0 {
				body = nil
			}
			bodies = append(bodies, body)
		}
	}
	if len(kinds) > 0 {
		t.exec(insertOutbox, int64(len(kinds)), kinds, ids, keys, instances, at, contacts, bodies)
	}
}

// Outbox implements store.Store.
func (s *Store) Outbox(ctx context.Context, after int64, limit int) ([]contact.Outgoing, error) {
	var out []contact.Outgoing
	err := s.query(ctx, func(r pgx.Rows) error {
		o, err := outgoingOf(r)
		out = append(out, o)
		return err
	}, outboxQuery, after, limit)
	if err != nil {
		return nil, fmt.Errorf("read the outbox: %w", err)
	}
	return out, nil
}

// outgoingOf reads a row of outboxQuery.
func outgoingOf(r pgx.Rows) (o contact.Outgoing, err error) {
	var kind, instance, id string
	var at int64
	err = r.Scan(&o.Number, &kind, &o.ID, &o.Key, &instance, &at, &id, &o.Body)
	o.Kind, o.Instance, o.At, o.Contact = contact.OutgoingKind(kind), contact.InstanceID(instance), time.UnixMilli(at).UTC(), contact.ID(id)
	return o, err
}

// OutboxPosition implements store.Store.
func (s *Store) OutboxPosition(ctx context.Context, receiver string) (position int64, err error) {
	err = s.query(ctx, func(r pgx.Rows) error { return r.Scan(&position) },
		`SELECT position FROM outbox_positions WHERE receiver = $1`, receiver)
	if err != nil {
		return 0, fmt.Errorf("read the outbox's position of %s: %w", receiver, err)
	}
	return position, nil
}

// PassOutbox implements store.Store.
func (s *Store) PassOutbox(ctx context.Context, receiver string, position int64) error {
	err := s.write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO outbox_positions AS p (receiver, position) VALUES ($1, $2)
			ON CONFLICT (receiver) DO UPDATE SET position = greatest(p.position, excluded.position)`, receiver, position)
		return err
	})
	if err != nil {
		return fmt.Errorf("move the outbox's position of %s: %w", receiver, err)
	}
	return nil
}

// TrimOutbox implements store.Store.
func (s *Store) TrimOutbox(ctx context.Context, upTo int64) error {
	for more := true; more; {
		err := s.write(ctx, func(ctx context.Context, tx pgx.Tx) error {
			tag, err := tx.Exec(ctx, `DELETE FROM outbox WHERE number IN (SELECT number FROM outbox WHERE number <= $1 ORDER BY number LIMIT $2)`, upTo, few)
			more = tag.RowsAffected() == few
			return err
		})
		if err != nil {
			return fmt.Errorf("trim the outbox: %w", err)
		}
	}
	return nil
}
