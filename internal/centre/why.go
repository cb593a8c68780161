package centre

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/routing"
)

// Explanation says why a contact waits for an agent.
type Explanation struct {
	Chat contact.ID
	// Phase is where the chat stands. What follows is zero unless a contact of it
	// waits, or rings somewhere.
	Phase    contact.Phase
	Contact  contact.ID // that waits
	RingsAt  string     // user name of the agent whom it rings at
	Queue    contact.QueueID
	Name     string // of the queue
	Since    time.Time
	Priority int64
	Adjusted time.Duration // added to its age
	// Position is its place in the queue, from 1; 0 while it rings.
	Position int
	// Step of Steps of its routing criteria counts until Expires (zero: for ever).
	// Step is 0 where none counts.
	Step, Steps int
	Expires     time.Time
	Agents      []Obstacle // those who come first in line stand first
}

// Obstacle is what stands between a contact and an agent.
type Obstacle struct {
	User     contact.UserID
	Username string
	Reason   Reason
	Detail   string    // in words, perhaps empty
	Until    time.Time // when time alone ends it; zero: it does not
}

// Reason says why an agent does not get a contact: one of routing's reasons or
// of those below.
type Reason string

// The reasons that routing does not know.
const (
	SignedOut  Reason = "signed out"
	InStatus   Reason = "status"      // not available
	NextStatus Reason = "next status" // takes nothing more before it
	Rings      Reason = "rings"
	Missed     Reason = "missed"   // and not cleared
	Rejected   Reason = "rejected" // and not cleared
)

// Why says why a contact waits, with a reason for each agent of the instance.
func (c *Centre) Why(ctx context.Context, instance contact.InstanceID, id contact.ID) (*Explanation, error) {
	chat, err := c.contactOf(ctx, instance, id)
	if err != nil {
		return nil, err
	}
	dir, err := c.Instance(instance)
	if err != nil {
		return nil, err
	}
	e := &Explanation{Chat: chat.ID, Phase: chat.Phase}
	if !chat.Queued() {
		return e, nil
	}
	s, w := chat.Queueing(), waitingContact(chat)
	e.Contact, e.Queue, e.Since, e.Priority, e.Adjusted = s.ID, s.Queue, s.Enqueued, w.Priority, w.Adjustment
	if q := dir.Queue(s.Queue); q != nil {
		e.Name = q.Name
	}
	if w.Criteria != nil {
		e.Steps = len(w.Criteria.Steps)
	}
	f, err := c.floor(ctx, dir, math.MaxInt64)
	if err != nil {
		return nil, err
	}
	c.matching.mu.Lock()
	found, waits := f.board.Explain(chat.ID, c.Now())
	c.matching.mu.Unlock()
	if waits {
		e.Position, e.Step, e.Expires = found.Position, found.Step, found.Expires
	}
	return e, c.obstacles(ctx, dir, chat, e, found.Agents)
}

// obstacles adds what stands in the way of each agent.
func (c *Centre) obstacles(ctx context.Context, dir *directory.Directory, chat *contact.Chat, e *Explanation, inLine []routing.Verdict) error {
	judged := make(map[contact.UserID]int, len(inLine)) // their places in line
	for i, v := range inLine {
		judged[v.User] = i
	}
	for _, u := range dir.Users {
		a, err := c.Agent(ctx, dir.Instance.ID, u.ID)
		if fault.KindOf(err) == fault.NotFound {
			continue // removed meanwhile
		}
		if err != nil {
			return err
		}
		var v *routing.Verdict
		if i, ok := judged[u.ID]; ok {
			v = &inLine[i]
		}
		o := obstacle(dir, u, a, chat, v)
		if o.Reason == Rings {
			e.RingsAt = u.Username
		}
		e.Agents = append(e.Agents, o)
	}
	place := func(o *Obstacle) int {
		i, ok := judged[o.User]
		switch {
		case o.Reason == Reason(routing.NotServed):
			return math.MaxInt
		case !ok:
			return len(inLine)
		}
		return i
	}
	slices.SortFunc(e.Agents, func(x, y Obstacle) int {
		return cmp.Or(cmp.Compare(place(&x), place(&y)), cmp.Compare(x.Username, y.Username))
	})
	return nil
}

// obstacle says what stands between a contact and an agent; v is what routing
// says of those who are open for contacts, nil for others.
func obstacle(dir *directory.Directory, u *directory.User, a *contact.Agent, chat *contact.Chat, v *routing.Verdict) Obstacle {
	o := Obstacle{User: u.ID, Username: u.Username, Reason: Reason(routing.Fits)}
	if v != nil {
		o.Reason, o.Until = Reason(v.Reason), v.Until
	}
	p := dir.Profiles[u.Profile]
	if !dir.Serves(u, chat.Queueing().Queue) || p == nil || p.ChatConcurrency <= 0 {
		o.Reason, o.Until = Reason(routing.NotServed), time.Time{}
		return o
	}
	for i := range a.Work {
		if w := &a.Work[i]; w.Chat == chat.ID {
			o.Reason, o.Detail = deskReason(w)
			o.Until = time.Time{}
			return o
		}
	}
	switch {
	case a.Status.Type == contact.Offline || a.Status.Type == "":
		o.Reason = SignedOut
	case a.Status.Type != contact.Routable:
		o.Reason, o.Detail = InStatus, statusName(dir, a.Status.ID)
	case a.Next != nil:
		o.Reason, o.Detail = NextStatus, statusName(dir, a.Next.ID)
	case a.Used() >= p.ChatConcurrency:
		o.Reason, o.Detail = Reason(routing.NoSlot), slotsTaken(a, p)
	}
	return o
}

// deskReason says why a contact that is on an agent's desk is not offered there.
func deskReason(w *contact.Work) (reason Reason, detail string) {
	switch w.State {
	case contact.Ringing:
		return Rings, ""
	case contact.MissedWork, contact.FailedWork:
		return Missed, ""
	case contact.Rejected:
		return Rejected, ""
	case contact.Talking, contact.AfterWork:
	}
	return Reason(routing.OnDesk), string(w.State)
}

func statusName(dir *directory.Directory, id contact.StatusID) string {
	if s := dir.Statuses[id]; s != nil {
		return s.Name
	}
	return string(id)
}

// slotsTaken says by what an agent's slots are taken.
func slotsTaken(a *contact.Agent, p *directory.RoutingProfile) string {
	uncleared := 0
	for i := range a.Work {
		if w := &a.Work[i]; !w.Live() {
			uncleared++
		}
	}
	text := fmt.Sprintf("%d of %d taken", a.Used(), p.ChatConcurrency)
	if uncleared > 0 {
		text += fmt.Sprintf(", %d not cleared", uncleared)
	}
	return text
}
