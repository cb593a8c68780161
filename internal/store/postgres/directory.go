package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/store/driver"
)

const (
	removeEntries = `DELETE FROM directory d USING unnest($2::text[], $3::text[]) AS u(kind, id)
	WHERE d.instance = $1 AND d.kind = u.kind AND d.id = u.id`
	putEntries = `INSERT INTO directory (instance, kind, id, doc) SELECT $1, u.* FROM unnest($2::text[], $3::text[], $4::text[]) AS u
	ON CONFLICT (instance, kind, id) DO UPDATE SET doc = excluded.doc`
)

// Directory implements store.Store.
func (s *Store) Directory(ctx context.Context, instance contact.InstanceID) (*directory.Directory, error) {
	d := directory.New()
	found := false
	var err error
	if isText(string(instance)) {
		err = s.query(ctx, func(r pgx.Rows) error {
			var kind, id string
			var doc []byte
			if err := r.Scan(&kind, &id, &doc); err != nil {
				return err
			}
			found = found || directory.Kind(kind) == directory.InstanceKind
			if err := driver.ReadEntry(d, directory.Kind(kind), id, doc); err != nil {
				return fmt.Errorf("%s %s: %w", kind, id, err)
			}
			return nil
		}, `SELECT kind, id, doc FROM directory WHERE instance = $1`, string(instance))
	}
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
	err := s.query(ctx, func(r pgx.Rows) error {
		var id string
		err := r.Scan(&id)
		ids = append(ids, contact.InstanceID(id))
		return err
	}, `SELECT instance FROM directory WHERE kind = $1 ORDER BY instance`, string(directory.InstanceKind))
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
	var kinds, ids, docs, goneKinds, goneIDs []string
	for _, e := range entries {
		kinds, ids, docs = append(kinds, string(e.Kind)), append(ids, e.ID), append(docs, e.Doc)
	}
	for _, ref := range remove {
		goneKinds, goneIDs = append(goneKinds, string(ref.Kind)), append(goneIDs, ref.ID)
	}
	instance := string(d.Instance.ID)
	err = s.write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, removeEntries, instance, goneKinds, goneIDs); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, putEntries, instance, kinds, ids, docs)
		return err
	})
	if err != nil {
		return fmt.Errorf("store the directory of instance %s: %w", d.Instance.ID, err)
	}
	return nil
}
