package centre

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/bellpull/bellpull/internal/bus"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/store"
)

// Agent returns what a user does now. One who never signed in is offline.
func (c *Centre) Agent(ctx context.Context, instance contact.InstanceID, user contact.UserID) (*contact.Agent, error) {
	a, err := c.Store.Agent(ctx, user)
	if fault.KindOf(err) != fault.NotFound {
		return a, err
	}
	dir, err := c.Instance(instance)
	if err != nil {
		return nil, err
	}
	if dir.Users[user] == nil {
		return nil, fault.Newf(fault.NotFound, "there is no user %s", user)
	}
	a = &contact.Agent{User: user, Instance: instance}
	for _, s := range dir.Statuses {
		if s.Type == contact.Offline {
			a.Status = contact.Status{ID: s.ID, Type: s.Type, Since: c.Now().UTC()}
		}
	}
	return a, nil
}

// agents gives a decision the state of the agents it concerns.
func (c *Centre) agents(ctx context.Context, instance contact.InstanceID) contact.Agents {
	return func(user contact.UserID) (*contact.Agent, error) { return c.Agent(ctx, instance, user) }
}

// SetStatus puts an agent into a status, or has it follow when the work is
// done (later). Work that waits to be cleared is cleared with it.
func (c *Centre) SetStatus(ctx context.Context, instance contact.InstanceID, user contact.UserID, id contact.StatusID, later bool) error {
	dir, err := c.Instance(instance)
	if err != nil {
		return err
	}
	s := dir.Statuses[id]
	if s == nil || s.Disabled {
		return fault.Newf(fault.Invalid, "there is no agent status %q to choose", id)
	}
	for {
		err := c.setStatus(ctx, instance, user, contact.Status{ID: s.ID, Type: s.Type}, later)
		if !errors.Is(err, store.ErrStale) {
			return err
		}
	}
}

func (c *Centre) setStatus(ctx context.Context, instance contact.InstanceID, user contact.UserID, s contact.Status, later bool) error {
	a, err := c.Agent(ctx, instance, user)
	if err != nil {
		return err
	}
	now := c.Now().UTC().Truncate(time.Millisecond)
	next, cleared, err := a.SetStatus(s, later, now)
	if err != nil {
		return err
	}
	entries, unlock, err := c.lockAll(ctx, cleared)
	if err != nil {
		return err
	}
	defer unlock()
	changes := []*contact.Change{new(contact.ChangeAgent(a, next, now))}
	drafts := make(map[contact.ID]*contact.Draft, len(entries)) // a chat may come to an agent twice
	for id, e := range entries {
		chat, err := c.load(ctx, e)
		if err != nil {
			return err
		}
		drafts[id] = contact.NewDraft(chat, now)
	}
	for _, w := range cleared {
		drafts[w.Chat].Cleared(w.Participant)
	}
	for _, id := range slices.Sorted(maps.Keys(drafts)) {
		changes = append(changes, drafts[id].Change())
	}
	for _, ch := range changes {
		if err := c.write(ctx, ch, now); err != nil {
			return err
		}
	}
	done, err := c.store(ctx, changes...)
	if err != nil {
		for _, e := range entries {
			e.forget()
		}
	}
	if err != nil {
		return err
	}
	for i, ch := range changes {
		if done[i].Chat != nil {
			entries[done[i].Chat.ID].put(done[i].Chat)
		}
		c.tell(ctx, ch, done[i])
	}
	return nil
}

// lockAll locks the chats of several pieces of work, in one order for all
// callers, so that they cannot wait for each other in a circle.
func (c *Centre) lockAll(ctx context.Context, work []contact.Work) (entries map[contact.ID]*entry, unlock func(), err error) {
	entries = make(map[contact.ID]*entry, len(work))
	for _, w := range work {
		if entries[w.Chat], err = c.entry(ctx, w.Chat); err != nil {
			return nil, nil, err
		}
	}
	ids := slices.Sorted(maps.Keys(entries))
	for _, id := range ids {
		entries[id].mu.Lock()
	}
	return entries, func() {
		for _, id := range ids {
			entries[id].mu.Unlock()
		}
	}, nil
}

