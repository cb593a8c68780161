package socket

import (
	"sync"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/wire"
)

// itemFrame encodes an item once for all its readers.
func itemFrame(chat contact.ID, it *contact.Item) []byte {
	out := &wire.SocketItem{
		AbsoluteTime:     wire.FormatTime(it.At),
		Content:          it.Text,
		ContentType:      it.Type,
		ID:               it.ID.String(),
		Type:             it.Kind.String(),
		InitialContactID: string(chat),
	}
	if f, ok := it.Shown(); ok {
		out.Content = ""
		out.Attachments = []wire.SocketAttachment{{ContentType: f.Type, AttachmentID: string(f.ID), AttachmentName: f.Name, Status: f.State.Status()}}
	}
	if !it.Anonymous() {
		out.ParticipantID, out.DisplayName, out.ParticipantRole = string(it.By), it.Name, string(it.Role)
		out.ContactID = string(it.Contact)
	}
	return chatFrame(out)
}

// receiptFrame encodes a receipt. A frame has exactly one: clients look no
// further.
func receiptFrame(chat, current contact.ID, r *contact.Receipt, id contact.ItemID, now time.Time) []byte {
	return chatFrame(&wire.SocketItem{
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
	})
}

// items has room for the JSON of items, which is of no use once it is in a frame.
var items = sync.Pool{New: func() any { return new(make([]byte, 0, 1<<10)) }}

func chatFrame(it *wire.SocketItem) []byte {
	room := items.Get().(*[]byte)
	defer items.Put(room)
	*room = wire.AppendSocketItem((*room)[:0], it)
	return text(wire.AppendChat(make([]byte, headerRoom, headerRoom+128+len(*room)*5/4), *room))
}
