package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	runtimepprof "runtime/pprof"
	"sync"
	"time"
)

// startDebug serves profiles of the process on a listener of its own until end
// is called. They tell how the server is used and cost time to take, so that addr
// must be one that only this machine reaches.
func startDebug(d *door, addr string, log *slog.Logger) (end func(), err error) {
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
	srv := &http.Server{Handler: profiles(), ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	var running sync.WaitGroup
	running.Go(func() { _ = srv.Serve(l) }) // it ends with end
	log.Info("profiles are served", "at", "http://"+l.Addr().String()+"/debug/pprof/")
	return func() {
		_ = srv.Close() // what is being profiled ends with the process
		running.Wait()
	}, nil
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

func profiles() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}
