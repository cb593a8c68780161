package startchat

import (
	"net/http"
	"time"

	"github.com/bellpull/bellpull/internal/edge/ratelimit"
)

// Limits say how often one address, and one browser session, may start a chat.
// A session is what the header X-Session-Id or the cookie of that name says;
// without one only the address counts. A nil *Limits limits nothing.
type Limits struct {
	PerAddress, PerSession *ratelimit.Limiter
	// Proxies is how many trusted proxies stand in front.
	Proxies int
}

const sessionTag = "x-session-id"

// take counts a request and returns how long the caller should wait, if at all.
func (l *Limits) take(r *http.Request) (wait time.Duration) {
	if l == nil {
		return 0
	}
	if wait = l.PerAddress.Take(ratelimit.Address(r, l.Proxies)); wait > 0 {
		return wait
	}
	if s := sessionOf(r); s != "" {
		wait = l.PerSession.Take(s)
	}
	return wait
}

// maxSession is the longest name of a session that is told from others, in
// bytes.
const maxSession = 128

func sessionOf(r *http.Request) string {
	s := r.Header.Get(sessionTag)
	if s == "" {
		if c, err := r.Cookie(sessionTag); err == nil {
			s = c.Value
		}
	}
	return s[:min(len(s), maxSession)]
}
