package metrics

import (
	"slices"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
)

// Trend is how the queues of an instance have gone lately, bucket by bucket: for
// charts.
type Trend struct {
	Bucket  time.Duration
	Buckets []Bucket // that follow each other, oldest first
}

// Bucket is a part of a Trend.
type Bucket struct {
	Start time.Time
	// Arrived are the contacts that were queued in it, Handled those that an agent
	// took out of a queue, Abandoned those that ended while they were queued.
	Arrived, Handled, Abandoned int
	waits                       []time.Duration // of those handled
}

// trendLengths are how long buckets may be, and trendBuckets how many there are
// at the most.
var trendLengths = []time.Duration{
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour,
}

const trendBuckets = 60

// MaxTrend is how far a trend goes back at the most.
const MaxTrend = 24 * time.Hour

// NewTrend returns the trend of the time up to now, in buckets that begin at whole
// minutes; the last one is not over. Add those contacts that were going on in it.
func NewTrend(now time.Time, back time.Duration) *Trend {
	back = max(time.Minute, min(back, MaxTrend))
	t := &Trend{}
	for _, t.Bucket = range trendLengths {
		if back <= trendBuckets*t.Bucket {
			break
		}
	}
	for at := now.Add(-back).Truncate(t.Bucket); at.Before(now); at = at.Add(t.Bucket) {
		t.Buckets = append(t.Buckets, Bucket{Start: at})
	}
	return t
}

// Add takes a contact into account.
func (t *Trend) Add(l *contact.Leg) {
	if b := t.at(enqueued(l)); b != nil {
		b.Arrived++
	}
	if b := t.at(answered(l)); b != nil && answeredFromQueue(l) {
		b.Handled++
		b.waits = append(b.waits, inQueue(l))
	}
	if b := t.at(disconnected(l)); b != nil && abandoned(l) {
		b.Abandoned++
	}
}

// at returns the bucket of a moment, or nil.
func (t *Trend) at(moment time.Time) *Bucket {
	i := moment.Sub(t.Buckets[0].Start)
	if moment.IsZero() || i < 0 || int(i/t.Bucket) >= len(t.Buckets) {
		return nil
	}
	return &t.Buckets[i/t.Bucket]
}

// Wait returns how long at the most a share of those waited who were handled, such
// as half of them; ok is false where nobody was.
func (b *Bucket) Wait(share float64) (wait time.Duration, ok bool) {
	if len(b.waits) == 0 {
		return 0, false
	}
	sorted := slices.Sorted(slices.Values(b.waits))
	return sorted[min(int(share*float64(len(sorted))), len(sorted)-1)], true
}
