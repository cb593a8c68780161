// Package ratelimit slows down callers of the doors that anybody may knock at.
package ratelimit

import (
	"hash/maphash"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Rate allows Burst at once and then one every Interval; Burst 0 is no limit.
type Rate struct {
	Burst    int
	Interval time.Duration
}

// Limiter keeps a Rate for each key. A nil *Limiter limits nothing.
type Limiter struct {
	rate Rate
	now  func() time.Time

	mu      sync.Mutex
	buckets map[uint64]*bucket // by the hashes of keys, which may be of any length
}

var seed = maphash.MakeSeed()

type bucket struct {
	limit *rate.Limiter
	last  time.Time
}

// Idle buckets are full again and need not be kept; when many are held they
// are looked through.
const maxBuckets = 10_000

// New returns a limiter.
func New(r Rate, now func() time.Time) *Limiter {
	return &Limiter{rate: r, now: now, buckets: map[uint64]*bucket{}}
}

// Take counts a call by key and returns how long the caller should wait, if at
// all. A call that is told to wait does not count.
func (l *Limiter) Take(key string) (wait time.Duration) {
	if l == nil || l.rate.Burst <= 0 {
		return 0
	}
	now, hash := l.now(), maphash.String(seed, key)
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.buckets[hash]
	if b == nil {
		if len(l.buckets) >= maxBuckets {
			l.tidy(now)
		}
		b = &bucket{limit: rate.NewLimiter(rate.Every(l.rate.Interval), l.rate.Burst)}
		l.buckets[hash] = b
	}
	b.last = now
	res := b.limit.ReserveN(now, 1)
	if wait = res.DelayFrom(now); wait > 0 {
		res.CancelAt(now)
	}
	return wait
}

// Forget gives a key its whole burst again.
func (l *Limiter) Forget(key string) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.buckets, maphash.String(seed, key))
}

// tidy forgets buckets that have filled up again, and all if none has.
func (l *Limiter) tidy(now time.Time) {
	full := time.Duration(l.rate.Burst) * l.rate.Interval
	for key, b := range l.buckets {
		if now.Sub(b.last) > full {
			delete(l.buckets, key)
		}
	}
	if len(l.buckets) >= maxBuckets {
		clear(l.buckets)
	}
}

// Address returns the caller's address, an IPv6 one by its network of 64 bits:
// a single caller has all of that. With proxies in front it is taken from as
// far back in X-Forwarded-For.
func Address(r *http.Request, proxies int) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	if proxies > 0 {
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		if n := len(hops) - proxies; n >= 0 {
			host = strings.TrimSpace(hops[n])
		}
	}
	if a, err := netip.ParseAddr(host); err == nil && a.Is6() && !a.Is4In6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return host
}
