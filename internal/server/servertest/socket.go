package servertest

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
)

// The kinds of WebSocket frames.
const (
	Text   = 0x1
	Binary = 0x2
	Close  = 0x8
	Ping   = 0x9
	Pong   = 0xa
)

// Frame is a WebSocket frame, whole.
type Frame struct {
	Opcode  byte
	Payload []byte
}

// String returns the text of a text frame, and the kind with the rest.
func (f Frame) String() string {
	switch f.Opcode {
	case Text:
		return string(f.Payload)
	case Close:
		if len(f.Payload) >= 2 {
			return fmt.Sprintf("close %d", binary.BigEndian.Uint16(f.Payload))
		}
		return "close"
	case Pong:
		return "pong " + string(f.Payload)
	}
	return fmt.Sprintf("opcode %d %q", f.Opcode, f.Payload)
}

// Socket is a client's end of a WebSocket. It collects what arrives.
type Socket struct {
	t    testing.TB
	conn net.Conn

	mu     sync.Mutex // guards what follows
	frames []Frame    // not taken yet
	items  []Item     // of all chat frames so far
	over   bool       // the server has closed
	flow   *sync.Cond // of mu, for held
	held   bool       // nothing is read
	done   chan struct{}
}

// Subscribe is the frame with which clients begin.
const Subscribe = `{"topic":"aws/subscribe","content":{"topics":["aws/chat"]}}`

// OpenSocket opens the socket of a URL and subscribes to nothing yet. It ends
// the test when the server refuses.
func (s *Server) OpenSocket(rawURL string) *Socket {
	s.t.Helper()
	sock, status := s.TrySocket(rawURL, nil)
	if sock == nil {
		s.t.Fatalf("open a socket: answer %d", status)
	}
	return sock
}

// TrySocket opens the socket of a URL with more headers. It returns nil and the
// status where the server refuses.
func (s *Server) TrySocket(rawURL string, header http.Header) (*Socket, int) {
	s.t.Helper()
	u, err := url.Parse(rawURL)
	if err != nil {
		s.t.Fatal(err)
	}
	conn, err := s.net.dial(s.t.Context(), "", "")
	if err != nil {
		s.t.Fatal(err)
	}
	req := &http.Request{Method: http.MethodGet, URL: u, Host: u.Host, Header: http.Header{
		"Connection": {"Upgrade"}, "Upgrade": {"websocket"},
		"Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="},
	}}
	maps.Copy(req.Header, header)
	if err := req.Write(conn); err != nil {
		s.t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	res, err := http.ReadResponse(r, req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close() // of an upgraded connection it is empty
	if res.StatusCode != http.StatusSwitchingProtocols {
		_, _ = io.Copy(io.Discard, res.Body)
		_ = conn.Close()
		return nil, res.StatusCode
	}
	if got := res.Header.Get("Sec-Websocket-Accept"); got != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		s.t.Fatalf("the server accepts another key: %q", got)
	}
	sock := &Socket{t: s.t, conn: conn, done: make(chan struct{})}
	sock.flow = sync.NewCond(&sock.mu)
	go sock.read(r)
	s.t.Cleanup(sock.Close)
	return sock, res.StatusCode
}

func (k *Socket) read(r *bufio.Reader) {
	defer close(k.done)
	for {
		k.mu.Lock()
		for k.held {
			k.flow.Wait()
		}
		k.mu.Unlock()
		f, err := readFrame(r)
		k.mu.Lock()
		if err != nil {
			k.over = true
			k.mu.Unlock()
			return
		}
		if f.Opcode == Ping { // answered as every client does, and nothing to look at
			k.mu.Unlock()
			k.SendFrame(Pong, f.Payload)
			continue
		}
		k.frames = append(k.frames, f)
		if it, ok := itemOf(f); ok {
			k.items = append(k.items, it)
		}
		k.mu.Unlock()
	}
}

// readFrame reads a frame of a server: whole and not masked.
func readFrame(r *bufio.Reader) (f Frame, err error) {
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return f, err
	}
	if head[0]&0xf0 != 0x80 || head[1]&0x80 != 0 {
		return f, fmt.Errorf("frame header %x: not whole, compressed or masked", head)
	}
	f.Opcode = head[0] & 0x0f
	n := uint64(head[1])
	for _, long := range []struct {
		mark uint64
		size int
	}{{126, 2}, {127, 8}} {
		if uint64(head[1]) != long.mark {
			continue
		}
		var b [8]byte
		if _, err := io.ReadFull(r, b[8-long.size:]); err != nil {
			return f, err
		}
		n = binary.BigEndian.Uint64(b[:])
	}
	f.Payload = make([]byte, n)
	_, err = io.ReadFull(r, f.Payload)
	return f, err
}

