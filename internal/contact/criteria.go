package contact

import (
	"fmt"
	"slices"
	"time"

	"github.com/bellpull/bellpull/internal/fault"
)

// Criteria limit the agents whom a waiting contact may go to: by the first
// step, for its time, then by the next. When the last one has expired everybody
// who serves the queue counts. They are never written to: other ones take their
// place.
type Criteria struct {
	Steps []Step
	// Activated is when the contact began to wait with them; zero before.
	Activated time.Time
	// Expired is how many steps are known to have expired, for those who are told
	// of it; what counts is Active.
	Expired int
}

// StepTimer fires when a routing step expires.
const StepTimer TimerKind = "step"

// watchSteps arms the timer of the step that counts.
func (d *Draft) watchSteps() {
	if c := d.Chat().Details.Criteria; c != nil && !c.Activated.IsZero() {
		if _, expires := c.Active(d.Now); !expires.IsZero() {
			d.set(StepTimer, "", expires)
			return
		}
	}
	d.clear(StepTimer, "")
}

// ExpireStep notes that a step of a waiting contact has expired.
func (d *Draft) ExpireStep() {
	c := d.Chat().Details.Criteria
	if c == nil || c.Activated.IsZero() || !d.Chat().Queued() {
		return
	}
	if step, _ := c.Active(d.Now); step > c.Expired {
		next := *c
		next.Expired = step
		d.edit().Details.Criteria = &next
	}
	d.watchSteps()
}

// Step is one step of routing criteria.
type Step struct {
	Expression Expression
	// Lasts is how long the step counts; 0 is for ever.
	Lasts time.Duration
}

// Expression is what is asked of an agent. One of its members is set.
type Expression struct {
	Condition *Condition
	And, Or   []Expression
	Not       *Condition
}

// Condition asks for a proficiency of a level between Least and Most, or for one
// of some agents: the preferred ones.
type Condition struct {
	Attribute   string
	Value       string
	Least, Most float64 // 1 to 5; a Most of 0 is no limit
	Agents      []UserID
}

// Active returns the place of the step that counts at the given moment and when
// it expires (zero: never). Behind the last step it is len(c.Steps).
func (c *Criteria) Active(now time.Time) (step int, expires time.Time) {
	until := c.Activated
	for i, s := range c.Steps {
		if s.Lasts <= 0 {
			return i, time.Time{}
		}
		if until = until.Add(s.Lasts); until.After(now) {
			return i, until
		}
	}
	return len(c.Steps), time.Time{}
}

// StepState is where a step stands.
type StepState string

// The states, in the words of the contact record.
const (
	StepInactive StepState = "INACTIVE"
	StepActive   StepState = "ACTIVE"
	StepJoined   StepState = "JOINED" // an agent came while it was active
	StepExpired  StepState = "EXPIRED"
)

// State returns where a step stands at the given moment, or stood when an agent
// joined, and when it expires or has expired (zero: that is not known yet, or
// never).
func (c *Criteria) State(step int, joined, now time.Time) (state StepState, expires time.Time) {
	if c.Activated.IsZero() {
		return StepInactive, time.Time{}
	}
	at, state := now, StepActive
	if !joined.IsZero() {
		at, state = joined, StepJoined
	}
	active, _ := c.Active(at)
	switch {
	case step > active:
		return StepInactive, time.Time{}
	case step < active:
		state = StepExpired
	}
	if c.Steps[step].Lasts <= 0 {
		return state, time.Time{}
	}
	ends := c.Activated
	for _, s := range c.Steps[:step+1] {
		ends = ends.Add(s.Lasts)
	}
	return state, ends
}

// Limits of routing criteria.
const (
	MaxSteps      = 20 // chosen
	MaxConditions = 8  // side by side in an And
	MaxBranches   = 3  // of an Or
	MaxPreferred  = 10 // agents of a condition

	minLevel, maxLevel = 1, 5
)

