package chat

import (
	"encoding/json"
	"time"
)

// Role says as what a participant takes part in a chat.
type Role string

// The roles. Flow prompts and language bots speak as RoleSystem.
const (
	RoleCustomer   Role = "CUSTOMER"
	RoleAgent      Role = "AGENT"
	RoleSystem     Role = "SYSTEM"
	RoleCustomBot  Role = "CUSTOM_BOT"
	RoleSupervisor Role = "SUPERVISOR"
)

// ItemType is the coarse kind of an Item; ContentType tells events apart.
type ItemType string

// The types of item. TypeMessageMetadata occurs on the socket only.
const (
	TypeMessage         ItemType = "MESSAGE"
	TypeEvent           ItemType = "EVENT"
	TypeAttachment      ItemType = "ATTACHMENT"
	TypeMessageMetadata ItemType = "MESSAGEMETADATA"
)

// The content types of messages.
const (
	TextPlain           = "text/plain"
	TextMarkdown        = "text/markdown"
	ApplicationJSON     = "application/json"
	Interactive         = "application/vnd.amazonaws.connect.message.interactive"
	InteractiveResponse = "application/vnd.amazonaws.connect.message.interactive.response"
)

const eventPrefix = "application/vnd.amazonaws.connect.event."

// The content types of events.
const (
	EventTyping                    = eventPrefix + "typing"
	EventConnectionAcknowledged    = eventPrefix + "connection.acknowledged"
	EventMessageDelivered          = eventPrefix + "message.delivered"
	EventMessageRead               = eventPrefix + "message.read"
	EventMessageMetadata           = eventPrefix + "message.metadata"
	EventParticipantJoined         = eventPrefix + "participant.joined"
	EventParticipantLeft           = eventPrefix + "participant.left"
	EventParticipantInvited        = eventPrefix + "participant.invited"
	EventParticipantIdle           = eventPrefix + "participant.idle"
	EventParticipantReturned       = eventPrefix + "participant.returned"
	EventAutoDisconnection         = eventPrefix + "participant.autodisconnection"
	EventDisplayNameUpdated        = eventPrefix + "participant.displayname.updated"
	EventTransferSucceeded         = eventPrefix + "transfer.succeeded"
	EventTransferFailed            = eventPrefix + "transfer.failed"
	EventChatEnded                 = eventPrefix + "chat.ended"
	EventChatRehydrated            = eventPrefix + "chat.rehydrated"
	EventAuthenticationInitiated   = eventPrefix + "authentication.initiated"
	EventAuthenticationSucceeded   = eventPrefix + "authentication.succeeded"
	EventAuthenticationFailed      = eventPrefix + "authentication.failed"
	EventAuthenticationTimeout     = eventPrefix + "authentication.timeout"
	EventAuthenticationExpired     = eventPrefix + "authentication.expired"
	EventAuthenticationCancelled   = eventPrefix + "authentication.cancelled"
	eventAuthenticationSuccessOdd  = eventPrefix + "authentication.success" // an older spelling
	eventAuthenticationStatePrefix = eventPrefix + "authentication."
)

// Item is one entry of a transcript, or what a socket pushed. Members that do
// not apply are zero: a chat that ends has no participant, an attachment no
// Content.
type Item struct {
	ID               string           `json:"Id"`
	AbsoluteTime     time.Time        `json:"AbsoluteTime,omitzero"` // by the server's clock
	Type             ItemType         `json:"Type"`
	ContentType      string           `json:"ContentType,omitempty"`
	Content          string           `json:"Content,omitempty"`
	ParticipantID    string           `json:"ParticipantId,omitempty"`
	ParticipantRole  Role             `json:"ParticipantRole,omitempty"`
	DisplayName      string           `json:"DisplayName,omitempty"`
	ContactID        string           `json:"ContactId,omitempty"`
	InitialContactID string           `json:"InitialContactId,omitempty"` // on the socket only
	RelatedContactID string           `json:"RelatedContactId,omitempty"` // the past chat that a rehydrated item is from
	Attachments      []Attachment     `json:"Attachments,omitempty"`
	MessageMetadata  *MessageMetadata `json:"MessageMetadata,omitempty"`
}

// Attachment describes a file of an Item; Session.DownloadAttachment gets its
// bytes.
type Attachment struct {
	AttachmentID   string `json:"AttachmentId"`
	AttachmentName string `json:"AttachmentName"`
	ContentType    string `json:"ContentType"`
	Status         string `json:"Status"` // APPROVED, REJECTED or IN_PROGRESS
}

// MessageMetadata carries the receipts of a message and, on the parts of a
// streamed answer, their numbers.
type MessageMetadata struct {
	MessageID        string    `json:"MessageId,omitempty"`
	Receipts         []Receipt `json:"Receipts,omitempty"`
	ChunkNumber      int       `json:"ChunkNumber,omitempty"` // from 1
	MessageCompleted *bool     `json:"MessageCompleted,omitempty"`
}

// Receipt says when a participant got and read a message; a zero time says
// not yet.
type Receipt struct {
	RecipientParticipantID string    `json:"RecipientParticipantId"`
	DeliveredTimestamp     time.Time `json:"DeliveredTimestamp,omitzero"`
	ReadTimestamp          time.Time `json:"ReadTimestamp,omitzero"`
}

// UnmarshalJSON reads an item from the wire. Unknown members are ignored, and
// a time that cannot be read is the zero time.
func (i *Item) UnmarshalJSON(data []byte) error {
	type plain Item
	aux := struct {
		*plain
		AbsoluteTime string
	}{plain: (*plain)(i)}
	if err := json.Unmarshal(data, &aux); err != nil {
		return err
	}
	i.AbsoluteTime = parseTime(aux.AbsoluteTime)
	return nil
}

// UnmarshalJSON reads a receipt from the wire.
func (r *Receipt) UnmarshalJSON(data []byte) error {
	var aux struct{ RecipientParticipantID, DeliveredTimestamp, ReadTimestamp string }
	if err := json.Unmarshal(data, &aux); err != nil {
		return err
	}
	r.RecipientParticipantID = aux.RecipientParticipantID
	r.DeliveredTimestamp = parseTime(aux.DeliveredTimestamp)
	r.ReadTimestamp = parseTime(aux.ReadTimestamp)
	return nil
}

// parseTime reads a wire time, or returns the zero time.
func parseTime(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// stored reports whether a transcript holds the item, so that it will be
// found there if it was missed on the socket.
func (i *Item) stored() bool {
	if i.Type == TypeMessage || i.Type == TypeAttachment {
		return !i.partial()
	}
	switch i.ContentType {
	case EventParticipantJoined, EventParticipantLeft, EventParticipantInvited,
		EventTransferSucceeded, EventTransferFailed, EventChatEnded, EventChatRehydrated:
		return true
	}
	return false
}

// partial reports whether the item is an unfinished part of a streamed answer.
func (i *Item) partial() bool {
	m := i.MessageMetadata
	return i.Type == TypeMessage && i.ParticipantRole == RoleSystem &&
		m != nil && m.MessageCompleted != nil && !*m.MessageCompleted
}
