// Package socket serves the lines of participants and agents: WebSockets, and
// the streams of events that participants fall back on. A Hub has a room for
// each chat that somebody here listens to; a reader in it is a position in the
// chat's items. Announcements hurry readers along; where one does not continue a
// reader's position, the reader goes on from the store. Start reading at
// Hub.ServeHTTP, then session.go for one connection, stream.go for a stream, and
// room.go for delivery.
package socket

import (
	"context"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"

	"github.com/bellpull/bellpull/internal/bus"
	"github.com/bellpull/bellpull/internal/centre"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/edge/poll"
	"github.com/bellpull/bellpull/internal/edge/ratelimit"
	"github.com/bellpull/bellpull/internal/tally"
	"github.com/bellpull/bellpull/internal/token"
	"github.com/bellpull/bellpull/internal/tracing"
	"github.com/bellpull/bellpull/internal/wire"
)

// Limits of sockets.
const (
	// URLLife is how long a socket URL may be used after it was given out.
	URLLife = 100 * time.Second
	// MaxPerParticipant is how many lines a participant should have open; a
	// further one replaces one that has fallen silent.
	MaxPerParticipant = 5
	// MaxPerAgent is the same of an agent, who may have many pages open.
	MaxPerAgent = 50
)

// Options are what a Hub is made of.
type Options struct {
	Centre *centre.Centre
	Bus    bus.Bus
	Tokens *token.Keyring
	Log    *slog.Logger
	Now    func() time.Time
	Tracer *tracing.Tracer // nil: nothing is traced
	// Snapshot returns an agent's snapshot for the topic agent/snapshot, as
	// JSON; nil when that topic is not served.
	Snapshot func(context.Context, contact.InstanceID, contact.UserID) ([]byte, error)
	// Configuration does so for the topic agent/configuration.
	Configuration func(contact.InstanceID, contact.UserID) ([]byte, error)
	// Closing is closed when the server is about to stop: streams end then, being
	// requests; nil is never.
	Closing <-chan struct{}
}

// Hub holds the open sockets of this process.
type Hub struct {
	Options
	ctx     context.Context // ends the lines' background work with the hub
	stop    context.CancelFunc
	running sync.WaitGroup  // the goroutines of lines
	open    atomic.Int64    // sockets
	streams [2]atomic.Int64 // by Streams
	dropped atomic.Int64
	sent    atomic.Int64 // frames and events
	behind  atomic.Int64 // times that a reader went on from the store
	looks   looks
	pool    poll.Pool
	awake   tally.Watch        // since the hub was made: silence is measured by it, whatever the clock is set to
	asked   *ratelimit.Limiter // who asked where they stand

	mu      sync.Mutex
	closed  bool
	rooms   map[contact.ID]*room
	holders map[string][]line    // by participant or user, oldest first
	used    map[uint64]time.Time // nonces of used URLs, until they expire
	tidied  time.Time            // when used was last rid of expired ones
}

// NewHub returns a hub without sockets.
func NewHub(o Options) *Hub {
	h := &Hub{
		Options: o,
		rooms:   map[contact.ID]*room{},
		holders: map[string][]line{},
		used:    map[uint64]time.Time{},
		awake:   tally.Start(),
		asked:   ratelimit.New(QueueRate, o.Now),
	}
	h.ctx, h.stop = context.WithCancel(context.Background())
	h.looks.hub = h
	return h
}

// ServeHTTP opens the socket whose URL was given out by
// CreateParticipantConnection or CreateTransport. A URL works once.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	claims, err := h.Tokens.Verify(r.URL.Query().Get("t"), token.Socket, token.AgentSocket)
	switch {
	case !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") || r.Header.Get("Sec-Websocket-Key") == "":
		refuse(w, http.StatusBadRequest, "BadRequestException", "this is the address of a WebSocket")
		return
	case err != nil || !h.use(claims):
		refuse(w, http.StatusForbidden, "AccessDeniedException", "Forbidden")
		return
	}
	conn, early, _, err := ws.UpgradeHTTP(r, w)
	if err != nil {
		if conn != nil {
			_ = conn.Close() // the library has answered
		}
		return
	}
	s := newSession(h, conn, claims)
	if !h.enter(s) {
		s.kill()
		return
	}
	// The handler returns, so that the memory of the HTTP request is free while
	// the socket is open.
	h.open.Add(1)
	said, _ := early.Reader.Peek(early.Reader.Buffered())
	go s.read(nil, slices.Clone(said)) // and let the HTTP server's buffer go
}

// refuse answers a request that gets no socket.
func refuse(w http.ResponseWriter, status int, name, message string) {
	h := w.Header()
	h["x-amzn-ErrorType"] = []string{name}
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(wire.AppendError(nil, name, message)) // a client that is gone needs no answer
}

