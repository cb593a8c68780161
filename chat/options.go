package chat

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// Details name a participant of a chat, as StartChatContact and
// CreateParticipant hand them out.
type Details struct {
	ContactID     string `json:"ContactId"`
	ParticipantID string `json:"ParticipantId"`

	// ParticipantToken buys connections. An agent's session with a Transport
	// and a Token source may lack it.
	ParticipantToken string

	// InitialContactID is the first contact of the chain that a transferred
	// chat is; empty means ContactID.
	InitialContactID string `json:"InitialContactId,omitempty"`

	// ContinuedFromContactID is set in the answer to a persistent chat's start.
	ContinuedFromContactID string `json:"ContinuedFromContactId,omitempty"`
}

// Token is a connection token and the time it stops working.
type Token struct {
	Value  string
	Expiry time.Time
}

// Options say how a session works. The zero value is a customer's session
// with the service in the region us-east-1.
type Options struct {
	// Endpoint is the base address of the participant service, such as
	// http://127.0.0.1:2355. Empty means the public service of Region.
	Endpoint string

	// Region names the public service to use; empty means us-east-1. It
	// matters only without an Endpoint.
	Region string

	// Role is RoleCustomer (or empty), RoleAgent or another. Every role but
	// the customer's declares itself connected on connecting, and its session
	// ends when it has transferred the chat.
	Role Role

	// Transport carries the session's items when it shares a socket with
	// others, as an agent's sessions do. nil means a socket of its own.
	Transport Transport

	// Token obtains connection tokens. nil means CreateParticipantConnection
	// with the participant token, which is also asked when Token fails. Calls
	// do not overlap.
	Token func(context.Context) (Token, error)

	// History bounds how many past items are delivered on the first
	// connection: 0 means all of this chat, a negative number none.
	History int

	// After is the Id of the last item that an earlier session of the same
	// participant has dealt with. Delivery starts with the item behind it,
	// whatever History says.
	After string

	// Backlog bounds how many events wait for a slow reader of
	// Session.Events; 0 means 1024. See there what happens beyond it.
	Backlog int

	// HTTPClient does all requests and the upgrade of sockets. nil means
	// http.DefaultClient.
	HTTPClient *http.Client

	// Logger is told of retries and of frames that make no sense; never of
	// texts or tokens. nil means silence.
	Logger *slog.Logger

	// Now is the clock that token expiry and pacing are measured by. nil
	// means time.Now.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	if o.Endpoint == "" {
		if o.Region == "" {
			o.Region = "us-east-1"
		}
		o.Endpoint = "https://participant.connect." + o.Region + ".amazonaws.com"
	}
	o.Endpoint = strings.TrimRight(o.Endpoint, "/")
	if o.Role == "" {
		o.Role = RoleCustomer
	}
	if o.Backlog <= 0 {
		o.Backlog = 1024
	}
	if o.HTTPClient == nil {
		o.HTTPClient = http.DefaultClient
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now //nolint:forbidigo // what a handed-in clock defaults to
	}
	return o
}
