package flow

import (
	"fmt"
	"slices"

	"github.com/bellpull/bellpull/internal/fault"
)

// Env is what a run is given from outside.
type Env struct {
	// Values resolves what the run does not know itself; nil knows nothing.
	Values Values
	// Random returns a number from 0 to n-1; DistributeByPercentage needs it.
	Random func(n int) int
	// Log, if set, is given what each action did, while the flow wants that.
	Log func(Entry)
	// Took, if set, is told of each branch taken; see Coverage.
	Took func(Took)
}

// Machine runs a flow. Next says what is to be done, Answer how that went; both
// do as much as needs nobody's help in between. A Machine is not safe for
// concurrent use; it is made anew for each turn from the State of the last one.
type Machine struct {
	env    Env
	st     State
	source map[string]Source // flows in hand, by id and version
	asked  Effect            // what Next returned, until it is answered
	entry  *Entry            // of the action in hand, while logging
}

// Begin is what a new run begins with.
type Begin struct {
	Source  Source
	Logging bool            // inherited from the segment before
	Hooks   map[Hook]string // likewise
}

// New begins a run.
func New(b Begin, env Env) *Machine {
	m := &Machine{env: env, source: map[string]Source{}}
	m.st.Logging, m.st.Hooks = b.Logging, b.Hooks
	m.st = m.st.clone()
	m.st.Type = b.Source.Type
	m.enter(b.Source)
	return m
}

// Resume goes on with a run. Sources are the flows that are at hand; what else
// it needs it asks for by Load.
func Resume(s State, env Env, sources ...Source) *Machine {
	m := &Machine{env: env, st: s.clone(), source: map[string]Source{}}
	for _, src := range sources {
		m.keep(src)
	}
	return m
}

// State returns what the run remembers now.
func (m *Machine) State() State { return m.st.clone() }

// keep has a flow at hand.
func (m *Machine) keep(src Source) { m.source[src.ID+"@"+src.Version] = src }

// flow returns the flow in hand, or nil if it has to be loaded.
func (m *Machine) flow() *Flow { return m.source[m.st.Flow+"@"+m.st.Version].Flow }

// enter goes to the start of a flow.
func (m *Machine) enter(src Source) {
	m.keep(src)
	m.st.Flow, m.st.Version, m.st.Name = src.ID, src.Version, src.Name
	m.st.Action, m.st.Stage, m.st.Asked = "", "", false
	if src.Flow != nil {
		m.st.Action = src.Flow.Start
	}
}

// Next returns what is to be done now. Until it is answered it is the same,
// also on a Machine that has been resumed in between.
func (m *Machine) Next() Effect {
	for m.asked == nil {
		switch f := m.flow(); {
		case m.st.Over != "":
			return m.end()
		case f == nil:
			m.asked = Load{ID: m.st.Flow, Version: m.st.Version, Module: len(m.st.Frames) > 0}
		default:
			m.step(f)
		}
	}
	return m.asked
}

// step begins the action in hand, or asks again what it asked for.
func (m *Machine) step(f *Flow) {
	a := f.Action(m.st.Action)
	if a == nil {
		m.fail(&Action{ID: m.st.Action}, "", "the flow has no such action")
		return
	}
	if !m.st.Asked {
		if m.st.Steps++; m.st.Steps > maxSteps {
			m.fail(a, "", fmt.Sprintf("more than %d actions without a wait", maxSteps))
			return
		}
	}
	m.begin(a)
	m.asked = a.behaviour.ask(m, a)
	m.st.Asked = m.asked != nil
}

// Waits reports whether an answer to the effect may take its time, so that the
// State is kept until it comes.
func Waits(e Effect) bool {
	switch e := e.(type) {
	case Wait, ShowView, AskBot:
		return true
	case Invoke:
		return !e.Async
	}
	return false
}

// Wants reports whether the run waits for the event.
func (m *Machine) Wants(e Event) bool {
	w, ok := m.Next().(Wait)
	return ok && w.wants(e)
}

func (w Wait) wants(e Event) bool {
	return e == TimerFired || slices.Contains(w.Events, e)
}

