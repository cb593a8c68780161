package metrics

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
)

// Dimension is what figures of the past are filtered and grouped by.
type Dimension string

// The dimensions.
const (
	ByQueue   Dimension = "QUEUE"
	ByProfile Dimension = "ROUTING_PROFILE" // the one that the agent has now
	ByAgent   Dimension = "AGENT"
	ByChannel Dimension = "CHANNEL"
	BySubtype Dimension = "contact/segmentAttributes/connect:Subtype"
	ByCause   Dimension = "DISCONNECT_REASON"
	// ByStep is of routing steps alone, by their Expression.
	ByStep Dimension = "ROUTING_STEP_EXPRESSION"
	// These are of flows alone.
	ByFlow     Dimension = "FLOWS_RESOURCE_ID"
	ByFlowType Dimension = "FLOW_TYPE"
	ByOutcome  Dimension = "FLOWS_OUTCOME_TYPE"
)

// ChatSubtype is the subtype of every contact.
const ChatSubtype = "connect:Chat"

// Metric is a figure that is asked for.
type Metric struct {
	Name string
	// Threshold is the time within which contacts count; Inclusive lets those
	// count that took exactly that. Some figures need it, others do not take it.
	Threshold time.Duration
	Inclusive bool
	// Filters narrow the contacts by ByMethod or ByReason, the flows by ByOutcome.
	Filters []Filter
}

// Filter lets contacts count that have one of the values, or with Not those that
// have none of them.
type Filter struct {
	By     string
	Values []string
	Not    bool
}

// Query says what is asked of the past.
type Query struct {
	Directory *directory.Directory
	Now       time.Time
	// Intervals follow each other and say what each figure is for.
	Intervals []Interval
	Metrics   []Metric
	// Only are the values that count, by dimension; a dimension that is not
	// there lets all of them count.
	Only map[Dimension][]string
	By   []Dimension
}

// Result is a line of a report: the figures of one group in one interval.
type Result struct {
	Interval int // of Query.Intervals
	Group    []string
	Values   []Value // of Query.Metrics
}

// Value is a figure. One that is not OK does not exist, such as an average of
// nothing.
type Value struct {
	Number float64
	OK     bool
}

// Report makes figures from facts that are added to it.
type Report struct {
	q        Query
	measures []*measure
	counts   []count
	groups   map[place]*line
	key      []byte
}

// place is where a fact counts.
type place struct {
	interval int
	group    string
}

// line is a Result in the making.
type line struct {
	group []string
	sums  []value
}

// NewReport checks a query and returns its report without facts. What it cannot
// answer is Invalid.
func NewReport(q Query) (*Report, error) {
	q.Now = q.Now.Truncate(time.Millisecond) // as moments are stored
	r := &Report{q: q, groups: map[place]*line{}}
	for i := range q.Metrics {
		m := &q.Metrics[i]
		def := measures[m.Name]
		if def == nil {
			return nil, fault.Newf(fault.Invalid, "metric %s is not supported", m.Name)
		}
		if err := def.check(m, &q); err != nil {
			return nil, err
		}
		r.measures = append(r.measures, def)
		r.counts = append(r.counts, count{m.Threshold, m.Inclusive, q.Now})
	}
	if len(q.By) == 0 { // there is a line for everything, even when nothing happened
		for i := range q.Intervals {
			r.groups[place{i, ""}] = &line{sums: make([]value, len(q.Metrics))}
		}
	}
	return r, nil
}

func (def *measure) check(m *Metric, q *Query) error {
	if def.threshold != (m.Threshold > 0) {
		if def.threshold {
			return fault.Newf(fault.Invalid, "metric %s needs a threshold", m.Name)
		}
		return fault.Newf(fault.Invalid, "metric %s takes no threshold", m.Name)
	}
	for _, f := range m.Filters {
		if !slices.Contains(def.filters, f.By) {
			return fault.Newf(fault.Invalid, "metric %s takes no filter %s", m.Name, f.By)
		}
	}
	for d := range q.Only {
		if !def.knows(m.Name, d) {
			return fault.Newf(fault.Invalid, "metric %s cannot be filtered by %s", m.Name, d)
		}
	}
	for _, d := range q.By {
		if !def.knows(m.Name, d) || m.Name == percentOutcome && d == ByOutcome || def.leg == nil && d == ByCause || def.time != nil && (d == ByQueue || d == ByChannel || d == BySubtype) {
			return fault.Newf(fault.Invalid, "metric %s cannot be grouped by %s", m.Name, d)
		}
	}
	return nil
}

