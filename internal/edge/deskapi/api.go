// Package deskapi answers the agent's own API: JSON operations at POST /api,
// named as the agents' libraries name them, and signing in. A client sends
// commands and is told whole snapshots. Start reading at API.ServeHTTP.
package deskapi

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/bellpull/bellpull/internal/centre"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/edge/awshttp"
	"github.com/bellpull/bellpull/internal/edge/ratelimit"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/tally"
	"github.com/bellpull/bellpull/internal/token"
	"github.com/bellpull/bellpull/internal/tracing"
)

// Options are what the API is made of.
type Options struct {
	Centre *centre.Centre
	Tokens *token.Keyring
	Log    *slog.Logger
	// SetPreferences keeps what a user prefers.
	SetPreferences func(context.Context, contact.InstanceID, contact.UserID, map[string]string) error
	// SocketURL is what a socket token is appended to.
	SocketURL string
	// Closing, if set, is closed when the server is about to stop: snapshots are
	// then no longer waited for.
	Closing <-chan struct{}
	// Proxies is how many trusted proxies stand in front.
	Proxies int
	// PerAddress is how often one address may try to sign in; no Burst is no
	// limit.
	PerAddress ratelimit.Rate
	// MissedAs is the contact state that a missed chat shows; "" is error,
	// which is what agents' pages were seen to get (docs/fidelity.md#missed).
	MissedAs string
	// Tracer follows requests; nil follows none.
	Tracer *tracing.Tracer
	// Observe, if set, is told of every request after its answer.
	Observe func(awshttp.Observation)
}

// API answers the operations.
type API struct {
	Options
	signIn     *signIn
	operations map[string]operation
}

// operation answers one operation for the caller; its input is JSON.
type operation func(ctx context.Context, who caller, body []byte) (any, error)

// caller is the agent who calls.
type caller struct {
	dir  *directory.Directory
	user *directory.User
}

// New returns the API.
func New(o Options) *API {
	if o.MissedAs == "" {
		o.MissedAs = "error"
	}
	a := &API{Options: o}
	a.signIn = newSignIn(o.PerAddress, o.Centre.Now)
	a.operations = map[string]operation{
		"GetAgentSnapshot":        a.getAgentSnapshot,
		"GetAgentConfiguration":   a.getAgentConfiguration,
		"GetAgentPermissions":     a.getAgentPermissions,
		"GetAgentStates":          a.getAgentStates,
		"GetDialableCountryCodes": a.getDialableCountryCodes,
		"GetRoutingProfileQueues": a.getRoutingProfileQueues,
		"PutAgentState":           a.putAgentState,
		"AcceptContact":           onContact(a.Centre.Accept),
		"RejectContact":           onContact(a.Centre.Reject),
		"ClearContact":            onContact(a.Centre.Clear),
		"CompleteContact":         onContact(a.Centre.Clear),
		"DestroyConnection":       a.destroyConnection,
		"CreateTransport":         a.createTransport,

		"GetEndpoints":                  a.getEndpoints,
		"CreateAdditionalConnection":    a.transfer(false),
		"TransferContact":               a.transfer(false),
		"AddNewConnection":              a.transfer(true),
		"UpdateMonitorParticipantState": a.updateMonitorParticipantState,
		"UpdateAgentConfiguration":      a.updateAgentConfiguration,
		"NotifyContactIssue":            a.notifyContactIssue,
		"QrIntegrationExists":           a.qrIntegrationExists,
		"QrSearchQuickResponses":        a.qrSearchQuickResponses,
		"SendClientLogs":                ignored,
		"SendSoftphoneCallMetrics":      ignored,
		"SendSoftphoneCallReport":       ignored,
	}
	a.addHistory()
	a.addSupervision()
	return a
}

// errorNames names each kind as the agent API does. What a command cannot do in
// the present state is an InvalidStateException, whatever stands in its way.
var errorNames = map[fault.Kind]struct {
	status int
	name   string
}{
	fault.Invalid:   {400, "InvalidStateException"},
	fault.Conflict:  {400, "InvalidStateException"},
	fault.NotFound:  {400, "InvalidStateException"},
	fault.Gone:      {400, "InvalidStateException"},
	fault.Denied:    {403, "AccessDeniedException"},
	fault.Quota:     {429, "QuotaExceededException"},
	fault.Throttled: {429, "ThrottlingException"},
}

// errUnauthorized says that the access token is missing, forged or expired.
var errUnauthorized = errors.New("the access token is missing, not valid or expired")

const (
	service      = "agent" // in figures and traces
	targetPrefix = "AmazonConnectCTIService."
	maxBody      = 64 << 10 // bytes
)

// ServeHTTP answers POST /api.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if a.preflight(w, r) {
		return
	}
	watch := tally.Start()
	name := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), targetPrefix)
	known := name
	if a.operations[name] == nil {
		known = "" // anybody may ask for anything
	}
	ctx, traced := a.Tracer.Request(r.Context(), r.Header, service, known)
	r = r.WithContext(ctx)
	out, err := a.call(r, name)
	status := a.reply(w, r, name, out, err)
	traced.End(status)
	a.observe(known, status, watch)
}

