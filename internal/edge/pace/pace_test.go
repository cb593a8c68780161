package pace

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/fault"
)

// calls makes n calls at once and returns when each went on, and how many were
// refused.
func calls(t *testing.T, p *Pacer, n int, operation string, caller func(int) string) (went []time.Duration, refused int) {
	t.Helper()
	start := time.Now()
	var mu sync.Mutex
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			err := p.Wait(t.Context(), operation, caller(i))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				went = append(went, time.Since(start))
			case fault.KindOf(err) == fault.Throttled:
				refused++
			default:
				t.Error(err)
			}
		})
	}
	group.Wait()
	return went, refused
}

func alone(int) string       { return "ada" }
func everybody(i int) string { return fmt.Sprint("customer ", i) }
func longest(d []time.Duration) time.Duration {
	most := time.Duration(0)
	for _, one := range d {
		most = max(most, one)
	}
	return most
}

func TestWhoIsTooFastWaitsAndOnlyThenIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			name    string
			p       *Pacer
			op      string
			caller  func(int) string
			n       int
			refused int
			longest time.Duration
		}{
			{"off", Participants(Off, time.Now), "SendMessage", alone, 1000, 0, 0},
			{"relaxed, within the burst", Participants(Relaxed, time.Now), "SendMessage", alone, 100, 0, 0},
			{"relaxed, one writes too much", Participants(Relaxed, time.Now), "SendMessage", alone, 250, 50, 5 * time.Second},
			{"relaxed, many write", Participants(Relaxed, time.Now), "SendMessage", everybody, 1000, 0, 0},
			{"strict, the instance counts", Participants(Strict, time.Now), "SendMessage", everybody, 30, 5, time.Second},
			{"strict, connections are put off", Participants(Strict, time.Now), "CreateParticipantConnection", everybody, 300, 0, 48500 * time.Millisecond},
			{"control, another operation", Control(Strict, time.Now), "ListQueues", alone, 8, 1, time.Second},
			{"control, one with its own rate", Control(Strict, time.Now), "DescribeContact", alone, 25, 0, time.Second},
			{"control, several keys", Control(Strict, time.Now), "ListQueues", everybody, 100, 0, 0},
			{"control, relaxed", Control(Relaxed, time.Now), "StartChatContact", alone, 1000, 0, 0},
		} {
			went, refused := calls(t, c.p, c.n, c.op, c.caller)
			if refused != c.refused || len(went) != c.n-c.refused {
				t.Errorf("%s: %d went on and %d were refused, want %d refused", c.name, len(went), refused, c.refused)
			}
			if got := longest(went); got.Round(time.Millisecond) != c.longest {
				t.Errorf("%s: the last went on after %s, want %s", c.name, got, c.longest)
			}
		}
	})
}

func TestAWaitEndsWithItsRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := Participants(Strict, time.Now)
		calls(t, p, 9, "CreateParticipantConnection", alone)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		if err := p.Wait(ctx, "CreateParticipantConnection", "ada"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a client that is gone: %v", err)
		}
	})
}

func TestBucketsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := Participants(Relaxed, time.Now)
		for i := range 2 * maxBuckets {
			if err := p.Wait(t.Context(), "SendMessage", everybody(i)); err != nil {
				t.Fatal(err)
			}
		}
		if len(p.buckets) > maxBuckets {
			t.Errorf("%d rates are kept", len(p.buckets))
		}
	})
}

func BenchmarkWait(b *testing.B) {
	p := newPacer(time.Now, nil, map[string]*rule{"SendMessage": {name: "say", rate: 1e9, burst: 1e9, each: true}})
	for i := range 500 {
		_ = p.Wait(b.Context(), "SendMessage", everybody(i))
	}
	for b.Loop() {
		if err := p.Wait(b.Context(), "SendMessage", "customer 17"); err != nil {
			b.Fatal(err)
		}
	}
}
