package centre

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/bellpull/bellpull/internal/callout"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/flow"
)

// Callouts are what flows call: functions and bots.
type Callouts interface {
	Invoke(context.Context, callout.InvokeRequest) (callout.InvokeAnswer, error)
	// Knows reports whether there is anything to call behind an ARN.
	Knows(arn string) bool
	RecognizeText(context.Context, callout.RecognizeRequest) (callout.RecognizeAnswer, error)
}

// How calls are made again. A call whose answer did not come back, because the
// process died, say, is made once more when it should long have been answered.
const (
	botWait      = 10 * time.Second
	callMargin   = 5 * time.Second
	callAttempts = 2
)

// callWait is how long the answer to a call may take.
func callWait(e flow.Effect) time.Duration {
	if do, ok := e.(flow.Invoke); ok {
		return do.Limit + callMargin
	}
	return botWait + callMargin
}

// calls are the calls to the outside that are under way. No chat is locked
// meanwhile.
type calls struct {
	mu      sync.Mutex
	ctx     context.Context //nolint:containedctx // that of Run, under which they are made
	running sync.WaitGroup
}

// runCalls lets calls be made until ctx is over, and waits for those under way.
func (c *Centre) runCalls(ctx context.Context) error {
	c.calls.mu.Lock()
	c.calls.ctx = ctx
	c.calls.mu.Unlock()
	<-ctx.Done()
	c.calls.running.Wait()
	return nil
}

// background makes a call. Before Run and after its end nothing is called: the
// call's timer will see to it.
func (c *Centre) background(call func(ctx context.Context)) {
	c.calls.mu.Lock()
	ctx := c.calls.ctx
	if ctx == nil || ctx.Err() != nil {
		c.calls.mu.Unlock()
		return
	}
	c.calls.running.Add(1)
	c.calls.mu.Unlock()
	go func() {
		defer c.calls.running.Done()
		call(ctx)
	}()
}

// startCalls makes the calls that a change has brought about.
func (c *Centre) startCalls(was, now *contact.Chat) {
	c.startScans(was, now)
	if now.Flow.Call != nil && now.Flow.Turn != was.Flow.Turn {
		c.startCall(now)
	}
	for i := range now.Flow.Calls {
		call := &now.Flow.Calls[i]
		if before := was.Flow.AsyncCall(call.ID); !call.Done && (before == nil || before.Attempt != call.Attempt) {
			c.startAsync(now, *call)
		}
	}
}

// startCall makes the call that a chat's flow waits for.
func (c *Centre) startCall(chat *contact.Chat) {
	c.background(func(ctx context.Context) {
		ref := strconv.FormatInt(chat.Flow.Turn, 10)
		out, memory := c.call(ctx, chat)
		if ctx.Err() != nil {
			return // the call is made again after the start
		}
		_, err := c.change(ctx, chat.ID, 0, func(d *contact.Draft) error {
			if !d.Chat().Flow.IsTurn(ref) {
				return nil // it came too late
			}
			d.Remembering(memory)
			return c.resumeFlow(ctx, d, out)
		})
		c.trouble(ctx, "tell a flow what its call was answered", err)
	})
}

// call makes the call and returns what the flow is to be told. A failure is the
// flow's error branch.
func (c *Centre) call(ctx context.Context, chat *contact.Chat) (out flow.Outcome, memory string) {
	failed := flow.Outcome{Error: flow.NoMatchingError}
	dir, err := c.Instance(chat.Instance)
	if err != nil || c.Callouts == nil {
		return failed, ""
	}
	r := &run{centre: c, ctx: ctx, d: contact.NewDraft(chat, c.Now()), dir: dir}
	if r.m, err = r.resume(); err != nil {
		return failed, ""
	}
	late := flow.NoMatchingError // the error of a call that takes too long
	switch do := r.m.Next().(type) {
	case flow.Invoke:
		late = flow.TimeLimitExceeded
		out, err = c.invoke(ctx, chat, dir, do)
	case flow.AskBot:
		out, memory, err = c.askBot(ctx, chat, do)
	default:
		return failed, ""
	}
	if err != nil {
		if errors.Is(err, callout.ErrTimeLimit) {
			failed.Error = late
		}
		c.Log.WarnContext(ctx, "a call of a flow failed", "contact", chat.ID, "flow", r.m.State().Flow, "action", r.m.State().Action, "error", err)
		return failed, ""
	}
	return out, memory
}

func (c *Centre) invoke(ctx context.Context, chat *contact.Chat, dir *directory.Directory, do flow.Invoke) (out flow.Outcome, err error) {
	// The flow checks the form of the answer; JSON takes every form.
	answer, err := c.Callouts.Invoke(ctx, callout.InvokeRequest{
		ARN: do.Function, Event: event(chat, dir, chat.Current(), do.Parameters), ResponseType: callout.JSON, Limit: do.Limit,
	})
	if err != nil {
		return out, err
	}
	out.Data, err = json.Marshal(answer.Values)
	return out, err
}

// event returns what a function is told about a contact.
func event(chat *contact.Chat, dir *directory.Directory, s *contact.Segment, parameters json.RawMessage) callout.Event {
	e := callout.Event{
		Attributes: chat.Attributes, ContactID: string(s.ID), InitialContactID: string(chat.ID), PreviousContactID: string(s.Previous),
		CustomerID: chat.CustomerID, Name: chat.Details.Name, Description: chat.Details.Description, LanguageCode: chat.Details.Language,
		InitiationMethod: s.Method, InstanceARN: dir.Instance.ARN(), Tags: chat.Details.Tags, Parameters: parameters,
		SegmentAttributes: map[string]string{"connect:Subtype": "connect:Chat"}, References: map[string]callout.Reference{},
	}
	for k, v := range chat.SegmentAttributes {
		if v.Text != nil {
			e.SegmentAttributes[k] = *v.Text
		}
	}
	for k, v := range chat.Details.References {
		e.References[k] = callout.Reference(v)
	}
	if q := dir.Queue(chat.Flow.Queue); q != nil {
		e.Queue = &callout.Queue{ARN: dir.Instance.ARN("queue", string(q.ID)), Name: q.Name}
	}
	return e
}

func (c *Centre) askBot(ctx context.Context, chat *contact.Chat, do flow.AskBot) (out flow.Outcome, memory string, err error) {
	var attributes map[string]string
	if err := json.Unmarshal(do.Attributes, &attributes); err != nil {
		return out, "", err
	}
	arn := do.Bot.AliasARN
	if arn == "" {
		arn = do.Bot.Name + ":" + do.Bot.Alias + "@" + do.Bot.Region
	}
	answer, err := c.Callouts.RecognizeText(ctx, callout.RecognizeRequest{
		BotARN: arn, SessionID: string(chat.Current().ID), Memory: chat.Flow.Memory, Text: do.Text,
		Attributes: attributes, LanguageCode: chat.Details.Language, Accepts: chat.ContentTypes,
	})
	if err != nil {
		return out, "", err
	}
	out.Data, err = answer.Lex()
	return out, answer.Memory, err
}

// callLost sees to a call that should long have been answered: it is made once
// more, and then given up.
func (c *Centre) callLost(ctx context.Context, d *contact.Draft, turn string) error {
	f := &d.Chat().Flow
	if !f.IsTurn(turn) || f.Call == nil {
		return nil
	}
	if f.Call.Attempt < callAttempts {
		d.Suspend(f.State, f.Call.Limit, nil, &contact.Call{Attempt: f.Call.Attempt + 1, Limit: f.Call.Limit})
		return nil
	}
	return c.resumeFlow(ctx, d, flow.Outcome{Error: flow.NoMatchingError})
}
