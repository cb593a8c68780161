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

// Kinds of directory entries.
const (
	instanceEntry = "instance"
	queueEntry    = "queue"
	profileEntry  = "profile"
	statusEntry   = "status"
	userEntry     = "user"
	flowEntry     = "flow"
	keyEntry      = "key"
)

// entry is one row of the directory.
type entry struct{ kind, id, doc string }

// Directory implements store.Store.
func (s *Store) Directory(ctx context.Context, instance contact.InstanceID) (*directory.Directory, error) {
	d := directory.New()
	found := false
	err := s.read(ctx, func(c *sqlite.Conn) error {
		return query(c, `SELECT kind, id, doc FROM directory WHERE instance = ?`, []any{instance}, func(r row) error {
			kind, id, doc := r.ColumnText(0), r.ColumnText(1), blob(r, 2, nil)
			found = found || kind == instanceEntry
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

func readEntry(d *directory.Directory, kind, id string, doc []byte) error {
	switch kind {
	case instanceEntry:
		return json.Unmarshal(doc, &d.Instance)
	case queueEntry:
		return decodeInto(d.Queues, contact.QueueID(id), doc)
	case profileEntry:
		return decodeInto(d.Profiles, directory.ProfileID(id), doc)
	case statusEntry:
		return decodeInto(d.Statuses, contact.StatusID(id), doc)
	case userEntry:
		return decodeInto(d.Users, contact.UserID(id), doc)
	case flowEntry:
		return decodeInto(d.Flows, contact.FlowID(id), doc)
	case keyEntry:
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
		return query(c, `SELECT instance FROM directory WHERE kind = ? ORDER BY instance`, []any{instanceEntry}, func(r row) error {
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
func (s *Store) PutDirectory(ctx context.Context, d *directory.Directory) error {
	entries, err := entriesOf(d)
	if err != nil {
		return fmt.Errorf("store the directory: %w", err)
	}
	err = s.write(ctx, func(w *writer) error {
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
	entries := []entry{{instanceEntry, string(d.Instance.ID), doc}}
	err = errors.Join(err,
		appendEntries(&entries, queueEntry, d.Queues),
		appendEntries(&entries, profileEntry, d.Profiles),
		appendEntries(&entries, statusEntry, d.Statuses),
		appendEntries(&entries, userEntry, d.Users),
		appendEntries(&entries, flowEntry, d.Flows),
		appendEntries(&entries, keyEntry, d.Keys))
	return entries, err
}

func appendEntries[K ~string, V any](to *[]entry, kind string, m map[K]*V) error {
	for id, v := range m {
		doc, err := encode(v)
		if err != nil {
			return fmt.Errorf("%s %s: %w", kind, id, err)
		}
		*to = append(*to, entry{kind, string(id), doc})
	}
	return nil
}
