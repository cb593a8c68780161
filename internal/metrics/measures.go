package metrics

import (
	"time"

	"github.com/bellpull/bellpull/internal/contact"
)

// value is what one fact adds to a figure.
type value struct {
	sum, n float64
	ok     bool // it counts at all
}

var none = value{}

func one() value { return value{1, 1, true} }

func span(d time.Duration) value { return value{d.Seconds(), 1, true} }

// share counts a fact in a percentage: among those that do, and those that might.
func share(does bool) value {
	v := value{0, 1, true}
	if does {
		v.sum = 1
	}
	return v
}

// how values become a figure.
type how uint8

const (
	sum     how = iota
	mean        // no figure where nothing was counted
	percent     // likewise
	most        // likewise
	least       // likewise
)

// The filters that the measures of contacts may take (Metric.Filters).
const (
	ByMethod = "INITIATION_METHOD"
	ByReason = "DISCONNECT_REASON"
)

// What has rules of its own.
const (
	flowsStarted   = "FLOWS_STARTED"
	percentOutcome = "PERCENT_FLOWS_OUTCOME"
)

// measure is the definition of a figure of the past. One of leg, offer, time,
// step and flow is set: what it counts.
type measure struct {
	how how
	// threshold: the measure needs one.
	threshold bool
	// filters may narrow it.
	filters []string

	// at is the moment that puts a contact into an interval; a zero one keeps it
	// out of all.
	at  func(*contact.Leg) time.Time
	leg func(*contact.Leg, *count) value
	// offer counts offers, by the moment in which they ended.
	offer func(*contact.OfferEnd) value
	// time counts how long agents do something: part of some time, or for a
	// percentage of the whole that also counts.
	time, whole func(contact.Activity) bool
	// step counts routing steps that are over, by the moment in which the contact
	// left the queue.
	step func(*contact.StepEnd) value
	// flow counts the beginnings and ends of flows, by their moments; passes says
	// whether one passes the metric's own filters.
	flow func(m *contact.FlowMark, passes bool) value
}

// count is what a measure is asked with.
type count struct {
	limit  time.Duration
	within bool // limit itself is within it
	now    time.Time
}

// in reports whether d is within the threshold.
func (c *count) in(d time.Duration) bool { return d < c.limit || c.within && d == c.limit }

func initiated(l *contact.Leg) time.Time    { return l.Initiated }
func enqueued(l *contact.Leg) time.Time     { return l.Enqueued }
func answered(l *contact.Leg) time.Time     { return l.Answered }
func disconnected(l *contact.Leg) time.Time { return l.Disconnected }

// queued says whether a contact was in a queue.
func queued(l *contact.Leg) bool { return !l.Enqueued.IsZero() }

// handled says whether a contact was connected to an agent.
func handled(l *contact.Leg) bool { return !l.Answered.IsZero() }

// answeredFromQueue says whether an agent took a contact out of a queue.
func answeredFromQueue(l *contact.Leg) bool { return queued(l) && handled(l) }

// abandoned says whether a contact ended while it was queued, without an agent
// and without going on elsewhere. One that has no reason was given up by the
// agent who had asked for a colleague.
func abandoned(l *contact.Leg) bool {
	return queued(l) && !handled(l) && l.Reason != "" && l.Next == ""
}

// inQueue is how long a contact waited.
func inQueue(l *contact.Leg) time.Duration {
	end := l.Dequeued
	if end.IsZero() {
		end = l.Disconnected
	}
	return max(0, end.Sub(l.Enqueued))
}

// interaction is how long the agent was connected.
func interaction(l *contact.Leg) time.Duration {
	end := l.Disconnected
	if !l.AfterStarted.IsZero() {
		end = l.AfterStarted
	}
	if end.IsZero() || l.Answered.IsZero() {
		return 0
	}
	return max(0, end.Sub(l.Answered))
}

// afterWork is how long the agent's after-contact work took, or has taken so
// far.
func afterWork(l *contact.Leg, now time.Time) time.Duration {
	if l.AfterStarted.IsZero() {
		return 0
	}
	end := l.AfterEnded
	if end.IsZero() {
		end = now
	}
	return max(0, end.Sub(l.AfterStarted))
}

// handleTime is interaction and after-contact work together; chats are never on
// hold.
func handleTime(l *contact.Leg, now time.Time) time.Duration {
	return interaction(l) + afterWork(l, now)
}

