package centre

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
)

// TranscriptQuery says which part of a transcript is wanted. The last of the
// positions that are set counts in this order: MostRecent, At, Item, Seq.
type TranscriptQuery struct {
	Limit   int
	Back    bool           // towards older items
	Contact contact.ID     // only items of this contact, unless empty
	Seq     int64          // begin at this item (a continued page)
	Item    contact.ItemID // begin at this item
	At      time.Time      // begin at the first item at or after, or back: before
	// Past is which of the past chats that the chat goes on from is read, 1 being
	// the newest; of the others only Seq and Limit count then, and a Seq of 0
	// begins at its end.
	Past int
	// MostRecent begins at the n-th newest item.
	MostRecent int
}

// Page is a part of a transcript, oldest item first.
type Page struct {
	Chat     *contact.Chat
	Items    []contact.Item
	Receipts []contact.Receipt // those that say something about the items
	// Next is where the following page begins, or 0 where there is none.
	Next int64
	// Past is which past chat the items are of; 0: they are the chat's own.
	// NextPast is which one the following page is of. Where it is set and Next is
	// not, that page begins at its end.
	Past, NextPast int
}

// Transcript returns a page of what a participant may read. An item id that was
// never stored stands for its moment; one of another shape begins nowhere.
func (c *Centre) Transcript(ctx context.Context, chat contact.ID, reader contact.ParticipantID, q TranscriptQuery) (Page, error) {
	ct, err := c.checked(ctx, chat, func(ct *contact.Chat) error { return ct.MayConnect(reader) })
	if err != nil {
		return Page{}, err
	}
	role := ct.Participant(reader).Role
	if q.Past > 0 {
		return c.pastTranscript(ctx, ct, ct.Participant(reader), q)
	}
	if q.Contact != "" && ct.Segment(q.Contact) == nil {
		return Page{}, fault.Newf(fault.Invalid, "contact %s is not of this chat", q.Contact)
	}
	page := Page{Chat: ct}
	from, err := c.begin(ctx, ct, q)
	if err != nil {
		return Page{}, err
	}
	wanted := func(it *contact.Item) bool {
		return it.VisibleTo(reader, role) && (q.Contact == "" || it.Contact == q.Contact)
	}
	if err := c.gather(ctx, &page, from, q, wanted); err != nil {
		return Page{}, err
	}
	if page.Next == 0 && q.Back && q.Contact == "" && len(ct.Past) > 0 {
		page.NextPast = 1
	}
	return c.withReceipts(ctx, page)
}

func (c *Centre) withReceipts(ctx context.Context, page Page) (Page, error) {
	if len(page.Items) == 0 {
		return page, nil
	}
	var err error
	page.Receipts, err = c.Store.Receipts(ctx, page.Chat.Number, page.Items[0].Seq, page.Items[len(page.Items)-1].Seq)
	return page, err
}

// Opening returns what the customer has said first, as far as it is short and
// among the first items: enough to tell what a chat is about.
func (c *Centre) Opening(ctx context.Context, chat *contact.Chat) (string, error) {
	const within, most = 50, 300
	items, err := c.items(ctx, chat, 1, within, false)
	if err != nil {
		return "", fmt.Errorf("read how chat %s began: %w", chat.ID, err)
	}
	for i := range items {
		it := &items[i]
		if it.Kind != contact.Message || it.Role != contact.Customer || !strings.HasPrefix(it.Type, "text/") || !it.VisibleTo("", contact.AgentRole) {
			continue
		}
		if words := []rune(it.Text); len(words) > most {
			return string(words[:most]) + "…", nil
		}
		return it.Text, nil
	}
	return "", nil
}

// begin returns the number of the item at which the query begins.
func (c *Centre) begin(ctx context.Context, ct *contact.Chat, q TranscriptQuery) (int64, error) {
	at := q.At
	switch {
	case q.Seq > 0:
		return q.Seq, nil
	case q.Item != (contact.ItemID{}):
		at = q.Item.Time()
	case !at.IsZero():
	case q.MostRecent > 0:
		return max(ct.Seq-int64(q.MostRecent)+1, 1), nil
	case q.Back:
		return ct.Seq, nil
	default:
		return max(ct.Seq-int64(q.Limit)+1, 1), nil // forward from nowhere: the newest items
	}
	seq, err := c.Store.SeqAt(ctx, ct.Number, at)
	if err != nil || !q.Back {
		return seq, err
	}
	items, err := c.Store.Items(ctx, ct.Number, seq, 1, false)
	if err != nil {
		return 0, err
	}
	if len(items) == 0 || items[0].At.After(at) {
		seq--
	}
	return seq, nil
}

// gather fills the page with wanted items, reading on over others.
func (c *Centre) gather(ctx context.Context, page *Page, from int64, q TranscriptQuery, wanted func(*contact.Item) bool) error {
	step := int64(1)
	if q.Back {
		step = -1
	}
	for from >= 1 && from <= page.Chat.Seq {
		items, err := c.items(ctx, page.Chat, from, q.Limit+1, q.Back)
		if err != nil {
			return err
		}
		if len(items) == 0 {
			break
		}
		if page.Items == nil {
			page.Items = make([]contact.Item, 0, min(len(items), q.Limit))
		}
		for i := range items {
			it := &items[i]
			if q.Back {
				it = &items[len(items)-1-i]
			}
			if !wanted(it) {
				continue
			}
			if len(page.Items) == q.Limit {
				page.Next = it.Seq
				page.order(q.Back)
				return nil
			}
			page.Items = append(page.Items, *it)
		}
		if q.Back {
			from = items[0].Seq + step
		} else {
			from = items[len(items)-1].Seq + step
		}
	}
	page.order(q.Back)
	return nil
}

// order puts items that were gathered from the newest on into order.
func (p *Page) order(back bool) {
	if !back {
		return
	}
	for i, j := 0, len(p.Items)-1; i < j; i, j = i+1, j-1 {
		p.Items[i], p.Items[j] = p.Items[j], p.Items[i]
	}
}
