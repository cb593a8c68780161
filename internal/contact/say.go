package contact

import (
	"encoding/json"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/bellpull/bellpull/internal/fault"
)

// Limits of what may be said, in characters.
const (
	MaxText        = 1024
	MaxJSON        = 12000
	MaxInteractive = 12288
)

// Say adds a participant's message to the transcript.
func (d *Draft) Say(by ParticipantID, contentType, text string, token uint64) error {
	p, err := d.speaker(by)
	if err != nil {
		return err
	}
	if err := d.Chat().mayShow(p.Role, contentType); err != nil {
		return err
	}
	if err := CheckContent(contentType, text); err != nil {
		return err
	}
	d.heard(p)
	it := d.by(p, Message, contentType, text)
	it.Token = token
	d.add(it)
	return nil
}

// Processor is a function that may change or withhold what participants say.
type Processor struct {
	Function string
	// DeliverUnprocessed says what becomes of a message when the function fails.
	DeliverUnprocessed bool
}

// SetProcessor lets a function see each message before it is said; nil lets
// none. A Processor is not written to afterwards. The change takes a place in the
// transcript, which nobody sees and which is of no contact: a message that was
// decided on without it loses the place to it, and is decided anew.
func (d *Draft) SetProcessor(p *Processor) {
	if was := d.Chat().Processor; was == p || was != nil && p != nil && *was == *p {
		return
	}
	d.edit().Processor = p
	d.add(Item{Kind: Event, Type: ProcessorChanged, Visibility: ToAuthor, By: d.system(), Role: System})
}

// speaker returns the participant if they may speak now.
func (d *Draft) speaker(id ParticipantID) (*Participant, error) {
	chat := d.Chat()
	p := chat.Participant(id)
	switch {
	case p == nil:
		return nil, fault.Newf(fault.Denied, "no such participant")
	case chat.Over():
		return nil, fault.Newf(fault.Denied, "the chat has ended")
	case !p.Takes():
		return nil, fault.Newf(fault.Denied, "the participant does not take part")
	}
	return p, nil
}

// mayShow refuses content that the customer's client did not declare, when it
// comes from the other side. What customers send is theirs to know.
func (c *Chat) mayShow(from Role, contentType string) error {
	if from == Customer || contentType == PlainText || slices.Contains(c.ContentTypes, contentType) {
		return nil
	}
	return fault.Newf(fault.Invalid, "the customer's client does not support content type %s", contentType)
}

// CheckContent checks a message's content against the rules of its type.
func CheckContent(contentType, text string) error {
	limit := MaxText
	switch contentType {
	case PlainText, Markdown:
	case JSON:
		limit = MaxJSON
	case Interactive:
		limit = MaxInteractive
	case InteractiveResponse:
		limit = MaxInteractive
		if !validResponse(text) {
			return fault.Newf(fault.Invalid, "Message content is not a valid InteractiveMessageResponse")
		}
	default:
		return fault.Newf(fault.Invalid, "unknown content type %q", contentType)
	}
	if text == "" {
		return fault.Newf(fault.Invalid, "the content is empty")
	}
	if len(text) > limit && utf8.RuneCountInString(text) > limit {
		return fault.Newf(fault.Invalid, "the content is longer than %d characters", limit)
	}
	if (contentType == JSON || contentType == Interactive) && !json.Valid([]byte(text)) {
		return fault.Newf(fault.Invalid, "the content is not JSON")
	}
	return nil
}

// validResponse says whether text is an answer to an interactive message.
func validResponse(text string) bool {
	var r struct {
		Version string `json:"version"`
		Action  string `json:"action"`
	}
	if json.Unmarshal([]byte(text), &r) != nil || r.Version != "1.0" {
		return false
	}
	return r.Action != "" && utf8.RuneCountInString(r.Action) <= 200
}

// Type tells the others that a participant is typing.
func (d *Draft) Type(by ParticipantID, token uint64) error {
	p, err := d.speaker(by)
	if err != nil {
		return err
	}
	it := d.by(p, Event, Typing, "")
	it.Token = token
	d.notice(it)
	return nil
}

// Inviting tells the agents that a participant has invited somebody.
func (d *Draft) Inviting(by ParticipantID, token uint64) error {
	p, err := d.speaker(by)
	if err != nil {
		return err
	}
	it := d.by(p, Event, ParticipantInvited, "")
	it.Visibility, it.Token = ToAgents, token
	d.add(it)
	return nil
}

// Confirm records that a participant received a message, or has read it. A
// receipt for one's own message changes nothing.
func (d *Draft) Confirm(by ParticipantID, it Item, read bool) error {
	if _, err := d.speaker(by); err != nil {
		return err
	}
	if d.Chat().present() > 2 {
		return fault.Newf(fault.Conflict, "receipts need exactly two active participants")
	}
	if it.Kind != Message || it.By == by {
		return nil
	}
	r := Receipt{Seq: it.Seq, Message: it.ID, Of: it.By, By: by, Delivered: d.Now}
	if read {
		r.Read = d.Now
	}
	d.change.Receipts = append(d.change.Receipts, r)
	return nil
}

// Prompt adds the words of a flow or a bot, which everybody sees.
func (d *Draft) Prompt(name, contentType, text string) {
	d.add(Item{
		Kind: Message, Type: contentType, Text: text,
		By: d.system(), Role: System, Name: name, Contact: d.Chat().Current().ID,
	})
}

// The display names under which flows and their bots speak.
const (
	SystemName = "SYSTEM_MESSAGE"
	BotName    = "BOT"
)

// system returns the participant id under which the system speaks. It is the
// chat's own id, which no participant has.
func (d *Draft) system() ParticipantID { return ParticipantID(d.Chat().ID) }

// Covers reports whether a receipt says something about an item: it is the
// message that was confirmed, or an earlier one of the same sender.
func (r Receipt) Covers(it Item) bool {
	return it.Kind == Message && it.Seq <= r.Seq && it.By == r.Of
}

// Merge adds what another mark of the same participant says, keeping the
// earlier times.
func (r Receipt) Merge(o Receipt) Receipt {
	r.Delivered = earlier(r.Delivered, o.Delivered)
	r.Read = earlier(r.Read, o.Read)
	return r
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}
