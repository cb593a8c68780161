package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Time implements store.Clock.
func (s *Store) Time(ctx context.Context) (at time.Time, err error) {
	err = s.query(ctx, func(r pgx.Rows) error { return r.Scan(&at) }, `SELECT clock_timestamp()`)
	if err != nil {
		return time.Time{}, fmt.Errorf("read the database's clock: %w", err)
	}
	return at, nil
}
