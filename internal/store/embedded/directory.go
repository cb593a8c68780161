package embedded

import (
	"context"
	"fmt"

	"zombiezen.com/go/sqlite"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/store/driver"
)

// Directory implements store.Store.
func (s *Store) Directory(ctx context.Context, instance contact.InstanceID) (*directory.Directory, error) {
	d := directory.New()
	found := false
	err := s.read(ctx, func(c *sqlite.Conn) error {
		return query(c, `SELECT kind, id, doc FROM directory WHERE instance = ?`, []any{instance}, func(r row) error {
			kind, id, doc := directory.Kind(r.ColumnText(0)), r.ColumnText(1), blob(r, 2, nil)
			found = found || kind == directory.InstanceKind
			if err := driver.ReadEntry(d, kind, id, doc); err != nil {
				return fmt.Errorf("%s %s: %w", kind, id, err)
			}
			return nil
		})
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the directory of instance %s: %w", instance, err)
	case !found:
		return nil, fault.Newf(fault.NotFound, "no instance %s", instance)
	}
	return d, nil
}

// Instances implements store.Store.
func (s *Store) Instances(ctx context.Context) ([]contact.InstanceID, error) {
	var ids []contact.InstanceID
	err := s.read(ctx, func(c *sqlite.Conn) error {
		return query(c, `SELECT instance FROM directory WHERE kind = ? ORDER BY instance`, []any{directory.InstanceKind}, func(r row) error {
			ids = append(ids, contact.InstanceID(r.ColumnText(0)))
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read the instances: %w", err)
	}
	return ids, nil
}

// PutDirectory implements store.Store.
func (s *Store) PutDirectory(ctx context.Context, d *directory.Directory, remove ...directory.Ref) error {
	entries, err := driver.Entries(d)
	if err != nil {
		return fmt.Errorf("store the directory: %w", err)
	}
	err = s.write(ctx, func(w *writer) error {
		for _, ref := range remove {
			if err := exec(w.conn, `DELETE FROM directory WHERE instance = ? AND kind = ? AND id = ?`, d.Instance.ID, ref.Kind, ref.ID); err != nil {
				return err
			}
		}
		for _, e := range entries {
			if err := exec(w.conn, `INSERT INTO directory (instance, kind, id, doc) VALUES (?, ?, ?, ?)
				ON CONFLICT (instance, kind, id) DO UPDATE SET doc = excluded.doc`,
				d.Instance.ID, e.Kind, e.ID, e.Doc); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store the directory of instance %s: %w", d.Instance.ID, err)
	}
	return nil
}
