package server_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/config"
	"github.com/bellpull/bellpull/internal/edge/opsapi"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

func drainState(t *testing.T, srv *servertest.Server, method string) (d opsapi.Drain) {
	t.Helper()
	a := srv.Do(method, "/ops/drain", servertest.Signed(), "")
	if a.Status != 200 {
		t.Fatalf("%s /ops/drain answers %d %s", method, a.Status, a.Body)
	}
	a.Into(t, &d)
	return d
}

func readiness(srv *servertest.Server) string {
	a := srv.Do("GET", "/readyz", nil, "")
	return http.StatusText(a.Status) + ": " + string(a.Body)
}

// Balancers hear of a drain at once; clients are served until the grace is over,
// and go away one after the other.
func TestDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := servertest.New(t)
		customers := make([]*servertest.Customer, 20)
		for i := range customers {
			customers[i] = srv.StartChat("Ada")
		}
		open := func() int64 {
			synctest.Wait()
			return drainState(t, srv, "GET").Sockets
		}
		if d := drainState(t, srv, "GET"); d.State != "serving" || d.Sockets != 20 {
			t.Errorf("before the drain: %+v", d)
		}
		if d := drainState(t, srv, "POST"); d.State != "draining" || d.Grace != "10s" || d.Spread != "5s" {
			t.Errorf("the drain begins: %+v", d)
		}
		if got := readiness(srv); got != "Service Unavailable: draining\n" {
			t.Errorf("while the server drains, /readyz answers %s", got)
		}

		time.Sleep(9 * time.Second)
		customers[0].Say("still here")
		late := srv.StartChat("Eve")
		if got := open(); got != 21 {
			t.Errorf("within the grace %d sockets are open, want 21", got)
		}
		if drainState(t, srv, "POST").State != "draining" { // and does not begin anew
			t.Error("a second POST ended the drain")
		}

		time.Sleep(3500 * time.Millisecond) // half of the spread is over
		if got := open(); got < 5 || got > 16 {
			t.Errorf("in the middle of the spread %d sockets are open, want about half of 21", got)
		}
		time.Sleep(3 * time.Second)
		if d := drainState(t, srv, "GET"); d.State != "drained" || d.Sockets != 0 {
			t.Errorf("after the drain: %+v", d)
		}
		if !late.Socket.Over() {
			t.Error("the socket that came last is open")
		}
		if got := readiness(srv); got != "Service Unavailable: drained\n" {
			t.Errorf("after the drain, /readyz answers %s", got)
		}
		customers[0].Say("requests are answered until the end")
	})
}

func TestDrainIsForOperators(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := servertest.Open(t, servertest.Options{Strict: true})
		for name, header := range map[string]http.Header{"no signature": nil, "a signature of an unknown key": servertest.Signed()} {
			if a := srv.Do("POST", "/ops/drain", header, ""); a.Status != 403 {
				t.Errorf("%s: got %d %s", name, a.Status, a.Body)
			}
		}
		if got := readiness(srv); got != "OK: ok\n" {
			t.Errorf("/readyz answers %s", got)
		}
	})
}

// Where the settings ask for it, the signal to stop drains first; the server
// serves meanwhile.
func TestDrainOnStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := config.Default()
		cfg.Drain.OnStop = true
		srv := servertest.Open(t, servertest.Options{Config: &cfg})
		ada := srv.StartChat("Ada")
		began, ended := time.Now(), make(chan time.Duration)
		go func() {
			srv.Stop()
			ended <- time.Since(began)
		}()
		time.Sleep(5 * time.Second)
		ada.Say("still here")
		if took := <-ended; took < 15*time.Second || took > 16*time.Second {
			t.Errorf("the server ended after %v, want 15s: the grace and the spread", took)
		}
	})
}
