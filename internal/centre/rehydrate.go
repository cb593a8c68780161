package centre

import (
	"context"
	"errors"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/flow"
	"github.com/bellpull/bellpull/internal/store"
)

// maxRecent is how many of a customer's contacts are looked at for a chat that
// has ended.
const maxRecent = 20

// errGoesOn says that a chat has not ended.
var errGoesOn = errors.New("the chat goes on")

// LastChat returns the chat of a customer that began last, of those that have
// ended, or nothing.
func (c *Centre) LastChat(ctx context.Context, instance contact.InstanceID, customer string) (contact.ID, error) {
	legs, err := c.Store.RecentLegs(ctx, store.LegQuery{Instance: instance, CustomerID: customer, Limit: maxRecent})
	if err != nil {
		return "", err
	}
	for _, l := range legs {
		chat, err := c.checked(ctx, l.Chat, func(chat *contact.Chat) error {
			if !chat.Over() {
				return errGoesOn
			}
			return nil
		})
		switch {
		case err == nil:
			return chat.ID, nil
		case fault.KindOf(err) == fault.NotFound: // it has been removed
		case !errors.Is(err, errGoesOn):
			return "", err
		}
	}
	return "", nil
}

// link finds what a chat that begins goes on from, or is related to.
func (c *Centre) link(ctx context.Context, o *contact.Opening) (err error) {
	switch {
	case o.Source != "":
		o.Past, o.Related, o.Association, err = c.past(ctx, o.Instance, o.Source, o.Rehydration)
	case o.Related != "":
		var related *contact.Chat
		if related, err = c.contactOf(ctx, o.Instance, o.Related); err == nil {
			o.Association = related.Root()
		}
	}
	return err
}

// past returns what goes on from a past contact, the contact on which that
// follows, and the one that all of them go back to.
func (c *Centre) past(ctx context.Context, instance contact.InstanceID, source contact.ID, rehydration string) ([]contact.Past, contact.ID, contact.ID, error) {
	if _, err := c.contactOf(ctx, instance, source); err != nil {
		return nil, "", "", err
	}
	var past []contact.Past
	var from contact.ID
	chat, err := c.checked(ctx, source, func(chat *contact.Chat) (err error) {
		past, from, err = chat.Continue(source, rehydration)
		return err
	})
	if err != nil {
		return nil, "", "", err
	}
	return past, from, chat.Root(), nil
}

// Rehydrate lets a running chat go on from a past one, and returns the contact
// on which it follows. The same client token gets the same answer again.
func (c *Centre) Rehydrate(ctx context.Context, instance contact.InstanceID, id, source contact.ID, rehydration, clientToken string) (contact.ID, error) {
	chat, err := c.contactOf(ctx, instance, id)
	if err != nil {
		return "", err
	}
	past, from, root, err := c.past(ctx, instance, source, rehydration)
	if err != nil {
		return "", err
	}
	answer, err := c.once(ctx, tokenKey(clientToken, "rehydrate", string(chat.ID)), string(from), func(t contact.Token) error {
		_, err := c.change(ctx, chat.ID, 0, func(d *contact.Draft) error {
			if err := c.remember(ctx, d, t); err != nil {
				return err
			}
			return d.Rehydrate(past, from, root)
		})
		return err
	})
	return contact.ID(answer), err
}

// rehydrate does what a flow asks for.
func (r *run) rehydrate(do flow.Rehydrate) (out flow.Outcome, err error) {
	past, from, root, err := r.centre.past(r.ctx, r.d.Chat().Instance, contact.ID(directory.BareID(do.Source)), do.Type)
	if err == nil {
		err = r.d.Rehydrate(past, from, root)
	}
	return unless(err)
}

// unless is an outcome: success, or the flow's error branch where a rule is
// against it. A failure of the server's is none of the flow's business.
func unless(err error) (flow.Outcome, error) {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.NotFound, fault.Conflict, fault.Gone, fault.Quota, fault.Denied:
		return flow.Outcome{Error: flow.NoMatchingError}, nil
	default:
		return flow.Outcome{}, err
	}
}

// pastTranscript is Transcript for a past chat that the reader's goes on from.
func (c *Centre) pastTranscript(ctx context.Context, ct *contact.Chat, reader *contact.Participant, q TranscriptQuery) (Page, error) {
	if q.Past > len(ct.Past) {
		return Page{}, fault.Newf(fault.Invalid, "the chat has no such past")
	}
	past := ct.Past[q.Past-1]
	old, err := c.Chat(ctx, past.Chat)
	if err != nil {
		return Page{}, err
	}
	belongs := map[contact.ID]bool{}
	for i := range old.Contacts[:min(past.Contacts, len(old.Contacts))] {
		belongs[old.Contacts[i].ID] = true
	}
	page := Page{Chat: old, Past: q.Past}
	if q.Seq == 0 {
		q.Seq = old.Seq
	}
	q.Back = true
	err = c.gather(ctx, &page, q.Seq, q, func(it *contact.Item) bool {
		return it.VisibleTo(reader.ID, reader.Role) && belongs[it.Contact]
	})
	if err != nil {
		return Page{}, err
	}
	page.NextPast = q.Past
	if page.Next == 0 {
		page.NextPast = 0
		if q.Past < len(ct.Past) {
			page.NextPast = q.Past + 1
		}
	}
	return c.withReceipts(ctx, page)
}
