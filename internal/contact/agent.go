package contact

import (
	"slices"
	"time"

	"github.com/bellpull/bellpull/internal/fault"
)

// StatusType says what an agent status means for routing.
type StatusType string

// The types of status.
const (
	Routable StatusType = "ROUTABLE"
	Custom   StatusType = "CUSTOM"
	Offline  StatusType = "OFFLINE"
)

// Status is an agent status as an agent is in it.
type Status struct {
	ID    StatusID
	Type  StatusType
	Since time.Time
}

// WorkState is the state of a contact as its agent sees it.
type WorkState string

// The states. All of them hold a slot until the work is cleared.
const (
	Ringing    WorkState = "connecting"
	Talking    WorkState = "connected"
	AfterWork  WorkState = "ended"
	MissedWork WorkState = "missed"
	Rejected   WorkState = "rejected"
	FailedWork WorkState = "error" // the agent was lost
)

// Work is a contact on an agent's desk; it occupies one slot.
type Work struct {
	Chat        ID
	Contact     ID
	Participant ParticipantID
	Queue       QueueID
	State       WorkState
	Since       time.Time // of the state
	Offered     time.Time
	Answered    time.Time
	// FromSeq is the chat's last item when the offer was made.
	FromSeq int64
	// HandedOn is set when the agent has handed the chat on to a queue of several
	// agents: it does not come back before the work is cleared.
	HandedOn bool
	// Monitor is set for what a supervisor listens to. It takes no slot.
	Monitor  Monitor
	MayBarge bool
}

// Live reports whether the work still is a conversation, or may become one.
func (w *Work) Live() bool { return w.State == Ringing || w.State == Talking }

// Agent is what an agent does now: status and work. Like a Chat it is never
// written to once published; its methods return the next state.
type Agent struct {
	User     UserID
	Instance InstanceID
	// Version is the store's; 0 for an agent that it does not hold yet.
	Version int64

	Status Status
	// Next is the status that begins when the last slot is free.
	Next *Status
	Work []Work // oldest first
	// Idle is when the agent last had to do with a contact.
	Idle time.Time
}

// Used counts the occupied slots.
func (a *Agent) Used() (n int) {
	for i := range a.Work {
		if a.Work[i].Monitor == "" {
			n++
		}
	}
	return n
}

// Open reports whether new contacts may be offered, slots aside.
func (a *Agent) Open() bool { return a.Status.Type == Routable && a.Next == nil }

// Find returns the agent's work on a contact, or nil.
func (a *Agent) Find(id ID) *Work {
	for i := range a.Work {
		if a.Work[i].Contact == id {
			return &a.Work[i]
		}
	}
	return nil
}

// On returns the agent's work as the given participant, or nil.
func (a *Agent) On(p ParticipantID) *Work {
	for i := range a.Work {
		if a.Work[i].Participant == p {
			return &a.Work[i]
		}
	}
	return nil
}

func (a *Agent) clone() *Agent {
	next := *a
	next.Work = slices.Clone(a.Work)
	return &next
}

// SetStatus puts the agent into a status. With live work only a next status is
// possible (queue); it begins when the last slot is free, and routing stops at
// once. Work that waits to be cleared is cleared; its participants are
// returned, so that their chats can be told.
func (a *Agent) SetStatus(s Status, queue bool, now time.Time) (*Agent, []Work, error) {
	if s.Type == Routable && s.ID == a.Status.ID && (queue || a.Next != nil) {
		next := a.clone()
		next.Next = nil // choosing the present status takes the next one back
		return next, nil, nil
	}
	live := slices.ContainsFunc(a.Work, func(w Work) bool { return w.Live() })
	if live && !queue {
		return nil, nil, fault.Newf(fault.Conflict, "Cannot change agent state: Invalid agent or contact state.")
	}
	if live && s.Type == Routable {
		return nil, nil, fault.Newf(fault.Conflict, "only a custom or offline status can follow later")
	}
	next := a.clone()
	var cleared []Work
	next.Work = slices.DeleteFunc(next.Work, func(w Work) bool {
		if w.Live() {
			return false
		}
		cleared = append(cleared, w)
		return true
	})
	s.Since = now
	if live {
		next.Next = &s
		return next, cleared, nil
	}
	next.enter(s)
	return next, cleared, nil
}

func (a *Agent) enter(s Status) {
	a.Next = nil
	if a.Status.Type != Routable && s.Type == Routable {
		a.Idle = s.Since
	}
	a.Status = s
}

// ring returns the agent with a new offer.
func (a *Agent) ring(w Work) *Agent {
	next := a.clone()
	next.Work = append(next.Work, w)
	next.Idle = w.Since
	return next
}

// move returns the agent with the work of participant p in another state. It
// returns a itself where there is no such work.
func (a *Agent) move(p ParticipantID, to WorkState, now time.Time) *Agent {
	if a.On(p) == nil {
		return a
	}
	next := a.clone()
	w := next.On(p)
	w.State, w.Since = to, now
	if to == Talking {
		w.Answered = now
	}
	next.Idle = now
	return next
}

// handOn returns the agent with the work of participant p handed on.
func (a *Agent) handOn(p ParticipantID) *Agent {
	next := a.clone()
	next.On(p).HandedOn = true
	return next
}

// drop returns the agent without the work of participant p. The slot is free
// then, and a status that waited for the last one begins.
func (a *Agent) drop(p ParticipantID, now time.Time) *Agent {
	next := a.clone()
	next.Work = slices.DeleteFunc(next.Work, func(w Work) bool { return w.Participant == p })
	if len(next.Work) == 0 && next.Next != nil {
		s := *next.Next
		s.Since = now
		next.enter(s)
	}
	return next
}
