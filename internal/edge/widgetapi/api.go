// Package widgetapi is what the chat widget asks of the server from the pages of
// web sites: its configuration, and the start of a chat. Nobody has signed in
// here; who may do what is the widget's to say (directory.Widget). Start reading
// at API.ServeHTTP.
package widgetapi

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/edge/awshttp"
	"github.com/bellpull/bellpull/internal/edge/ratelimit"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/tally"
	"github.com/bellpull/bellpull/internal/token"
	"github.com/bellpull/bellpull/internal/tracing"
	"github.com/bellpull/bellpull/internal/wire"
	"github.com/bellpull/bellpull/internal/wire/connect"
)

// Options are what the API is made of.
type Options struct {
	// Instances are where widgets are looked for.
	Instances func() []*directory.Directory
	// Start runs StartChatContact.
	Start func(context.Context, *connect.StartChatContactRequest) (*connect.StartChatContactResponse, error)
	// LastChat returns the chat of a customer that has ended last, or nothing.
	LastChat func(ctx context.Context, instance contact.InstanceID, customer string) (contact.ID, error)
	Tokens   *token.Keyring
	// Now is the time of what is stored; WallClock is the real one, by which the
	// tokens of sites are judged.
	Now, WallClock func() time.Time
	// Own are the origins of this server's own pages, which may show any widget.
	Own []string
	// PerAddress and PerWidget are how often chats may start; nil is no limit.
	PerAddress, PerWidget *ratelimit.Limiter
	// Reads is how often one address may ask for anything else; nil is no limit.
	Reads *ratelimit.Limiter
	// Proxies is how many trusted proxies stand in front.
	Proxies int
	// Difficulty is how many zero bits a browser has to find before a start; 0 asks
	// for none.
	Difficulty int
	// Approve, if set, is asked whether a chat may start.
	Approve     func(ctx context.Context, body []byte) (bool, error)
	Attachments Attachments
	Log         *slog.Logger
	// Tracer follows requests; nil follows none.
	Tracer *tracing.Tracer
	// Observe, if set, is told of every request after its answer.
	Observe func(awshttp.Observation)
}

// API answers what is below Prefix: ID/config, ID/challenge and ID/start.
type API struct {
	Options
	spent spent
}

// New returns the API.
func New(o Options) *API { return &API{Options: o, spent: spent{used: map[string]use{}}} }

// Prefix is what the API's paths begin with.
const Prefix = "/widget/"

const (
	service = "widget" // in figures and traces
	// A token and attributes of 32 KiB each fit, escaped as they may be.
	maxBody = 128 << 10
	// How long a browser should wait when nobody can say.
	quotaAgain   = 30 * time.Second
	approveAgain = 5 * time.Second
)

// found is the widget that is asked for.
type found struct {
	dir    *directory.Directory
	widget *directory.Widget
}

// visitor is who asks.
type visitor struct{ origin, address, agent string }

// wait is a fault that passes.
type wait struct {
	time.Duration
	error
}

func (w *wait) Unwrap() error { return w.error }

// errorNames names each kind on the line.
var errorNames = map[fault.Kind]struct {
	status int
	name   string
}{
	fault.Invalid:   {http.StatusBadRequest, "ValidationException"},
	fault.Denied:    {http.StatusForbidden, "AccessDeniedException"},
	fault.NotFound:  {http.StatusNotFound, "ResourceNotFoundException"},
	fault.Quota:     {http.StatusTooManyRequests, "ThrottlingException"},
	fault.Throttled: {http.StatusTooManyRequests, "ThrottlingException"},
}

// ServeHTTP answers one request. A page may read every answer, refusals
// too: the developers of a site should see why.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "Retry-After,x-amzn-ErrorType,x-amzn-RequestId")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Method == http.MethodOptions {
		h.Set("Access-Control-Allow-Methods", "GET,POST,OPTIONS")
		h.Set("Access-Control-Allow-Headers", "content-type")
		h.Set("Access-Control-Max-Age", "7200")
		w.WriteHeader(http.StatusNoContent)
		return
	}
	id, what, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, Prefix), "/")
	method, operation := http.MethodGet, ""
	switch what {
	case "config":
		operation = "GetWidget"
	case "challenge":
		operation = "GetChallenge"
	case "start":
		method, operation = http.MethodPost, "StartWidgetChat"
	}
	if operation != "" && r.Method != method && (method != http.MethodGet || r.Method != http.MethodHead) {
		h.Set("Allow", method+", OPTIONS")
		write(w, http.StatusMethodNotAllowed, errorBody{"MethodNotAllowedException", "use " + method})
		return
	}
	watch := tally.Start()
	ctx, traced := a.Tracer.Request(r.Context(), r.Header, service, operation)
	out, err := a.answer(r.WithContext(ctx), directory.WidgetID(id), operation)
	status := a.reply(w, r, operation, out, err)
	traced.End(status)
	if a.Observe != nil {
		a.Observe(awshttp.Observation{Service: service, Operation: operation, Status: status, Took: watch.Elapsed()})
	}
}

