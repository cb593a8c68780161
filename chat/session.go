package chat

import (
	"context"
	"errors"
	"sync"
)

// Session is one participant's part in a chat. Its methods may be called from
// any goroutine.
type Session struct {
	details  Details
	opts     *Options
	creds    *credentials
	socket   *Socket // nil if the transport is shared
	events   chan Event
	inbox    chan Signal
	receipts *receipts
	typing   throttle

	ctx    context.Context // ends with Close: what the background work and the calls live by
	cancel context.CancelCauseFunc
	work   sync.WaitGroup

	mu     sync.Mutex
	err    error         // why the session is over
	backUp chan struct{} // closed, and replaced, when the connection is up again
}

// Connect joins the chat that details describe. It returns as soon as the
// service has accepted the participant; ConnectionEstablished tells when live
// items flow. Until then it tries, past outages of the service, as long as ctx
// lasts. A chat that is over gives an error that wraps ErrEnded and *Error.
// With Options.Transport it returns at once.
//
// The session lives until the chat ends and Close is called; ctx ending does
// not end it.
func Connect(ctx context.Context, details Details, options Options) (*Session, error) {
	opts := options.withDefaults()
	s := &Session{
		details: details,
		opts:    &opts,
		creds:   &credentials{opts: &opts, participantToken: details.ParticipantToken},
		events:  make(chan Event),
		inbox:   make(chan Signal, 64),
		backUp:  make(chan struct{}),
	}
	var transport Transport
	if opts.Transport == nil {
		address, err := s.firstAddress(ctx)
		if err != nil {
			return nil, err
		}
		s.socket = OpenSocket(func(ctx context.Context) (string, error) {
			if a := address; a != "" {
				address = ""
				return a, nil
			}
			return s.creds.connect(ctx)
		}, SocketOptions{HTTPClient: opts.HTTPClient, Logger: opts.Logger, Now: opts.Now})
		transport = s.socket
	} else {
		transport = opts.Transport
	}
	s.ctx, s.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	if s.socket == nil {
		s.work.Go(func() { s.acknowledge(s.ctx) })
	}
	s.receipts = newReceipts(s)
	s.work.Go(func() { s.receipts.run(s.ctx) })
	s.work.Go(func() { s.run(s.ctx, transport) })
	return s, nil
}

// firstAddress obtains the first socket's address, and with it the first
// connection token.
func (s *Session) firstAddress(ctx context.Context) (string, error) {
	for failures := 0; ; {
		address, err := s.creds.connect(ctx)
		if err == nil || !temporary(err) || ctx.Err() != nil {
			return address, err
		}
		failures++
		s.opts.Logger.InfoContext(ctx, "not connected", "failures", failures, "error", err)
		if sleep(ctx, pause(failures, firstPause), nil) != nil {
			return "", err
		}
	}
}

// acknowledge declares an agent connected who shares a socket. Nothing
// depends on it but how the service shows the agent.
func (s *Session) acknowledge(ctx context.Context) {
	if s.opts.Role == RoleCustomer || s.details.ParticipantToken == "" {
		return
	}
	if _, err := s.opts.createConnection(ctx, s.details.ParticipantToken); err != nil {
		s.opts.Logger.WarnContext(ctx, "connection not acknowledged", "error", err)
	}
}

// Details returns what the session was connected with.
func (s *Session) Details() Details { return s.details }

// Events returns the stream of what happens. It closes after the last event
// when the chat has ended, and on Close; Err then tells which.
//
// A reader may be slow: Options.Backlog events wait for it. Beyond that the
// session drops what comes, and once half of the backlog is taken reads the
// transcript on from where it dropped, so that items are late but none is
// missing. Only what no transcript holds is lost then: typing, receipts, idle
// events; and, to a customer, items that the end of the chat has put out of
// reach. The connection is never held up.
func (s *Session) Events() <-chan Event { return s.events }

// Err returns nil while the session runs; afterwards ErrEnded, ErrTransferred
// or ErrClosed.
func (s *Session) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// finish notes why the session is over, once.
func (s *Session) finish(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = why
	}
}

// Close lets go of the chat without leaving it: the participant may connect
// again, and Disconnect is what ends its part. Receipts that are still waiting
// are dropped. Close returns when nothing of the session is left running; that
// takes some seconds if the other side of the socket does not answer.
func (s *Session) Close() {
	s.finish(ErrClosed)
	s.cancel(ErrClosed)
	s.work.Wait()
}

// call makes a request with the connection token, past outages, for as long as
// ctx and the session last.
func (s *Session) call(ctx context.Context, c call) error {
	ctx, cancel := s.within(ctx)
	defer cancel()
	for failures := 0; ; {
		up := s.up()
		err := s.attempt(ctx, c)
		if err == nil {
			if s.socket != nil {
				s.socket.Hurry()
			}
			return nil
		}
		if cause := context.Cause(ctx); cause != nil {
			return errors.Join(cause, err)
		}
		if !temporary(err) {
			return err
		}
		failures++
		s.opts.Logger.InfoContext(ctx, "request failed", "operation", c.operation, "failures", failures, "error", err)
		if sleep(ctx, pause(failures, firstRetry), up) != nil {
			return errors.Join(context.Cause(ctx), err)
		}
	}
}

// up returns a channel that closes when the connection is up again, which is a
// good moment to repeat what failed.
func (s *Session) up() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.backUp
}

// isUp wakes those who wait for it.
func (s *Session) isUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.backUp)
	s.backUp = make(chan struct{})
}

// attempt makes a request once, and once more with a new token if the token is
// refused: it may have expired.
func (s *Session) attempt(ctx context.Context, c call) error {
	err := s.once(ctx, c)
	if denied(err) && !errors.Is(err, ErrEnded) {
		err = s.once(ctx, c)
	}
	return err
}

func (s *Session) once(ctx context.Context, c call) error {
	token, err := s.creds.get(ctx)
	if err != nil {
		return err
	}
	c.token = token
	err = s.opts.do(ctx, c)
	if denied(err) {
		s.creds.drop(token)
	}
	return err
}

// within returns a context that ends with ctx or with the session.
func (s *Session) within(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(s.ctx, func() { cancel(context.Cause(s.ctx)) })
	return ctx, func() { stop(); cancel(nil) }
}