// byAgent and fromQueue say whether an agent, or a queue's flow, handed a contact
// on.
func byAgent(l *contact.Leg) bool   { return l.Next == contact.FromTransfer }
func fromQueue(l *contact.Leg) bool { return l.Next == contact.FromQueueFlow }

// counting returns a measure of how many contacts are so.
func counting(at func(*contact.Leg) time.Time, is func(*contact.Leg) bool, filters ...string) *measure {
	return &measure{at: at, filters: filters, leg: func(l *contact.Leg, _ *count) value {
		if !is(l) {
			return none
		}
		return one()
	}}
}

// timing returns a measure of how long something took in the contacts that are
// so, by the moment of their end.
func timing(how how, is func(*contact.Leg) bool, took func(*contact.Leg, time.Time) time.Duration) *measure {
	return &measure{how: how, at: disconnected, filters: []string{ByMethod}, leg: func(l *contact.Leg, c *count) value {
		if !is(l) {
			return none
		}
		return span(took(l, c.now))
	}}
}

// within returns a measure of how many contacts that are so waited less than the
// threshold.
func within(is func(*contact.Leg) bool) *measure {
	return &measure{at: disconnected, threshold: true, leg: func(l *contact.Leg, c *count) value {
		if !is(l) || !c.in(inQueue(l)) {
			return none
		}
		return one()
	}}
}

func always(*contact.Leg) bool { return true }

func whileQueued(l *contact.Leg, _ time.Time) time.Duration    { return inQueue(l) }
func whileConnected(l *contact.Leg, _ time.Time) time.Duration { return interaction(l) }
func fromBeginningToEnd(l *contact.Leg, _ time.Time) time.Duration {
	return l.Disconnected.Sub(l.Initiated)
}

func spending(is func(contact.Activity) bool) *measure { return &measure{time: is} }

func onContact(a contact.Activity) bool { return a.OnContact }

// unanswered counts an offer that was not accepted.
func unanswered(o *contact.OfferEnd) value {
	if o.Outcome == contact.Accepted {
		return none
	}
	return one()
}

// stepping returns a measure of how many of the steps that contacts came to ended
// so.
func stepping(as contact.StepState) *measure {
	return &measure{how: percent, step: func(s *contact.StepEnd) value { return share(s.State == as) }}
}

// ending returns a measure of the flows that ended.
func ending(how how, v func(*contact.FlowMark) value) *measure {
	return &measure{how: how, filters: []string{string(ByOutcome)}, flow: func(m *contact.FlowMark, passes bool) value {
		if m.Outcome == "" || !passes {
			return none
		}
		return v(m)
	}}
}

func ran(m *contact.FlowMark) value { return span(m.At.Sub(m.Began)) }

