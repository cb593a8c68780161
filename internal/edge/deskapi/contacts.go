package deskapi

import (
	"context"

	"github.com/bellpull/bellpull/internal/contact"
)

// onContact is an operation on one of the caller's contacts.
func onContact(do func(context.Context, contact.InstanceID, contact.UserID, contact.ID) error) operation {
	return func(ctx context.Context, who caller, body []byte) (any, error) {
		var in struct {
			ContactID contact.ID `json:"contactId"`
		}
		if err := decode(body, &in); err != nil {
			return nil, err
		}
		return nil, do(ctx, who.dir.Instance.ID, who.user.ID, in.ContactID)
	}
}

// destroyConnection ends a connection: an agent's own one ends the chat for
// that agent, the customer's one for everybody. A connection is named by its
// participant.
func (a *API) destroyConnection(ctx context.Context, who caller, body []byte) (any, error) {
	var in struct {
		ContactID    contact.ID            `json:"contactId"`
		ConnectionID contact.ParticipantID `json:"connectionId"`
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	return nil, a.Centre.Hangup(ctx, who.dir.Instance.ID, who.user.ID, in.ContactID, in.ConnectionID)
}
