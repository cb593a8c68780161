package embedded

import (
	"context"
	"sync"
	"time"
)

// claims are kept in memory: the database belongs to one process, and what that
// had claimed is free when it has ended.
type claims struct {
	mu  sync.Mutex // guards all
	all map[string]*held
}

// held is one claim.
type held struct {
	holder string
	end    *time.Timer
}

// Claim implements store.Store.
func (s *Store) Claim(ctx context.Context, name, holder string, d time.Duration) (bool, error) {
	select {
	case <-s.closed:
		return false, ErrClosed
	default:
	}
	if err := ctx.Err(); err != nil {
		return false, err
	}
	c := &s.claims
	c.mu.Lock()
	defer c.mu.Unlock()
	have := c.all[name]
	if have != nil && have.holder != holder {
		return false, nil
	}
	if have != nil {
		have.end.Stop()
		delete(c.all, name)
	}
	if d <= 0 {
		return false, nil
	}
	if c.all == nil {
		c.all = map[string]*held{}
	}
	next := &held{holder: holder}
	next.end = time.AfterFunc(d, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.all[name] == next {
			delete(c.all, name)
		}
	})
	c.all[name] = next
	return true, nil
}
