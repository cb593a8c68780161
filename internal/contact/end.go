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
	if token != 0 && p.LeftToken == token {
		return false, nil
	}
	if _, err := d.speaker(id); err != nil {
		return false, err
	}
	switch p.Role {
	case Customer:
		err = d.finish(id, ByCustomer, agents, limit)
	case AgentRole:
		remains, err = d.agentLeaves(p, agents, limit)
	default:
		d.leave(id, Gone)
	}
	if err != nil {
		return false, err
	}
	d.edit().Participant(id).LeftToken = token
	return remains, nil
}

// agentLeaves gives the agent after-contact work. Unless another agent stays,
// the chat ends, or goes on in its disconnect flow.
func (d *Draft) agentLeaves(p *Participant, agents Agents, limit AfterWorkLimit) (remains bool, err error) {
	if err := d.afterWork(p, agents, limit); err != nil {
		return false, err
	}
	for _, other := range d.Chat().Participants {
		if other.Role == AgentRole && other.Presence == Present {
			return false, nil
		}
	}
	if d.Chat().Flow.Hooks[CustomerRemaining] == "" {
		return false, d.finish("", ByAgent, agents, limit)
	}
	c := d.edit()
	c.Phase = InFlow
	s := c.Current()
	s.Disconnected, s.Reason = d.Now, ByAgent
	return true, nil
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
	d.leave(id, After)
	d.Agent(a.move(id, AfterWork, d.Now))
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
		if p.Role != AgentRole {
			p.Presence, p.Left = Gone, d.Now
			continue
		}
		if err := d.afterWorkQuietly(p, agents, limit); err != nil {
			return err
		}
	}
	d.clear(ConnectTimer, "")
	d.clear(ExpireTimer, "")
	s := c.Current()
	if s.Disconnected.IsZero() { // else an agent left before a disconnect flow
		s.Disconnected, s.Reason = d.Now, reason
	}
	if !s.Enqueued.IsZero() && s.Dequeued.IsZero() {
		s.Dequeued = d.Now
	}
	c.Phase, c.EndedAt, c.Reason = Ended, d.Now, reason
	d.EndFlow()
	d.add(Item{Kind: Event, Type: ChatEnded, Contact: s.ID})
	return nil
}

// afterWorkQuietly is afterWork without saying that the agent left: the end of
// the chat says it.
func (d *Draft) afterWorkQuietly(p *Participant, agents Agents, limit AfterWorkLimit) error {
	items := len(d.change.Items)
	err := d.afterWork(p, agents, limit)
	d.change.Items = d.change.Items[:items]
	return err
}
