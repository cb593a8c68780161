// Package awshttp is the server's side of the restJson1 protocol, for any
// service of package wire.
//
// Start reading at [NewService] and [Handle]; [Service.ServeHTTP] is the way of
// one request. routes.go finds the operation, sigv4.go verifies signatures,
// errors.go writes what goes wrong so that all clients understand it, cors.go
// lets browsers in.
package awshttp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/tracing"
	"github.com/bellpull/bellpull/internal/wire"
)

// Config is what a service needs. Operations, Internal, NewID, Now and Log are
// required.
type Config struct {
	// Operations are all operations of the service. Those without a handler
	// answer a refusal.
	Operations []*wire.Operation

	// Errors names the kinds of failure as the service does. The first name
	// that the operation declares is taken, else the first. A kind that is
	// missing answers Internal.
	Errors map[fault.Kind][]ErrorName

	// Internal is the service's name for a failure of the server.
	Internal ErrorName

	// Verifier checks signatures of operations that have them; nil checks
	// nothing.
	Verifier *Verifier

	// Bearer judges the token of a bearer operation whose request is refused for
	// another reason: who has no good token learns nothing else. nil judges none.
	Bearer func(token string) error

	// Pace, if set, holds up calls whose caller is too fast, or refuses them. The
	// caller is the token, or the access key, that the request came with.
	Pace func(ctx context.Context, operation, caller string) error

	// MaxBody is the largest body in bytes; 0 stands for 128 KiB.
	MaxBody int64

	// AllowOrigin says which web origins may use the service; nil allows all.
	AllowOrigin func(origin string) bool

	// NewID returns the id of a request. It is called once for every request
	// and must be cheap.
	NewID func() string

	// Now measures how long requests take. Hand in the real clock.
	Now func() time.Time

	Log *slog.Logger

	// Tracer follows requests; nil follows none.
	Tracer *tracing.Tracer

	// Observe, if set, is told of every request after its answer. It must
	// return at once.
	Observe func(Observation)
}

// Observation is what is measured of a request. The names are empty when no
// operation was found.
type Observation struct {
	Service, Operation string
	Status             int
	Took               time.Duration
}

// ErrorName is how a service names a failure. A Message replaces the failure's
// own text.
type ErrorName struct {
	Status  int
	Name    string
	Message string
}

const defaultMaxBody = 128 << 10

// Service serves the operations of one service. It is ready once every handler
// has been given to [Handle]; from then on it must not be changed.
type Service struct {
	cfg    Config
	routes routes
	pool   sync.Pool // of *exchange
}

// NewService returns a service that refuses every operation.
func NewService(cfg Config) *Service {
	if cfg.NewID == nil || cfg.Now == nil || cfg.Log == nil {
		panic("awshttp: NewID, Now and Log are required")
	}
	if cfg.MaxBody == 0 {
		cfg.MaxBody = defaultMaxBody
	}
	s := &Service{cfg: cfg}
	s.pool.New = func() any { return new(exchange) }
	for _, op := range cfg.Operations {
		s.routes.add(&route{op: op})
	}
	return s
}

// request is a pointer to In that can be read from the wire.
type request[In any] interface {
	*In
	wire.Input
}

// answer is a pointer to Out that can be put on the wire.
type answer[Out any] interface {
	*Out
	wire.Output
}

// Handle makes h answer op. The input has been decoded and checked, and a
// signature verified; the token of a bearer operation has not, but it is not
// empty. A nil output without an error is an empty answer.
//
// Errors become answers like this: a wire.Exception is sent as it is, a
// *fault.Error is named by Config.Errors, and anything else is logged and
// hidden behind Config.Internal.
func Handle[In, Out any, I request[In], O answer[Out]](s *Service, op *wire.Operation, h func(context.Context, *In) (*Out, error)) {
	r := s.routes.find(op)
	if r == nil {
		panic("awshttp: " + op.Name + " is not an operation of the service")
	}
	if r.serve != nil {
		panic("awshttp: " + op.Name + " has two handlers")
	}
	r.serve = func(ctx context.Context, req *wire.Request, dst []byte) ([]byte, error) {
		in := new(In)
		if err := I(in).DecodeRequest(req); err != nil {
			return dst, err
		}
		if err := I(in).Check(); err != nil {
			return dst, err
		}
		out, err := h(ctx, in)
		if err != nil {
			return dst, err
		}
		if out == nil {
			return append(dst, '{', '}'), nil
		}
		return O(out).AppendJSON(dst), nil
	}
}

