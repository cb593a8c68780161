package ratelimit

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// However many callers there are, and whatever they call themselves, what is kept
// of them is bounded, and who waits goes on waiting.
func TestStrangersAreForgotten(t *testing.T) {
	now := time.Now()
	l := New(Rate{Burst: 1, Interval: time.Minute}, func() time.Time { return now })
	for i := range 3 * maxBuckets {
		l.Take(fmt.Sprint(strings.Repeat("x", 100), i))
		if len(l.buckets) > maxBuckets {
			t.Fatalf("after %d strangers %d are remembered", i+1, len(l.buckets))
		}
	}
	last := fmt.Sprint(strings.Repeat("x", 100), 3*maxBuckets-1)
	if wait := l.Take(last); wait != time.Minute {
		t.Errorf("the last one is told to wait for %s, want a minute", wait)
	}
	l.Forget(last)
	if wait := l.Take(last); wait != 0 {
		t.Errorf("once forgotten it is told to wait for %s", wait)
	}
}
