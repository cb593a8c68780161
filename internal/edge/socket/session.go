package socket

import (
	"encoding/binary"
	"io"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/edge/poll"
	"github.com/bellpull/bellpull/internal/token"
	"github.com/bellpull/bellpull/internal/wire"
)

// How much may wait for a slow reader before it is disconnected; it comes back
// and reads the transcript.
const (
	maxWaitingFrames = 1024
	maxWaitingBytes  = 4 << 20
	// writeLimit is how long one write to a slow reader may take.
	writeLimit = 30 * time.Second
	// lastLimit is how long a slow reader has for the last that it is sent.
	lastLimit = time.Second
)

// conn is what a socket needs of its connection.
type conn interface {
	io.ReadWriteCloser
	SetWriteDeadline(time.Time) error
}

// session is one socket.
type session struct {
	hub    *Hub
	net    conn
	quiet  *poll.Conn // the same, once the hub's pool has it
	claims token.Claims
	opened time.Time
	heard  atomic.Int64 // when the client last said something, by the hub's watch

	partial []byte // what has come of a message in several frames; the one who reads owns it

	mu      sync.Mutex
	dead    bool
	last    bool      // nothing is sent any more, and the socket ends when nothing waits
	writing bool      // somebody is writing, and will write what waits
	waiting [][]byte  // frames, in order
	bytes   int       // of the frames that wait
	at      []*reader // few: an agent has at most ten chats
	desk    *desk     // of an agent who has subscribed
}

func newSession(h *Hub, conn net.Conn, claims token.Claims) *session {
	s := &session{hub: h, net: conn, claims: claims, opened: h.Now()}
	s.hear()
	return s
}

// adopt lets the hub's pool watch the connection, where that can be. The one who
// reads calls it, while nobody writes yet.
func (s *session) adopt() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	tcp, ok := s.net.(*net.TCPConn)
	if !ok || s.writing || s.dead {
		return s.quiet != nil
	}
	quiet, err := s.hub.pool.Adopt(tcp)
	if err != nil {
		return false
	}
	s.net, s.quiet = quiet, quiet
	return true
}

// reader returns the session's place in a chat, or nil. The session's mutex is
// held.
func (s *session) reader(id contact.ID) *reader {
	for _, rd := range s.at {
		if rd.room.id == id {
			return rd
		}
	}
	return nil
}

// who and tell implement line.
func (s *session) who() *token.Claims { return &s.claims }
func (s *session) tell(n *news)       { s.send(n.asFrame()) }

// survive keeps a panic of this program from ending more than one socket.
func (s *session) survive(doing string) {
	if p := recover(); p != nil {
		s.hub.Log.Error("panic at a socket", "doing", doing, "holder", s.claims.Holder, "panic", p, "stack", string(debug.Stack()))
		s.kill()
	}
}

func (s *session) hear() { s.heard.Store(int64(s.hub.awake.Elapsed())) }

// silent is how long the client has said nothing.
func (s *session) silent() time.Duration {
	return s.hub.awake.Elapsed() - time.Duration(s.heard.Load())
}

// Frames that are the same for everybody.
var (
	heartbeat = text(wire.AppendHeartbeat(room10()))
	pong      = text(wire.AppendPong(room10()))
)

// send writes a frame, or lets it wait where the client is slower than that. It
// never blocks. Frames arrive in the order of the calls.
func (s *session) send(frame []byte) { s.put(frame, false) }

// sendLast sends a frame behind all that waits, and ends the socket behind it.
func (s *session) sendLast(frame []byte) { s.put(frame, true) }

