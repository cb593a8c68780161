package centre

import (
	"context"

	"github.com/bellpull/bellpull/internal/contact"
)

// MayConnect refuses participants who may no longer open connections.
func (c *Centre) MayConnect(ctx context.Context, chat contact.ID, p contact.ParticipantID) error {
	_, err := c.checked(ctx, chat, func(ct *contact.Chat) error { return ct.MayConnect(p) })
	return err
}

// Connect notes that a participant has connected, by a socket or by saying so.
// The customer's first connection starts the flow.
func (c *Centre) Connect(ctx context.Context, chat contact.ID, p contact.ParticipantID) error {
	ct, err := c.Chat(ctx, chat)
	if err != nil {
		return err
	}
	if have := ct.Participant(p); have != nil && (have.Presence == contact.Present || have.Presence == contact.After) {
		return nil
	}
	_, err = c.change(ctx, chat, 0, func(d *contact.Draft) error { return c.connect(ctx, d, p) })
	return err
}

func (c *Centre) connect(ctx context.Context, d *contact.Draft, p contact.ParticipantID) error {
	starts, err := d.Connect(p)
	if err != nil || !starts {
		return err
	}
	return c.startFlow(ctx, d)
}
