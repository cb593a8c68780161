// Package clock is the time of what is stored and sent: the machine's, or where
// several machines work together that of one of them, as a Steady clock.
package clock

import (
	"sync"
	"time"

	"github.com/bellpull/bellpull/internal/tally"
)

// Steady is the machine's clock as long as that goes forward, by however much at
// once. When it is set back, Steady goes on at half the speed until the machine's
// has caught up, so that what is due in twenty seconds is not late by as much as
// the clock was set back.
type Steady struct {
	wall  func() time.Time
	watch func() time.Duration // what has passed, whatever the clock is set to

	mu   sync.Mutex
	told time.Time // last
	at   time.Duration
}

// New returns a steady clock on wall, which is the machine's.
func New(wall func() time.Time) *Steady {
	return &Steady{wall: wall, watch: tally.Start().Elapsed}
}

// Now returns the time. As long as it is the machine's it keeps its monotonic
// reading, so that what is measured between two times feels no step forward.
func (s *Steady) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, at := s.wall(), s.watch()
	if slow := s.told.Add((at - s.at) / 2); now.Before(slow) {
		now, at = slow, at-(at-s.at)%2 // what is left over counts the next time
	}
	s.told, s.at = now.Round(0), at // without the monotonic reading
	return now
}
