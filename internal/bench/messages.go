package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// arrival is how long a message may take to arrive after its acknowledgement.
const arrival = 5 * time.Second

// messages has every customer send, the next message once the last one is
// acknowledged, and checks each message three times: at the customer's own
// socket, at the other side's, and in the transcript.
func (b *bench) messages(ctx context.Context, r *Result) error {
	var stop atomic.Bool
	var group sync.WaitGroup
	took := make([][]sample, len(b.chats))
	failed := make([]error, len(b.chats))
	for i, c := range b.chats {
		group.Go(func() {
			for n := 1; !stop.Load(); n++ {
				s, err := c.say(n)
				if err != nil {
					failed[i] = err
					return
				}
				took[i] = append(took[i], s)
			}
		})
	}
	wait(ctx, b.Warm)
	used, from := account(b.PID), now().UnixNano()
	wait(ctx, b.Duration)
	to := now().UnixNano()
	used.close(r, 1) // before the last answers are in, which count no more
	stop.Store(true)
	group.Wait()
	var acks []sample
	for i := range b.chats {
		acks = append(acks, took[i]...)
		if failed[i] != nil {
			r.Failed++
		}
	}
	n := 0
	for _, s := range acks {
		if s.at >= from && s.at < to {
			n++
		}
	}
	if n > 0 {
		r.CPU, r.ClientCPU = r.CPU/float64(n), r.ClientCPU/float64(n)
	}
	r.Rate = float64(n) / time.Duration(to-from).Seconds()
	r.AckP50, r.AckP99 = percentiles(acks, from, to)
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := b.audit(ctx, r); err != nil {
		return err
	}
	var arrived []sample
	for _, c := range b.chats {
		arrived = append(arrived, c.arrived.took...)
	}
	r.DeliveryP50, r.DeliveryP99 = percentiles(arrived, from, to)
	for _, err := range failed {
		if err != nil {
			return fmt.Errorf("%d of %d chats failed, the first so: %w", r.Failed, len(b.chats), err)
		}
	}
	return nil
}

// say sends one message and waits for its acknowledgement.
func (c *chat) say(n int) (sample, error) {
	var room [textSize + 96]byte
	body := append(room[:0], `{"ContentType":"text/plain","ClientToken":"bench-`...)
	body = strconv.AppendInt(body, int64(n), 10)
	body = append(body, `","Content":"`...)
	sent := now()
	body = appendText(body, c.index, n, sent)
	body = append(body, `"}`...)
	answer, err := c.line.do("POST", "/participant/message", c.bearer, body)
	if err != nil {
		return sample{}, err
	}
	at := now()
	c.acked = append(c.acked, said{n, idAfter(answer, `"Id":"`)})
	return sample{at.UnixNano(), int64(at.Sub(sent))}, nil
}

// audit waits for the last messages, ends the sockets and checks every id.
func (b *bench) audit(ctx context.Context, r *Result) error {
	end := now().Add(arrival)
	for _, c := range b.chats {
		for (int(c.echoed.count.Load()) < len(c.acked) || int(c.arrived.count.Load()) < len(c.acked)) && now().Before(end) {
			if !wait(ctx, time.Millisecond) {
				return ctx.Err()
			}
		}
	}
	for _, d := range b.desks {
		d.hangUp()
	}
	var mu sync.Mutex // guards r
	return each(ctx, openers, b.chats, func(_ context.Context, c *chat) error {
		for _, s := range c.sockets {
			s.close()
		}
		c.echoed.ended.Wait()
		c.arrived.ended.Wait()
		f := audit(c.acked, c.echoed.got)
		f.add(audit(c.acked, c.arrived.got))
		if !b.Partial {
			kept, err := c.transcript()
			if err != nil {
				return fmt.Errorf("read the transcript: %w", err)
			}
			f.add(audit(c.acked, kept))
		}
		mu.Lock()
		defer mu.Unlock()
		r.Acknowledged += len(c.acked)
		r.add(f)
		return nil
	})
}

// transcript returns all messages of a chat that the transcript has.
func (c *chat) transcript() (all []said, err error) {
	next := ""
	for {
		in, err := json.Marshal(map[string]any{
			"MaxResults": 100, "ScanDirection": "FORWARD", "SortOrder": "ASCENDING", "NextToken": next,
			"StartPosition": map[string]string{"AbsoluteTime": "2000-01-01T00:00:00.000Z"},
		})
		if err != nil {
			return nil, err
		}
		var page struct {
			NextToken  string
			Transcript []struct{ Id, Content string }
		}
		if err := call(c.line, "POST", "/participant/transcript", c.bearer, in, &page); err != nil {
			return nil, err
		}
		for _, it := range page.Transcript {
			if _, n, _, ok := parseText([]byte(it.Content)); ok {
				m := said{n: n}
				copy(m.id[:], it.Id)
				all = append(all, m)
			}
		}
		if next = page.NextToken; next == "" {
			return all, nil
		}
	}
}