// knows says whether a dimension has a meaning for what the measure counts. Flows
// have dimensions of their own and lack those of contacts.
func (def *measure) knows(name string, d Dimension) bool {
	switch d {
	case ByStep:
		return def.step != nil
	case ByFlow, ByFlowType:
		return def.flow != nil
	case ByOutcome:
		return def.flow != nil && name != flowsStarted
	case ByChannel, BySubtype:
		return true
	case ByQueue:
		return def.flow == nil
	case ByProfile, ByAgent, ByCause:
	}
	return def.flow == nil && def.step == nil
}

// Facts are what figures are made from.
type Facts struct{ Legs, Marks, Offers, Flows bool }

// Needs says which facts the report wants to be given.
func (r *Report) Needs() (f Facts) {
	for _, m := range r.measures {
		f.Legs = f.Legs || m.leg != nil || m.step != nil
		f.Marks, f.Offers, f.Flows = f.Marks || m.time != nil, f.Offers || m.offer != nil, f.Flows || m.flow != nil
	}
	return f
}

// Leg adds a contact. Those of supervisors who listen are in no figure.
func (r *Report) Leg(l *contact.Leg) {
	if l.Method == contact.FromMonitor {
		return
	}
	r.steps(l)
	if !r.counted(func(d Dimension) string { return r.ofLeg(d, l) }) {
		return
	}
	for i, def := range r.measures {
		if def.leg == nil {
			continue
		}
		at := r.interval(def.at(l))
		if at < 0 || !passes(r.q.Metrics[i].Filters, func(by string) string { return methodOrReason(by, l) }) {
			continue
		}
		if v := def.leg(l, &r.counts[i]); v.ok {
			r.add(at, i, v, func(d Dimension) string { return r.ofLeg(d, l) })
		}
	}
}

// steps adds the routing steps of a contact that has left its queue.
func (r *Report) steps(l *contact.Leg) {
	at := r.interval(l.Dequeued)
	if at < 0 || !slices.ContainsFunc(r.measures, func(def *measure) bool { return def.step != nil }) {
		return
	}
	for _, s := range l.StepEnds() {
		expression := Expression(&s.Expression)
		of := func(d Dimension) string {
			if d == ByStep {
				return expression
			}
			return r.ofLeg(d, l)
		}
		if !r.counted(of) {
			continue
		}
		for i, def := range r.measures {
			if def.step != nil {
				r.add(at, i, def.step(&s), of)
			}
		}
	}
}

// Flow adds the beginning or the end of a flow.
func (r *Report) Flow(m *contact.FlowMark) {
	of := func(d Dimension) string {
		switch d {
		case ByFlow:
			return string(m.Flow)
		case ByFlowType:
			return m.Type
		case ByOutcome:
			return string(m.Outcome)
		default:
			return r.ofAgent(d, "")
		}
	}
	at := r.interval(m.At)
	if at < 0 || !r.counted(of) {
		return
	}
	for i, def := range r.measures {
		if def.flow == nil {
			continue
		}
		if v := def.flow(m, passes(r.q.Metrics[i].Filters, func(string) string { return string(m.Outcome) })); v.ok {
			r.add(at, i, v, of)
		}
	}
}

// Offer adds an offer that is over.
func (r *Report) Offer(o *contact.OfferEnd) {
	of := func(d Dimension) string {
		switch d {
		case ByQueue:
			return standard(o.Queue)
		case ByCause:
			return ""
		default:
			return r.ofAgent(d, o.User)
		}
	}
	if at := r.interval(o.Ended); at >= 0 && r.counted(of) {
		for i, def := range r.measures {
			if def.offer == nil {
				continue
			}
			if v := def.offer(o); v.ok {
				r.add(at, i, v, of)
			}
		}
	}
}

// Marks adds what the agents did: all their marks within the intervals, the last
// one before, in the order of time.
func (r *Report) Marks(marks []contact.AgentMark) {
	last := map[contact.UserID]*contact.AgentMark{}
	for i := range marks {
		m := &marks[i]
		if before := last[m.User]; before != nil {
			r.spent(before, m.At)
		}
		last[m.User] = m
	}
	for _, m := range last {
		r.spent(m, r.q.Now)
	}
}

// spent adds what an agent did from a mark on until another moment.
func (r *Report) spent(m *contact.AgentMark, until time.Time) {
	of := func(d Dimension) string { return r.ofAgent(d, m.User) }
	if !r.agentCounts(m.User) {
		return
	}
	for at := range r.q.Intervals {
		in := &r.q.Intervals[at]
		took := earlier(until, in.To).Sub(later(m.At, in.From)).Seconds()
		if took <= 0 {
			continue
		}
		for i, def := range r.measures {
			switch {
			case def.time == nil:
			case def.whole != nil && def.whole(m.Activity):
				v := value{0, took, true}
				if def.time(m.Activity) {
					v.sum = took
				}
				r.add(at, i, v, of)
			case def.whole == nil && def.time(m.Activity):
				r.add(at, i, value{took, 1, true}, of)
			}
		}
	}
}

