package centre

import (
	"context"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
)

// Leave takes a participant out of a chat, which ends it where the participant
// is the customer or the last agent.
func (c *Centre) Leave(ctx context.Context, chat contact.ID, p contact.ParticipantID, clientToken string) error {
	token := hashToken(clientToken, "leave", string(p))
	_, err := c.change(ctx, chat, 0, func(d *contact.Draft) error { return c.leave(ctx, d, p, token) })
	return err
}

// leave takes a participant out; where that leaves the customer behind, the
// disconnect flow runs.
func (c *Centre) leave(ctx context.Context, d *contact.Draft, p contact.ParticipantID, token uint64) error {
	if d.Chat().LeftBefore(p, token) {
		return nil
	}
	remains, err := d.Leave(p, token, c.agents(ctx, d.Chat().Instance), c.afterWork(d.Chat().Instance))
	switch {
	case err != nil:
		return err
	case d.Chat().Participant(p).Role == contact.CustomBot:
		return c.botLeft(ctx, d)
	}
	return c.afterLeaving(ctx, d, remains)
}

// afterLeaving goes on when an agent has left: the customer who remains behind
// gets the disconnect flow, and one who now waits for the colleague who was
// asked, the queue's.
func (c *Centre) afterLeaving(ctx context.Context, d *contact.Draft, remains bool) error {
	chat := d.Chat()
	switch {
	case remains:
		return c.remains(ctx, d)
	case chat.Phase == contact.Queued && !chat.Flow.Running():
		dir, err := c.Instance(chat.Instance)
		if err != nil {
			return err
		}
		return (&run{centre: c, ctx: ctx, d: d, dir: dir}).queueFlow()
	}
	return nil
}

// StopContact ends a contact from outside. A contact that has ended is Gone.
func (c *Centre) StopContact(ctx context.Context, instance contact.InstanceID, id contact.ID, why contact.Reason) error {
	if _, err := c.contactOf(ctx, instance, id); err != nil {
		return err
	}
	_, err := c.change(ctx, id, 0, func(d *contact.Draft) error {
		if d.Chat().Over() {
			return fault.Newf(fault.Gone, "contact %s has ended", id)
		}
		return c.end(ctx, d, why)
	})
	return err
}

// end ends the draft's chat for everybody.
func (c *Centre) end(ctx context.Context, d *contact.Draft, why contact.Reason) error {
	return d.End(why, c.agents(ctx, d.Chat().Instance), c.afterWork(d.Chat().Instance))
}

// afterWork returns the limits of after-contact work of an instance's users.
func (c *Centre) afterWork(instance contact.InstanceID) contact.AfterWorkLimit {
	return func(user contact.UserID) time.Duration {
		dir, err := c.Instance(instance)
		if err != nil || dir.Users[user] == nil {
			return 0
		}
		return dir.Users[user].AfterWorkLimit
	}
}

// contactOf returns the chat of a contact of the given instance. Contacts of
// other instances do not exist for it.
func (c *Centre) contactOf(ctx context.Context, instance contact.InstanceID, id contact.ID) (*contact.Chat, error) {
	chat, err := c.Chat(ctx, id)
	if err != nil {
		return nil, err
	}
	if chat.Instance != instance {
		return nil, fault.Newf(fault.NotFound, "there is no contact %s", id)
	}
	return chat, nil
}
