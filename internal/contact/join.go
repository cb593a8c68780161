package contact

import (
	"maps"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bellpull/bellpull/internal/fault"
)

// ConnectLimit is how long after its start a chat waits for its customer.
const ConnectLimit = 5 * time.Minute

// Bounds and default of a chat's duration.
const (
	MinDuration     = 60 * time.Minute
	MaxDuration     = 7 * 24 * time.Hour
	DefaultDuration = 25 * time.Hour
)

// Opening says how a chat begins.
type Opening struct {
	ID                ID
	Instance          InstanceID
	Flow              FlowID
	Customer          ParticipantID
	Name              string
	CustomerID        string
	Attributes        map[string]string
	SegmentAttributes map[string]SegmentValue
	ContentTypes      []string
	ResponseMode      string
	InitialType       string
	InitialText       string
	Duration          time.Duration // 0: the default

	DisconnectOnCustomerExit bool

	// Source, if set, is a contact of an ended chat that this one goes on from, as
	// Rehydration says.
	Source      ID
	Rehydration string
	// Past and Association are found by them, or by Related.
	Past        []Past
	Related     ID
	Association ID
}

// Start returns the draft of a chat that begins now. It exists at once; its
// flow starts when the customer connects.
func Start(o Opening, now time.Time) *Draft {
	if o.Duration == 0 {
		o.Duration = DefaultDuration
	}
	d := NewDraft(&Chat{ID: o.ID, Instance: o.Instance}, now)
	d.change.Next = &Chat{
		ID: o.ID, Instance: o.Instance, Phase: Created,
		Started: d.Now, Updated: d.Now, Expires: d.Now.Add(o.Duration),
		CustomerID: o.CustomerID, Attributes: o.Attributes, SegmentAttributes: o.SegmentAttributes,
		ContentTypes: o.ContentTypes, ResponseMode: o.ResponseMode,
		InitialType: o.InitialType, InitialText: o.InitialText, DisconnectOnCustomerExit: o.DisconnectOnCustomerExit,
		Participants: []Participant{{ID: o.Customer, Role: Customer, Name: o.Name, Contact: o.ID, Presence: Invited}},
		Contacts:     []Segment{{ID: o.ID, Method: FromAPI, Initiated: d.Now}},
		Flow:         FlowRun{Flow: o.Flow},
		Past:         o.Past, Related: o.Related, Association: o.Association,
	}
	d.set(ConnectTimer, "", d.Now.Add(ConnectLimit))
	d.set(ExpireTimer, "", d.Now.Add(o.Duration))
	return d
}

// Invite adds a custom participant, such as a bot, who joins on connecting.
func (d *Draft) Invite(id ParticipantID, role Role, name string) error {
	if d.Chat().Over() {
		return fault.Newf(fault.Conflict, "the chat has ended")
	}
	c := d.edit()
	c.Participants = append(c.Participants, Participant{ID: id, Role: role, Name: name, Contact: c.Current().ID, Presence: Invited})
	return nil
}

// MaxParticipants is the most who can take part in a chat at once.
const MaxParticipants = 6

// Parties counts those who take part or are invited, and the colleague who is
// looked for.
func (c *Chat) Parties() (n int) {
	if t := c.Transfer; t != nil && (t.Phase == Queued || t.Phase == InFlow && t.Adds) {
		n++
	}
	for i := range c.Participants {
		if p := &c.Participants[i]; p.Takes() || p.Presence == Invited {
			n++
		}
	}
	return n
}

// MayConnect refuses those who are no longer, or never were, of the chat.
func (c *Chat) MayConnect(id ParticipantID) error {
	switch p := c.Participant(id); {
	case p == nil:
		return fault.Newf(fault.Denied, "no such participant")
	case p.Presence == After:
		return nil
	case c.Over():
		return fault.Newf(fault.Denied, "the chat has ended")
	case p.Presence == Gone:
		return fault.Newf(fault.Denied, "the participant has left")
	}
	return nil
}

// Connect notes that a participant has connected. Those who were invited join;
// an agent joins by accepting instead. It reports whether it was the customer
// who joined, which starts the flow.
func (d *Draft) Connect(id ParticipantID) (starts bool, err error) {
	if err := d.Chat().MayConnect(id); err != nil {
		return false, err
	}
	p := d.Chat().Participant(id)
	if p.Presence != Invited || p.Role == AgentRole {
		return false, nil
	}
	d.join(id)
	if p.Role != Customer {
		return false, nil
	}
	c := d.edit()
	c.Phase = InFlow
	c.Current().Connected = d.Now
	d.clear(ConnectTimer, "")
	if len(c.Past) > 0 {
		d.rehydrated()
	}
	if c.InitialText != "" {
		d.add(d.by(c.Participant(id), Message, c.InitialType, c.InitialText))
	}
	return true, nil
}

// join makes a participant present.
func (d *Draft) join(id ParticipantID) {
	p := d.edit().Participant(id)
	p.Presence, p.Joined = Present, d.Now
	d.add(d.by(p, Event, ParticipantJoined, ""))
	if p.Role != Customer {
		d.listen()
	}
}

// leave takes a participant out of the chat.
func (d *Draft) leave(id ParticipantID, to Presence) {
	p := d.edit().Participant(id)
	was := p.Presence
	p.Presence, p.Left = to, d.Now
	if was == Present {
		d.add(d.by(p, Event, ParticipantLeft, ""))
	}
}

// MaxAttributes is the most that a chat's attributes may take, keys and values
// together, in bytes of UTF-8.
const MaxAttributes = 32768

// MaxAttributeKey is how many characters the key of an attribute may have.
const MaxAttributeKey = 256

// SetAttributes merges contact attributes; they may change after the end too. A
// flow may give them other keys than clients may (CheckAttributes): any without
// a dollar sign and a full stop, of up to MaxAttributeKey characters.
func (d *Draft) SetAttributes(attributes map[string]string) error {
	merged := maps.Clone(d.Chat().Attributes)
	if merged == nil {
		merged = make(map[string]string, len(attributes))
	}
	maps.Copy(merged, attributes)
	for k := range attributes {
		if k == "" || strings.ContainsAny(k, "$.") || utf8.RuneCountInString(k) > MaxAttributeKey {
			return fault.Newf(fault.Invalid, "attribute key %q must have at most %d characters, and neither $ nor a full stop", k, MaxAttributeKey)
		}
	}
	if err := checkSize(merged); err != nil {
		return err
	}
	d.edit().Attributes = merged
	return nil
}

// CheckAttributes checks the attributes that a client gives a chat: keys of
// letters, digits, hyphens and underscores, and their size.
func CheckAttributes(attributes map[string]string) error {
	for k := range attributes {
		if !ValidAttributeName(k) {
			return fault.Newf(fault.Invalid, "attribute key %q may have only letters, digits, - and _", k)
		}
	}
	return checkSize(attributes)
}

// ValidAttributeName reports whether a client may give an attribute such a name.
func ValidAttributeName(k string) bool {
	return k != "" && !strings.ContainsFunc(k, func(r rune) bool { return !attributeRune(r) })
}

func checkSize(attributes map[string]string) error {
	size := 0
	for k, v := range attributes {
		size += len(k) + len(v)
	}
	if size > MaxAttributes {
		return fault.Newf(fault.Invalid, "the attributes are larger than %d bytes", MaxAttributes)
	}
	return nil
}

func attributeRune(r rune) bool {
	return r == '-' || r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}
