package contact

import (
	"slices"
	"time"

	"github.com/bellpull/bellpull/internal/fault"
)

// AfterWorkLimit gives the longest time that a user may spend in after-contact
// work; 0 is no limit.
type AfterWorkLimit func(UserID) time.Duration

// CustomerRemaining is the occasion on which the disconnect flow runs.
const CustomerRemaining = "CustomerRemaining"

// Leave takes a participant out. The chat ends when the customer leaves, or
// the last agent does; it goes on when a bot does. It reports whether the
// customer remains and the disconnect flow is to run. Leaving again with the
// same token changes nothing, so that a repeated request succeeds.
func (d *Draft) Leave(id ParticipantID, token uint64, agents Agents, limit AfterWorkLimit) (remains bool, err error) {
	p := d.Chat().Participant(id)
	if p == nil {
		return false, fault.Newf(fault.Denied, "no such participant")
	}
	if d.Chat().LeftBefore(id, token) {
		return false, nil
	}
	switch {
	case d.Chat().Over():
		return false, fault.Newf(fault.Denied, "the chat has ended")
	case p.Presence != Present:
		return false, fault.Newf(fault.Denied, "the participant does not take part")
	}
	switch p.Role {
	case Customer:
		err = d.finish(id, ByCustomer, agents, limit)
	case AgentRole:
		if err = d.afterWork(p, agents, limit); err == nil {
			remains, err = d.left(p.Contact, ByAgent, agents, limit)
		}
	case Supervisor:
		listened := p.Monitor == Listening
		if err = d.stopMonitoring(p, agents); err == nil && !listened {
			remains, err = d.left(p.Contact, ByAgent, agents, limit)
		}
	default:
		d.leave(id, Gone)
	}
	if err != nil {
		return false, err
	}
	d.edit().Participant(id).LeftToken = token
	return remains, nil
}

// LeftBefore reports whether a request with this token has taken a participant
// out already.
func (c *Chat) LeftBefore(id ParticipantID, token uint64) bool {
	p := c.Participant(id)
	return p != nil && token != 0 && p.LeftToken == token
}

// Lose takes an agent out who has not been there for a while. The work shows as
// an error until it is cleared. It reports the same as Leave.
func (d *Draft) Lose(id ParticipantID, agents Agents, limit AfterWorkLimit) (remains bool, err error) {
	p := d.Chat().Participant(id)
	if p == nil || p.Role != AgentRole || p.Presence != Present {
		return false, nil
	}
	if err := d.afterWork(p, agents, limit); err != nil {
		return false, err
	}
	a := d.AgentInDraft(p.User)
	d.Agent(a, a.move(id, FailedWork, d.Now))
	return d.left(p.Contact, ByNetwork, agents, limit)
}

// left ends the contact of an agent who has left. Unless somebody of the house
// stays, or is on the way, the chat ends, or goes on in its disconnect flow.
func (d *Draft) left(id ID, why Reason, agents Agents, limit AfterWorkLimit) (remains bool, err error) {
	d.hush()
	c := d.edit()
	t := c.Transfer
	if c.staffed() {
		d.closeContact(id, why)
		return false, nil
	}
	switch {
	case t != nil && t.Phase == InFlow: // its flow decides
		c.Phase = InFlow
	case t != nil: // who was asked is waited for in the agent's place
		c.Phase, c.Transfer = t.Phase, nil
	case c.Flow.Hooks[CustomerRemaining] == "":
		return false, d.finish("", why, agents, limit)
	default:
		c.Phase, remains = InFlow, true
	}
	d.closeContact(id, why)
	return remains, nil
}

// afterWork turns a talking agent's work into after-contact work, and an offer
// into a rejected one.
func (d *Draft) afterWork(p *Participant, agents Agents, limit AfterWorkLimit) error {
	a := d.AgentInDraft(p.User)
	if a == nil {
		var err error
		if a, err = agents(p.User); err != nil {
			return err
		}
	}
	id := p.ID
	if p.Presence == Invited {
		d.Withdraw(a, id, Rejected)
		return nil
	}
	d.clear(LostTimer, string(id))
	d.leave(id, After)
	d.Agent(a, a.move(id, AfterWork, d.Now))
	if s := d.edit().Segment(p.Contact); s != nil {
		s.AfterWorkStarted = d.Now
	}
	if most := limit(p.User); most > 0 {
		d.set(AfterWorkTimer, string(id), d.Now.Add(most))
	}
	return nil
}

// End ends the chat for everybody. Ending it again changes nothing.
func (d *Draft) End(reason Reason, agents Agents, limit AfterWorkLimit) error {
	if d.Chat().Over() {
		return nil
	}
	leaver := d.Chat().Customer().ID
	return d.finish(leaver, reason, agents, limit)
}

// finish lets the leaver go (if any), gives the agents their after-contact
// work and writes the last item.
func (d *Draft) finish(leaver ParticipantID, reason Reason, agents Agents, limit AfterWorkLimit) error {
	c := d.edit()
	if leaver != "" {
		d.leave(leaver, Gone)
	}
	for _, other := range slices.Clone(c.Participants) { // offers that end go from the list
		p := c.Participant(other.ID)
		if p.Presence != Present && p.Presence != Invited {
			continue
		}
		if err := d.letGo(p, agents, limit); err != nil {
			return err
		}
	}
	d.hush()
	d.clear(ConnectTimer, "")
	d.clear(ExpireTimer, "")
	last := c.Current().ID
	for i := range c.Contacts { // none may be open, if an agent left before a disconnect flow
		d.closeContact(c.Contacts[i].ID, reason)
	}
	c.Phase, c.EndedAt, c.Reason, c.Transfer = Ended, d.Now, reason, nil
	d.EndFlow(Dropped)
	d.showScanning()
	d.add(Item{Kind: Event, Type: ChatEnded, Contact: last})
	return nil
}

// letGo takes somebody out without saying that they left: the end of the chat
// says it.
func (d *Draft) letGo(p *Participant, agents Agents, limit AfterWorkLimit) error {
	items := len(d.change.Items)
	defer func() { d.change.Items = d.change.Items[:items] }()
	switch p.Role {
	case AgentRole:
		return d.afterWork(p, agents, limit)
	case Supervisor:
		return d.stopMonitoring(p, agents)
	default:
		d.leave(p.ID, Gone)
		return nil
	}
}
