package bench

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// pageSize is how many items a page has, and how many messages each chat is
// filled with.
const pageSize = 100

// fillers is how many chats are filled at a time.
const fillers = 200

// transcript fills the chats and reads the latest page of one after the other,
// at random.
func (b *bench) transcript(ctx context.Context, r *Result) error {
	if err := b.fill(ctx); err != nil {
		return fmt.Errorf("fill the chats: %w", err)
	}
	wait(ctx, b.Warm)
	var group sync.WaitGroup
	took := make([][]sample, b.Readers)
	failed := make([]error, b.Readers)
	used, from := account(b.PID), now()
	end := from.Add(b.Duration)
	for i := range b.Readers {
		group.Go(func() { took[i], failed[i] = b.readPages(ctx, end) })
	}
	group.Wait()
	var all []sample
	for i := range b.Readers {
		all = append(all, took[i]...)
		if failed[i] != nil {
			r.Failed++
		}
	}
	used.close(r, len(all))
	r.Rate = float64(len(all)) / now().Sub(from).Seconds()
	r.AckP50, r.AckP99 = percentiles(all, 0, 1<<62)
	for _, err := range failed {
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// fill has a page of messages in each chat.
func (b *bench) fill(ctx context.Context) error {
	var group sync.WaitGroup
	var next atomic.Int64
	errs := make(chan error, fillers)
	for range fillers {
		group.Go(func() {
			for i := next.Add(1) - 1; int(i) < len(b.chats) && ctx.Err() == nil; i = next.Add(1) - 1 {
				for n := range pageSize {
					if _, err := b.chats[i].say(n + 1); err != nil {
						errs <- err
						return
					}
				}
			}
		})
	}
	group.Wait()
	select {
	case err := <-errs:
		return err
	default:
		return ctx.Err()
	}
}

var latestPage = []byte(`{"MaxResults":100,"ScanDirection":"BACKWARD","SortOrder":"ASCENDING"}`)

// readPages is one reader.
func (b *bench) readPages(ctx context.Context, end time.Time) (took []sample, err error) {
	l, err := openLine(ctx, b.url)
	if err != nil {
		return nil, err
	}
	defer l.close()
	for ctx.Err() == nil {
		start := now()
		if !start.Before(end) {
			break
		}
		page, err := l.do("POST", "/participant/transcript", b.chats[rand.IntN(len(b.chats))].bearer, latestPage)
		if err != nil {
			return took, err
		}
		if n := bytes.Count(page, []byte(mark)); n != pageSize {
			return took, fmt.Errorf("a page has %d messages and not %d", n, pageSize)
		}
		at := now()
		took = append(took, sample{at.UnixNano(), int64(at.Sub(start))})
	}
	return took, nil
}
