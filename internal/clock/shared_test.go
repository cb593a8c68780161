package clock_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/clock"
)

// other is a clock that is asked.
type other struct {
	mu          sync.Mutex
	offset      time.Duration
	there, back time.Duration // how long a question and its answer are under way
	away        bool
	asked       int
}

func (o *other) set(offset, there, back time.Duration, away bool) (asked int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.offset, o.there, o.back, o.away = offset, there, back, away
	return o.asked
}

func (o *other) ask(context.Context) (time.Time, error) {
	o.mu.Lock()
	o.asked++
	offset, there, back, away := o.offset, o.there, o.back, o.away
	o.mu.Unlock()
	time.Sleep(there)
	at := time.Now().Add(offset)
	time.Sleep(back)
	if away {
		return time.Time{}, errors.New("nobody answers")
	}
	return at, nil
}

func TestASharedClockIsTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const ms = time.Millisecond
		o := &other{away: true}
		if _, err := clock.Share(t.Context(), o.ask); err == nil {
			t.Error("a clock that nobody tells is shared")
		}
		o.set(-time.Hour, 2*time.Second, 2*time.Second, false) // the first answer counts however late it is
		s, err := clock.Share(t.Context(), o.ask)
		if err != nil {
			t.Fatal(err)
		}
		if got := time.Until(s.Now()); got != -time.Hour {
			t.Errorf("at first the clock is %s ahead, want -1h", got)
		}
		ctx, stop := context.WithCancel(t.Context())
		defer synctest.Wait()
		defer stop()
		go s.Run(ctx)
		check := func(when string, offset, there, back time.Duration, away bool, want time.Duration) {
			t.Helper()
			before := o.set(offset, there, back, away)
			time.Sleep(time.Minute)
			if got := time.Until(s.Now()); got != want {
				t.Errorf("%s: the clock is %s ahead, want %s", when, got, want)
			}
			if o.set(offset, there, back, away) == before {
				t.Errorf("%s: nobody asked", when)
			}
		}
		check("an answer that does not contradict", -time.Hour, 10*ms, 90*ms, false, -time.Hour)
		check("the other is set forward", time.Hour, 10*ms, 90*ms, false, time.Hour-40*ms)
		check("answers are faster", time.Hour, 5*ms, 5*ms, false, time.Hour)
		check("an answer that is late says nothing", -time.Hour, 2*time.Second, 5*ms, false, time.Hour)
		check("there is none", -time.Hour, 5*ms, 5*ms, true, time.Hour)
		check("there is one again", -time.Hour, 5*ms, 5*ms, false, -time.Hour)
	})
}
