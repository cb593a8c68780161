package outbox

import (
	"context"
	"fmt"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/record"
	"github.com/bellpull/bellpull/internal/store"
)

// Composer makes the records and transcripts that are due from what the store
// holds.
type Composer struct {
	Store     store.Store
	Directory func(contact.InstanceID) (*directory.Directory, error)
	// Transcripts says whether transcript files are kept, to which records then
	// refer.
	Transcripts bool
}

// Compose returns the body of what is due.
func (c *Composer) Compose(ctx context.Context, o *contact.Outgoing) ([]byte, error) {
	dir, err := c.Directory(o.Instance)
	if err != nil {
		return nil, err
	}
	chat, s, err := segment(ctx, c.Store, o.Contact)
	if err != nil {
		return nil, err
	}
	switch o.Kind {
	case contact.TranscriptFile:
		items, err := c.items(ctx, chat, s, func(it *contact.Item) bool { return it.Contact == s.ID })
		if err != nil {
			return nil, err
		}
		return record.Transcript(dir, chat, s, items), nil
	case contact.ContactRecord:
		items, err := c.items(ctx, chat, s, func(it *contact.Item) bool { return record.Counts(chat, s, it) })
		if err != nil {
			return nil, err
		}
		at := ""
		if c.Transcripts && s.Method != contact.FromMonitor {
			at = record.TranscriptKey(&dir.Instance, s)
		}
		return record.Contact(dir, chat, s, items, at), nil
	default:
		return nil, fmt.Errorf("%s %s has no body", o.Kind, o.ID)
	}
}

// segment finds a contact and its chat.
func segment(ctx context.Context, st store.Store, id contact.ID) (*contact.Chat, *contact.Segment, error) {
	chat, err := st.Chat(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	s := chat.Segment(id)
	if s == nil {
		return nil, nil, fault.Newf(fault.NotFound, "there is no contact %s", id)
	}
	return chat, s, nil
}

// page is how many items are read at once.
const page = 1000

// items returns the items since a contact began that are wanted.
func (c *Composer) items(ctx context.Context, chat *contact.Chat, s *contact.Segment, wanted func(*contact.Item) bool) ([]contact.Item, error) {
	from, err := c.Store.SeqAt(ctx, chat.Number, s.Initiated)
	if err != nil {
		return nil, err
	}
	var all []contact.Item
	for {
		items, err := c.Store.Items(ctx, chat.Number, from, page, false)
		if err != nil {
			return nil, err
		}
		for i := range items {
			if wanted(&items[i]) {
				all = append(all, items[i])
			}
		}
		if len(items) < page {
			return all, nil
		}
		from = items[len(items)-1].Seq + 1
	}
}
