package tally

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAHistogramCountsUpToEachBound(t *testing.T) {
	h := Durations(time.Millisecond, time.Second)
	for _, d := range []time.Duration{0, time.Millisecond, time.Millisecond + 1, time.Second, 3 * time.Second} {
		h.Took(d)
	}
	count, sum, upTo := h.Read()
	if want := map[float64]uint64{0.001: 2, 1: 4}; count != 5 || !cmp.Equal(upTo, want) {
		t.Errorf("got %d values, %v; want 5, %v", count, upTo, want)
	}
	if want := 4.002000001; sum != want {
		t.Errorf("got a sum of %v seconds, want %v", sum, want)
	}
	sizes := Sizes(1, 8)
	sizes.Add(8)
	sizes.Add(9)
	if count, sum, upTo := sizes.Read(); count != 2 || sum != 17 || upTo[1] != 0 || upTo[8] != 1 {
		t.Errorf("got %d sizes, %v in sum, %v", count, sum, upTo)
	}
}

func TestManyCountAtOnce(t *testing.T) {
	h := Sizes(10)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 1000 {
				h.Add(3)
			}
		})
	}
	all.Wait()
	if count, sum, upTo := h.Read(); count != 8000 || sum != 24000 || upTo[10] != 8000 {
		t.Errorf("got %d values, %v in sum, %v", count, sum, upTo)
	}
}

func TestAWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := Start()
		time.Sleep(time.Hour)
		if got := w.Elapsed(); got != time.Hour || !w.Running() {
			t.Errorf("after an hour the watch says %v, running %v", got, w.Running())
		}
	})
	if w := (Watch{}); w.Running() || w.Elapsed() != 0 {
		t.Errorf("a watch that was not started says %v", w.Elapsed())
	}
}

func BenchmarkTook(b *testing.B) {
	h := Durations(time.Microsecond, time.Millisecond, time.Second)
	for b.Loop() {
		w := Start()
		h.Took(w.Elapsed())
	}
}
