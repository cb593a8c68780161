// Package record says what happened, in the shapes that the service documents:
// contact events, agent events, contact records with their chat metrics, and
// transcript files. It is pure. Start reading at Moment, which turns a change
// into what the world outside is told of it.
package record

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
)

// Moment is a change that is about to be committed, with what must be known
// to tell of it.
type Moment struct {
	Directory *directory.Directory
	Change    *contact.Change
	Now       time.Time
	NewID     func() string
	// Chat returns another chat on an agent's desk, or nil.
	Chat func(contact.ID) *contact.Chat
	// Wants says what is listened for.
	Wants func(contact.OutgoingKind) bool
}

// Outgoing returns what is to be told: events as they now are, and of records
// and transcripts that they are due.
func (m *Moment) Outgoing() []contact.Outgoing {
	var out []contact.Outgoing
	if m.Change.Next != nil {
		out = m.segments(out)
	}
	if m.Wants(contact.AgentEvent) {
		for _, a := range m.Change.Agents {
			was := m.Change.AgentsWere[a.User]
			for _, e := range m.agentEvents(was, a) {
				out = append(out, m.agentEvent(e, was, a))
			}
		}
	}
	return out
}

// segments tells of each contact of the chat, the oldest first.
func (m *Moment) segments(out []contact.Outgoing) []contact.Outgoing {
	was, next := m.Change.Was, m.Change.Next
	updated := was.Version != 0 && dataDiffers(was, next)
	for i := range next.Contacts {
		s := &next.Contacts[i]
		before := was.Segment(s.ID)
		if before == nil {
			before = &contact.Segment{}
		}
		completed := next.Completed(s) && !was.Completed(before)
		if m.Wants(contact.ContactEvent) {
			for _, e := range contactEvents(before, s, updated && s.ID == next.Current().ID, completed) {
				out = append(out, m.contactEvent(e, next, s))
			}
		}
		listened := s.Method == contact.FromMonitor // what is said there is said in another one
		if m.Wants(contact.TranscriptFile) && !listened && next.Closed(s) && !was.Closed(before) {
			out = append(out, m.due(contact.TranscriptFile, next, s))
		}
		// A record that has been handed out is handed out again when its data
		// change.
		if m.Wants(contact.ContactRecord) && (completed || updated && next.Completed(s)) {
			out = append(out, m.due(contact.ContactRecord, next, s))
		}
	}
	return out
}

func (m *Moment) outgoing(kind contact.OutgoingKind, key string) contact.Outgoing {
	return contact.Outgoing{Kind: kind, ID: m.NewID(), Key: key, Instance: m.Directory.Instance.ID, At: m.Now}
}

func (m *Moment) due(kind contact.OutgoingKind, chat *contact.Chat, s *contact.Segment) contact.Outgoing {
	o := m.outgoing(kind, string(chat.ID))
	o.Contact = s.ID
	return o
}

// How times are written: in events with milliseconds, in records and envelopes
// without.
const (
	milliseconds = "2006-01-02T15:04:05.000Z"
	wholeSeconds = "2006-01-02T15:04:05Z"
)

// stamp is a time with milliseconds, or nil where there is none.
func stamp(t time.Time) *string { return format(t, milliseconds) }

// second is a time without milliseconds, or nil.
func second(t time.Time) *string { return format(t, wholeSeconds) }

func format(t time.Time, layout string) *string {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC().Format(layout))
}

// seconds is the time from one moment to another in whole seconds, or nil where
// either is missing.
func seconds(from, to time.Time) *int64 {
	if from.IsZero() || to.IsZero() {
		return nil
	}
	return new(int64(to.Sub(from) / time.Second))
}

// text is s, or nil when it is empty.
func text[S ~string](s S) *string {
	if s == "" {
		return nil
	}
	return new(string(s))
}

// initial names the chat's first contact, for those that follow it.
func initial(chat *contact.Chat, s *contact.Segment) *string {
	if s.ID == chat.ID {
		return nil
	}
	return text(chat.ID)
}

const channel = "CHAT"

// Attributes of segments that every contact has.
const (
	subtype     = "connect:Subtype"
	chatSubtype = "connect:Chat"
)

// segmentAttributes returns the attributes of a chat's segments.
func segmentAttributes(chat *contact.Chat) map[string]contact.SegmentValue {
	out := maps.Clone(chat.SegmentAttributes)
	if out == nil {
		out = map[string]contact.SegmentValue{}
	}
	if _, ok := out[subtype]; !ok {
		out[subtype] = contact.SegmentValue{Text: new(chatSubtype)}
	}
	return out
}

// tags returns a chat's tags and those that the system adds.
func tags(in *directory.Instance, chat *contact.Chat) map[string]string {
	out := map[string]string{"aws:connect:instanceId": string(in.ID)}
	maps.Copy(out, chat.Details.Tags)
	return out
}

// named is what has an ARN and a name. Agents' own queues have no name.
type named struct {
	ARN  string
	Name *string
}

func queue(d *directory.Directory, id contact.QueueID) *named {
	if id == "" {
		return nil
	}
	n := &named{ARN: d.Instance.ARN("queue", string(id))}
	if q := d.Queues[id]; q != nil {
		n.Name = &q.Name
	}
	return n
}

// profile returns a user's routing profile, which may have been removed.
func profile(d *directory.Directory, u *directory.User) *named {
	if u == nil || u.Profile == "" {
		return nil
	}
	n := &named{ARN: d.Instance.ARN("routing-profile", string(u.Profile))}
	if p := d.Profiles[u.Profile]; p != nil {
		n.Name = &p.Name
	}
	return n
}

func user(d *directory.Directory, id contact.UserID) directory.User {
	if u := d.Users[id]; u != nil {
		return *u
	}
	return directory.User{ID: id}
}

func agentARN(d *directory.Directory, id contact.UserID) string {
	return d.Instance.ARN("agent", string(id))
}

// encode returns v as JSON.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("record: %v", err)) // only plain values are encoded
	}
	return b
}

// sorted returns the keys of a map in order.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
