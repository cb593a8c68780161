package socket

import (
	"context"
	"time"

	"github.com/gobwas/ws"
)

// A client that has vanished without a word, behind a proxy that did not notice,
// looks like one that has nothing to say. So one that is silent for longer than
// heartbeats allow is asked, which every WebSocket answers, in whatever state its
// page is; one that has not answered for minutes is gone, and its place free. A
// healthy socket is never closed here: some clients would not come back.
const (
	askAfter  = time.Minute
	goneAfter = 5 * time.Minute
	askEvery  = 30 * time.Second
)

var ping = frame(ws.OpPing, nil)

// Run closes the sockets of clients that have vanished, until ctx is over.
func (h *Hub) Run(ctx context.Context) error {
	for pause(ctx, askEvery) {
		for _, s := range h.sessions("") {
			switch silent := s.silent(); {
			case silent >= goneAfter:
				h.Log.InfoContext(ctx, "socket closed: the client has vanished", "holder", s.claims.Holder)
				s.kill()
			case silent >= askAfter:
				s.send(ping)
			}
		}
	}
	return nil
}
