package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/cloudflare/tableflip"
	"github.com/coreos/go-systemd/v22/activation"
	"github.com/coreos/go-systemd/v22/daemon"
)

// door is the listener of bellpull serve. It outlives the process: a successor
// inherits it, or systemd holds it.
type door struct {
	net.Listener
	flip *tableflip.Upgrader
	log  *slog.Logger
}

// openDoor listens on addr: by the socket that a predecessor or systemd hands
// over, or by a new one.
func openDoor(addr string, log *slog.Logger) (*door, error) {
	flip, err := tableflip.New(tableflip.Options{UpgradeTimeout: time.Minute})
	if errors.Is(err, tableflip.ErrNotSupported) {
		l, err := net.Listen("tcp", addr)
		return &door{Listener: l, log: log}, err
	}
	if err != nil {
		return nil, err
	}
	given, err := activation.Listeners()
	if err != nil {
		return nil, fmt.Errorf("sockets of systemd: %w", err)
	}
	if len(given) > 1 {
		return nil, errors.New("systemd hands over more than one socket")
	}
	var l net.Listener
	if len(given) == 1 {
		l = given[0]
		if err := flip.AddListener("tcp", addr, l.(*net.TCPListener)); err != nil {
			return nil, err
		}
	} else if l, err = flip.Listen("tcp", addr); err != nil {
		return nil, err
	}
	return &door{Listener: l, flip: flip, log: log}, nil
}

// another returns a further listener, which a successor inherits too. It is
// named by its network and address, so that neither of them may be the first
// one's: the network here is tcp4 or tcp6.
func (d *door) another(at *net.TCPAddr) (net.Listener, error) {
	network := "tcp6"
	if at.IP.To4() != nil {
		network = "tcp4"
	}
	if d.flip == nil {
		return net.Listen(network, at.String())
	}
	return d.flip.Listen(network, at.String())
}

// inherited reports whether a predecessor is about to leave the store.
func (d *door) inherited() bool { return d.flip != nil && d.flip.HasParent() }

// takeOver tells the predecessor, if there is one, to leave the store and the
// listener to this process.
func (d *door) takeOver() error {
	if d.flip == nil {
		return nil
	}
	return d.flip.Ready()
}

// watch starts a successor on SIGUSR2, and calls handOver when it is ready to
// take over. It returns when ctx is over or everything has been handed over.
func (d *door) watch(ctx context.Context, handOver func()) {
	if d.flip == nil {
		return
	}
	defer d.flip.Stop()
	again := make(chan os.Signal, 1)
	signal.Notify(again, successorSignal)
	defer signal.Stop(again)
	for {
		select {
		case <-ctx.Done():
			return
		case <-again:
			go func() {
				if err := d.flip.Upgrade(); err != nil {
					d.log.ErrorContext(ctx, "the successor did not start; this process goes on", "error", err)
				}
			}()
		case <-d.flip.Exit():
			if ctx.Err() == nil {
				handOver()
			}
			return
		}
	}
}

// notify tells systemd, where that asks, which process serves now.
func (d *door) notify() {
	_, err := daemon.SdNotify(false, fmt.Sprintf("%s\nMAINPID=%d", daemon.SdNotifyReady, os.Getpid()))
	if err != nil {
		d.log.Warn("systemd was not told", "error", err)
	}
}

// answered waits until the server at addr answers requests.
func answered(ctx context.Context, addr net.Addr) error {
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "tcp", addr.String())
		},
	}}
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://successor/readyz", nil)
		if err != nil {
			return err
		}
		res, err := client.Do(req)
		if err == nil {
			_ = res.Body.Close() // only the status counts
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}
