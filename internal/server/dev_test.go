package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/config"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server"
	"github.com/bellpull/bellpull/internal/store"
	"github.com/bellpull/bellpull/internal/store/embedded"
)

// devDoor is a running bellpull dev.
type devDoor struct {
	t   *testing.T
	url string
}

func startDev(t *testing.T) *devDoor {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	d, err := server.NewDev(t.Context(), server.DevOptions{
		Options: server.Options{
			Config: config.Default(), Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
			WallClock: time.Now, IDs: contact.NewIDs(), URL: server.URLOf(l.Addr()),
		},
		Directories: []*directory.Directory{seed.Dev()},
		Open: func(ctx context.Context, fresh bool) (store.Store, error) {
			if fresh {
				if err := embedded.Remove(dir); err != nil {
					return nil, err
				}
			}
			return embedded.Open(ctx, embedded.Options{Path: dir, Sync: embedded.Normal})
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("the end: %v", err)
		}
	})
	return &devDoor{t, server.URLOf(l.Addr())}
}

// call sends JSON and decodes the answer, if out is given.
func (d *devDoor) call(method, path, bearer, body string, out any) (status int) {
	req, err := http.NewRequest(method, d.url+path, bytes.NewBufferString(body))
	if err != nil {
		d.t.Fatal(err)
	}
	if bearer != "" {
		req.Header.Set("X-Amz-Bearer", bearer)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	answer, _ := io.ReadAll(res.Body) // what was cut off is no JSON
	_ = res.Body.Close()
	if out != nil && json.Unmarshal(answer, out) != nil {
		d.t.Errorf("%s %s answered %d %s", method, path, res.StatusCode, answer)
	}
	return res.StatusCode
}

// chat starts a chat and returns its id and the customer's connection token.
func (d *devDoor) chat() (id, token string) {
	var started struct {
		Data struct {
			StartChatResult struct{ ContactID, ParticipantToken string } `json:"startChatResult"`
		}
	}
	d.call("POST", "/start-chat", "", "{}", &started)
	res := started.Data.StartChatResult
	var conn struct {
		ConnectionCredentials struct{ ConnectionToken string }
	}
	d.call("POST", "/participant/connection", res.ParticipantToken, `{"Type":["CONNECTION_CREDENTIALS"]}`, &conn)
	return res.ContactID, conn.ConnectionCredentials.ConnectionToken
}

const hello = `{"ContentType":"text/plain","Content":"Hello","ClientToken":"1"}`

func TestDevClockMakesTimersFire(t *testing.T) {
	d := startDev(t)
	id, token := d.chat()
	if got := d.call("POST", "/_bellpull/clock", "", `{"advance":"4m59s"}`, nil); got != 200 {
		t.Fatalf("advance: %d", got)
	}
	if got := d.call("POST", "/participant/transcript", token, "{}", nil); got != 200 {
		t.Errorf("before five minutes are over: %d", got)
	}
	d.call("POST", "/_bellpull/clock", "", `{"advance":"2s"}`, nil)
	var seen struct {
		Chat struct{ Phase, Reason string }
	}
	for deadline := time.Now().Add(time.Minute); seen.Chat.Phase != "ended" && time.Now().Before(deadline); {
		d.call("GET", "/_bellpull/contacts/"+id, "", "", &seen)
	}
	if got, want := seen.Chat.Reason, "CUSTOMER_CONNECTION_NOT_ESTABLISHED"; got != want {
		t.Errorf("after five minutes: reason %q, want %q", got, want)
	}
	for _, bad := range []string{`{"advance":"-1s"}`, `{"advance":"soon"}`, `{"advance":"500h"}`, `{`} {
		if got := d.call("POST", "/_bellpull/clock", "", bad, nil); got != 400 {
			t.Errorf("advance by %s: %d, want 400", bad, got)
		}
	}
}

func TestDevShowsEvents(t *testing.T) {
	d := startDev(t)
	first, _ := d.chat()
	second, _ := d.chat()
	type page struct {
		Events []struct {
			Number int64
			Kind   string
			Body   struct {
				Detail struct{ EventType, ContactID string }
			}
		}
	}
	var all page
	for deadline := time.Now().Add(time.Minute); len(all.Events) < 2 && time.Now().Before(deadline); {
		all = page{}
		d.call("GET", "/_bellpull/events", "", "", &all)
	}
	if len(all.Events) != 2 {
		t.Fatalf("two chats that nobody has connected to have %d events, want 2", len(all.Events))
	}
	for i, id := range []string{first, second} {
		if e := all.Events[i]; e.Kind != "contact-event" || e.Body.Detail.EventType != "INITIATED" || e.Body.Detail.ContactID != id {
			t.Errorf("event %d is %+v", i, e)
		}
	}
	var rest page
	d.call("GET", "/_bellpull/events?after="+strconv.FormatInt(all.Events[0].Number, 10), "", "", &rest)
	if len(rest.Events) != 1 || rest.Events[0].Number != all.Events[1].Number {
		t.Errorf("after the first one come %+v", rest.Events)
	}
	if got := d.call("GET", "/_bellpull/events?after=soon", "", "", nil); got != 400 {
		t.Errorf("after something that is no number: %d, want 400", got)
	}
	d.call("POST", "/_bellpull/reset", "", "", nil)
	d.call("GET", "/_bellpull/events", "", "", &rest)
	if len(rest.Events) != 0 {
		t.Errorf("after a reset there are %d events", len(rest.Events))
	}
}

func TestDevFaults(t *testing.T) {
	d := startDev(t)
	_, token := d.chat()
	send := func() int { return d.call("POST", "/participant/message", token, hello, nil) }
	ask := func(rule string) {
		t.Helper()
		if got := d.call("POST", "/_bellpull/faults", "", rule, nil); got != 200 {
			t.Fatalf("fault %s: %d", rule, got)
		}
	}
	ask(`{"operation":"SendMessage","times":2,"status":429,"type":"ThrottlingException"}`)
	if got := d.call("OPTIONS", "/participant/message", "", "", nil); got != 204 {
		t.Errorf("a preflight is answered %d, want 204", got)
	}
	for i, want := range []int{429, 429, 200} {
		if got := send(); got != want {
			t.Errorf("message %d: %d, want %d", i+1, got, want)
		}
	}
	ask(`{"operation":"GetTranscript","drop":true,"after":true}`)
	if got := d.call("POST", "/participant/transcript", token, "{}", nil); got != 0 {
		t.Errorf("a dropped request was answered %d", got)
	}
	ask(`{"operation":"SendEvent","delay":"50ms"}`)
	began := time.Now()
	d.call("POST", "/participant/event", token, `{"ContentType":"application/vnd.amazonaws.connect.event.typing"}`, nil)
	if took := time.Since(began); took < 50*time.Millisecond {
		t.Errorf("a delayed request took %v", took)
	}
	ask(`{"operation":"*","status":500}`)
	var waiting []struct{ Operation string }
	if d.call("GET", "/_bellpull/faults", "", "", &waiting); len(waiting) != 1 {
		t.Errorf("faults that wait: %v", waiting)
	}
	d.call("DELETE", "/_bellpull/faults", "", "", nil)
	if got := send(); got != 200 {
		t.Errorf("without faults: %d", got)
	}
	for _, bad := range []string{
		`{}`, `{"operation":"SendMessage"}`, `{"operation":"SendLetter","drop":true}`, `{"operation":"*","status":200}`,
		`{"operation":"*","drop":true,"times":-1}`, `{"operation":"*","delay":"soon"}`, `{"operation":"*","delay":"1s","after":true}`,
	} {
		if got := d.call("POST", "/_bellpull/faults", "", bad, nil); got != 400 {
			t.Errorf("fault %s: %d, want 400", bad, got)
		}
	}
}

// A message whose answer is lost is there once, however often it is repeated.
func TestDevFaultAfterTheWork(t *testing.T) {
	d := startDev(t)
	_, token := d.chat()
	if got := d.call("POST", "/_bellpull/faults", "", `{"operation":"SendMessage","drop":true,"after":true}`, nil); got != 200 {
		t.Fatal(got)
	}
	if got := d.call("POST", "/participant/message", token, hello, nil); got != 0 {
		t.Fatalf("answered %d", got)
	}
	if got := d.call("POST", "/participant/message", token, hello, nil); got != 200 {
		t.Fatalf("the repeat: %d", got)
	}
	var page struct{ Transcript []struct{ Content string } }
	d.call("POST", "/participant/transcript", token, `{"MaxResults":100}`, &page)
	n := 0
	for _, it := range page.Transcript {
		if it.Content == "Hello" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("the message is there %d times", n)
	}
}

// A reset forgets everything, and nobody is answered by a failure meanwhile.
func TestDevReset(t *testing.T) {
	d := startDev(t)
	id, old := d.chat()
	stop := make(chan struct{})
	var busy sync.WaitGroup
	for range 4 {
		busy.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if got := d.call("POST", "/start-chat", "", "{}", nil); got != 200 {
					t.Errorf("start a chat during resets: %d", got)
				}
			}
		})
	}
	for range 10 {
		if got := d.call("POST", "/_bellpull/reset", "", "", nil); got != 200 {
			t.Errorf("reset: %d", got)
		}
	}
	close(stop)
	busy.Wait()
	if got := d.call("GET", "/_bellpull/contacts/"+id, "", "", nil); got != 404 {
		t.Errorf("a chat from before the reset: %d, want 404", got)
	}
	if got := d.call("POST", "/participant/message", old, hello, nil); got != 403 {
		t.Errorf("a token from before the reset: %d, want 403", got)
	}
	var seen struct {
		Instances []struct{ Agents []any }
	}
	d.call("GET", "/_bellpull/inspect", "", "", &seen)
	if len(seen.Instances) != 1 || len(seen.Instances[0].Agents) != 2 {
		t.Errorf("after the reset: %+v", seen)
	}
}

