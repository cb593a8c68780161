// Package server puts the parts together: a store, the centre on it, and the
// doors. Start reading at New, then routes.go.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"golang.org/x/sync/errgroup"

	"github.com/bellpull/bellpull/internal/admin"
	"github.com/bellpull/bellpull/internal/bus"
	"github.com/bellpull/bellpull/internal/bus/natsbus"
	"github.com/bellpull/bellpull/internal/callout"
	"github.com/bellpull/bellpull/internal/centre"
	"github.com/bellpull/bellpull/internal/config"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/duty"
	"github.com/bellpull/bellpull/internal/edge/awshttp"
	"github.com/bellpull/bellpull/internal/edge/deskapi"
	"github.com/bellpull/bellpull/internal/edge/socket"
	"github.com/bellpull/bellpull/internal/outbox"
	"github.com/bellpull/bellpull/internal/store"
	"github.com/bellpull/bellpull/internal/token"
	"github.com/bellpull/bellpull/internal/tracing"
)

// Options are what a Server is made of.
type Options struct {
	Config config.Config
	// Dev opens the door for developers: every access key is good, and the
	// paths below /_bellpull/ are there.
	Dev   bool
	Store store.Store // the server closes it
	Log   *slog.Logger
	// Now is the time of what is stored and sent; bellpull dev can move it.
	// WallClock is the real one, by which signatures are judged.
	Now, WallClock func() time.Time
	IDs            *contact.IDs
	// URL is how clients reach the server, without a slash at the end.
	URL string
	// Sinks are receivers of events besides the configured ones.
	Sinks []outbox.Sink
	// Spans, if set, gets the spans of traces besides the configured receiver.
	Spans sdktrace.SpanExporter
}

// Server serves everything on one listener.
type Server struct {
	Options
	centre   *centre.Centre
	admin    *admin.Admin
	hub      *socket.Hub
	desk     *deskapi.API
	callouts *callout.Caller
	approver *callout.Approver // nil when nobody is asked before a widget starts a chat
	outbox   *outbox.Deliverer // nil when nobody is told of anything
	flowLog  *flowLog
	node     string // this process among those that share the store; empty: there are no others
	metrics  *metrics
	tracer   *tracing.Tracer          // nil when nothing is traced
	traces   *sdktrace.TracerProvider // nil likewise
	closeBus func() error
	handler  http.Handler
	// closing is closed when the server is about to stop: what only waits for
	// something to happen then waits no longer.
	closing chan struct{}
	// successor is set when another process goes on.
	drain     drain
	successor atomic.Pointer[func(context.Context) error]
	requests  *contact.IDs // of their own, so that the ids of chats do not depend on them
	// operations are the services whose operations have names.
	operations []*awshttp.Service
}

