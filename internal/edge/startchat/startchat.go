// Package startchat is the personal chat backend: the unsigned endpoint that
// starts a chat for a web page. It reads what every published sample sends and
// answers what every one of them expects (docs/fidelity.md#personal-backend).
package startchat

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/edge/awshttp"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/tally"
	"github.com/bellpull/bellpull/internal/tracing"
	"github.com/bellpull/bellpull/internal/wire/connect"
)

// Options are what the backend is made of.
type Options struct {
	// Start runs StartChatContact, and Name names its failures.
	Start func(context.Context, *connect.StartChatContactRequest) (*connect.StartChatContactResponse, error)
	Name  func(requestID string, err error) awshttp.Failure
	// Instance and Flow are taken where a page names none.
	Instance, Flow string
	// Origins are the web origins that may start chats; empty allows all.
	// Pages of other origins are refused, and so is what has no origin.
	Origins []string
	// Attributes are the names of contact attributes that a page may set; nil
	// allows all. They are untrusted.
	Attributes []string
	// Files says whether customers may send files, which pages are told.
	Files bool
	// Limits slow down callers.
	Limits *Limits
	Log    *slog.Logger
	// Tracer follows requests; nil follows none.
	Tracer *tracing.Tracer
	// Observe, if set, is told of every request after its answer.
	Observe func(awshttp.Observation)
}

// Backend answers requests to start a chat, at any path.
type Backend struct{ Options }

// New returns the backend.
func New(o Options) *Backend { return &Backend{o} }

const (
	service     = "start-chat" // in figures and traces
	operation   = "StartChat"
	maxBody     = 128 << 10 // bytes
	defaultName = "Customer"
)

// ServeHTTP answers one request. What it answers is JSON, whatever happens:
// pages wait forever for anything else.
func (b *Backend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.allowOrigin(w.Header(), r)
	w.Header().Set("Cache-Control", "no-store")
	if r.Method == http.MethodOptions {
		b.preflight(w, r)
		return
	}
	watch, status := tally.Start(), http.StatusOK
	ctx, traced := b.Tracer.Request(r.Context(), r.Header, service, operation)
	r = r.WithContext(ctx)
	defer func() {
		traced.End(status)
		if b.Observe != nil {
			b.Observe(awshttp.Observation{Service: service, Operation: operation, Status: status, Took: watch.Elapsed()})
		}
	}()
	out, err := b.start(r)
	if err != nil {
		f := b.name(strings.Join(w.Header()["x-amzn-RequestId"], ""), err)
		status = f.Status
		if f.Status >= http.StatusInternalServerError {
			b.Log.ErrorContext(r.Context(), "start chat", "status", f.Status, "error", err)
		} else {
			b.Log.InfoContext(r.Context(), "start chat", "status", f.Status, "error", err)
		}
		var d failed
		d.Data.Error = problem{f.Message, f.Name, f.Status}
		write(w, f.Status, d)
		return
	}
	write(w, http.StatusOK, out)
	b.Log.DebugContext(r.Context(), "start chat", "status", http.StatusOK)
}

func (b *Backend) name(requestID string, err error) awshttp.Failure {
	if e, ok := errors.AsType[*refusal](err); ok {
		return awshttp.Failure(*e)
	}
	return b.Name(requestID, err)
}

// refusal is a failure that is not one of StartChatContact.
type refusal awshttp.Failure

func (e *refusal) Error() string { return e.Message }

// request is the union of what the samples send. A client token is not among
// it: it would name chats of programs that may do more than a page.
type request struct {
	InstanceID                     string `json:"InstanceId"`
	ConnectInstanceID              string `json:"ConnectInstanceId"` // of widgets' hooks
	ContactFlowID                  string `json:"ContactFlowId"`
	CustomerName                   string `json:"customerName"`
	Username                       string
	ParticipantDetails             struct{ DisplayName string }
	Attributes                     map[string]any
	SupportedMessagingContentTypes []string
	ChatDurationInMinutes          *int32
	InitialMessage                 *struct{ ContentType, Content string }
	PersistentChat                 *struct{ SourceContactID, RehydrationType string }
}

type answered struct {
	Data struct {
		StartChatResult    startChatResult `json:"startChatResult"`
		FeaturePermissions map[string]bool `json:"featurePermissions"`
	} `json:"data"`
}

type startChatResult struct {
	ContactID              string `json:"ContactId"`
	ParticipantID          string `json:"ParticipantId"`
	ParticipantToken       string `json:"ParticipantToken"`
	ContinuedFromContactID string `json:"ContinuedFromContactId,omitempty"`
}

type failed struct {
	Data struct{ Error problem } `json:"data"`
}

