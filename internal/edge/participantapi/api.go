// Package participantapi answers the Participant Service: a file per operation.
// Start reading at New.
package participantapi

import (
	"time"

	"github.com/bellpull/bellpull/internal/centre"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/edge/awshttp"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/token"
	"github.com/bellpull/bellpull/internal/wire/participant"
)

// errorNames names each kind as the Participant Service does. A kind that is
// missing here answers InternalServerException. That a chat is gone looks like
// a refusal: clients take that, and only that, for the end of the chat
// (docs/fidelity.md#ended-chats).
var errorNames = map[fault.Kind][]awshttp.ErrorName{
	fault.Invalid:   {{Status: 400, Name: "ValidationException"}},
	fault.Denied:    {{Status: 403, Name: "AccessDeniedException", Message: "Access denied"}},
	fault.Gone:      {{Status: 403, Name: "AccessDeniedException", Message: "Access denied"}},
	fault.NotFound:  {{Status: 404, Name: "ResourceNotFoundException"}, {Status: 403, Name: "AccessDeniedException", Message: "Access denied"}},
	fault.Conflict:  {{Status: 409, Name: "ConflictException"}, {Status: 400, Name: "ValidationException"}},
	fault.Quota:     {{Status: 402, Name: "ServiceQuotaExceededException"}},
	fault.Throttled: {{Status: 429, Name: "ThrottlingException"}},
}

// internal is the service's name for a failure of the server.
var internal = awshttp.ErrorName{Status: 500, Name: "InternalServerException"}

// Sockets knows the open sockets of this process.
type Sockets interface {
	Sockets(contact.ParticipantID) int
}

// Files knows the addresses at which files are put and got.
type Files interface {
	// Upload returns where a file is put, and the headers that must come with it.
	Upload(chat contact.ID, f *contact.File) (url string, headers map[string]string)
	// Download returns where a file is got until a moment.
	Download(chat contact.ID, f *contact.File, until time.Time) string
}

// API answers the operations.
type API struct {
	centre    *centre.Centre
	tokens    *token.Keyring
	sockets   Sockets
	socketURL string
	files     Files
	now       func() time.Time
}

// New returns the API. SocketURL is what a socket token is appended to; over
// plain http it must begin with ws://127.0.0.1: (docs/fidelity.md#socket-urls).
func New(c *centre.Centre, tokens *token.Keyring, sockets Sockets, socketURL string, files Files) *API {
	return &API{centre: c, tokens: tokens, sockets: sockets, socketURL: socketURL, files: files, now: c.Now}
}

// Serve returns the service with the operations that are implemented; of cfg,
// what the service decides itself is filled in.
func (a *API) Serve(cfg awshttp.Config) *awshttp.Service {
	cfg.Operations, cfg.Errors, cfg.Internal = participant.Operations, errorNames, internal
	cfg.Bearer = func(t string) error {
		_, err := a.tokens.Verify(t, token.Participant, token.Connection)
		return err
	}
	s := awshttp.NewService(cfg)
	awshttp.Handle(s, &participant.CreateParticipantConnection, a.CreateParticipantConnection)
	awshttp.Handle(s, &participant.SendMessage, a.SendMessage)
	awshttp.Handle(s, &participant.SendEvent, a.SendEvent)
	awshttp.Handle(s, &participant.GetTranscript, a.GetTranscript)
	awshttp.Handle(s, &participant.StartAttachmentUpload, a.StartAttachmentUpload)
	awshttp.Handle(s, &participant.CompleteAttachmentUpload, a.CompleteAttachmentUpload)
	awshttp.Handle(s, &participant.GetAttachment, a.GetAttachment)
	awshttp.Handle(s, &participant.DescribeView, a.DescribeView)
	awshttp.Handle(s, &participant.DisconnectParticipant, a.DisconnectParticipant)
	return s
}

// connection returns who holds a connection token.
func (a *API) connection(t string) (contact.ID, contact.ParticipantID, error) {
	c, err := a.tokens.Verify(t, token.Connection)
	return contact.ID(c.Realm), contact.ParticipantID(c.Holder), err
}
