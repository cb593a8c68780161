package simulation

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bellpull/bellpull/agent"
	"github.com/bellpull/bellpull/internal/natsconn/natstest"
	"github.com/bellpull/bellpull/internal/pgtest"
)

// balancer hands connections to nodes, whichever answers; it knows nothing of
// them.
type balancer struct {
	net.Listener
	nodes []string // addresses
	next  atomic.Uint64
}

func startBalancer(t *testing.T) *balancer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &balancer{Listener: l}
	t.Cleanup(func() { _ = l.Close() })
	return b
}

func (b *balancer) run() {
	for {
		in, err := b.Accept()
		if err != nil {
			return
		}
		go b.pass(in)
	}
}

// pass joins a connection with one of a node that lives.
func (b *balancer) pass(in net.Conn) {
	defer func() { _ = in.Close() }()
	first := int(b.next.Add(1))
	for i := range b.nodes {
		out, err := net.Dial("tcp", b.nodes[(first+i)%len(b.nodes)])
		if err != nil {
			continue
		}
		defer func() { _ = out.Close() }()
		go func() {
			_, _ = io.Copy(out, in)
			_ = out.Close()
		}()
		_, _ = io.Copy(in, out)
		return
	}
}

// cluster is three nodes behind a balancer, on one PostgreSQL and three NATS
// servers.
type cluster struct {
	*process // how clients see it
	nodes    []*process
	database *pgtest.Cluster
	nats     *natstest.Cluster
	login    login
}

func startCluster(t *testing.T) *cluster {
	t.Helper()
	database := pgtest.Start(t)
	return startClusterOn(t, database, database.Database(t))
}

