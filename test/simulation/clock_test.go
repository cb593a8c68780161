package simulation

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bellpull/bellpull/agent"
	"github.com/bellpull/bellpull/internal/pgtest"
)

// step sets the clock of a running server.
func (p *process) step(by time.Duration) error {
	res, err := http.Post("http://"+p.debug+"/debug/clock?step="+url.QueryEscape(by.String()), "", nil)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("a step by %s is answered %s", by, res.Status)
	}
	return nil
}

// listener is a socket that is never opened anew, and remembers whose messages
// it heard.
type listener struct {
	visitor
	over chan struct{}

	mu    sync.Mutex
	heard []string // ids
	err   error
}

func listen(ctx context.Context, k *talk, at *process) (*listener, error) {
	l := &listener{visitor: visitor{server: k.server, token: k.participant, at: strings.TrimPrefix(at.url, "http://")}, over: make(chan struct{})}
	if err := l.connect(ctx); err != nil {
		return nil, err
	}
	conn := l.conn
	go func() {
		defer close(l.over)
		for {
			_, frame, err := conn.Read(ctx)
			l.mu.Lock()
			if err != nil {
				l.err = err
				l.mu.Unlock()
				return
			}
			var f struct{ Content string }
			var item struct{ ID, Type, ParticipantRole string }
			if json.Unmarshal(frame, &f) == nil && json.Unmarshal([]byte(f.Content), &item) == nil && item.Type == "MESSAGE" && item.ParticipantRole == "CUSTOMER" {
				l.heard = append(l.heard, item.ID)
			}
			l.mu.Unlock()
		}
	}()
	return l, nil
}

// check waits for the last of what was acknowledged and compares.
func (l *listener) check(acked []string) error {
	var heard []string
	var err error
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		l.mu.Lock()
		heard, err = slices.Clone(l.heard), l.err
		l.mu.Unlock()
		if len(heard) >= len(acked) || err != nil || time.Now().After(deadline) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("the socket was cut after %d messages: %w", len(heard), err)
	}
	if !slices.Equal(heard, acked) {
		return fmt.Errorf("%d messages were heard and %d acknowledged, or not in this order", len(heard), len(acked))
	}
	l.hangUp()
	<-l.over
	return nil
}

// Rings of these simulations, and what is a sane time for anything to happen on
// a machine that has much to do: a ring lasts twice as long while a clock that
// was set back is waited for.
const (
	shortRing = "ring: 2s"
	sane      = 40 * time.Second
	// No clock gets further from the right one, so that the chats and tokens of the
	// simulation, which last a day, must stay good.
	furthest = 10 * time.Hour
)

// clocks are servers whose clocks somebody sets while an agent works and
// customers talk.
type clocks struct {
	*testing.T
	rng   *rand.Rand
	all   *process // how clients see the nodes
	nodes []*process
	set   []time.Duration // by node: how far it is from the right time
	desk  *agent.Desk
}

// step sets a clock, forward or back, by a second up to some hours.
func (c *clocks) step() {
	c.Helper()
	i := c.rng.IntN(len(c.nodes))
	by := time.Duration(math.Exp(c.rng.Float64()*math.Log(6*3600)) * float64(time.Second)).Round(time.Second)
	if c.rng.IntN(2) == 0 {
		by = -by
	}
	if far := c.set[i] + by; far > furthest || far < -furthest {
		by = -by
	}
	c.stepBy(i, by)
}

func (c *clocks) stepBy(i int, by time.Duration) {
	c.Helper()
	if err := c.nodes[i].step(by); err != nil {
		c.Fatal(err)
	}
	c.set[i] += by
}

// until waits for something on the desk.
func (c *clocks) until(what string, done func(agent.Snapshot) bool) {
	c.Helper()
	for deadline := time.Now().Add(sane); !done(c.desk.Snapshot()); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			c.Fatalf("%s: not after %s, with clocks set by %v; on the desk is %+v", what, sane, c.set, c.desk.Snapshot().Contacts)
		}
	}
}

// comes has a customer come whom the agent talks to; missed says that it rings
// out first, while a clock is set.
func (c *clocks) comes(ctx context.Context, i int, missed bool) *talk {
	c.Helper()
	k, err := startTalk(c.all, i)
	if err != nil {
		c.Fatal(err)
	}
	if missed {
		c.until("the chat rings", func(s agent.Snapshot) bool { _, there := s.Contact(k.contact); return there })
		c.step()
		c.until("the ring ends", func(s agent.Snapshot) bool { w, _ := s.Contact(k.contact); return w.State.Over() })
	}
	c.until("the chat is offered and accepted", func(s agent.Snapshot) bool {
		w, _ := s.Contact(k.contact)
		if w.State != agent.Connected {
			tend(ctx, c.desk)
		}
		return w.State == agent.Connected
	})
	return k
}

