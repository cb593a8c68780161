package contact

import (
	"slices"
	"time"
)

// Outgoing is something that the world outside is to be told. It is committed
// with what brought it about, and handed out later, at least once and in order
// among those of one Key.
type Outgoing struct {
	// Number is the store's, given in the order of commits.
	Number   int64
	Kind     OutgoingKind
	ID       string // of the event, the same each time that it is handed out
	Key      string // what it is about: the chat, or the agent
	Instance InstanceID
	At       time.Time
	// Contact is the contact that a record or transcript is of. Those are composed
	// when they are handed out, and have no Body here.
	Contact ID
	Body    []byte // JSON
}

// OutgoingKind says what is told.
type OutgoingKind string

// The kinds.
const (
	ContactEvent   OutgoingKind = "contact-event"
	AgentEvent     OutgoingKind = "agent-event"
	ContactRecord  OutgoingKind = "contact-record"
	TranscriptFile OutgoingKind = "transcript"
)

// Closed reports whether nothing more is said in a segment: it has ended, and
// no disconnect flow goes on in it.
func (c *Chat) Closed(s *Segment) bool {
	return !s.Open() && (c.Over() || s.ID != c.Current().ID)
}

// Completed reports whether a segment has come to its end: it is closed, and
// its agent's work, if there was any, is cleared.
func (c *Chat) Completed(s *Segment) bool {
	return c.Closed(s) && (s.AfterWorkStarted.IsZero() || !s.AfterWorkEnded.IsZero())
}

// Next returns the id of the first segment that follows s, or "".
func (c *Chat) Next(s *Segment) ID {
	i := slices.IndexFunc(c.Contacts, func(o Segment) bool { return o.Previous == s.ID && o.Method != FromMonitor })
	if i < 0 {
		return ""
	}
	return c.Contacts[i].ID
}
