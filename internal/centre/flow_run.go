package centre

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/flow"
)

// run is a turn of a flow within one decision: from its beginning, or from what
// it waited for, until it waits again or is over.
type run struct {
	centre *Centre
	ctx    context.Context //nolint:containedctx // a run lives within one decision
	d      *contact.Draft
	dir    *directory.Directory
	m      *flow.Machine
}

// startFlow runs the chat's flow from its beginning.
func (c *Centre) startFlow(ctx context.Context, d *contact.Draft) error {
	return c.beginFlow(ctx, d, d.Chat().Flow.Flow, flow.Inbound)
}

// beginFlow runs a flow as one of the given type. One that is not there, or
// cannot be read, is over by an error.
func (c *Centre) beginFlow(ctx context.Context, d *contact.Draft, id contact.FlowID, as flow.Type) error {
	dir, err := c.Instance(d.Chat().Instance)
	if err != nil {
		return err
	}
	before := contact.Dropped
	if as == flow.AgentWhisper || as == flow.CustomerWhisper {
		before = contact.ToAgent
	}
	d.EndFlow(before)
	r := &run{centre: c, ctx: ctx, d: d, dir: dir}
	src, err := c.flows.source(dir, string(id), "", false)
	if err != nil {
		return r.over(as, flow.Failed{Reason: err.Error(), Contact: as == flow.Inbound})
	}
	src.Type = as
	f := &d.Chat().Flow
	hooks := make(map[flow.Hook]string, len(f.Hooks))
	for occasion, flowID := range f.Hooks {
		hooks[flow.Hook(occasion)] = string(flowID)
	}
	r.m = flow.New(flow.Begin{Source: src, Logging: f.Logging, Hooks: hooks}, r.env())
	return r.drive()
}

// resumeFlow goes on with the running flow by telling it how what it waited for
// went. An answer that it does not wait for changes nothing.
func (c *Centre) resumeFlow(ctx context.Context, d *contact.Draft, out flow.Outcome) error {
	dir, err := c.Instance(d.Chat().Instance)
	if err != nil {
		return err
	}
	r := &run{centre: c, ctx: ctx, d: d, dir: dir}
	if r.m, err = r.resume(); err != nil {
		return err
	}
	if err := r.m.Answer(out); err != nil {
		if fault.KindOf(err) == fault.Conflict {
			return nil
		}
		return err
	}
	return r.drive()
}

// resume makes the machine anew from what the chat remembers, with the flows
// that it has in hand.
func (r *run) resume() (*flow.Machine, error) {
	var st flow.State
	if err := json.Unmarshal([]byte(r.d.Chat().Flow.State), &st); err != nil {
		return nil, fmt.Errorf("read the state of a flow: %w", err)
	}
	m := flow.Resume(st, r.env())
	for {
		do, ok := m.Next().(flow.Load)
		if !ok || do.Version == "" {
			return m, nil
		}
		if err := m.Answer(r.source(do)); err != nil {
			return nil, err
		}
	}
}

// source answers a Load.
func (r *run) source(do flow.Load) (out flow.Outcome) {
	src, err := r.centre.flows.source(r.dir, do.ID, do.Version, do.Module)
	if err != nil {
		return flow.Outcome{Error: flow.NoMatchingError}
	}
	return flow.Outcome{Source: src}
}

func (r *run) env() flow.Env {
	return flow.Env{
		Values: func(keys []string) (string, bool) { return value(r.d.Chat(), r.dir, keys) },
		Random: rand.IntN,
		Log: func(e flow.Entry) {
			e.Flow = flowARN(r.dir, e.Flow)
			r.d.LogFlow(e.JSON(string(r.d.Chat().Current().ID), r.d.Now))
		},
	}
}

// drive does what the flow asks for until it waits or is over.
func (r *run) drive() error {
	for {
		if st := r.m.State(); st.Over == "" {
			r.d.InFlow(contact.FlowID(st.Root()), string(st.Type))
		}
		effect := r.m.Next()
		if st := r.m.State(); st.Over != "" {
			r.d.SetLogging(st.Logging)
			return r.over(st.Type, effect)
		}
		out, waits, err := r.do(effect)
		if err != nil {
			return err
		}
		if waits {
			return nil
		}
		if err := r.m.Answer(out); err != nil {
			return err
		}
	}
}

