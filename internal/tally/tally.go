// Package tally counts what goes on and how long it takes, cheaply enough for
// the road of every message. The parts of the server keep tallies of
// themselves and know nobody who reads them; /metrics does.
package tally

import (
	"sync/atomic"
	"time"
)

// Histogram counts values by their size. It may be used by many goroutines.
type Histogram struct {
	bounds []int64 // ascending; what is above the last is counted too
	scale  float64 // of what is told: a second of nanoseconds, or 1
	counts []atomic.Uint64
	sum    atomic.Int64
}

// Durations returns a histogram of durations, which are told in seconds.
func Durations(bounds ...time.Duration) *Histogram {
	all := make([]int64, len(bounds))
	for i, b := range bounds {
		all[i] = int64(b)
	}
	return &Histogram{bounds: all, scale: float64(time.Second), counts: make([]atomic.Uint64, len(all)+1)}
}

// Sizes returns a histogram of whole numbers.
func Sizes(bounds ...int64) *Histogram {
	return &Histogram{bounds: bounds, scale: 1, counts: make([]atomic.Uint64, len(bounds)+1)}
}

// Took counts a duration.
func (h *Histogram) Took(d time.Duration) { h.Add(int64(d)) }

// Add counts a value, a duration as nanoseconds.
func (h *Histogram) Add(v int64) {
	i := 0
	for i < len(h.bounds) && v > h.bounds[i] {
		i++
	}
	h.counts[i].Add(1)
	h.sum.Add(v)
}

// Read returns how many values were counted, their sum, and for each bound how
// many were not above it. Values that come meanwhile may be in one and not yet
// in another.
func (h *Histogram) Read() (count uint64, sum float64, upTo map[float64]uint64) {
	upTo = make(map[float64]uint64, len(h.bounds))
	for i := range h.counts {
		count += h.counts[i].Load()
		if i < len(h.bounds) {
			upTo[float64(h.bounds[i])/h.scale] = count
		}
	}
	return count, float64(h.sum.Load()) / h.scale, upTo
}

// Watch measures how long something takes, by the real clock: nothing is stored
// or sent of it.
type Watch struct{ began time.Time }

// Start starts a watch.
func Start() Watch {
	return Watch{time.Now()} //nolint:forbidigo // measured, and neither stored nor sent
}

// Elapsed is how long ago the watch was started; 0 for one that was not.
func (w Watch) Elapsed() time.Duration {
	if w.began.IsZero() {
		return 0
	}
	return time.Since(w.began) //nolint:forbidigo // as in Start
}

// Running reports whether the watch was started.
func (w Watch) Running() bool { return !w.began.IsZero() }
