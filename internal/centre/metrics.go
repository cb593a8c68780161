package centre

import (
	"context"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/metrics"
)

// Snapshot returns what goes on in an instance now.
func (c *Centre) Snapshot(ctx context.Context, dir *directory.Directory) (*metrics.Snapshot, error) {
	return c.snapshot(ctx, dir, c.Now())
}

func (c *Centre) snapshot(ctx context.Context, dir *directory.Directory, now time.Time) (*metrics.Snapshot, error) {
	s := &metrics.Snapshot{Now: now, Directory: dir}
	waiting, err := c.Store.Waiting(ctx, dir.Instance.ID)
	if err != nil {
		return nil, err
	}
	// After those who wait, so that nobody is missed who begins to ring meanwhile.
	if s.Agents, err = c.Store.Agents(ctx, dir.Instance.ID); err != nil {
		return nil, err
	}
	chats := make([]contact.ID, len(waiting))
	seen := make(map[contact.ID]bool, len(waiting))
	for i := range waiting {
		chats[i] = waiting[i].Chat
		seen[chats[i]] = true
	}
	for _, a := range s.Agents {
		for i := range a.Work {
			if w := &a.Work[i]; w.State == contact.Ringing && !seen[w.Chat] {
				seen[w.Chat] = true
				chats = append(chats, w.Chat)
			}
		}
	}
	for _, id := range chats {
		chat, err := c.Chat(ctx, id)
		if err != nil {
			return nil, err
		}
		if chat.Queued() {
			s.Waiting = append(s.Waiting, queuedContact(chat, now))
		}
	}
	return s, nil
}

// queuedContact describes a contact in a queue.
func queuedContact(chat *contact.Chat, now time.Time) metrics.Waiting {
	w := metrics.Waiting{Contact: waitingContact(chat), Segment: chat.Queueing().ID}
	if c := w.Criteria; c != nil && !c.Activated.IsZero() {
		if step, _ := c.Active(now); step < len(c.Steps) {
			w.Step = metrics.Expression(&c.Steps[step].Expression)
		}
	}
	return w
}

// keepPaces is how long paces are good, since flows of many contacts ask for them.
const keepPaces = 10 * time.Second

// Paces returns how fast the queues of an instance have lately been served, as of
// the last few seconds.
func (c *Centre) Paces(ctx context.Context, dir *directory.Directory) (*metrics.Paces, error) {
	now := c.Now()
	return c.paces.get(dir.Instance.ID, now, func() (*metrics.Paces, time.Duration, error) {
		p := metrics.NewPaces(now)
		return p, keepPaces, c.Store.Legs(ctx, dir.Instance.ID, now.Add(-metrics.PaceWindow), now, p.Add)
	})
}

// Wait is where a contact stands in its queue.
type Wait struct {
	Position int // from 1
	// Estimate is how long it will wait, where anybody can say (Estimated).
	Estimate  time.Duration
	Estimated bool
}

// Wait tells where a contact stands in its queue. One that is in none is a
// Conflict.
func (c *Centre) Wait(ctx context.Context, dir *directory.Directory, id contact.ID) (w Wait, err error) {
	chat, err := c.DescribeContact(ctx, dir.Instance.ID, id)
	if err != nil {
		return w, err
	}
	if chat.Segment(id) == nil {
		return w, fault.Newf(fault.NotFound, "there is no contact %s", id)
	}
	now, err := c.Snapshot(ctx, dir)
	if err != nil {
		return w, err
	}
	if w, err = c.wait(ctx, dir, now, id); err == nil && w.Position == 0 {
		err = fault.Newf(fault.Conflict, "contact %s is not in a queue", id)
	}
	return w, err
}

// wait tells where a contact stands by a snapshot, which may not know it: then
// the Position is 0.
func (c *Centre) wait(ctx context.Context, dir *directory.Directory, now *metrics.Snapshot, id contact.ID) (w Wait, err error) {
	position, queue := now.Position(id)
	if position == 0 {
		return w, nil
	}
	paces, err := c.Paces(ctx, dir)
	if err != nil {
		return w, err
	}
	w.Position = position
	w.Estimate, w.Estimated = now.Estimate(paces, queue, position)
	return w, nil
}

// Report answers what is asked of the past of an instance.
func (c *Centre) Report(ctx context.Context, q metrics.Query) ([]metrics.Result, error) {
	r, err := metrics.NewReport(q)
	if err != nil {
		return nil, err
	}
	in := q.Directory.Instance.ID
	from, to := q.Intervals[0].From, q.Intervals[len(q.Intervals)-1].To
	needs := r.Needs()
	if needs.Legs {
		if err := c.Store.Legs(ctx, in, from, to, r.Leg); err != nil {
			return nil, err
		}
	}
	if needs.Marks {
		all, err := c.Store.AgentMarks(ctx, in, from, to)
		if err != nil {
			return nil, err
		}
		r.Marks(all)
	}
	if needs.Flows {
		if err := c.Store.FlowMarks(ctx, in, from, to, r.Flow); err != nil {
			return nil, err
		}
	}
	if needs.Offers {
		all, err := c.Store.OfferEnds(ctx, in, from, to)
		if err != nil {
			return nil, err
		}
		for i := range all {
			r.Offer(&all[i])
		}
	}
	return r.Results(), nil
}

// keepSnapshot is how long a snapshot is good for customers who wait, whose pages
// ask again and again.
const keepSnapshot = 2 * time.Second

// Standing is where the waiting contact of a chat stands in its queue, as of the
// last few seconds; waits is false for a chat of which none waits. Of one that
// has just begun to wait nothing is known yet: its Position is 0.
func (c *Centre) Standing(ctx context.Context, chat *contact.Chat) (w Wait, waits bool, err error) {
	if !chat.Queued() {
		return w, false, nil
	}
	dir, err := c.Instance(chat.Instance)
	if err != nil {
		return w, false, err
	}
	now, err := c.snapshots.get(dir.Instance.ID, c.Now(), func() (*metrics.Snapshot, time.Duration, error) {
		s, err := c.Snapshot(ctx, dir)
		return s, keepSnapshot, err
	})
	if err != nil {
		return w, false, err
	}
	w, err = c.wait(ctx, dir, now, chat.Queueing().ID)
	return w, true, err
}
