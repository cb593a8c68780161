package centre

import (
	"context"
	"errors"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/routing"
)

// matchCheck is how long matching sleeps at the most without being woken.
const matchCheck = time.Minute

// runMatching offers waiting contacts to free agents whenever somebody may
// have begun to wait or to be free.
func (c *Centre) runMatching(ctx context.Context) error {
	for {
		sleep := matchCheck
		for _, dir := range c.Instances() {
			next, err := c.match(ctx, dir)
			if err != nil {
				c.trouble(ctx, "match contacts with agents", err)
				sleep = retryAfter
			}
			if !next.IsZero() {
				sleep = max(0, min(sleep, next.Sub(c.Now())))
			}
		}
		if !pause(ctx, sleep, c.wakeMatch) {
			return nil
		}
	}
}

// match makes the offers that are possible now and returns when another may
// become so by the passing of time.
func (c *Centre) match(ctx context.Context, dir *directory.Directory) (next time.Time, err error) {
	waiting, err := c.Store.Waiting(ctx, dir.Instance.ID)
	if err != nil || len(waiting) == 0 {
		return next, err
	}
	agents, err := c.Store.RoutableAgents(ctx, dir.Instance.ID)
	if err != nil {
		return next, err
	}
	contacts := make([]routing.Contact, len(waiting))
	for i, w := range waiting {
		chat, err := c.Chat(ctx, w.Chat)
		if err != nil {
			return next, err
		}
		contacts[i] = routing.Contact{ID: w.Chat, Queue: w.Queue, Since: w.Since, Priority: chat.Details.Priority, Adjustment: chat.Details.Adjustment}
		if contacts[i].Priority == 0 {
			contacts[i].Priority = contact.DefaultPriority
		}
	}
	free := make([]routing.Agent, 0, len(agents))
	for _, a := range agents {
		if r, ok := candidate(dir, a); ok {
			free = append(free, r)
		}
	}
	matches, next := routing.Pairings(c.Now(), contacts, free)
	for _, m := range matches { // one that fails must not hold up the others
		err = errors.Join(err, guarded(func() error { return c.offer(ctx, dir, m.Contact, m.User) }))
	}
	return next, err
}

// candidate describes an agent to routing; ok is false for one who takes
// nothing now.
func candidate(dir *directory.Directory, a *contact.Agent) (r routing.Agent, ok bool) {
	u := dir.Users[a.User]
	if u == nil || !a.Open() {
		return r, false
	}
	p := dir.Profiles[u.Profile]
	if p == nil || a.Used() >= p.ChatConcurrency {
		return r, false
	}
	r = routing.Agent{User: a.User, Free: p.ChatConcurrency - a.Used(), Idle: a.Idle}
	r.Pairs = append(r.Pairs, routing.Pair{Queue: contact.AgentQueue(a.User)}) // before all others
	for _, q := range p.Queues {
		r.Pairs = append(r.Pairs, routing.Pair{Queue: q.Queue, Priority: q.Priority, Delay: q.Delay})
	}
	for _, w := range a.Work {
		r.Has = append(r.Has, w.Chat)
	}
	return r, true
}

// offer rings at an agent. A contact or an agent that is no longer free is left
// alone; whatever changed it has woken the loop again.
func (c *Centre) offer(ctx context.Context, dir *directory.Directory, id contact.ID, to contact.UserID) error {
	p := contact.ParticipantID(c.IDs.New())
	_, err := c.change(ctx, id, 0, func(d *contact.Draft) error {
		a, err := c.Agent(ctx, dir.Instance.ID, to)
		if err != nil {
			return err
		}
		r, ok := candidate(dir, a)
		if !ok || r.Free <= 0 {
			return fault.Newf(fault.Conflict, "the agent is not free")
		}
		u, err := user(dir, to)
		if err != nil {
			return err
		}
		if err := d.Offer(a, p, u.DisplayName(), c.Ring); err != nil || !u.AutoAccept {
			return err
		}
		ringing := d.AgentInDraft(to)
		return c.accept(ctx, d, ringing, ringing.On(p))
	})
	if fault.KindOf(err) == fault.Conflict {
		return nil
	}
	return err
}
