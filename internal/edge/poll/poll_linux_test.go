package poll

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// newPool returns a pool that must not go on when it is empty.
func newPool(t *testing.T) *Pool {
	t.Helper()
	p := new(Pool)
	t.Cleanup(func() {
		within(t, "the pool stops", func() bool { p.mu.Lock(); defer p.mu.Unlock(); return p.conns == nil })
	})
	return p
}

// pair returns a connection in a pool and the client's end of it.
func pair(t *testing.T, p *Pool) (*Conn, net.Conn) {
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
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	c, err := p.Adopt(accepted.(*net.TCPConn))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = client.Close()
		_ = c.Close()
	})
	return c, client
}

// within waits until something holds.
func within(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not so within a minute: %s", what)
		}
	}
}

// echo sends back what comes, as a Waiter.
type echo struct {
	conn  *Conn
	ended chan error
}

func (e *echo) Ready() {
	var b [64]byte
	n, err := e.conn.TryRead(b[:])
	switch {
	case errors.Is(err, ErrNothing):
	case err != nil:
		e.ended <- err
		return
	default:
		_, _ = e.conn.TryWrite(b[:n])
	}
	e.conn.Await(e)
}

// Each of many connections gets what was sent on it and nothing else, while
// others come and go and their numbers are used again.
func TestManyConnections(t *testing.T) {
	p := newPool(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 20 {
				c, client := pair(t, p)
				e := &echo{conn: c, ended: make(chan error, 1)}
				c.Await(e)
				said := []byte{byte(i), byte(c.fd), 'x'}
				for range 2 {
					if _, err := client.Write(said); err != nil {
						t.Error(err)
						return
					}
					got := make([]byte, len(said))
					if _, err := io.ReadFull(client, got); err != nil || !bytes.Equal(got, said) {
						t.Errorf("got %x and %v, want %x", got, err, said)
						return
					}
				}
				if i%2 == 0 {
					_ = client.Close()
					if err := <-e.ended; !errors.Is(err, io.EOF) {
						t.Errorf("the client has closed: got %v", err)
					}
				} else {
					_ = c.Close()
					if err := <-e.ended; !errors.Is(err, net.ErrClosed) {
						t.Errorf("closed here: got %v", err)
					}
				}
			}
		})
	}
	all.Wait()
}

// Read waits for what comes, part by part, and for the end.
func TestRead(t *testing.T) {
	p := newPool(t)
	c, client := pair(t, p)
	want := bytes.Repeat([]byte("word "), 1000)
	go func() {
		for part := want; len(part) > 0; part = part[500:] {
			_, _ = client.Write(part[:500])
			time.Sleep(time.Millisecond)
		}
		_ = client.(*net.TCPConn).CloseWrite()
	}()
	got, err := io.ReadAll(c)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("read %d bytes and %v, want %d", len(got), err, len(want))
	}
}

