package clock_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/clock"
)

func TestASharedClockIsTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var there, back time.Duration // how long a question and its answer are under way
		offset, away := -time.Hour, false
		asked := 0
		ask := func(context.Context) (time.Time, error) {
			asked++
			time.Sleep(there)
			at := time.Now().Add(offset)
			time.Sleep(back)
			if away {
				return time.Time{}, errors.New("nobody answers")
			}
			return at, nil
		}
		away = true
		if _, err := clock.Share(t.Context(), ask); err == nil {
			t.Error("a clock that nobody tells is shared")
		}
		away, there, back = false, 2*time.Second, 2*time.Second // the first answer counts however late it is
		s, err := clock.Share(t.Context(), ask)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		defer synctest.Wait()
		defer stop()
		go s.Run(ctx)
		check := func(when string, after, want time.Duration) {
			t.Helper()
			before := asked
			time.Sleep(after)
			synctest.Wait()
			if got := s.Now().Sub(time.Now()); got != want {
				t.Errorf("%s: the clock is %s ahead, want %s", when, got, want)
			}
			if after > 20*time.Second && asked == before {
				t.Errorf("%s: nobody asked", when)
			}
		}
		const minute = time.Minute + 3*time.Second // not when an answer is under way
		check("at first", 0, -time.Hour)
		there, back = 10*time.Millisecond, 90*time.Millisecond
		check("an answer that may be right", minute, -time.Hour)
		offset = time.Hour
		check("the other is set forward", minute, time.Hour-40*time.Millisecond)
		there, back = 5*time.Millisecond, 5*time.Millisecond
		check("answers are faster", minute, time.Hour)
		offset, there = -time.Hour, 2*time.Second
		check("an answer that is late says nothing", minute, time.Hour)
		there, away = 5*time.Millisecond, true
		check("there is none", minute, time.Hour)
		away = false
		check("there is one again", minute, -time.Hour)
	})
}
