package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/bellpull/bellpull/agent"
)

// fake is an agent API with one agent, in memory. It notes what it is asked
// and answers by script; its switches are set through with.
type fake struct {
	t      *testing.T
	client *http.Client

	mu       sync.Mutex
	calls    []string          // what was asked, but for polls and transports
	signIns  []string          // what was signed in with
	polls    int               // snapshots that were asked for
	answers  map[string]string // by operation
	status   map[string]int    // by operation; the answer is an error then
	access   string            // the token that is taken
	refuse   bool              // nobody may sign in
	stale    bool              // refresh tokens are not taken
	down     bool              // no connection is accepted
	noSocket bool              // no upgrade is made
	onCall   func(calls int)   // with f locked, before a call is answered
	snapshot string            // JSON
	version  int               // of the snapshot
	changed  chan struct{}     // closed when the version moves
	sockets  []*fakeSocket
}

type fakeSocket struct {
	conn   *websocket.Conn
	topics []string
	mu     sync.Mutex
}

func (s *fakeSocket) write(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.conn.Write(context.Background(), websocket.MessageText, []byte(text))
}

// newFake starts a fake inside the bubble of t. Its agent is offline.
func newFake(t *testing.T) *fake {
	f := &fake{
		t: t, answers: map[string]string{}, status: map[string]int{}, changed: make(chan struct{}),
		snapshot: deskOf("Offline"),
	}
	f.answers["GetAgentConfiguration"] = `{"configuration":{"name":"Ana Bell","username":"ana","agentARN":"arn:ana",
		"agentStates":[{"agentStateARN":"arn:1","type":"routable","name":"Available"},{"agentStateARN":"arn:2","type":"offline","name":"Offline"},
		{"agentStateARN":"arn:3","type":"not_routable","name":"Lunch"}],"permissions":["outboundCall"],
		"routingProfile":{"name":"Chat","routingProfileARN":"arn:p","channelConcurrencyMap":{"CHAT":5,"VOICE":0},
		"queues":[{"queueARN":"arn:q","queueId":"arn:q","name":"Support"},{"queueARN":"arn:own","name":null}]}}}`
	listener := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: f}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(listener) })
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		f.mu.Lock()
		down := f.down
		f.mu.Unlock()
		if down {
			return nil, errors.New("connection refused")
		}
		return listener.dial(ctx)
	}}
	f.client = &http.Client{Transport: transport}
	t.Cleanup(func() {
		f.drop()
		transport.CloseIdleConnections()
		_ = server.Close()
		serving.Wait()
	})
	return f
}

func (f *fake) with(change func(*fake)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

// count reads one of the fake's figures while it runs.
func (f *fake) count(of func(*fake) int) (n int) {
	f.with(func(f *fake) { n = of(f) })
	return n
}

func polls(f *fake) int       { return f.polls }
func signIns(f *fake) int     { return len(f.signIns) }
func openSockets(f *fake) int { return len(f.sockets) }

// signIn opens ana's desk.
func (f *fake) signIn(change ...func(*agent.Options)) *agent.Desk {
	f.t.Helper()
	o := agent.Options{Endpoint: "http://fake/", Username: "ana", Password: "secret", HTTPClient: f.client}
	for _, c := range change {
		c(&o)
	}
	d, err := agent.SignIn(f.t.Context(), o)
	if err != nil {
		f.t.Fatalf("sign in: %v", err)
	}
	return d
}

// deskOf is the JSON of a snapshot. Contacts are "ID STATE", or "ID/PARTICIPANT
// STATE"; a state with an arrow, as in "Available>Lunch", has a next one.
func deskOf(state string, contacts ...string) string {
	state, next, _ := strings.Cut(state, ">")
	stateJSON := func(name string) string {
		if name == "" {
			return "null"
		}
		return fmt.Sprintf(`{"agentStateARN":"arn:%s","type":"routable","name":%q,"startTimestamp":1795334380.5}`, name, name)
	}
	var list []string
	for _, c := range contacts {
		id, s, _ := strings.Cut(c, " ")
		id, own, ok := strings.Cut(id, "/")
		if !ok {
			own = "p-" + id
		}
		list = append(list, fmt.Sprintf(`{"contactId":%q,"initialContactId":null,"state":{"type":%q,"timestamp":1795334387.9},
			"queue":{"queueARN":"arn:q","name":"Support"},"attributes":{},"connections":[
			{"connectionId":%q,"type":"agent","initial":false,"chatMediaInfo":{"connectionData":"{\"ConnectionAuthenticationToken\":\"t-%s\"}"}},
			{"connectionId":"customer","type":"inbound","initial":true,"chatMediaInfo":{"customerName":"Bob","connectionData":null}}]}`, id, s, own, id))
	}
	return fmt.Sprintf(`{"state":%s,"nextState":%s,"snapshotTimestamp":1795334388.2,"contacts":[%s]}`,
		stateJSON(state), stateJSON(next), strings.Join(list, ","))
}

// show changes the desk and pushes its snapshot.
func (f *fake) show(state string, contacts ...string) {
	f.mu.Lock()
	f.snapshot = deskOf(state, contacts...)
	f.version++
	close(f.changed)
	f.changed = make(chan struct{})
	sockets := slices.Clone(f.sockets)
	f.mu.Unlock()
	for _, s := range sockets {
		s.write(f.frame())
	}
	synctest.Wait()
}

// answer is what GetAgentSnapshot answers now.
func (f *fake) answer() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return fmt.Sprintf(`{"snapshot":%s,"nextToken":"v%d"}`, f.snapshot, f.version)
}

