package server_test

import (
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/config"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

// A33, A32: one client looks for the error's name in a header of exactly this
// spelling, others in the body.
func TestSpellingOfTheErrorHeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := servertest.New(t)
		raw := srv.Raw("POST /participant/message HTTP/1.1\r\nHost: x\r\nX-Amz-Bearer: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
		head, body, _ := strings.Cut(raw, "\r\n\r\n")
		if !strings.HasPrefix(head, "HTTP/1.1 403 ") {
			t.Errorf("status line %.30q", head)
		}
		for _, want := range []string{"\r\nx-amzn-ErrorType: AccessDeniedException\r\n", "\r\nx-amzn-RequestId: ", "\r\nContent-Type: application/json\r\n", "\r\nDate: "} {
			if !strings.Contains(head+"\r\n", want) {
				t.Errorf("the head has no %q:\n%s", want, head)
			}
		}
		var b struct {
			Type    string `json:"__type"`
			Message string `json:"message"`
		}
		if err := json.Unmarshal([]byte(body), &b); err != nil || b.Type != "AccessDeniedException" || b.Message == "" {
			t.Errorf("body %s: %v", body, err)
		}
	})
}

// Only bellpull dev opens its door to everybody.
func TestStrictServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := servertest.Open(t, servertest.Options{Strict: true})
		for name, header := range map[string]http.Header{"no signature": nil, "a signature of an unknown key": servertest.Signed()} {
			a := srv.Do("PUT", "/contact/chat", header, "{}")
			if a.Status != 403 {
				t.Errorf("%s: got %d %s", name, a.Status, a.Body)
			}
		}
		a := srv.Do("GET", "/demo/config.json", nil, "")
		if a.Status != 200 || strings.Contains(string(a.Body), "rings-twice") {
			t.Errorf("the demo pages are told %d %s", a.Status, a.Body)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		a := servertest.New(t).Do("GET", "/demo/config.json", nil, "")
		if a.Status != 200 || !strings.Contains(string(a.Body), "ana-rings-twice") || !strings.Contains(string(a.Body), string(seed.DevFlow)) {
			t.Errorf("the demo pages of a dev server are told %d %s", a.Status, a.Body)
		}
	})
}

func TestDoorsForOperators(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := servertest.New(t)
		srv.StartChat("Ada")
		for _, c := range []struct {
			method, path string
			status       int
			has          string
		}{
			{"GET", "/healthz", 200, "ok"},
			{"GET", "/readyz", 200, "ok"},
			{"GET", "/metrics", 200, "bellpull_sockets 1"},
			{"GET", "/metrics", 200, `bellpull_queue_contacts{instance="` + string(seed.DevInstance) + `",name="BasicQueue",queue="` + string(seed.DevQueue) + `"} `},
			{"GET", "/metrics", 200, `bellpull_request_seconds_count{operation="StartChatContact",service="connect",status="200"} 1`},
			{"GET", "/nowhere", 404, "UnknownOperationException"},
			{"POST", "/participant/nowhere", 404, "UnknownOperationException"},
			{"GET", "/ws", 400, "this is the address of a WebSocket"},
		} {
			a := srv.Do(c.method, c.path, nil, "")
			if a.Status != c.status || !strings.Contains(string(a.Body), c.has) {
				t.Errorf("%s %s: got %d %.300s, want %d and %s", c.method, c.path, a.Status, a.Body, c.status, c.has)
			}
		}
	})
}

// When the instance is full further chats are refused, in a way that is not
// taken for a passing trouble, until one ends.
func TestTooManyActiveChats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := config.Default()
		c.MaxActiveChats = 2
		srv := servertest.Open(t, servertest.Options{Config: &c})
		body := `{"InstanceId":"` + string(seed.DevInstance) + `","ContactFlowId":"` + string(seed.DevFlow) + `","ParticipantDetails":{"DisplayName":"Ada"}}`
		first := srv.StartChat("Ada")
		tokened := strings.Replace(body, "{", `{"ClientToken":"t1",`, 1)
		second := srv.Call("PUT", "/contact/chat", tokened, nil)
		if a := srv.Call("PUT", "/contact/chat", tokened, nil); a.Status != 200 || !strings.Contains(string(a.Body), contactIn(second)) {
			t.Errorf("the second chat is %d %s, when it is asked for again %d %s", second.Status, second.Body, a.Status, a.Body)
		}
		a := srv.Call("PUT", "/contact/chat", body, nil)
		if a.Status != 429 || a.ErrorType() != "LimitExceededException" {
			t.Errorf("a third chat: got %d %s", a.Status, a.Body)
		}
		first.Leave()
		if a := srv.Call("PUT", "/contact/chat", body, nil); a.Status != 200 {
			t.Errorf("after one has ended: got %d %s", a.Status, a.Body)
		}
		time.Sleep(5 * time.Minute) // nobody connected to the other
		synctest.Wait()
		srv.NewChat("Eve")
	})
}

// contactIn returns the contact that an answer tells of.
func contactIn(a servertest.Answer) string {
	var out struct{ ContactID string }
	if json.Unmarshal(a.Body, &out) != nil || out.ContactID == "" {
		return "no contact"
	}
	return out.ContactID
}

// Requests that make something make it once, also when the server has been
// away in between and when they come at the same time.
func TestClientTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := servertest.New(t)
		ada := srv.StartChat("Ada")
		in := map[string]string{"ContentType": "text/plain", "Content": "once", "ClientToken": "t1"}
		answers := make(chan string, 8)
		for range cap(answers) {
			go func() { answers <- string(ada.Do("message", in).Body) }()
		}
		first := <-answers
		for range cap(answers) - 1 {
			if got := <-answers; got != first {
				t.Errorf("one answer is %s, another %s", first, got)
			}
		}
		in2 := map[string]string{"ContentType": "text/plain", "Content": "twice", "ClientToken": "t2"}
		second := string(ada.Do("message", in2).Body)
		srv.Restart()
		if got := string(ada.Do("message", in2).Body); got != second {
			t.Errorf("after a restart the answer is %s, before it was %s", got, second)
		}
		count := 0
		for _, it := range ada.Transcript() {
			if it.Content == "twice" {
				count++
			}
		}
		if count != 1 {
			t.Errorf("the message is there %d times", count)
		}
	})
}

// Leaving is harmless when it is repeated, also after a restart.
func TestLeavingTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := servertest.New(t)
		ada := srv.StartChat("Ada")
		for i := range 3 {
			if a := ada.Do("disconnect", map[string]string{"ClientToken": "bye"}); a.Status != 200 || string(a.Body) != "{}" {
				t.Errorf("time %d: got %d %s", i+1, a.Status, a.Body)
			}
			if i == 1 {
				srv.Restart()
			}
		}
	})
}

func TestURLOf(t *testing.T) {
	for addr, want := range map[string]string{
		"127.0.0.1:80":    "http://127.0.0.1:80",
		"0.0.0.0:8080":    "http://127.0.0.1:8080",
		"[::]:8080":       "http://127.0.0.1:8080",
		"[::1]:8080":      "http://[::1]:8080",
		"192.0.2.1:65535": "http://192.0.2.1:65535",
	} {
		a, err := net.ResolveTCPAddr("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		if got := server.URLOf(a); got != want {
			t.Errorf("%s: got %s, want %s", addr, got, want)
		}
	}
}
