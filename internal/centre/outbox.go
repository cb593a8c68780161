package centre

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/record"
	"github.com/bellpull/bellpull/internal/store"
)

// write adds to a change what the world outside is to be told of it, for the
// same commit. A message alone is nothing that anybody is told of.
func (c *Centre) write(ctx context.Context, ch *contact.Change, now time.Time) error {
	if c.Outbox == nil || ch.Next == nil && len(ch.Agents) == 0 {
		return nil
	}
	dir, err := c.Instance(instanceOf(ch))
	if err != nil {
		return err
	}
	ch.Outbox = c.moment(ctx, dir, ch, now).Outgoing()
	return nil
}

func instanceOf(ch *contact.Change) contact.InstanceID {
	if ch.Was != nil {
		return ch.Was.Instance
	}
	return ch.Agents[0].Instance
}

func (c *Centre) moment(ctx context.Context, dir *directory.Directory, ch *contact.Change, now time.Time) *record.Moment {
	return &record.Moment{
		Directory: dir, Change: ch, Now: now, NewID: c.EventIDs.New, Wants: c.Outbox.Wants,
		Chat: func(id contact.ID) *contact.Chat {
			chat, err := c.Chat(ctx, id)
			if err != nil {
				return nil // the snapshot says less then
			}
			return chat
		},
	}
}

// heartBeat is how often there is an event of an agent who is there, at the
// least.
const heartBeat = 120 * time.Second

// beats knows when there was last an event of each agent.
type beats struct {
	mu   sync.Mutex
	last map[contact.UserID]time.Time
}

// heard notes the events of a change.
func (b *beats) heard(ch *contact.Change) {
	for i := range ch.Outbox {
		if o := &ch.Outbox[i]; o.Kind == contact.AgentEvent {
			b.set(contact.UserID(o.Key), o.At)
		}
	}
}

func (b *beats) set(user contact.UserID, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.last == nil {
		b.last = map[contact.UserID]time.Time{}
	}
	b.last[user] = at
}

// since returns when there was last an event of an agent; one of whom nothing
// is known counts from now.
func (b *beats) since(user contact.UserID, now time.Time) time.Time {
	b.mu.Lock()
	t, known := b.last[user]
	b.mu.Unlock()
	if !known {
		b.set(user, now)
		return now
	}
	return t
}

// runHeartBeats tells of the agents who are there and of whom there is nothing
// new.
func (c *Centre) runHeartBeats(ctx context.Context) error {
	if c.Outbox == nil || !c.Outbox.Wants(contact.AgentEvent) {
		return nil
	}
	for {
		sleep := heartBeat
		for _, dir := range c.Instances() {
			next, err := c.beat(ctx, dir)
			c.trouble(ctx, "tell of agents who are there", err)
			sleep = min(sleep, next)
		}
		if !pause(ctx, max(sleep, time.Second), c.wakeBeats) {
			return nil
		}
	}
}

// beat tells of the agents of an instance who are due, and returns how long it
// is until the next one can be.
func (c *Centre) beat(ctx context.Context, dir *directory.Directory) (next time.Duration, err error) {
	next = heartBeat
	for id := range dir.Users {
		now := c.Now().UTC().Truncate(time.Millisecond)
		if due := c.beats.since(id, now).Add(heartBeat); due.After(now) {
			next = min(next, due.Sub(now))
			continue
		}
		a, err := c.Agent(ctx, dir.Instance.ID, id)
		if err != nil {
			return retryAfter, err
		}
		if a.Status.Type == contact.Offline || a.Status.ID == "" {
			c.beats.set(id, now) // coming is an event
			continue
		}
		// The agent is stored as it is, so that the event is true when it is told.
		ch := &contact.Change{Agents: []*contact.Agent{a}}
		ch.Outbox = []contact.Outgoing{c.moment(ctx, dir, ch, now).HeartBeat(a)}
		_, err = c.Store.Commit(ctx, ch)
		if errors.Is(err, store.ErrStale) {
			continue // there is something newer to tell, and it has been told
		}
		if err != nil {
			return retryAfter, err
		}
		c.beats.heard(ch)
		c.Outbox.Wake()
	}
	return next, nil
}
