package archive

import (
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/store"
)

// line is one line of the text: one of its members is there. A released format
// is read for ever; a member that is added is not in older texts, and one whose
// meaning changes needs another Format.
type line struct {
	Header    *header              `json:"header,omitempty"`
	Directory *directory.Directory `json:"directory,omitempty"`
	Key       *signingKey          `json:"signing_key,omitempty"`
	Chat      *contact.Chat        `json:"chat,omitempty"`
	Item      *item                `json:"item,omitempty"`
	Receipt   *receipt             `json:"receipt,omitempty"`
	Timer     *timer               `json:"timer,omitempty"`
	Agent     *contact.Agent       `json:"agent,omitempty"`
	Mark      *mark                `json:"agent_mark,omitempty"`
	OfferEnd  *offerEnd            `json:"offer_end,omitempty"`
	FlowMark  *flowMark            `json:"flow_mark,omitempty"`
	Token     *token               `json:"token,omitempty"`
	Outgoing  *outgoing            `json:"outbox,omitempty"`
	Position  *position            `json:"outbox_position,omitempty"`
	End       *end                 `json:"end,omitempty"`
}

type header struct {
	Format  int       `json:"format"`
	Created time.Time `json:"created"`
}

type end struct {
	Rows int64 `json:"rows"`
}

type signingKey struct {
	ID      uint32    `json:"id"`
	Secret  []byte    `json:"secret"`
	Created time.Time `json:"created"`
}

type item struct {
	Seq        int64                 `json:"seq"`
	ID         string                `json:"id"`
	At         time.Time             `json:"at"`
	Kind       contact.Kind          `json:"kind"`
	Type       text                  `json:"type,omitempty"`
	Text       text                  `json:"text,omitempty"`
	By         contact.ParticipantID `json:"by,omitempty"`
	Role       contact.Role          `json:"role,omitempty"`
	Name       text                  `json:"name,omitempty"`
	Contact    contact.ID            `json:"contact,omitempty"`
	Visibility contact.Visibility    `json:"visibility,omitempty"`
	Token      uint64                `json:"token,omitempty"`
}

type receipt struct {
	Seq       int64                 `json:"seq"`
	Message   string                `json:"message"`
	Of        contact.ParticipantID `json:"of"`
	By        contact.ParticipantID `json:"by"`
	Delivered time.Time             `json:"delivered,omitzero"`
	Read      time.Time             `json:"read,omitzero"`
}

type timer struct {
	Kind contact.TimerKind `json:"kind"`
	Ref  string            `json:"ref,omitempty"`
	Due  time.Time         `json:"due"`
}

type mark struct {
	User      contact.UserID     `json:"user"`
	Instance  contact.InstanceID `json:"instance"`
	At        time.Time          `json:"at"`
	Status    contact.StatusType `json:"status"`
	OnContact bool               `json:"on_contact,omitempty"`
	Error     bool               `json:"error,omitempty"`
	Incoming  bool               `json:"incoming,omitempty"`
}

type offerEnd struct {
	User     contact.UserID     `json:"user"`
	Instance contact.InstanceID `json:"instance"`
	Contact  contact.ID         `json:"contact"`
	Queue    contact.QueueID    `json:"queue"`
	Offered  time.Time          `json:"offered"`
	Ended    time.Time          `json:"ended"`
	Outcome  contact.Outcome    `json:"outcome"`
}

type flowMark struct {
	Instance contact.InstanceID  `json:"instance"`
	Contact  contact.ID          `json:"contact"`
	Flow     contact.FlowID      `json:"flow"`
	Type     string              `json:"type"`
	Began    time.Time           `json:"began"`
	At       time.Time           `json:"at"`
	Outcome  contact.FlowOutcome `json:"outcome,omitempty"`
}

type token struct {
	Key    text      `json:"key"`
	Answer text      `json:"answer"`
	At     time.Time `json:"at"`
}

type outgoing struct {
	Number   int64                `json:"number"`
	Kind     contact.OutgoingKind `json:"kind"`
	ID       string               `json:"id"`
	Key      string               `json:"key"`
	Instance contact.InstanceID   `json:"instance"`
	At       time.Time            `json:"at"`
	Contact  contact.ID           `json:"contact,omitempty"`
	Body     []byte               `json:"body,omitempty"` // base64
}

type position struct {
	Receiver string `json:"receiver"`
	Position int64  `json:"position"`
}

// text is a string that need not be UTF-8, which JSON cannot hold: such a one is
// an object with the member base64.
type text string

type bytesText struct {
	Base64 []byte `json:"base64"`
}

// MarshalJSON implements json.Marshaler.
func (t text) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(t)) {
		return json.Marshal(string(t))
	}
	return json.Marshal(bytesText{[]byte(t)})
}

