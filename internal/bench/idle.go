package bench

import "context"

// idle reads the memory of a server whose participants are all silent.
func (b *bench) idle(ctx context.Context, r *Result, before int64) error {
	if !wait(ctx, b.Settle) {
		return ctx.Err()
	}
	account(b.PID).close(r, 0)
	sockets := len(b.desks)
	for _, c := range b.chats {
		sockets += len(c.sockets)
	}
	after := memory(b.PID)
	r.RSS = float64(after) / 1e6
	r.PerSocket = float64(after-before) / 1e3 / float64(sockets)
	return nil
}