// New returns a server on what the store holds; Run serves.
func New(ctx context.Context, o Options) (_ *Server, err error) {
	keys, err := signingKeys(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("signing keys: %w", err)
	}
	s := &Server{Options: o, requests: contact.NewIDs(), closing: make(chan struct{}), drain: newDrain(), flowLog: &flowLog{name: o.Config.FlowLog, log: o.Log}}
	s.callouts, err = callout.New(s.calloutConfig(), callout.Options{Log: o.Log, Now: o.WallClock, NewID: o.IDs.New})
	if err != nil {
		return nil, fmt.Errorf("callouts: %w", err)
	}
	if s.Config.Widget.Approve.URL != "" {
		if s.approver, err = callout.NewApprover(s.Config.Widget.Approve, s.calloutConfig(), o.WallClock); err != nil {
			return nil, fmt.Errorf("widget.approve: %w", err)
		}
	}
	announcements, err := s.openBus()
	if err != nil {
		return nil, fmt.Errorf("nats: %w", err)
	}
	defer func() {
		if err != nil {
			_ = s.closeBus() // the error that counts is err
		}
	}()
	if o.Config.Store != "" { // which others may share
		s.node = contact.NewIDs().New()
	}
	c := centre.Options{
		Node:  s.node,
		Store: o.Store, Bus: announcements, Log: o.Log, Now: o.Now, IDs: o.IDs,
		Ring: o.Config.Ring, MaxActiveChats: maxActiveChats(o.Config), LostAfter: o.Config.LostAfter, Callouts: s.callouts,
		KeepReports: o.Config.Reports.Keep,
	}
	tokens := token.NewKeyring(o.Now, keys...)
	c.ViewToken = func(chat contact.ID, view centre.ViewMark) string {
		return tokens.Mint(token.Claims{
			Kind: token.View, Realm: string(chat), Holder: view.View, Nonce: view.Content,
			Expires: o.Now().Add(directory.KeepEarlier),
		})
	}
	if o.Config.FlowLog != "" {
		c.FlowLog = s.flowLog.write
	}
	if c.Files, err = s.openFiles(); err != nil {
		return nil, fmt.Errorf("attachments: %w", err)
	}
	if c.Files == nil {
		c.FormerFiles = s.formerFiles(ctx)
	}
	if err := s.openOutbox(); err != nil {
		return nil, err
	}
	if s.outbox != nil {
		c.Outbox, c.EventIDs = s.outbox, contact.NewIDs()
	}
	if s.centre, err = centre.New(ctx, c); err != nil {
		return nil, fmt.Errorf("directory: %w", err)
	}
	s.admin = admin.New(admin.Options{Store: o.Store, Live: o.Store, Claim: o.Store.Claim, Reload: s.centre.Reload, IDs: o.IDs, Now: o.Now, Limits: quotas[o.Config.Limits.Quotas]()})
	if err := s.openTracing(ctx); err != nil {
		return nil, fmt.Errorf("tracing: %w", err)
	}
	s.metrics = newMetrics(s)
	s.desk = s.deskAPI(tokens)
	s.hub = socket.NewHub(socket.Options{
		Centre: s.centre, Bus: announcements, Tokens: tokens, Log: o.Log, Now: o.Now, Tracer: s.tracer, Snapshot: s.desk.Snapshot, Configuration: s.desk.Configuration,
		Closing: s.closing,
	})
	s.handler = s.routes(tokens)
	return s, nil
}

// quotas are how many of each an instance may have.
var quotas = map[string]func() admin.Limits{
	"relaxed": func() admin.Limits { return admin.DefaultLimits },
	"strict":  admin.PublishedLimits,
	"off":     admin.Unlimited,
}

// publishedActiveChats is the service's default quota.
const publishedActiveChats = 500

// maxActiveChats is what the operator says, or the published quota where the
// quotas are strict.
func maxActiveChats(c config.Config) int {
	if c.MaxActiveChats == 0 && c.Limits.Quotas == "strict" {
		return publishedActiveChats
	}
	return c.MaxActiveChats
}

// openBus returns the bus of this process, or the one that it shares with other
// nodes.
func (s *Server) openBus() (bus.Bus, error) {
	n := s.Config.NATS
	if n.URL == "" {
		s.closeBus = func() error { return nil }
		return new(bus.Local), nil
	}
	b, err := natsbus.Open(natsbus.Config(n), s.Log)
	if err != nil {
		return nil, err
	}
	s.closeBus = b.Close
	return b, nil
}

// calloutConfig says what flows may call. Developers have the demo bot as well,
// and their own machine.
func (s *Server) calloutConfig() callout.Config {
	c := s.Config.Callouts
	if s.Dev {
		c.AllowPrivate = true
		c.Bots = append(slices.Clone(c.Bots), callout.Demo().Bots...)
	}
	return c
}

