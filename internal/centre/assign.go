package centre

import (
	"context"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
)

// assignment is a contact that waits and comes to an agent past the routing.
type assignment struct {
	to     contact.UserID
	within bool // only into a free slot
	serves bool // only of a queue that the agent serves
	rings  bool // rings, unless the agent accepts without being asked
}

// Assign connects a contact that waits with an agent, beyond what the routing
// profile allows. The agent must have signed in.
func (c *Centre) Assign(ctx context.Context, instance contact.InstanceID, id contact.ID, to contact.UserID) error {
	return c.assign(ctx, instance, id, assignment{to: to})
}

// Pick connects a contact that waits with an agent who picks it out of a queue
// that the agent serves. Whose turn it would be does not count, nor the agent's
// status but for being signed in; there must be a slot.
func (c *Centre) Pick(ctx context.Context, instance contact.InstanceID, id contact.ID, by contact.UserID) error {
	return c.assign(ctx, instance, id, assignment{to: by, within: true, serves: true})
}

// Hand lets a contact that waits ring at an agent whom a supervisor names, in
// whatever queue it is. The agent must be signed in and have a slot.
func (c *Centre) Hand(ctx context.Context, instance contact.InstanceID, id contact.ID, to contact.UserID) error {
	return c.assign(ctx, instance, id, assignment{to: to, within: true, rings: true})
}

func (c *Centre) assign(ctx context.Context, instance contact.InstanceID, id contact.ID, how assignment) error {
	if _, err := c.contactOf(ctx, instance, id); err != nil {
		return err
	}
	dir, err := c.Instance(instance)
	if err != nil {
		return err
	}
	u, err := user(dir, how.to)
	if err != nil {
		return err
	}
	as := contact.ParticipantID(c.IDs.New())
	_, err = c.change(ctx, id, 0, func(d *contact.Draft) error {
		a, err := c.Agent(ctx, instance, u.ID)
		if err != nil {
			return err
		}
		if a, err = how.prepare(dir, u, d, a); err != nil {
			return err
		}
		if err := d.Ring(a, as, u.DisplayName(), c.Ring); err != nil || how.rings && !u.AutoAccept {
			return err
		}
		ringing := d.AgentInDraft(u.ID)
		return c.accept(ctx, d, ringing, ringing.On(as))
	})
	return err
}

// prepare refuses what the assignment does not allow, and returns the agent
// without the work on the same contact that is over, such as a missed offer.
func (how assignment) prepare(dir *directory.Directory, u *directory.User, d *contact.Draft, a *contact.Agent) (*contact.Agent, error) {
	if !d.Chat().Waiting() {
		return nil, fault.Newf(fault.Conflict, "the contact does not wait")
	}
	s := d.Chat().Queueing()
	if how.serves && !dir.Serves(u, s.Queue) {
		return nil, fault.Newf(fault.Denied, "user %s does not serve the queue of contact %s", u.Username, s.ID)
	}
	if a.Status.Type == contact.Offline {
		return nil, fault.Newf(fault.Conflict, "user %s is offline", u.Username)
	}
	if w := a.Find(s.ID); w != nil {
		if err := d.Clear(a, w.Participant); err != nil {
			return nil, err
		}
		a = d.AgentInDraft(u.ID)
	}
	if p := dir.Profiles[u.Profile]; how.within && (p == nil || a.Used() >= p.ChatConcurrency) {
		return nil, fault.Newf(fault.Conflict, "user %s has no slot free", u.Username)
	}
	return a, nil
}
