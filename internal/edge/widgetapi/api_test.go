package widgetapi_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/config"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/edge/widgetapi"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

const (
	shop   = "https://shop.example.org"
	secret = "ssssssssssssssssssssssssssssssssssssssssssss"
)

// strict runs a test against a server as operators run it, in virtual time, with
// one widget for the pages of a shop.
func strict(t *testing.T, change func(*directory.Widget, *config.Widget), test func(*testing.T, *servertest.Server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := config.Default()
		d := seed.Dev()
		w := &directory.Widget{ID: seed.DevWidget, Name: "Shop", Origins: []string{shop}, Secrets: []string{secret}}
		d.Widgets[w.ID] = w
		change(w, &c.Widget)
		test(t, servertest.Open(t, servertest.Options{Directory: d, Config: &c, Strict: true}))
	})
}

func unchanged(*directory.Widget, *config.Widget) {}

// ask asks for something of the shop's widget, from a page of an origin.
func ask(srv *servertest.Server, what, origin string) servertest.Answer {
	return srv.Do(http.MethodGet, "/widget/"+string(seed.DevWidget)+"/"+what, from(origin), "")
}

func start(srv *servertest.Server, origin, body string) servertest.Answer {
	return srv.Do(http.MethodPost, "/widget/"+string(seed.DevWidget)+"/start", from(origin), body)
}

func from(origin string) http.Header {
	if origin == "" {
		return nil
	}
	return http.Header{"Origin": {origin}}
}

// began is a chat that was started.
type began struct{ ContactID, ParticipantID, ParticipantToken string }

func mustStart(t *testing.T, srv *servertest.Server, body string) (b began, chat *contact.Chat) {
	t.Helper()
	a := start(srv, shop, body)
	if a.Status != http.StatusOK {
		t.Fatalf("start: %d %s", a.Status, a.Body)
	}
	a.Into(t, &b)
	chat, err := srv.Centre().Chat(t.Context(), contact.ID(b.ContactID))
	if err != nil {
		t.Fatal(err)
	}
	return b, chat
}

func TestWhatPagesAreTold(t *testing.T) {
	strict(t, func(w *directory.Widget, _ *config.Widget) {
		w.Look, w.ReplyTime, w.ContentTypes = `{"title":"Hi"}`, "soon", []string{contact.Markdown}
	}, func(t *testing.T, srv *servertest.Server) {
		a := ask(srv, "config", shop)
		var got, want map[string]any
		a.Into(t, &got)
		files, _ := got["attachments"].(map[string]any)
		if types, _ := files["types"].([]any); files["enabled"] != true || files["maxBytes"] != 20.*(1<<20) || !slices.Contains(types, any("image/png")) {
			t.Errorf("attachments: %v", files)
		}
		delete(got, "attachments")
		if err := json.Unmarshal([]byte(`{"id":"b3110000-0000-4000-8000-00000000d101","name":"Shop","signed":false,"persistent":false,
			"contentTypes":["text/plain","text/markdown"],"open":true,"opensAt":null,"replyTime":"soon","challenge":false,
			"look":{"title":"Hi"}}`), &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("config (-want +got):\n%s", diff)
		}
		if got := a.Header.Get("Access-Control-Allow-Origin"); got != "*" {
			t.Errorf("pages of %q may read it", got)
		}
		if a := srv.Do(http.MethodOptions, "/widget/x/start", from("https://any.test"), ""); a.Status != http.StatusNoContent || a.Header.Get("Access-Control-Allow-Headers") != "content-type" {
			t.Errorf("preflight: %d %v", a.Status, a.Header)
		}
	})
}

func TestAClosedWidgetSaysWhenItOpens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := seed.Dev()
		d.Widgets[seed.DevWidget].Hours = "h"
		day := time.Now().UTC().AddDate(0, 0, 1)
		d.Hours["h"] = &directory.Hours{ID: "h", TimeZone: "UTC", Periods: []directory.Period{{Day: day.Weekday(), Start: 9 * 60, End: 17 * 60}}}
		srv := servertest.Open(t, servertest.Options{Directory: d})
		var out struct {
			Open    bool
			OpensAt *time.Time
		}
		ask(srv, "config", "").Into(t, &out)
		opens := time.Date(day.Year(), day.Month(), day.Day(), 9, 0, 0, 0, time.UTC)
		if out.Open || out.OpensAt == nil || !out.OpensAt.Equal(opens) {
			t.Errorf("open %v, opens at %v, want %v", out.Open, out.OpensAt, opens)
		}
		time.Sleep(time.Until(opens))
		ask(srv, "config", "").Into(t, &out)
		if !out.Open || out.OpensAt != nil {
			t.Errorf("then: open %v, opens at %v", out.Open, out.OpensAt)
		}
	})
}