// Has reports whether the service has an operation of that name.
func (s *Service) Has(name string) bool {
	return slices.ContainsFunc(s.cfg.Operations, func(op *wire.Operation) bool { return op.Name == name })
}

// Match returns the operation that a request means. known says that the path
// belongs to this service, also when the method is another one and op is nil.
func (s *Service) Match(method, escapedPath string) (op *wire.Operation, known bool) {
	r, known := s.routes.match(method, escapedPath, nil)
	if r == nil {
		return nil, known
	}
	return r.op, true
}

// exchange is the memory of one request; it is used again for others.
type exchange struct {
	req wire.Request
	in  []byte
	out []byte
}

// keepAtMost is the largest buffer that is kept for later requests: there is
// room for a whole page of a transcript.
const keepAtMost = 128 << 10

// ServeHTTP answers one request, with one Write and one line in the log.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := s.cfg.Now()
	id := s.cfg.NewID()
	h := w.Header()
	// Assigned and not Set: some clients look for this very spelling. See
	// docs/fidelity.md#error-headers.
	h["x-amzn-RequestId"] = []string{id}
	s.allowOrigin(h, r)
	if r.Method == http.MethodOptions {
		s.preflight(w, r)
		return
	}

	x := s.pool.Get().(*exchange)
	rec := record{id: id}
	status, body := s.answer(r, h, x, &rec)

	h["Content-Type"] = contentTypeJSON
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil && rec.err == nil {
		rec.err = fmt.Errorf("write answer: %w", err)
	}
	rec.status, rec.in, rec.out = status, len(x.in), len(body)
	if rec.gone {
		rec.status = statusClientGone
	}

	rec.trace.End(rec.status)

	x.out = body[:0]
	x.req.Reset()
	if cap(x.in) <= keepAtMost && cap(x.out) <= keepAtMost {
		s.pool.Put(x)
	}
	s.report(r, &rec, s.cfg.Now().Sub(start))
}

// statusClientGone is what logs and metrics see when an operation failed after
// its client had left; nobody gets it as an answer.
const statusClientGone = 499

var contentTypeJSON = []string{"application/json"}

// answer finds and runs the operation. It returns the status and body, which
// may be in x.out, and notes in rec what the log should know.
func (s *Service) answer(r *http.Request, h http.Header, x *exchange, rec *record) (status int, body []byte) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(p)
		}
		rec.stack = debug.Stack()
		status, body = s.fail(h, x.out[:0], rec, fmt.Errorf("panic: %v", p))
	}()
	body, err := s.run(r, h, x, rec)
	if err != nil {
		return s.fail(h, x.out[:0], rec, err)
	}
	return rec.op.Status, body
}

