package callout

import (
	"context"
	"errors"
	"time"
)

// again marks a failure after which the same call may succeed.
type again struct{ error }

func (a again) Unwrap() error { return a.error }

// The service retries what was throttled or failed inside up to three times,
// all within the limit.
const (
	retries    = 3
	firstPause = 100 * time.Millisecond // doubled from time to time
)

// retry calls attempt until it succeeds, fails for good or has been tried often
// enough, or ctx is over.
func retry(ctx context.Context, attempt func() error) error {
	pause := firstPause
	for tried := 0; ; tried++ {
		err := attempt()
		if _, ok := errors.AsType[again](err); !ok || tried == retries {
			return err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return err
		}
		pause *= 2
	}
}