// agentCounts says whether an agent's time counts. Queues let those agents count
// who serve one of them.
func (r *Report) agentCounts(user contact.UserID) bool {
	u := r.q.Directory.Users[user]
	if u == nil {
		return false
	}
	for d, only := range r.q.Only {
		if d == ByQueue {
			if !slices.ContainsFunc(only, func(q string) bool { return r.q.Directory.Serves(u, contact.QueueID(q)) }) {
				return false
			}
		} else if !slices.Contains(only, r.ofAgent(d, user)) {
			return false
		}
	}
	return true
}

// counted says whether a fact passes the query's filters.
func (r *Report) counted(of func(Dimension) string) bool {
	for d, only := range r.q.Only {
		if !slices.Contains(only, of(d)) {
			return false
		}
	}
	return true
}

// ofLeg returns where a contact belongs; "" is nowhere.
func (r *Report) ofLeg(d Dimension, l *contact.Leg) string {
	switch d {
	case ByQueue:
		return standard(l.Queue)
	case ByCause:
		return string(l.Reason)
	default:
		return r.ofAgent(d, l.Agent)
	}
}

// ofAgent returns where an agent belongs, and in what everything happens.
func (r *Report) ofAgent(d Dimension, user contact.UserID) string {
	switch d {
	case ByAgent:
		return string(user)
	case ByProfile:
		if u := r.q.Directory.Users[user]; u != nil {
			return string(u.Profile)
		}
	case ByChannel:
		return Chat
	case BySubtype:
		return ChatSubtype
	case ByQueue, ByCause, ByStep, ByFlow, ByFlowType, ByOutcome:
	}
	return ""
}

// standard returns the id of a standard queue; agents' own are in no report.
func standard(q contact.QueueID) string {
	if q.Agent() != "" {
		return ""
	}
	return string(q)
}

// passes says whether a fact passes a metric's own filters.
func passes(filters []Filter, of func(by string) string) bool {
	for _, f := range filters {
		if slices.Contains(f.Values, of(f.By)) == f.Not {
			return false
		}
	}
	return true
}

func methodOrReason(by string, l *contact.Leg) string {
	if by == ByReason {
		return string(l.Reason)
	}
	return l.Method
}

// interval returns the interval that a moment is in, or -1.
func (r *Report) interval(t time.Time) int {
	if t.IsZero() {
		return -1
	}
	i, found := slices.BinarySearchFunc(r.q.Intervals, t, func(in Interval, t time.Time) int { return in.From.Compare(t) })
	if !found {
		i--
	}
	if i < 0 || !t.Before(r.q.Intervals[i].To) {
		return -1
	}
	return i
}

// add counts a fact of a metric. One that belongs to none of a dimension's groups
// is left out.
func (r *Report) add(interval, metric int, v value, of func(Dimension) string) {
	r.key = r.key[:0]
	for _, d := range r.q.By {
		group := of(d)
		if group == "" {
			return
		}
		r.key = append(append(r.key, group...), 0)
	}
	l := r.groups[place{interval, string(r.key)}]
	if l == nil {
		l = &line{sums: make([]value, len(r.measures))}
		if key := strings.TrimSuffix(string(r.key), "\x00"); key != "" {
			l.group = strings.Split(key, "\x00")
		}
		r.groups[place{interval, string(r.key)}] = l
	}
	have := &l.sums[metric]
	switch how := r.measures[metric].how; {
	case how == most:
		have.sum = max(have.sum, v.sum)
	case how == least && have.n > 0:
		have.sum = min(have.sum, v.sum)
	default:
		have.sum += v.sum
	}
	have.n += v.n
}

// Results returns the figures, by interval and then by group. Without groups each
// interval has a line; else a group has one where anything counted for it.
func (r *Report) Results() []Result {
	out := make([]Result, 0, len(r.groups))
	for p, l := range r.groups {
		res := Result{Interval: p.interval, Group: l.group, Values: make([]Value, len(l.sums))}
		for i, v := range l.sums {
			switch r.measures[i].how {
			case sum:
				res.Values[i] = Value{v.sum, true}
			case most, least:
				res.Values[i] = Value{v.sum, v.n > 0}
			case mean, percent:
				if v.n == 0 {
					continue
				}
				res.Values[i] = Value{v.sum / v.n, true}
				if r.measures[i].how == percent {
					res.Values[i].Number *= 100
				}
			}
		}
		out = append(out, res)
	}
	slices.SortFunc(out, func(a, b Result) int {
		return cmp.Or(cmp.Compare(a.Interval, b.Interval), slices.Compare(a.Group, b.Group))
	})
	return out
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
