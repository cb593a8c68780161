// Package bench measures a chat server as its clients see it: over its HTTP
// operations and its WebSockets, on any endpoint. It shares the machine with
// the server in the usual case, so its own connections are lean (line.go,
// frame.go). Start reading at Run; each mode has a file.
package bench

import (
	"context"
	"fmt"
	"net/url"
	"runtime"
	"time"
)

// Mode says what is measured.
type Mode string

// The modes.
const (
	// Messages sends messages in every chat, one in flight each.
	Messages Mode = "messages"
	// Idle opens chats and leaves them alone, but for heartbeats.
	Idle Mode = "idle"
	// Transcript reads pages of 100.
	Transcript Mode = "transcript"
	// Start starts chats.
	Start Mode = "start"
)

// Target is the server that is measured.
type Target struct {
	URL      string // such as http://127.0.0.1:2355
	Instance string // id
	Flow     string // id
	Key      Key    // signs the control plane's calls; the zero Key does not
	// Agents take the other side of the chats. Without any it is taken by bots
	// that CreateParticipant brings in.
	Agents []Agent
	// PID is the server's process, for its CPU and memory; 0 if it is unknown.
	PID int
	// Partial servers keep no whole transcripts and end no chats.
	Partial bool
}

// Agent is a user who may sign in at the agent API.
type Agent struct{ Username, Password string }

// Options say what is done to the target.
type Options struct {
	Mode     Mode
	Chats    int           // with two connected participants each; of Start with a customer
	Warm     time.Duration // before Messages counts
	Duration time.Duration // that Messages and Transcript count
	Settle   time.Duration // before Idle reads the memory
	Readers  int           // of Transcript
}

// Result is what was measured. Figures that the mode does not have, or that
// need the server's process and lack it, are zero. Latencies are milliseconds.
type Result struct {
	Mode  Mode `json:"mode"`
	Chats int  `json:"chats"`

	Rate        float64 `json:"perSecond"` // acknowledged messages, pages or chats
	AckP50      float64 `json:"ackP50"`    // from request to answer
	AckP99      float64 `json:"ackP99"`
	DeliveryP50 float64 `json:"deliveryP50"` // from request to the other side's socket
	DeliveryP99 float64 `json:"deliveryP99"`

	CPU       float64 `json:"serverMicros"` // of the server for a message, page or chat, µs
	ClientCPU float64 `json:"clientMicros"` // of this program, µs
	RSS       float64 `json:"rssMB"`        // of the server at the end
	PerSocket float64 `json:"kbPerSocket"`  // growth of the server's memory
	// Heartbeats is the CPU of the server, in cores, while every socket sends one
	// each ten seconds.
	Heartbeats float64 `json:"heartbeatCores"`
	Other      float64 `json:"otherCores"` // that the rest of the machine used: a disturbed run

	Acknowledged int `json:"acknowledged"` // in the whole run, warming up too
	Failed       int `json:"failed"`       // requests
	Faults
}

// Faults are what became of acknowledged messages that should not have.
type Faults struct {
	Lost      int `json:"lost"`      // did not come
	Doubled   int `json:"doubled"`   // came again
	Reordered int `json:"reordered"` // came after a later one
	Renamed   int `json:"renamed"`   // came under another id than was acknowledged
}

func (f *Faults) add(o Faults) {
	f.Lost += o.Lost
	f.Doubled += o.Doubled
	f.Reordered += o.Reordered
	f.Renamed += o.Renamed
}

// Err reports what no server may do.
func (r *Result) Err() error {
	switch {
	case r.Faults != Faults{}:
		return fmt.Errorf("of %d acknowledged messages %d were lost, %d doubled, %d reordered, %d renamed",
			r.Acknowledged, r.Lost, r.Doubled, r.Reordered, r.Renamed)
	case r.Failed > 0:
		return fmt.Errorf("%d requests failed", r.Failed)
	}
	return nil
}

// Run measures the target. It returns an error when it could not; what the
// server did wrong is in the Result.
func Run(ctx context.Context, t Target, o Options) (*Result, error) {
	u, err := url.Parse(t.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%q is not the URL of a server", t.URL)
	}
	b := &bench{Target: t, Options: o, url: u}
	defer b.close()
	r := &Result{Mode: o.Mode, Chats: o.Chats}
	if o.Mode == Start {
		return r, b.start(ctx, r)
	}
	before := memory(t.PID)
	if err := b.open(ctx); err != nil {
		return nil, err
	}
	runtime.GC() // of what opening has left behind
	switch o.Mode {
	case Messages:
		err = b.messages(ctx, r)
	case Idle:
		err = b.idle(ctx, r, before)
	case Transcript:
		err = b.transcript(ctx, r)
	default:
		err = fmt.Errorf("there is no mode %q", o.Mode)
	}
	return r, err
}

// bench is one run.
type bench struct {
	Target
	Options
	url   *url.URL
	chats []*chat
	desks []*desk
}

// now is the time: what is measured here is how long things really take.
func now() time.Time { return time.Now() } //nolint:forbidigo // see above

// wait waits for d. It reports false when ctx is over.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
