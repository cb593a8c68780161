package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

const claim = `INSERT INTO claims AS c (name, holder, until) VALUES ($1, $2, clock_timestamp() + $3 * interval '1 microsecond')
	ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
	WHERE c.holder = excluded.holder OR c.until <= clock_timestamp()`

// Claim implements store.Store. The clock is the database's.
func (s *Store) Claim(ctx context.Context, name, holder string, d time.Duration) (held bool, err error) {
	err = s.write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if d <= 0 {
			held = false
			_, err := tx.Exec(ctx, `DELETE FROM claims WHERE name = $1 AND holder = $2`, name, holder)
			return err
		}
		tag, err := tx.Exec(ctx, claim, name, holder, d.Microseconds())
		held = tag.RowsAffected() > 0
		return err
	})
	if err != nil {
		return false, fmt.Errorf("claim %s: %w", name, err)
	}
	return held, nil
}
