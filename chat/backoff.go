package chat

import (
	"context"
	"math/rand/v2"
	"time"
)

// Pauses between attempts double from their first to maxPause, each 30 % more
// or less at random so that many clients do not come back in step.
const (
	firstPause = time.Second // before connecting anew for the second time
	firstRetry = 100 * time.Millisecond
	maxPause   = 30 * time.Second
)

// pause returns how long to wait after the given number of failures.
func pause(failures int, first time.Duration) time.Duration {
	if failures <= 0 {
		return 0
	}
	d := min(first<<min(failures-1, 16), maxPause)
	return time.Duration(float64(d) * (0.7 + 0.6*rand.Float64()))
}

// sleep waits for d or until it is told to hurry. It fails if ctx ends first.
func sleep(ctx context.Context, d time.Duration, hurry <-chan struct{}) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-hurry:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
