package outbox

import (
	"context"
	"slices"
	"sync"

	"github.com/bellpull/bellpull/internal/contact"
)

// Ring is a sink that keeps the newest events and records in memory, for
// developers to look at.
type Ring struct {
	mu     sync.Mutex // guards newest
	newest []contact.Outgoing
}

// ringSize is how many a Ring keeps.
const ringSize = 1000

// Name implements Sink.
func (r *Ring) Name() string { return "dev" }

// Wants implements Sink.
func (r *Ring) Wants(kind contact.OutgoingKind) bool { return kind != contact.TranscriptFile }

// Limits implements Sink.
func (r *Ring) Limits() Limits { return Limits{Batch: 256, Lanes: 1} }

// Deliver implements Sink.
func (r *Ring) Deliver(_ context.Context, batch []contact.Outgoing) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.newest = append(r.newest, batch...)
	if over := len(r.newest) - ringSize; over > 0 {
		r.newest = slices.Delete(r.newest, 0, over)
	}
	return nil
}

// After returns what is kept and numbered above n, in order.
func (r *Ring) After(n int64) []contact.Outgoing {
	r.mu.Lock()
	defer r.mu.Unlock()
	i, _ := slices.BinarySearchFunc(r.newest, n+1, func(o contact.Outgoing, n int64) int { return int(o.Number - n) })
	return slices.Clone(r.newest[i:])
}

// Clear forgets everything.
func (r *Ring) Clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.newest = nil
}
