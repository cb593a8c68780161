package startchat_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/config"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

// strict runs a test against a server as operators run it, in virtual time.
func strict(t *testing.T, change func(*config.StartChat), test func(*testing.T, *servertest.Server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := config.Default()
		change(&c.StartChat)
		test(t, servertest.Open(t, servertest.Options{Config: &c, Strict: true}))
	})
}

func start(srv *servertest.Server, header http.Header, body string) servertest.Answer {
	return srv.Do(http.MethodPost, "/start-chat", header, body)
}

func TestOriginsThatMayStartChats(t *testing.T) {
	shop := func(c *config.StartChat) { c.Origins = []string{"https://shop.example.org"} }
	strict(t, shop, func(t *testing.T, srv *servertest.Server) {
		for _, c := range []struct {
			origin, allowed string
			status          int
		}{
			{"https://shop.example.org", "https://shop.example.org", 200},
			{"https://evil.example.org", "", 403},
			{"https://shop.example.org.evil.example.org", "", 403},
			{"null", "", 403},
			{"", "", 403},
		} {
			header := http.Header{}
			if c.origin != "" {
				header["Origin"] = []string{c.origin}
			}
			a := start(srv, header, "{}")
			if got := a.Header.Get("Access-Control-Allow-Origin"); a.Status != c.status || got != c.allowed {
				t.Errorf("origin %q: got %d and allowed %q, want %d and %q", c.origin, a.Status, got, c.status, c.allowed)
			}
			if !json.Valid(a.Body) {
				t.Errorf("origin %q: body %s", c.origin, a.Body)
			}
			if a.Header.Get("Vary") != "Origin" {
				t.Errorf("origin %q: caches are not told", c.origin)
			}
		}
	})
}

// A page sets the attributes that it may set, and no other.
func TestAttributesOfPages(t *testing.T) {
	const body = `{"Attributes":{"tier":"gold","admin":"yes","n":7,"customerName":"Ada"}}`
	for name, c := range map[string]struct {
		allowed []string
		want    string
	}{
		"none by default": {nil, "customerName=Ada"},
		"those named":     {[]string{"tier", "n"}, "customerName=Ada n=7 tier=gold"},
		"all":             {[]string{"*"}, "admin=yes customerName=Ada n=7 tier=gold"},
	} {
		t.Run(name, func(t *testing.T) {
			strict(t, func(s *config.StartChat) { s.Attributes = c.allowed }, func(t *testing.T, srv *servertest.Server) {
				var out struct {
					Data struct{ StartChatResult struct{ ContactID string } }
				}
				start(srv, nil, body).Into(t, &out)
				got, err := srv.Centre().DescribeContact(t.Context(), seed.DevInstance, idOf(out.Data.StartChatResult.ContactID))
				if err != nil {
					t.Fatal(err)
				}
				if text := sorted(got.Attributes); text != c.want {
					t.Errorf("attributes %s, want %s", text, c.want)
				}
			})
		})
	}
}

func TestTooManyChats(t *testing.T) {
	few := func(c *config.StartChat) {
		c.PerAddress = config.Rate{Burst: 5, Interval: 10 * time.Second}
		c.PerSession = config.Rate{Burst: 2, Interval: time.Minute}
	}
	strict(t, few, func(t *testing.T, srv *servertest.Server) {
		session := http.Header{"X-Session-Id": {"s1"}}
		for range 2 {
			if a := start(srv, session, "{}"); a.Status != 200 {
				t.Fatalf("answer %d %s", a.Status, a.Body)
			}
		}
		a := start(srv, session, "{}")
		if a.Status != 429 || !strings.Contains(string(a.Body), "TooManyRequestsException") || !strings.Contains(string(a.Body), "1m0s") {
			t.Errorf("a third chat of the session: got %d %s", a.Status, a.Body)
		}
		for range 2 {
			if a := start(srv, nil, "{}"); a.Status != 200 {
				t.Errorf("without a session: got %d %s", a.Status, a.Body)
			}
		}
		if a := start(srv, http.Header{"Cookie": {"x-session-id=s2"}}, "{}"); a.Status != 429 {
			t.Errorf("a sixth of the address: got %d %s", a.Status, a.Body)
		}
		time.Sleep(10 * time.Second)
		if a := start(srv, http.Header{"Cookie": {"x-session-id=s2"}}, "{}"); a.Status != 200 {
			t.Errorf("after the interval: got %d %s", a.Status, a.Body)
		}
	})
}

func TestLongBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := servertest.New(t)
		a := start(srv, nil, `{"customerName":"`+strings.Repeat("x", 257)+`"}`)
		if a.Status != 400 || !json.Valid(a.Body) {
			t.Errorf("a name that is too long: got %d %s", a.Status, a.Body)
		}
	})
}

// FuzzBodies sends bodies of all kinds. Pages wait forever for an answer that
// is not JSON.
func FuzzBodies(f *testing.F) {
	for _, body := range []string{
		`{"InstanceId":"x","ContactFlowId":"y","ParticipantDetails":{"DisplayName":"Ada"},"Attributes":{"a":1},"ChatDurationInMinutes":60}`,
		`{"SupportedMessagingContentTypes":["text/plain","text/markdown"],"InitialMessage":{"ContentType":"text/plain","Content":"Hi"}}`,
		`{"PersistentChat":{"SourceContactId":"x","RehydrationType":"ENTIRE_PAST_SESSION"}}`,
		`{"customerName":"\ud800"}`, `{"Attributes":{"a":{"b":[1e9]}}}`, `{`, `[]`, `null`, ``, "\xff",
	} {
		f.Add(body)
	}
	srv := servertest.New(f)
	f.Fuzz(func(t *testing.T, body string) {
		a := start(srv.For(t), nil, body)
		var out struct {
			Data struct {
				StartChatResult *struct{ ContactID string }
				Error           *struct{ Message string }
			}
		}
		if err := json.Unmarshal(a.Body, &out); err != nil || a.Header.Get("Content-Type") != "application/json" {
			t.Fatalf("answer %s %q: %v", a.Header.Get("Content-Type"), a.Body, err)
		}
		switch {
		case a.Status == 200 && (out.Data.StartChatResult == nil || out.Data.StartChatResult.ContactID == ""),
			a.Status != 200 && (out.Data.Error == nil || out.Data.Error.Message == ""),
			a.Status >= 500:
			t.Errorf("answer %d %s", a.Status, a.Body)
		}
	})
}
