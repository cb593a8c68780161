package connectapi

import (
	"context"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/wire"
	"github.com/bellpull/bellpull/internal/wire/connect"
)

// CreateParticipant answers POST /contact/create-participant. Chats take custom
// bots; who else takes part comes by a queue.
func (a *API) CreateParticipant(ctx context.Context, in *connect.CreateParticipantRequest) (*connect.CreateParticipantResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	who := in.ParticipantDetails
	if who.ParticipantRole != string(contact.CustomBot) {
		return nil, fault.Newf(fault.Invalid, "ParticipantDetails.ParticipantRole: must be %s in a chat", contact.CustomBot)
	}
	if who.DisplayName == "" {
		return nil, fault.Newf(fault.Invalid, "ParticipantDetails.DisplayName: is required")
	}
	chat, p, err := a.centre.InviteParticipant(ctx, dir.Instance.ID, contactID(in.ContactId), contact.CustomBot, who.DisplayName, in.ClientToken)
	if err != nil {
		return nil, err
	}
	t, expires := a.participantToken(chat, p)
	return &connect.CreateParticipantResponse{
		ParticipantCredentials: &connect.ParticipantTokenCredentials{ParticipantToken: t, Expiry: wire.FormatTime(expires)},
		ParticipantId:          string(p),
	}, nil
}
