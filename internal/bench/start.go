package bench

import (
	"context"
	"sync"
)

// starters is how many customers come at a time.
const starters = 64

// start starts chats: StartChatContact, CreateParticipantConnection, and a
// socket that has subscribed. Every customer has connections of its own, as
// customers do. The first tenth warms up.
func (b *bench) start(ctx context.Context, r *Result) error {
	b.makeChats()
	var mu sync.Mutex
	var took []sample
	open := func(ctx context.Context, c *chat) error {
		from := now()
		err := b.openChat(ctx, c)
		at := now()
		mu.Lock()
		defer mu.Unlock()
		took = append(took, sample{at.UnixNano(), int64(at.Sub(from))})
		return err
	}
	warm := len(b.chats) / 10
	if err := each(ctx, starters, b.chats[:warm], open); err != nil {
		return err
	}
	took = took[:0]
	used, from := account(b.PID), now()
	if err := each(ctx, starters, b.chats[warm:], open); err != nil {
		return err
	}
	spent := now().Sub(from)
	used.close(r, len(took))
	r.Rate = float64(len(took)) / spent.Seconds()
	r.AckP50, r.AckP99 = percentiles(took, 0, 1<<62)
	r.RSS = float64(memory(b.PID)) / 1e6
	return nil
}
