package participantapi

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/edge/socket"
	"github.com/bellpull/bellpull/internal/token"
	"github.com/bellpull/bellpull/internal/wire"
	"github.com/bellpull/bellpull/internal/wire/participant"
)

// How long what is given out is good for. Clients renew a connection token a
// minute before it expires, and loop without a pause when that is not between
// one minute and 24 days away (docs/fidelity.md#expiry).
const (
	connectionLife = 24 * time.Hour
	// socketExpiry is what ConnectionExpiry says. Nothing is enforced by it.
	socketExpiry = time.Hour
	// crowdPause slows down a participant who has all sockets open, so that
	// tabs that replace each other's do it once a second.
	crowdPause = time.Second
)

// CreateParticipantConnection answers POST /participant/connection. It costs
// nothing but the signatures until a socket is opened with what it returns, and
// it leaves older tokens and URLs as they are.
func (a *API) CreateParticipantConnection(ctx context.Context, in *participant.CreateParticipantConnectionRequest) (*participant.CreateParticipantConnectionResponse, error) {
	c, err := a.tokens.Verify(in.ParticipantToken, token.Participant)
	if err != nil {
		return nil, err
	}
	chat, p := contact.ID(c.Realm), contact.ParticipantID(c.Holder)
	if err := a.centre.MayConnect(ctx, chat, p); err != nil {
		return nil, err
	}
	if in.ConnectParticipant != nil && *in.ConnectParticipant {
		if err := a.centre.Connect(ctx, chat, p); err != nil {
			return nil, err
		}
	}
	now := a.now()
	out := &participant.CreateParticipantConnectionResponse{}
	if slices.Contains(in.Type, "WEBSOCKET") {
		if a.sockets.Sockets(p) >= socket.MaxPerParticipant {
			select {
			case <-ctx.Done():
			case <-time.After(crowdPause):
			}
		}
		c.Kind, c.Expires, c.Nonce = token.Socket, now.Add(socket.URLLife), rand.Uint64()
		out.Websocket = &participant.Websocket{
			Url:              a.socketURL + a.tokens.Mint(c),
			ConnectionExpiry: wire.FormatTime(now.Add(socketExpiry)),
		}
	}
	if slices.Contains(in.Type, "CONNECTION_CREDENTIALS") {
		c.Kind, c.Expires, c.Nonce = token.Connection, now.Add(connectionLife), 0
		out.ConnectionCredentials = &participant.ConnectionCredentials{
			ConnectionToken: a.tokens.Mint(c),
			Expiry:          wire.FormatTime(c.Expires),
		}
	}
	return out, nil
}