// TryWrite never waits for a client that does not read; Write does, until it
// reads, until the deadline, even one that is set meanwhile, or the end.
func TestSlowClient(t *testing.T) {
	p := newPool(t)
	full := func(t *testing.T) (c *Conn, client net.Conn, sent int) {
		c, client = pair(t, p)
		if err := unix.SetsockoptInt(c.fd, unix.SOL_SOCKET, unix.SO_SNDBUF, 8<<10); err != nil {
			t.Fatal(err)
		}
		some := make([]byte, 64<<10)
		for {
			n, err := c.TryWrite(some)
			if err != nil {
				t.Fatal(err)
			}
			if sent += n; n == 0 {
				return c, client, sent
			}
		}
	}
	t.Run("that reads in the end", func(t *testing.T) {
		c, client, sent := full(t)
		wrote := make(chan error, 1)
		go func() {
			_, err := c.Write(make([]byte, 1<<20))
			wrote <- errors.Join(err, c.Close())
		}()
		n, err := io.Copy(io.Discard, client)
		if err := errors.Join(err, <-wrote); err != nil || n != int64(sent+1<<20) {
			t.Errorf("the client got %d bytes and %v, want %d", n, err, sent+1<<20)
		}
	})
	t.Run("with a deadline", func(t *testing.T) {
		c, _, _ := full(t)
		_ = c.SetWriteDeadline(time.Now().Add(time.Millisecond))
		if _, err := c.Write(make([]byte, 1<<20)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
	for _, set := range []bool{true, false} {
		c, _, _ := full(t)
		wrote := make(chan error, 1)
		go func() {
			_, err := c.Write(make([]byte, 1<<20))
			wrote <- err
		}()
		within(t, "it waits", func() bool { c.mu.Lock(); defer c.mu.Unlock(); return c.room != nil })
		want := net.ErrClosed
		if set {
			want = os.ErrDeadlineExceeded
			_ = c.SetWriteDeadline(time.Now().Add(time.Millisecond))
		} else {
			_ = c.Close()
		}
		if err := <-wrote; !errors.Is(err, want) {
			t.Errorf("a deadline set meanwhile %v: got %v", set, err)
		}
	}
}

// Who waits is told once, whatever comes after, and at once where the connection
// has ended before.
func TestAwait(t *testing.T) {
	p := newPool(t)
	c, client := pair(t, p)
	told := make(told, 10)
	c.Await(told)
	for range 3 {
		_, _ = client.Write([]byte("x"))
		time.Sleep(2 * Every)
	}
	if len(told) != 1 {
		t.Errorf("told %d times", len(told))
	}
	c.Await(told)
	<-told
	<-told
	_ = c.Close()
	if err := c.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("closed twice: %v", err)
	}
	c.Await(told)
	<-told
}

type told chan struct{}

func (c told) Ready() { c <- struct{}{} }

// A pool that is empty for a moment does not begin to look a second time.
func TestEmptyForAMoment(t *testing.T) {
	p := newPool(t)
	for range 20 {
		c, _ := pair(t, p)
		_ = c.Close()
	}
	pair(t, p)
	within(t, "the runtime looks at its connections, the pool at its own, and nobody else", func() bool {
		return epolls(t) == 2
	})
}

// epolls counts the epoll instances of this process.
func epolls(t *testing.T) (n int) {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range all {
		if to, _ := os.Readlink("/proc/self/fd/" + fd.Name()); to == "anon_inode:[eventpoll]" {
			n++
		}
	}
	return n
}

// However many say something at once, each is told of it, and once.
func TestHerd(t *testing.T) {
	p := newPool(t)
	var nothing atomic.Int64 // times that somebody was told and found nothing
	var clients []net.Conn
	for range len(look{}.events) + 100 {
		c, client := pair(t, p)
		c.Await(&teller{c, &nothing})
		clients = append(clients, client)
	}
	p.mu.Lock() // it looks when all have spoken
	for i, client := range clients {
		if _, err := client.Write([]byte{byte(i)}); err != nil {
			t.Error(err)
		}
	}
	p.mu.Unlock()
	for i, client := range clients {
		var got [1]byte
		if _, err := io.ReadFull(client, got[:]); err != nil || got[0] != byte(i) {
			t.Errorf("client %d got %v and %v", i, got, err)
		}
	}
	time.Sleep(2 * Every)
	if n := nothing.Load(); n != 0 {
		t.Errorf("told %d times of nothing", n)
	}
}

// teller sends back what comes, a byte at a time, and counts how often there is
// nothing.
type teller struct {
	conn    *Conn
	nothing *atomic.Int64
}

func (w *teller) Ready() {
	var b [1]byte
	switch _, err := w.conn.TryRead(b[:]); {
	case errors.Is(err, ErrNothing):
		w.nothing.Add(1)
	case err != nil:
		return
	default:
		_, _ = w.conn.TryWrite(b[:])
	}
	w.conn.Await(w)
}

// Room to write is no news to a connection where nobody waits for it, even if
// somebody has.
func TestRoomThatNobodyWaitsFor(t *testing.T) {
	c, _ := pair(t, newPool(t))
	c.mu.Lock()
	c.room = make(chan struct{})
	err := c.watch(unix.EPOLL_CTL_MOD, unix.EPOLLOUT)
	c.mu.Unlock()
	if err := errors.Join(err, c.SetWriteDeadline(time.Time{})); err != nil {
		t.Fatal(err)
	}
	within(t, "nothing is new", func() bool {
		n, err := unix.EpollWait(c.epoll, make([]unix.EpollEvent, 1), 0)
		return n == 0 && err == nil
	})
}
