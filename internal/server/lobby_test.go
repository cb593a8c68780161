package server

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/config"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/store/embedded"
)

// ask asks a server on l.
func ask(t *testing.T, l net.Listener, path string) (status int, body string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}
	res, err := client.Get(URLOf(l.Addr()) + path)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Error(err)
	}
	return res.StatusCode, string(b)
}

// While the store is migrated the process says that it lives and is not ready,
// and refuses nobody.
func TestRequestsWaitForTheirServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	migrated, up, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- Serve(ctx, l, slog.New(slog.DiscardHandler), func(ctx context.Context) (*Server, error) {
			<-migrated
			st, err := embedded.Open(ctx, embedded.Options{Path: t.TempDir()})
			if err != nil {
				return nil, err
			}
			if err := st.PutDirectory(ctx, seed.Dev()); err != nil {
				return nil, err
			}
			return New(ctx, Options{
				Config: config.Default(), Store: st, Log: slog.New(slog.DiscardHandler), Now: time.Now, WallClock: time.Now,
				IDs: contact.NewIDs(), URL: URLOf(l.Addr()),
			})
		}, func() error {
			close(up)
			return nil
		})
	}()
	if status, body := ask(t, l, "/healthz"); status != 200 || body != "ok\n" {
		t.Errorf("/healthz answers %d %s", status, body)
	}
	if status, body := ask(t, l, "/readyz"); status != 503 || body != "starting\n" {
		t.Errorf("/readyz answers %d %s", status, body)
	}
	waited := make(chan int, 1)
	go func() {
		status, _ := ask(t, l, "/demo/config.json")
		waited <- status
	}()
	select {
	case status := <-waited:
		t.Errorf("a request was answered %d before there was a server", status)
	case <-time.After(50 * time.Millisecond):
	}
	close(migrated)
	if status := <-waited; status != 200 {
		t.Errorf("the request that waited is answered %d", status)
	}
	<-up
	if status, body := ask(t, l, "/readyz"); status != 200 {
		t.Errorf("then /readyz answers %d %s", status, body)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("the server ended with %v", err)
	}
}

func TestServerThatCannotBeOpened(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("the store is broken")
	err = Serve(t.Context(), l, slog.New(slog.DiscardHandler), func(context.Context) (*Server, error) { return nil, broken }, func() error {
		t.Error("it is up")
		return nil
	})
	if !errors.Is(err, broken) {
		t.Errorf("the end of it is %v, want %v", err, broken)
	}
	if c, err := net.Dial("tcp", l.Addr().String()); err == nil {
		_ = c.Close()
		t.Error("it still listens")
	}
}

// What cannot be announced ends a server in good order.
func TestServerThatCannotBeAnnounced(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	full, data := errors.New("no space for the ready file"), t.TempDir()
	err = Serve(t.Context(), l, slog.New(slog.DiscardHandler), func(ctx context.Context) (*Server, error) {
		st, err := embedded.Open(ctx, embedded.Options{Path: data})
		if err != nil {
			return nil, err
		}
		return New(ctx, Options{
			Config: config.Default(), Store: st, Log: slog.New(slog.DiscardHandler), Now: time.Now, WallClock: time.Now,
			IDs: contact.NewIDs(), URL: URLOf(l.Addr()),
		})
	}, func() error { return full })
	if !errors.Is(err, full) {
		t.Errorf("the end of it is %v, want %v", err, full)
	}
	st, err := embedded.Open(t.Context(), embedded.Options{Path: data})
	if err != nil {
		t.Fatalf("the store was left open: %v", err)
	}
	if err := st.Close(); err != nil {
		t.Error(err)
	}
}
