package centre

import (
	"context"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
)

// Monitor lets a supervisor listen to the chat of a contact, and with mayBarge
// take part later. It returns the id of the supervisor's own contact. The same
// client token gets the same contact again.
func (c *Centre) Monitor(ctx context.Context, instance contact.InstanceID, id contact.ID, supervisor contact.UserID, mayBarge bool, clientToken string) (contact.ID, error) {
	chat, err := c.contactOf(ctx, instance, id)
	if err != nil {
		return "", err
	}
	dir, err := c.Instance(instance)
	if err != nil {
		return "", err
	}
	u, err := user(dir, supervisor)
	if err != nil {
		return "", err
	}
	if !u.Supervisor {
		return "", fault.Newf(fault.Denied, "user %s is not a supervisor", u.Username)
	}
	begun := contact.ID(c.IDs.New())
	as := contact.ParticipantID(c.IDs.New())
	answer, err := c.once(ctx, tokenKey(clientToken, "monitor", string(chat.ID), string(supervisor)), string(begun), func(t contact.Token) error {
		_, err := c.change(ctx, chat.ID, 0, func(d *contact.Draft) error {
			a, err := c.Agent(ctx, instance, supervisor)
			if err != nil {
				return err
			}
			for _, w := range a.Work {
				if w.Chat == chat.ID && w.Live() {
					return fault.Newf(fault.Conflict, "user %s takes part in contact %s already", u.Username, id)
				}
			}
			if err := c.remember(ctx, d, t); err != nil {
				return err
			}
			return d.Listen(a, begun, as, u.DisplayName(), mayBarge)
		})
		return err
	})
	return contact.ID(answer), err
}

// Barge lets a supervisor who listens take part in the chat, or only listen
// again.
func (c *Centre) Barge(ctx context.Context, instance contact.InstanceID, supervisor contact.UserID, id contact.ID, how contact.Monitor) error {
	return c.onDesk(ctx, instance, supervisor, id, func(d *contact.Draft, a *contact.Agent, w *contact.Work) error {
		return d.Barge(a, w.Participant, how)
	})
}
