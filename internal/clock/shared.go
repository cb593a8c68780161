package clock

import (
	"context"
	"sync"
	"time"

	"github.com/bellpull/bellpull/internal/tally"
)

// Shared is the clock of another machine, by which several go that would differ by
// their own. Between its answers it goes on by what has passed here, whatever
// this machine's clock is set to.
type Shared struct {
	ask   func(context.Context) (time.Time, error)
	watch tally.Watch

	mu    sync.Mutex
	begun time.Time // what the other's said when the watch was started
}

// How often the other is asked, and how long its answer may be under way to say
// anything.
const (
	askEvery  = 5 * time.Second
	askWithin = time.Second
)

// Share returns the clock that ask reads. It asks once, however long that takes.
func Share(ctx context.Context, ask func(context.Context) (time.Time, error)) (*Shared, error) {
	s := &Shared{ask: ask, watch: tally.Start()}
	begun, _, err := s.sample(ctx)
	s.begun = begun
	return s, err
}

// Run asks again now and then until ctx is over. While there is no answer the
// clock goes on as it did.
func (s *Shared) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(askEvery):
		}
		begun, within, err := s.sample(ctx)
		if err != nil || within > askWithin {
			continue
		}
		s.mu.Lock()
		if off := begun.Sub(s.begun).Abs(); off > within/2 { // else the answer does not contradict
			s.begun = begun
		}
		s.mu.Unlock()
	}
}

// sample asks the other and returns what it said when the watch was started, and
// how long the answer took: it may be wrong by half of that.
func (s *Shared) sample(ctx context.Context) (begun time.Time, within time.Duration, err error) {
	sent := s.watch.Elapsed()
	at, err := s.ask(ctx)
	got := s.watch.Elapsed()
	return at.Add(-(sent + got) / 2), got - sent, err
}

// Now returns the time, without a monotonic reading.
func (s *Shared) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.begun.Add(s.watch.Elapsed())
}