// measures are the figures of the past by the names that GetMetricDataV2 has for
// them. Times are in seconds, rates in percent. Unless the name says otherwise a
// contact counts in the interval in which it was disconnected.
var measures = map[string]*measure{
	"CONTACTS_CREATED":                       counting(initiated, always, ByMethod),
	"CONTACTS_QUEUED":                        counting(disconnected, queued),
	"CONTACTS_QUEUED_BY_ENQUEUE":             counting(enqueued, queued),
	"CONTACTS_HANDLED":                       counting(disconnected, handled, ByMethod, ByReason),
	"CONTACTS_HANDLED_BY_CONNECTED_TO_AGENT": counting(answered, handled, ByMethod),
	"SUM_CONTACTS_DISCONNECTED":              counting(disconnected, always, ByReason),
	"SUM_CONTACTS_ABANDONED":                 counting(disconnected, abandoned),
	"SUM_CONTACTS_ABANDONED_IN_X":            within(abandoned),
	"SUM_CONTACTS_ANSWERED_IN_X":             within(answeredFromQueue),
	// These two count the contacts that came of transfers.
	"CONTACTS_TRANSFERRED_IN": counting(disconnected, func(l *contact.Leg) bool {
		return l.Method == contact.FromTransfer || l.Method == contact.FromQueueFlow
	}),
	"CONTACTS_TRANSFERRED_IN_FROM_QUEUE":  counting(disconnected, func(l *contact.Leg) bool { return l.Method == contact.FromQueueFlow }),
	"CONTACTS_TRANSFERRED_OUT":            counting(disconnected, func(l *contact.Leg) bool { return byAgent(l) || fromQueue(l) }),
	"CONTACTS_TRANSFERRED_OUT_BY_AGENT":   counting(disconnected, byAgent),
	"CONTACTS_TRANSFERRED_OUT_INTERNAL":   counting(disconnected, func(l *contact.Leg) bool { return byAgent(l) || fromQueue(l) }), // chats go nowhere else
	"CONTACTS_TRANSFERRED_OUT_FROM_QUEUE": counting(disconnected, fromQueue),

	// Of the contacts that were queued.
	"ABANDONMENT_RATE": {how: percent, at: disconnected, leg: func(l *contact.Leg, _ *count) value {
		if !queued(l) {
			return none
		}
		return share(abandoned(l))
	}},
	// Of the contacts that were answered or abandoned, those answered in time.
	"SERVICE_LEVEL": {how: percent, at: disconnected, threshold: true, leg: func(l *contact.Leg, c *count) value {
		if !answeredFromQueue(l) && !abandoned(l) {
			return none
		}
		return share(handled(l) && c.in(inQueue(l)))
	}},

	"AVG_QUEUE_ANSWER_TIME":       timing(mean, answeredFromQueue, whileQueued),
	"AVG_ABANDON_TIME":            timing(mean, abandoned, whileQueued),
	"MAX_QUEUED_TIME":             timing(most, queued, whileQueued),
	"AVG_HANDLE_TIME":             timing(mean, handled, handleTime),
	"SUM_HANDLE_TIME":             timing(sum, handled, handleTime),
	"AVG_INTERACTION_TIME":        timing(mean, handled, whileConnected),
	"SUM_INTERACTION_TIME":        timing(sum, handled, whileConnected),
	"AVG_AFTER_CONTACT_WORK_TIME": timing(mean, handled, afterWork),
	"SUM_AFTER_CONTACT_WORK_TIME": timing(sum, handled, afterWork),
	"AVG_CONTACT_DURATION":        timing(mean, always, fromBeginningToEnd),

	"PERCENT_CONTACTS_STEP_EXPIRED": stepping(contact.StepExpired),
	"PERCENT_CONTACTS_STEP_JOINED":  stepping(contact.StepJoined),

	flowsStarted: {flow: func(m *contact.FlowMark, _ bool) value {
		if m.Outcome != "" {
			return none
		}
		return one()
	}},
	"FLOWS_OUTCOME": ending(sum, func(*contact.FlowMark) value { return one() }),
	// Of the flows that ended, those that did as the metric's filter says.
	percentOutcome: {how: percent, filters: []string{string(ByOutcome)}, flow: func(m *contact.FlowMark, passes bool) value {
		if m.Outcome == "" {
			return none
		}
		return share(passes)
	}},
	"AVG_FLOW_TIME": ending(mean, ran),
	"MIN_FLOW_TIME": ending(least, ran),
	"MAX_FLOW_TIME": ending(most, ran),

	// From the offer until it was accepted.
	"AVG_AGENT_CONNECTING_TIME": {how: mean, offer: func(o *contact.OfferEnd) value {
		if o.Outcome != contact.Accepted {
			return none
		}
		return span(o.Ended.Sub(o.Offered))
	}},
	// Every offer that was not accepted, those among them that ended because the
	// customer left.
	"AGENT_NON_RESPONSE": {offer: unanswered},
	"AGENT_NON_RESPONSE_WITHOUT_CUSTOMER_ABANDONS": {offer: func(o *contact.OfferEnd) value {
		if o.Outcome == contact.Left {
			return none
		}
		return unanswered(o)
	}},
	"AGENT_ANSWER_RATE": {how: percent, offer: func(o *contact.OfferEnd) value { return share(o.Outcome == contact.Accepted) }},

	"SUM_ONLINE_TIME_AGENT":         spending(contact.Activity.Online),
	"SUM_IDLE_TIME_AGENT":           spending(contact.Activity.Idle),
	"SUM_CONTACT_TIME_AGENT":        spending(onContact),
	"SUM_NON_PRODUCTIVE_TIME_AGENT": spending(func(a contact.Activity) bool { return a.Status == contact.Custom }),
	"SUM_ERROR_STATUS_TIME_AGENT":   spending(func(a contact.Activity) bool { return a.Error }),
	// On contact, of the time on contact or idle.
	"AGENT_OCCUPANCY": {how: percent, time: onContact, whole: func(a contact.Activity) bool { return a.OnContact || a.Idle() }},
}
