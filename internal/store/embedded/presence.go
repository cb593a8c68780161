package embedded

import (
	"context"
	"sync"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
)

// presence is kept in memory: there is no other process to tell.
type presence struct {
	mu   sync.Mutex // guards last
	last map[contact.UserID]time.Time
}

// NoteHere implements store.Store.
func (s *Store) NoteHere(ctx context.Context, last map[contact.UserID]time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p := &s.presence
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last == nil {
		p.last = map[contact.UserID]time.Time{}
	}
	for user, at := range last {
		if at = at.UTC().Truncate(time.Millisecond); at.After(p.last[user]) {
			p.last[user] = at
		}
	}
	return nil
}

// LastHere implements store.Store.
func (s *Store) LastHere(ctx context.Context, user contact.UserID) (time.Time, error) {
	p := &s.presence
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last[user], ctx.Err()
}