// Answer says how the last effect went. It is a fault of kind Conflict to
// answer when nothing was asked, or with an event that is not waited for; the
// run is as it was then.
func (m *Machine) Answer(o Outcome) error {
	if m.st.Over != "" {
		return fault.Newf(fault.Conflict, "the flow is over")
	}
	f := m.flow()
	if f == nil {
		return m.loaded(o)
	}
	action, stage := m.st.Action, m.st.Stage
	if !m.st.Asked {
		return fault.Newf(fault.Conflict, "the flow has asked for nothing")
	}
	e := m.Next()
	if !m.st.Asked || m.st.Action != action || m.st.Stage != stage {
		return fault.Newf(fault.Conflict, "the flow asks for something else by now")
	}
	if w, ok := e.(Wait); ok && o.Error == "" && !w.wants(o.Event) {
		return fault.Newf(fault.Conflict, "the flow does not wait for %q", o.Event)
	}
	a := f.Action(m.st.Action)
	m.asked, m.st.Asked = nil, false
	switch e.(type) {
	case Wait, ShowView:
		m.st.Steps = 0
	}
	if take := a.behaviour.take; take != nil {
		take(m, a, o)
	} else {
		m.leave(a, o.Result, o.Error)
	}
	if m.st.Over == "" && m.st.size() > maxState {
		m.fail(a, "", fmt.Sprintf("the flow remembers more than %d bytes", maxState))
	}
	return nil
}

// loaded takes the flow that a resumed run needs to go on.
func (m *Machine) loaded(o Outcome) error {
	if o.Error == "" && o.Source.Flow == nil {
		return fault.Newf(fault.Conflict, "the flow has to be loaded first")
	}
	m.asked = nil
	if o.Error != "" {
		m.fail(&Action{ID: m.st.Action}, o.Error, "the flow cannot be loaded")
		return nil
	}
	src := o.Source
	src.ID, src.Version = m.st.Flow, m.st.Version
	m.keep(src)
	return nil
}

// leave goes on from an action that is done: with a result, or with an error.
func (m *Machine) leave(a *Action, result, errorType string) {
	branch, next := a.branch(result, errorType, m.expand)
	m.finish(a, result, errorType, branch, next)
	switch {
	case next != "":
		m.goTo(next)
	case errorType != "":
		m.unhandled(a, errorType)
	default:
		m.fail(a, "", "nothing follows the action")
	}
}

// goTo goes to another action of the flow in hand.
func (m *Machine) goTo(next string) {
	m.st.Action, m.st.Stage, m.st.Dialog = next, "", nil
}

// branch returns the way that an action takes, for people, and where it leads.
func (a *Action) branch(result, errorType string, expand func(*tree) string) (name, next string) {
	if errorType != "" {
		if e := a.onError(errorType); e != nil {
			return errorBranch(e.Type), e.Next
		}
		return errorBranch(errorType), ""
	}
	for i := range a.Conditions {
		if c := &a.Conditions[i]; c.Next != "" && c.meets(result, expand) {
			return c.String(), c.Next
		}
	}
	for _, e := range a.Errors {
		if e.Type == NoMatchingCondition && e.Next != "" && (len(a.Conditions) > 0 || a.decides()) {
			return errorBranch(e.Type), e.Next
		}
	}
	return nextBranch, a.Next
}

// decides reports whether the action has results.
func (a *Action) decides() bool { return a.rule != nil && !a.rule.results.none() }

// unhandled ends a module or a flow by an error without a branch. The caller
// of a module has a branch for that.
func (m *Machine) unhandled(a *Action, errorType string) {
	if len(m.st.Frames) == 0 {
		m.fail(a, errorType, "the error has no branch")
		return
	}
	m.back()
	m.st.Stage = stageFailed
}

// fail ends the run.
func (m *Machine) fail(a *Action, errorType, reason string) {
	if errorType == "" { // else the error is in the log
		m.log(a, reason)
	}
	m.st.Over, m.asked, m.st.Asked = ByFailure, nil, false
	m.st.Failed = &Failed{Action: a.ID, Type: a.Type, Error: errorType, Reason: reason}
	m.forget()
}

// stop ends the run in an orderly manner.
func (m *Machine) stop(a *Action, how Over) {
	m.finish(a, "", "", "", "")
	m.st.Over = how
	m.forget()
}

// forget drops what a run that is over has no use for.
func (m *Machine) forget() {
	m.st.Scope, m.st.Loops, m.st.Frames, m.st.Dialog = Scope{}, nil, nil, nil
	m.st.Stage, m.st.Steps = "", 0
}

// end returns how the run ended.
func (m *Machine) end() Effect {
	// A contact outlives its queue flow and the whispers; a flow that decides what
	// becomes of it leaves it with nothing.
	alone := in(Inbound, AgentTransfer, QueueTransfer, Campaign).has(m.st.Type)
	switch m.st.Over {
	case ByDisconnect:
		return Disconnect{}
	case ByFailure:
		f := Failed{Reason: "unknown"}
		if m.st.Failed != nil {
			f = *m.st.Failed
		}
		f.Contact = alone
		return f
	case ByQueueing:
		return End{}
	default:
		return End{Contact: alone}
	}
}
