package deskapi

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/edge/socket"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/token"
	"github.com/bellpull/bellpull/internal/wire"
)

// How long what createTransport gives out is good for. Clients renew a chat
// token a minute before it expires, and loop without a pause when the expiry is
// missing (docs/fidelity.md#expiry).
const (
	chatTokenLife = 24 * time.Hour
	socketLife    = 3540 * time.Second // after which clients open another
)

// createTransport gives the caller a socket URL, or the token with which to
// speak in one of the caller's chats.
func (a *API) createTransport(ctx context.Context, who caller, body []byte) (any, error) {
	var in struct {
		TransportType string                `json:"transportType"`
		ContactID     contact.ID            `json:"contactId"`
		ParticipantID contact.ParticipantID `json:"participantId"`
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	now := a.Centre.Now()
	switch in.TransportType {
	case "web_socket":
		return map[string]any{"webSocketTransport": map[string]any{
			"url":                        a.SocketURL + a.mint(who, token.AgentSocket, now.Add(socket.URLLife), rand.Uint64()),
			"transportLifeTimeInSeconds": int(socketLife.Seconds()),
			"expiry":                     wire.FormatTime(now.Add(socket.URLLife)),
		}}, nil
	case "chat_token":
		agent, err := a.Centre.Agent(ctx, who.dir.Instance.ID, who.user.ID)
		if err != nil {
			return nil, err
		}
		w := agent.On(in.ParticipantID)
		if w == nil || in.ContactID != "" && w.Contact != in.ContactID {
			return nil, fault.Newf(fault.Conflict, "the agent has no chat as participant %s", in.ParticipantID)
		}
		expires := now.Add(chatTokenLife)
		return map[string]any{"chatTokenTransport": map[string]any{
			"participantToken": a.Tokens.Mint(token.Claims{
				Kind: token.Connection, Realm: string(w.Chat), Holder: string(w.Participant), Expires: expires,
			}),
			"expiry": wire.FormatTime(expires),
		}}, nil
	}
	return nil, fault.Newf(fault.Invalid, "there is no transport %q here", in.TransportType)
}
