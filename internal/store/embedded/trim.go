package embedded

import (
	"context"
	"fmt"
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/bellpull/bellpull/internal/contact"
)

// trims are how what reports are made from is removed: which rows of an instance
// (?1) are older than a moment (?2) and no longer needed, and how one of them
// is removed by what names it.
var trims = [...]struct{ find, remove string }{
	{
		`SELECT chat, place FROM legs WHERE instance = ?1 AND disconnected < ?2 LIMIT +?3`,
		`DELETE FROM legs WHERE chat = ? AND place = ?`,
	},
	{
		`SELECT m.rowid FROM agent_marks m WHERE instance = ?1 AND at < ?2 AND EXISTS (
			SELECT 1 FROM agent_marks l WHERE l.user = m.user AND l.at < ?2 AND (l.at, l.rowid) > (m.at, m.rowid)) LIMIT +?3`,
		`DELETE FROM agent_marks WHERE rowid = ?`,
	},
	{
		`SELECT rowid FROM offer_ends WHERE instance = ?1 AND ended < ?2 LIMIT +?3`,
		`DELETE FROM offer_ends WHERE rowid = ?`,
	},
	{
		`SELECT rowid FROM flow_marks WHERE instance = ?1 AND at < ?2 LIMIT +?3`,
		`DELETE FROM flow_marks WHERE rowid = ?`,
	},
}

// TrimReports implements store.Store. Rows are looked for beside those who write,
// and removed among them: what has once been found stays as it is.
func (s *Store) TrimReports(ctx context.Context, instance contact.InstanceID, before time.Time, limit int) (removed int, err error) {
	for _, t := range trims {
		var found [][]any
		err := s.read(ctx, func(c *sqlite.Conn) error {
			return query(c, t.find, []any{instance, before.UnixMilli(), limit - removed}, func(r row) error {
				name := make([]any, r.ColumnCount())
				for i := range name {
					name[i] = r.ColumnInt64(i)
				}
				found = append(found, name)
				return nil
			})
		})
		if err == nil && len(found) > 0 {
			err = s.write(ctx, func(w *writer) error {
				for _, name := range found {
					if err := exec(w.conn, t.remove, name...); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err != nil {
			return removed, fmt.Errorf("remove what reports were made from: %w", err)
		}
		if removed += len(found); removed >= limit {
			break
		}
	}
	return removed, nil
}