// use takes the URL with these claims; false means that it was taken before.
func (h *Hub) use(c token.Claims) bool {
	now := h.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	if now.Sub(h.tidied) > URLLife {
		h.tidied = now
		maps.DeleteFunc(h.used, func(_ uint64, until time.Time) bool { return until.Before(now) })
	}
	if _, taken := h.used[c.Nonce]; taken {
		return false
	}
	h.used[c.Nonce] = c.Expires
	return true
}

// enter registers a line, whose owner calls running.Done when it has ended. It
// reports false when the hub is closed.
func (h *Hub) enter(l line) bool {
	var stalest line
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return false
	}
	h.running.Add(1)
	holder := l.who().Holder
	mine := append(h.holders[holder], l)
	h.holders[holder] = mine
	most := MaxPerAgent
	if participant(l) {
		most = MaxPerParticipant
	}
	if len(mine) > most {
		stalest = h.stalest(mine[:len(mine)-1], most)
	}
	h.mu.Unlock()
	if stalest != nil {
		stalest.kill()
	}
	return true
}

// silence is how long a line says nothing before it counts as dead; clients send
// heartbeats every ten seconds.
const silence = 25 * time.Second

// overlap is how many lines more than they should have somebody may have
// while all of them are alive: a client that renews its line has two for a
// moment, and tabs that replaced each other would do so without an end.
const overlap = 1

// stalest returns the line that makes room for another: the one that has been
// silent longest, if it seems dead or there are far too many.
func (h *Hub) stalest(mine []line, most int) line {
	stalest := mine[0]
	for _, o := range mine {
		if o.silent() > stalest.silent() {
			stalest = o
		}
	}
	if stalest.silent() < silence && len(mine) < most+overlap {
		return nil
	}
	return stalest
}

// leave forgets a line that has ended.
func (h *Hub) leave(l line) {
	l.kill()
	l.detachAll()
	holder := l.who().Holder
	h.mu.Lock()
	defer h.mu.Unlock()
	mine := h.holders[holder]
	rest := make([]line, 0, len(mine))
	for _, o := range mine {
		if o != l {
			rest = append(rest, o)
		}
	}
	if len(rest) == 0 {
		delete(h.holders, holder)
		return
	}
	h.holders[holder] = rest
}

// Sockets returns how many lines a participant has open here.
func (h *Hub) Sockets(p contact.ParticipantID) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.holders[string(p)])
}

// Drop closes the lines of a participant or agent, or all of them when holder
// is empty, and returns how many there were. Clients come back.
func (h *Hub) Drop(holder string) int {
	all := h.lines(holder)
	for _, l := range all {
		l.kill()
	}
	return len(all)
}

// lines returns the lines of a participant or agent, or all of them when holder
// is empty.
func (h *Hub) lines(holder string) (all []line) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for id, mine := range h.holders {
		if holder == "" || id == holder {
			all = append(all, mine...)
		}
	}
	return all
}

// Open returns how many sockets are open here.
func (h *Hub) Open() int64 { return h.open.Load() }

// Dropped returns how many lines were closed for being too slow.
func (h *Hub) Dropped() int64 { return h.dropped.Load() }

// Streams returns how many streams are open here: of server-sent events, and
// long polls.
func (h *Hub) Streams() (events, polls int64) { return h.streams[0].Load(), h.streams[1].Load() }

// Sent returns how many frames and events have been handed to lines.
func (h *Hub) Sent() int64 { return h.sent.Load() }

// FellBehind returns how many times a reader missed an announcement, or came
// late, and read on from the store.
func (h *Hub) FellBehind() int64 { return h.behind.Load() }

// Rooms returns how many chats are listened to here.
func (h *Hub) Rooms() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.rooms)
}

// Close closes all lines and waits for their work to end. Later ones are
// closed at once.
func (h *Hub) Close() {
	all := h.shut()
	h.stop()
	for _, l := range all {
		l.goAway()
	}
	h.running.Wait()
}

// CloseOver is Close, spread over the given time so that not all clients come
// back at once. When ctx is over the rest is closed at once.
func (h *Hub) CloseOver(ctx context.Context, spread time.Duration) {
	all := h.shut()
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	const steps = 50
	for i := range steps {
		for _, l := range all[len(all)*i/steps : len(all)*(i+1)/steps] {
			l.goAway()
		}
		select {
		case <-ctx.Done():
		case <-time.After(spread / steps):
		}
	}
	h.Close()
}

// shut lets nobody in any more and returns the lines that are open.
func (h *Hub) shut() (all []line) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for _, mine := range h.holders {
		all = append(all, mine...)
	}
	return all
}
