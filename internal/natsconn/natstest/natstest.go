// Package natstest runs clusters of real NATS servers in the process of a test.
package natstest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Cluster is a number of NATS servers that have found each other. Its methods
// are for the test's goroutine.
type Cluster struct {
	t       testing.TB
	servers []*server.Server
	options []*server.Options
	between []*Proxy // in front of each server's port for the others
}

// How long things may take, and how often is looked.
const (
	patience = 20 * time.Second
	check    = 5 * time.Millisecond
)

// Start starts n servers, which are stopped with the test.
func Start(t testing.TB, n int) *Cluster {
	t.Helper()
	c := &Cluster{t: t}
	var routes []string
	for range n {
		p := NewProxy(t, FreePort())
		c.between = append(c.between, p)
		routes = append(routes, "nats://"+p.Addr())
	}
	for i := range n {
		o := &server.Options{Host: "127.0.0.1", Port: FreePort(), NoLog: true, NoSigs: true, ServerName: fmt.Sprint("nats-", i)}
		if n > 1 {
			o.Cluster = server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: c.between[i].to, Advertise: c.between[i].Addr(), PoolSize: -1}
			o.Routes = server.RoutesFromStr(strings.Join(routes, ","))
		}
		c.options = append(c.options, o)
		c.servers = append(c.servers, nil)
		c.Run(i)
	}
	t.Cleanup(func() {
		for i := range c.servers {
			c.Kill(i)
		}
	})
	c.Await()
	return c
}

// Run starts a server that is not running, where it was before.
func (c *Cluster) Run(i int) {
	c.t.Helper()
	s, err := server.NewServer(c.options[i].Clone())
	if err != nil {
		c.t.Fatal(err)
	}
	s.Start()
	c.servers[i] = s
	if !s.ReadyForConnections(patience) {
		c.t.Fatal("the NATS server does not start")
	}
}

// Kill stops a server.
func (c *Cluster) Kill(i int) {
	if s := c.servers[i]; s != nil {
		s.Shutdown()
		s.WaitForShutdown()
		c.servers[i] = nil
	}
}

// URL returns where clients reach a server.
func (c *Cluster) URL(i int) string {
	return (&url.URL{Scheme: "nats", Host: fmt.Sprintf("127.0.0.1:%d", c.options[i].Port)}).String()
}

// Port returns the port of a server for clients.
func (c *Cluster) Port(i int) int { return c.options[i].Port }

// Clients returns how many clients a server has.
func (c *Cluster) Clients(i int) int { return c.servers[i].NumClients() }

// Interest returns how many subscriptions a server knows of, those of other
// servers included.
func (c *Cluster) Interest(i int) int { return int(c.servers[i].NumSubscriptions()) }

// Part cuts the servers off from each other. Their clients stay.
func (c *Cluster) Part() {
	for _, p := range c.between {
		p.Cut()
	}
}

// Heal lets them find each other again and waits until they have.
func (c *Cluster) Heal() {
	c.t.Helper()
	for _, p := range c.between {
		p.Mend()
	}
	c.Await()
}

// Await waits until the servers that run have found each other.
func (c *Cluster) Await() {
	c.t.Helper()
	running := 0
	for _, s := range c.servers {
		if s != nil {
			running++
		}
	}
	for range patience / check {
		found := true
		for _, s := range c.servers {
			found = found && (s == nil || s.NumRoutes() >= running-1)
		}
		if found {
			return
		}
		time.Sleep(check)
	}
	c.t.Fatal("the NATS servers do not find each other")
}

// FreePort returns a port of the loopback address that nobody uses, and that a
// server can come back to: meanwhile the system gives it to no outgoing
// connection, as it might one that it chose itself.
func FreePort() int {
	for {
		port := 20_000 + rand.IntN(12_000)
		if l, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", port)); err == nil && l.Close() == nil {
			return port
		}
	}
}

// Proxy passes connections on to a port of this machine.
type Proxy struct {
	to int
	l  net.Listener

	mu    sync.Mutex // guards what follows
	conns map[net.Conn]bool
	cut   bool
	still chan struct{} // closed when what is sent is passed on
}

// NewProxy returns a proxy to a port, which ends with the test.
func NewProxy(t testing.TB, to int) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{to: to, l: l, conns: map[net.Conn]bool{}, still: make(chan struct{})}
	close(p.still)
	var running sync.WaitGroup
	running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() { p.serve(c) })
		}
	})
	t.Cleanup(func() {
		p.Go()
		_ = l.Close()
		p.Cut()
		running.Wait()
	})
	return p
}

// Addr returns the proxy's address.
func (p *Proxy) Addr() string { return p.l.Addr().String() }

// Cut closes all connections and lets nobody in.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = true
	for c := range p.conns {
		_ = c.Close() // it may be closed already
	}
}

// Mend lets connections in again.
func (p *Proxy) Mend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = false
}

// Stall passes nothing on any more, without closing a connection.
func (p *Proxy) Stall() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.still = make(chan struct{})
}

// Go passes on what is sent.
func (p *Proxy) Go() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.still:
	default:
		close(p.still)
	}
}

func (p *Proxy) enter(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cut {
		return false
	}
	p.conns[c] = true
	return true
}

func (p *Proxy) leave(c net.Conn) {
	_ = c.Close() // it may be closed already
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

func (p *Proxy) serve(in net.Conn) {
	defer p.leave(in)
	if !p.enter(in) {
		return
	}
	out, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", p.to))
	if err != nil {
		return
	}
	defer p.leave(out)
	if !p.enter(out) {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { p.pass(in, out) })
	both.Go(func() { p.pass(out, in) })
	both.Wait()
}

func (p *Proxy) pass(from, to net.Conn) {
	defer func() { // they may be closed already
		_ = to.Close()
		_ = from.Close()
	}()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		p.mu.Lock()
		still := p.still
		p.mu.Unlock()
		<-still
		if _, werr := to.Write(buf[:n]); werr != nil || err != nil {
			return // io.EOF among others
		}
	}
}
