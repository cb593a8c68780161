package socket_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/edge/socket"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

// event is a server-sent event.
type event struct{ name, id, data string }

// stream collects what comes on GET /events.
type stream struct {
	status int
	header http.Header
	close  func()

	mu     sync.Mutex // guards what follows
	events []event
	over   bool
}

// listen opens a stream; query is what follows the token.
func listen(t *testing.T, srv *servertest.Server, token, query string, header http.Header) *stream {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, servertest.URL+"/events?token="+token+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	if header != nil {
		req.Header = header
	}
	res, err := srv.HTTPClient().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	s := &stream{status: res.StatusCode, header: res.Header, close: cancel}
	var done sync.WaitGroup
	done.Go(func() {
		defer func() { _ = res.Body.Close() }()
		s.read(bufio.NewScanner(res.Body))
	})
	t.Cleanup(func() { cancel(); done.Wait() })
	synctest.Wait()
	return s
}

func (s *stream) read(lines *bufio.Scanner) {
	lines.Buffer(nil, 1<<20)
	var e event
	for lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ": ")
		switch field {
		case "event":
			e.name = value
		case "id":
			e.id = value
		case "data":
			e.data = value
		case "":
			s.mu.Lock()
			if e.data != "" {
				s.events = append(s.events, e)
			}
			s.mu.Unlock()
			e = event{}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
}

// all returns the events so far, without beats, and whether the stream has ended.
func (s *stream) all() ([]event, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.events), func(e event) bool { return e.name == "beat" }), s.over
}

// items returns the items that came, and the position of the last.
func (s *stream) items(t *testing.T) (items []servertest.Item, position string) {
	t.Helper()
	all, _ := s.all()
	for _, e := range all {
		if e.id != "" {
			position = e.id
		}
		if e.name != "" {
			continue
		}
		var it servertest.Item
		if err := json.Unmarshal([]byte(e.data), &it); err != nil {
			t.Fatalf("event %q: %v", e.data, err)
		}
		items = append(items, it)
	}
	return items, position
}

// heard returns what was said and happened on the stream, in short.
func (s *stream) heard(t *testing.T) (texts []string) {
	t.Helper()
	items, _ := s.items(t)
	for _, it := range items {
		texts = append(texts, it.String())
	}
	return texts
}

// poll polls once.
func poll(t *testing.T, srv *servertest.Server, token, query string) (position int64, items []servertest.Item) {
	t.Helper()
	a := srv.Do(http.MethodGet, "/events/poll?token="+token+query, nil, "")
	if a.Status != http.StatusOK {
		t.Fatalf("poll: answer %d %s", a.Status, a.Body)
	}
	var out struct {
		Position int64
		Items    []string
	}
	a.Into(t, &out)
	for _, text := range out.Items {
		var it servertest.Item
		if err := json.Unmarshal([]byte(text), &it); err != nil {
			t.Fatalf("item %q: %v", text, err)
		}
		items = append(items, it)
	}
	return out.Position, items
}

func equal(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func TestStreamTellsWhatASocketTells(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ada, ana := talk(srv)
		s := listen(t, srv, ada.Connection, "", nil)
		for name, want := range map[string]string{
			"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no", "Access-Control-Allow-Origin": "*",
		} {
			if got := s.header.Get(name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		ada.Socket.Frames() // those are taken
		ada.Say("Hello")
		srv.Participant(ana.Connection(ada), "event", map[string]string{"ContentType": "application/vnd.amazonaws.connect.event.typing"})
		ana.Say(ada, "Hi\nAda")
		synctest.Wait()

		var frames []string
		for _, f := range ada.Socket.Frames() {
			var chat struct{ Topic, Content string }
			if err := json.Unmarshal(f.Payload, &chat); err == nil && chat.Topic == "aws/chat" {
				frames = append(frames, chat.Content)
			}
		}
		all, _ := s.all()
		var told []string
		for _, e := range all[1:] {
			told = append(told, e.data)
			if typing := strings.Contains(e.data, "event.typing"); typing != (e.id == "") {
				t.Errorf("event %q has the id %q", e.data, e.id)
			}
		}
		if len(told) != 3 {
			t.Fatalf("heard %q, want a message, typing and a message", told)
		}
		equal(t, "the stream, and the socket", told, frames)
	})
}

func TestStreamGoesOnFromItsPosition(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ada, ana := talk(srv)
		first := listen(t, srv, ada.Connection, "", nil)
		ana.Say(ada, "1")
		synctest.Wait()
		_, at := first.items(t)
		first.close()
		for i := 2; i <= 250; i++ { // more than a page
			ana.Say(ada, strconv.Itoa(i))
		}
		srv.Restart()
		again := listen(t, srv, ada.Connection, "&after="+at, nil)
		byHeader := listen(t, srv, ada.Connection, "&after=0", http.Header{"Last-Event-Id": {at}})
		srv.Participant(ada.Connection, "message", map[string]string{"ContentType": "text/plain", "Content": "251"})
		synctest.Wait()
		for what, s := range map[string]*stream{"after": again, "Last-Event-ID": byHeader} {
			items, last := s.items(t)
			equal(t, what, said(items), numbers(2, 251))
			if all, _ := s.all(); all[0] != (event{"position", at, `{"position":` + at + `}`}) {
				t.Errorf("%s: the first event is %v", what, all[0])
			}
			if from, _ := strconv.Atoi(at); last != strconv.Itoa(from+250) {
				t.Errorf("%s: the last id is %s after %s", what, last, at)
			}
		}
	})
}

