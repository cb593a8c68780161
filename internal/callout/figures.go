package callout

import (
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/bellpull/bellpull/internal/tally"
)

// Figures are what is measured of the calls that a rule of the configuration
// leads to.
type Figures struct {
	Kind string // function or bot
	Rule string // the rule's ARN, which may stand for several
	// Took is how long calls took, all attempts together.
	Took *tally.Histogram
	// TimedOut, Throttled and Failed count the calls that came to nothing.
	TimedOut, Throttled, Failed atomic.Int64
}

// Figures returns what has been measured, in the order of the rules. It goes on
// to be counted.
func (c *Caller) Figures() []*Figures { return c.figures }

func newFigures(rule string) *Figures {
	const ms = time.Millisecond
	return &Figures{
		Rule: rule,
		Took: tally.Durations(5*ms, 10*ms, 25*ms, 50*ms, 100*ms, 250*ms, 500*ms, time.Second, 2500*ms, 5*time.Second, 10*time.Second, time.Minute),
	}
}

// measure shows the figures of a route. One that comes after another with the
// same ARN is never taken.
func (c *Caller) measure(f *Figures, kind string) {
	f.Kind = kind
	if !slices.ContainsFunc(c.figures, func(o *Figures) bool { return o.Kind == kind && o.Rule == f.Rule }) {
		c.figures = append(c.figures, f)
	}
}

func (f *Figures) ended(took time.Duration, err error) {
	f.Took.Took(took)
	switch {
	case err == nil:
	case errors.Is(err, ErrTimeLimit):
		f.TimedOut.Add(1)
	case errors.Is(err, ErrThrottled):
		f.Throttled.Add(1)
	default:
		f.Failed.Add(1)
	}
}