// Check refuses criteria that cannot be met or are too large: an Or may have
// branches with Ands in them, and nothing goes deeper.
func (c *Criteria) Check() error {
	if len(c.Steps) == 0 || len(c.Steps) > MaxSteps {
		return fault.Newf(fault.Invalid, "routing criteria have 1 to %d steps", MaxSteps)
	}
	for i := range c.Steps {
		if c.Steps[i].Lasts < 0 {
			return fault.Newf(fault.Invalid, "step %d cannot last %s", i+1, c.Steps[i].Lasts)
		}
		if err := c.Steps[i].Expression.check(MaxBranches); err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	return nil
}

// check checks an expression, which may be an Or of so many branches.
func (e *Expression) check(branches int) error {
	kinds := 0
	for _, is := range []bool{e.Condition != nil, e.Not != nil, len(e.And) > 0, len(e.Or) > 0} {
		if is {
			kinds++
		}
	}
	switch {
	case kinds != 1:
		return fault.Newf(fault.Invalid, "an expression must be of exactly one kind")
	case len(e.And) > MaxConditions:
		return fault.Newf(fault.Invalid, "an AND has at most %d conditions", MaxConditions)
	case len(e.Or) > 0 && branches == 0:
		return fault.Newf(fault.Invalid, "an OR stands at the top only")
	case len(e.Or) > branches:
		return fault.Newf(fault.Invalid, "an OR has at most %d branches", branches)
	}
	for i := range e.Or {
		if err := e.Or[i].check(0); err != nil {
			return err
		}
	}
	for i := range e.And {
		if len(e.And[i].And) > 0 {
			return fault.Newf(fault.Invalid, "an AND has no AND in it")
		}
		if err := e.And[i].check(0); err != nil {
			return err
		}
	}
	for _, c := range []*Condition{e.Condition, e.Not} {
		if c == nil {
			continue
		}
		if err := c.check(); err != nil {
			return err
		}
	}
	return nil
}

func (c *Condition) check() error {
	switch {
	case len(c.Agents) > MaxPreferred:
		return fault.Newf(fault.Invalid, "a condition has at most %d agents", MaxPreferred)
	case slices.Contains(c.Agents, ""):
		return fault.Newf(fault.Invalid, "an agent must have an id")
	case len(c.Agents) > 0:
		return nil
	case c.Attribute == "" || c.Value == "":
		return fault.Newf(fault.Invalid, "a condition needs the name and the value of an attribute, or agents")
	case c.Least < minLevel || c.Least > maxLevel || c.Most != 0 && (c.Most < c.Least || c.Most > maxLevel):
		return fault.Newf(fault.Invalid, "a level lies between %d and %d", minLevel, maxLevel)
	}
	return nil
}

// Asked is a condition in the words of the protocols.
type Asked struct {
	Attribute, Value string
	Operator         string   // "", NumberGreaterOrEqualTo, Match or Range
	Level            *float64 // the least
	Min, Max         *float64 // of a range
	Agents           []UserID // to match
}

// Condition returns what is asked for.
func (a Asked) Condition() (*Condition, error) {
	c := &Condition{Attribute: a.Attribute, Value: a.Value, Least: minLevel}
	set := func(to *float64, from *float64) {
		if from != nil {
			*to = *from
		}
	}
	switch a.Operator {
	case "", "NumberGreaterOrEqualTo":
		set(&c.Least, a.Level)
		c.Agents = a.Agents
	case "Range":
		set(&c.Least, a.Min)
		set(&c.Most, a.Max)
	case "Match":
		if len(a.Agents) == 0 {
			return nil, fault.Newf(fault.Invalid, "to match needs agents")
		}
		c.Agents = a.Agents
	default:
		return nil, fault.Newf(fault.Invalid, "there is no comparison %q", a.Operator)
	}
	if len(c.Agents) > 0 { // who is named needs no proficiency
		c.Attribute, c.Value, c.Least, c.Most = "", "", 0, 0
	}
	return c, nil
}

// SetCriteria gives the contact other criteria, or with nil none. They count
// from now on where it waits already, else from when it begins to.
func (d *Draft) SetCriteria(c *Criteria) {
	if d.Chat().Queued() {
		d.endSteps(d.Chat().Queueing().ID, StepInactive)
	}
	if c != nil {
		c = &Criteria{Steps: c.Steps}
		if d.Chat().Queued() {
			c.Activated = d.Now
		}
	}
	d.edit().Details.Criteria = c
	d.watchSteps()
}

// Prefer keeps a contact that waits for one agent for so long. Then its criteria
// go on where they were.
func (d *Draft) Prefer(user UserID, lasts time.Duration) error {
	if !d.Chat().Waiting() {
		return fault.Newf(fault.Conflict, "the contact does not wait")
	}
	next := &Criteria{
		Activated: d.Now,
		Steps:     []Step{{Expression: Expression{Condition: &Condition{Agents: []UserID{user}}}, Lasts: lasts}},
	}
	if c := d.Chat().Details.Criteria; c != nil {
		active, expires := c.Active(d.Now)
		rest := slices.Clone(c.Steps[active:])
		if len(rest) > 0 && !expires.IsZero() {
			rest[0].Lasts = expires.Sub(d.Now)
		}
		next.Steps = append(next.Steps, rest...)
	}
	d.endSteps(d.Chat().Queueing().ID, StepActive) // which goes on later
	d.edit().Details.Criteria = next
	d.watchSteps()
	return nil
}

// StepEnd is a routing step that a contact has come to and that is over: it has
// expired, an agent joined, or the contact left while it was active (inactive).
type StepEnd struct {
	Expression Expression
	State      StepState
}

// endSteps keeps with a contact what became of its steps: those before the
// active one have expired, and that one is over in the given way, or goes on.
func (d *Draft) endSteps(id ID, active StepState) {
	c := d.Chat().Details.Criteria
	if c == nil || c.Activated.IsZero() {
		return
	}
	var over []StepEnd
	at, _ := c.Active(d.Now)
	for i := range c.Steps[:min(at+1, len(c.Steps))] {
		state := StepExpired
		if i == at {
			state = active
		}
		if state != StepActive {
			over = append(over, StepEnd{c.Steps[i].Expression, state})
		}
	}
	s := d.edit().Segment(id)
	s.Steps = slices.Concat(s.Steps, over)
}

// activate lets the criteria count from now on.
func (c *Criteria) activate(now time.Time) *Criteria {
	if c == nil {
		return nil
	}
	next := *c
	next.Activated, next.Expired = now, 0
	return &next
}
