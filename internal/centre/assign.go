package centre

import (
	"context"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
)

// Assign connects a contact that waits with an agent who picks it, beyond what
// the routing profile allows. The agent must have signed in.
func (c *Centre) Assign(ctx context.Context, instance contact.InstanceID, id contact.ID, to contact.UserID) error {
	if _, err := c.contactOf(ctx, instance, id); err != nil {
		return err
	}
	dir, err := c.Instance(instance)
	if err != nil {
		return err
	}
	u, err := user(dir, to)
	if err != nil {
		return err
	}
	as := contact.ParticipantID(c.IDs.New())
	_, err = c.change(ctx, id, 0, func(d *contact.Draft) error {
		a, err := c.Agent(ctx, instance, to)
		if err != nil {
			return err
		}
		if a.Status.Type == contact.Offline {
			return fault.Newf(fault.Conflict, "user %s is offline", u.Username)
		}
		if err := d.Ring(a, as, u.DisplayName(), c.Ring); err != nil {
			return err
		}
		ringing := d.AgentInDraft(to)
		return c.accept(ctx, d, ringing, ringing.On(as))
	})
	return err
}
