package poll

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Pool holds connections. Its zero value holds none and is ready.
type Pool struct {
	mu    sync.Mutex
	epoll int             // while run goes on
	conns map[int32]*Conn // by descriptor; nil when run does not go on
}

// Adopt takes a connection over, which its owner must not use any more. Nobody
// else may be using it. After an error it stays with the caller.
func (p *Pool) Adopt(tcp *net.TCPConn) (*Conn, error) {
	// The runtime waits for all connections that it knows, and would wake for each
	// by itself: so ours must be one that it does not know.
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil, err
	}
	var fd int
	var failed error
	if err := raw.Control(func(its uintptr) { fd, failed = unix.FcntlInt(its, unix.F_DUPFD_CLOEXEC, 0) }); err != nil {
		return nil, err
	}
	if failed != nil {
		return nil, os.NewSyscallError("dup", failed)
	}
	c := &Conn{pool: p, fd: fd}
	if err := p.add(c); err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	_ = tcp.Close() // ours goes on
	return c, nil
}

func (p *Pool) add(c *Conn) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conns == nil {
		epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
		if err != nil {
			return os.NewSyscallError("epoll_create1", err)
		}
		p.epoll, p.conns = epoll, map[int32]*Conn{}
		go p.run(epoll)
	}
	c.epoll = p.epoll
	p.conns[int32(c.fd)] = c // before the first event
	if err := c.watch(unix.EPOLL_CTL_ADD, 0); err != nil {
		p.forget(c)
		return err
	}
	return nil
}

// forget takes a connection out. The pool's mutex is held.
func (p *Pool) forget(c *Conn) {
	if p.conns[int32(c.fd)] == c {
		delete(p.conns, int32(c.fd))
	}
}

// run looks at the connections until there are none.
func (p *Pool) run(epoll int) {
	defer func() { _ = unix.Close(epoll) }()
	tick := time.NewTicker(Every)
	defer tick.Stop()
	var l look
	for range tick.C {
		all := p.size()
		if all == 0 {
			return
		}
		// Whom a look has seen has nothing more to tell, or comes behind all others,
		// so that so many looks see everybody.
		for seen := 0; seen < all && l.at(p, epoll); {
			seen += len(l.events)
		}
	}
}

// size returns how many connections there are. Where there are none, run ends.
func (p *Pool) size() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.conns) == 0 {
		p.conns = nil
	}
	return len(p.conns)
}

// look is what can be seen at once.
type look struct {
	events [256]unix.EpollEvent
	conns  [256]*Conn // to which they have happened
}

// at looks at the connections and tells those who wait. It reports whether there
// may be more to see.
func (l *look) at(p *Pool, epoll int) bool {
	p.mu.Lock()
	n, _ := unix.EpollWait(epoll, l.events[:], 0) // where a signal interrupts it, the next look is soon
	n = max(n, 0)
	for i, e := range l.events[:n] {
		l.conns[i] = p.conns[e.Fd]
	}
	p.mu.Unlock()
	for i, c := range l.conns[:n] {
		if c != nil {
			c.heed(l.events[i].Events)
		}
	}
	clear(l.conns[:n])
	return n == len(l.events)
}

// Conn is a connection in a Pool. One may read from it at a time, and one write;
// anybody may close it.
type Conn struct {
	pool  *Pool
	epoll int

	mu       sync.Mutex
	fd       int // -1 when it is closed
	waiter   Waiter
	room     chan struct{} // is closed when there is room to write again; nil when nobody waits for it
	deadline time.Time     // of writes
}

// watch has epoll tell of what can be read, and of other events.
func (c *Conn) watch(op int, others uint32) error {
	e := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLRDHUP | others, Fd: int32(c.fd)}
	return os.NewSyscallError("epoll_ctl", unix.EpollCtl(c.epoll, op, c.fd, &e))
}