// Send sends a text frame.
func (k *Socket) Send(text string) { k.SendFrame(Text, []byte(text)) }

// SendFrame sends a frame, masked as those of clients must be. A socket that
// the server has closed takes it and does nothing.
func (k *Socket) SendFrame(opcode byte, payload []byte) {
	b := []byte{0x80 | opcode}
	switch n := len(payload); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(n))
	}
	mask := [4]byte{1, 2, 3, 4}
	b = append(b, mask[:]...)
	for i, c := range payload {
		b = append(b, c^mask[i%4])
	}
	_, _ = k.conn.Write(b)
}

// Frames returns what has arrived since it was last called.
func (k *Socket) Frames() []Frame {
	k.mu.Lock()
	defer k.mu.Unlock()
	taken := k.frames
	k.frames = nil
	return taken
}

// Items returns the items of all chat frames that have arrived.
func (k *Socket) Items() []Item {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.items)
}

// Over reports whether the server has closed the socket.
func (k *Socket) Over() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.over
}

// Hold stops reading after at most one more frame, until Release: a client that
// is too slow.
func (k *Socket) Hold() { k.hold(true) }

// Release reads on.
func (k *Socket) Release() { k.hold(false) }

func (k *Socket) hold(on bool) {
	k.mu.Lock()
	k.held = on
	k.mu.Unlock()
	k.flow.Broadcast()
}

// Close closes the connection as a lost network does.
func (k *Socket) Close() {
	_ = k.conn.Close()
	k.Release()
	<-k.done
}

// Item is a transcript item as it arrived on a socket.
type Item struct {
	AbsoluteTime, Content, ContentType, ID, Type  string
	ParticipantID, DisplayName, ParticipantRole   string
	InitialContactID, ContactID, RelatedContactID string
	MessageMetadata                               *Metadata
	Attachments                                   []Attachment
}

// Attachment is what an item says of a file.
type Attachment struct{ AttachmentID, AttachmentName, ContentType, Status string }

// Metadata is what receipts say about a message.
type Metadata struct {
	MessageID string
	Receipts  []struct{ DeliveredTimestamp, ReadTimestamp, RecipientParticipantID string }
}

// eventPrefix begins the content types of all events.
const eventPrefix = "application/vnd.amazonaws.connect.event."

// String tells the item shortly: "Ada: Hello", "Ana joined", "chat.ended".
func (it Item) String() string {
	name := strings.TrimPrefix(it.ContentType, eventPrefix)
	switch {
	case it.Type == "MESSAGE":
		return it.DisplayName + ": " + it.Content
	case len(it.Attachments) > 0:
		return it.DisplayName + " sent " + it.Attachments[0].AttachmentName + " " + it.Attachments[0].Status
	case it.MessageMetadata != nil:
		return "receipt"
	case it.DisplayName != "":
		return it.DisplayName + " " + strings.TrimPrefix(name, "participant.")
	}
	return name
}

// itemOf returns the item of a chat frame.
func itemOf(f Frame) (it Item, ok bool) {
	content, ok := topicContent(f, "aws/chat")
	if !ok {
		return it, false
	}
	return it, json.Unmarshal([]byte(content), &it) == nil
}

// topicContent returns the content of a text frame of the given topic: JSON in
// a string.
func topicContent(f Frame, topic string) (content string, ok bool) {
	var outer struct {
		Topic       string `json:"topic"`
		ContentType string `json:"contentType"`
		Content     any    `json:"content"`
	}
	if f.Opcode != Text || json.Unmarshal(f.Payload, &outer) != nil || outer.Topic != topic || outer.ContentType != "application/json" {
		return "", false
	}
	content, ok = outer.Content.(string)
	return content, ok
}

// Decoded returns the item of a chat frame as the JSON that stands in it.
func (f Frame) Decoded() (item string, ok bool) { return topicContent(f, "aws/chat") }

// tell returns items as short texts.
func tell(items []Item) []string {
	out := make([]string, len(items))
	for i, it := range items {
		out[i] = it.String()
	}
	return out
}