// do does one thing that the flow asks for. When it takes time, waits is true
// and the flow is suspended.
func (r *run) do(effect flow.Effect) (out flow.Outcome, waits bool, err error) {
	failed := func(bad bool) flow.Outcome {
		if bad {
			return flow.Outcome{Error: flow.NoMatchingError}
		}
		return flow.Outcome{}
	}
	d := r.d
	switch do := effect.(type) {
	case flow.Say:
		return failed(!r.say(do)), false, nil
	case flow.Wait:
		return r.wait(do)
	case flow.ShowView:
		return r.showView(do)
	case flow.Invoke:
		if do.Async {
			return r.invokeLater(do), false, nil
		}
		return out, true, r.suspend(callWait(effect), nil, &contact.Call{Attempt: 1, Limit: callWait(effect)})
	case flow.LoadResult:
		return r.loadResult(do), false, nil
	case flow.AskBot:
		return out, true, r.suspend(callWait(effect), nil, &contact.Call{Attempt: 1, Limit: callWait(effect)})
	case flow.Load:
		return r.source(do), false, nil
	case flow.CheckHours:
		return r.checkHours(do), false, nil
	case flow.CheckMetric:
		return r.checkMetric(do)
	case flow.GetMetrics:
		return r.getMetrics(do)
	case flow.SetQueue:
		q := r.queueOf(do.Queue, do.Agent)
		if q == nil {
			return failed(true), false, nil
		}
		d.SetQueue(q.ID)
	case flow.EnterQueue:
		out.Error, err = r.enterQueue()
	case flow.MoveToQueue:
		out.Error, err = r.moveToQueue(do)
	case flow.SetAttributes:
		to, err := r.target(do.Related)
		if err == nil {
			err = to.SetAttributes(do.Attributes)
		}
		out, err = unless(err)
		return out, false, err
	case flow.SetHook:
		return failed(!r.setHook(do)), false, nil
	case flow.SetPriority:
		d.SetDetails(func(x *contact.Details) {
			if do.Priority > 0 {
				x.Priority = do.Priority
			} else {
				x.Adjustment = do.Adjustment
			}
		})
	case flow.SetRoutingCriteria:
		return failed(!r.setCriteria(do.Criteria)), false, nil
	case flow.RouteToAgent:
		bad, err := r.routeToAgent(do.Agent)
		return failed(bad), false, err
	case flow.SetRecording:
		d.SetDetails(func(x *contact.Details) { x.Recording = string(do.Parameters) })
	case flow.SetProcessor:
		return failed(!r.setProcessor(do)), false, nil
	case flow.Rehydrate:
		out, err = r.rehydrate(do)
	case flow.UpdateContact:
		out, err = r.describe(do)
	case flow.Tag:
		return failed(d.Tag(do.Tags) != nil), false, nil
	case flow.Untag:
		d.Untag(do.Keys)
	default:
		r.centre.Log.WarnContext(r.ctx, "the flow asks for what cannot be done here",
			"contact", d.Chat().ID, "flow", r.m.State().Flow, "action", r.m.State().Action, "effect", fmt.Sprintf("%T", do))
		return failed(true), false, nil
	}
	return out, false, err
}

// say says the messages, or none of them: in their own form where the
// customer's client shows it, else plainly. Whispers are told to one side.
func (r *run) say(do flow.Say) bool {
	said := slices.Clone(do.Messages)
	for i := range said {
		if msg := &said[i]; msg.Type != contact.PlainText && !slices.Contains(r.d.Chat().ContentTypes, msg.Type) {
			msg.Type, msg.Text = contact.PlainText, msg.Plain
		}
		if !sayable(said[i]) {
			return false
		}
	}
	for _, msg := range said {
		switch r.m.State().Type {
		case flow.AgentWhisper:
			r.d.Tell(contact.ToAgents, msg.Type, msg.Text)
		case flow.CustomerWhisper:
			r.d.Tell(contact.ToCustomer, msg.Type, msg.Text)
		default:
			name := contact.SystemName
			if do.By == flow.TheBot {
				name = contact.BotName
			}
			r.d.Prompt(name, msg.Type, msg.Text)
		}
	}
	return true
}

