package socket

import (
	"bytes"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/bellpull/bellpull/internal/token"
)

// What a client sends, and what it gets, over real connections: the order of
// op codes, with the code of a frame that closes.
func TestFramesOfClients(t *testing.T) {
	heartbeat := []byte(`{"topic":"aws/heartbeat"}`)
	masked := func(f ws.Frame) []byte { return bytesOf(t, ws.MaskFrameInPlace(f)) }
	text := func(b []byte) []byte { return masked(ws.NewTextFrame(slices.Clone(b))) }
	beat := text(heartbeat)
	ping := masked(ws.NewPingFrame([]byte("hello")))
	for _, c := range []struct {
		name string
		sent [][]byte // each in a packet of its own
		want string
	}{
		{"a heartbeat", [][]byte{text(heartbeat)}, "text"},
		{"many heartbeats at once", [][]byte{bytes.Repeat(text(heartbeat), 20)}, strings.Repeat(", text", 20)[2:]},
		{"a heartbeat and a half", [][]byte{slices.Concat(beat, beat[:9]), beat[9:]}, "text, text"},
		{"a heartbeat that is written otherwise", [][]byte{text([]byte(`{ "topic": "aws/heartbeat" }`))}, "text"},
		{"a heartbeat that is not masked", [][]byte{bytesOf(t, ws.NewTextFrame(heartbeat))}, "close 1002, the end"},
		{"a ping", [][]byte{ping}, "pong hello"},
		{"two at once", [][]byte{slices.Concat(ping, text(heartbeat))}, "pong hello, text"},
		{"byte by byte", split(text(heartbeat), 1), "text"},
		{"in parts, with a ping between", [][]byte{
			masked(ws.NewFrame(ws.OpText, false, slices.Clone(heartbeat[:9]))), ping,
			masked(ws.NewFrame(ws.OpContinuation, false, slices.Clone(heartbeat[9:12]))),
			masked(ws.NewFrame(ws.OpContinuation, true, slices.Clone(heartbeat[12:]))),
		}, "pong hello, text"},
		{"one after the other", [][]byte{text(heartbeat), text([]byte("no JSON")), text(heartbeat)}, "text, text"},
		{"a pong", [][]byte{masked(ws.NewPongFrame(nil)), text(heartbeat)}, "text"},
		{"as long as may be", [][]byte{text(bytes.Repeat([]byte(" "), maxClientFrame)), ping}, "pong hello"},
		{"too long", [][]byte{text(bytes.Repeat([]byte(" "), maxClientFrame+1))}, "close 1009, the end"},
		{"too long in parts", [][]byte{
			masked(ws.NewFrame(ws.OpText, false, bytes.Repeat([]byte(" "), maxClientFrame))),
			masked(ws.NewFrame(ws.OpContinuation, true, []byte(" "))),
		}, "close 1009, the end"},
		{"a part of nothing", [][]byte{masked(ws.NewFrame(ws.OpContinuation, true, nil))}, "close 1002, the end"},
		{"an op code that is none", [][]byte{masked(ws.NewFrame(ws.OpCode(5), true, nil))}, "close 1002, the end"},
		{"compressed, which nobody agreed to", [][]byte{masked(ws.Frame{Header: ws.Header{Fin: true, Rsv: ws.Rsv(true, false, false), OpCode: ws.OpText}})}, "close 1002, the end"},
		{"a goodbye", [][]byte{masked(ws.NewCloseFrame(ws.NewCloseFrameBody(ws.StatusNormalClosure, "")))}, "close 1000, the end"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, client := listeningTo(t, nil)
			for _, b := range c.sent {
				if _, err := client.Write(b); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Millisecond) // so that it comes by itself
			}
			var got []string
			for range strings.Count(c.want, ",") + 1 {
				got = append(got, next(client))
			}
			if got := strings.Join(got, ", "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// What a client says behind its handshake, before the answer, is heard to the
// end, wherever a frame ends in the buffers that it is read by.
func TestEarlyWords(t *testing.T) {
	for _, n := range []int{0, 100, 500, 504, 505, 600, 1016, 2000} {
		early := bytesOf(t, ws.MaskFrameInPlace(ws.NewTextFrame(bytes.Repeat([]byte(" "), n))))
		for _, said := range []string{"one", "two"} {
			early = append(early, bytesOf(t, ws.MaskFrameInPlace(ws.NewPingFrame([]byte(said))))...)
		}
		_, client := listeningTo(t, early)
		if got, want := next(client)+", "+next(client), "pong one, pong two"; got != want {
			t.Fatalf("behind %d bytes: got %q, want %q", n, got, want)
		}
	}
}

// Nothing follows the frame that closes, however busy the socket is.
func TestTheLastFrameIsTheLast(t *testing.T) {
	for range 20 {
		s, client := listeningTo(t, bytesOf(t, ws.MaskFrameInPlace(ws.NewPingFrame([]byte("hello")))))
		if got := next(client); got != "pong hello" {
			t.Fatalf("got %q", got)
		}
		var busy sync.WaitGroup
		for range 4 {
			busy.Go(func() {
				for range 200 {
					s.send(pong)
				}
			})
		}
		busy.Go(s.goAway)
		got := next(client)
		for got == "text" {
			got = next(client)
		}
		if behind := next(client); got != "close 1001" || behind != "the end" {
			t.Errorf("got %q and %q behind it", got, behind)
		}
		busy.Wait()
	}
}

// A client that takes nothing does not hold up a hub that closes.
func TestClosingWithAStuckReader(t *testing.T) {
	s, client := listeningTo(t, bytesOf(t, ws.MaskFrameInPlace(ws.NewPingFrame([]byte("hello")))))
	if got := next(client); got != "pong hello" {
		t.Fatalf("got %q", got)
	}
	long := frame(ws.OpText, make([]byte, maxWaitingBytes/4))
	for stuck := false; !stuck; {
		s.send(long)
		s.mu.Lock()
		stuck = len(s.waiting) > 0
		s.mu.Unlock()
	}
	s.hub.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hub.Open() != 0 || !s.dead || s.hub.Dropped() != 0 {
		t.Errorf("the hub has closed: %d sockets, ended %v, %d dropped before", s.hub.Open(), s.dead, s.hub.Dropped())
	}
}

func bytesOf(t *testing.T, f ws.Frame) []byte {
	t.Helper()
	b, err := ws.CompileFrame(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func split(b []byte, n int) [][]byte { return slices.Collect(slices.Chunk(b, n)) }

// listeningTo returns a session that has heard something already, and the
// client's end of it.
func listeningTo(t *testing.T, early []byte) (*session, net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	h := NewHub(Options{Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	s := newSession(h, conn, token.Claims{Kind: token.Socket, Holder: "somebody"})
	if !h.enter(s) {
		t.Fatal("the hub is closed")
	}
	h.open.Add(1)
	go s.read(nil, early)
	return s, client
}

// next tells the next frame that a client gets.
func next(client net.Conn) string {
	_ = client.SetReadDeadline(time.Now().Add(time.Minute))
	f, err := ws.ReadFrame(client) //nolint:staticcheck // what we send is short
	switch {
	case err != nil && strings.Contains(err.Error(), "timeout"):
		return "nothing"
	case err != nil:
		return "the end"
	case f.Header.OpCode == ws.OpPong:
		return "pong " + string(f.Payload)
	case f.Header.OpCode == ws.OpClose:
		code, _ := ws.ParseCloseFrameData(f.Payload)
		return "close " + strconv.Itoa(int(code))
	case f.Header.OpCode == ws.OpText:
		return "text"
	}
	return "something else"
}