type problem struct {
	Message    string `json:"message"`
	Code       string `json:"code"`
	StatusCode int    `json:"statusCode"`
}

func (b *Backend) start(r *http.Request) (*answered, error) {
	if r.Method != http.MethodPost {
		return nil, &refusal{http.StatusMethodNotAllowed, "MethodNotAllowedException", "use POST"}
	}
	if !b.allowed(r.Header.Get("Origin")) {
		return nil, &refusal{http.StatusForbidden, "AccessDeniedException", "this page's origin may not start chats"}
	}
	if wait := b.Limits.take(r); wait > 0 {
		return nil, &refusal{http.StatusTooManyRequests, "TooManyRequestsException", "too many chats; try again in " + wait.Round(time.Second).String()}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, fault.Newf(fault.Invalid, "the body ended early")
	case len(body) > maxBody:
		return nil, &refusal{http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException", "the body is too large"}
	}
	var in request
	if err := json.Unmarshal(body, &in); err != nil { // whatever its content type says
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return nil, fault.Newf(fault.Invalid, "%s: must not be of type %s", cmp.Or(wrong.Field, "the body"), wrong.Value)
		}
		return nil, fault.Newf(fault.Invalid, "the body is not JSON")
	}
	call := b.translate(&in)
	if err := call.Check(); err != nil {
		return nil, err
	}
	res, err := b.Start(r.Context(), call)
	if err != nil {
		return nil, err
	}
	out := &answered{}
	out.Data.StartChatResult = startChatResult{res.ContactId, res.ParticipantId, res.ParticipantToken, res.ContinuedFromContactId}
	out.Data.FeaturePermissions = map[string]bool{}
	if slices.Contains(in.SupportedMessagingContentTypes, contact.Markdown) {
		out.Data.FeaturePermissions["MESSAGING_MARKDOWN"] = true
	}
	if b.Files {
		out.Data.FeaturePermissions["ATTACHMENTS"] = true
	}
	return out, nil
}

// translate makes the call of what a page sent. A name is found in the places
// where the samples put it.
func (b *Backend) translate(in *request) *connect.StartChatContactRequest {
	attributes := map[string]string{}
	for k, v := range in.Attributes {
		if b.Attributes != nil && !slices.Contains(b.Attributes, k) && k != "customerName" {
			continue
		}
		if s, ok := v.(string); ok {
			attributes[k] = s
		} else if text, err := json.Marshal(v); err == nil {
			attributes[k] = string(text)
		}
	}
	name := first(in.ParticipantDetails.DisplayName, attributes["customerName"], in.CustomerName, in.Username, defaultName)
	attributes["customerName"] = name
	call := &connect.StartChatContactRequest{
		InstanceId:                     first(in.InstanceID, in.ConnectInstanceID, b.Instance),
		ContactFlowId:                  first(in.ContactFlowID, b.Flow),
		ParticipantDetails:             &connect.ParticipantDetails{DisplayName: name},
		Attributes:                     attributes,
		SupportedMessagingContentTypes: in.SupportedMessagingContentTypes,
		ChatDurationInMinutes:          in.ChatDurationInMinutes,
	}
	if m := in.InitialMessage; m != nil && m.Content != "" {
		call.InitialMessage = &connect.ChatMessage{ContentType: first(m.ContentType, contact.PlainText), Content: m.Content}
	}
	if p := in.PersistentChat; p != nil && p.SourceContactID != "" && p.RehydrationType != "" {
		call.PersistentChat = &connect.PersistentChat{SourceContactId: p.SourceContactID, RehydrationType: p.RehydrationType}
	}
	return call
}

func first(texts ...string) string {
	for _, t := range texts {
		if strings.TrimSpace(t) != "" {
			return t
		}
	}
	return ""
}

func (b *Backend) allowed(origin string) bool {
	return len(b.Origins) == 0 || slices.Contains(b.Origins, origin)
}

func (b *Backend) allowOrigin(h http.Header, r *http.Request) {
	switch origin := r.Header.Get("Origin"); {
	case len(b.Origins) == 0 && origin == "":
		h.Set("Access-Control-Allow-Origin", "*")
	case b.allowed(origin):
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Credentials", "true")
	}
	h.Add("Vary", "Origin")
}

// headers are those that samples send.
const headers = "Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token"

// preflight allows the headers that the page asks for: some send their own.
func (b *Backend) preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	allow := headers
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		allow += "," + asked
	}
	h.Set("Access-Control-Allow-Headers", allow)
	h.Set("Access-Control-Allow-Methods", "POST,OPTIONS")
	h.Set("Access-Control-Max-Age", "7200")
	w.WriteHeader(http.StatusOK)
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that is gone needs no answer
}
