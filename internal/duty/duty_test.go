package duty_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/duty"
	"github.com/bellpull/bellpull/internal/store/embedded"
)

// nodes are the nodes that have had a duty, in order.
type nodes struct {
	mu  sync.Mutex
	had []string
}

func (n *nodes) serve(name string) func(context.Context) error {
	return func(ctx context.Context) error {
		n.mu.Lock()
		n.had = append(n.had, name)
		n.mu.Unlock()
		<-ctx.Done()
		return nil
	}
}

// deaf claims nothing any more once it is dead.
type deaf struct {
	duty.Claims
	dead *atomic.Bool
}

func (d deaf) Claim(ctx context.Context, name, holder string, t time.Duration) (bool, error) {
	if d.dead.Load() {
		return false, errors.New("cut off")
	}
	return d.Claims.Claim(ctx, name, holder, t)
}

func TestOneServesUntilItEndsOrDies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, err := embedded.Open(t.Context(), embedded.Options{Path: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		var served nodes
		var group sync.WaitGroup
		defer group.Wait()
		begin := func(name string, dead *atomic.Bool) context.CancelFunc {
			ctx, stop := context.WithCancel(t.Context())
			r := duty.Roster{Claims: deaf{st, dead}, Node: name, Log: slog.New(slog.DiscardHandler)}
			group.Go(func() {
				if err := r.Run(ctx, "timers", served.serve(name)); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
			return stop
		}
		check := func(after time.Duration, want ...string) {
			t.Helper()
			time.Sleep(after)
			synctest.Wait()
			served.mu.Lock()
			defer served.mu.Unlock()
			if !slices.Equal(served.had, want) {
				t.Errorf("the duty was had by %v, want %v", served.had, want)
			}
		}
		var dead, alive atomic.Bool
		stopA := begin("a", &alive)
		stopB := begin("b", &dead)
		check(time.Minute, "a")
		stopA()
		check(250*time.Millisecond, "a", "b") // it was given up
		stopC := begin("c", &alive)
		check(time.Minute, "a", "b")
		dead.Store(true)
		check(1300*time.Millisecond, "a", "b", "c") // it has run out
		stopB()
		stopC()
	})
}

func TestWhoIsAloneServesAtOnce(t *testing.T) {
	failed := errors.New("failed")
	r := duty.Roster{}
	if err := r.Run(t.Context(), "timers", func(context.Context) error { return failed }); !errors.Is(err, failed) {
		t.Errorf("error %v, want that of the work", err)
	}
}
