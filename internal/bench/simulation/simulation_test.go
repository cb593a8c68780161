package simulation_test

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/bench"
	"github.com/bellpull/bellpull/internal/bench/simulation"
	"github.com/bellpull/bellpull/internal/config"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server"
	"github.com/bellpull/bellpull/internal/store/embedded"
)

// bellpull starts a whole server, whose agents have a second to accept.
func bellpull(t *testing.T, d *directory.Directory, concurrency int) bench.Target {
	t.Helper()
	st, err := embedded.Open(t.Context(), embedded.Options{Path: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range d.Profiles {
		p.ChatConcurrency = concurrency
	}
	if err := st.PutDirectory(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cfg := config.Default()
	cfg.Ring = time.Second
	srv, err := server.New(t.Context(), server.Options{
		Config: cfg, Store: st, Log: slog.New(slog.DiscardHandler), Now: time.Now, WallClock: time.Now,
		IDs: contact.NewIDs(), URL: server.URLOf(l.Addr()),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- srv.Run(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	target := bench.Target{
		URL: server.URLOf(l.Addr()), Instance: string(d.Instance.ID), Flow: string(d.Instance.DefaultFlow),
		Key: bench.Key{ID: seed.DevAccessKey, Secret: seed.DevSecret, Region: d.Instance.Region},
	}
	for _, a := range seed.DevAgents {
		target.Agents = append(target.Agents, bench.Agent{Username: a.Username, Password: a.Password})
	}
	return target
}

func TestEverybodyIsServed(t *testing.T) {
	r, err := simulation.Run(t.Context(), bellpull(t, seed.Dev(), 5), simulation.Options{
		Rate: 30, Duration: 500 * time.Millisecond, Drain: 30 * time.Second,
		Handle: 100 * time.Millisecond, AfterWork: 20 * time.Millisecond, Pace: 20 * time.Millisecond, Transfer: 0.5, Seed: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Err(); err != nil {
		t.Error(err)
	}
	if r.Customers == 0 || r.Answered != r.Customers || r.Offered != r.Customers+r.Transferred || r.Missed+r.Abandoned+r.Unserved > 0 {
		t.Errorf("implausible: %+v", r)
	}
	if r.Transferred == 0 || r.Messages < 2*r.Customers || r.Waited.P50 == 0 || r.Matched.P99 < r.Matched.P50 {
		t.Errorf("implausible: %+v", r)
	}
}

func TestNobodyTransfersWithoutAQuickConnect(t *testing.T) {
	d := seed.Dev()
	d.Queues[seed.DevQueue].Connects = nil
	r, err := simulation.Run(t.Context(), bellpull(t, d, 5), simulation.Options{
		Rate: 20, Duration: 200 * time.Millisecond, Drain: 30 * time.Second, Transfer: 1, Seed: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Err(); err != nil {
		t.Error(err)
	}
	var report strings.Builder
	if err := r.Print(&report); err != nil {
		t.Error(err)
	}
	if r.Transferred > 0 || r.Answered != r.Customers || !strings.Contains(report.String(), "nobody could transfer") {
		t.Errorf("implausible: %+v\n%s", r, &report)
	}
}

func TestContactsThatNobodyAcceptsAreMissed(t *testing.T) {
	r, err := simulation.Run(t.Context(), bellpull(t, seed.Dev(), 1), simulation.Options{
		Rate: 20, Duration: 200 * time.Millisecond, Drain: 500 * time.Millisecond, Miss: 1, Seed: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Err(); err != nil {
		t.Error(err)
	}
	if r.Customers == 0 || r.Answered > 0 || r.Unserved != r.Customers || r.Offered == 0 || r.Rejected+r.Missed == 0 {
		t.Errorf("implausible: %+v", r)
	}
}

func TestCustomersGiveUp(t *testing.T) {
	target := bellpull(t, seed.Dev(), 1)
	target.Agents = nil
	r, err := simulation.Run(t.Context(), target, simulation.Options{
		Rate: 20, Duration: 200 * time.Millisecond, Drain: 30 * time.Second, Patience: 10 * time.Millisecond, Transfer: 0.5, Seed: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Err(); err != nil {
		t.Error(err)
	}
	if r.Customers == 0 || r.Abandoned != r.Customers {
		t.Errorf("implausible: %+v", r)
	}
}

func TestWhatCannotBeSimulatedIsAnError(t *testing.T) {
	target := bellpull(t, seed.Dev(), 1)
	target.Agents = []bench.Agent{{Username: "ana", Password: "guess"}}
	if _, err := simulation.Run(t.Context(), target, simulation.Options{Rate: 1, Duration: time.Second}); err == nil {
		t.Error("a wrong password: no error")
	}
	if _, err := simulation.Run(t.Context(), bench.Target{URL: "nowhere"}, simulation.Options{Rate: 1, Duration: time.Second}); err == nil {
		t.Error("no server: no error")
	}
}