// startClusterOn starts nodes that keep everything in the database at the URL
// store, with further settings.
func startClusterOn(t *testing.T, database *pgtest.Cluster, store string, settings ...string) *cluster {
	t.Helper()
	b := startBalancer(t)
	c := &cluster{process: &process{t: t, url: "http://" + b.Addr().String()}, database: database, nats: natstest.Start(t, 3)}
	dir := t.TempDir()
	for i := range 3 {
		addr, debug := freeAddress(), freeAddress()
		name := filepath.Join(dir, fmt.Sprint("node", i))
		config := strings.Join(append([]string{
			"listen: " + addr, "public_url: " + c.url, "data: " + name, "store: " + store,
			fmt.Sprintf("nats: {url: %q}", c.nats.URL(i)+","+c.nats.URL((i+1)%3)),
			"start_chat: {per_address: {burst: 0}}", "limits: {rates: off}", "transcripts: {dir: none}", `log: {level: "error+4"}`,
		}, settings...), "\n")
		if err := os.WriteFile(name+".yaml", []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		node := &process{t: t, url: "http://" + addr, debug: debug, args: []string{binary, "serve", "--config", name + ".yaml", "--debug-listen", debug}}
		node.start()
		t.Cleanup(node.kill)
		c.nodes = append(c.nodes, node)
		b.nodes = append(b.nodes, addr)
		if i == 0 { // the first has made the instance
			c.login = firstAgent(t, name)
		}
	}
	go b.run()
	return c
}

// desk is an agent who takes what rings and clears what is over.
func (c *cluster) desk(ctx context.Context) (*agent.Desk, error) {
	desk, err := agent.SignIn(ctx, agent.Options{Endpoint: c.url, Username: c.login.Username, Password: c.login.Password})
	if err != nil {
		return nil, err
	}
	if err := desk.SetState(ctx, agent.State{Type: agent.Routable}); err != nil {
		return nil, err
	}
	go func() {
		for ev := range desk.Events() {
			switch ev := ev.(type) { // what fails is tried again by tend
			case agent.ConnectingEvent:
				_ = desk.Accept(ctx, ev.ID)
			case agent.EndedEvent:
				_ = desk.Clear(ctx, ev.ID)
			}
		}
	}()
	return desk, nil
}

// tend does again what was lost with a node: an event is told once.
func tend(ctx context.Context, desk *agent.Desk) {
	for _, w := range desk.Snapshot().Contacts {
		switch w.State {
		case agent.Connecting:
			_ = desk.Accept(ctx, w.ID)
		case agent.Connected:
		default:
			_ = desk.Clear(ctx, w.ID)
		}
	}
}

// Nodes die, the database and a NATS server are restarted, and nothing that was
// acknowledged is lost, doubled or reordered; nobody is left behind.
func TestAClusterLosesNothing(t *testing.T) {
	rng := random(t)
	rounds := soak(t, 6, 200)
	c := startCluster(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	c.endure(t, ctx, 9, rounds, func(round int) {
		time.Sleep(time.Duration(200+rng.IntN(500)) * time.Millisecond)
		c.trouble(t, rng, round)
	})
}

// endure has customers talk while something is broken again and again, and
// checks what is left then: every acknowledged message once and in order, and
// nothing on the desk of the agent once all have gone.
func (c *cluster) endure(t *testing.T, ctx context.Context, customers, rounds int, breakIt func(round int)) {
	t.Helper()
	desk, err := c.desk(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer desk.Close()
	talks := make([]*talk, customers)
	for i := range talks {
		if talks[i], err = startTalk(c.process, i); err != nil {
			t.Fatal(err)
		}
	}
	var stop atomic.Bool
	var senders sync.WaitGroup
	failed := make(chan error, len(talks))
	for _, k := range talks {
		senders.Go(func() {
			if err := k.run(&stop); err != nil {
				failed <- err
			}
		})
	}
	for round := range rounds {
		breakIt(round)
		tend(ctx, desk)
	}
	stop.Store(true)
	senders.Wait()
	close(failed)
	for err := range failed {
		t.Error(err)
	}
	total := 0
	for i, k := range talks {
		total += len(k.acked)
		if err := k.check(); err != nil {
			t.Errorf("chat %d: %v", i, err)
		}
		if err := k.server.insist("/participant/disconnect", k.token, map[string]string{"ClientToken": "leave"}, new(struct{})); err != nil {
			t.Errorf("chat %d: leave: %v", i, err)
		}
	}
	t.Logf("%d messages in %d rounds", total, rounds)
	if total < len(talks)*rounds {
		t.Errorf("only %d messages were sent", total)
	}
	for deadline := time.Now().Add(time.Minute); len(desk.Snapshot().Contacts) > 0; time.Sleep(100 * time.Millisecond) {
		tend(ctx, desk)
		if time.Now().After(deadline) {
			t.Fatalf("the desk still has %d contacts: %+v", len(desk.Snapshot().Contacts), desk.Snapshot().Contacts)
		}
	}
}

// trouble kills something and starts it again.
func (c *cluster) trouble(t *testing.T, rng *rand.Rand, round int) {
	t.Helper()
	switch round % 6 {
	case 3:
		if err := c.database.Kill(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rng.IntN(300)) * time.Millisecond)
		if err := c.database.Start(); err != nil {
			t.Fatal(err)
		}
	case 5:
		i := rng.IntN(3)
		c.nats.Kill(i)
		time.Sleep(time.Duration(rng.IntN(300)) * time.Millisecond)
		c.nats.Run(i)
	default:
		node := c.nodes[rng.IntN(len(c.nodes))]
		node.kill()
		time.Sleep(time.Duration(rng.IntN(300)) * time.Millisecond)
		node.start()
	}
}

// What is said at one node is heard at every other, in order and once.
func TestNodesHearEachOther(t *testing.T) {
	c := startCluster(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var started struct {
		Data struct {
			StartChatResult struct{ ParticipantToken string } `json:"startChatResult"`
		} `json:"data"`
	}
	if err := c.insist("/start-chat", "", map[string]any{"ParticipantDetails": map[string]string{"DisplayName": "Ada"}}, &started); err != nil {
		t.Fatal(err)
	}
	token := started.Data.StartChatResult.ParticipantToken
	// A socket at each node, by the node's own address.
	sockets := make([]*visitor, len(c.nodes))
	for i, node := range c.nodes {
		sockets[i] = &visitor{server: node, token: token, at: strings.TrimPrefix(node.url, "http://")}
		if err := sockets[i].connect(ctx); err != nil {
			t.Fatalf("node %d: %v", i, err)
		}
		defer func() { _ = sockets[i].conn.CloseNow() }()
	}
	var conn struct {
		ConnectionCredentials struct{ ConnectionToken string }
	}
	if err := c.insist("/participant/connection", token, map[string]any{"Type": []string{"CONNECTION_CREDENTIALS"}}, &conn); err != nil {
		t.Fatal(err)
	}
	const n = 60
	for i := range n {
		var out struct{ ID string }
		in := map[string]string{"ContentType": "text/plain", "Content": fmt.Sprint("m", i)}
		if err := c.nodes[i%3].post("/participant/message", conn.ConnectionCredentials.ConnectionToken, in, &out); err != nil {
			t.Fatal(err)
		}
	}
	for i, s := range sockets {
		for next := 0; next < n; {
			_, frame, err := s.conn.Read(ctx)
			if err != nil {
				t.Fatalf("node %d heard %d of %d: %v", i, next, n, err)
			}
			var f struct{ Content string }
			var item struct{ Type, ParticipantRole, Content string }
			if json.Unmarshal(frame, &f) != nil || json.Unmarshal([]byte(f.Content), &item) != nil || item.Type != "MESSAGE" || item.ParticipantRole != "CUSTOMER" {
				continue
			}
			if want := fmt.Sprint("m", next); item.Content != want {
				t.Fatalf("node %d heard %q, want %q", i, item.Content, want)
			}
			next++
		}
	}
}
