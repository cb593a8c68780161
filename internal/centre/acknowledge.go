package centre

import (
	"context"

	"github.com/bellpull/bellpull/internal/contact"
)

// Acknowledge answers an agent's old way of saying that it has connected. It
// does what Connect does; nobody is told of the event itself.
func (c *Centre) Acknowledge(ctx context.Context, chat contact.ID, p contact.ParticipantID) (contact.Item, error) {
	if err := c.Connect(ctx, chat, p); err != nil {
		return contact.Item{}, err
	}
	now := c.Now()
	return contact.Item{ID: c.IDs.At(now), At: now}, nil
}
