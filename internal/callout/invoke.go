package callout

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/bellpull/bellpull/internal/fault"
)

// InvokeRequest is a call of a function.
type InvokeRequest struct {
	// ID names the call, also to the function; empty: it gets one.
	ID    string
	ARN   string
	Event Event
	// Payload, if set, is what the function is told instead: JSON.
	Payload []byte
	// ResponseType is what the answer must be; STRING_MAP if empty.
	ResponseType ResponseType
	// Limit is for all attempts together: 1 to 8 seconds, asynchronously 1 to
	// 60. 0 stands for the highest.
	Limit time.Duration
	// Async does not wait for the answer.
	Async bool
	// Done, if set, is given what an asynchronous call came to, from a
	// goroutine of [Caller.Run]. It is not called for one that Run drops.
	Done func(InvokeAnswer, error)
}

// InvokeAnswer is what a function answered.
type InvokeAnswer struct {
	Values    Values // of an asynchronous call: nil, except for Done
	RequestID string // names the call, also to the function
}

// The limits of calls.
const (
	minLimit      = time.Second
	maxLimit      = 8 * time.Second
	maxAsyncLimit = 60 * time.Second
)

// function is what stands behind the ARN of a function. invoke makes one
// attempt and returns the raw answer.
type function interface {
	invoke(ctx context.Context, c call) ([]byte, error)
}

// call is one call of a function; its attempts have the same id.
type call struct {
	arn   string
	id    string
	event []byte
	// forget says that nobody wants the answer.
	forget bool
}

// Invoke calls a function. What is throttled or fails inside (429, 5xx) is
// retried up to three times within the limit; a function that says it failed is
// not. An asynchronous call is made by [Caller.Run]: Invoke returns when it has
// been noted, or ErrThrottled when too many have. A call that was noted is lost
// if the process ends.
func (c *Caller) Invoke(ctx context.Context, r InvokeRequest) (InvokeAnswer, error) {
	if err := r.complete(); err != nil {
		return InvokeAnswer{}, err
	}
	route, err := find(c.functions, r.ARN)
	if err != nil {
		return InvokeAnswer{}, err
	}
	event := r.Payload
	if event == nil {
		if event, err = r.Event.payload(); err != nil {
			return InvokeAnswer{}, err
		}
	}
	if len(event) > maxEvent {
		return InvokeAnswer{}, fault.Newf(fault.Invalid, "the event for the function is longer than %d bytes", maxEvent)
	}
	noted := call{arn: r.ARN, id: cmp.Or(r.ID, c.newID()), event: event, forget: r.Async && r.Done == nil}
	if !r.Async {
		return invoke(ctx, route, r, noted)
	}
	select {
	case c.jobs <- func(ctx context.Context) { c.later(ctx, route, r, noted) }:
		return InvokeAnswer{RequestID: noted.id}, nil
	default:
		return InvokeAnswer{}, fmt.Errorf("%w: %d asynchronous ones wait", ErrThrottled, mostJobs)
	}
}

// Knows reports whether the configuration says where a function is.
func (c *Caller) Knows(arn string) bool {
	_, err := find(c.functions, arn)
	return err == nil
}

// complete fills in what was left out and checks the rest.
func (r *InvokeRequest) complete() error {
	most := maxLimit
	if r.Async {
		most = maxAsyncLimit
	}
	if r.Limit == 0 {
		r.Limit = most
	}
	if r.ResponseType == "" {
		r.ResponseType = StringMap
	}
	switch {
	case r.Limit < minLimit || r.Limit > most:
		return fault.Newf(fault.Invalid, "the time limit of a function must be %v to %v", minLimit, most)
	case r.ResponseType != StringMap && r.ResponseType != JSON:
		return fault.Newf(fault.Invalid, "the response type %q is neither STRING_MAP nor JSON", r.ResponseType)
	}
	return nil
}

func invoke(ctx context.Context, to *route[function], r InvokeRequest, c call) (InvokeAnswer, error) {
	answer := InvokeAnswer{RequestID: c.id}
	err := to.do(ctx, r.Limit, func(ctx context.Context) error {
		var raw []byte
		err := retry(ctx, func() (err error) {
			raw, err = to.to.invoke(ctx, c)
			return err
		})
		if err != nil || c.forget {
			return err
		}
		answer.Values, err = parseAnswer(raw, r.ResponseType)
		return err
	})
	return answer, err
}

// later makes an asynchronous call. If nobody asked for what it came to, the
// log says so.
func (c *Caller) later(ctx context.Context, to *route[function], r InvokeRequest, noted call) {
	answer, err := invoke(ctx, to, r, noted)
	switch {
	case r.Done != nil:
		r.Done(answer, err)
	case err != nil:
		c.log.WarnContext(ctx, "asynchronous function failed", "function", r.ARN, "request", noted.id, "error", err)
	}
}
