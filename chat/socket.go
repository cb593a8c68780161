package chat

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
)

const (
	socketLife  = 3540 * time.Second // until a socket is replaced
	leastLife   = 300 * time.Second
	addressLife = 85 * time.Second // how long a socket's address is good for
	openLimit   = 30 * time.Second // for one upgrade
	steadyAfter = 10 * time.Second // a socket that lived so long was no failure
)

// SocketOptions say how a Socket works. The zero value is a socket for chats.
type SocketOptions struct {
	// Topics are what to subscribe to; none means TopicChat.
	Topics []string

	// Life is how long one WebSocket is used before another replaces it.
	// 0 means 59 minutes; less than 5 minutes means 5 minutes.
	Life time.Duration

	HTTPClient *http.Client     // nil means http.DefaultClient
	Logger     *slog.Logger     // nil means silence
	Now        func() time.Time // nil means time.Now
}

// Socket is a lasting connection over one WebSocket after another. It is a
// Transport for the sessions that share it.
//
// While it is replacing one WebSocket by the next, both are open for a moment;
// listeners hear Subscribed and need not know.
type Socket struct {
	address func(context.Context) (string, error)
	opts    SocketOptions

	cancel context.CancelFunc
	work   sync.WaitGroup
	hurry  chan struct{} // cuts a pause between attempts short

	mu        sync.Mutex // held while listeners hear, so that they hear in order
	up        bool
	over      error // why it is over
	listeners map[*func(Signal)]struct{}
}

// OpenSocket starts connecting and returns at once. address obtains the URL of
// a fresh WebSocket each time that one is needed; when it fails with an error
// that wraps ErrEnded the socket is over, while after any other failure it is
// asked again, after growing pauses. Close ends the socket.
func OpenSocket(address func(context.Context) (string, error), opts SocketOptions) *Socket {
	if len(opts.Topics) == 0 {
		opts.Topics = []string{TopicChat}
	}
	if opts.Life == 0 {
		opts.Life = socketLife
	}
	opts.Life = max(opts.Life, leastLife)
	if opts.HTTPClient == nil {
		opts.HTTPClient = http.DefaultClient
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.Now == nil {
		opts.Now = time.Now //nolint:forbidigo // what a handed-in clock defaults to
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Socket{
		address:   address,
		opts:      opts,
		cancel:    cancel,
		hurry:     make(chan struct{}),
		listeners: map[*func(Signal)]struct{}{},
	}
	s.work.Go(func() { s.run(ctx) })
	return s
}

// Close hangs up, politely if the other side answers, and waits until nothing
// of the socket is left. Listeners hear nothing more.
func (s *Socket) Close() {
	s.cancel()
	s.work.Wait()
}

// Hurry has a socket that waits before it tries again try now. It is for
// programs that have learnt that the network or the service is back.
func (s *Socket) Hurry() {
	select {
	case s.hurry <- struct{}{}:
	default: // it is not waiting
	}
}

// Listen makes hear a listener; see Transport.
func (s *Socket) Listen(hear func(Signal)) (stop func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := &hear
	s.listeners[key] = struct{}{}
	switch {
	case s.over != nil:
		hear(Signal{Kind: Over, Err: s.over})
	case s.up:
		hear(Signal{Kind: Subscribed})
	}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.listeners, key)
	}
}

func (s *Socket) tell(sig Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sig.Kind == Subscribed || sig.Kind == Lost || sig.Kind == Over {
		s.up = sig.Kind == Subscribed
	}
	if sig.Kind == Over {
		s.over = sig.Err
	}
	for hear := range s.listeners {
		(*hear)(sig)
	}
}

// opened is the outcome of an attempt to open a WebSocket.
type opened struct {
	conn *websocket.Conn
	err  error
}

// manager is the state of Socket.run, which alone touches it.
type manager struct {
	*Socket
	events  chan linkEvent
	opened  chan opened
	leaving chan struct{} // closed when run stops listening to events
	links   sync.WaitGroup

	primary, next *link // in use; opened to replace it and not yet subscribed
	since         time.Time
	opening       bool
	failures      int

	address    string // fetched and not yet used up
	addressAge time.Time
}

