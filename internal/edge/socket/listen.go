package socket

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"sync"

	"github.com/gobwas/ws"

	"github.com/bellpull/bellpull/internal/wire"
)

// maxClientFrame is the longest message of a client, in bytes; longer ones end
// the socket.
const maxClientFrame = 64 << 10

// listen hears what the client says until the socket ends. Nearly all that it
// ever says are heartbeats, which are answered here, in a goroutine that does
// nothing else: its stack keeps the 2 KB that it was made with, where one that
// has read in earnest has 4 for good. Everything else is read in another
// goroutine. There is never more than one of the two.
func (s *session) listen() {
	for s.raw != nil {
		g := s.wait()
		if g == nil {
			s.end()
			return
		}
		rest := g.have
		for s.partial == nil && isHeartbeat(rest) {
			rest = rest[heartbeatLength:]
			s.hear()
			s.send(heartbeat)
		}
		if len(rest) > 0 {
			go s.read(g, rest)
			return
		}
		gulps.Put(g)
	}
	go s.read(nil, nil)
}

// gulp is what a client has said, unread.
type gulp struct {
	room [512]byte
	have []byte
}

// gulps have room for those to whom something has come just now.
var gulps = sync.Pool{New: func() any { return new(gulp) }}

// wait returns what the client says next, or nil when the connection has ended.
func (s *session) wait() (g *gulp) {
	if s.raw.Read(s.try.get) != nil {
		return nil
	}
	g, s.try.got = s.try.got, nil
	return g
}

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

// read hears what has come: early, which is in g if anywhere, and what follows.
func (s *session) read(g *gulp, early []byte) {
	r := readers.Get().(*bufio.Reader)
	r.Reset(io.MultiReader(bytes.NewReader(early), s.net))
	err := s.readFrame(r)
	for err == nil && r.Buffered() > 0 {
		err = s.readFrame(r)
	}
	r.Reset(nil)
	readers.Put(r)
	if g != nil {
		gulps.Put(g)
	}
	if err != nil {
		s.sayWhy(err)
		s.end()
		return
	}
	go s.listen()
}

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

// sayWhy tells the client why its socket ends, where it is for us to say.
func (s *session) sayWhy(err error) {
	code := ws.StatusProtocolError
	switch _, broken := errors.AsType[ws.ProtocolError](err); {
	case errors.Is(err, errTooLong):
		code = ws.StatusMessageTooBig
	case errors.Is(err, errGoodbye):
		code = ws.StatusNormalClosure
	case !broken && !errors.Is(err, ws.ErrHeaderLengthMSB):
		return
	}
	s.send(closing(code))
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