func (f *fake) frame() string {
	content, _ := json.Marshal(f.answer())
	return `{"topic":"agent/snapshot","content":` + string(content) + `}`
}

// push sends a frame to the desk.
func (f *fake) push(topic, content string) {
	frame, _ := json.Marshal(map[string]string{"topic": topic, "contentType": "application/json", "content": content})
	f.mu.Lock()
	sockets := slices.Clone(f.sockets)
	f.mu.Unlock()
	for _, s := range sockets {
		s.write(string(frame))
	}
	synctest.Wait()
}

// drop breaks all sockets.
func (f *fake) drop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.sockets {
		_ = s.conn.CloseNow()
	}
	f.sockets = nil
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
	switch {
	case r.URL.Path == "/auth/token":
		f.enter(w, text)
	case strings.HasPrefix(r.URL.Path, "/participant/"):
		f.mu.Lock()
		f.calls = append(f.calls, r.Header.Get("X-Amz-Bearer")+" "+r.URL.Path)
		f.mu.Unlock()
		fmt.Fprint(w, `{"Transcript":[],"Id":"i-1","AbsoluteTime":"2026-11-22T08:59:48.108Z"}`)
	default:
		f.operate(w, r, strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AmazonConnectCTIService."), text)
	}
}

func (f *fake) enter(w http.ResponseWriter, text []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var in struct{ Username, Password, RefreshToken string }
	if err := json.Unmarshal(text, &in); err != nil {
		f.t.Error(err)
	}
	with := in.Username + ":" + in.Password
	if in.RefreshToken != "" {
		with = in.RefreshToken
	}
	f.signIns = append(f.signIns, with)
	switch {
	case in.RefreshToken != "" && f.stale:
		fail(w, http.StatusUnauthorized, "UnauthorizedException", "expired")
	case f.refuse || in.RefreshToken == "" && with != "ana:secret":
		fail(w, http.StatusForbidden, "AccessDeniedException", "wrong")
	default:
		f.access = fmt.Sprintf("access-%d", len(f.signIns))
		fmt.Fprintf(w, `{"accessToken":%q,"refreshToken":"refresh-%d","expiration":1767322800000}`, f.access, len(f.signIns))
	}
}

func (f *fake) operate(w http.ResponseWriter, r *http.Request, operation string, text []byte) {
	f.mu.Lock()
	switch operation {
	case "GetAgentConfiguration", "CreateTransport":
	case "GetAgentSnapshot":
		f.polls++
	default:
		f.calls = append(f.calls, operation+" "+string(text))
		if f.onCall != nil {
			f.onCall(len(f.calls))
		}
	}
	answer, status, taken := f.answers[operation], f.status[operation], r.Header.Get("X-Amz-Bearer") == f.access
	f.mu.Unlock()
	switch {
	case !taken:
		fail(w, http.StatusUnauthorized, "UnauthorizedException", "expired")
	case status != 0:
		fail(w, status, "InvalidStateException", "not now")
	case operation == "CreateTransport" && strings.Contains(string(text), "chat_token"):
		fmt.Fprint(w, `{"chatTokenTransport":{"participantToken":"chat-token","expiry":"2100-11-22T08:59:48.108Z"}}`)
	case operation == "CreateTransport":
		fmt.Fprint(w, `{"webSocketTransport":{"url":"ws://fake/ws"}}`)
	case operation == "GetAgentSnapshot":
		f.poll(w, r, text)
	case answer != "":
		fmt.Fprint(w, answer)
	default:
		fmt.Fprint(w, `{}`)
	}
}

