package server_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/bellpull/bellpull/chat"
	"github.com/bellpull/bellpull/internal/config"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/natsconn/natstest"
	"github.com/bellpull/bellpull/internal/pgtest"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server"
	"github.com/bellpull/bellpull/internal/store/postgres"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// node starts a server on a database and a NATS that others share, and returns
// its URL.
func node(t testing.TB, database, nats string) string {
	t.Helper()
	st, err := postgres.Open(t.Context(), postgres.Options{URL: database})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cfg := config.Default()
	cfg.Store, cfg.NATS.URL, cfg.Limits.Rates = database, nats, "off"
	url := server.URLOf(l.Addr())
	srv, err := server.New(t.Context(), server.Options{
		Config: cfg, Dev: true, Store: st, Log: slog.New(slog.DiscardHandler), Now: time.Now, WallClock: time.Now, IDs: contact.NewIDs(), URL: url,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- srv.Run(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return url
}

// cluster starts two nodes with a dev instance at two of three NATS servers.
func cluster(t testing.TB) (here, there string, nats *natstest.Cluster) {
	t.Helper()
	database := pgtest.New(t)
	st, err := postgres.Open(t.Context(), postgres.Options{URL: database})
	if err == nil {
		err = st.PutDirectory(t.Context(), seed.Dev())
	}
	if err == nil {
		err = st.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	nats = natstest.Start(t, 3)
	return node(t, database, nats.URL(0)), node(t, database, nats.URL(1)), nats
}

// connect opens a session of a chat at a node, and waits until it hears.
func connect(t testing.TB, d chat.Details, url string) *chat.Session {
	t.Helper()
	s, err := chat.Connect(t.Context(), d, chat.Options{Endpoint: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	for ev := range s.Events() {
		if _, ok := ev.(chat.ConnectionEstablished); ok {
			return s
		}
	}
	t.Fatal("the session ended")
	return nil
}

// hear waits for the next message of the customer.
func hear(t testing.TB, s *chat.Session) string {
	t.Helper()
	late := time.After(30 * time.Second)
	for {
		select {
		case ev, ok := <-s.Events():
			if m, is := ev.(chat.MessageEvent); is && m.ParticipantRole == chat.RoleCustomer {
				return m.Content
			}
			if !ok {
				t.Fatalf("the session ended: %v", s.Err())
			}
		case <-late:
			t.Fatal("nothing was heard")
		}
	}
}

func speak(t testing.TB, s *chat.Session, text string) {
	t.Helper()
	if _, err := s.SendMessage(t.Context(), chat.Message{Content: text, ContentType: chat.TextPlain}); err != nil {
		t.Fatal(err)
	}
}

func startChat(t testing.TB, url string) chat.Details {
	t.Helper()
	d, err := chat.Start(t.Context(), url+"/start-chat", chat.StartRequest{ParticipantDetails: chat.ParticipantDetails{DisplayName: "Ada"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// People at different nodes hear each other, in order and once. What they say while
// the NATS servers have lost each other they hear when these have found each other
// again, though nobody says anything then.
func TestNodesHearEachOther(t *testing.T) {
	one, two, nats := cluster(t)
	d := startChat(t, one)
	here, there := connect(t, d, one), connect(t, d, two)
	const many = 40
	for n := range many {
		if n == 20 {
			time.Sleep(2 * time.Second) // so that the nodes have heard each other's beats
			nats.Part()
		}
		from := here
		if n%2 == 1 {
			from = there
		}
		speak(t, from, fmt.Sprint(n))
	}
	nats.Heal()
	for _, s := range []*chat.Session{here, there} {
		for n := range many {
			if got := hear(t, s); got != fmt.Sprint(n) {
				t.Fatalf("heard %q where %d was due", got, n)
			}
		}
	}
}

// BenchmarkSecondNode tells how much later a message is heard at another node than
// at the sender's.
func BenchmarkSecondNode(b *testing.B) {
	one, two, _ := cluster(b)
	d := startChat(b, one)
	here, there := connect(b, d, one), connect(b, d, two)
	time.Sleep(time.Second)
	var same, other []time.Duration
	for b.Loop() {
		begun := time.Now()
		heard := make(chan time.Duration, 1)
		go func() {
			hear(b, there)
			heard <- time.Since(begun)
		}()
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			speak(b, here, "hello")
		}()
		hear(b, here)
		same = append(same, time.Since(begun))
		other = append(other, <-heard)
		<-sent
	}
	for name, all := range map[string][]time.Duration{"same-p50-µs": same, "other-p50-µs": other} {
		slices.Sort(all)
		b.ReportMetric(float64(all[len(all)/2].Nanoseconds())/1e3, name)
	}
}