// heed tells those who wait for these events.
func (c *Conn) heed(events uint32) {
	const ended = unix.EPOLLHUP | unix.EPOLLERR
	c.mu.Lock()
	var w Waiter
	if events&(unix.EPOLLIN|unix.EPOLLRDHUP|ended) != 0 {
		w, c.waiter = c.waiter, nil
	}
	if events&(unix.EPOLLOUT|ended) != 0 {
		c.tellRoom()
	}
	if events&unix.EPOLLOUT != 0 && c.fd >= 0 {
		_ = c.watch(unix.EPOLL_CTL_MOD, 0) // else it would be told of room for ever
	}
	c.mu.Unlock()
	if w != nil {
		w.Ready()
	}
}

// tellRoom has whoever waits for room try again. The mutex is held.
func (c *Conn) tellRoom() {
	if c.room != nil {
		close(c.room)
		c.room = nil
	}
}

// Await has w called once, as soon as there may be something to read or the
// connection has ended.
func (c *Conn) Await(w Waiter) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fd < 0 {
		go w.Ready()
		return
	}
	c.waiter = w
}

// TryRead reads what there is. It answers ErrNothing when that is nothing, and
// io.EOF at the end.
func (c *Conn) TryRead(b []byte) (int, error) {
	n, err := c.try(unix.Read, b)
	switch {
	case errors.Is(err, unix.EAGAIN):
		return 0, ErrNothing
	case err != nil:
		return 0, err
	case n == 0 && len(b) > 0:
		return 0, io.EOF
	}
	return n, nil
}

// TryWrite writes as much as there is room for, which may be nothing.
func (c *Conn) TryWrite(b []byte) (int, error) {
	n, err := c.try(unix.Write, b)
	if errors.Is(err, unix.EAGAIN) {
		return 0, nil
	}
	return max(n, 0), err
}

// try does what never blocks.
func (c *Conn) try(do func(fd int, b []byte) (int, error), b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fd < 0 {
		return 0, net.ErrClosed
	}
	for {
		n, err := do(c.fd, b)
		if !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}

// Read reads what there is, and waits for it.
func (c *Conn) Read(b []byte) (int, error) {
	for {
		n, err := c.TryRead(b)
		if !errors.Is(err, ErrNothing) {
			return n, err
		}
		ready := make(wait)
		c.Await(ready)
		<-ready
	}
}

type wait chan struct{}

func (w wait) Ready() { close(w) }

// Write writes all of b, until the deadline.
func (c *Conn) Write(b []byte) (n int, err error) {
	for {
		wrote, err := c.TryWrite(b[n:])
		n += wrote
		if err != nil || n == len(b) {
			return n, err
		}
		if err := c.awaitRoom(); err != nil {
			return n, err
		}
	}
}

// awaitRoom waits until there may be room to write, or the connection has ended.
func (c *Conn) awaitRoom() error {
	c.mu.Lock()
	if c.fd < 0 {
		c.mu.Unlock()
		return net.ErrClosed
	}
	room, deadline := make(chan struct{}), c.deadline
	c.room = room
	err := c.watch(unix.EPOLL_CTL_MOD, unix.EPOLLOUT)
	c.mu.Unlock()
	if err != nil {
		return err
	}
	var late <-chan time.Time
	if !deadline.IsZero() {
		late = time.After(time.Until(deadline)) //nolint:forbidigo // the network's clock
	}
	select {
	case <-room:
		return nil
	case <-late:
		return os.ErrDeadlineExceeded
	}
}

// SetWriteDeadline sets until when Write may take, one that is under way too; the
// zero time is no limit.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = t
	c.tellRoom() // and so of the deadline
	return nil
}

// Close closes the connection. All who wait in it are told.
func (c *Conn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fd < 0 {
		return net.ErrClosed
	}
	c.pool.mu.Lock()
	c.pool.forget(c)
	c.pool.mu.Unlock()
	err := unix.Close(c.fd)
	c.fd = -1
	c.tellRoom()
	if c.waiter != nil {
		go c.waiter.Ready()
		c.waiter = nil
	}
	return os.NewSyscallError("close", err)
}
