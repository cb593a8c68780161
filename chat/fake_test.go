package chat_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/bellpull/bellpull/chat"
)

// fake is a participant service with one chat, in memory. Its exported-looking
// switches are set by tests while it runs, through with.
type fake struct {
	t      *testing.T
	server *http.Server
	client *http.Client

	mu       sync.Mutex
	items    []chat.Item
	lastTime time.Time
	sockets  []*fakeSocket
	requests []request
	sent     map[string]chat.Item // by client token
	uploads  map[string][]byte
	tokens   int

	refusing   bool           // no connection is accepted
	status     map[string]int // answers by path instead of doing it
	slow       map[string]time.Duration
	loseAnswer map[string]int // do it, but break the connection before the answer, so many times
	mute       bool           // heartbeats of new sockets are not answered
	noPing     bool           // pings are not answered
	deaf       int            // how many subscriptions go unanswered
	failSubs   int            // how many subscriptions fail
	tokenLife  time.Duration
	badTokens  map[string]bool

	frozenTranscript int // show only so many items, if positive
}

// request is one that the fake got.
type request struct {
	path, bearer string
	body         map[string]any
	at           time.Time
}

// fakeSocket is one WebSocket of the fake.
type fakeSocket struct {
	conn       *websocket.Conn
	out        chan string
	subscribed []string
	mute       bool
	frozen     bool // what is sent is lost
	closed     websocket.StatusCode
}

// newFake starts a fake inside the bubble of t.
func newFake(t *testing.T) *fake {
	f := &fake{
		t:          t,
		sent:       map[string]chat.Item{},
		uploads:    map[string][]byte{},
		status:     map[string]int{},
		slow:       map[string]time.Duration{},
		loseAnswer: map[string]int{},
		badTokens:  map[string]bool{},
		tokenLife:  24 * time.Hour,
	}
	listener := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	f.server = &http.Server{Handler: f}
	var serving sync.WaitGroup
	serving.Go(func() { _ = f.server.Serve(listener) })
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		if f.isRefusing() {
			return nil, errors.New("connection refused")
		}
		return listener.dial(ctx)
	}}
	f.client = &http.Client{Transport: transport}
	t.Cleanup(func() {
		f.dropNow()
		transport.CloseIdleConnections()
		_ = f.server.Close()
		serving.Wait()
		time.Sleep(10 * time.Second) // for slow answers
	})
	return f
}

func (f *fake) with(change func(*fake)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

func (f *fake) isRefusing() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.refusing
}

func (f *fake) options() chat.Options {
	return chat.Options{Endpoint: "http://fake", HTTPClient: f.client}
}

var ada = chat.Details{ContactID: "contact-1", ParticipantID: "ada", ParticipantToken: "participant-token"}

