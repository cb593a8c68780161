// Package routing decides which agent gets which waiting contact. It is pure:
// whoever calls it commits each match, and puts in what became of it. Start
// reading at Board.
//
// Agents are served one after another, by one contact each: the agent who has
// been idle longest chooses first (with LeastLoaded, who has the least work),
// among equals the one whose id comes first. Who has got a contact has been idle
// since now, and so is last in line for the next one.
//
// An agent chooses among the contacts that may go to them: those of their own
// queue first, then by the priority of the queue in their profile (low first),
// then by the contact's own priority (low first), then the one that has waited
// longest, its adjustment counted in, and at last the one that was there first.
package routing

import (
	"cmp"
	"slices"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
)

// Channel is a kind of contact.
type Channel string

// The channels.
const (
	Chat  Channel = "CHAT"
	Voice Channel = "VOICE"
	Task  Channel = "TASK"
)

// Contact is a contact that waits.
type Contact struct {
	ID      contact.ID
	Number  int64 // the lower one was there first, where all else is the same
	Queue   contact.QueueID
	Channel Channel
	Since   time.Time // when it was queued
	// Priority goes before age, low first; Adjustment is added to the age.
	Priority   int64
	Adjustment time.Duration
	// Criteria limit the agents it may go to; nil: none do. They count for
	// nothing in an agent's own queue. They are read and never written to.
	Criteria *contact.Criteria
}

// Before says which of two contacts comes first where their queues have the
// same priority: it is negative for a.
func Before(a, b *Contact) int {
	return cmp.Or(
		cmp.Compare(a.Priority, b.Priority),
		a.Since.Add(-a.Adjustment).Compare(b.Since.Add(-b.Adjustment)),
		cmp.Compare(a.Number, b.Number), cmp.Compare(a.ID, b.ID),
	)
}

// Agent is an agent who is open for contacts, though perhaps without a slot.
type Agent struct {
	User contact.UserID
	// Profile says what the agent serves. Agents who serve the same share it, which
	// makes matching fast; it is never written to.
	Profile *Profile
	// Proficiencies are what the agent is good at.
	Proficiencies []Proficiency
	// Work is what is on the agent's desk. A contact takes a slot of its channel
	// until it is cleared, and is not offered to this agent again before.
	Work []Work
	// Idle is since when the agent has been idle, by the timer of the profile.
	Idle time.Time
}

// Work is a contact on an agent's desk, a missed one included.
type Work struct {
	Contact contact.ID
	Channel Channel // empty for what takes no slot, such as listening
}

// Proficiency says how good an agent is at something.
type Proficiency struct {
	Attribute, Value string
	Level            float64
}

// Profile is what an agent serves.
type Profile struct {
	// Pairs are what is served besides the agent's own queue. Of the same queue
	// and channel the first one counts, of another agent's queue none.
	Pairs []Pair
	// Slots are the channels that are served.
	Slots []Slots
}

// Pair is a queue that is served for the contacts of one channel.
type Pair struct {
	Queue    contact.QueueID
	Channel  Channel
	Priority int           // low is served first
	Delay    time.Duration // a contact must have waited so long
}

// Slots are how many contacts of a channel an agent works on at once.
type Slots struct {
	Channel Channel
	Most    int
	// Alone keeps contacts of other channels away from an agent who works on one
	// of this channel.
	Alone bool
}

// slots returns the profile's slots of a channel, or nil.
func (p *Profile) slots(ch Channel) *Slots {
	for i := range p.Slots {
		if p.Slots[i].Channel == ch {
			return &p.Slots[i]
		}
	}
	return nil
}

// pair returns what the profile says of a queue and a channel, or nil.
func (p *Profile) pair(q contact.QueueID, ch Channel) *Pair {
	if q.Agent() != "" {
		return nil
	}
	for i := range p.Pairs {
		if p.Pairs[i].Queue == q && p.Pairs[i].Channel == ch {
			return &p.Pairs[i]
		}
	}
	return nil
}

// Match is a contact for an agent.
type Match struct {
	Contact Contact
	User    contact.UserID
}

// Reason says why an agent does not get a contact.
type Reason string

// The reasons, in the order in which they are looked at.
const (
	NotServed    Reason = "not served"    // the profile does not have the queue, or the channel
	OnDesk       Reason = "on the desk"   // rings there, or was missed or rejected and not cleared
	NoSlot       Reason = "no slot"       // all slots of the channel are taken
	OtherChannel Reason = "other channel" // the work in hand lets no other channel in
	Delayed      Reason = "delayed"       // the contact has not waited long enough for this profile
	StepNotMet   Reason = "step not met"  // the active step of the criteria asks for somebody else
	Fits         Reason = "fits"          // nothing stands in the way
)

// Verdict is what stands between a contact and an agent.
type Verdict struct {
	User   contact.UserID
	Reason Reason
	// Until is when that ends by the passing of time alone; zero: it does not.
	Until time.Time
}

// judge says what stands between a contact and the agent. Step is what the
// contact's active step asks for, nil for nothing, and expires when it ends.
func (a *Agent) judge(c *Contact, step *contact.Expression, expires, now time.Time) Verdict {
	v := Verdict{User: a.User, Reason: Fits}
	slots := a.Profile.slots(c.Channel)
	pair := a.Profile.pair(c.Queue, c.Channel)
	if c.Queue == contact.AgentQueue(a.User) {
		pair = &Pair{}
	}
	switch {
	case pair == nil || slots == nil || slots.Most <= 0:
		v.Reason = NotServed
	case a.has(c.ID):
		v.Reason = OnDesk
	case a.used(c.Channel) >= slots.Most:
		v.Reason = NoSlot
	case !a.room(c.Channel):
		v.Reason = OtherChannel
	case !waited(c, pair.Delay, now):
		v.Reason, v.Until = Delayed, c.Since.Add(pair.Delay)
	case step != nil && !a.meets(step):
		v.Reason, v.Until = StepNotMet, expires
	}
	return v
}

// waited reports whether a contact has waited for so long.
func waited(c *Contact, delay time.Duration, now time.Time) bool {
	return delay <= 0 || !c.Since.Add(delay).After(now)
}

// has reports whether a contact is on the agent's desk.
func (a *Agent) has(id contact.ID) bool {
	return slices.ContainsFunc(a.Work, func(w Work) bool { return w.Contact == id })
}

// used counts the slots of a channel that are taken.
func (a *Agent) used(ch Channel) (n int) {
	for i := range a.Work {
		if a.Work[i].Channel == ch {
			n++
		}
	}
	return n
}

// room reports whether the agent has a slot for a channel, and the work in hand
// lets it in: that is for the channel of the work to say, not for the new one.
func (a *Agent) room(ch Channel) bool {
	s := a.Profile.slots(ch)
	if s == nil || a.used(ch) >= s.Most {
		return false
	}
	return !slices.ContainsFunc(a.Work, func(w Work) bool {
		if w.Channel == ch {
			return false
		}
		now := a.Profile.slots(w.Channel)
		return now != nil && now.Alone
	})
}

// open reports whether the agent has room for anything.
func (a *Agent) open() bool {
	return slices.ContainsFunc(a.Profile.Slots, func(s Slots) bool { return a.room(s.Channel) })
}
