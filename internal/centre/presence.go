package centre

import (
	"context"
	"sync"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/tally"
)

// presence knows which agents have been there lately: with an open desk, or by
// calling.
type presence struct {
	mu    sync.Mutex
	since time.Time // when the watch began: nobody was lost before
	desks map[contact.UserID]*desks
	// By these a step of the clock is noticed.
	heeded time.Time     // the time, when it was last looked at
	passed time.Duration // since awake was started, then
	awake  tally.Watch
}

// begin begins the watch.
func (p *presence) begin(now time.Time) {
	p.since, p.heeded, p.awake = now, now.Round(0), tally.Start()
}

// stepAhead is how much further than what has passed the time may be before the
// clock counts as set: less than an agent may be away (config.Config.LostAfter).
const stepAhead = 5 * time.Second

// heed begins the watch anew when the clock was set forward: what the nodes have
// noted is of before, and nobody was away because of it.
func (p *presence) heed(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Before(p.heeded) {
		return // somebody else was faster with a later time
	}
	passed := p.awake.Elapsed()
	if now.Sub(p.heeded) > passed-p.passed+stepAhead {
		p.since = now
	}
	p.heeded, p.passed = now.Round(0), passed
}

type desks struct {
	open int
	last time.Time // when the last of them closed, or somebody called
}

// Here notes that an agent's desk is open until gone is called.
func (c *Centre) Here(user contact.UserID) (gone func()) {
	p := &c.presence
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.of(user)
	d.open++
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		d.open--
		d.last = c.Now()
	}
}

// Seen notes that an agent has called.
func (c *Centre) Seen(user contact.UserID) {
	p := &c.presence
	p.mu.Lock()
	defer p.mu.Unlock()
	p.of(user).last = c.Now()
}

// of returns the desks of an agent. The mutex is held.
func (p *presence) of(user contact.UserID) *desks {
	if p.desks == nil {
		p.desks = map[contact.UserID]*desks{}
	}
	d := p.desks[user]
	if d == nil {
		d = new(desks)
		p.desks[user] = d
	}
	return d
}

// lastHere returns when an agent was last there.
func (c *Centre) lastHere(user contact.UserID) time.Time {
	p := &c.presence
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.desks[user]
	switch {
	case d == nil:
		return p.since
	case d.open > 0:
		return c.Now()
	case d.last.Before(p.since):
		return p.since
	}
	return d.last
}

// lastHereAnywhere is lastHere, at whichever node.
func (c *Centre) lastHereAnywhere(ctx context.Context, user contact.UserID) (time.Time, error) {
	if c.Node == "" {
		return c.lastHere(user), nil
	}
	c.presence.heed(c.Now())
	here := c.lastHere(user)
	there, err := c.Store.LastHere(ctx, user)
	if there.After(here) {
		here = there
	}
	return here, err
}

// seenSince returns when each of the agents was last here who have been since t.
func (c *Centre) seenSince(t time.Time) map[contact.UserID]time.Time {
	now := c.Now()
	p := &c.presence
	p.mu.Lock()
	defer p.mu.Unlock()
	seen := map[contact.UserID]time.Time{}
	for user, d := range p.desks {
		switch {
		case d.open > 0:
			seen[user] = now
		case d.last.After(t):
			seen[user] = d.last
		}
	}
	return seen
}

// runPresence tells other nodes who is here, a few times in the span after which
// an agent is lost.
func (c *Centre) runPresence(ctx context.Context) error {
	if c.Node == "" || c.LostAfter <= 0 {
		return nil
	}
	var told time.Time
	for pause(ctx, min(c.LostAfter/4, 30*time.Second), nil) {
		now := c.Now()
		c.presence.heed(now)
		seen := c.seenSince(told)
		if len(seen) > 0 {
			if err := c.Store.NoteHere(ctx, seen); err != nil {
				c.trouble(ctx, "tell who is here", err)
				continue
			}
		}
		told = now
	}
	return nil
}

// watch takes care that an agent who is lost does not keep the customer.
func (c *Centre) watch(d *contact.Draft, as contact.ParticipantID) {
	if c.LostAfter > 0 {
		d.Watch(as, d.Now.Add(c.LostAfter))
	}
}

// lost takes an agent out of a chat who has not been there for too long.
func (c *Centre) lost(ctx context.Context, d *contact.Draft, as contact.ParticipantID) error {
	p := d.Chat().Participant(as)
	if c.LostAfter <= 0 || p == nil || p.Presence != contact.Present {
		return nil
	}
	here, err := c.lastHereAnywhere(ctx, p.User)
	if err != nil {
		return err
	}
	heard, err := c.lastHeard(ctx, d.Chat(), func(it *contact.Item) bool { return it.By == as })
	if err != nil {
		return err
	}
	if heard.After(here) {
		here = heard
	}
	if due := here.Add(c.LostAfter); due.After(d.Now) {
		d.Watch(as, due)
		return nil
	}
	instance := d.Chat().Instance
	remains, err := d.Lose(as, c.agents(ctx, instance), c.afterWork(instance))
	if err != nil {
		return err
	}
	return c.afterLeaving(ctx, d, remains)
}
