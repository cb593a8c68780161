package main

import (
	"context"
	"time"

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
