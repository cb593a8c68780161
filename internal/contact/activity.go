package contact

import "time"

// Activity is what counts of an agent at a moment, wherever agents are counted
// and their times are added up.
type Activity struct {
	Status StatusType
	// OnContact: at least one contact is connected or in after-contact work.
	// Listening to the contacts of others is none of it.
	OnContact bool
	// Error: a contact that was missed, rejected or lost has not been cleared.
	Error bool
	// Incoming: a contact rings.
	Incoming bool
}

// Online reports whether the agent's status is anything but offline.
func (a Activity) Online() bool { return a.Status == Routable || a.Status == Custom }

// Idle reports whether the agent is available and neither handles a contact nor
// is being rung at. Missed contacts that wait to be cleared leave an agent idle.
func (a Activity) Idle() bool { return a.Status == Routable && !a.OnContact && !a.Incoming }

// Activity returns what counts of the agent now.
func (a *Agent) Activity() Activity {
	now := Activity{Status: a.Status.Type}
	for i := range a.Work {
		if a.Work[i].Monitor != "" {
			continue
		}
		switch a.Work[i].State {
		case Talking, AfterWork:
			now.OnContact = true
		case MissedWork, Rejected, FailedWork:
			now.Error = true
		case Ringing:
			now.Incoming = true
		}
	}
	return now
}

// AgentMark says what counts of an agent from a moment on, until the next mark.
type AgentMark struct {
	User     UserID
	Instance InstanceID
	At       time.Time
	Activity
}

// Outcome is how an offer ended.
type Outcome string

// The outcomes.
const (
	Accepted Outcome = "accepted"
	Missed   Outcome = "missed"   // nobody answered in time
	Declined Outcome = "declined" // the agent would not have it
	Left     Outcome = "left"     // the contact ended while it rang
)

// OfferEnd is an offer that is over.
type OfferEnd struct {
	User     UserID
	Instance InstanceID
	Contact  ID
	Queue    QueueID
	Offered  time.Time
	Ended    time.Time
	Outcome  Outcome
}

// agentLog notes in the change what is worth remembering of its agents: what
// counts of them now, where that is something else than before, and the offers
// that have ended.
func (c *Change) agentLog(now time.Time) {
	c.Marks, c.OfferEnds = nil, nil
	for _, next := range c.Agents {
		was := c.AgentsWere[next.User]
		if was == nil {
			continue
		}
		if after := next.Activity(); was.Version == 0 || was.Activity() != after {
			c.Marks = append(c.Marks, AgentMark{next.User, next.Instance, now, after})
		}
		for i := range next.Work {
			w := &next.Work[i]
			before := was.On(w.Participant)
			if w.Monitor == "" && w.State != Ringing && (before == nil || before.State == Ringing) {
				c.OfferEnds = append(c.OfferEnds, OfferEnd{
					User: next.User, Instance: next.Instance, Contact: w.Contact, Queue: w.Queue,
					Offered: w.Offered, Ended: now, Outcome: c.outcome(w),
				})
			}
		}
	}
}

// outcome says how the offer of a piece of work that no longer rings has ended.
func (c *Change) outcome(w *Work) Outcome {
	switch {
	case w.State == MissedWork:
		return Missed
	case w.State != Rejected:
		return Accepted
	case c.Next != nil && c.Next.Over():
		return Left
	}
	return Declined
}

// ChangeAgent returns the change of one agent alone, from the state that was
// read to the next.
func ChangeAgent(was, next *Agent, now time.Time) Change {
	ch := Change{Agents: []*Agent{next}, AgentsWere: map[UserID]*Agent{was.User: was}}
	ch.agentLog(now)
	return ch
}