func TestPagesThatMayStartChats(t *testing.T) {
	strict(t, unchanged, func(t *testing.T, srv *servertest.Server) {
		for origin, want := range map[string]int{
			shop:                         http.StatusOK,
			"http://127.0.0.1:2355":      http.StatusOK, // the server's own
			"http://localhost:2355":      http.StatusOK,
			"http://localhost:9999":      http.StatusForbidden,
			"https://elsewhere.test":     http.StatusForbidden,
			"null":                       http.StatusForbidden,
			"":                           http.StatusForbidden,
			"https://shop.example.org:1": http.StatusForbidden,
		} {
			a := start(srv, origin, "{}")
			if a.Status != want || want == http.StatusForbidden && a.ErrorType() != "AccessDeniedException" {
				t.Errorf("a page of %q: %d %s", origin, a.Status, a.Body)
			}
			if want == http.StatusOK || origin == "" {
				continue
			}
			if a := ask(srv, "config", origin); a.Status != http.StatusForbidden {
				t.Errorf("a page of %q reads the configuration: %d", origin, a.Status)
			}
		}
	})
}

func TestWhatAStartSays(t *testing.T) {
	strict(t, func(w *directory.Widget, _ *config.Widget) {
		w.ContentTypes, w.Duration = []string{contact.Markdown, contact.Interactive}, 2*time.Hour
	}, func(t *testing.T, srv *servertest.Server) {
		claims := fmt.Sprintf(`{"sub":"%s","iat":%d,"exp":%d,"customerId":"c-7","attributes":{"plan":"gold"}}`, seed.DevWidget, time.Now().Unix(), time.Now().Unix()+600)
		b, chat := mustStart(t, srv, fmt.Sprintf(`{"displayName":" \u202eAda\u0007 ","attributes":{"page":"/cart","plan":"none"},"token":"%s",
			"customerId":"c-8","contentTypes":["text/markdown"],"durationMinutes":600}`, widgetapi.JWT(claims, secret)))
		if diff := cmp.Diff(map[string]string{"HostedWidget-page": "/cart", "HostedWidget-plan": "none", "plan": "gold"}, chat.Attributes); diff != "" {
			t.Errorf("attributes:\n%s", diff)
		}
		if p := chat.Participants[0]; p.Name != "Ada" || string(p.ID) != b.ParticipantID || chat.CustomerID != "c-7" {
			t.Errorf("the customer is %+v of %q", p, chat.CustomerID)
		}
		if diff := cmp.Diff([]string{contact.PlainText, contact.Markdown}, chat.ContentTypes); diff != "" || chat.Expires.Sub(chat.Started) != 2*time.Hour {
			t.Errorf("it takes %v for %v", chat.ContentTypes, chat.Expires.Sub(chat.Started))
		}
		_, plain := mustStart(t, srv, `{}`)
		if plain.Participants[0].Name != "Customer" || len(plain.ContentTypes) != 3 {
			t.Errorf("a start that says nothing: %+v", plain)
		}
		for body, want := range map[string]string{
			`[]`:                         "ValidationException",
			`{"attributes":{"n":7}}`:     "ValidationException",
			`{"attributes":{"a b":"x"}}`: "ValidationException",
			`{"durationMinutes":5}`:      "ValidationException",
			`{"clientToken":"short"}`:    "ValidationException",
			`{"token":"no token"}`:       "AccessDeniedException",
			`{"displayName":"` + strings.Repeat("x", 257) + `"}`:                        "ValidationException",
			`{"attributes":{"a":"` + strings.Repeat("x", contact.MaxAttributes) + `"}}`: "ValidationException",
		} {
			if a := start(srv, "http://127.0.0.1:2355", body); a.ErrorType() != want {
				t.Errorf("%.60s: %d %s", body, a.Status, a.Body)
			}
			time.Sleep(10 * time.Second) // within the rate
		}
	})
}

