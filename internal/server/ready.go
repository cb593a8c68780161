package server

import (
	"context"
	"net/http"
	"time"
)

// healthy says that the process answers, and nothing else: a process that is
// ended for saying no here would not get well by that.
func (s *Server) healthy(w http.ResponseWriter, _ *http.Request) { sayOK(w) }

func sayOK(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n")) // a prober that is gone needs no answer
}

// ready says whether a balancer should send clients here, or why not.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	if why := s.unready(r.Context()); why != "" {
		http.Error(w, why, http.StatusServiceUnavailable)
		return
	}
	sayOK(w)
}

// storeLimit is how long the store may take to answer a server that is ready.
const storeLimit = 2 * time.Second

// unready returns why the server does not take work, or "".
func (s *Server) unready(ctx context.Context) string {
	switch {
	case over(s.closing) && s.successor.Load() == nil: // else the address goes on
		return "closing"
	case over(s.drain.begun):
		return s.drain.state()
	}
	within, cancel := context.WithTimeout(ctx, storeLimit)
	defer cancel()
	if _, err := s.Store.Instances(within); err != nil {
		s.Log.ErrorContext(ctx, "not ready", "error", err)
		return "the store does not answer"
	}
	return ""
}
