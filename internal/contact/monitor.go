package contact

import (
	"github.com/bellpull/bellpull/internal/fault"
)

// Monitor is how a supervisor takes part in a chat, as the protocols spell it.
type Monitor string

// The ways. Nobody notices one who listens.
const (
	Listening Monitor = "SILENT_MONITOR"
	Barging   Monitor = "BARGE"
)

// The most supervisors of a chat at once.
const (
	MaxListening = 5
	MaxBarging   = 1
)

// monitors counts the supervisors who take part in a way.
func (c *Chat) monitors(how Monitor) (n int) {
	for i := range c.Participants {
		if p := &c.Participants[i]; p.Presence == Present && p.Monitor == how {
			n++
		}
	}
	return n
}

// Listen lets a supervisor listen to the chat, with a contact of its own, and
// with mayBarge take part later. It takes none of the supervisor's slots.
func (d *Draft) Listen(a *Agent, id ID, as ParticipantID, name string, mayBarge bool) error {
	c := d.Chat()
	switch {
	case c.Phase != Connected:
		return fault.Newf(fault.Conflict, "contact %s is not connected to an agent", c.ID)
	case a.Status.Type == Offline || a.Status.Type == "":
		return fault.Newf(fault.Conflict, "the supervisor is offline")
	case c.monitors(Listening) >= MaxListening:
		return fault.Newf(fault.Quota, "at most %d supervisors can listen to a chat", MaxListening)
	}
	c = d.edit()
	previous := c.Current()
	c.Contacts = append(c.Contacts, Segment{
		ID: id, Previous: previous.ID, Method: FromMonitor, Initiated: d.Now, Connected: d.Now,
		Queue: previous.Queue, Agent: a.User, AgentConnected: d.Now,
	})
	c.Participants = append(c.Participants, Participant{
		ID: as, Role: Supervisor, Name: name, User: a.User, Contact: id, Presence: Present, Joined: d.Now, Monitor: Listening,
	})
	next := a.clone()
	next.Work = append(next.Work, Work{
		Chat: c.ID, Contact: id, Participant: as, Queue: previous.Queue, State: Talking, Since: d.Now,
		Offered: d.Now, Answered: d.Now, FromSeq: d.change.Was.Seq, Monitor: Listening, MayBarge: mayBarge,
	})
	d.Agent(a, next)
	return nil
}

// Barge lets a supervisor who listens take part in what an agent and the customer
// say, or one who takes part only listen again, unless the customer would be left
// alone. Choosing what is changes nothing.
func (d *Draft) Barge(a *Agent, as ParticipantID, how Monitor) error {
	p, w := d.Chat().Participant(as), a.On(as)
	switch {
	case p == nil || w == nil || p.Presence != Present || p.Monitor == "":
		return fault.Newf(fault.Conflict, "the chat is not monitored by participant %s", as)
	case p.Monitor == how:
		return nil
	case how == Listening && d.Chat().house() == 1:
		return fault.Newf(fault.Conflict, "nobody else takes part in contact %s", w.Contact)
	case how == Barging && d.Chat().Phase != Connected:
		return fault.Newf(fault.Conflict, "contact %s is not connected to an agent", d.Chat().ID)
	case how == Barging && !w.MayBarge:
		return fault.Newf(fault.Denied, "the supervisor may only listen to contact %s", w.Contact)
	case how == Barging && d.Chat().monitors(Barging) >= MaxBarging:
		return fault.Newf(fault.Quota, "another supervisor takes part in the chat")
	case how == Barging && d.Chat().Parties() >= MaxParticipants:
		return fault.Newf(fault.Quota, "a chat has at most %d participants", MaxParticipants)
	}
	next := a.clone()
	next.On(as).Monitor = how
	next.Idle = d.Now
	d.Agent(a, next)
	p = d.edit().Participant(as)
	p.Monitor = how
	if how == Barging {
		d.add(d.by(p, Event, ParticipantJoined, ""))
	} else {
		d.add(d.by(p, Event, ParticipantLeft, ""))
	}
	return nil
}

// stopMonitoring takes a supervisor out of the chat and off the desk. There is no
// after-contact work.
func (d *Draft) stopMonitoring(p *Participant, agents Agents) error {
	id := p.ID
	a := d.AgentInDraft(p.User)
	if a == nil {
		var err error
		if a, err = agents(p.User); err != nil {
			return err
		}
	}
	if p.Monitor == Listening {
		p = d.edit().Participant(id)
		p.Presence, p.Left = Gone, d.Now
	} else {
		d.leave(id, Gone)
	}
	d.closeContact(d.Chat().Participant(id).Contact, ByAgent)
	d.Agent(a, a.drop(id, d.Now))
	return nil
}