// signingKeys returns the keys of tokens; a store that has none gets one. Of
// servers that share the store one makes it: all must know the same.
func signingKeys(ctx context.Context, o Options) ([]token.Key, error) {
	const claim, limit = "the first signing key", 10 * time.Second
	kept, err := o.Store.SigningKeys(ctx)
	for me := contact.NewIDs().New(); err == nil && len(kept) == 0; {
		var held bool
		if held, err = o.Store.Claim(ctx, claim, me, limit); err != nil {
			break
		}
		if kept, err = o.Store.SigningKeys(ctx); err != nil || len(kept) > 0 {
			break
		}
		if !held {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		k := store.SigningKey{ID: rand.Uint32(), Secret: secret(), Created: o.Now()}
		err = o.Store.AddSigningKey(ctx, k)
		kept = append(kept, k)
	}
	if err != nil {
		return nil, err
	}
	keys := make([]token.Key, len(kept))
	for i, k := range kept {
		keys[i] = token.Key{ID: k.ID, Secret: k.Secret}
	}
	return keys, nil
}

// Handler answers everything.
func (s *Server) Handler() http.Handler { return s.handler }

// Centre is what the doors lead to.
func (s *Server) Centre() *centre.Centre { return s.centre }

// HandOver prepares for another process to go on with the listener and the
// store: when Run ends, the store is closed first, and the sockets only once
// successor has returned, which waits until the other process answers.
// It is called before Run's context ends, if at all.
func (s *Server) HandOver(successor func(context.Context) error) { s.successor.Store(&successor) }

// How long the successor may take to answer, and over how long the sockets are
// then closed.
const (
	successorLimit = 30 * time.Second
	spread         = 2 * time.Second
)

// handOver closes the sockets as HandOver promises.
func (s *Server) handOver(ctx context.Context, successor func(context.Context) error) error {
	err := errors.Join(s.flowLog.close(), s.Store.Close())
	late, stop := context.WithTimeout(context.WithoutCancel(ctx), successorLimit)
	defer stop()
	if e := successor(late); e != nil {
		err = errors.Join(err, fmt.Errorf("wait for the successor: %w", e))
	}
	s.hub.CloseOver(context.WithoutCancel(ctx), spread)
	return err
}

// Run serves on l until ctx is over, and returns when everything has ended and
// the store is closed.
func (s *Server) Run(ctx context.Context, l net.Listener) error {
	open := func(context.Context) (*Server, error) { return s, nil }
	return Serve(ctx, l, s.Log, open, func() error { return nil })
}

// work does the background work until ctx is over, then closes the sockets and
// the store.
func (s *Server) work(ctx context.Context) (err error) {
	defer s.closeTracing(ctx)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.callouts.Run(ctx) })
	g.Go(func() error { return s.centre.Run(ctx) })
	g.Go(func() error { return s.hub.Run(ctx) })
	g.Go(func() error {
		others := duty.Roster{Claims: s.Store, Node: s.node, Log: s.Log}
		return others.WatchOthers(ctx, s.Config.NATS.URL != "")
	})
	g.Go(func() error { return s.drain.run(ctx, s) })
	if s.outbox != nil {
		g.Go(func() error { return s.outbox.Run(ctx) })
	}
	err = g.Wait()
	defer func() { err = errors.Join(err, s.closeBus()) }()
	if s.approver != nil {
		s.approver.Close()
	}
	if successor := s.successor.Load(); successor != nil {
		return errors.Join(err, s.handOver(ctx, *successor))
	}
	s.hub.Close()
	return errors.Join(err, s.flowLog.close(), s.Store.Close())
}

// grace is how long requests that are under way at the end may take.
const grace = 500 * time.Millisecond

// How long a client may take to send a request, and to take its answer. The
// longest that an answer is waited for, a snapshot, lies well within both.
const (
	headLimit  = 30 * time.Second
	readLimit  = time.Minute
	writeLimit = 2 * time.Minute
	idleLimit  = 2 * time.Minute
	// headerLimit is how many bytes a request's header may have; tokens have a few
	// hundred.
	headerLimit = 64 << 10
)

// serveHTTP answers requests on l with h, beside work, until ctx is over. Then
// closing is called, the requests under way are finished, and work ends.
func serveHTTP(ctx context.Context, l net.Listener, h http.Handler, log *slog.Logger, closing func(), work func(context.Context) error) error {
	background, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headLimit,
		ReadTimeout:       readLimit,
		WriteTimeout:      writeLimit,
		IdleTimeout:       idleLimit,
		MaxHeaderBytes:    headerLimit,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return work(background) })
	g.Go(func() error {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.Go(func() error {
		defer end()
		<-ctx.Done()
		closing()
		late, stop := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer stop()
		if srv.Shutdown(late) != nil {
			_ = srv.Close() // the rest is cut off
		}
		return nil
	})
	return g.Wait()
}

// URLOf returns the URL of a listener's address. A host that stands for all is
// named by the loopback address.
func URLOf(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return "http://" + addr.String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// socketURL is what a socket token is appended to.
func socketURL(base string) string {
	return "ws" + strings.TrimPrefix(base, "http") + "/ws?t="
}
