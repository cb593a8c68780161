package driver

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
)

// ChatDoc returns a chat as it is stored: JSON under Go's names. What the store
// itself gives it is left out.
func ChatDoc(c *contact.Chat) (string, error) {
	kept := *c
	kept.Number, kept.Version, kept.Seq, kept.LastAt = 0, 0, 0, time.Time{}
	doc, err := encode(&kept)
	if err != nil {
		return "", fmt.Errorf("encode chat %s: %w", c.ID, err)
	}
	return doc, nil
}

// AgentDoc returns an agent as it is stored, without its version.
func AgentDoc(a *contact.Agent) (string, error) {
	kept := *a
	kept.Version = 0
	doc, err := encode(&kept)
	if err != nil {
		return "", fmt.Errorf("encode agent %s: %w", a.User, err)
	}
	return doc, nil
}

// encode returns v as JSON text.
func encode(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

// Entry is one row of a directory.
type Entry struct {
	Kind    directory.Kind
	ID, Doc string
}

// ReadEntry puts what a row holds into a directory.
func ReadEntry(d *directory.Directory, kind directory.Kind, id string, doc []byte) error {
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
	case directory.QuickResponseKind:
		return decodeInto(d.QuickResponses, directory.QuickResponseID(id), doc)
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

// Entries returns the rows of a directory. It must name its instance.
func Entries(d *directory.Directory) ([]Entry, error) {
	if d.Instance.ID == "" {
		return nil, errors.New("its instance has no id")
	}
	doc, err := encode(&d.Instance)
	entries := []Entry{{directory.InstanceKind, string(d.Instance.ID), doc}}
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
		appendEntries(&entries, directory.QuickResponseKind, d.QuickResponses),
		appendEntries(&entries, directory.KeyKind, d.Keys))
	return entries, err
}

func appendEntries[K ~string, V any](to *[]Entry, kind directory.Kind, m map[K]*V) error {
	for id, v := range m {
		doc, err := encode(v)
		if err != nil {
			return fmt.Errorf("%s %s: %w", kind, id, err)
		}
		*to = append(*to, Entry{kind, string(id), doc})
	}
	return nil
}
