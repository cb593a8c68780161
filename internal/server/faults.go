package server

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/bellpull/bellpull/internal/fault"
)

// faultRule fails the next requests for an operation.
type faultRule struct {
	// Operation is the name of an operation, such as SendMessage; or StartChat,
	// WebSocket, AgentAPI; or * for everything.
	Operation string `json:"operation"`
	// Times is how many requests it fails; 0 means one.
	Times int `json:"times"`
	// Delay makes the requests wait first, such as 2s.
	Delay string `json:"delay"`
	// Status and Type answer an error, such as 429 and ThrottlingException.
	Status int    `json:"status"`
	Type   string `json:"type"`
	// Drop cuts the connection without an answer.
	Drop bool `json:"drop"`
	// After lets the request do its work first, so that only the answer is
	// lost.
	After bool `json:"after"`

	delay time.Duration
}

// faults are the rules that wait for requests, oldest first.
type faults struct {
	mu    sync.Mutex
	rules []*faultRule
}

func (f *faults) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules = nil
}

// take returns a copy of the rule for an operation, and counts it.
func (f *faults) take(operation string) *faultRule {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, r := range f.rules {
		if operation == "" || r.Operation != operation && r.Operation != "*" {
			continue
		}
		if r.Times--; r.Times <= 0 {
			f.rules = append(f.rules[:i:i], f.rules[i+1:]...)
		}
		taken := *r
		return &taken
	}
	return nil
}

// serve answers a request as the rule says.
func (f *faultRule) serve(w http.ResponseWriter, r *http.Request, srv *Server) {
	select {
	case <-time.After(f.delay):
	case <-r.Context().Done():
		return
	}
	if !f.Drop && f.Status == 0 {
		srv.handler.ServeHTTP(w, r)
		return
	}
	if f.After {
		srv.handler.ServeHTTP(lost{http.Header{}}, r)
	}
	if f.Drop {
		panic(http.ErrAbortHandler)
	}
	w.Header()["x-amzn-RequestId"] = []string{srv.requests.New()}
	name := f.Type
	if name == "" {
		name = "InternalServiceException"
		if strings.HasPrefix(r.URL.Path, "/participant/") {
			name = "InternalServerException"
		}
	}
	answerError(w, f.Status, name, "a fault that was asked for")
}

// hasOperation reports whether a fault can be asked for by this name.
func (s *Server) hasOperation(name string) bool {
	for _, svc := range s.operations {
		if svc.Has(name) {
			return true
		}
	}
	return name == "StartChat" || name == "WebSocket" || name == "AgentAPI" || name == "Widget"
}

// lost is an answer that nobody gets.
type lost struct{ header http.Header }

func (l lost) Header() http.Header         { return l.header }
func (l lost) Write(b []byte) (int, error) { return len(b), nil }
func (l lost) WriteHeader(int)             {}

func (d *Dev) listFaults(*http.Request) (any, error) {
	d.faults.mu.Lock()
	defer d.faults.mu.Unlock()
	out := make([]faultRule, len(d.faults.rules))
	for i, r := range d.faults.rules {
		out[i] = *r
	}
	return out, nil
}

func (d *Dev) addFault(r *http.Request) (any, error) {
	var f faultRule
	if err := readJSON(r, &f); err != nil {
		return nil, err
	}
	if f.Delay != "" {
		var err error
		if f.delay, err = time.ParseDuration(f.Delay); err != nil || f.delay < 0 {
			return nil, fault.Newf(fault.Invalid, "delay: must be a duration such as 2s")
		}
	}
	switch {
	case f.Operation == "":
		return nil, fault.Newf(fault.Invalid, "operation: must name an operation, or be *")
	case f.Operation != "*" && !d.server.Load().hasOperation(f.Operation):
		return nil, fault.Newf(fault.Invalid, "operation: there is none called %q", f.Operation)
	case f.After && f.Status == 0 && !f.Drop:
		return nil, fault.Newf(fault.Invalid, "after: needs a status or drop")
	case f.Times < 0:
		return nil, fault.Newf(fault.Invalid, "times: must not be negative")
	case f.Status != 0 && (f.Status < 400 || f.Status > 599):
		return nil, fault.Newf(fault.Invalid, "status: must be 400 to 599")
	case f.Status == 0 && !f.Drop && f.delay == 0:
		return nil, fault.Newf(fault.Invalid, "nothing is to fail: give a status, drop or delay")
	}
	f.Times = max(f.Times, 1)
	d.faults.mu.Lock()
	defer d.faults.mu.Unlock()
	d.faults.rules = append(d.faults.rules, &f)
	return f, nil
}

func (d *Dev) clearFaults(*http.Request) (any, error) {
	d.faults.clear()
	return map[string]bool{"cleared": true}, nil
}
