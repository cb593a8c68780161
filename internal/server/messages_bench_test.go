package server_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/bench"
	"github.com/bellpull/bellpull/internal/config"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server"
	"github.com/bellpull/bellpull/internal/store/embedded"
)

// BenchmarkServer runs bellpull bench against a whole server in this process,
// durable as bellpull serve is, so that its profile can be taken:
//
//	go test -run '^$' -bench Server/messages/chats=50 -cpuprofile cpu.prof ./internal/server
//
// The client is in the profile too; what the server costs is better told by
// the command, which measures two processes.
func BenchmarkServer(b *testing.B) {
	for _, o := range []bench.Options{
		{Mode: bench.Messages, Chats: 1},
		{Mode: bench.Messages, Chats: 50},
		{Mode: bench.Messages, Chats: 500},
		{Mode: bench.Transcript, Chats: 200, Readers: 8},
	} {
		b.Run(fmt.Sprintf("%s/chats=%d", o.Mode, o.Chats), func(b *testing.B) {
			target := start(b)
			o.Warm, o.Duration = 500*time.Millisecond, 3*time.Second
			for b.Loop() {
				r, err := bench.Run(b.Context(), target, o)
				if err == nil {
					err = r.Err()
				}
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(r.Rate, "per-s")
				b.ReportMetric(r.AckP50, "p50-ms")
				b.ReportMetric(r.AckP99, "p99-ms")
			}
			b.ReportMetric(0, "ns/op") // an operation is a run
		})
	}
}

// start starts a server with the dev instance.
func start(b *testing.B) bench.Target {
	b.Helper()
	st, err := embedded.Open(b.Context(), embedded.Options{Path: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	d := seed.Dev()
	if err := st.PutDirectory(b.Context(), d); err != nil {
		b.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	srv, err := server.New(b.Context(), server.Options{
		Config: config.Default(), Store: st, Log: slog.New(slog.DiscardHandler), Now: time.Now, WallClock: time.Now,
		IDs: contact.NewIDs(), URL: server.URLOf(l.Addr()),
	})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- srv.Run(ctx, l) }()
	b.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			b.Error(err)
		}
	})
	return bench.Target{
		URL: server.URLOf(l.Addr()), Instance: string(d.Instance.ID), Flow: string(d.Instance.DefaultFlow),
		Key: bench.Key{ID: seed.DevAccessKey, Secret: seed.DevSecret, Region: d.Instance.Region},
	}
}
