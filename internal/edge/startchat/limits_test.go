package startchat_test

import (
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/edge/awshttp"
	"github.com/bellpull/bellpull/internal/edge/ratelimit"
	"github.com/bellpull/bellpull/internal/edge/startchat"
)

func idOf(s string) contact.ID { return contact.ID(s) }

func sorted(m map[string]string) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, k+"="+m[k])
	}
	return strings.Join(out, " ")
}

// Whose chats are counted together: each case lets one through and asks whether
// the next one is counted with it.
func TestWhoIsCountedTogether(t *testing.T) {
	for _, c := range []struct {
		name          string
		proxies       int
		first, second string // remote address, or with a comma X-Forwarded-For and remote address
		together      bool
	}{
		{"one address, two ports", 0, "192.0.2.1:1000", "192.0.2.1:2000", true},
		{"two addresses", 0, "192.0.2.1:1000", "192.0.2.2:1000", false},
		{"one network of IPv6", 0, "[2001:db8:0:1::1]:1000", "[2001:db8:0:1:ffff::2]:1000", true},
		{"two networks of IPv6", 0, "[2001:db8:0:1::1]:1000", "[2001:db8:0:2::1]:1000", false},
		{"a header that nobody trusts", 0, "198.51.100.1,192.0.2.1:1000", "198.51.100.2,192.0.2.1:1000", true},
		{"behind a proxy", 1, "198.51.100.1,192.0.2.1:1000", "198.51.100.2,192.0.2.1:1000", false},
		{"behind a proxy, with a forged hop", 1, "203.0.113.1;198.51.100.1,192.0.2.1:1000", "203.0.113.2;198.51.100.1,192.0.2.1:1000", true},
		{"behind two proxies", 2, "198.51.100.1;192.0.2.9,192.0.2.1:1000", "198.51.100.2;192.0.2.9,192.0.2.1:1000", false},
		{"two proxies, and no header", 2, "192.0.2.1:1000", "192.0.2.1:2000", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := time.Now()
			b := startchat.New(startchat.Options{Limits: &startchat.Limits{
				PerAddress: ratelimit.New(ratelimit.Rate{Burst: 1, Interval: time.Hour}, func() time.Time { return now }), Proxies: c.proxies,
			}, Name: func(_ string, err error) awshttp.Failure { return awshttp.Failure{Status: 400, Message: err.Error()} }, Log: quiet()})
			limited := func(from string) bool {
				r := httptest.NewRequest(http.MethodPost, "/start-chat", strings.NewReader("no JSON"))
				hops, address, ok := strings.Cut(from, ",")
				if !ok {
					address = from
				} else {
					r.Header.Set("X-Forwarded-For", strings.ReplaceAll(hops, ";", ", "))
				}
				r.RemoteAddr = address
				w := httptest.NewRecorder()
				b.ServeHTTP(w, r)
				return w.Code == http.StatusTooManyRequests
			}
			if limited(c.first) {
				t.Fatal("the first chat is one too many")
			}
			if got := limited(c.second); got != c.together {
				t.Errorf("counted together: %v, want %v", got, c.together)
			}
		})
	}
}

// However many addresses there are, what is kept of them has an end, and who
// has just been counted is not forgotten for others who are long gone.
func TestManyAddresses(t *testing.T) {
	now := time.Now()
	b := startchat.New(startchat.Options{Limits: &startchat.Limits{
		PerAddress: ratelimit.New(ratelimit.Rate{Burst: 1, Interval: time.Minute}, func() time.Time { return now }),
	}, Name: func(_ string, err error) awshttp.Failure { return awshttp.Failure{Status: 400, Message: err.Error()} }, Log: quiet()})
	status := func(address string) int {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(""))
		r.RemoteAddr = address
		w := httptest.NewRecorder()
		b.ServeHTTP(w, r)
		return w.Code
	}
	for i := range 9_999 {
		status(fmt.Sprintf("10.0.%d.%d:1", i/256, i%256))
	}
	now = now.Add(2 * time.Minute)
	status("192.0.2.1:1")
	for i := range 20 {
		if got := status(fmt.Sprintf("10.9.0.%d:1", i)); got == http.StatusTooManyRequests {
			t.Fatalf("address %d is refused", i)
		}
	}
	if got := status("192.0.2.1:1"); got != http.StatusTooManyRequests {
		t.Errorf("who has just been counted gets %d", got)
	}
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
