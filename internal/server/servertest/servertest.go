// Package servertest runs the whole server inside a test: the embedded store in
// a temporary directory, the doors behind a listener in memory. It is made for
// bubbles of virtual time (testing/synctest) and uses the bubble's clock; ids
// and tokens are the same in every run. Start reading at New.
package servertest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/bellpull/bellpull/internal/centre"
	"github.com/bellpull/bellpull/internal/config"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/outbox"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server"
	"github.com/bellpull/bellpull/internal/store"
	"github.com/bellpull/bellpull/internal/store/embedded"
)

// URL is how clients reach the server.
const URL = "http://127.0.0.1:2355"

// Options are what a test may want to be different. The zero value is the dev
// instance with the defaults of bellpull serve.
type Options struct {
	// Directory is what the store holds at first; nil is seed.Dev().
	Directory *directory.Directory
	// Config is what the operator has set; nil is config.Default() without rates.
	Config *config.Config
	// Wrap, if set, puts something between the server and its store.
	Wrap func(store.Store) store.Store
	// Strict verifies signatures and limits the personal chat backend, as
	// bellpull serve does.
	Strict bool
	// Sinks are receivers of events.
	Sinks []outbox.Sink
	// Spans receives the spans of traces.
	Spans sdktrace.SpanExporter
	// Now is the server's clock; nil is the bubble's.
	Now func() time.Time
}

// Server is a server under test. Its methods end the test when the server does
// not do what they need, so that a test reads as what happens.
type Server struct {
	t    testing.TB
	o    Options
	data string
	ids  *contact.IDs

	// Of the run that goes on; nil while the server is stopped.
	server *server.Server
	net    *network
	up     *atomic.Pointer[network] // the same, for clients of their own goroutines
	cancel context.CancelFunc
	done   chan error
}

// New starts a server. It is stopped with the test, and its goroutines have
// ended then.
func New(t testing.TB) *Server {
	t.Helper()
	return Open(t, Options{})
}