func (s *session) put(frame []byte, last bool) {
	s.mu.Lock()
	if s.dead || s.last {
		s.mu.Unlock()
		return
	}
	s.hub.sent.Add(1)
	if last {
		s.last = true
		s.limit(lastLimit)
	}
	if s.writing {
		if len(s.waiting) >= maxWaitingFrames || s.bytes+len(frame) > maxWaitingBytes {
			s.mu.Unlock()
			s.hub.dropped.Add(1)
			s.hub.Log.Warn("socket closed: the client reads too slowly", "holder", s.claims.Holder)
			s.kill()
			return
		}
		s.waiting = append(s.waiting, frame)
		s.bytes += len(frame)
		s.mu.Unlock()
		return
	}
	s.writing = true
	s.mu.Unlock()

	rest := s.writeNow(frame)
	if len(rest) == 0 {
		rest = s.next()
	}
	if len(rest) > 0 {
		s.drainLater(rest)
	}
}

// writeNow writes what the connection takes without blocking and returns the
// rest. Only the one who is writing may call it.
func (s *session) writeNow(frame []byte) (rest []byte) {
	if s.quiet == nil {
		return frame
	}
	n, err := s.quiet.TryWrite(frame)
	if err != nil {
		s.kill()
		return nil
	}
	return frame[n:]
}

// next returns the frame that the one who is writing writes next. Where nothing
// waits, nobody is writing any more.
func (s *session) next() (frame []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.dead && len(s.waiting) > 0 {
		frame, s.waiting = s.waiting[0], s.waiting[1:]
		s.bytes -= len(frame)
		return frame
	}
	s.writing = false
	s.waiting, s.bytes = nil, 0
	if s.last {
		s.killHeld()
	}
	return nil
}

// drainLater begins to drain, unless the session has ended, for which the hub may
// have waited already.
func (s *session) drainLater(rest []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.dead {
		s.hub.running.Add(1)
		go s.drain(rest)
	}
}

// drain writes rest and then what waits, taking its time, until nothing waits.
func (s *session) drain(rest []byte) {
	defer s.hub.running.Done()
	for ; len(rest) > 0; rest = s.next() {
		s.giveTime()
		if _, err := s.net.Write(rest); err != nil {
			s.kill()
		}
	}
}

// giveTime says how long the next write may take.
func (s *session) giveTime() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.last { // which has its own limit
		s.limit(writeLimit)
	}
}

// limit says how long writes may take from now on. The mutex is held.
func (s *session) limit(d time.Duration) {
	_ = s.net.SetWriteDeadline(time.Now().Add(d)) //nolint:forbidigo // the network's clock
}

// kill closes the connection at once.
func (s *session) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.killHeld()
}

// killHeld is kill where the mutex is held.
func (s *session) killHeld() {
	if !s.dead {
		s.dead = true
		_ = s.net.Close()
	}
}

// goAway tells the client that the server stops, and closes.
func (s *session) goAway() {
	s.sendLast(closing(ws.StatusGoingAway))
}

// headerRoom is the longest header of a frame that a server sends.
const headerRoom = 10

// room10 returns a buffer whose first bytes are left for the header.
func room10() []byte { return make([]byte, headerRoom, 128) }

// text makes the payload behind the headerRoom of b a text frame.
func text(b []byte) []byte { return header(ws.OpText, b) }

// frame returns a frame with the given payload.
func frame(op ws.OpCode, payload []byte) []byte {
	return header(op, append(make([]byte, headerRoom, headerRoom+len(payload)), payload...))
}

// header puts the header before the payload behind the headerRoom of b and
// returns the frame, which is part of b. Frames of a server are not masked, so
// one frame serves all its readers.
func header(op ws.OpCode, b []byte) []byte {
	const final = 0x80
	n := len(b) - headerRoom
	switch {
	case n < 126:
		b = b[headerRoom-2:]
		b[1] = byte(n)
	case n < 1<<16:
		b = b[headerRoom-4:]
		b[1] = 126
		binary.BigEndian.PutUint16(b[2:], uint16(n))
	default:
		b[1] = 127
		binary.BigEndian.PutUint64(b[2:], uint64(n))
	}
	b[0] = final | byte(op)
	return b
}
