package centre

import (
	"context"
	"sync"
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

// paces are those of instances as they were a moment ago, since flows of many
// contacts ask for them.
type paces struct {
	mu sync.Mutex // guards of
	of map[contact.InstanceID]pacesThen
}

type pacesThen struct {
	*metrics.Paces
	at time.Time
}

// keepPaces is how long paces are good.
const keepPaces = 10 * time.Second

// Paces returns how fast the queues of an instance have lately been served, as of
// the last few seconds.
func (c *Centre) Paces(ctx context.Context, dir *directory.Directory) (*metrics.Paces, error) {
	id, now := dir.Instance.ID, c.Now()
	c.paces.mu.Lock()
	defer c.paces.mu.Unlock()
	if then, ok := c.paces.of[id]; ok && now.Sub(then.at).Abs() < keepPaces {
		return then.Paces, nil
	}
	p := metrics.NewPaces(now)
	if err := c.Store.Legs(ctx, id, now.Add(-metrics.PaceWindow), now, p.Add); err != nil {
		return nil, err
	}
	if c.paces.of == nil {
		c.paces.of = map[contact.InstanceID]pacesThen{}
	}
	c.paces.of[id] = pacesThen{p, now}
	return p, nil
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
	position, queue := now.Position(id)
	if position == 0 {
		return w, fault.Newf(fault.Conflict, "contact %s is not in a queue", id)
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

// snapshots are those of instances as they were a moment ago, since the page of
// every waiting customer asks for them again and again.
type snapshots struct {
	mu sync.Mutex // guards of
	of map[contact.InstanceID]*metrics.Snapshot
}

// keepSnapshot is how long a snapshot is good for those who wait.
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
	now, err := c.lately(ctx, dir)
	if err != nil {
		return w, false, err
	}
	position, queue := now.Position(chat.Queueing().ID)
	if position == 0 {
		return w, true, nil
	}
	paces, err := c.Paces(ctx, dir)
	if err != nil {
		return w, false, err
	}
	w.Position = position
	w.Estimate, w.Estimated = now.Estimate(paces, queue, position)
	return w, true, nil
}

// lately returns the snapshot of an instance as of the last few seconds. Those
// who ask while it is made wait for it.
func (c *Centre) lately(ctx context.Context, dir *directory.Directory) (*metrics.Snapshot, error) {
	id := dir.Instance.ID
	c.snapshots.mu.Lock()
	defer c.snapshots.mu.Unlock()
	if s := c.snapshots.of[id]; s != nil && c.Now().Sub(s.Now).Abs() < keepSnapshot {
		return s, nil
	}
	s, err := c.Snapshot(ctx, dir)
	if err != nil {
		return nil, err
	}
	if c.snapshots.of == nil {
		c.snapshots.of = map[contact.InstanceID]*metrics.Snapshot{}
	}
	c.snapshots.of[id] = s
	return s, nil
}
