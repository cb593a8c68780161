// Package connectapi answers the control plane: a file per operation that acts,
// and a file per resource that is kept. Start reading at New.
package connectapi

import (
	"time"

	"github.com/bellpull/bellpull/internal/admin"
	"github.com/bellpull/bellpull/internal/centre"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/edge/awshttp"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/token"
	"github.com/bellpull/bellpull/internal/wire/connect"
)

// errorNames names each kind as the control plane does; the first name that the
// operation declares is taken. A kind that is missing here answers
// InternalServiceException.
var errorNames = map[fault.Kind][]awshttp.ErrorName{
	fault.Invalid:  {{Status: 400, Name: "InvalidRequestException"}, {Status: 400, Name: "InvalidParameterException"}},
	fault.Denied:   {{Status: 403, Name: "AccessDeniedException"}},
	fault.NotFound: {{Status: 404, Name: "ResourceNotFoundException"}},
	fault.Gone:     {{Status: 410, Name: "ContactNotFoundException"}, {Status: 404, Name: "ResourceNotFoundException"}},
	fault.Conflict: {
		{Status: 409, Name: "ConflictException"},
		{Status: 409, Name: "ResourceConflictException"},
		{Status: 409, Name: "DuplicateResourceException"},
		{Status: 400, Name: "InvalidRequestException"},
	},
	fault.Quota:     {{Status: 429, Name: "LimitExceededException"}, {Status: 402, Name: "ServiceQuotaExceededException"}},
	fault.Throttled: {{Status: 429, Name: "ThrottlingException"}, {Status: 429, Name: "TooManyRequestsException"}},
}

// internal is the service's name for a failure of the server.
var internal = awshttp.ErrorName{Status: 500, Name: "InternalServiceException"}

// participantLife is how long a participant token lasts: longer than any chat,
// whose state decides whether it still opens anything.
const participantLife = contact.MaxDuration + 24*time.Hour

// API answers the operations.
type API struct {
	centre  *centre.Centre
	admin   *admin.Admin
	tokens  *token.Keyring
	now     func() time.Time
	service *awshttp.Service
}

// New returns the API.
func New(c *centre.Centre, adm *admin.Admin, tokens *token.Keyring) *API {
	return &API{centre: c, admin: adm, tokens: tokens, now: c.Now}
}

// maxBody is the largest body, in bytes: a flow may have one million, and twice
// as many as a string of JSON.
const maxBody = 5 << 19

// Serve returns the service with the operations that are implemented; of cfg,
// what the service decides itself is filled in. It is called once.
func (a *API) Serve(cfg awshttp.Config) *awshttp.Service {
	cfg.Operations, cfg.Errors, cfg.Internal, cfg.MaxBody = connect.Operations, errorNames, internal, maxBody
	s := awshttp.NewService(cfg)
	a.service = s
	awshttp.Handle(s, &connect.StartChatContact, a.StartChatContact)
	awshttp.Handle(s, &connect.StopContact, a.StopContact)
	awshttp.Handle(s, &connect.DescribeContact, a.DescribeContact)
	awshttp.Handle(s, &connect.UpdateContact, a.UpdateContact)
	awshttp.Handle(s, &connect.ListContactReferences, a.ListContactReferences)
	awshttp.Handle(s, &connect.TagContact, a.TagContact)
	awshttp.Handle(s, &connect.UntagContact, a.UntagContact)
	awshttp.Handle(s, &connect.UpdateContactAttributes, a.UpdateContactAttributes)
	awshttp.Handle(s, &connect.GetContactAttributes, a.GetContactAttributes)
	awshttp.Handle(s, &connect.UpdateContactRoutingData, a.UpdateContactRoutingData)
	awshttp.Handle(s, &connect.CreateParticipant, a.CreateParticipant)
	awshttp.Handle(s, &connect.UpdateParticipantRoleConfig, a.UpdateParticipantRoleConfig)
	awshttp.Handle(s, &connect.MonitorContact, a.MonitorContact)
	awshttp.Handle(s, &connect.PutUserStatus, a.PutUserStatus)
	awshttp.Handle(s, &connect.DismissUserContact, a.DismissUserContact)
	awshttp.Handle(s, &connect.AssociateContactWithUser, a.AssociateContactWithUser)
	awshttp.Handle(s, &connect.GetCurrentMetricData, a.GetCurrentMetricData)
	awshttp.Handle(s, &connect.GetCurrentUserData, a.GetCurrentUserData)
	awshttp.Handle(s, &connect.GetContactMetrics, a.GetContactMetrics)
	awshttp.Handle(s, &connect.GetMetricDataV2, a.GetMetricDataV2)
	awshttp.Handle(s, &connect.GetMetricData, a.GetMetricData)
	awshttp.Handle(s, &connect.CreatePersistentContactAssociation, a.CreatePersistentContactAssociation)
	awshttp.Handle(s, &connect.StartContactMediaProcessing, a.StartContactMediaProcessing)
	awshttp.Handle(s, &connect.StopContactMediaProcessing, a.StopContactMediaProcessing)
	a.serveFlows(s)
	a.serveModules(s)
	a.serveViews(s)
	a.serveAssociations(s)
	a.serveTags(s)
	return s
}

// StartChatFailure names an error of StartChatContact, for the personal chat
// backend, which answers in a form of its own.
func (a *API) StartChatFailure(requestID string, err error) awshttp.Failure {
	return a.service.Name(&connect.StartChatContact, requestID, err)
}

// instance returns the directory of an instance that is named by id or ARN.
func (a *API) instance(name string) (*directory.Directory, error) {
	return a.centre.Instance(contact.InstanceID(directory.BareID(name)))
}

// contactID returns the id of a contact that is named by id or ARN.
func contactID(name string) contact.ID { return contact.ID(directory.BareID(name)) }

// participantToken mints the token with which a participant connects.
func (a *API) participantToken(chat contact.ID, p contact.ParticipantID) (t string, expires time.Time) {
	expires = a.now().Add(participantLife)
	return a.tokens.Mint(token.Claims{Kind: token.Participant, Realm: string(chat), Holder: string(p), Expires: expires}), expires
}