// run keeps one subscribed link, until ctx ends or the address is refused.
func (s *Socket) run(ctx context.Context) {
	m := &manager{
		Socket:  s,
		events:  make(chan linkEvent),
		opened:  make(chan opened),
		leaving: make(chan struct{}),
	}
	opening, cancel := context.WithCancel(ctx)
	defer func() {
		cancel()
		close(m.leaving)
		for _, l := range []*link{m.primary, m.next} {
			if l != nil {
				close(l.retired)
			}
		}
		m.links.Wait()
	}()
	m.open(opening)
	for {
		select {
		case <-ctx.Done():
			return
		case o := <-m.opened:
			m.opening = false
			if errors.Is(o.err, ErrEnded) {
				m.tell(Signal{Kind: Over, Err: o.err})
				return
			}
			if o.err != nil {
				m.failures++
				m.opts.Logger.InfoContext(ctx, "socket not opened", "failures", m.failures, "error", o.err)
				m.open(opening)
				continue
			}
			m.next = newLink(o.conn, m.opts.Topics, m.opts.Life, m.report)
			m.links.Go(m.next.run)
		case ev := <-m.events:
			m.handle(opening, ev)
		}
	}
}

// report is how links speak to the manager.
func (m *manager) report(ev linkEvent) {
	select {
	case m.events <- ev:
	case <-m.leaving:
	}
}

func (m *manager) handle(ctx context.Context, ev linkEvent) {
	switch ev.kind {
	case linkSubscribed:
		if ev.link != m.next {
			return // confirmed twice
		}
		if m.primary != nil {
			close(m.primary.retired)
		}
		m.primary, m.next, m.since = ev.link, nil, m.opts.Now()
		m.tell(Signal{Kind: Subscribed})
	case linkFrame:
		switch {
		case ev.err != nil:
			m.opts.Logger.WarnContext(ctx, "frame not understood", "error", ev.err)
		case ev.link == m.primary:
			m.tell(Signal{Kind: Frame, Topic: ev.frame.topic, Content: ev.frame.content})
		}
	case linkPing:
		if ev.link == m.primary {
			m.tell(Signal{Kind: Pinged, Err: ev.err})
		}
	case linkSilent, linkOld:
		if ev.link == m.primary {
			m.failures = 0
			m.open(ctx)
		}
	case linkDown:
		m.down(ctx, ev)
	}
}

// down deals with the end of a link.
func (m *manager) down(ctx context.Context, ev linkEvent) {
	switch ev.link {
	case m.next:
		m.next = nil
		m.failures++
	case m.primary:
		m.primary = nil
		if m.opts.Now().Sub(m.since) >= steadyAfter {
			m.failures = 0
		} else {
			m.failures++
		}
		m.tell(Signal{Kind: Lost, Err: ev.err})
	default:
		return // a retired one
	}
	m.opts.Logger.InfoContext(ctx, "socket ended", "error", ev.err)
	m.open(ctx)
}

// open starts opening a link, after a pause if the last attempts failed,
// unless one is being opened.
func (m *manager) open(ctx context.Context) {
	if m.opening || m.next != nil {
		return
	}
	m.opening = true
	wait := pause(m.failures, firstPause)
	m.work.Go(func() {
		conn, err := m.dial(ctx, wait)
		select {
		case m.opened <- opened{conn, err}:
		case <-m.leaving:
			if conn != nil {
				_ = conn.CloseNow()
			}
		}
	})
}

// dial waits, obtains an address and opens a WebSocket there. Only one dial
// runs at a time. An address that no server has seen is kept for the next
// attempt, while it is fresh.
func (m *manager) dial(ctx context.Context, wait time.Duration) (*websocket.Conn, error) {
	// However many are in a hurry, a second is the least.
	unhurried := min(wait, firstPause)
	if err := sleep(ctx, unhurried, nil); err != nil {
		return nil, err
	}
	if err := sleep(ctx, wait-unhurried, m.hurry); err != nil {
		return nil, err
	}
	if m.address == "" || m.opts.Now().Sub(m.addressAge) > addressLife {
		address, err := m.Socket.address(ctx)
		if err != nil {
			return nil, err
		}
		m.address, m.addressAge = address, m.opts.Now()
	}
	ctx, cancel := context.WithTimeout(ctx, openLimit)
	defer cancel()
	conn, resp, err := websocket.Dial(ctx, m.address, &websocket.DialOptions{HTTPClient: m.opts.HTTPClient})
	if resp != nil { // it is used up, even if refused
		m.address = ""
		if err != nil {
			_ = resp.Body.Close() // read already
		}
	}
	return conn, err
}
