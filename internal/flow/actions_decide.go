package flow

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxWait is the longest time that a flow waits: seven days.
const maxWait = 604800

// compare leads on by the value of a path. It never fails.
func compare(m *Machine, a *Action) Effect {
	m.leave(a, m.expand(a.parameter("ComparisonValue")), "")
	return nil
}

func checkHours(m *Machine, a *Action) Effect {
	hours, ok := m.reference(a, "HoursOfOperationId")
	if !ok {
		return failInChat(m, a)
	}
	check := CheckHours{Hours: hours}
	for i := range a.Conditions {
		if c := &a.Conditions[i]; len(c.operands) == 1 && !c.is("True") && !c.is("False") {
			check.Overrides = append(check.Overrides, m.expand(&c.operands[0]))
		}
	}
	return check
}

func checkMetric(m *Machine, a *Action) Effect {
	queue, agent, ok := m.queueOrAgent(a, false)
	if !ok {
		return nil
	}
	return CheckMetric{a.Parameter("MetricType"), queue, agent}
}

// metricTold compares a metric; ages are compared in milliseconds.
func metricTold(m *Machine, a *Action, o Outcome) {
	if a.Parameter("MetricType") == oldestContact && o.Error == "" {
		age, ok := decimal(o.Result)
		if !ok {
			o.Error = NoMatchingError
		}
		o.Result = strconv.FormatFloat(age*1000, 'f', 0, 64)
	}
	m.leave(a, o.Result, o.Error)
}

func getMetrics(m *Machine, a *Action) Effect {
	queue, agent, ok := m.queueOrAgent(a, false)
	if !ok {
		return nil
	}
	channel := strings.ToUpper(m.expand(a.parameter("QueueChannel")))
	return GetMetrics{queue, agent, channel}
}

func metricsTold(m *Machine, a *Action, o Outcome) {
	if o.Error == "" {
		got, err := answer(o.Data)
		if err != nil {
			o.Error = NoMatchingError
		}
		m.st.Scope.Metrics = dataOf(got)
	}
	m.leave(a, "", o.Error)
}

// distribute throws a number from 1 to 100, which is less than the limit of
// the first percentage, or the second one …
func distribute(m *Machine, a *Action) Effect {
	if m.env.Random == nil {
		return failInChat(m, a)
	}
	m.leave(a, strconv.Itoa(m.env.Random(100)+1), "")
	return nil
}

// loopOn counts: it continues as often as it says, is done once, and begins
// anew after that. A loop goes by its flow and action, through transfers too.
func loopOn(m *Machine, a *Action) Effect {
	key := m.st.Flow + "/" + a.ID
	l, begun := m.st.Loops[key]
	if !begun {
		l.Name = a.Parameter("LoopName")
		if t := a.parameter("Elements"); t.kind != nothing {
			elements, err := m.fill(t)
			if err != nil || elements.kind != list || elements.size() > maxAnswer {
				return failInChat(m, a)
			}
			l.Elements = dataOf(elements)
		}
	}
	rounds, ok := m.rounds(a, l)
	if !ok {
		return failInChat(m, a)
	}
	if l.Done >= rounds {
		delete(m.st.Loops, key)
		m.leave(a, doneLooping, "")
		return nil
	}
	if m.st.Loops == nil {
		m.st.Loops = map[string]Loop{}
	}
	l.Done++
	m.st.Loops[key] = l
	m.leave(a, continueLooping, "")
	return nil
}

// maxRounds is how often a loop may continue.
const maxRounds = 100

func (m *Machine) rounds(a *Action, l Loop) (int, bool) {
	if !l.Elements.IsZero() {
		return min(len(l.Elements.tree.items), maxRounds), true
	}
	n, err := strconv.Atoi(strings.TrimSpace(m.expand(a.parameter("LoopCount"))))
	return n, err == nil && n >= 0 && n <= maxRounds
}

func wait(m *Machine, a *Action) Effect {
	t := a.parameter("TimeLimitSeconds")
	if t.kind == nothing {
		t = a.parameter("TimeoutSeconds") // as one page of the documentation has it
	}
	limit, ok := seconds(m.expand(t), 1, maxWait)
	if !ok {
		return failInChat(m, a)
	}
	w := Wait{For: limit}
	for i := range a.parameter("Events").items {
		e := Event(a.parameter("Events").items[i].text)
		if (e == CustomerReturned || e == BotParticipantDisconnected || e == LambdaReturned) && !slices.Contains(w.Events, e) {
			w.Events = append(w.Events, e)
		}
	}
	if slices.Contains(w.Events, LambdaReturned) {
		if w.Invocation, ok = m.invocation(a); !ok {
			return failInChat(m, a)
		}
	}
	return w
}

func waited(m *Machine, a *Action, o Outcome) {
	result := string(o.Event)
	if o.Event == TimerFired {
		result = waitCompleted
	}
	m.leave(a, result, o.Error)
}

// seconds reads a whole number of seconds within limits.
func seconds(s string, least, most int) (time.Duration, bool) {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	return time.Duration(n) * time.Second, err == nil && n >= least && n <= most
}
