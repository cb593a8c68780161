package contact

import (
	"slices"
	"strconv"
	"time"
)

// FlowRun is what a chat knows of its flows.
type FlowRun struct {
	Flow  FlowID  // that the chat began with
	Queue QueueID // the working queue
	// Hooks are the flows that run on an occasion, by the occasion's name.
	Hooks   map[string]FlowID
	Logging bool

	// Now is the flow that is running, of what type it is, and since when. They
	// are empty when none is.
	Now   FlowID
	Type  string
	Began time.Time
	// State is the memory of the flow that is running, which belongs to the flow
	// language; empty when none is.
	State string
	// Turn counts the waits of all runs. What comes for an earlier turn comes too
	// late.
	Turn int64
	// Awaits are the events that the running flow waits for, besides its timer.
	Awaits []string
	// Call is the call that it waits for, if it does.
	Call *Call
	// Calls are the asynchronous calls of its flows, oldest first, and what came
	// of them.
	Calls []AsyncCall
	// Memory is what a bot wants to be told with the next question.
	Memory string
	// Heard is what the customer said during a call; a flow that listens next, as
	// a bot does, is told that first.
	Heard []string
	// Whisper is whom a whisper is for: the agent who has accepted and has not
	// joined yet.
	Whisper ParticipantID
}

// Running reports whether a flow is running.
func (f *FlowRun) Running() bool { return f.State != "" }

// Expects reports whether the running flow waits for the event.
func (f *FlowRun) Expects(event string) bool { return slices.Contains(f.Awaits, event) }

// Call is a call to the outside that a flow waits for. It is kept so that it
// can be made again after a crash.
type Call struct {
	Attempt int
	Limit   time.Duration
}

// AsyncCall is a call to the outside that no flow has to wait for. It is kept
// until it is answered, so that it can be made again after a crash, and its
// answer for flows to ask for.
type AsyncCall struct {
	ID       string // also of every attempt
	Function string
	// Parameters, Contact and Attributes are what the function is told, as they
	// were; they go when it has answered.
	Parameters string // JSON
	Contact    ID
	Attributes map[string]string
	Limit      time.Duration
	Attempt    int // from 1
	// Due is when the attempt should long have been answered.
	Due    time.Time
	Done   bool   // it has answered or failed
	Answer string // JSON; empty: it failed
}

// MaxAsyncCalls is how many asynchronous calls a chat keeps. An answered one
// makes room for the next.
const MaxAsyncCalls = 8

// Timers of flows.
const (
	FlowTimer TimerKind = "flow" // the wait is over; Ref is the turn
	// CallTimer fires when the answer to a call should long be there.
	CallTimer TimerKind = "call"
	// AsyncTimer does so for an asynchronous call; Ref is its id.
	AsyncTimer   TimerKind = "async"
	WhisperTimer TimerKind = "whisper" // Ref is the agent's participant
)

// WhisperLimit is the longest time that whispers may take.
const WhisperLimit = 2 * time.Minute

// Suspend keeps the state of a flow that waits: for so long, or (with a call)
// for an answer. It begins a new turn.
func (d *Draft) Suspend(state string, wait time.Duration, awaits []string, call *Call) {
	d.stopWaiting()
	f := &d.edit().Flow
	f.State, f.Awaits, f.Call = state, awaits, call
	f.Turn++
	if call != nil {
		d.set(CallTimer, turn(f.Turn), d.Now.Add(wait))
		return
	}
	f.Heard = nil // what was said before a wait is not what it waits for
	d.set(FlowTimer, turn(f.Turn), d.Now.Add(wait))
}

// stopWaiting disarms the timer of the wait under way.
func (d *Draft) stopWaiting() {
	if f := &d.Chat().Flow; f.Running() {
		d.clear(FlowTimer, turn(f.Turn))
		d.clear(CallTimer, turn(f.Turn))
	}
}

// FlowOutcome is how a flow ended, in the words of the figures.
type FlowOutcome string

// The outcomes.
const (
	Dropped      FlowOutcome = "DROPPED" // by an error, or the contact went while it ran
	Disconnected FlowOutcome = "DISCONNECTED_PARTICIPANT"
	RanOut       FlowOutcome = "ENDED_FLOW_EXECUTION"
	ToAgent      FlowOutcome = "TRANSFERRED_TO_AGENT" // who took the contact while it ran
	ToFlow       FlowOutcome = "TRANSFERRED_TO_FLOW"
	ToQueue      FlowOutcome = "TRANSFERRED_TO_QUEUE"
)

// FlowOutcomes are all of them.
var FlowOutcomes = []FlowOutcome{Dropped, Disconnected, RanOut, ToAgent, ToFlow, ToQueue}

// FlowMark says that a flow began, or how one ended.
type FlowMark struct {
	Instance InstanceID
	Contact  ID // first of the chat
	Flow     FlowID
	Type     string
	Began    time.Time
	At       time.Time
	Outcome  FlowOutcome // empty at the beginning
}

// InFlow says which flow is in hand, and notes its beginning. Where it was another one, that one has
// handed the contact on.
func (d *Draft) InFlow(id FlowID, as string) {
	f := d.Chat().Flow
	if f.Now == id && f.Type == as {
		return
	}
	d.markEnd(ToFlow)
	next := &d.edit().Flow
	next.Now, next.Type, next.Began = id, as, d.Now
	d.markFlow("")
}

func (d *Draft) markEnd(how FlowOutcome) {
	if !d.Chat().Flow.Began.IsZero() {
		d.markFlow(how)
	}
}

