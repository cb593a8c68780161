// Package contact holds the rules of a chat: who takes part, who may say what,
// how it is queued, offered to an agent, accepted and ended. It is pure: it
// reads no clock and does no I/O. Start reading at Chat, which is the state,
// and Draft, on which a decision writes down what it changes.
package contact

import (
	"maps"
	"slices"
	"time"
)

// Phase is where a chat stands in its life.
type Phase string

// The phases, in the order in which a plain chat goes through them.
const (
	Created   Phase = "created"   // nobody has connected yet
	InFlow    Phase = "flow"      // a flow decides what happens
	Queued    Phase = "queued"    // waits for an agent
	Offered   Phase = "offered"   // rings at one agent, and waits still
	Connected Phase = "connected" // an agent takes part
	Ended     Phase = "ended"
)

// Chat is one customer's conversation: a chain of contacts that share a
// transcript, the customer and the attributes. A published Chat is never
// written to; a decision edits a copy (see Draft).
//
// Its exported fields are what a store keeps, under these names: renaming one
// needs a migration.
type Chat struct {
	// Number, Version and Seq belong to the store: the chat's own number there,
	// the version of this state, and the number of the last item.
	Number  int64
	Version int64
	Seq     int64
	// LastAt is the time of the last item.
	LastAt time.Time

	ID       ID // of the first contact
	Instance InstanceID
	Phase    Phase
	Started  time.Time
	Updated  time.Time
	Expires  time.Time // when the chat's duration is over
	EndedAt  time.Time
	Reason   Reason

	CustomerID        string
	Attributes        map[string]string
	SegmentAttributes map[string]SegmentValue
	ContentTypes      []string // what the customer's client can show
	ResponseMode      string
	// DisconnectOnCustomerExit lets the agent go when the customer leaves, so
	// that the disconnect flow runs.
	DisconnectOnCustomerExit bool

	InitialType string // content type of InitialText
	InitialText string // the customer's first words, said on connecting

	// Past are the past chats that this one goes on from, newest first.
	Past []Past
	// Related is the contact that it goes on from, or is about.
	Related ID
	// Association is the contact that all related ones go back to; empty: its own.
	Association ID

	// Processor is the function that sees each message before it is said; nil:
	// there is none.
	Processor *Processor
	// Line is where messages stand that the processor sees, where several nodes
	// take them: each is said when those before it have been.
	Line []Place

	Participants []Participant
	Contacts     []Segment // oldest first; see Current
	Flow         FlowRun
	Details      Details
	// Files are those that were sent, and those that are about to be.
	Files []File
	// Transfer is a contact on its way to another queue or agent, while an agent
	// takes part still; nil where there is none.
	Transfer *Transfer
	// Silence says how long each role may be silent. Heeded is what counts now:
	// what it said when an agent last joined, at HeededSince. Neither map is
	// written to once it stands here.
	Silence     map[Role]Silence
	Heeded      map[Role]Silence
	HeededSince time.Time
}

// SegmentValue is the value of a segment attribute; one of its members is set.
type SegmentValue struct {
	Text   *string
	ARN    *string
	Number *int32
	List   []SegmentValue
	Fields map[string]SegmentValue
}

// Segment is one contact of the chain.
type Segment struct {
	ID        ID
	Previous  ID
	Method    string // API, TRANSFER …
	Initiated time.Time

	Connected time.Time // the customer reached the system
	Queue     QueueID
	Enqueued  time.Time
	Dequeued  time.Time

	Agent             UserID
	AgentConnected    time.Time
	AfterWorkStarted  time.Time
	AfterWorkEnded    time.Time
	Disconnected      time.Time
	Reason            Reason
	Transferred       time.Time // to the contact that follows, by the agent
	ConnectionAttempt int       // offers made so far
	// Steps are those of its routing criteria that are over.
	Steps []StepEnd
}

// Open reports whether the contact goes on.
func (s *Segment) Open() bool { return s.Disconnected.IsZero() }

// Presence is how a participant takes part.
type Presence string

// The presences.
const (
	Invited Presence = "invited" // may connect and read; has not joined
	Present Presence = "present"
	After   Presence = "after" // has left, and may read until the work is cleared
	Gone    Presence = "gone"
)

// Participant is one party of a chat.
type Participant struct {
	ID       ParticipantID
	Role     Role
	Name     string
	User     UserID // of agents
	Contact  ID     // the segment on which the participant came in
	Presence Presence
	Joined   time.Time
	Left     time.Time
	// Silent since when they have been for too long; zero: they have not.
	Silent time.Time
	// Monitor is how a supervisor takes part; empty for all others.
	Monitor Monitor
	// LeftToken is the idempotency key of the request to leave, hashed.
	LeftToken uint64
}

