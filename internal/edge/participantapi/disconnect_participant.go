package participantapi

import (
	"context"

	"github.com/bellpull/bellpull/internal/wire/participant"
)

// DisconnectParticipant answers POST /participant/disconnect. The caller's own
// sockets hear of the end before they are of no use any more.
func (a *API) DisconnectParticipant(ctx context.Context, in *participant.DisconnectParticipantRequest) (*participant.DisconnectParticipantResponse, error) {
	chat, p, err := a.connection(in.ConnectionToken)
	if err != nil {
		return nil, err
	}
	return nil, a.centre.Leave(ctx, chat, p, in.ClientToken)
}
