// Package metrics counts what goes on in a contact centre and reports what has
// gone on: each figure is defined here once, and everybody who shows one (the
// control plane, flows, operators) takes it from here. It is pure. Start reading
// at Snapshot for the present and at Report for the past.
package metrics

import (
	"slices"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/routing"
)

// Chat is the channel of everything that is counted here. Agents may have slots
// of other channels, in which nothing goes on.
const Chat = "CHAT"

// Snapshot is a contact centre at a moment.
type Snapshot struct {
	Now       time.Time
	Directory *directory.Directory
	// Agents are those who have ever signed in; users who are not among them
	// are offline.
	Agents []*contact.Agent
	// Waiting are the contacts in queues. One that rings at an agent is still in
	// its queue.
	Waiting []Waiting
}

// Waiting is a contact in a queue: the one of its chat that waits is the Segment.
type Waiting struct {
	routing.Contact
	Segment contact.ID
	// Step is the expression of the routing step that counts now, as it is
	// written in answers; "" where none does.
	Step string
}

// Scope says whom and what a figure counts. The zero Scope is everybody.
type Scope struct {
	// Queues limit contacts to those in them, agents to those who serve one.
	Queues []contact.QueueID
	// Profiles limit agents to those who have them, contacts to those in their
	// queues.
	Profiles []directory.ProfileID
	// Channels limit agents to those whose profile has slots of one.
	Channels []string
	// Step limits contacts to those in a routing step; nil: any, or none.
	Step *string
	// Status limits agents to those in it.
	Status contact.StatusID
}

// Figures are what can be counted now.
type Figures struct {
	// Online are the agents in any status but offline.
	Online int
	// NonProductive are the agents in a custom status.
	NonProductive int
	// Staffed are the agents who are online and in no custom status.
	Staffed int
	// Available are the agents in a routable status who have no contact at all,
	// missed ones included. Who has one of three chats is not available.
	Available int
	// OnContact are the agents with at least one contact that is connected or in
	// after-contact work.
	OnContact int
	// Busy are the agents with at least one connected contact.
	Busy int
	// Error are the agents with a missed, rejected or lost contact.
	Error int
	// AfterWorkAgents are the agents with at least one contact in after-contact
	// work.
	AfterWorkAgents int
	// AfterWork are the contacts, not the agents, in after-contact work.
	AfterWork int
	// SlotsActive are the contacts that are connected or in after-contact work.
	SlotsActive int
	// SlotsAvailable are the slots in which agents would be offered contacts:
	// none of those in another than a routable status, or about to leave it.
	SlotsAvailable int

	// InQueue are the contacts in queues, ringing ones included.
	InQueue int
	// Oldest is how long the contact has waited that has done so longest.
	Oldest time.Duration
}

// Count counts what is in the scope.
func (s *Snapshot) Count(scope *Scope) Figures {
	var f Figures
	for _, a := range s.Agents {
		if u := s.Directory.Users[a.User]; u != nil && s.includes(scope, u, a) {
			f.agent(a, s.Directory.Profiles[u.Profile], scope)
		}
	}
	if !scope.chats() {
		return f
	}
	for i := range s.Waiting {
		if w := &s.Waiting[i]; s.holds(scope, w) {
			f.InQueue++
			f.Oldest = max(f.Oldest, s.Now.Sub(w.Since))
		}
	}
	return f
}

// includes says whether an agent is in the scope.
func (s *Snapshot) includes(scope *Scope, u *directory.User, a *contact.Agent) bool {
	return (len(scope.Queues) == 0 || slices.ContainsFunc(scope.Queues, func(q contact.QueueID) bool { return s.Directory.Serves(u, q) })) &&
		(len(scope.Profiles) == 0 || slices.Contains(scope.Profiles, u.Profile)) &&
		(len(scope.Channels) == 0 || slices.ContainsFunc(scope.Channels, func(channel string) bool {
			return Slots(s.Directory.Profiles[u.Profile], channel) > 0
		})) &&
		(scope.Status == "" || scope.Status == a.Status.ID)
}

// holds says whether a waiting contact is in the scope.
func (s *Snapshot) holds(scope *Scope, w *Waiting) bool {
	return (len(scope.Queues) == 0 || slices.Contains(scope.Queues, w.Queue)) &&
		(len(scope.Profiles) == 0 || slices.ContainsFunc(scope.Profiles, func(id directory.ProfileID) bool {
			p := s.Directory.Profiles[id]
			return p != nil && slices.ContainsFunc(p.Queues, func(q directory.ProfileQueue) bool { return q.Queue == w.Queue })
		})) &&
		(scope.Step == nil || *scope.Step == w.Step)
}

// chats says whether chats are in the scope.
func (scope *Scope) chats() bool {
	return len(scope.Channels) == 0 || slices.Contains(scope.Channels, Chat)
}

// agent adds an agent who is in the scope.
func (f *Figures) agent(a *contact.Agent, p *directory.RoutingProfile, scope *Scope) {
	now := a.Activity()
	if now.Online() {
		f.Online++
		if now.Status == contact.Custom {
			f.NonProductive++
		} else {
			f.Staffed++
		}
	}
	if now.Status == contact.Routable && a.Used() == 0 {
		f.Available++
	}
	f.SlotsAvailable += AvailableSlots(a, p, scope.Channels...)
	if !scope.chats() {
		return // nothing is done there
	}
	if now.OnContact {
		f.OnContact++
	}
	if now.Error {
		f.Error++
	}
	if hasWork(a, contact.Talking) {
		f.Busy++
	}
	if hasWork(a, contact.AfterWork) {
		f.AfterWorkAgents++
	}
	for i := range a.Work {
		w := &a.Work[i]
		if w.Monitor != "" || len(scope.Queues) > 0 && !slices.Contains(scope.Queues, w.Queue) {
			continue
		}
		switch w.State {
		case contact.AfterWork:
			f.AfterWork++
			f.SlotsActive++
		case contact.Talking:
			f.SlotsActive++
		case contact.Ringing, contact.MissedWork, contact.Rejected, contact.FailedWork:
		}
	}
}

// hasWork reports whether an agent has work of their own in the state.
func hasWork(a *contact.Agent, in contact.WorkState) bool {
	return slices.ContainsFunc(a.Work, func(w contact.Work) bool { return w.State == in && w.Monitor == "" })
}

// Slots returns how many contacts of a channel a profile gives its agents at
// once; a profile that is not there gives none.
func Slots(p *directory.RoutingProfile, channel string) int {
	if p == nil {
		return 0
	}
	if channel == Chat {
		return p.ChatConcurrency
	}
	for _, o := range p.Others {
		if o.Channel == channel {
			return o.Slots
		}
	}
	return 0
}

// AvailableSlots counts the slots of some channels, or of all where none is
// named, that are free for an agent who takes contacts.
func AvailableSlots(a *contact.Agent, p *directory.RoutingProfile, channels ...string) (n int) {
	if p == nil || !a.Open() {
		return 0
	}
	if len(channels) == 0 || slices.Contains(channels, Chat) {
		n = max(0, p.ChatConcurrency-a.Used())
	}
	for _, o := range p.Others {
		if len(channels) == 0 || slices.Contains(channels, o.Channel) {
			n += o.Slots
		}
	}
	return n
}
