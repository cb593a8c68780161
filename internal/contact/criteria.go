package contact

import "time"

// Criteria limit the agents whom a waiting contact may go to: by the first
// step, for its time, then by the next. When the last one has expired everybody
// who serves the queue counts.
type Criteria struct {
	Steps []Step
	// Activated is when the contact began to wait with them; zero before.
	Activated time.Time
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