// connect joins the fake's chat as Ada.
func (f *fake) connect(change ...func(*chat.Options)) *chat.Session {
	f.t.Helper()
	opts := f.options()
	for _, c := range change {
		c(&opts)
	}
	s, err := chat.Connect(f.t.Context(), ada, opts)
	if err != nil {
		f.t.Fatalf("connect: %v", err)
	}
	return s
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/ws" {
		f.serveSocket(w, r)
		return
	}
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	if strings.HasPrefix(r.URL.Path, "/files/") {
		f.serveFile(w, r, text)
		return
	}
	req := request{path: r.URL.Path, bearer: r.Header.Get("X-Amz-Bearer"), at: time.Now()}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &req.body); err != nil {
			f.t.Errorf("%s: body %q: %v", r.URL.Path, text, err)
		}
	}
	f.mu.Lock()
	f.requests = append(f.requests, req)
	wait := f.slow[req.path]
	f.mu.Unlock()
	time.Sleep(wait)
	f.mu.Lock()
	status := f.status[req.path]
	if status == 0 {
		status = f.status["*"]
	}
	denied := f.badTokens[req.bearer]
	f.mu.Unlock()
	switch {
	case status != 0:
		fail(w, status, "Injected")
		return
	case denied:
		fail(w, http.StatusForbidden, "AccessDeniedException")
		return
	case (req.path == "/participant/connection") != (req.bearer == ada.ParticipantToken):
		fail(w, http.StatusForbidden, "AccessDeniedException")
		return
	}
	answer := f.do(req)
	f.mu.Lock()
	lose := f.loseAnswer[req.path] > 0
	if lose {
		f.loseAnswer[req.path]--
	}
	f.mu.Unlock()
	if lose {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

func fail(w http.ResponseWriter, status int, kind string) {
	w.Header()["x-amzn-ErrorType"] = []string{kind}
	w.Header().Set("x-amzn-RequestId", "request-1")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"__type":%q,"message":"no"}`, kind)
}

func (f *fake) do(req request) any {
	str := func(key string) string { s, _ := req.body[key].(string); return s }
	switch req.path {
	case "/participant/connection":
		f.mu.Lock()
		defer f.mu.Unlock()
		f.tokens++
		return map[string]any{
			"Websocket": map[string]string{"Url": "ws://fake/ws", "ConnectionExpiry": wireTime(time.Now().Add(time.Hour))},
			"ConnectionCredentials": map[string]string{
				"ConnectionToken": fmt.Sprintf("token-%d", f.tokens),
				"Expiry":          wireTime(time.Now().Add(f.tokenLife)),
			},
			"NewMember": 1,
		}
	case "/participant/message":
		f.mu.Lock()
		it, known := f.sent[str("ClientToken")]
		f.mu.Unlock()
		if !known {
			it = f.push(chat.Item{Type: chat.TypeMessage, ContentType: str("ContentType"), Content: str("Content"), ParticipantID: "ada", ParticipantRole: chat.RoleCustomer})
			f.with(func(f *fake) { f.sent[str("ClientToken")] = it })
		}
		return map[string]string{"Id": it.ID, "AbsoluteTime": wireTime(it.AbsoluteTime)}
	case "/participant/transcript":
		return f.transcript(req.body)
	case "/participant/start-attachment-upload":
		return map[string]any{"AttachmentId": "file-1", "UploadMetadata": map[string]any{
			"Url": "http://fake/files/file-1", "HeadersToInclude": map[string]string{"Content-Type": str("ContentType"), "X-Meta": "1"},
		}}
	case "/participant/attachment":
		return map[string]string{"Url": "http://fake/files/" + str("AttachmentId"), "UrlExpiry": wireTime(time.Now().Add(time.Minute))}
	}
	return map[string]string{"Id": "event", "AbsoluteTime": wireTime(time.Now())}
}

func (f *fake) serveFile(w http.ResponseWriter, r *http.Request, body []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if status := f.status["/files"]; status != 0 {
		w.WriteHeader(status)
		return
	}
	if r.Method == http.MethodPut {
		f.uploads[r.URL.Path] = append([]byte(r.Header.Get("Content-Type")+" "+r.Header.Get("X-Meta")+" "), body...)
		return
	}
	_, _ = w.Write(f.uploads[r.URL.Path])
}

// transcript answers GetTranscript.
func (f *fake) transcript(in map[string]any) any {
	f.mu.Lock()
	defer f.mu.Unlock()
	size := 10
	if n, ok := in["MaxResults"].(float64); ok {
		size = int(n)
	}
	backward := in["ScanDirection"] == "BACKWARD"
	list := slices.Clone(f.items)
	if f.frozenTranscript > 0 {
		list = list[:f.frozenTranscript]
	}
	if backward {
		slices.Reverse(list)
	}
	if start, ok := in["StartPosition"].(map[string]any); ok && start["Id"] != nil {
		i := slices.IndexFunc(list, func(it chat.Item) bool { return it.ID == start["Id"] })
		if i < 0 {
			i = len(list)
		}
		list = list[i:]
	}
	offset := 0
	if token, ok := in["NextToken"].(string); ok {
		offset, _ = strconv.Atoi(token)
	}
	end := min(offset+size, len(list))
	page := slices.Clone(list[offset:end])
	if ascending := in["SortOrder"] == "ASCENDING"; ascending == backward {
		slices.Reverse(page)
	}
	for i := range page {
		page[i].InitialContactID = ""
	}
	out := map[string]any{"InitialContactId": "contact-1", "Transcript": page, "NextToken": nil}
	if end < len(list) {
		out["NextToken"] = strconv.Itoa(end)
	}
	return out
}

func (f *fake) serveSocket(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	status := f.status["/ws"]
	f.mu.Unlock()
	if status != 0 {
		w.WriteHeader(status)
		return
	}
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer conn.CloseNow()
	s := &fakeSocket{conn: conn, out: make(chan string, 1000)}
	defer close(s.out)
	go func() {
		for text := range s.out {
			_ = conn.Write(context.Background(), websocket.MessageText, []byte(text))
		}
	}()
	f.with(func(f *fake) { s.mute = f.mute; f.sockets = append(f.sockets, s) })
	for {
		_, data, err := conn.Read(context.Background())
		if err != nil {
			f.with(func(*fake) { s.closed = websocket.CloseStatus(err) })
			return
		}
		var in struct {
			Topic   string
			Content struct{ Topics []string }
		}
		if err := json.Unmarshal(data, &in); err != nil {
			f.t.Errorf("frame %q: %v", data, err)
		}
		f.mu.Lock()
		switch {
		case in.Topic == "aws/subscribe" && f.deaf > 0:
			f.deaf--
		case in.Topic == "aws/subscribe" && f.failSubs > 0:
			f.failSubs--
			s.write(`{"topic":"aws/subscribe","content":{"status":"failure","topics":["aws/chat"]}}`)
		case in.Topic == "aws/subscribe":
			s.subscribed = in.Content.Topics
			s.write(`{"topic":"aws/subscribe","content":{"status":"success","topics":["aws/chat"]}}`)
		case in.Topic == "aws/heartbeat" && !s.mute:
			s.write(`{"topic":"aws/heartbeat"}`)
		case in.Topic == "aws/ping" && !f.noPing:
			s.write(`{"topic":"aws/ping","statusCode":200,"statusContent":"OK"}`)
		}
		f.mu.Unlock()
	}
}

func (s *fakeSocket) write(text string) {
	if !s.frozen && s.closed == 0 {
		s.out <- text
	}
}

// open returns the sockets that are open.
func (f *fake) open() []*fakeSocket {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(f.sockets), func(s *fakeSocket) bool { return s.closed != 0 })
}

// drop breaks all sockets, without a farewell, when they have been up for long
// enough to be replaced at once.
func (f *fake) drop() {
	time.Sleep(11 * time.Second)
	f.dropNow()
}

func (f *fake) dropNow() {
	for _, s := range f.open() {
		_ = s.conn.CloseNow()
	}
}

// push stores an item, unless it is of a passing kind, and sends it to all
// subscribers.
func (f *fake) push(it chat.Item) chat.Item {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now().UTC().Truncate(time.Millisecond)
	if !now.After(f.lastTime) {
		now = f.lastTime.Add(time.Millisecond)
	}
	f.lastTime = now
	it.AbsoluteTime = now
	if it.ID == "" {
		it.ID = fmt.Sprintf("item-%d", len(f.items)+1)
	}
	if it.ContactID == "" && it.InitialContactID == "" {
		it.ContactID, it.InitialContactID = "contact-1", "contact-1"
	}
	passing := it.Type == chat.TypeMessageMetadata || it.ContentType == chat.EventTyping ||
		it.MessageMetadata != nil && it.MessageMetadata.MessageCompleted != nil && !*it.MessageMetadata.MessageCompleted
	if !passing {
		f.items = append(f.items, it)
	}
	f.sendLocked(it)
	return it
}

func (f *fake) sendLocked(it chat.Item) {
	text, err := json.Marshal(it)
	if err != nil {
		f.t.Error(err)
	}
	frame, err := json.Marshal(map[string]string{"topic": "aws/chat", "contentType": "application/json", "content": string(text)})
	if err != nil {
		f.t.Error(err)
	}
	for _, s := range f.sockets {
		if s.closed == 0 && s.subscribed != nil {
			s.write(string(frame))
		}
	}
}

// say pushes messages of the agent.
func (f *fake) say(texts ...string) {
	for _, text := range texts {
		f.push(chat.Item{Type: chat.TypeMessage, ContentType: chat.TextPlain, Content: text, ParticipantID: "ben", DisplayName: "Ben", ParticipantRole: chat.RoleAgent})
	}
}

// count says how many requests went to a path.
func (f *fake) count(path string) int { return len(f.got(path)) }

func (f *fake) got(path string) []request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(f.requests), func(r request) bool { return r.path != path })
}

func wireTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// pipeListener accepts connections that dial makes, in memory.
type pipeListener struct {
	conns  chan net.Conn
	once   sync.Once
	closed chan struct{}
}

func (l *pipeListener) dial(ctx context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.conns <- server:
		return client, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error   { l.once.Do(func() { close(l.closed) }); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// log collects what a session tells, in short, until its stream ends.
type log struct {
	mu    sync.Mutex
	lines []string
	done  chan struct{}
}

// follow reads a session's events from now on.
func follow(s *chat.Session) *log {
	l := &log{done: make(chan struct{})}
	go func() {
		defer close(l.done)
		for ev := range s.Events() {
			if _, ok := ev.(chat.DeepHeartbeat); ok {
				continue
			}
			l.mu.Lock()
			l.lines = append(l.lines, line(ev))
			l.mu.Unlock()
		}
	}()
	return l
}

// take returns what was told since the last take.
func (l *log) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := l.lines
	l.lines = nil
	return lines
}

func line(ev chat.Event) string {
	switch ev := ev.(type) {
	case chat.MessageEvent:
		return ev.Content
	case chat.PartialMessageEvent:
		return ev.Content + "…"
	case chat.ReadReceiptEvent:
		return "read " + ev.MessageID
	case chat.DeliveredReceiptEvent:
		return "delivered " + ev.MessageID
	case chat.TransferEvent:
		return fmt.Sprintf("transfer %t", ev.Succeeded)
	case chat.AuthenticationEvent:
		return "authentication " + ev.State + " " + ev.SessionID
	}
	name := strings.TrimPrefix(fmt.Sprintf("%T", ev), "chat.")
	return strings.ToLower(strings.TrimSuffix(name, "Event"))
}
