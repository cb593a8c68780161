package socket

import (
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/wire"
)

// news is an item, a notice or a receipt on its way to the readers of a room.
// Each form of it is made once for all of them.
type news struct {
	position int64 // the item's number; 0 has no place in the order, and is not told again
	last     bool  // nothing follows in the chat
	item     wire.SocketItem

	frame, content []byte
}

// ofItem is an item of a chat, or a notice, which has no number.
func ofItem(chat contact.ID, it *contact.Item) *news {
	n := &news{position: it.Seq, last: it.Type == contact.ChatEnded, item: wire.SocketItem{
		AbsoluteTime:     wire.FormatTime(it.At),
		Content:          it.Text,
		ContentType:      it.Type,
		ID:               it.ID.String(),
		Type:             it.Kind.String(),
		InitialContactID: string(chat),
	}}
	if f, ok := it.Shown(); ok {
		n.item.Content = ""
		n.item.Attachments = []wire.SocketAttachment{{ContentType: f.Type, AttachmentID: string(f.ID), AttachmentName: f.Name, Status: f.State.Status()}}
	}
	if !it.Anonymous() {
		n.item.ParticipantID, n.item.DisplayName, n.item.ParticipantRole = string(it.By), it.Name, string(it.Role)
		n.item.ContactID = string(it.Contact)
	}
	return n
}

// ofReceipt is a receipt. There is exactly one in each: clients look no further.
func ofReceipt(chat, current contact.ID, r *contact.Receipt, id contact.ItemID, now time.Time) *news {
	return &news{item: wire.SocketItem{
		AbsoluteTime:     wire.FormatTime(now),
		ContentType:      contact.MessageMetadata,
		ID:               id.String(),
		Type:             wire.ItemMetadata,
		InitialContactID: string(chat),
		ContactID:        string(current),
		Metadata: &wire.SocketMetadata{
			MessageID: r.Message.String(),
			Receipts: []wire.SocketReceipt{{
				DeliveredTimestamp:     wire.FormatTime(r.Delivered),
				ReadTimestamp:          wire.FormatTime(r.Read),
				RecipientParticipantID: string(r.By),
			}},
		},
	}}
}

// asFrame is the frame of a WebSocket.
func (n *news) asFrame() []byte {
	if n.frame == nil {
		n.frame = chatFrame(&n.item)
	}
	return n.frame
}

// asContent is what a frame has inside: the item's JSON.
func (n *news) asContent() []byte {
	if n.content == nil {
		n.content = wire.AppendSocketItem(nil, &n.item)
	}
	return n.content
}