// Desk returns an agent and the chats of the agent's work.
func (c *Centre) Desk(ctx context.Context, instance contact.InstanceID, user contact.UserID) (*contact.Agent, []*contact.Chat, error) {
	a, err := c.Agent(ctx, instance, user)
	if err != nil {
		return nil, nil, err
	}
	chats := make([]*contact.Chat, len(a.Work))
	for i := range a.Work {
		if chats[i], err = c.chatWith(ctx, &a.Work[i]); err != nil {
			return nil, nil, err
		}
	}
	return a, chats, nil
}

// chatWith returns the chat of a piece of work. The two are committed together,
// but the chat may be known a moment later than the work can be read.
func (c *Centre) chatWith(ctx context.Context, w *contact.Work) (*contact.Chat, error) {
	e, err := c.entry(ctx, w.Chat)
	if err != nil {
		return nil, err
	}
	chat, err := c.load(ctx, e)
	if err != nil || chat.Segment(w.Contact) != nil {
		return chat, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.chat.CompareAndSwap(chat, nil) // another node may have committed it
	return c.load(ctx, e)
}

// Accept connects an agent with a contact that rings.
func (c *Centre) Accept(ctx context.Context, instance contact.InstanceID, user contact.UserID, id contact.ID) error {
	return c.onDesk(ctx, instance, user, id, func(d *contact.Draft, a *contact.Agent, w *contact.Work) error {
		return c.accept(ctx, d, a, w)
	})
}

// Reject gives an offer back: the contact waits on.
func (c *Centre) Reject(ctx context.Context, instance contact.InstanceID, user contact.UserID, id contact.ID) error {
	return c.onDesk(ctx, instance, user, id, func(d *contact.Draft, a *contact.Agent, w *contact.Work) error {
		if w.State == contact.Talking {
			return fault.Newf(fault.Conflict, "contact %s is connected", id)
		}
		return c.withdraw(ctx, d, a, w.Participant, contact.Rejected)
	})
}

// withdraw ends an offer. Where it was being whispered, the customer is back in
// the queue and in its flow.
func (c *Centre) withdraw(ctx context.Context, d *contact.Draft, a *contact.Agent, p contact.ParticipantID, to contact.WorkState) error {
	whispered := d.Chat().Flow.Whisper == p
	d.Withdraw(a, p, to)
	if !whispered {
		return nil
	}
	return c.afterLeaving(ctx, d, false)
}

// Dismiss is Clear from outside: it is refused where the desk has no such
// contact.
func (c *Centre) Dismiss(ctx context.Context, instance contact.InstanceID, user contact.UserID, id contact.ID) error {
	return c.onDesk(ctx, instance, user, id, func(d *contact.Draft, a *contact.Agent, w *contact.Work) error {
		return d.Clear(a, w.Participant)
	})
}

// Clear takes a contact that is over off an agent's desk. One that is not
// there is cleared already.
func (c *Centre) Clear(ctx context.Context, instance contact.InstanceID, user contact.UserID, id contact.ID) error {
	err := c.onDesk(ctx, instance, user, id, func(d *contact.Draft, a *contact.Agent, w *contact.Work) error {
		return d.Clear(a, w.Participant)
	})
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	return err
}

// Hangup ends a connection of a contact on an agent's desk: the agent's own,
// or with the customer's the whole chat. It rejects an offer. For work that is
// over, or cleared, it has nothing to do.
func (c *Centre) Hangup(ctx context.Context, instance contact.InstanceID, user contact.UserID, id contact.ID, p contact.ParticipantID) error {
	err := c.onDesk(ctx, instance, user, id, func(d *contact.Draft, a *contact.Agent, w *contact.Work) error {
		who := d.Chat().Participant(p)
		if t := d.Chat().Transfer; t != nil && contact.ParticipantID(t.Contact) == p && w.State == contact.Talking {
			return c.takeBack(ctx, d, t.Contact)
		}
		switch {
		case p == w.Participant && !w.Live():
			return nil
		case who == nil:
			return fault.Newf(fault.NotFound, "contact %s has no connection %s", id, p)
		case w.Monitor == contact.Listening && p != w.Participant:
			return fault.Newf(fault.Denied, "who listens cannot end the connections of others")
		case who.Role != contact.Customer && p != w.Participant:
			return c.putOut(ctx, d, id, who)
		case w.State == contact.Ringing && p == w.Participant:
			return c.withdraw(ctx, d, a, p, contact.Rejected)
		case w.State == contact.Ringing:
			return fault.Newf(fault.Conflict, "contact %s has not been accepted", id)
		case w.State == contact.Talking && p == w.Participant:
			return c.leave(ctx, d, p, 0)
		case w.State == contact.Talking:
			return c.end(ctx, d, contact.ByAgent)
		}
		return nil
	})
	if errors.Is(err, errCleared) {
		return nil
	}
	return err
}

// takeBack ends the asking of a colleague, who has not joined yet.
func (c *Centre) takeBack(ctx context.Context, d *contact.Draft, id contact.ID) error {
	for _, p := range d.Chat().Participants {
		if p.Contact == id && p.Presence == contact.Invited {
			return c.putOut(ctx, d, id, &p)
		}
	}
	return c.endTransfer(ctx, d)
}

// putOut ends the connection of another agent of the chat, who may have been
// asked and not have answered.
func (c *Centre) putOut(ctx context.Context, d *contact.Draft, id contact.ID, who *contact.Participant) error {
	switch {
	case who.Role != contact.AgentRole || who.Presence == contact.Gone:
		return fault.Newf(fault.NotFound, "contact %s has no connection %s", id, who.ID)
	case who.Presence == contact.After:
		return nil
	case who.Presence == contact.Present:
		return c.leave(ctx, d, who.ID, 0)
	}
	a, err := c.Agent(ctx, d.Chat().Instance, who.User)
	if err != nil {
		return err
	}
	d.Withdraw(a, who.ID, contact.Rejected)
	return c.endTransfer(ctx, d)
}

// errCleared says that an agent's desk no longer has a contact.
var errCleared = fault.Newf(fault.NotFound, "it is no longer on the agent's desk")

// onDesk decides something about a contact on an agent's desk.
func (c *Centre) onDesk(ctx context.Context, instance contact.InstanceID, user contact.UserID, id contact.ID,
	decide func(*contact.Draft, *contact.Agent, *contact.Work) error,
) error {
	_, err := c.change(ctx, id, 0, func(d *contact.Draft) error {
		a, err := c.Agent(ctx, instance, user)
		if err != nil {
			return err
		}
		w := a.Find(id)
		switch {
		case w != nil && w.Live() && d.Chat().Participant(w.Participant) == nil: // the chat is of before the offer, and will be read anew
		case w != nil:
			return decide(d, a, w)
		case slices.ContainsFunc(d.Chat().Participants, func(p contact.Participant) bool { return p.User == user }):
			return fmt.Errorf("contact %s: %w", id, errCleared)
		}
		return fault.Newf(fault.NotFound, "contact %s is not on the agent's desk", id)
	})
	return err
}

// missed ends an offer that nobody answered.
func (c *Centre) missed(ctx context.Context, d *contact.Draft, p contact.ParticipantID) error {
	return c.ofParticipant(ctx, d, p, func(a *contact.Agent) error {
		return c.withdraw(ctx, d, a, p, contact.MissedWork)
	})
}

// clear ends after-contact work whose time is over.
func (c *Centre) clear(ctx context.Context, d *contact.Draft, p contact.ParticipantID) error {
	return c.ofParticipant(ctx, d, p, func(a *contact.Agent) error { return d.Clear(a, p) })
}

func (c *Centre) ofParticipant(ctx context.Context, d *contact.Draft, p contact.ParticipantID, do func(*contact.Agent) error) error {
	who := d.Chat().Participant(p)
	if who == nil {
		return nil
	}
	a, err := c.Agent(ctx, d.Chat().Instance, who.User)
	if fault.KindOf(err) == fault.NotFound {
		return nil // the user has been removed
	}
	if err != nil {
		return err
	}
	return do(a)
}

// WatchAgent calls changed, which must not block, whenever the agent's desk may
// look different.
func (c *Centre) WatchAgent(user contact.UserID, changed func()) (cancel func()) {
	return c.Bus.Subscribe(bus.Agent(user), func(*bus.Announcement) { changed() })
}

// user returns a user of an instance.
func user(dir *directory.Directory, id contact.UserID) (*directory.User, error) {
	if u := dir.Users[id]; u != nil {
		return u, nil
	}
	return nil, fault.Newf(fault.NotFound, "there is no user %s", id)
}
