package contact

import (
	"time"

	"github.com/bellpull/bellpull/internal/fault"
)

// Where a contact comes from, in the words of the contact record.
const (
	FromAPI        = "API"
	FromTransfer   = "TRANSFER"
	FromQueueFlow  = "QUEUE_TRANSFER"
	FromDisconnect = "DISCONNECT" // the disconnect flow
	FromMonitor    = "MONITOR"
)

// Transfer is a contact that an agent hands on, or to which an agent asks a
// colleague. First the flow of the quick connect decides; where that queues the
// contact, it begins.
type Transfer struct {
	Contact ID            // that begins
	By      ParticipantID // the agent who asked for it
	Name    string        // of the quick connect
	// Adds has the agent who asked stay, and another one join.
	Adds  bool
	Phase Phase   // InFlow, Queued or Offered
	Queue QueueID // the working queue while the flow decides
	Agent UserID  // for whom it is, where it is for one agent
	Begun time.Time
}

// BeginTransfer notes that an agent hands the chat on, or asks a colleague. Its
// flow decides next.
func (d *Draft) BeginTransfer(t Transfer) error {
	c := d.Chat()
	switch {
	case c.Transfer != nil:
		return fault.Newf(fault.Conflict, "contact %s is being transferred already", c.Transfer.Contact)
	case c.Length() >= MaxContacts:
		return fault.Newf(fault.Quota, "a chat has at most %d contacts", MaxContacts)
	case t.Adds && c.Parties() >= MaxParticipants:
		return fault.Newf(fault.Quota, "a chat has at most %d participants", MaxParticipants)
	}
	t.Phase, t.Begun = InFlow, d.Now
	d.edit().Transfer = &t
	if t.Adds {
		return d.Inviting(t.By, 0)
	}
	return nil
}

// Transferring returns the transfer whose flow decides now, or nil.
func (c *Chat) Transferring() *Transfer {
	if c.Transfer != nil && c.Transfer.Phase == InFlow {
		return c.Transfer
	}
	return nil
}

// EndTransfer gives a transfer up: its agent is told, and goes on. It reports
// whether that agent has left meanwhile, so that nobody is there any more.
func (d *Draft) EndTransfer() (alone bool) {
	c := d.edit()
	t := c.Transfer
	c.Transfer = nil
	d.closeContact(t.Contact, "")
	d.add(Item{Kind: Event, Type: TransferFailed, Visibility: ToAuthor, By: t.By, Role: AgentRole, Contact: c.Current().ID})
	return !c.staffed()
}

// house counts the agents and supervisors who take part.
func (c *Chat) house() (n int) {
	for i := range c.Participants {
		if p := &c.Participants[i]; (p.Role == AgentRole || p.Role == Supervisor) && p.Takes() {
			n++
		}
	}
	return n
}

// staffed reports whether somebody of the house takes part.
func (c *Chat) staffed() bool { return c.house() > 0 }

// enqueueTransfer queues the contact of a transfer. The agent who hands it on
// has after-contact work then.
func (d *Draft) enqueueTransfer(agents Agents, limit AfterWorkLimit) error {
	c := d.edit()
	t := c.Transfer
	if by := c.Participant(t.By); !t.Adds && by.Presence == Present {
		d.add(Item{Kind: Event, Type: TransferSucceeded, Visibility: ToAuthor, By: t.By, Role: AgentRole, Contact: c.Current().ID})
		if err := d.afterWork(by, agents, limit); err != nil {
			return err
		}
		if a := d.AgentInDraft(by.User); t.Queue.Agent() == "" {
			d.Agent(a, a.handOn(t.By))
		}
		d.closeContact(by.Contact, "")
		c.Segment(by.Contact).Transferred = d.Now
	}
	previous := c.Participant(t.By).Contact
	c.Contacts = append(c.Contacts, Segment{
		ID: t.Contact, Previous: previous, Method: FromTransfer, Initiated: t.Begun, Connected: t.Begun,
		Queue: t.Queue, Enqueued: d.Now,
	})
	c.Flow.Queue = t.Queue
	if c.staffed() {
		t.Phase = Queued
		return nil
	}
	c.Transfer, c.Phase = nil, Queued
	return nil
}

// closeContact ends one contact of the chat: later than those that have ended
// before, so that it stays known which one was last.
func (d *Draft) closeContact(id ID, why Reason) {
	s := d.edit().Segment(id)
	if s == nil || !s.Open() {
		return
	}
	s.Disconnected, s.Reason = d.Now, why
	for i := range d.change.Was.Contacts {
		if before := d.change.Was.Contacts[i].Disconnected; !s.Disconnected.After(before) {
			s.Disconnected = before.Add(time.Millisecond)
		}
	}
	if !s.Enqueued.IsZero() && s.Dequeued.IsZero() {
		s.Dequeued = d.Now
		d.endSteps(id, StepInactive)
	}
}
