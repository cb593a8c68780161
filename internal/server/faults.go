package server

import (
	"encoding/json"
	"net/http"
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
		if r.Operation != operation && r.Operation != "*" {
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
func (f *faultRule) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	select {
	case <-time.After(f.delay):
	case <-r.Context().Done():
		return
	}
	if !f.Drop && f.Status == 0 {
		next.ServeHTTP(w, r)
		return
	}
	if f.After {
		next.ServeHTTP(lost{http.Header{}}, r)
	}
	if f.Drop {
		panic(http.ErrAbortHandler)
	}
	h := w.Header()
	h["x-amzn-ErrorType"] = []string{f.Type}
	h.Set("Content-Type", "application/json")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "x-amzn-ErrorType,x-amzn-RequestId")
	w.WriteHeader(f.Status)
	// A client that is gone needs no answer.
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": f.Type, "message": "a fault that was asked for"})
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
	case f.Times < 0:
		return nil, fault.Newf(fault.Invalid, "times: must not be negative")
	case f.Status != 0 && (f.Status < 400 || f.Status > 599):
		return nil, fault.Newf(fault.Invalid, "status: must be 400 to 599")
	case f.Status == 0 && !f.Drop && f.delay == 0:
		return nil, fault.Newf(fault.Invalid, "nothing is to fail: give a status, drop or delay")
	}
	f.Times = max(f.Times, 1)
	if f.Type == "" {
		f.Type = "InternalServerException"
	}
	d.faults.mu.Lock()
	defer d.faults.mu.Unlock()
	d.faults.rules = append(d.faults.rules, &f)
	return f, nil
}

func (d *Dev) clearFaults(*http.Request) (any, error) {
	d.faults.clear()
	return map[string]bool{"cleared": true}, nil
}