// poll answers GetAgentSnapshot when the desk is not as nextToken says.
func (f *fake) poll(w http.ResponseWriter, r *http.Request, text []byte) {
	var in struct {
		NextToken string
		Timeout   int
	}
	if err := json.Unmarshal(text, &in); err != nil {
		f.t.Error(err)
	}
	f.mu.Lock()
	changed, same := f.changed, in.NextToken == fmt.Sprintf("v%d", f.version)
	f.mu.Unlock()
	if same {
		select {
		case <-changed:
		case <-time.After(time.Duration(in.Timeout) * time.Millisecond):
		case <-r.Context().Done():
			return
		}
	}
	fmt.Fprint(w, f.answer())
}

func fail(w http.ResponseWriter, status int, kind, message string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"__type":%q,"message":%q}`, kind, message)
}

func (f *fake) serveSocket(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	no := f.noSocket
	f.mu.Unlock()
	if no {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer conn.CloseNow()
	s := &fakeSocket{conn: conn}
	for {
		_, data, err := conn.Read(context.Background())
		if err != nil {
			f.with(func(f *fake) { f.sockets = slices.DeleteFunc(f.sockets, func(o *fakeSocket) bool { return o == s }) })
			return
		}
		var in struct {
			Topic   string
			Content struct{ Topics []string }
		}
		if err := json.Unmarshal(data, &in); err != nil {
			f.t.Errorf("frame %q: %v", data, err)
		}
		switch in.Topic {
		case "aws/subscribe":
			s.topics = in.Content.Topics
			f.with(func(f *fake) { f.sockets = append(f.sockets, s) })
			s.write(`{"topic":"aws/subscribe","content":{"status":"success","topics":["aws/chat","agent/snapshot"]}}`)
			s.write(f.frame())
		case "aws/heartbeat":
			s.write(`{"topic":"aws/heartbeat"}`)
		case "aws/ping":
			s.write(`{"topic":"aws/ping","statusCode":200,"statusContent":"OK"}`)
		}
	}
}

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

// log collects what a desk tells, in short, until its stream ends.
type log struct {
	mu    sync.Mutex
	lines []string
	done  chan struct{}
}

// follow reads a desk's events from now on.
func follow(d *agent.Desk) *log {
	l := &log{done: make(chan struct{})}
	go func() {
		defer close(l.done)
		for ev := range d.Events() {
			l.mu.Lock()
			l.lines = append(l.lines, lines([]agent.Event{ev})...)
			l.mu.Unlock()
		}
	}()
	return l
}

// take returns what was told since the last take.
func (l *log) take() []string {
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := l.lines
	l.lines = nil
	return lines
}

// lines tells events in short. Refreshed ones are left out.
func lines(events []agent.Event) []string {
	out := []string{}
	for _, ev := range events {
		name := strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%T", ev), "agent."), "Event"))
		switch ev := ev.(type) {
		case agent.RefreshedEvent:
			continue
		case agent.StateEvent:
			name += fmt.Sprintf(" %s>%s", ev.Old.Name, ev.New.Name)
		case agent.ConfigurationEvent:
			name += " " + ev.Name
		case agent.NextStateEvent:
			name += " " + ev.Name
		case agent.NextStateClearedEvent:
			name += " " + ev.Name
		case agent.AppearedEvent:
			name += " " + ev.ID
		case agent.ConnectingEvent:
			name += " " + ev.ID
		case agent.ConnectedEvent:
			name += " " + ev.ID
		case agent.MissedEvent:
			name += " " + ev.ID
		case agent.RejectedEvent:
			name += " " + ev.ID
		case agent.EndedEvent:
			name += " " + ev.ID
		case agent.DestroyedEvent:
			name += " " + ev.ID
		}
		out = append(out, name)
	}
	return out
}