func (s *Service) run(r *http.Request, h http.Header, x *exchange, rec *record) ([]byte, error) {
	x.in, x.out = x.in[:0], x.out[:0]
	path := r.URL.EscapedPath()
	found, known := s.routes.match(r.Method, path, &x.req.Params)
	switch {
	case !known:
		return nil, &protocolError{http.StatusNotFound, "UnknownOperationException", "there is no such operation"}
	case found == nil:
		h["Allow"] = []string{s.routes.allowed(path)}
		return nil, &protocolError{http.StatusMethodNotAllowed, "MethodNotAllowedException", "the method is not allowed here"}
	}
	rec.op = found.op

	var err error
	if x.in, err = readBody(r, x.in, s.cfg.MaxBody); err != nil {
		return nil, err
	}
	ctx := &requestContext{Context: r.Context(), id: rec.id}
	ctx.Context, rec.trace = s.cfg.Tracer.Request(ctx.Context, r.Header, found.op.Service, found.op.Name)
	switch {
	case found.op.Auth == wire.Bearer:
		if strings.TrimSpace(r.Header.Get("X-Amz-Bearer")) == "" {
			return nil, fault.Newf(fault.Denied, "Access denied")
		}
	case s.cfg.Verifier != nil:
		if ctx.accessKey, err = s.cfg.Verifier.Verify(r, x.in); err != nil {
			return nil, err
		}
	}
	if s.cfg.Pace != nil {
		caller := ctx.accessKey
		if found.op.Auth == wire.Bearer {
			caller = r.Header.Get("X-Amz-Bearer")
		}
		if err := s.cfg.Pace(ctx, found.op.Name, caller); err != nil {
			return nil, err
		}
	}
	if found.serve == nil {
		return nil, s.unlessStranger(r, found.op, notImplemented(found.op))
	}
	x.req.Header, x.req.RawQuery, x.req.Body = r.Header, r.URL.RawQuery, x.in
	body, err := found.serve(ctx, &x.req, x.out)
	if err != nil {
		err = s.unlessStranger(r, found.op, err)
	}
	if err != nil && r.Context().Err() != nil {
		rec.gone = true
	}
	return body, err
}

// unlessStranger returns err, or what is wrong with the caller's token.
func (s *Service) unlessStranger(r *http.Request, op *wire.Operation, err error) error {
	if op.Auth == wire.Bearer && s.cfg.Bearer != nil {
		if bad := s.cfg.Bearer(r.Header.Get("X-Amz-Bearer")); bad != nil {
			return bad
		}
	}
	return err
}

// believed is how much of an announced length gets room before it has come:
// whoever sends a length and nothing else costs no more.
const believed = 8 << 10

// readBody reads the body into buf, which grows at most once when a length up to
// believed is announced.
func readBody(r *http.Request, buf []byte, limit int64) ([]byte, error) {
	if r.ContentLength > limit {
		return buf, tooLarge(limit)
	}
	if r.Body == nil || r.ContentLength == 0 {
		return buf, nil
	}
	if n := int(r.ContentLength); n > 0 {
		if first := min(n, believed); cap(buf) < first {
			buf = make([]byte, 0, max(first, 1<<10))
		}
		for len(buf) < n {
			if len(buf) == cap(buf) {
				buf = slices.Grow(buf, min(n-len(buf), len(buf)))
			}
			come, err := io.ReadFull(r.Body, buf[len(buf):min(n, cap(buf))])
			if buf = buf[:len(buf)+come]; err != nil {
				return buf[:0], &protocolError{http.StatusBadRequest, "SerializationException", "the body ended early"}
			}
		}
		return buf, nil
	}
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Body.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		switch {
		case int64(len(buf)) > limit:
			return buf, tooLarge(limit)
		case errors.Is(err, io.EOF):
			return buf, nil
		case err != nil:
			return buf, &protocolError{http.StatusBadRequest, "SerializationException", "the body ended early"}
		}
	}
}

// requestContext carries what handlers may ask about a request. It is one
// allocation where context.WithValue would be several.
type requestContext struct {
	context.Context
	id        string
	accessKey string
}

type contextKey struct{}

func (c *requestContext) Value(key any) any {
	if key == (contextKey{}) {
		return c
	}
	return c.Context.Value(key)
}

// AccessKey returns the access key id that signed the request, or "" when
// there is none.
func AccessKey(ctx context.Context) string {
	if c, ok := ctx.Value(contextKey{}).(*requestContext); ok {
		return c.accessKey
	}
	return ""
}

// RequestID returns the id of the request, which is also in the answer's
// x-amzn-RequestId.
func RequestID(ctx context.Context) string {
	if c, ok := ctx.Value(contextKey{}).(*requestContext); ok {
		return c.id
	}
	return ""
}
