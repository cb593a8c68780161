package participantapi

import (
	"context"
	"errors"

	"github.com/bellpull/bellpull/internal/centre"
	"github.com/bellpull/bellpull/internal/wire"
	"github.com/bellpull/bellpull/internal/wire/participant"
)

// SendMessage answers POST /participant/message.
func (a *API) SendMessage(ctx context.Context, in *participant.SendMessageRequest) (*participant.SendMessageResponse, error) {
	chat, p, err := a.connection(in.ConnectionToken)
	if err != nil {
		return nil, err
	}
	item, err := a.centre.SendMessage(ctx, chat, p, in.ContentType, in.Content, in.ClientToken)
	if held, ok := errors.AsType[*centre.Withheld](err); ok {
		return &participant.SendMessageResponse{
			Id: held.ID.String(), AbsoluteTime: wire.FormatTime(held.At),
			MessageMetadata: &participant.MessageProcessingMetadata{MessageProcessingStatus: held.Status},
		}, nil
	}
	if err != nil {
		return nil, err
	}
	return &participant.SendMessageResponse{Id: item.ID.String(), AbsoluteTime: wire.FormatTime(item.At)}, nil
}