// goes has a customer leave, after which the slot must become free.
func (c *clocks) goes(ctx context.Context, k *talk) {
	c.Helper()
	if err := c.all.insist("/participant/disconnect", k.token, map[string]string{"ClientToken": "leave"}, new(struct{})); err != nil {
		c.Errorf("leave: %v", err)
	}
	c.until("the chat is cleared", func(s agent.Snapshot) bool {
		_, there := s.Contact(k.contact)
		if there {
			tend(ctx, c.desk)
		}
		return !there
	})
}

// comesBack opens another socket for a customer; between the URL, which is good for
// 100 seconds, and the socket a clock is set by less.
func (c *clocks) comesBack(ctx context.Context, k *talk) {
	c.Helper()
	v := visitor{server: c.all, token: k.participant, dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		c.stepBy(c.rng.IntN(len(c.nodes)), time.Duration(c.rng.IntN(120)-60)*time.Second)
		return new(net.Dialer).DialContext(ctx, network, address)
	}}
	if err := v.connect(ctx); err != nil {
		c.Errorf("with clocks set by %v, another socket: %v", c.set, err)
	}
	v.hangUp()
}

// rehearse has customers talk while clocks are set again and again, others come
// and go, ring out and are offered on, and checks what is left then.
func (c *clocks) rehearse(l login, rounds int) {
	const customers = 3 // of the five whom the agent has room for
	ctx, cancel := context.WithTimeout(c.Context(), time.Hour)
	defer cancel()
	var err error
	if c.desk, err = agent.SignIn(ctx, agent.Options{Endpoint: c.all.url, Username: l.Username, Password: l.Password}); err != nil {
		c.Fatal(err)
	}
	defer c.desk.Close()
	go func() {
		for range c.desk.Events() { // the desk is looked at
		}
	}()
	if err := c.desk.SetState(ctx, agent.State{Type: agent.Routable}); err != nil {
		c.Fatal(err)
	}
	c.set = make([]time.Duration, len(c.nodes))
	var stop atomic.Bool
	var senders sync.WaitGroup
	defer senders.Wait()
	defer stop.Store(true)
	talks, listeners := make([]*talk, customers), make([][]*listener, customers)
	for i := range talks {
		k := c.comes(ctx, i, false)
		talks[i] = k
		for _, node := range c.nodes {
			l, err := listen(ctx, k, node)
			if err != nil {
				c.Fatal(err)
			}
			defer l.hangUp()
			listeners[i] = append(listeners[i], l)
		}
	}
	for i, k := range talks {
		senders.Go(func() {
			if err := k.run(&stop); err != nil {
				c.Errorf("chat %d, after %d messages: %v", i, len(k.acked), err)
			}
		})
	}
	for round := range rounds {
		c.step()
		k := c.comes(ctx, customers+round, round%2 == 1)
		c.comesBack(ctx, talks[c.rng.IntN(customers)])
		c.step()
		c.goes(ctx, k)
	}
	stop.Store(true)
	senders.Wait()
	total := 0
	for i, k := range talks {
		total += len(k.acked)
		if err := k.check(); err != nil {
			c.Errorf("chat %d: %v", i, err)
		}
		for n, l := range listeners[i] {
			if err := l.check(k.acked); err != nil {
				c.Errorf("chat %d, listener %d: %v", i, n, err)
			}
		}
		c.goes(ctx, k)
	}
	c.Logf("%d messages in %d rounds; in the end the clocks were set by %v", total, rounds, c.set)
	if total < customers*rounds {
		c.Errorf("only %d messages were sent", total)
	}
	c.until("the desk is empty", func(s agent.Snapshot) bool { return len(s.Contacts) == 0 })
}

// Whatever the clock of a server is set to, nothing is lost, doubled or
// reordered, nobody is refused or cut off, and what rings ends.
func TestAClockThatIsSetHurtsNobody(t *testing.T) {
	c := &clocks{T: t, rng: random(t)}
	data := filepath.Join(t.TempDir(), "data")
	c.all = startServeWith(t, data, shortRing)
	c.nodes = []*process{c.all}
	c.rehearse(firstAgent(t, data), soak(t, 6, 60))
}

// The same, when each node of a cluster has another time.
func TestNodesWhoseClocksDifferHurtNobody(t *testing.T) {
	c := &clocks{T: t, rng: random(t)}
	database := pgtest.Start(t)
	cluster := startClusterOn(t, database, database.Database(t), shortRing)
	c.all, c.nodes = cluster.process, cluster.nodes
	c.rehearse(cluster.login, soak(t, 6, 60))
}
