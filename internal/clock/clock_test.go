package clock_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/clock"
)

func TestAClockThatIsSetBackGoesOnSlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var by time.Duration
		wall := func() time.Time { return time.Now().Round(0).Add(by) }
		c := clock.New(wall)
		begun := c.Now()
		check := func(doing string, after, want time.Duration) {
			t.Helper()
			time.Sleep(after)
			if got := c.Now().Sub(begun); got != want {
				t.Errorf("%s: %s have passed by the clock, want %s", doing, got, want)
			}
		}
		check("for ten seconds nothing is done", 10*time.Second, 10*time.Second)
		by = time.Hour
		check("then it is set forward", time.Second, time.Hour+11*time.Second)
		by -= 4 * time.Second
		check("then back by four seconds", 0, time.Hour+11*time.Second)
		check("two seconds later", 2*time.Second, time.Hour+12*time.Second)
		check("when the machine's has caught up", 6*time.Second, time.Hour+15*time.Second)
		check("and later", 10*time.Second, time.Hour+25*time.Second)
	})
}

// What is measured between two times feels no step forward.
func TestTimesKeepTheirMonotonicReading(t *testing.T) {
	c := clock.New(time.Now)
	if text := c.Now().String(); !strings.Contains(text, " m=") {
		t.Errorf("%s has no monotonic reading", text)
	}
}