// Takes reports whether the participant takes part, so that others notice it.
func (p *Participant) Takes() bool { return p.Presence == Present && p.Monitor != Listening }

// Reason says why a contact ended, in the words of the contact record.
type Reason string

// The reasons that this server gives.
const (
	ByCustomer   Reason = "CUSTOMER_DISCONNECT"
	ByAgent      Reason = "AGENT_DISCONNECT"
	ByFlow       Reason = "CONTACT_FLOW_DISCONNECT"
	ByAPI        Reason = "API"
	NotConnected Reason = "CUSTOMER_CONNECTION_NOT_ESTABLISHED"
	Expired      Reason = "EXPIRED"
	ByIdleness   Reason = "IDLE_DISCONNECT"
	ByNetwork    Reason = "AGENT_NETWORK_DISCONNECT"
)

// Current returns the contact that what is said belongs to: the first that goes
// on, or else the one that ended last (of those that ended together, the first).
// Others go on beside it where several agents take part, each with a contact of
// their own.
func (c *Chat) Current() *Segment {
	var last *Segment
	for i := range c.Contacts {
		s := &c.Contacts[i]
		if s.Method == FromMonitor {
			continue
		}
		if s.Open() {
			return s
		}
		if last == nil || s.Disconnected.After(last.Disconnected) {
			last = s
		}
	}
	return last
}

// Length counts the contacts of the chain; those of supervisors who listen are
// not of it.
func (c *Chat) Length() (n int) {
	for i := range c.Contacts {
		if c.Contacts[i].Method != FromMonitor {
			n++
		}
	}
	return n
}

// Queueing returns the contact that waits for an agent or rings at one, or the
// current one where none does.
func (c *Chat) Queueing() *Segment {
	if t := c.Transfer; t != nil && t.Phase != InFlow {
		return c.Segment(t.Contact)
	}
	return c.Current()
}

// Queued reports whether a contact of the chat waits for an agent or rings at
// one.
func (c *Chat) Queued() bool {
	return c.Phase == Queued || c.Phase == Offered || c.Transfer != nil && c.Transfer.Phase != InFlow
}

// Segment returns the contact with the given id, or nil.
func (c *Chat) Segment(id ID) *Segment {
	for i := range c.Contacts {
		if c.Contacts[i].ID == id {
			return &c.Contacts[i]
		}
	}
	return nil
}

// Participant returns the participant with the given id, or nil.
func (c *Chat) Participant(id ParticipantID) *Participant {
	for i := range c.Participants {
		if c.Participants[i].ID == id {
			return &c.Participants[i]
		}
	}
	return nil
}

// Customer returns the customer.
func (c *Chat) Customer() *Participant {
	for i := range c.Participants {
		if c.Participants[i].Role == Customer {
			return &c.Participants[i]
		}
	}
	return nil
}

// Bots counts the custom participants who take part or are invited.
func (c *Chat) Bots() (n int) {
	for i := range c.Participants {
		if p := &c.Participants[i]; p.Role == CustomBot && (p.Presence == Present || p.Presence == Invited) {
			n++
		}
	}
	return n
}

// present counts the participants who are in the chat, but for those who only
// listen.
func (c *Chat) present() (n int) {
	for i := range c.Participants {
		if c.Participants[i].Takes() {
			n++
		}
	}
	return n
}

// Over reports whether the chat has ended.
func (c *Chat) Over() bool { return c.Phase == Ended }

// Waiting reports whether a contact of the chat waits for an agent and rings at
// none.
func (c *Chat) Waiting() bool {
	return c.Phase == Queued || c.Transfer != nil && c.Transfer.Phase == Queued
}

// clone returns a copy that shares nothing that a decision may write to.
func (c *Chat) clone() *Chat {
	next := *c
	next.Attributes = maps.Clone(c.Attributes)
	next.SegmentAttributes = maps.Clone(c.SegmentAttributes)
	next.Participants = slices.Clone(c.Participants)
	next.Contacts = slices.Clone(c.Contacts)
	next.Files = slices.Clone(c.Files)
	next.Flow.Hooks = maps.Clone(c.Flow.Hooks)
	next.Flow.Calls = slices.Clone(c.Flow.Calls)
	next.Details.References = maps.Clone(c.Details.References)
	next.Details.Tags = maps.Clone(c.Details.Tags)
	if c.Transfer != nil {
		next.Transfer = new(*c.Transfer)
	}
	return &next
}
