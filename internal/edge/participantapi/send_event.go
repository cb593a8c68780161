package participantapi

import (
	"context"
	"encoding/json"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/wire"
	"github.com/bellpull/bellpull/internal/wire/participant"
)

// SendEvent answers POST /participant/event.
func (a *API) SendEvent(ctx context.Context, in *participant.SendEventRequest) (*participant.SendEventResponse, error) {
	chat, p, err := a.connection(in.ConnectionToken)
	if err != nil {
		return nil, err
	}
	var item contact.Item
	switch in.ContentType {
	case contact.Typing:
		item, err = a.centre.SendTyping(ctx, chat, p, in.ClientToken)
	case contact.MessageDelivered, contact.MessageRead:
		var message contact.ItemID
		if message, err = receiptOf(in.Content); err == nil {
			item, err = a.centre.SendReceipt(ctx, chat, p, message, in.ContentType == contact.MessageRead)
		}
	case contact.ParticipantInvited:
		item, err = a.centre.SendInvited(ctx, chat, p, in.ClientToken)
	case contact.ConnectionAcknowledged:
		item, err = a.centre.Acknowledge(ctx, chat, p)
	default:
		err = fault.Newf(fault.Invalid, "ContentType: %q is not an event that can be sent", in.ContentType)
	}
	if err != nil {
		return nil, err
	}
	return &participant.SendEventResponse{Id: item.ID.String(), AbsoluteTime: wire.FormatTime(item.At)}, nil
}

// receiptOf reads the content of a receipt. An id that cannot be one of ours
// names no message, which is no error (docs/fidelity.md#receipts).
func receiptOf(content string) (contact.ItemID, error) {
	var r struct {
		MessageID string `json:"messageId"`
	}
	if err := json.Unmarshal([]byte(content), &r); err != nil || r.MessageID == "" {
		return contact.ItemID{}, fault.Newf(fault.Invalid, "Content: must be JSON with a messageId")
	}
	id, _ := contact.ParseItemID(r.MessageID)
	return id, nil
}
