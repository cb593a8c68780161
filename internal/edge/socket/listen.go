package socket

import (
	"bufio"
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

// listen hears what the client says until the socket ends. It waits in one
// goroutine and reads in another, which are never there at once: nearly all
// sockets are silent nearly always, and a stack that has only ever waited has
// 2 KB, where one that has read has 4 for good.
func (s *session) listen() {
	if !s.wait() {
		s.end()
		return
	}
	go s.read(nil)
}

// wait returns when there is something to read, or that the connection has
// ended, in which case it may report false. It returns at once where the
// connection cannot be asked; reading waits then.
func (s *session) wait() bool { return s.raw == nil || s.raw.Read(readable) == nil }

// readers are the buffers of those who read just now.
var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 512) }}

// read hears what has come. What the HTTP server has read already is in early,
// if anything is.
func (s *session) read(early *bufio.Reader) {
	r := early
	if r == nil {
		r = readers.Get().(*bufio.Reader)
		r.Reset(s.net)
	}
	err := s.readFrame(r)
	for err == nil && r.Buffered() > 0 {
		err = s.readFrame(r)
	}
	if early == nil {
		r.Reset(nil)
		readers.Put(r)
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
