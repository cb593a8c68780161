package server

import (
	"context"
	"sync"
	"time"

	"github.com/bellpull/bellpull/internal/edge/opsapi"
)

// drain is how far a server has left its clients to others. It begins once and
// has no way back: whoever drains is about to be stopped.
type drain struct {
	begun, ended chan struct{} // closed
	begin        func()        // closes begun
}

func newDrain() drain {
	begun := make(chan struct{})
	return drain{begun: begun, ended: make(chan struct{}), begin: sync.OnceFunc(func() { close(begun) })}
}

// run drains when that has begun, unless ctx is over first.
func (d *drain) run(ctx context.Context, s *Server) error {
	defer close(d.ended)
	select {
	case <-ctx.Done():
		return nil
	case <-d.begun:
	}
	c := s.Config.Drain
	s.Log.InfoContext(ctx, "draining", "grace", c.Grace, "spread", c.Spread, "sockets", s.hub.Open())
	select {
	case <-ctx.Done():
		return nil
	case <-time.After(c.Grace):
	}
	s.hub.CloseOver(ctx, c.Spread)
	s.Log.InfoContext(ctx, "drained: no sockets are left and none are taken")
	return nil
}

// state says how far the drain has come.
func (d *drain) state() string {
	switch {
	case over(d.ended):
		return "drained"
	case over(d.begun):
		return "draining"
	}
	return "serving"
}

func over(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

// drainState is the answer of /ops/drain.
func (s *Server) drainState() opsapi.Drain {
	return opsapi.Drain{
		State: s.drain.state(), Sockets: s.hub.Open(),
		Grace: s.Config.Drain.Grace.String(), Spread: s.Config.Drain.Spread.String(),
	}
}

// leave drains, where the settings ask for that before the server is stopped. A
// successor on this machine needs no drain.
func (s *Server) leave() {
	if s.Config.Drain.OnStop && s.successor.Load() == nil {
		s.drain.begin()
		<-s.drain.ended
	}
}
