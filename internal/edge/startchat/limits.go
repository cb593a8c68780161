package startchat

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limits say how often one address, and one browser session, may start a chat.
// A session is what the header X-Session-Id or the cookie of that name says;
// without one only the address counts. A nil *Limits limits nothing.
type Limits struct {
	PerAddress Rate
	PerSession Rate
	// Proxies is how many trusted proxies stand in front: the address is taken
	// from as far back in X-Forwarded-For.
	Proxies int
	Now     func() time.Time

	mu      sync.Mutex
	buckets map[string]*bucket
}

// Rate allows Burst at once and then one every Interval.
type Rate struct {
	Burst    int
	Interval time.Duration
}

type bucket struct {
	limit *rate.Limiter
	last  time.Time
}

// Idle buckets are full again and need not be kept; when many are held they
// are looked through.
const (
	maxBuckets = 10_000
	sessionTag = "x-session-id"
)

// take counts a request and returns how long the caller should wait, if at all.
func (l *Limits) take(r *http.Request) (wait time.Duration) {
	if l == nil {
		return 0
	}
	now := l.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.buckets == nil {
		l.buckets = map[string]*bucket{}
	}
	if len(l.buckets) >= maxBuckets {
		l.tidy(now)
	}
	wait = l.bucket("a:"+l.address(r), l.PerAddress, now)
	if wait == 0 {
		if s := sessionOf(r); s != "" {
			wait = l.bucket("s:"+s, l.PerSession, now)
		}
	}
	return wait
}

func (l *Limits) bucket(key string, allowed Rate, now time.Time) (wait time.Duration) {
	if allowed.Burst <= 0 {
		return 0
	}
	b := l.buckets[key]
	if b == nil {
		b = &bucket{limit: rate.NewLimiter(rate.Every(allowed.Interval), allowed.Burst)}
		l.buckets[key] = b
	}
	b.last = now
	res := b.limit.ReserveN(now, 1)
	if wait = res.DelayFrom(now); wait > 0 {
		res.CancelAt(now)
	}
	return wait
}

// tidy forgets buckets that have filled up again, and all if none has.
func (l *Limits) tidy(now time.Time) {
	for key, b := range l.buckets {
		full := time.Duration(l.PerAddress.Burst) * l.PerAddress.Interval
		if key[0] == 's' {
			full = time.Duration(l.PerSession.Burst) * l.PerSession.Interval
		}
		if now.Sub(b.last) > full {
			delete(l.buckets, key)
		}
	}
	if len(l.buckets) >= maxBuckets {
		clear(l.buckets)
	}
}

// address returns the caller's address, an IPv6 one by its network of 64 bits:
// a single caller has all of that.
func (l *Limits) address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	if l.Proxies > 0 {
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		if n := len(hops) - l.Proxies; n >= 0 {
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

func sessionOf(r *http.Request) string {
	if s := r.Header.Get(sessionTag); s != "" {
		return s
	}
	if c, err := r.Cookie(sessionTag); err == nil {
		return c.Value
	}
	return ""
}
