package natssink_test

import (
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/outbox/natssink"
)

// broker runs a NATS server; port -1 takes a free one.
func broker(t *testing.T, port int, dir string) *server.Server {
	t.Helper()
	srv, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: port, NoLog: true, NoSigs: true, JetStream: dir != "", StoreDir: dir,
	})
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	t.Cleanup(func() {
		srv.Shutdown()
		srv.WaitForShutdown()
	})
	if !srv.ReadyForConnections(10 * time.Second) {
		t.Fatal("the NATS server does not start")
	}
	return srv
}

func sink(t *testing.T, url string) *natssink.Sink {
	t.Helper()
	s, err := natssink.New(natssink.Config{URL: url, Subject: "bellpull"}, slog.New(slog.NewTextHandler(t.Output(), nil)), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func client(t *testing.T, url string) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

// rows returns events of a few chats.
func rows(from, to int) (all []contact.Outgoing) {
	for i := from; i < to; i++ {
		all = append(all, contact.Outgoing{
			Kind: contact.ContactEvent, ID: strconv.Itoa(i), Key: strconv.Itoa(i % 3), Instance: "instance-1", Body: fmt.Appendf(nil, `{"n":%d}`, i),
		})
	}
	all[0].Kind = contact.AgentEvent
	return all
}

// deliver delivers, trying again for a while.
func deliver(t *testing.T, s *natssink.Sink, batch []contact.Outgoing) {
	t.Helper()
	var err error
	for range 200 {
		if err = s.Deliver(t.Context(), batch); err == nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("not delivered: %v", err)
}

func TestPublishes(t *testing.T) {
	srv := broker(t, -1, "")
	nc := client(t, srv.ClientURL())
	sub, err := nc.SubscribeSync("bellpull.>")
	if err == nil {
		err = nc.Flush() // so that the subscription is there
	}
	if err != nil {
		t.Fatal(err)
	}
	batch := rows(0, 250)
	deliver(t, sink(t, srv.ClientURL()), batch)
	for i, o := range batch {
		m, err := sub.NextMsg(10 * time.Second)
		if err != nil {
			t.Fatalf("event %d: %v", i, err)
		}
		if want := "bellpull.instance-1." + string(o.Kind); m.Subject != want || string(m.Data) != string(o.Body) || m.Header.Get("Nats-Msg-Id") != o.ID {
			t.Fatalf("event %d: %s %q %s, want %s %s", i, m.Subject, m.Header, m.Data, want, o.Body)
		}
	}
}

// A stream stores each event once, however often it is published.
func TestJetStream(t *testing.T) {
	srv := broker(t, -1, t.TempDir())
	js, err := jetstream.New(client(t, srv.ClientURL()))
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "EVENTS", Subjects: []string{"bellpull.*.contact-event"}})
	if err != nil {
		t.Fatal(err)
	}
	s := sink(t, srv.ClientURL())
	deliver(t, s, rows(0, 100)) // the first one has no stream
	deliver(t, s, rows(50, 200))
	info, err := stream.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if info.State.Msgs != 199 {
		t.Errorf("the stream has %d events, want 199", info.State.Msgs)
	}
	byKey := map[int][]int{}
	for n := range info.State.Msgs {
		m, err := stream.GetMsg(t.Context(), n+1)
		if err != nil {
			t.Fatal(err)
		}
		i, err := strconv.Atoi(m.Header.Get("Nats-Msg-Id"))
		if err != nil {
			t.Fatal(err)
		}
		byKey[i%3] = append(byKey[i%3], i)
	}
	for key, got := range byKey {
		if !slices.IsSorted(got) {
			t.Errorf("events of chat %d are stored in the order %v", key, got)
		}
	}
}

// A stream that is full refuses, and the event counts as not delivered.
func TestStreamThatRefuses(t *testing.T) {
	srv := broker(t, -1, t.TempDir())
	js, err := jetstream.New(client(t, srv.ClientURL()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{
		Name: "EVENTS", Subjects: []string{"bellpull.>"}, MaxMsgs: 5, Discard: jetstream.DiscardNew,
	}); err != nil {
		t.Fatal(err)
	}
	s := sink(t, srv.ClientURL())
	deliver(t, s, rows(0, 5))
	if err := s.Deliver(t.Context(), rows(5, 7)); err == nil {
		t.Error("what the stream refused counts as delivered")
	}
}

func TestServerThatGoesAndComesBack(t *testing.T) {
	first := broker(t, -1, "")
	addr, ok := first.Addr().(*net.TCPAddr)
	if !ok {
		t.Fatalf("it listens on %v", first.Addr())
	}
	s := sink(t, first.ClientURL())
	deliver(t, s, rows(0, 1))
	first.Shutdown()
	first.WaitForShutdown()
	if err := s.Deliver(t.Context(), rows(1, 2)); err == nil {
		t.Error("delivered to a server that is gone")
	}
	second := broker(t, addr.Port, "")
	nc := client(t, second.ClientURL())
	sub, err := nc.SubscribeSync("bellpull.>")
	if err == nil {
		err = nc.Flush()
	}
	if err != nil {
		t.Fatal(err)
	}
	deliver(t, s, rows(1, 2))
	if m, err := sub.NextMsg(10 * time.Second); err != nil || m.Header.Get("Nats-Msg-Id") != "1" {
		t.Errorf("came %v, %v", m, err)
	}
}
