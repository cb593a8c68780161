package centre

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/bellpull/bellpull/internal/callout"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/flow"
)

// invokeLater notes an asynchronous call, which is made after the commit.
func (r *run) invokeLater(do flow.Invoke) flow.Outcome {
	chat := r.d.Chat()
	call := contact.AsyncCall{
		ID: r.centre.IDs.New(), Function: do.Function, Parameters: string(do.Parameters),
		Contact: chat.Current().ID, Attributes: chat.Attributes, Limit: do.Limit, Attempt: 1,
	}
	if r.centre.Callouts == nil || !r.centre.Callouts.Knows(do.Function) || !r.d.StartAsync(call, do.Limit+callMargin) {
		return flow.Outcome{Error: flow.NoMatchingError}
	}
	return flow.Outcome{Invocation: call.ID}
}

// loadResult answers a LoadResult.
func (r *run) loadResult(do flow.LoadResult) flow.Outcome {
	call := r.d.Chat().Flow.AsyncCall(do.Invocation)
	if call == nil || call.Answer == "" {
		return flow.Outcome{Error: flow.NoMatchingError}
	}
	return flow.Outcome{Data: json.RawMessage(call.Answer)}
}

// returnOf is what a flow awaits that waits for an asynchronous call.
func returnOf(id string) string { return string(flow.LambdaReturned) + " " + id }

// returned tells a flow that an asynchronous call has been answered, or failed.
func returned(answer string) flow.Outcome {
	if answer == "" {
		return flow.Outcome{Error: flow.NoMatchingError}
	}
	return flow.Outcome{Event: flow.LambdaReturned}
}

// startAsync makes an asynchronous call and keeps what came of it.
func (c *Centre) startAsync(chat *contact.Chat, call contact.AsyncCall) {
	c.background(func(ctx context.Context) {
		answer, err := c.invokeAsync(ctx, chat, call)
		switch {
		case ctx.Err() != nil || errors.Is(err, context.Canceled):
			return // the call is made again after the start
		case err != nil:
			c.Log.WarnContext(ctx, "an asynchronous call of a flow failed", "contact", call.Contact, "function", call.Function, "call", call.ID, "error", err)
		}
		_, err = c.change(ctx, chat.ID, 0, func(d *contact.Draft) error {
			return c.endAsync(ctx, d, call.ID, answer)
		})
		c.trouble(ctx, "keep what an asynchronous call was answered", err)
	})
}

func (c *Centre) invokeAsync(ctx context.Context, chat *contact.Chat, call contact.AsyncCall) (answer string, err error) {
	dir, err := c.Instance(chat.Instance)
	if err != nil {
		return "", err
	}
	segment := chat.Segment(call.Contact)
	if segment == nil {
		segment = chat.Current()
	}
	e := event(chat, dir, segment, json.RawMessage(call.Parameters))
	e.Attributes = call.Attributes
	type result struct {
		answer callout.InvokeAnswer
		err    error
	}
	done := make(chan result, 1)
	_, err = c.Callouts.Invoke(ctx, callout.InvokeRequest{
		ID: call.ID, ARN: call.Function, Event: e, ResponseType: callout.JSON, Limit: call.Limit, Async: true,
		Done: func(a callout.InvokeAnswer, err error) { done <- result{a, err} },
	})
	if err != nil {
		return "", err
	}
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case got := <-done:
		if got.err != nil {
			return "", got.err
		}
		raw, err := json.Marshal(got.answer.Values)
		return string(raw), err
	}
}

// endAsync keeps the answer of an asynchronous call, and tells it to a flow that
// waits for it. An answer that comes twice counts once.
func (c *Centre) endAsync(ctx context.Context, d *contact.Draft, id, answer string) error {
	if call := d.Chat().Flow.AsyncCall(id); call == nil || call.Done {
		return nil
	}
	d.EndAsync(id, answer)
	if f := &d.Chat().Flow; !f.Running() || !f.Expects(returnOf(id)) {
		return nil
	}
	return c.resumeFlow(ctx, d, returned(answer))
}

// asyncLost sees to an asynchronous call that should long have been answered: it
// is made once more, and then given up. One that another node has just made once
// more is waited for.
func (c *Centre) asyncLost(ctx context.Context, d *contact.Draft, id string) error {
	call := d.Chat().Flow.AsyncCall(id)
	if call == nil || call.Done {
		return nil
	}
	if d.Now.Before(call.Due) {
		d.AwaitAsync(call)
		return nil
	}
	if call.Attempt < callAttempts {
		d.RepeatAsync(id, call.Limit+callMargin)
		return nil
	}
	return c.endAsync(ctx, d, id, "")
}
