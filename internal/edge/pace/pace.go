// Package pace keeps callers of the services at the speed that the operator
// allows. It has them wait, and refuses only who would wait for too long:
// clients take a refusal for the end sooner than a late answer
// (docs/fidelity.md#rates).
package pace

import (
	"context"
	"hash/maphash"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/bellpull/bellpull/internal/fault"
)

// Mode is how strict an instance is.
type Mode string

// The modes.
const (
	Off     Mode = "off"     // nobody waits
	Relaxed Mode = "relaxed" // stops programs that went wild
	Strict  Mode = "strict"  // the rates that the service publishes
)

// rule is a rate for one operation, or for several that share it.
type rule struct {
	name     string     // of what shares the rate
	rate     rate.Limit // calls a second
	burst    int
	patience time.Duration // the longest that a call waits; what would wait longer is refused
	each     bool          // caller has a rate of their own; else it is the instance's
}

// Pacer keeps the rates of one service.
type Pacer struct {
	now   func() time.Time
	rules map[string]*rule // by operation
	other *rule            // of all other operations, each by its own name; nil is no limit

	mu      sync.Mutex
	buckets map[bucketKey]*bucket
}

// bucketKey says whose rate it is. A caller, who is not known yet and may claim to
// be anything, of whatever length, is a hash; 0 is the instance.
type bucketKey struct {
	rule   string
	caller uint64
}

var seed = maphash.MakeSeed()

type bucket struct {
	limit *rate.Limiter
	last  time.Time
}

// maxBuckets is how many rates are kept; those that nobody has used for a while
// are full again and go first.
const (
	maxBuckets = 50_000
	idleBucket = time.Minute
)

func newPacer(now func() time.Time, other *rule, rules map[string]*rule) *Pacer {
	return &Pacer{now: now, rules: rules, other: other, buckets: map[bucketKey]*bucket{}}
}

// Wait lets a call go on when its turn has come. It is refused as Throttled when
// that would take too long. A nil Pacer lets everything go on.
func (p *Pacer) Wait(ctx context.Context, operation, caller string) error {
	if p == nil {
		return nil
	}
	r := p.rules[operation]
	key := bucketKey{rule: operation}
	switch {
	case r == nil && p.other == nil:
		return nil
	case r == nil:
		r = p.other
	default:
		key.rule = r.name
	}
	if r.each {
		key.caller = maphash.String(seed, caller)
	}
	delay, ok := p.reserve(key, r)
	if !ok {
		return fault.Newf(fault.Throttled, "Rate exceeded")
	}
	if delay <= 0 {
		return nil
	}
	turn := time.NewTimer(delay)
	defer turn.Stop()
	select {
	case <-turn.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// reserve takes a turn and returns when it comes; ok is false where that is too
// late, and no turn is taken.
func (p *Pacer) reserve(key bucketKey, r *rule) (delay time.Duration, ok bool) {
	now := p.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.buckets[key]
	if b == nil {
		if len(p.buckets) >= maxBuckets {
			p.tidy(now)
		}
		b = &bucket{limit: rate.NewLimiter(r.rate, r.burst)}
		p.buckets[key] = b
	}
	b.last = now
	turn := b.limit.ReserveN(now, 1)
	if delay = turn.DelayFrom(now); delay > r.patience {
		turn.CancelAt(now)
		return 0, false
	}
	return delay, true
}

// tidy forgets what has not been used for a while, and everything if that is
// nothing. The mutex is held.
func (p *Pacer) tidy(now time.Time) {
	for key, b := range p.buckets {
		if now.Sub(b.last) > idleBucket {
			delete(p.buckets, key)
		}
	}
	if len(p.buckets) >= maxBuckets {
		clear(p.buckets)
	}
}
