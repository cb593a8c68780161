package chat

import (
	"encoding/json"
	"strings"
)

// Event is something a Session tells its user: one of the types of this
// package whose name ends in Event, or ConnectionEstablished, ConnectionLost
// and DeepHeartbeat. New types may be added, so a type switch needs no default
// case and should not panic in one.
//
// The listeners of ChatJS and what replaces them:
//
//	onMessage                    MessageEvent, PartialMessageEvent, AttachmentEvent, JoinedEvent,
//	                             LeftEvent, TransferEvent, OtherEvent (and EndedEvent)
//	onTyping                     TypingEvent
//	onReadReceipt                ReadReceiptEvent
//	onDeliveredReceipt           DeliveredReceiptEvent
//	onParticipantIdle            IdleEvent
//	onParticipantReturned        ReturnedEvent
//	onParticipantInvited         InvitedEvent
//	onAutoDisconnection          AutoDisconnectionEvent
//	onParticipantDisplayNameUpdated  DisplayNameUpdatedEvent
//	onChatRehydrated             RehydratedEvent
//	onAuthentication…            AuthenticationEvent
//	onEnded                      EndedEvent, then the stream ends
//	onConnectionEstablished      ConnectionEstablished
//	onConnectionLost             ConnectionLost
//	onConnectionBroken           none: a session does not give up
//	onDeepHeartbeatSuccess/Failure  DeepHeartbeat
//	onTranscriptUpdated          Record.Apply reporting true
type Event interface{ event() }

type (
	// MessageEvent is a message, the session's own ones included: compare its
	// ID with Sent.ID.
	MessageEvent struct{ Item }

	// PartialMessageEvent is an answer that is still being written. Content is
	// all of it so far. The finished answer follows as a MessageEvent with the
	// same ID.
	PartialMessageEvent struct{ Item }

	// AttachmentEvent is a file that a participant sent.
	AttachmentEvent struct{ Item }

	// JoinedEvent says that a participant has joined.
	JoinedEvent struct{ Item }

	// LeftEvent says that a participant has left for good; a mere loss of its
	// connection does not count.
	LeftEvent struct{ Item }

	// InvitedEvent says that a participant was asked to join.
	InvitedEvent struct{ Item }

	// IdleEvent says that a participant has not written for a while.
	IdleEvent struct{ Item }

	// ReturnedEvent says that an idle participant has written again.
	ReturnedEvent struct{ Item }

	// AutoDisconnectionEvent says that a participant's long silence
	// disconnected the others.
	AutoDisconnectionEvent struct{ Item }

	// DisplayNameUpdatedEvent carries a participant's new DisplayName.
	DisplayNameUpdatedEvent struct{ Item }

	// RehydratedEvent says that the past chat which this one continues can now
	// be read with Session.TranscriptItems, scanning backward.
	RehydratedEvent struct{ Item }

	// OtherEvent is an item of a kind that this package does not know.
	OtherEvent struct{ Item }

	// TypingEvent says that somebody else is writing. It is worth showing for
	// some 10 s, or until a message of the same participant.
	TypingEvent struct{ Item }

	// TransferEvent says how an agent's transfer of the chat went. A
	// succeeded one ends that agent's session.
	TransferEvent struct {
		Item
		Succeeded bool
	}

	// EndedEvent says that the chat is over; the stream of events closes after
	// it. When the session learnt it by being refused a new connection, the
	// Item has only a ContentType and a Type.
	EndedEvent struct{ Item }

	// AuthenticationEvent tells how the customer's sign-in during the chat
	// goes: State is initiated, succeeded, failed, timeout, expired or
	// cancelled.
	AuthenticationEvent struct {
		Item
		State     string
		SessionID string // for Session.AuthenticationURL; in state initiated
	}

	// DeliveredReceiptEvent says that a message has reached somebody else.
	DeliveredReceiptEvent struct {
		MessageID string
		Receipt   Receipt
	}

	// ReadReceiptEvent says that somebody else has read a message, and so
	// presumably the ones before it.
	ReadReceiptEvent struct {
		MessageID string
		Receipt   Receipt
	}

	// ConnectionEstablished says that live items arrive (again).
	ConnectionEstablished struct{}

	// ConnectionLost says that live items do not arrive now. The session is
	// already connecting anew.
	ConnectionLost struct{ Err error }

	// DeepHeartbeat tells of the periodic check of the whole way to the
	// service and back. Err is nil if it was answered. A failure is
	// informative only.
	DeepHeartbeat struct{ Err error }
)

func (MessageEvent) event()            {}
func (PartialMessageEvent) event()     {}
func (AttachmentEvent) event()         {}
func (JoinedEvent) event()             {}
func (LeftEvent) event()               {}
func (InvitedEvent) event()            {}
func (IdleEvent) event()               {}
func (ReturnedEvent) event()           {}
func (AutoDisconnectionEvent) event()  {}
func (DisplayNameUpdatedEvent) event() {}
func (RehydratedEvent) event()         {}
func (OtherEvent) event()              {}
func (TypingEvent) event()             {}
func (TransferEvent) event()           {}
func (EndedEvent) event()              {}
func (AuthenticationEvent) event()     {}
func (DeliveredReceiptEvent) event()   {}
func (ReadReceiptEvent) event()        {}
func (ConnectionEstablished) event()   {}
func (ConnectionLost) event()          {}
func (DeepHeartbeat) event()           {}

// EventOf returns the event that an item of a transcript stands for, so that
// history and live items can be shown by the same code.
func EventOf(it Item) Event {
	switch {
	case it.partial():
		return PartialMessageEvent{it}
	case it.Type == TypeMessage:
		return MessageEvent{it}
	case it.Type == TypeAttachment:
		return AttachmentEvent{it}
	}
	switch it.ContentType {
	case EventTyping:
		return TypingEvent{it}
	case EventParticipantJoined:
		return JoinedEvent{it}
	case EventParticipantLeft:
		return LeftEvent{it}
	case EventParticipantInvited:
		return InvitedEvent{it}
	case EventParticipantIdle:
		return IdleEvent{it}
	case EventParticipantReturned:
		return ReturnedEvent{it}
	case EventAutoDisconnection:
		return AutoDisconnectionEvent{it}
	case EventDisplayNameUpdated:
		return DisplayNameUpdatedEvent{it}
	case EventTransferSucceeded, EventTransferFailed:
		return TransferEvent{Item: it, Succeeded: it.ContentType == EventTransferSucceeded}
	case EventChatEnded:
		return EndedEvent{it}
	case EventChatRehydrated:
		return RehydratedEvent{it}
	case EventAuthenticationInitiated, EventAuthenticationSucceeded, EventAuthenticationFailed,
		EventAuthenticationTimeout, EventAuthenticationExpired, EventAuthenticationCancelled:
		return authenticationEvent(it, strings.TrimPrefix(it.ContentType, eventAuthenticationStatePrefix))
	case eventAuthenticationSuccessOdd:
		return authenticationEvent(it, "succeeded")
	}
	return OtherEvent{it}
}

func authenticationEvent(it Item, state string) Event {
	var content struct{ SessionID string }
	if json.Unmarshal([]byte(it.Content), &content) != nil {
		content.SessionID = "" // only initiated promises any content
	}
	return AuthenticationEvent{Item: it, State: state, SessionID: content.SessionID}
}
