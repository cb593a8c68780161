package bench

import (
	"context"
	"time"
)

// beat is how often clients send a heartbeat.
const beat = 10 * time.Second

// idle reads the memory of a server whose participants are all silent, and then
// its CPU while they send heartbeats.
func (b *bench) idle(ctx context.Context, r *Result, before int64) error {
	if !wait(ctx, b.Settle) {
		return ctx.Err()
	}
	account(b.PID).close(r, 0)
	var sockets []*socket
	for _, d := range b.desks {
		sockets = append(sockets, d.socket)
	}
	for _, c := range b.chats {
		sockets = append(sockets, c.sockets...)
	}
	after := memory(b.PID)
	r.RSS = float64(after) / 1e6
	r.PerSocket = float64(after-before) / 1e3 / float64(len(sockets))

	rss := r.RSS
	used, from := account(b.PID), now()
	for i, s := range sockets {
		if !wait(ctx, from.Add(beat*time.Duration(i)/time.Duration(len(sockets))).Sub(now())) {
			return ctx.Err()
		}
		if err := s.write(textFrame, []byte(`{"topic":"aws/heartbeat"}`)); err != nil {
			r.Failed++
		}
	}
	spent := now().Sub(from).Seconds()
	used.close(r, 1)
	r.Heartbeats, r.CPU, r.ClientCPU, r.RSS = r.CPU/1e6/spent, 0, 0, rss
	return nil
}
