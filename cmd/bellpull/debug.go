package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"net/url"
	"os"
	runtimepprof "runtime/pprof"
	"sync"
	"time"

	"github.com/bellpull/bellpull/internal/clock"
	"github.com/bellpull/bellpull/internal/fault"
)

// startDebug serves profiles of the process, and has its clock set, on a
// listener of its own until end is called. Profiles tell how the server is used
// and cost time to take, and nobody else may set the clock, so that addr must be
// one that only this machine reaches.
func startDebug(d *door, addr string, wall *clock.Stepped, log *slog.Logger) (end func(), err error) {
	at, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("--debug-listen: %w", err)
	}
	if !at.IP.IsLoopback() {
		return nil, fmt.Errorf("--debug-listen: %s can be reached from outside; use 127.0.0.1", addr)
	}
	l, err := d.another(at)
	if err != nil {
		return nil, err
	}
	mux := profiles()
	mux.HandleFunc("POST /debug/clock", func(w http.ResponseWriter, r *http.Request) { stepClock(w, r, wall, log) })
	// The browser of this machine must not set it for a page from elsewhere, not
	// even for one whose name leads here.
	srv := &http.Server{Handler: onlyHere(http.NewCrossOriginProtection().Handler(mux)), ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	var running sync.WaitGroup
	running.Go(func() { _ = srv.Serve(l) }) // it ends with end
	log.Info("profiles are served", "at", "http://"+l.Addr().String()+"/debug/pprof/")
	return func() {
		_ = srv.Close() // what is being profiled ends with the process
		running.Wait()
	}, nil
}

// onlyHere refuses requests that do not name this machine as such.
func onlyHere(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := (&url.URL{Host: r.Host}).Hostname()
		if ip := net.ParseIP(name); name != "localhost" && !ip.IsLoopback() {
			http.Error(w, "this is not that host", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// startProfile profiles the process until end is called, which completes the file.
func startProfile(file string) (end func(), err error) {
	f, err := os.Create(file)
	if err != nil {
		return nil, fmt.Errorf("--cpu-profile: %w", err)
	}
	if err := runtimepprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(fmt.Errorf("--cpu-profile: %w", err), f.Close())
	}
	return func() {
		runtimepprof.StopCPUProfile()
		_ = f.Close() // a profile that is cut short is noticed by who reads it
	}, nil
}

func profiles() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

// stepClock sets the process's clock by what the query says and answers how far
// it is from the machine's.
func stepClock(w http.ResponseWriter, r *http.Request, wall *clock.Stepped, log *slog.Logger) {
	by, err := time.ParseDuration(r.URL.Query().Get("step"))
	if err != nil {
		err = fault.Newf(fault.Invalid, "step: must be a duration such as -1h or 90s")
	}
	var offset time.Duration
	if err == nil {
		offset, err = wall.Step(by)
	}
	w.Header().Set("Content-Type", "application/json")
	out := map[string]string{"offset": offset.String()}
	if err != nil { // which is of kind Invalid
		w.WriteHeader(http.StatusBadRequest)
		out = map[string]string{"message": err.Error()}
	} else {
		log.WarnContext(r.Context(), "the clock was set for a rehearsal", "by", by, "offset", offset)
	}
	_ = json.NewEncoder(w).Encode(out) // a client that is gone needs no answer
}
