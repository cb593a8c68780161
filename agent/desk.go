package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/bellpull/bellpull/chat"
)

// The topics of an agent's socket beside that of the chats.
const (
	topicSnapshot      = "agent/snapshot"
	topicConfiguration = "agent/configuration"
)

// Desk is one agent's desk. Its methods may be called from any goroutine.
//
// Commands are made once, apart from the renewal of a token; what fails
// without the server's word, or with a *chat.Error that is Temporary, may be
// tried again, and none but Transfer and AddParticipant does harm twice. They
// return when the server has done it, which a snapshot shows a moment later.
type Desk struct {
	opts   *Options
	client *client
	socket *chat.Socket
	events chan Event
	heard  chan struct{} // closed once the socket is listened to

	ctx    context.Context // ends with the desk: what the background work and the calls live by
	cancel context.CancelCauseFunc
	work   sync.WaitGroup

	mu       sync.Mutex
	err      error // why the desk is over
	config   Configuration
	snapshot Snapshot                 // the newest
	sessions map[string]*chat.Session // by contact, of those on the desk
}

// SignIn signs an agent in, reads the configuration and starts to follow the
// desk. It leaves the agent's state as it is. What the server refuses, such as
// a wrong password, is a *chat.Error; a server that many agents sign in to may
// answer with one that is Temporary.
//
// The desk lives until Close is called; ctx ending does not end it.
func SignIn(ctx context.Context, options Options) (*Desk, error) {
	opts := options.withDefaults()
	d := &Desk{
		opts:     &opts,
		client:   &client{opts: &opts},
		events:   make(chan Event),
		heard:    make(chan struct{}),
		sessions: map[string]*chat.Session{},
	}
	if err := d.client.signIn(ctx); err != nil {
		return nil, err
	}
	var err error
	if d.config, err = d.client.configuration(ctx); err != nil {
		return nil, err
	}
	d.ctx, d.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	d.socket = chat.OpenSocket(d.socketURL, chat.SocketOptions{
		Topics: []string{chat.TopicChat, topicSnapshot, topicConfiguration}, HTTPClient: opts.HTTPClient, Logger: opts.Logger, Now: opts.Now,
	})
	d.work.Go(func() { d.run(d.ctx) })
	return d, nil
}

// Events returns the stream of what happens. It closes on Close, and when the
// desk is over; Err then tells which. To a slow reader, for whom
// Options.Backlog events wait already, the desk tells what is different once
// they are taken.
func (d *Desk) Events() <-chan Event { return d.events }

// Err returns nil while the desk is followed; afterwards ErrClosed, or an error
// that wraps ErrSignedOut.
func (d *Desk) Err() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err
}

func (d *Desk) finish(why error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err == nil {
		d.err = why
	}
}

// Snapshot returns the newest snapshot, which may be newer than the events
// taken. It is zero until there is one.
func (d *Desk) Snapshot() Snapshot {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.snapshot
}

// Configuration returns the agent's configuration, as it was at SignIn or as a
// ConfigurationEvent told last.
func (d *Desk) Configuration() Configuration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.config
}

// Close lets go of the desk without signing the agent off: whoever is
// Routable goes on being offered chats, and misses them. It closes the desk's
// chat sessions, and returns when nothing of the desk is left running; that
// takes some seconds if the other side of the socket does not answer.
func (d *Desk) Close() {
	d.finish(ErrClosed)
	d.cancel(ErrClosed)
	d.mu.Lock()
	sessions := d.sessions
	d.sessions = nil
	d.mu.Unlock()
	for _, s := range sessions {
		s.Close()
	}
	d.socket.Close()
	d.work.Wait()
}

// Call does an operation of the agent API that has no method here. in must
// become a JSON object; out, into which the answer is read, may be nil.
func (d *Desk) Call(ctx context.Context, operation string, in, out any) error {
	ctx, cancel := d.within(ctx)
	defer cancel()
	return d.cause(ctx, d.client.call(ctx, operation, 0, in, out))
}

// within returns a context that ends with ctx or with the desk.
func (d *Desk) within(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(d.ctx, func() { cancel(context.Cause(d.ctx)) })
	if why := context.Cause(d.ctx); why != nil {
		cancel(why) // now, and not soon
	}
	return ctx, func() { stop(); cancel(nil) }
}

// cause adds why ctx has ended to the error of a call that ended with it.
func (d *Desk) cause(ctx context.Context, err error) error {
	if why := context.Cause(ctx); err != nil && why != nil && !errors.Is(err, why) {
		return errors.Join(why, err)
	}
	return err
}

// socketURL obtains the address of a fresh socket, once somebody hears what
// comes there. A refusal ends the socket.
func (d *Desk) socketURL(ctx context.Context) (string, error) {
	select {
	case <-d.heard:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	var out struct{ WebSocketTransport struct{ URL string } }
	err := d.client.call(ctx, "CreateTransport", 0, map[string]string{"transportType": "web_socket"}, &out)
	switch {
	case errors.Is(err, ErrSignedOut):
		err = fmt.Errorf("%w: %w", chat.ErrEnded, err)
	case err == nil && out.WebSocketTransport.URL == "":
		err = errors.New("CreateTransport: the answer has no socket address")
	}
	return out.WebSocketTransport.URL, err
}

// fetch asks for a snapshot other than the one that token names, for at most
// wait.
func (c *client) fetch(ctx context.Context, token string, wait time.Duration) (Snapshot, string, error) {
	in := map[string]any{"timeout": wait.Milliseconds()}
	if token != "" {
		in["nextToken"] = token
	}
	var out json.RawMessage
	if err := c.call(ctx, "GetAgentSnapshot", wait, in, &out); err != nil {
		return Snapshot{}, "", err
	}
	return parseSnapshot(out)
}