// UnmarshalJSON implements json.Unmarshaler.
func (t *text) UnmarshalJSON(b []byte) error {
	if len(b) == 0 || b[0] != '{' {
		return json.Unmarshal(b, (*string)(t))
	}
	var v bytesText
	err := json.Unmarshal(b, &v)
	*t = text(v.Base64)
	return err
}

// idText returns an item's id; one that is zero is empty.
func idText(id contact.ItemID) string {
	if id == (contact.ItemID{}) {
		return ""
	}
	return id.String()
}

// itemID reads what idText wrote; a store keeps ids of any kind.
func itemID(s string) (id contact.ItemID, err error) {
	if s == "" {
		return id, nil
	}
	b, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	if err != nil || len(b) != len(id) {
		return id, fault.Newf(fault.Invalid, "%q is no id of an item", s)
	}
	return contact.ItemID(b), nil
}

// lineOf returns a row as a line.
func lineOf(r *store.Row) (l line) {
	l.Directory, l.Chat, l.Agent = r.Directory, r.Chat, r.Agent
	switch {
	case r.Key != nil:
		l.Key = new(signingKey(*r.Key))
	case r.Item != nil:
		it := r.Item
		l.Item = &item{
			Seq: it.Seq, ID: idText(it.ID), At: it.At, Kind: it.Kind, Type: text(it.Type), Text: text(it.Text), By: it.By, Role: it.Role,
			Name: text(it.Name), Contact: it.Contact, Visibility: it.Visibility, Token: it.Token,
		}
	case r.Receipt != nil:
		rc := r.Receipt
		l.Receipt = &receipt{Seq: rc.Seq, Message: idText(rc.Message), Of: rc.Of, By: rc.By, Delivered: rc.Delivered, Read: rc.Read}
	case r.Timer != nil:
		l.Timer = &timer{Kind: r.Timer.Kind, Ref: r.Timer.Ref, Due: r.Timer.Due}
	case r.Mark != nil:
		m := r.Mark
		l.Mark = &mark{m.User, m.Instance, m.At, m.Status, m.OnContact, m.Error, m.Incoming}
	case r.OfferEnd != nil:
		l.OfferEnd = new(offerEnd(*r.OfferEnd))
	case r.FlowMark != nil:
		l.FlowMark = new(flowMark(*r.FlowMark))
	case r.Token != nil:
		l.Token = &token{text(r.Token.Key), text(r.Token.Answer), r.Token.At}
	case r.Outgoing != nil:
		l.Outgoing = new(outgoing(*r.Outgoing))
	case r.Position != nil:
		l.Position = new(position(*r.Position))
	}
	return l
}

// row returns a line as the row that it is of.
func (l *line) row() (*store.Row, error) {
	r := &store.Row{Directory: l.Directory, Chat: l.Chat, Agent: l.Agent}
	switch {
	case r.Directory != nil, r.Chat != nil, r.Agent != nil:
	case l.Key != nil:
		r.Key = new(store.SigningKey(*l.Key))
	case l.Item != nil:
		it := l.Item
		id, err := itemID(it.ID)
		if err != nil {
			return nil, err
		}
		r.Item = &contact.Item{
			Seq: it.Seq, ID: id, At: it.At, Kind: it.Kind, Type: string(it.Type), Text: string(it.Text), By: it.By, Role: it.Role,
			Name: string(it.Name), Contact: it.Contact, Visibility: it.Visibility, Token: it.Token,
		}
	case l.Receipt != nil:
		rc := l.Receipt
		id, err := itemID(rc.Message)
		if err != nil {
			return nil, err
		}
		r.Receipt = &contact.Receipt{Seq: rc.Seq, Message: id, Of: rc.Of, By: rc.By, Delivered: rc.Delivered, Read: rc.Read}
	case l.Timer != nil:
		r.Timer = &contact.Timer{TimerKey: contact.TimerKey{Kind: l.Timer.Kind, Ref: l.Timer.Ref}, Due: l.Timer.Due}
	case l.Mark != nil:
		m := l.Mark
		r.Mark = &contact.AgentMark{
			User: m.User, Instance: m.Instance, At: m.At,
			Activity: contact.Activity{Status: m.Status, OnContact: m.OnContact, Error: m.Error, Incoming: m.Incoming},
		}
	case l.OfferEnd != nil:
		r.OfferEnd = new(contact.OfferEnd(*l.OfferEnd))
	case l.FlowMark != nil:
		r.FlowMark = new(contact.FlowMark(*l.FlowMark))
	case l.Token != nil:
		r.Token = &contact.Token{Key: string(l.Token.Key), Answer: string(l.Token.Answer), At: l.Token.At}
	case l.Outgoing != nil:
		r.Outgoing = new(contact.Outgoing(*l.Outgoing))
	case l.Position != nil:
		r.Position = new(store.OutboxPosition(*l.Position))
	default:
		return nil, fault.Newf(fault.Invalid, "the line says nothing that this program knows")
	}
	return r, nil
}
