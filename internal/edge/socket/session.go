package socket

import (
	"encoding/binary"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gobwas/ws"

	"github.com/bellpull/bellpull/internal/contact"
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
)

// session is one socket.
type session struct {
	hub    *Hub
	net    net.Conn
	raw    syscall.RawConn // nil where writing without blocking is not possible
	claims token.Claims
	opened time.Time
	heard  atomic.Int64 // when the client last said something, by the hub's watch

	partial []byte // what has come of a message in several frames; the one who reads owns it

	mu      sync.Mutex
	dead    bool
	writing bool      // somebody is writing, and will write what waits
	waiting [][]byte  // frames, in order
	bytes   int       // of the frames that wait
	try     attempt   // of the one who is writing
	at      []*reader // few: an agent has at most ten chats
	desk    *desk     // of an agent who has subscribed
}

func newSession(h *Hub, conn net.Conn, claims token.Claims) *session {
	s := &session{hub: h, net: conn, claims: claims, opened: h.Now()}
	s.hear()
	if tcp, ok := conn.(*net.TCPConn); ok && canTry {
		s.raw, _ = tcp.SyscallConn()
	}
	s.try.f, s.try.get = s.try.write, s.try.read
	return s
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
func (s *session) send(frame []byte) {
	s.mu.Lock()
	if s.dead {
		s.mu.Unlock()
		return
	}
	s.hub.sent.Add(1)
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
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(rest) == 0 && len(s.waiting) == 0 || s.dead {
		s.writing = false
		return
	}
	s.hub.running.Add(1)
	go s.drain(rest)
}

// writeNow writes what the connection takes without blocking and returns the
// rest. Only the one who is writing may call it.
func (s *session) writeNow(frame []byte) (rest []byte) {
	if s.raw == nil {
		return frame
	}
	s.try.frame = frame
	err := s.raw.Write(s.try.f)
	s.try.frame = nil
	switch {
	case err != nil || s.try.err != nil && !wouldBlock(s.try.err):
		s.kill()
		return nil
	case s.try.err != nil:
		return frame
	}
	return frame[s.try.n:]
}

// drain writes rest and then what waits, taking its time, until nothing waits.
func (s *session) drain(rest []byte) {
	defer s.hub.running.Done()
	for {
		if len(rest) > 0 {
			_ = s.net.SetWriteDeadline(time.Now().Add(writeLimit)) //nolint:forbidigo // the network's clock
			if _, err := s.net.Write(rest); err != nil {
				s.kill()
			}
		}
		s.mu.Lock()
		if s.dead || len(s.waiting) == 0 {
			s.writing = false
			s.waiting, s.bytes = nil, 0
			_ = s.net.SetWriteDeadline(time.Time{})
			s.mu.Unlock()
			return
		}
		rest = s.waiting[0]
		s.waiting = s.waiting[1:]
		s.bytes -= len(rest)
		s.mu.Unlock()
	}
}

// kill closes the connection at once.
func (s *session) kill() {
	s.mu.Lock()
	was := s.dead
	s.dead = true
	s.mu.Unlock()
	if !was {
		_ = s.net.Close()
	}
}

// goAway tells the client that the server stops, and closes.
func (s *session) goAway() {
	s.send(closing(ws.StatusGoingAway))
	s.kill()
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
