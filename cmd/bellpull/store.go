package main

import (
	"context"
	"sync"
	"time"

	"github.com/bellpull/bellpull/internal/clock"
	"github.com/bellpull/bellpull/internal/config"
	"github.com/bellpull/bellpull/internal/store"
	"github.com/bellpull/bellpull/internal/store/embedded"
	"github.com/bellpull/bellpull/internal/store/postgres"
)

// openStore opens the store of a server, and brings it to this program's
// version. Wait is how long another process may have the embedded one yet.
func openStore(ctx context.Context, cfg *config.Config, wait time.Duration) (store.Store, error) {
	if cfg.Store != "" {
		return postgres.Open(ctx, postgres.Options{URL: cfg.Store, PasswordFile: cfg.StorePasswordFile})
	}
	return embedded.Open(ctx, embedded.Options{Path: cfg.Data, Sync: embedded.Full, Wait: wait})
}

// clockOf returns the time that a server goes by: that of its store where several
// may share it, since their machines' may differ, else the machine's. It is
// right until ctx is over, which running waits for.
func clockOf(opening, ctx context.Context, st store.Store, machine func() time.Time, running *sync.WaitGroup) (func() time.Time, error) {
	in, ok := st.(store.Clock)
	if !ok {
		return clock.New(machine).Now, nil
	}
	shared, err := clock.Share(opening, in.Time)
	if err != nil {
		return nil, err
	}
	running.Go(func() { shared.Run(ctx) })
	return clock.New(shared.Now).Now, nil
}

// once calls do in one of the processes that share a store, while done reports
// that it has not been done. It returns when it has.
func once(ctx context.Context, st store.Store, what, holder string, done func() (bool, error), do func() error) error {
	for {
		held, err := st.Claim(ctx, what, holder, onceLimit)
		if err != nil {
			return err
		}
		ok, err := done()
		if err == nil && !ok && held {
			err, ok = do(), true
		}
		if held {
			_, _ = st.Claim(ctx, what, holder, 0) // it ends by itself, too
		}
		if err != nil || ok {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(onceCheck):
		}
	}
}

// How long the process may take whose turn it is, and how often the others look.
const (
	onceLimit = 30 * time.Second
	onceCheck = 20 * time.Millisecond
)
