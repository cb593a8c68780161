package embedded

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"zombiezen.com/go/sqlite"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
)

// entry is one row of the directory.
type entry struct {
	kind    directory.Kind
	id, doc string
}

// Directory implements store.Store.
func (s *Store) Directory(ctx context.Context, instance contact.InstanceID) (*directory.Directory, error) {
	d := directory.New()
	found := false
	err := s.read(ctx, func(c *sqlite.Conn) error {
		return query(c, `SELECT kind, id, doc FROM directory WHERE instance = ?`, []any{instance}, func(r row) error {
			kind, id, doc := directory.Kind(r.ColumnText(0)), r.ColumnText(1), blob(r, 2, nil)
			found = found || kind == directory.InstanceKind
			if err := readEntry(d, kind, id, doc); err != nil {
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

func readEntry(d *directory.Directory, kind directory.Kind, id string, doc []byte) error {
	switch kind {
	case directory.InstanceKind:
		return json.Unmarshal(doc, &d.Instance)
	case directory.HoursKind:
		return decodeInto(d.Hours, directory.HoursID(id), doc)
	case directory.QueueKind:
		return decodeInto(d.Queues, contact.QueueID(id), doc)
	case directory.ConnectKind:
		return decodeInto(d.Connects, directory.QuickConnectID(id), doc)
	case directory.ProfileKind:
		return decodeInto(d.Profiles, directory.ProfileID(id), doc)
	case directory.StatusKind:
		return decodeInto(d.Statuses, contact.StatusID(id), doc)
	case directory.UserKind:
		return decodeInto(d.Users, contact.UserID(id), doc)
	case directory.FlowKind:
		return decodeInto(d.Flows, contact.FlowID(id), doc)
	case directory.ModuleKind:
		return decodeInto(d.Modules, contact.FlowID(id), doc)
	case directory.ViewKind:
		return decodeInto(d.Views, directory.ViewID(id), doc)
	case directory.AssociationKey:
		return decodeInto(d.Associations, id, doc)
	case directory.KeyKind:
		return decodeInto(d.Keys, id, doc)
	default:
		return errors.New("this program does not know such an entry: run a newer program")
	}
}

func decodeInto[K comparable, V any](m map[K]*V, key K, doc []byte) error {
	v := new(V)
	if err := json.Unmarshal(doc, v); err != nil {
		return err
	}
	m[key] = v
	return nil
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
	entries, err := entriesOf(d)
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
				d.Instance.ID, e.kind, e.id, e.doc); err != nil {
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

func entriesOf(d *directory.Directory) ([]entry, error) {
	if d.Instance.ID == "" {
		return nil, errors.New("its instance has no id")
	}
	doc, err := encode(&d.Instance)
	entries := []entry{{directory.InstanceKind, string(d.Instance.ID), doc}}
	err = errors.Join(err,
		appendEntries(&entries, directory.HoursKind, d.Hours),
		appendEntries(&entries, directory.QueueKind, d.Queues),
		appendEntries(&entries, directory.ConnectKind, d.Connects),
		appendEntries(&entries, directory.ProfileKind, d.Profiles),
		appendEntries(&entries, directory.StatusKind, d.Statuses),
		appendEntries(&entries, directory.UserKind, d.Users),
		appendEntries(&entries, directory.FlowKind, d.Flows),
		appendEntries(&entries, directory.ModuleKind, d.Modules),
		appendEntries(&entries, directory.ViewKind, d.Views),
		appendEntries(&entries, directory.AssociationKey, d.Associations),
		appendEntries(&entries, directory.KeyKind, d.Keys))
	return entries, err
}

func appendEntries[K ~string, V any](to *[]entry, kind directory.Kind, m map[K]*V) error {
	for id, v := range m {
		doc, err := encode(v)
		if err != nil {
			return fmt.Errorf("%s %s: %w", kind, id, err)
		}
		*to = append(*to, entry{kind, string(id), doc})
	}
	return nil
}