func TestDevSeed(t *testing.T) {
	d := startDev(t)
	if got := d.call("POST", "/_bellpull/seed", "", "queues:\n- {name: Sales}\nrouting_profiles:\n- {name: All, chat_concurrency: 2, queues: [{queue: Sales}]}\nusers:\n- {username: eva, password: rings}\n", nil); got != 200 {
		t.Fatalf("seed: %d", got)
	}
	if got := d.call("POST", "/auth/token", "", `{"username":"eva","password":"rings"}`, nil); got != 200 {
		t.Errorf("sign in as the new user: %d", got)
	}
	if got := d.call("POST", "/_bellpull/seed", "", "queues: 7", nil); got != 400 {
		t.Errorf("a seed that is none: %d, want 400", got)
	}
}

func TestDevSaysWhyAContactWaits(t *testing.T) {
	d := startDev(t)
	id, _ := d.chat()
	var seen struct{ Chat, Phase string }
	if got := d.call("GET", "/_bellpull/contacts/"+id+"/why", "", "", &seen); got != 200 || seen.Chat != id || seen.Phase != "created" {
		t.Errorf("%d %+v", got, seen)
	}
	if got := d.call("GET", "/_bellpull/contacts/none/why", "", "", nil); got != 404 {
		t.Errorf("an unknown contact: %d", got)
	}
}
