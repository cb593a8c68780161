package contact

import "time"

// Role is what a participant is in a chat.
type Role string

// The roles, spelled as the protocols spell them.
const (
	Customer   Role = "CUSTOMER"
	AgentRole  Role = "AGENT"
	System     Role = "SYSTEM"
	CustomBot  Role = "CUSTOM_BOT"
	Supervisor Role = "SUPERVISOR"
)

// Kind is what an item is.
type Kind uint8

// The kinds of item.
const (
	Message Kind = iota + 1
	Event
	Attachment
)

var kindNames = [...]string{Message: "MESSAGE", Event: "EVENT", Attachment: "ATTACHMENT"}

// String returns the kind as the protocols spell it.
func (k Kind) String() string { return kindNames[k] }

// Content types of messages.
const (
	PlainText           = "text/plain"
	Markdown            = "text/markdown"
	JSON                = "application/json"
	Interactive         = "application/vnd.amazonaws.connect.message.interactive"
	InteractiveResponse = "application/vnd.amazonaws.connect.message.interactive.response"
)

// Content types of events.
const (
	eventPrefix = "application/vnd.amazonaws.connect.event."

	Typing                 = eventPrefix + "typing"
	MessageDelivered       = eventPrefix + "message.delivered"
	MessageRead            = eventPrefix + "message.read"
	MessageMetadata        = eventPrefix + "message.metadata"
	ConnectionAcknowledged = eventPrefix + "connection.acknowledged"
	ParticipantJoined      = eventPrefix + "participant.joined"
	ParticipantLeft        = eventPrefix + "participant.left"
	ParticipantInvited     = eventPrefix + "participant.invited"
	ParticipantIdle        = eventPrefix + "participant.idle"
	ParticipantReturned    = eventPrefix + "participant.returned"
	AutoDisconnection      = eventPrefix + "participant.autodisconnection"
	TransferSucceeded      = eventPrefix + "transfer.succeeded"
	TransferFailed         = eventPrefix + "transfer.failed"
	ChatEnded              = eventPrefix + "chat.ended"
	ChatRehydrated         = eventPrefix + "chat.rehydrated"
	ProcessorChanged       = eventPrefix + "processor.changed" // which nobody is told
)

// Visibility says which side of a chat may see an item.
type Visibility uint8

// The visibilities. The zero value is ToAll.
const (
	ToAll Visibility = iota
	ToCustomer
	ToAgents
	ToAuthor // only the participant whom it names as author
)

// VisibleTo reports whether a participant may see the item.
func (it *Item) VisibleTo(p ParticipantID, r Role) bool {
	switch it.Visibility {
	case ToCustomer:
		return r == Customer
	case ToAgents:
		return r != Customer
	case ToAuthor:
		return p == it.By
	default:
		return true
	}
}

// Anonymous reports whether clients are not told who the author is, nor which
// contact it belongs to: agents' libraries take an event about a transfer for
// one of theirs by its chat alone.
func (it *Item) Anonymous() bool { return it.Type == TransferSucceeded || it.Type == TransferFailed }

// Item is one entry of a transcript. Items of a chat are numbered without
// gaps, and their times strictly increase, so that their order is the same by
// either.
type Item struct {
	Seq  int64 // from 1; 0 for a notice, which is told and not stored
	ID   ItemID
	At   time.Time // UTC, whole milliseconds
	Kind Kind
	Type string // content type; empty for attachments
	Text string // content of messages and of a few events; see Shown for attachments

	By      ParticipantID // empty where nobody in particular is the author
	Role    Role
	Name    string
	Contact ID // the segment it belongs to

	Visibility Visibility
	// Token is the idempotency key of the request that made the item, hashed;
	// 0 where there was none.
	Token uint64
}

// Receipt says how far a participant has received or read what another said. It
// covers the earlier messages of the same sender as well: clients that get many
// at once confirm only the last (docs/fidelity.md#receipts).
type Receipt struct {
	Seq       int64 // of the message
	Message   ItemID
	Of        ParticipantID // who said it
	By        ParticipantID // who received it
	Delivered time.Time     // zero: not said
	Read      time.Time     // zero: not yet; read implies delivered
}
