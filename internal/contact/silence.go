package contact

import (
	"maps"
	"time"

	"github.com/bellpull/bellpull/internal/fault"
)

// Silence is how long the participants of a role may be silent while a customer
// and somebody of the house are both there; 0 is for ever.
type Silence struct {
	Idle  time.Duration // until everybody is told
	Leave time.Duration // until all but the customer are taken out
}

// Bounds of what Silence may say.
const (
	MinSilence = 2 * time.Minute
	MaxSilence = 480 * time.Minute
)

// Timers of silence; Ref is the role. They are armed when somebody joins and
// look back when they fire, so that saying something costs nothing.
const (
	IdleTimer  TimerKind = "idle"
	LeaveTimer TimerKind = "silent"
)

// SetSilence changes how long roles may be silent. It counts from when the next
// agent joins.
func (d *Draft) SetSilence(changes map[Role]Silence) error {
	if d.Chat().Over() {
		return fault.Newf(fault.Conflict, "the chat has ended")
	}
	all := maps.Clone(d.Chat().Silence)
	if all == nil {
		all = map[Role]Silence{}
	}
	for role, s := range changes {
		for _, limit := range []time.Duration{s.Idle, s.Leave} {
			if limit != 0 && (limit < MinSilence || limit > MaxSilence) {
				return fault.Newf(fault.Invalid, "a timer must be %d to %d minutes", MinSilence/time.Minute, MaxSilence/time.Minute)
			}
		}
		if s.Idle > 0 && s.Leave > 0 && s.Idle >= s.Leave {
			return fault.Newf(fault.Invalid, "the idle timer of %s must be shorter than the disconnect timer", role)
		}
		all[role] = s
	}
	d.edit().Silence = all
	return nil
}

// served reports whether the customer and somebody of the house are both there.
func (c *Chat) served() bool {
	customer, house := false, false
	for i := range c.Participants {
		p := &c.Participants[i]
		customer = customer || p.Role == Customer && p.Presence == Present
		house = house || p.Role != Customer && p.Takes()
	}
	return customer && house
}

// listen begins to heed silence when an agent joins.
func (d *Draft) listen() {
	c := d.edit()
	if !c.served() {
		return
	}
	c.Heeded, c.HeededSince = c.Silence, d.Now
	for role, s := range c.Heeded {
		d.arm(IdleTimer, role, s.Idle)
		d.arm(LeaveTimer, role, s.Leave)
	}
}

func (d *Draft) arm(kind TimerKind, role Role, limit time.Duration) {
	if limit > 0 {
		d.set(kind, string(role), d.Now.Add(limit))
	} else {
		d.clear(kind, string(role))
	}
}

// hush stops heeding silence when there is nobody left to be silent towards.
func (d *Draft) hush() {
	c := d.Chat()
	if len(c.Heeded) == 0 || c.served() {
		return
	}
	c = d.edit()
	for role := range c.Heeded {
		d.clear(IdleTimer, string(role))
		d.clear(LeaveTimer, string(role))
	}
	c.Heeded = nil
	for i := range c.Participants {
		c.Participants[i].Silent = time.Time{}
	}
}

// heard notes that somebody said something, where they had been silent for too
// long: everybody is told that they are back.
func (d *Draft) heard(by *Participant) {
	if by.Silent.IsZero() {
		return
	}
	c := d.edit()
	for i := range c.Participants {
		if p := &c.Participants[i]; p.Role == by.Role {
			p.Silent = time.Time{}
		}
	}
	d.notice(d.by(by, Event, ParticipantReturned, ""))
	d.arm(IdleTimer, by.Role, c.Heeded[by.Role].Idle)
}

// SilentSince returns from when on the silence of a role counts: since it was
// last heard, or has been heeded.
func (c *Chat) SilentSince(lastHeard time.Time) time.Time {
	if lastHeard.After(c.HeededSince) {
		return lastHeard
	}
	return c.HeededSince
}

// FallSilent is what the idle timer does: everybody is told who is silent. When
// somebody of the role has been heard in time, at lastHeard, the timer is set
// anew.
func (d *Draft) FallSilent(role Role, lastHeard time.Time) {
	c := d.Chat()
	who, limit := c.oneOf(role), c.Heeded[role].Idle
	if who == nil || limit == 0 || !who.Silent.IsZero() {
		return
	}
	if due := c.SilentSince(lastHeard).Add(limit); due.After(d.Now) {
		d.set(IdleTimer, string(role), due)
		return
	}
	c = d.edit()
	for i := range c.Participants {
		if p := &c.Participants[i]; p.Role == role && p.Takes() {
			p.Silent = d.Now
		}
	}
	d.notice(d.by(c.oneOf(role), Event, ParticipantIdle, c.warning(role, lastHeard)))
}

// warning says until when a role that has fallen silent may be, so that a page
// can tell. Clients of the service look for nothing in the event.
func (c *Chat) warning(role Role, lastHeard time.Time) string {
	most := c.Heeded[role].Leave
	if most == 0 {
		return ""
	}
	return `{"disconnectAt":"` + c.SilentSince(lastHeard).Add(most).UTC().Format("2006-01-02T15:04:05.000Z") + `"}`
}

// DropSilent is what the disconnect timer does: all but the customer are taken
// out. It reports whether the customer remains and the disconnect flow is to
// run; without one the chat ends. Like FallSilent it sets its timer anew for
// those who have been heard in time.
func (d *Draft) DropSilent(role Role, lastHeard time.Time, agents Agents, limit AfterWorkLimit) (remains bool, err error) {
	c := d.Chat()
	who, most := c.oneOf(role), c.Heeded[role].Leave
	if who == nil || most == 0 {
		return false, nil
	}
	if due := c.SilentSince(lastHeard).Add(most); due.After(d.Now) {
		d.set(LeaveTimer, string(role), due)
		return false, nil
	}
	d.notice(d.by(who, Event, AutoDisconnection, ""))
	return d.takeOut(ByIdleness, agents, limit)
}

// takeOut takes everybody but the customer out of the chat.
func (d *Draft) takeOut(why Reason, agents Agents, limit AfterWorkLimit) (remains bool, err error) {
	for _, other := range d.Chat().Participants {
		p := d.Chat().Participant(other.ID)
		switch {
		case p == nil || p.Role == Customer || p.Presence != Present && p.Presence != Invited:
			continue
		case p.Role == AgentRole:
			err = d.afterWork(p, agents, limit)
		case p.Role == Supervisor:
			err = d.stopMonitoring(p, agents)
		default:
			d.leave(p.ID, Gone)
		}
		if err != nil {
			return false, err
		}
	}
	d.hush()
	c := d.edit()
	c.Transfer = nil
	if c.Flow.Hooks[CustomerRemaining] == "" {
		return false, d.finish("", why, agents, limit)
	}
	d.EndFlow(Dropped)
	for i := range c.Contacts {
		d.closeContact(c.Contacts[i].ID, why)
	}
	c.Phase = InFlow
	return true, nil
}

// oneOf returns somebody of a role who takes part, or nil.
func (c *Chat) oneOf(role Role) *Participant {
	for i := range c.Participants {
		if p := &c.Participants[i]; p.Role == role && p.Takes() {
			return p
		}
	}
	return nil
}