// call runs an operation.
func (a *API) call(r *http.Request, name string) (out any, err error) {
	body, err := readBody(r)
	if err != nil {
		return nil, err
	}
	who, err := a.caller(r.Header.Get("X-Amz-Bearer"), body)
	if err != nil {
		return nil, err
	}
	a.Centre.Seen(who.user.ID)
	op := a.operations[name]
	if op == nil {
		return nil, fault.Newf(fault.Invalid, "%s is not implemented by this server", name)
	}
	return op(r.Context(), who, body)
}

func readBody(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, fault.Newf(fault.Invalid, "the body ended early")
	case len(body) > maxBody:
		return nil, fault.Newf(fault.Invalid, "the body is larger than %d bytes", maxBody)
	case len(body) == 0:
		return []byte("{}"), nil
	case !json.Valid(body):
		return nil, fault.Newf(fault.Invalid, "the body is not JSON")
	}
	return body, nil
}

// caller returns whose access token it is. It may stand in the body as well.
func (a *API) caller(bearer string, body []byte) (caller, error) {
	if bearer == "" {
		var in struct {
			Authentication struct {
				AuthToken string `json:"authToken"`
			} `json:"authentication"`
		}
		if json.Unmarshal(body, &in) == nil {
			bearer = in.Authentication.AuthToken
		}
	}
	claims, err := a.Tokens.Verify(bearer, token.Access)
	if err != nil {
		return caller{}, errUnauthorized
	}
	return a.userOf(claims)
}

func (a *API) userOf(c token.Claims) (caller, error) {
	return a.user(contact.InstanceID(c.Realm), contact.UserID(c.Holder))
}

// user returns a user as the directory has them now.
func (a *API) user(instance contact.InstanceID, id contact.UserID) (caller, error) {
	dir, err := a.Centre.Instance(instance)
	if err != nil {
		return caller{}, errUnauthorized
	}
	u := dir.Users[id]
	if u == nil {
		return caller{}, errUnauthorized
	}
	return caller{dir, u}, nil
}

// preflight sets what browsers need, and answers OPTIONS. Tokens travel in
// headers and never in cookies, so every origin may call.
func (a *API) preflight(w http.ResponseWriter, r *http.Request) (answered bool) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "x-amzn-ErrorType,x-amzn-RequestId")
	switch r.Method {
	case http.MethodOptions:
		h.Set("Access-Control-Allow-Methods", "POST,OPTIONS")
		h.Set("Access-Control-Allow-Headers", strings.TrimPrefix(r.Header.Get("Access-Control-Request-Headers")+",", ",")+"content-type,x-amz-bearer,x-amz-target,x-amz-user-agent,authorization,amz-sdk-invocation-id,amz-sdk-request")
		h.Set("Access-Control-Max-Age", "7200")
		w.WriteHeader(http.StatusNoContent)
		return true
	case http.MethodPost:
		return false
	}
	h.Set("Allow", "POST, OPTIONS")
	write(w, http.StatusMethodNotAllowed, "MethodNotAllowedException", errorBody{"MethodNotAllowedException", "use POST"})
	return true
}

type errorBody struct {
	Type    string `json:"__type"`
	Message string `json:"message"`
}

// observe tells how long a request took.
func (a *API) observe(operation string, status int, watch tally.Watch) {
	if a.Observe != nil {
		a.Observe(awshttp.Observation{Service: service, Operation: operation, Status: status, Took: watch.Elapsed()})
	}
}

// reply writes an answer and one line in the log, and returns the status.
func (a *API) reply(w http.ResponseWriter, r *http.Request, name string, out any, err error) (status int) {
	if err == nil {
		if out == nil {
			out = struct{}{}
		}
		write(w, http.StatusOK, "", out)
		a.Log.DebugContext(r.Context(), "agent request", "operation", name, "status", http.StatusOK)
		return http.StatusOK
	}
	status = http.StatusInternalServerError
	kind, message := "InternalServiceException", "internal failure"
	if n, ok := errorNames[fault.KindOf(err)]; ok {
		status, kind, message = n.status, n.name, err.Error()
	} else if errors.Is(err, errUnauthorized) {
		status, kind, message = http.StatusUnauthorized, "UnauthorizedException", err.Error()
	}
	write(w, status, kind, errorBody{kind, message})
	level := slog.LevelInfo
	if status == http.StatusInternalServerError && r.Context().Err() == nil {
		level = slog.LevelError
	}
	a.Log.Log(r.Context(), level, "agent request", "operation", name, "status", status, "error", err,
		"request", strings.Join(w.Header()["x-amzn-RequestId"], ""))
	return status
}

func write(w http.ResponseWriter, status int, errorType string, body any) {
	if errorType != "" {
		w.Header()["x-amzn-ErrorType"] = []string{errorType}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that is gone needs no answer
}

// decode reads an operation's input.
func decode(body []byte, in any) error {
	if err := json.Unmarshal(body, in); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return fault.Newf(fault.Invalid, "%s: must not be of type %s", cmp.Or(wrong.Field, "the body"), wrong.Value)
		}
		return fault.Newf(fault.Invalid, "the body is not an object")
	}
	return nil
}

// epoch is a moment as the agent API writes it: seconds since 1970.
func epoch(t time.Time) *float64 {
	if t.IsZero() {
		return nil
	}
	return new(float64(t.UnixMilli()) / 1000)
}