func TestStreamBeginsNowWithoutAPosition(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ada, ana := talk(srv)
		ana.Say(ada, "before")
		s := listen(t, srv, ada.Connection, "", nil)
		beyond := listen(t, srv, ada.Connection, "&after=9999", nil)
		ana.Say(ada, "after")
		synctest.Wait()
		for _, s := range []*stream{s, beyond} {
			items, _ := s.items(t)
			equal(t, "the stream", said(items), []string{"after"})
		}
	})
}

func TestStreamEndsWithItsChat(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ada, ana := talk(srv)
		s := listen(t, srv, ada.Connection, "", nil)
		_, before := s.items(t)
		ana.Say(ada, "Goodbye")
		srv.Call("POST", "/contact/stop", `{"InstanceId":"b3110000-0000-4000-8000-000000000001","ContactId":"`+ada.Contact+`"}`, nil)
		synctest.Wait()
		heard := s.heard(t)
		if len(heard) < 2 || heard[0] != "Ana: Goodbye" || heard[len(heard)-1] != "chat.ended" {
			t.Errorf("heard %q, want the last words and the end", heard)
		}
		if _, over := s.all(); !over {
			t.Error("the stream is open after the end")
		}
		_, last := s.items(t)

		// Who was away when it ended hears what was said last, for a while.
		missed := listen(t, srv, ada.Connection, "&after="+before, nil)
		equal(t, "who comes back", missed.heard(t), heard)
		if _, over := missed.all(); !over {
			t.Error("the stream of who came back is open after the end")
		}
		if got := listen(t, srv, ada.Connection, "&after="+last, nil).status; got != http.StatusForbidden {
			t.Errorf("who has heard the end gets %d, want 403", got)
		}
		time.Sleep(6 * time.Minute)
		if got := listen(t, srv, ada.Connection, "&after="+before, nil).status; got != http.StatusForbidden {
			t.Errorf("who comes six minutes later gets %d, want 403", got)
		}
	})
}

func TestWhoHasLeftHearsNothingMoreByAStream(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ada := srv.StartChat("Ada")
		var out struct {
			ParticipantCredentials struct{ ParticipantToken string }
		}
		srv.Call("POST", "/contact/create-participant", `{"InstanceId":"b3110000-0000-4000-8000-000000000001","ContactId":"`+ada.Contact+
			`","ParticipantDetails":{"ParticipantRole":"CUSTOM_BOT","DisplayName":"Helper"}}`, &out)
		bot := *ada
		bot.Token = out.ParticipantCredentials.ParticipantToken
		bot.Connect()
		s := listen(t, srv, bot.Connection, "", nil)
		ada.Say("Hello")
		synctest.Wait()
		bot.Leave()
		ada.Say("Is it gone?")
		synctest.Wait()
		equal(t, "who left", s.heard(t), []string{"Ada: Hello", "Helper left"})
		_, at := s.items(t)
		if got := listen(t, srv, bot.Connection, "&after="+at, nil).status; got != http.StatusForbidden {
			t.Errorf("who has left gets %d, want 403", got)
		}
		ada.Leave()
		synctest.Wait()
		equal(t, "who left, at the end", listen(t, srv, bot.Connection, "&after="+at, nil).heard(t), []string{"chat.ended"})
	})
}

