package contact

import (
	"slices"
	"time"

	"github.com/bellpull/bellpull/internal/fault"
)

// Agents gives a decision the present state of an agent who is concerned by
// it, for writing the next one.
type Agents func(UserID) (*Agent, error)

// Enqueue puts the chat, or the contact that is being transferred, into the
// queue that the flow has set. Its criteria begin to count.
func (d *Draft) Enqueue(agents Agents, limit AfterWorkLimit) error {
	c := d.Chat()
	if c.WorkingQueue() == "" {
		return fault.Newf(fault.Conflict, "no working queue is set")
	}
	c = d.edit()
	if c.Details.Criteria != nil {
		c.Details.Criteria = c.Details.Criteria.activate(d.Now)
		d.watchSteps()
	}
	if c.Transferring() != nil {
		return d.enqueueTransfer(agents, limit)
	}
	c.Phase = Queued
	s := c.Current()
	s.Queue, s.Enqueued, s.Dequeued = c.Flow.Queue, d.Now, time.Time{}
	return nil
}

// WorkingQueue returns the queue that Enqueue puts the chat into.
func (c *Chat) WorkingQueue() QueueID {
	if t := c.Transferring(); t != nil {
		return t.Queue
	}
	return c.Flow.Queue
}

// SetQueue sets the working queue.
func (d *Draft) SetQueue(q QueueID) {
	c := d.edit()
	if t := c.Transferring(); t != nil {
		t.Queue = q
		return
	}
	c.Flow.Queue = q
}

// Offer rings at an agent for the given time. The contact stays in its queue.
func (d *Draft) Offer(a *Agent, as ParticipantID, name string, ring time.Duration) error {
	if !a.Open() {
		return fault.Newf(fault.Conflict, "the agent is not available")
	}
	return d.Ring(a, as, name, ring)
}

// Ring is Offer to an agent who need not be available, nor have a slot free.
func (d *Draft) Ring(a *Agent, as ParticipantID, name string, ring time.Duration) error {
	if !d.Chat().Waiting() {
		return fault.Newf(fault.Conflict, "the contact does not wait")
	}
	c := d.edit()
	s := c.Queueing()
	if c.Phase == Queued {
		c.Phase = Offered
	} else {
		c.Transfer.Phase = Offered
	}
	s.ConnectionAttempt++
	c.Participants = append(c.Participants, Participant{ID: as, Role: AgentRole, Name: name, User: a.User, Contact: s.ID, Presence: Invited})
	d.Agent(a, a.ring(Work{
		Chat: c.ID, Contact: s.ID, Participant: as, Queue: s.Queue,
		State: Ringing, Since: d.Now, Offered: d.Now, FromSeq: d.change.Was.Seq,
	}))
	d.set(OfferTimer, string(as), d.Now.Add(ring))
	return nil
}

// Accept connects the agent whom the contact is offered to. Accepting again
// changes nothing.
func (d *Draft) Accept(a *Agent, id ID) error {
	w := a.Find(id)
	switch {
	case w == nil:
		return fault.Newf(fault.NotFound, "the agent has no contact %s", id)
	case w.State == Talking:
		return nil
	case w.State != Ringing:
		return fault.Newf(fault.Conflict, "contact %s is %s", id, w.State)
	}
	d.clear(OfferTimer, string(w.Participant))
	d.clear(WhisperTimer, string(w.Participant))
	d.EndFlow(ToAgent)
	d.endSteps(w.Contact, StepJoined)
	d.join(w.Participant)
	c := d.edit()
	c.Phase, c.Flow.Whisper = Connected, ""
	if t := c.Transfer; t != nil && t.Contact == w.Contact {
		c.Transfer = nil
	}
	s := c.Segment(w.Contact)
	s.Agent, s.AgentConnected, s.Dequeued = a.User, d.Now, d.Now
	d.Agent(a, a.move(w.Participant, Talking, d.Now))
	return nil
}

// Watch takes the agent out at the given moment, unless it is put off.
func (d *Draft) Watch(as ParticipantID, due time.Time) { d.set(LostTimer, string(as), due) }

// Withdraw ends an offer that was not accepted: missed or rejected. The
// contact waits on, in its old place, and the agent's slot stays occupied until
// it is cleared. It does nothing when the offer is already over.
func (d *Draft) Withdraw(a *Agent, as ParticipantID, to WorkState) {
	w := a.On(as)
	if w == nil || w.State != Ringing {
		return
	}
	d.clear(OfferTimer, string(as))
	c := d.edit()
	// Whoever has not joined leaves nothing behind, or a chat that many decline
	// would grow.
	c.Participants = slices.DeleteFunc(c.Participants, func(p Participant) bool { return p.ID == as })
	if c.Phase == Offered {
		c.Phase = Queued
	}
	if t := c.Transfer; t != nil && t.Phase == Offered {
		t.Phase = Queued
	}
	if c.Flow.Whisper == as { // what was whispered is dropped
		d.clear(WhisperTimer, string(as))
		d.EndFlow(Dropped)
		c.Flow.Whisper = ""
	}
	d.Agent(a, a.move(as, to, d.Now))
}

// Clear ends an agent's work on a contact and frees the slot. It is allowed
// only when the conversation is over for that agent.
func (d *Draft) Clear(a *Agent, as ParticipantID) error {
	w := a.On(as)
	if w == nil {
		return nil
	}
	if w.Live() {
		return fault.Newf(fault.Conflict, "contact %s is still %s", w.Contact, w.State)
	}
	d.Cleared(as)
	d.Agent(a, a.drop(as, d.Now))
	return nil
}

// Cleared notes in the chat that an agent's work on it is done.
func (d *Draft) Cleared(as ParticipantID) {
	d.clear(AfterWorkTimer, string(as))
	p := d.Chat().Participant(as)
	if p == nil || p.Presence != After {
		return
	}
	c := d.edit()
	p = c.Participant(as)
	p.Presence = Gone
	if s := c.Segment(p.Contact); s != nil {
		s.AfterWorkEnded = d.Now
	}
}