func TestTheSameClientTokenIsTheSameChat(t *testing.T) {
	strict(t, unchanged, func(t *testing.T, srv *servertest.Server) {
		const body = `{"clientToken":"0123456789abcdef"}`
		one, _ := mustStart(t, srv, body)
		two, _ := mustStart(t, srv, body)
		other, _ := mustStart(t, srv, `{"clientToken":"0123456789abcdeg"}`)
		if one.ContactID != two.ContactID || one.ContactID == other.ContactID {
			t.Errorf("chats %s, %s and %s", one.ContactID, two.ContactID, other.ContactID)
		}
	})
}

func TestASignedWidgetNeedsAToken(t *testing.T) {
	strict(t, func(w *directory.Widget, _ *config.Widget) { w.Signed = true }, func(t *testing.T, srv *servertest.Server) {
		if a := start(srv, shop, `{}`); a.Status != http.StatusForbidden {
			t.Errorf("without: %d %s", a.Status, a.Body)
		}
		claims := fmt.Sprintf(`{"sub":"%s","iat":%d,"exp":%d}`, seed.DevWidget, time.Now().Unix(), time.Now().Unix()+60)
		token := widgetapi.JWT(claims, secret)
		mustStart(t, srv, `{"token":"`+token+`"}`)
		mustStart(t, srv, `{"token":"`+token+`"}`) // as often as one likes while it is good
		time.Sleep(2 * time.Minute)
		if a := start(srv, shop, `{"token":"`+token+`"}`); a.Status != http.StatusForbidden {
			t.Errorf("later: %d %s", a.Status, a.Body)
		}
	})
}

func TestAPersistentWidgetGoesOnFromTheLastChat(t *testing.T) {
	const mine, other = "11111111-2222-4333-8444-555555555555", "11111111-2222-4333-8444-666666666666"
	strict(t, func(w *directory.Widget, _ *config.Widget) { w.Persistent = true }, func(t *testing.T, srv *servertest.Server) {
		claims := fmt.Sprintf(`{"sub":"%s","iat":%d,"exp":%d,"customerId":%q}`, seed.DevWidget, time.Now().Unix(), time.Now().Unix()+600, mine)
		first, chat := mustStart(t, srv, `{"customerId":"`+mine+`"}`)
		if len(chat.Past) != 0 || chat.CustomerID == "" || strings.Contains(chat.CustomerID, mine) {
			t.Errorf("the first of %q goes on from %v", chat.CustomerID, chat.Past)
		}
		if _, chat := mustStart(t, srv, `{"customerId":"`+mine+`"}`); len(chat.Past) != 0 {
			t.Errorf("while the first goes on, the next goes on from %v", chat.Past)
		}
		time.Sleep(contact.ConnectLimit + time.Second) // nobody came
		synctest.Wait()
		second, chat := mustStart(t, srv, `{"customerId":"`+mine+`"}`)
		if len(chat.Past) != 1 || chat.Past[0].Chat == contact.ID(second.ContactID) {
			t.Errorf("after %s it goes on from %v", first.ContactID, chat.Past)
		}
		for name, body := range map[string]string{
			"another customer":          `{"customerId":"` + other + `"}`,
			"nobody":                    `{}`,
			"whom the site vouches for": `{"token":"` + widgetapi.JWT(claims, secret) + `"}`,
			"both":                      `{"customerId":"` + mine + `","token":"` + widgetapi.JWT(claims, secret) + `"}`,
		} {
			if _, chat := mustStart(t, srv, body); len(chat.Past) != 0 {
				t.Errorf("a chat of %s goes on from %v", name, chat.Past)
			}
		}
		if a := start(srv, shop, `{"customerId":"ada@example.org"}`); a.ErrorType() != "ValidationException" {
			t.Errorf("a name that others know: %d %s", a.Status, a.Body)
		}
	})
}