// sayable says whether a message may be said by a flow, whose texts may be
// longer than those of people; the flow has seen to that.
func sayable(msg flow.Message) bool {
	if msg.Type == contact.PlainText || msg.Type == contact.Markdown {
		return msg.Text != ""
	}
	return contact.CheckContent(msg.Type, msg.Text) == nil
}

// wait suspends the flow until the time is over or an event comes. What the
// customer said while a bot was thinking comes at once.
func (r *run) wait(do flow.Wait) (out flow.Outcome, waits bool, err error) {
	awaits := make([]string, len(do.Events))
	for i, e := range do.Events {
		awaits[i] = string(e)
		switch e {
		case flow.CustomerReturned:
			if text, ok := r.d.TakeHeard(); ok {
				return flow.Outcome{Event: flow.CustomerReturned, Text: text}, false, nil
			}
		case flow.BotParticipantDisconnected:
			if r.d.Chat().Bots() == 0 {
				return flow.Outcome{Error: flow.ParticipantNotFound}, false, nil
			}
		case flow.LambdaReturned:
			switch call := r.d.Chat().Flow.AsyncCall(do.Invocation); {
			case call == nil:
				return flow.Outcome{Error: flow.NoMatchingError}, false, nil
			case call.Done:
				return returned(call.Answer), false, nil
			}
			awaits[i] = returnOf(do.Invocation)
		case flow.TimerFired:
		}
	}
	return out, true, r.suspend(do.For, awaits, nil)
}

// suspend keeps the flow with the chat.
func (r *run) suspend(wait time.Duration, awaits []string, call *contact.Call) error {
	st := r.m.State()
	state, err := json.Marshal(st)
	if err != nil {
		return fmt.Errorf("keep the state of a flow: %w", err)
	}
	r.d.SetLogging(st.Logging)
	r.d.Suspend(string(state), wait, awaits, call)
	return nil
}

// over does what becomes of the contact when a flow is over.
func (r *run) over(as flow.Type, how flow.Effect) error {
	c, d := r.centre, r.d
	queued := r.m != nil && r.m.State().Over == flow.ByQueueing
	d.EndFlow(outcome(how, queued))
	contactEnds := false
	switch do := how.(type) {
	case flow.Disconnect:
		contactEnds = true
	case flow.End:
		contactEnds = do.Contact
	case flow.Failed:
		contactEnds = do.Contact
		c.Log.WarnContext(r.ctx, "a flow ended by an error", "contact", d.Chat().ID, "type", as,
			"action", do.Action, "action_type", do.Type, "error_type", do.Error, "reason", do.Reason)
	}
	switch {
	case as == flow.AgentWhisper || as == flow.CustomerWhisper:
		return c.whispered(r.ctx, d, as)
	case queued:
		return r.queueFlow()
	case d.Chat().Transferring() != nil:
		return c.endTransfer(r.ctx, d)
	case contactEnds:
		return c.end(r.ctx, d, contact.ByFlow)
	}
	return nil // the contact waits on
}

// outcome says how a flow ended that is over by itself.
func outcome(how flow.Effect, queued bool) contact.FlowOutcome {
	switch how.(type) {
	case flow.Disconnect:
		return contact.Disconnected
	case flow.Failed:
		return contact.Dropped
	}
	if queued {
		return contact.ToQueue
	}
	return contact.RanOut
}

// Occasions on which a chat may hook flows.
const (
	customerQueue   = "CustomerQueue"
	agentWhisper    = "AgentWhisper"
	customerWhisper = "CustomerWhisper"
)

// defaultQueueFlow runs in queues where the chat has none of its own.
const defaultQueueFlow = "Default customer queue"

// queueFlow starts the flow of a contact that has begun to wait.
func (r *run) queueFlow() error {
	if r.d.Chat().Phase != contact.Queued {
		return nil // an agent talks with the customer while a colleague is waited for
	}
	id := r.d.Chat().Flow.Hooks[customerQueue]
	if id == "" {
		for _, f := range r.dir.Flows {
			if f.Name == defaultQueueFlow && f.Type == string(flow.CustomerQueue) {
				id = f.ID
			}
		}
	}
	if id == "" {
		return nil
	}
	return r.centre.beginFlow(r.ctx, r.d, id, flow.CustomerQueue)
}

