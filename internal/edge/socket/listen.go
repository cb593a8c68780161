package socket

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"sync"

	"github.com/gobwas/ws"

	"github.com/bellpull/bellpull/internal/edge/poll"
	"github.com/bellpull/bellpull/internal/wire"
)

// maxClientFrame is the longest message of a client, in bytes; longer ones end
// the socket.
const maxClientFrame = 64 << 10

// Ready hears what the client says next. Nearly all that it ever says are
// heartbeats, which are answered here; all else is read by a goroutine. There is
// never more than one who reads.
func (s *session) Ready() {
	g := gulps.Get().(*gulp)
	n, err := s.quiet.TryRead(g[:])
	rest := g[:n]
	for s.partial == nil && isHeartbeat(rest) {
		rest = rest[heartbeatLength:]
		s.hear()
		s.send(heartbeat)
	}
	switch {
	case len(rest) > 0:
		go s.read(g, rest)
		return
	case err == nil, errors.Is(err, poll.ErrNothing):
		s.quiet.Await(s)
	default:
		go s.end()
	}
	gulps.Put(g)
}

// gulp has room for what a client has said.
type gulp [512]byte

// gulps are for those to whom something has come just now.
var gulps = sync.Pool{New: func() any { return new(gulp) }}

// A client's heartbeat as it is on the line: a header, the mask and the masked
// text, which all clients write alike.
const (
	heartbeatText   = `{"topic":"aws/heartbeat"}`
	heartbeatLength = 2 + 4 + len(heartbeatText)
)

// isHeartbeat reports whether b begins with one.
func isHeartbeat(b []byte) bool {
	if len(b) < heartbeatLength || b[0] != 0x80|byte(ws.OpText) || b[1] != 0x80|byte(len(heartbeatText)) {
		return false
	}
	for i := range len(heartbeatText) {
		if b[6+i]^b[2+i%4] != heartbeatText[i] {
			return false
		}
	}
	return true
}

// readers are the buffers of those who read just now.
var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 512) }}

// read hears what has come: early, which is in g if anywhere, and what follows,
// until nothing does and the pool can wait for more. The first word is waited
// for here, since clients say it at once.
func (s *session) read(g *gulp, early []byte) {
	r := readers.Get().(*bufio.Reader)
	had := bytes.NewReader(early)
	r.Reset(io.MultiReader(had, fromNet{s}))
	_, err := r.Peek(1)
	quiet := err == nil && s.adopt()
	for more := err == nil; more; more = err == nil && (!quiet || r.Buffered()+had.Len() > 0) {
		err = s.readFrame(r)
	}
	r.Reset(nil)
	readers.Put(r)
	if g != nil {
		gulps.Put(g)
	}
	if err == nil {
		s.quiet.Await(s)
		return
	}
	if s.sayWhy(err) {
		_, _ = io.Copy(io.Discard, s.net) // until the client has been told
	}
	s.end()
}

// fromNet reads from a session's connection, whichever that is by then.
type fromNet struct{ *session }

func (f fromNet) Read(b []byte) (int, error) { return f.net.Read(b) }

// end is the last that happens to a session that has been listened to.
func (s *session) end() {
	s.kill()
	s.hub.leave(s)
	s.hub.open.Add(-1)
	s.hub.running.Done()
}

// What ends a socket that the network has not ended.
var (
	errTooLong = errors.New("the message is too long")
	errGoodbye = errors.New("the client has closed the socket")
)

// sayWhy tells the client why its socket ends. It reports false where that is
// not for us to say.
func (s *session) sayWhy(err error) bool {
	code := ws.StatusProtocolError
	switch _, broken := errors.AsType[ws.ProtocolError](err); {
	case errors.Is(err, errTooLong):
		code = ws.StatusMessageTooBig
	case errors.Is(err, errGoodbye):
		code = ws.StatusNormalClosure
	case !broken && !errors.Is(err, ws.ErrHeaderLengthMSB):
		return false
	}
	s.sendLast(closing(code))
	return true
}

// closing is the frame that ends a socket for a reason.
func closing(code ws.StatusCode) []byte {
	return frame(ws.OpClose, binary.BigEndian.AppendUint16(nil, uint16(code)))
}

// readFrame reads one frame and does what it asks for.
func (s *session) readFrame(r *bufio.Reader) error {
	state := ws.StateServerSide
	if s.partial != nil {
		state = state.Set(ws.StateFragmented)
	}
	h, err := ws.ReadHeader(r)
	if err != nil {
		return err
	}
	if err := ws.CheckHeader(h, state); err != nil {
		return err
	}
	if h.Length > int64(maxClientFrame-len(s.partial)) {
		return errTooLong
	}
	payload := make([]byte, h.Length)
	if _, err := io.ReadFull(r, payload); err != nil {
		return err
	}
	ws.Cipher(payload, h.Mask, 0)
	switch h.OpCode {
	case ws.OpClose:
		return errGoodbye
	case ws.OpPing:
		s.hear()
		s.send(frame(ws.OpPong, payload))
	case ws.OpPong:
		s.hear()
	case ws.OpText, ws.OpBinary, ws.OpContinuation:
		s.hearPart(payload, h.Fin)
	}
	return nil
}

// hearPart takes a message, or a part of one.
func (s *session) hearPart(payload []byte, last bool) {
	if s.partial != nil {
		payload = append(s.partial, payload...)
	}
	if !last {
		s.partial = payload
		return
	}
	s.partial = nil
	defer s.survive("frame")
	s.hear()
	switch f := wire.ParseFrame(payload); f.Kind {
	case wire.FrameSubscribe:
		s.subscribe(f.Topics)
	case wire.FrameHeartbeat:
		s.send(heartbeat)
	case wire.FramePing:
		s.send(pong)
	case wire.FrameIgnored:
	}
}