// Open starts a server with options.
func Open(t testing.TB, o Options) *Server {
	t.Helper()
	if o.Directory == nil {
		o.Directory = seed.Dev()
	}
	if o.Config == nil {
		o.Config = new(config.Default())
		o.Config.Limits.Rates = "off" // scripts are in a hurry
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{t: t, o: o, data: t.TempDir(), ids: contact.SeededIDs(1), up: new(atomic.Pointer[network])}
	st := s.openStore()
	err := st.PutDirectory(t.Context(), o.Directory)
	if err == nil {
		err = st.AddSigningKey(t.Context(), store.SigningKey{ID: 1, Secret: bytes.Repeat([]byte{1}, 32), Created: time.Now()})
	}
	if err == nil {
		err = st.Close()
	}
	if err != nil {
		t.Fatalf("prepare the store: %v", err)
	}
	s.Start()
	t.Cleanup(func() {
		if s.server != nil {
			s.Stop()
		}
	})
	return s
}

// For returns the server for use by another test, such as one run of a fuzz
// target. It goes on to belong to the first.
func (s *Server) For(t testing.TB) *Server {
	other := *s
	other.t = t
	return &other
}

func (s *Server) openStore() store.Store {
	s.t.Helper()
	st, err := embedded.Open(context.Background(), embedded.Options{Path: filepath.Join(s.data, "data"), Sync: embedded.Normal})
	if err != nil {
		s.t.Fatal(err)
	}
	return st
}

// Start starts the server again, on the data that it stopped with.
func (s *Server) Start() {
	s.t.Helper()
	cfg := *s.o.Config
	if cfg.Attachments.Dir == "" {
		cfg.Attachments.Dir = filepath.Join(s.data, "attachments")
	}
	st := s.openStore()
	if s.o.Wrap != nil {
		st = s.o.Wrap(st)
	}
	srv, err := server.New(context.Background(), server.Options{
		Config: cfg, Dev: !s.o.Strict, Store: st, Log: slog.New(slog.NewTextHandler(s.t.Output(), nil)),
		Now: s.o.Now, WallClock: s.o.Now, IDs: s.ids, URL: URL, Sinks: s.o.Sinks, Spans: s.o.Spans,
	})
	if err != nil {
		_ = st.Close() // the first error counts
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.server, s.net, s.cancel, s.done = srv, newNetwork(), cancel, make(chan error, 1)
	s.up.Store(s.net)
	go func() { s.done <- srv.Run(ctx, s.net) }()
}

// Stop stops the server as a signal does, and waits until all of it has ended.
func (s *Server) Stop() {
	s.t.Helper()
	s.cancel()
	if err := <-s.done; err != nil {
		s.t.Errorf("the server ended with an error: %v", err)
	}
	s.server = nil
}

// Restart stops the server and starts it again. Sockets are gone then; tokens
// stay good.
func (s *Server) Restart() {
	s.t.Helper()
	s.Stop()
	s.Start()
}

// Centre is what the doors lead to, for what no door shows.
func (s *Server) Centre() *centre.Centre { return s.server.Centre() }

// SetupURL is the link that makes the first administrator.
func (s *Server) SetupURL() string { return s.server.SetupURL() }

// Answer is what the server answered.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Into decodes the answer's body.
func (a Answer) Into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(a.Body, v); err != nil {
		t.Fatalf("answer %d %s: %v", a.Status, a.Body, err)
	}
}

// ErrorType returns the name of the error that was answered, or "".
func (a Answer) ErrorType() string {
	// Not Get: the spelling matters to some clients, and the client that reads
	// it here makes all spellings the same.
	return strings.Join(a.Header[http.CanonicalHeaderKey("x-amzn-ErrorType")], ",")
}

// Do makes a request and returns the answer. Requests to the control plane are
// not signed; see Call.
func (s *Server) Do(method, path string, header http.Header, body string) Answer {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, URL+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	maps.Copy(req.Header, header)
	res, err := s.client().Do(req)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = res.Body.Close() }() // it has been read
	a := Answer{Status: res.StatusCode, Header: res.Header}
	if a.Body, err = io.ReadAll(res.Body); err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

// Raw writes bytes to a connection of its own and returns what comes until the
// server closes it.
func (s *Server) Raw(request string) string {
	s.t.Helper()
	conn, err := s.net.dial(s.t.Context(), "", "")
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }() // it is closed already
	if _, err := io.WriteString(conn, request); err != nil {
		s.t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(answer)
}

// HTTPClient returns a client for libraries under test. It reaches the server
// again after a restart, and leaves no connection open between requests.
func (s *Server) HTTPClient() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		return s.up.Load().dial(ctx, network, address)
	}}}
}

// client makes each request on a connection of its own, so that none is left
// open.
func (s *Server) client() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: s.net.dial, DisableKeepAlives: true}}
}

// Call calls an operation of the control plane, signed with an access key that
// only a dev server takes, and decodes the answer into out unless that is nil.
func (s *Server) Call(method, path, body string, out any) Answer {
	s.t.Helper()
	a := s.Do(method, path, Signed(), body)
	if out != nil {
		s.must(a, method+" "+path)
		a.Into(s.t, out)
	}
	return a
}

// Signed returns a header with a signature that has the right form and nothing
// else, which is enough for a dev server.
func Signed() http.Header {
	now := time.Now().UTC()
	return http.Header{
		"Content-Type": {"application/json"},
		"X-Amz-Date":   {now.Format("20060102T150405Z")},
		"Authorization": {"AWS4-HMAC-SHA256 Credential=any/" + now.Format("20060102") + "/us-west-2/connect/aws4_request, " +
			"SignedHeaders=host;x-amz-date, Signature=" + strings.Repeat("0", 64)},
	}
}

// must ends the test unless the answer is a good one.
func (s *Server) must(a Answer, doing string) {
	s.t.Helper()
	if a.Status != http.StatusOK {
		s.t.Fatalf("%s: answer %d %s", doing, a.Status, a.Body)
	}
}