func TestWhoStartsManyChatsIsSlowedDown(t *testing.T) {
	strict(t, func(_ *directory.Widget, c *config.Widget) {
		c.PerAddress = config.Rate{Burst: 2, Interval: 10 * time.Second}
	}, func(t *testing.T, srv *servertest.Server) {
		mustStart(t, srv, `{}`)
		mustStart(t, srv, `{}`)
		a := start(srv, shop, `{}`)
		if a.Status != http.StatusTooManyRequests || a.ErrorType() != "ThrottlingException" || a.Header.Get("Retry-After") != "10" {
			t.Fatalf("the third: %d %s, again after %q", a.Status, a.Body, a.Header.Get("Retry-After"))
		}
		time.Sleep(10 * time.Second)
		mustStart(t, srv, `{}`)
	})
	strict(t, func(_ *directory.Widget, c *config.Widget) {
		c.PerWidget = config.Rate{Burst: 1, Interval: time.Hour}
	}, func(t *testing.T, srv *servertest.Server) {
		mustStart(t, srv, `{}`)
		if a := start(srv, shop, `{}`); a.Header.Get("Retry-After") != "3600" {
			t.Errorf("the widget's second: %d, again after %q", a.Status, a.Header.Get("Retry-After"))
		}
	})
}

func TestWorkBeforeAStart(t *testing.T) {
	const difficulty = 6
	strict(t, func(_ *directory.Widget, c *config.Widget) { c.Difficulty = difficulty }, func(t *testing.T, srv *servertest.Server) {
		solve := func() string {
			var out struct {
				Challenge  string
				Difficulty int
			}
			ask(srv, "challenge", shop).Into(t, &out)
			for n := 0; ; n++ {
				if proof := out.Challenge + ":" + strconv.Itoa(n); widgetapi.Zeros(proof) >= out.Difficulty {
					return proof
				}
			}
		}
		body := func(proof, clientToken string) string {
			return fmt.Sprintf(`{"proof":%q,"clientToken":%q}`, proof, clientToken)
		}
		refused := func(what, proof, clientToken string) {
			t.Helper()
			if a := start(srv, shop, body(proof, clientToken)); a.Status != http.StatusForbidden {
				t.Errorf("%s: %d %s", what, a.Status, a.Body)
			}
		}
		proof := solve()
		mustStart(t, srv, body(proof, "0123456789abcdef"))
		mustStart(t, srv, body(proof, "0123456789abcdef")) // the same start again
		refused("the same work for another start", proof, "another-start-of-one")
		refused("no work", "", "")
		refused("no solution", "abc:1", "")
		late := solve()
		time.Sleep(6 * time.Minute)
		refused("work that took too long", late, "")
		mustStart(t, srv, body(solve(), ""))
	})
}

func TestSomebodyApprovesStarts(t *testing.T) {
	var told struct{ WidgetID, Origin, Captcha string }
	answer := `{"approved":true}`
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(&told); err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(hook.Close)
	c := config.Default()
	c.Widget.Approve.URL, c.Callouts.AllowPrivate = hook.URL, true
	srv := servertest.Open(t, servertest.Options{Config: &c, Strict: true})
	for _, step := range []struct {
		answer string
		status int
	}{{`{"approved":true}`, http.StatusOK}, {`{"approved":false}`, http.StatusForbidden}, {`{}`, http.StatusTooManyRequests}, {`no`, http.StatusTooManyRequests}} {
		answer = step.answer
		if a := start(srv, shop, `{"captcha":"I am"}`); a.Status != step.status {
			t.Errorf("answer %s: %d %s", step.answer, a.Status, a.Body)
		}
	}
	if told.WidgetID != string(seed.DevWidget) || told.Origin != shop || told.Captcha != "I am" {
		t.Errorf("who approves was told %+v", told)
	}
}

func TestWhatIsNotThere(t *testing.T) {
	strict(t, unchanged, func(t *testing.T, srv *servertest.Server) {
		for _, path := range []string{"/widget/", "/widget/x", "/widget/x/config", "/widget/" + string(seed.DevWidget) + "/else", "/widget/" + string(seed.DevWidget) + "/config/more"} {
			if a := srv.Do(http.MethodGet, path, nil, ""); a.Status != http.StatusNotFound || a.ErrorType() != "ResourceNotFoundException" {
				t.Errorf("%s: %d %s", path, a.Status, a.Body)
			}
		}
		if a := ask(srv, "start", shop); a.Status != http.StatusMethodNotAllowed || a.Header.Get("Allow") != "POST, OPTIONS" {
			t.Errorf("GET of start: %d", a.Status)
		}
	})
}
