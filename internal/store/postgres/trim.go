package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/bellpull/bellpull/internal/contact"
)

// trims remove up to $3 rows of an instance ($1) that reports were made from, are
// older than a moment ($2) and no longer needed. A contact that somebody else
// writes is left for another time: the others are never written again.
var trims = [...]string{
	`WITH old AS (SELECT chat, place FROM legs WHERE instance = $1 AND disconnected < $2 ORDER BY disconnected LIMIT $3 FOR UPDATE SKIP LOCKED)
	DELETE FROM legs USING old WHERE legs.chat = old.chat AND legs.place = old.place`,
	`DELETE FROM agent_marks WHERE number = ANY (ARRAY (
		SELECT m.number FROM agents a
		CROSS JOIN LATERAL (SELECT at, number FROM agent_marks WHERE agent = a.id AND at < $2 ORDER BY at DESC, number DESC LIMIT 1) last
		CROSS JOIN LATERAL (SELECT number FROM agent_marks WHERE agent = a.id AND (at, number) < (last.at, last.number) ORDER BY at, number LIMIT $3) m
		WHERE a.instance = $1 LIMIT $3))`,
	`DELETE FROM offer_ends WHERE number = ANY (ARRAY (SELECT number FROM offer_ends WHERE instance = $1 AND ended < $2 ORDER BY ended, number LIMIT $3))`,
	`DELETE FROM flow_marks WHERE number = ANY (ARRAY (SELECT number FROM flow_marks WHERE instance = $1 AND at < $2 ORDER BY at, number LIMIT $3))`,
}

// TrimReports implements store.Store.
func (s *Store) TrimReports(ctx context.Context, instance contact.InstanceID, before time.Time, limit int) (removed int, err error) {
	for _, statement := range trims {
		n := 0
		err := s.write(ctx, func(ctx context.Context, tx pgx.Tx) error {
			tag, err := tx.Exec(ctx, statement, string(instance), before.UnixMilli(), limit-removed)
			n = int(tag.RowsAffected())
			return err
		})
		if err != nil {
			return removed, fmt.Errorf("remove what reports were made from: %w", err)
		}
		if removed += n; removed >= limit {
			break
		}
	}
	return removed, nil
}
