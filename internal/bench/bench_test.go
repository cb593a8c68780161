package bench_test

import (
	"context"
	"log/slog"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/bench"
	"github.com/bellpull/bellpull/internal/bench/limit"
	"github.com/bellpull/bellpull/internal/config"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server"
	"github.com/bellpull/bellpull/internal/store/embedded"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// background runs something until the test is over.
func background(t *testing.T, run func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// limitProgram starts the limit program.
func limitProgram(t *testing.T) bench.Target {
	t.Helper()
	l, file := listen(t), filepath.Join(t.TempDir(), "log")
	background(t, func(ctx context.Context) error { return limit.Run(ctx, l, file) })
	return bench.Target{URL: server.URLOf(l.Addr()), Partial: true}
}

// bellpull starts a whole server with the dev instance, which asks for
// signatures as bellpull serve does.
func bellpull(t *testing.T) bench.Target {
	t.Helper()
	st, err := embedded.Open(t.Context(), embedded.Options{Path: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	d := seed.Dev()
	if err := st.PutDirectory(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	l := listen(t)
	srv, err := server.New(t.Context(), server.Options{
		Config: config.Default(), Store: st, Log: slog.New(slog.DiscardHandler), Now: time.Now, WallClock: time.Now,
		IDs: contact.NewIDs(), URL: server.URLOf(l.Addr()),
	})
	if err != nil {
		t.Fatal(err)
	}
	background(t, func(ctx context.Context) error { return srv.Run(ctx, l) })
	return bench.Target{
		URL: server.URLOf(l.Addr()), Instance: string(d.Instance.ID), Flow: string(d.Instance.DefaultFlow),
		Key: bench.Key{ID: seed.DevAccessKey, Secret: seed.DevSecret, Region: d.Instance.Region},
	}
}

var short = bench.Options{
	Chats: 3, Warm: 10 * time.Millisecond, Duration: 200 * time.Millisecond, Settle: time.Millisecond, Readers: 2,
}

func TestEveryModeMeasuresEveryServer(t *testing.T) {
	for name, start := range map[string]func(*testing.T) bench.Target{"limit": limitProgram, "bellpull": bellpull} {
		for _, mode := range []bench.Mode{bench.Messages, bench.Idle, bench.Transcript, bench.Start} {
			t.Run(name+"/"+string(mode), func(t *testing.T) {
				o := short
				o.Mode = mode
				r, err := bench.Run(t.Context(), start(t), o)
				if err != nil {
					t.Fatal(err)
				}
				if err := r.Err(); err != nil {
					t.Error(err)
				}
				if mode != bench.Idle && (r.Rate == 0 || r.AckP50 == 0 || r.AckP99 < r.AckP50) {
					t.Errorf("implausible: %+v", r)
				}
				if mode == bench.Messages && (r.DeliveryP50 == 0 || r.Acknowledged == 0) {
					t.Errorf("implausible: %+v", r)
				}
			})
		}
	}
}

func TestAgentsTakeTheOtherSide(t *testing.T) {
	target := bellpull(t)
	for _, a := range seed.DevAgents {
		target.Agents = append(target.Agents, bench.Agent{Username: a.Username, Password: a.Password})
	}
	o := short
	o.Mode, o.Chats = bench.Messages, 6
	for range 2 { // the first run leaves the agents free for the second
		r, err := bench.Run(t.Context(), target, o)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Err(); err != nil {
			t.Error(err)
		}
		if r.DeliveryP50 == 0 {
			t.Errorf("implausible: %+v", r)
		}
	}
}

func TestWrongSecretIsRefused(t *testing.T) {
	target := bellpull(t)
	target.Key.Secret = "another"
	if _, err := bench.Run(t.Context(), target, bench.Options{Mode: bench.Idle, Chats: 1}); err == nil {
		t.Error("the server took a request with a wrong signature")
	}
}