// answer does what is asked, if the page may ask for it.
func (a *API) answer(r *http.Request, id directory.WidgetID, operation string) (any, error) {
	from := visitor{r.Header.Get("Origin"), ratelimit.Address(r, a.Proxies), r.UserAgent()}
	limit := a.Reads
	if operation == "StartWidgetChat" {
		limit = a.PerAddress
	}
	if d := limit.Take(from.address); d > 0 {
		return nil, &wait{d, fault.Newf(fault.Throttled, "too many requests")}
	}
	f := a.find(id)
	if f == nil || operation == "" {
		return nil, fault.Newf(fault.NotFound, "there is no such widget")
	}
	if !a.allowed(f.widget, r) {
		return nil, fault.Newf(fault.Denied, "the widget does not allow pages of %q", from.origin)
	}
	switch operation {
	case "GetWidget":
		return a.configuration(f)
	case "GetChallenge":
		return a.challenge(f)
	}
	var in startRequest
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	if d := a.PerWidget.Take(string(f.widget.ID)); d > 0 {
		return nil, &wait{d, fault.Newf(fault.Throttled, "too many chats start at once")}
	}
	return a.start(r.Context(), f, from, &in)
}

// find returns a widget, or nil.
func (a *API) find(id directory.WidgetID) *found {
	for _, d := range a.Instances() {
		if w := d.Widgets[id]; w != nil {
			return &found{d, w}
		}
	}
	return nil
}

// allowed reports whether the page that asks may show the widget. Browsers say
// no origin when a page reads from its own server.
func (a *API) allowed(w *directory.Widget, r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" && r.Method != http.MethodPost {
		return true
	}
	return slices.Contains(a.Own, origin) || w.Allows(origin)
}

func decode(r *http.Request, into any) error {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	switch {
	case err != nil:
		return fault.Newf(fault.Invalid, "the body ended early")
	case len(body) > maxBody:
		return fault.Newf(fault.Invalid, "the body is larger than %d bytes", maxBody)
	}
	if err := json.Unmarshal(body, into); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return fault.Newf(fault.Invalid, "%s: must not be of type %s", cmp.Or(wrong.Field, "the body"), wrong.Value)
		}
		return fault.Newf(fault.Invalid, "the body is not JSON")
	}
	return nil
}

type errorBody struct {
	Type    string `json:"__type"`
	Message string `json:"message"`
}

// reply writes an answer and one line in the log, and returns the status.
func (a *API) reply(w http.ResponseWriter, r *http.Request, operation string, out any, err error) (status int) {
	log := a.Log.With("operation", operation, "path", r.URL.Path)
	if err == nil {
		write(w, http.StatusOK, out)
		log.DebugContext(r.Context(), "widget request", "status", http.StatusOK)
		return http.StatusOK
	}
	status, body, again := failure(err)
	w.Header()["x-amzn-ErrorType"] = []string{body.Type}
	if status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(again.Seconds()))))
	}
	write(w, status, body)
	level := slog.LevelInfo
	if status == http.StatusInternalServerError && r.Context().Err() == nil {
		level = slog.LevelError
	}
	log.Log(r.Context(), level, "widget request", "status", status, "error", err, "request", strings.Join(w.Header()["x-amzn-RequestId"], ""))
	return status
}

// failure names an error, and says after how long one that passes may have.
func failure(err error) (status int, body errorBody, again time.Duration) {
	if broken, ok := errors.AsType[*wire.CheckError](err); ok {
		return http.StatusBadRequest, errorBody{"ValidationException", broken.Error()}, 0
	}
	n, ok := errorNames[fault.KindOf(err)]
	if !ok {
		return http.StatusInternalServerError, errorBody{"InternalServerException", "internal failure"}, 0
	}
	again = quotaAgain
	if w, ok := errors.AsType[*wait](err); ok {
		again = w.Duration
	}
	return n.status, errorBody{n.name, err.Error()}, again
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that is gone needs no answer
}
