package postgres

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/bellpull/bellpull/internal/contact"
)

const noteHere = `INSERT INTO presence AS p (agent, at) SELECT * FROM unnest($1::text[], $2::bigint[])
	ON CONFLICT (agent) DO UPDATE SET at = excluded.at WHERE excluded.at > p.at`

// NoteHere implements store.Store.
func (s *Store) NoteHere(ctx context.Context, last map[contact.UserID]time.Time) error {
	var agents []string
	var at []int64
	for _, user := range slices.Sorted(maps.Keys(last)) { // in one order for all, so that they do not block each other
		agents, at = append(agents, string(user)), append(at, last[user].UnixMilli())
	}
	err := s.write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, noteHere, agents, at)
		return err
	})
	if err != nil {
		return fmt.Errorf("note who is here: %w", err)
	}
	return nil
}

// LastHere implements store.Store.
func (s *Store) LastHere(ctx context.Context, user contact.UserID) (last time.Time, err error) {
	err = s.query(ctx, func(r pgx.Rows) error {
		var at *int64
		err := r.Scan(&at)
		last = timeAt(at)
		return err
	}, `SELECT at FROM presence WHERE agent = $1`, string(user))
	if err != nil {
		return time.Time{}, fmt.Errorf("read when agent %s was last here: %w", user, err)
	}
	return last, nil
}