func TestStreamBeatsAndIsNotCutOff(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ada := srv.StartChat("Ada")
		s := listen(t, srv, ada.Connection, "", nil)
		time.Sleep(9 * time.Minute)
		ada.Say("still there?")
		synctest.Wait()
		s.mu.Lock()
		beats := 0
		for _, e := range s.events {
			if e.name == "beat" {
				beats++
			}
		}
		s.mu.Unlock()
		if beats < 9*6 {
			t.Errorf("%d beats in nine minutes, want one every ten seconds at least", beats)
		}
		equal(t, "after nine minutes", said(func() []servertest.Item { items, _ := s.items(t); return items }()), []string{"still there?"})
	})
}

func TestStreamConnects(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ada := srv.NewChat("Ada")
		ada.SocketURL()
		s := listen(t, srv, ada.Connection, "", nil)
		time.Sleep(6 * time.Minute) // after which who never came is taken out
		if heard := s.heard(t); len(heard) < 2 || heard[0] != "Ada joined" {
			t.Errorf("heard %q, want the beginning of the flow", heard)
		}
		if _, over := s.all(); over {
			t.Error("the chat has ended")
		}
	})
}

func TestSlowStreamIsClosedAndHoldsNobodyUp(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ada, ana := talk(srv)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, servertest.URL+"/events?token="+ada.Connection, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := srv.HTTPClient().Do(req) // and nobody reads
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		const messages = 240 // of 24 KB and more; 4 MB may wait
		begun := time.Now()
		for range messages {
			if a := ada.Do("message", map[string]string{"ContentType": "application/json", "Content": long}); a.Status != 200 {
				t.Fatalf("answer %d %s", a.Status, a.Body)
			}
		}
		if took := time.Since(begun); took != 0 {
			t.Errorf("speaking took %v with a slow stream", took)
		}
		time.Sleep(31 * time.Second)
		if !strings.Contains(string(srv.Do(http.MethodGet, "/metrics", nil, "").Body), "bellpull_sockets_dropped_total 1\n") {
			t.Error("the slow stream was not dropped")
		}
		if got := metric(srv, `bellpull_streams{kind="events"}`); got != "0" {
			t.Errorf("%s streams are open", got)
		}
		synctest.Wait()
		if got := len(said(ana.Items(ada))); got != messages {
			t.Errorf("the agent got %d messages of %d", got, messages)
		}
	})
}

// metric returns the value of a metric, as it is written.
func metric(srv *servertest.Server, name string) string {
	for line := range strings.Lines(string(srv.Do(http.MethodGet, "/metrics", nil, "").Body)) {
		if value, found := strings.CutPrefix(line, name+" "); found {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func TestStoppingTheServerEndsStreamsAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ada := srv.StartChat("Ada")
		s := listen(t, srv, ada.Connection, "", nil)
		_, at := s.items(t)
		if got := metric(srv, `bellpull_streams{kind="events"}`); got != "1" {
			t.Errorf("%s streams are counted, want 1", got)
		}
		polled := make(chan []servertest.Item)
		go func() {
			_, items := poll(t, srv, ada.Connection, "&after="+at)
			polled <- items
		}()
		synctest.Wait()
		begun := time.Now()
		srv.Stop()
		if took := time.Since(begun); took > 100*time.Millisecond {
			t.Errorf("stopping took %v", took)
		}
		if items := <-polled; len(items) != 0 {
			t.Errorf("the poll answered %v", items)
		}
		if _, over := s.all(); !over {
			t.Error("the stream is open after the server has ended")
		}
	})
}

func TestPollsHearEverythingOnce(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ada, ana := talk(srv)
		at, items := poll(t, srv, ada.Connection, "")
		if len(items) > 0 {
			t.Errorf("the first poll heard %v", items)
		}
		begun := time.Now()
		next, items := poll(t, srv, ada.Connection, "&wait=20&after="+strconv.FormatInt(at, 10))
		if took := time.Since(begun); took != 20*time.Second || len(items) > 0 || next != at {
			t.Errorf("a poll of silence took %v and heard %v, at %d after %d", took, items, next, at)
		}
		var group sync.WaitGroup
		group.Go(func() {
			for i := range 150 {
				ana.Say(ada, strconv.Itoa(i+1))
				time.Sleep(time.Duration(i%3) * 10 * time.Millisecond)
			}
			srv.Call("POST", "/contact/stop", `{"InstanceId":"b3110000-0000-4000-8000-000000000001","ContactId":"`+ada.Contact+`"}`, nil)
		})
		var all []servertest.Item
		for ended := false; !ended; {
			at, items = poll(t, srv, ada.Connection, "&after="+strconv.FormatInt(at, 10))
			all = append(all, items...)
			ended = len(items) > 0 && items[len(items)-1].String() == "chat.ended"
		}
		group.Wait()
		equal(t, "by polls", said(all), numbers(1, 150))
		if a := srv.Do(http.MethodGet, "/events/poll?token="+ada.Connection+"&after="+strconv.FormatInt(at, 10), nil, ""); a.Status != http.StatusForbidden {
			t.Errorf("a poll after the end: answer %d %s", a.Status, a.Body)
		}
	})
}

