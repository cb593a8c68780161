package clock_test

import (
	"math"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/clock"
	"github.com/bellpull/bellpull/internal/fault"
)

// A step is felt by the readings of the wall, and by no span that is measured.
// Virtual time has no monotonic reading, so this is the machine's.
func TestAStepMovesTheWallClockAlone(t *testing.T) {
	var s clock.Stepped
	begun, offset := time.Now(), time.Duration(0)
	for _, by := range []time.Duration{0, time.Hour, -3 * time.Hour, 90 * time.Minute, 30 * time.Minute, -time.Nanosecond, clock.MaxStep, -2*clock.MaxStep + 2} {
		offset += by
		if got, err := s.Step(by); err != nil || got != offset {
			t.Errorf("a step by %s makes %s, error %v; want %s", by, got, err, offset)
		}
		before, now, after := time.Now(), s.Now(), time.Now()
		if got, least, most := now.Sub(begun), before.Sub(begun), after.Sub(begun); got < least || got > most {
			t.Errorf("after a step by %s, %s were measured, want %s to %s", by, got, least, most)
		}
		moved := now.Round(0)
		if least, most := before.Round(0).Add(offset), after.Round(0).Add(offset); moved.Before(least) || moved.After(most) {
			t.Errorf("after a step by %s the wall's reading is %s, want %s to %s", by, moved, least, most)
		}
	}
}

func TestAStepTooFarChangesNothing(t *testing.T) {
	var s clock.Stepped
	if _, err := s.Step(time.Hour); err != nil {
		t.Fatal(err)
	}
	for _, by := range []time.Duration{clock.MaxStep, -clock.MaxStep - time.Hour - 1, math.MaxInt64, math.MinInt64} {
		if _, err := s.Step(by); fault.KindOf(err) != fault.Invalid {
			t.Errorf("a step by %s is answered %v, want a fault of kind %s", by, err, fault.Invalid)
		}
	}
	if got, err := s.Step(0); err != nil || got != time.Hour {
		t.Errorf("the clock is %s ahead, error %v; want an hour", got, err)
	}
}
