// Package opsapi is the API of those who run a server, below /ops/. Requests are
// signed as those of the control plane are, with an access key of any instance.
// Start reading at New.
package opsapi

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"github.com/bellpull/bellpull/internal/admin"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/edge/awshttp"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/wire"
)

// Options are what the API is made of.
type Options struct {
	Admin *admin.Admin
	// Instances returns the directories of all instances.
	Instances func() []*directory.Directory
	Verifier  *awshttp.Verifier
	// Removed closes the sockets of users who have been removed.
	Removed func(plans []*seed.Plan)
	// Drain begins to leave clients to other servers; Draining says how far that
	// has come.
	Drain    func()
	Draining func() Drain
	// Dev takes seed files as bellpull dev does.
	Dev bool
	Log *slog.Logger
}

// API answers the paths below /ops/.
type API struct {
	Options
	mux *http.ServeMux
}

// New returns the API.
func New(o Options) *API {
	a := &API{o, http.NewServeMux()}
	a.handle("GET /ops/seed", a.dump)
	a.handle("POST /ops/seed", a.apply)
	a.handle("GET /ops/drain", func(*request) (any, error) { return a.Draining(), nil })
	a.handle("POST /ops/drain", func(*request) (any, error) {
		a.Options.Drain()
		return a.Draining(), nil
	})
	return a
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }

// maxBody is the largest body, in bytes: a seed file and all its flows.
const maxBody = 32 << 20

// request is a request whose signature is good.
type request struct {
	*http.Request
	body []byte
	key  string // the access key id
}

// handle makes h answer a path, for those who sign.
func (a *API) handle(pattern string, h func(*request) (any, error)) {
	a.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		out, err := a.answer(w, r, h)
		status := http.StatusOK
		if err != nil {
			var name string
			status, name, out = failure(err)
			w.Header()["x-amzn-ErrorType"] = []string{name}
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(out) // a client that is gone needs no answer
		a.report(r, pattern, status, err, strings.Join(w.Header()["x-amzn-RequestId"], ""))
	})
}

// report writes a line in the log. What is wrong with a seed file is for the
// caller alone, since it may quote a secret that stands in the wrong place.
func (a *API) report(r *http.Request, operation string, status int, err error, id string) {
	level, facts := slog.LevelInfo, []any{"operation", operation, "status", status, "request", id}
	if problems, ok := errors.AsType[*seed.Problems](err); ok {
		facts = append(facts, "problems", len(problems.List))
	} else if err != nil {
		facts = append(facts, "error", err)
	}
	if status == http.StatusInternalServerError {
		level = slog.LevelError
	}
	a.Log.Log(r.Context(), level, "operator request", facts...)
}

func (a *API) answer(w http.ResponseWriter, r *http.Request, h func(*request) (any, error)) (any, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return nil, fault.Newf(fault.Invalid, "the body ended early or is larger than %d bytes", maxBody)
	}
	key, err := a.Verifier.Verify(r, body)
	if err != nil {
		return nil, err
	}
	return h(&request{r, body, key})
}

// errorNames names each kind of failure.
var errorNames = map[fault.Kind]struct {
	status int
	name   string
}{
	fault.Invalid:  {http.StatusBadRequest, "InvalidRequestException"},
	fault.NotFound: {http.StatusNotFound, "ResourceNotFoundException"},
	fault.Conflict: {http.StatusConflict, "ResourceConflictException"},
}

type errorBody struct {
	Type    string `json:"__type"`
	Message string `json:"message"`
}

// failure returns how an error is answered. One without a kind is for the log
// alone.
func failure(err error) (status int, name string, body errorBody) {
	status, name = http.StatusInternalServerError, "InternalServiceException"
	message := "internal failure"
	if problems, ok := errors.AsType[*seed.Problems](err); ok {
		status, name, message = http.StatusBadRequest, "InvalidSeedException", problems.Error()
	} else if n, ok := errorNames[fault.KindOf(err)]; ok {
		status, name, message = n.status, n.name, err.Error()
	} else if e, ok := errors.AsType[wire.Exception](err); ok { // of the signature
		status, name, message = e.StatusCode(), e.ErrorName(), strings.TrimPrefix(e.Error(), e.ErrorName()+": ")
	}
	return status, name, errorBody{name, message}
}
