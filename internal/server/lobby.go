package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Serve serves on l with the server that open returns, and answers from the
// first moment on. While the store is being opened and migrated /healthz says
// that the process lives and /readyz that it is starting; all other requests wait,
// since clients take a refusal worse than a slow answer. Up is called when they
// are answered. Serve returns as Run does.
func Serve(ctx context.Context, l net.Listener, log *slog.Logger, open func(context.Context) (*Server, error), up func() error) error {
	b := &lobby{opened: make(chan struct{})}
	ctx, end := b.stay(ctx)
	defer end()
	return serveHTTP(ctx, l, b, log, b.close, func(ctx context.Context) error {
		srv, err := open(ctx)
		if err != nil {
			return err
		}
		b.open(srv)
		if err := up(); err != nil {
			over, cancel := context.WithCancel(ctx)
			cancel()
			return errors.Join(err, srv.work(over))
		}
		return srv.work(ctx)
	})
}

// lobby is where requests wait for their server.
type lobby struct {
	opened chan struct{} // closed when server is set

	mu     sync.Mutex
	server *Server // set once
	closed bool
}

// open lets the requests in.
func (b *lobby) open(s *Server) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.server = s
	close(b.opened)
	if b.closed {
		close(s.closing)
	}
}

// close tells the server, also one that is opened later, that it is about to
// stop.
func (b *lobby) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	if b.server != nil {
		close(b.server.closing)
	}
}

// handOverLimit is how long /readyz waits for a server that is about to be there:
// balancers need not know of a hand-over, which takes less.
const handOverLimit = 500 * time.Millisecond

// ServeHTTP answers one request.
func (b *lobby) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !over(b.opened) {
		switch r.URL.Path {
		case "/healthz":
			sayOK(w)
			return
		case "/readyz":
			select {
			case <-b.opened:
			case <-time.After(handOverLimit):
				http.Error(w, "starting", http.StatusServiceUnavailable)
				return
			}
		}
		select {
		case <-b.opened:
		case <-r.Context().Done():
			return
		}
	}
	b.server.handler.ServeHTTP(w, r)
}

// stay returns a context that is over when ctx is and the server has left its
// clients to others, where the settings ask for that. End must be called.
func (b *lobby) stay(ctx context.Context) (_ context.Context, end func()) {
	later, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var wait sync.WaitGroup
	wait.Go(func() {
		defer cancel()
		select {
		case <-ctx.Done():
		case <-later.Done(): // the server has failed
			return
		}
		if over(b.opened) {
			b.server.leave()
		}
	})
	return later, func() { cancel(); wait.Wait() }
}