func TestPollsWaitNoLongerThanProxiesDo(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ada, _ := talk(srv)
		at, _ := poll(t, srv, ada.Connection, "")
		for _, wait := range []string{"60", "10000000000", "9223372036854775807"} { // the latter are no time.Duration
			begun := time.Now()
			poll(t, srv, ada.Connection, "&wait="+wait+"&after="+strconv.FormatInt(at, 10))
			if took := time.Since(begun); took != 50*time.Second {
				t.Errorf("a poll of %s seconds took %v", wait, took)
			}
		}
	})
}

func TestStreamsAreRefused(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ada := srv.StartChat("Ada")
		for _, c := range []struct {
			path   string
			status int
			name   string
		}{
			{"/events", 403, "AccessDeniedException"},
			{"/events?token=" + ada.Token, 403, "AccessDeniedException"}, // good for connecting only
			{"/events?after=-1&token=" + ada.Connection, 400, "ValidationException"},
			{"/events/poll?after=x&token=" + ada.Connection, 400, "ValidationException"},
			{"/events/poll?wait=x&token=" + ada.Connection, 400, "ValidationException"},
			{"/events/queue?token=x", 403, "AccessDeniedException"},
		} {
			a := srv.Do(http.MethodGet, c.path, nil, "")
			if a.Status != c.status || a.ErrorType() != c.name || a.Header.Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("%s: answer %d %s, want %d %s", c.path, a.Status, a.ErrorType(), c.status, c.name)
			}
		}
	})
}

func TestQueueTellsWhereOneStands(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ada, bob := srv.StartChat("Ada"), srv.StartChat("Bob")
		moment()
		ask := func(c *servertest.Customer) string {
			return strings.TrimSpace(string(srv.Do(http.MethodGet, "/events/queue?token="+c.Connection, nil, "").Body))
		}
		for want, c := range map[string]*servertest.Customer{
			`{"position":1,"waitSeconds":null,"waiting":true}`: ada,
			`{"position":2,"waitSeconds":null,"waiting":true}`: bob,
		} {
			if got := ask(c); got != want {
				t.Errorf("%s stands %s, want %s", c.Name, got, want)
			}
		}
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		moment()
		ana.Accept(ada)
		ana.Accept(bob)
		moment()
		time.Sleep(3 * time.Second)
		if got, want := ask(ada), `{"position":null,"waitSeconds":null,"waiting":false}`; got != want {
			t.Errorf("with an agent: %s, want %s", got, want)
		}
		for range socket.QueueRate.Burst {
			ask(ada)
		}
		a := srv.Do(http.MethodGet, "/events/queue?token="+ada.Connection, nil, "")
		if a.Status != http.StatusTooManyRequests || a.Header.Get("Retry-After") != "2" {
			t.Errorf("who asks all the time gets %d, to wait for %q seconds", a.Status, a.Header.Get("Retry-After"))
		}
	})
}

// A node that drains lets its streams go like its sockets, and takes none.
func TestDrainEndsStreams(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ada := srv.StartChat("Ada")
		s := listen(t, srv, ada.Connection, "", nil)
		srv.Do(http.MethodPost, "/ops/drain", servertest.Signed(), "")
		time.Sleep(9 * time.Second) // within the grace
		ada.Say("still here")
		synctest.Wait()
		equal(t, "within the grace", s.heard(t), []string{"Ada: still here"})
		time.Sleep(10 * time.Second)
		if _, over := s.all(); !over {
			t.Error("the stream is open after the drain")
		}
		again := listen(t, srv, ada.Connection, "", nil)
		if again.status != http.StatusTooManyRequests || again.header.Get("Retry-After") != "1" {
			t.Errorf("another stream gets %d, to come back after %q", again.status, again.header.Get("Retry-After"))
		}
	})
}