func (d *Draft) markFlow(how FlowOutcome) {
	c := d.Chat()
	d.change.FlowMarks = append(d.change.FlowMarks, FlowMark{c.Instance, c.ID, c.Flow.Now, c.Flow.Type, c.Flow.Began, d.Now, how})
}

// EndFlow forgets the flow that is running, if one is. It has ended so.
func (d *Draft) EndFlow(how FlowOutcome) {
	if f := &d.Chat().Flow; !f.Running() && f.Began.IsZero() {
		return
	}
	d.markEnd(how)
	d.stopWaiting()
	f := &d.edit().Flow
	f.Now, f.Type, f.Began = "", "", time.Time{}
	f.State, f.Awaits, f.Call, f.Memory, f.Heard = "", nil, nil, "", nil
}

// IsTurn reports whether ref names the wait under way.
func (f *FlowRun) IsTurn(ref string) bool { return f.Running() && turn(f.Turn) == ref }

func turn(n int64) string { return strconv.FormatInt(n, 10) }

// Hear keeps what the customer said while the flow waits for a call.
func (d *Draft) Hear(text string) {
	if f := &d.Chat().Flow; f.Call == nil || len(f.Heard) >= maxHeard {
		return
	}
	f := &d.edit().Flow
	f.Heard = append(slices.Clone(f.Heard), text)
}

const maxHeard = 20

// TakeHeard returns the first thing that the customer said meanwhile.
func (d *Draft) TakeHeard() (text string, ok bool) {
	if len(d.Chat().Flow.Heard) == 0 {
		return "", false
	}
	f := &d.edit().Flow
	text, f.Heard = f.Heard[0], f.Heard[1:]
	return text, true
}

// Remembering sets what a bot wants to be told next time.
func (d *Draft) Remembering(memory string) {
	if d.Chat().Flow.Memory != memory {
		d.edit().Flow.Memory = memory
	}
}

// SetLogging keeps whether flows are logged.
func (d *Draft) SetLogging(on bool) {
	if d.Chat().Flow.Logging != on {
		d.edit().Flow.Logging = on
	}
}

// SetHook lets a flow run on an occasion; an empty flow lets none.
func (d *Draft) SetHook(occasion string, flow FlowID) {
	f := &d.edit().Flow
	if f.Hooks == nil {
		f.Hooks = map[string]FlowID{}
	}
	if flow == "" {
		delete(f.Hooks, occasion)
		return
	}
	f.Hooks[occasion] = flow
}

// Tell says something to one side only; it stays out of the transcript.
func (d *Draft) Tell(to Visibility, contentType, text string) {
	d.notice(Item{
		Kind: Message, Type: contentType, Text: text, Visibility: to,
		By: d.system(), Role: System, Name: SystemName, Contact: d.Chat().Current().ID,
	})
}

// Whisper begins the whispers for an agent who accepts: the offer no longer
// rings, and the agent joins when they are over (Accept).
func (d *Draft) Whisper(as ParticipantID) {
	d.clear(OfferTimer, string(as))
	d.set(WhisperTimer, string(as), d.Now.Add(WhisperLimit))
	d.edit().Flow.Whisper = as
}

// NextContact begins another contact of the chat, such as after a transfer. The
// items that follow belong to it.
func (d *Draft) NextContact(id ID, method string) {
	c := d.edit()
	last := c.Current()
	d.closeContact(last.ID, "")
	c.Contacts = append(c.Contacts, Segment{
		ID: id, Previous: last.ID, Method: method, Initiated: d.Now, Connected: d.Now,
	})
}

// MaxContacts is the most contacts that a chat may have.
const MaxContacts = 12

// AsyncCall returns the asynchronous call with the given id, or nil.
func (f *FlowRun) AsyncCall(id string) *AsyncCall {
	for i := range f.Calls {
		if f.Calls[i].ID == id {
			return &f.Calls[i]
		}
	}
	return nil
}

// StartAsync notes an asynchronous call that is to be made, and looks at it
// again after the given time. It reports false when too many are under way.
func (d *Draft) StartAsync(call AsyncCall, wait time.Duration) bool {
	calls := slices.Clone(d.Chat().Flow.Calls)
	if len(calls) >= MaxAsyncCalls {
		oldest := slices.IndexFunc(calls, func(c AsyncCall) bool { return c.Done })
		if oldest < 0 {
			return false
		}
		calls = slices.Delete(calls, oldest, oldest+1)
	}
	call.Due = d.Now.Add(wait)
	d.edit().Flow.Calls = append(calls, call)
	d.set(AsyncTimer, call.ID, call.Due)
	return true
}

// RepeatAsync makes an asynchronous call once more.
func (d *Draft) RepeatAsync(id string, wait time.Duration) {
	call := d.edit().Flow.AsyncCall(id)
	call.Attempt++
	call.Due = d.Now.Add(wait)
	d.set(AsyncTimer, id, call.Due)
}

// AwaitAsync arms the timer of an asynchronous call that is not due yet.
func (d *Draft) AwaitAsync(call *AsyncCall) { d.set(AsyncTimer, call.ID, call.Due) }

// EndAsync keeps the answer of an asynchronous call, empty where it failed. A
// chat that is over has no use for it.
func (d *Draft) EndAsync(id, answer string) {
	d.clear(AsyncTimer, id)
	f := &d.edit().Flow
	if d.Chat().Over() {
		f.Calls = slices.DeleteFunc(f.Calls, func(c AsyncCall) bool { return c.ID == id })
		return
	}
	c := f.AsyncCall(id)
	c.Done, c.Answer = true, answer
	c.Parameters, c.Contact, c.Attributes = "", "", nil
}