// setHook lets a flow of the instance run on an occasion, if it is of the type
// that runs then.
func (r *run) setHook(do flow.SetHook) bool {
	if do.Off {
		r.d.SetHook(string(do.Hook), "")
		return true
	}
	id := contact.FlowID(directory.BareID(do.Flow))
	f := r.dir.Flows[id]
	if f == nil || flow.Type(f.Type) != do.Hook.Runs() {
		return false
	}
	r.d.SetHook(string(do.Hook), id)
	return true
}

// describe does what a flow asks for.
func (r *run) describe(do flow.UpdateContact) (flow.Outcome, error) {
	to, err := r.target(do.Related)
	if err != nil {
		return unless(err)
	}
	references := make(map[string]contact.Reference, len(do.References))
	for k, ref := range do.References {
		references[k] = contact.Reference(ref)
	}
	to.Describe(contact.About{
		Name: do.Name, Description: do.Description, Language: do.Language, CustomerID: do.CustomerID, References: references,
	})
	return flow.Outcome{}, nil
}

// target returns the draft of the contact, or of the one that it is related to.
func (r *run) target(related bool) (*contact.Draft, error) {
	if !related {
		return r.d, nil
	}
	chat := r.d.Chat()
	if chat.Related == "" {
		return nil, fault.Newf(fault.NotFound, "contact %s is related to none", chat.ID)
	}
	other, err := r.centre.contactOf(r.ctx, chat.Instance, chat.Related)
	if err != nil {
		return nil, err
	}
	return r.d.Other(other), nil
}

// enterQueue queues the chat where its queue takes it.
func (r *run) enterQueue() (failed string, err error) {
	transfer := r.d.Chat().Transferring() != nil
	failed, err = r.hasRoom(r.d.Chat().WorkingQueue(), transfer)
	if failed != "" || err != nil {
		return failed, err
	}
	if !transfer && !r.d.Chat().Current().Open() { // from the disconnect flow
		if r.d.Chat().Length() >= contact.MaxContacts {
			return flow.NoMatchingError, nil
		}
		r.d.NextContact(contact.ID(r.centre.IDs.New()), contact.FromDisconnect)
	}
	return "", r.enqueue()
}

func (r *run) enqueue() error {
	instance := r.d.Chat().Instance
	return r.d.Enqueue(r.centre.agents(r.ctx, instance), r.centre.afterWork(instance))
}

// moveToQueue takes a waiting contact into another queue. While it rings it
// stays where it is.
func (r *run) moveToQueue(do flow.MoveToQueue) (failed string, err error) {
	q := r.queueOf(do.Queue, do.Agent)
	if r.d.Chat().Phase != contact.Queued || q == nil || r.d.Chat().Length() >= contact.MaxContacts {
		return flow.NoMatchingError, nil
	}
	if failed, err = r.hasRoom(q.ID, true); failed != "" || err != nil {
		return failed, err
	}
	r.d.NextContact(contact.ID(r.centre.IDs.New()), contact.FromQueueFlow)
	r.d.SetQueue(q.ID)
	return "", r.enqueue()
}

// hasRoom says what keeps a queue from taking one more contact. Where contacts
// come from elsewhere in the centre, a standard queue takes a fifth more.
func (r *run) hasRoom(id contact.QueueID, transferred bool) (failed string, err error) {
	q := r.dir.Queue(id)
	if q == nil || q.Disabled {
		return flow.NoMatchingError, nil
	}
	most := q.MaxContacts
	if transferred && id.Agent() == "" {
		most += most / 5
	}
	if q.MaxContacts > 0 {
		n, err := r.waiting(id)
		if err != nil {
			return "", err
		}
		if n >= most {
			return flow.QueueAtCapacity, nil
		}
	}
	return "", nil
}

// waiting counts the contacts of a queue, without those that ring and are about
// to leave it.
func (r *run) waiting(q contact.QueueID) (n int, err error) {
	all, err := r.centre.Store.Waiting(r.ctx, r.dir.Instance.ID)
	for _, w := range all {
		if w.Queue == q {
			n++
		}
	}
	return n, err
}
