package store

import (
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
)

// Row is one thing of all that a store keeps, as Export hands them out: one of
// the fields is set. They come in the order of the fields, but that the items,
// receipts and timers of a chat follow it before the next chat comes. What can
// be made from a chat, such as its contacts and legs, is no row of its own.
type Row struct {
	Directory *directory.Directory // of an instance
	Key       *SigningKey
	Chat      *contact.Chat // in the order of their numbers
	Item      *contact.Item // of the last chat, in order
	Receipt   *contact.Receipt
	Timer     *contact.Timer
	Agent     *contact.Agent
	Mark      *contact.AgentMark // in the order in which they were stored
	OfferEnd  *contact.OfferEnd  // likewise
	FlowMark  *contact.FlowMark  // likewise
	Token     *contact.Token
	Outgoing  *contact.Outgoing // by number
	Position  *OutboxPosition
}

// OutboxPosition is how far a receiver of the outbox has come.
type OutboxPosition struct {
	Receiver string
	Position int64
}
