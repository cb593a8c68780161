// Package outbox hands out what the store's outbox holds: to files, webhooks
// and event streams, and transcripts to the blob store. Everything is handed
// out at least once, and in order among what is about the same chat or agent.
// Start reading at Deliverer; pump.go is the loop of one receiver.
package outbox

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/duty"
	"github.com/bellpull/bellpull/internal/store"
)

// Sink is a receiver. If it is an io.Closer, it is closed at the end.
type Sink interface {
	// Name names it among all, and for ever: its position is kept under it.
	Name() string
	// Wants reports whether it takes this kind at all.
	Wants(contact.OutgoingKind) bool
	// Limits say how much it takes.
	Limits() Limits
	// Deliver hands over what has the same key, or with one lane anything, in
	// order. Nil says that all of it is safe there; after an error all of it is
	// handed over again later.
	Deliver(ctx context.Context, batch []contact.Outgoing) error
}

// Limits say how much a sink takes.
type Limits struct {
	Batch int // at once
	// Lanes is how many batches are under way at a time. With one, the sink gets
	// all in the order of commits, and a failure holds up everything; with more,
	// it holds up what is about the same chat or agent.
	Lanes int
}

// Options are what a Deliverer is made of.
type Options struct {
	Store store.Store
	Sinks []Sink
	// Compose returns the body of what has none in the store. An error of kind
	// fault.NotFound says that there is nothing left to tell of.
	Compose func(context.Context, *contact.Outgoing) ([]byte, error)
	// Node is this process, unlike any other, where others share the store: each
	// sink is one node's to deliver to. Empty where there are no others.
	Node string
	Log  *slog.Logger
	Now  func() time.Time // for pauses
}

// Deliverer hands out what is in the outbox.
type Deliverer struct {
	Options
	pumps []*pump

	mu      sync.Mutex // guards what follows
	passed  []int64    // each sink's stored position
	trimmed int64
}

// New returns a deliverer; Run delivers.
func New(o Options) *Deliverer {
	d := &Deliverer{Options: o, passed: make([]int64, len(o.Sinks))}
	for i, s := range o.Sinks {
		d.pumps = append(d.pumps, newPump(d, i, s))
	}
	return d
}

// Wants reports whether anybody listens for a kind.
func (d *Deliverer) Wants(kind contact.OutgoingKind) bool {
	return slices.ContainsFunc(d.Sinks, func(s Sink) bool { return s.Wants(kind) })
}

// Wake tells that there is something in the outbox.
func (d *Deliverer) Wake() {
	for _, p := range d.pumps {
		select {
		case p.wake <- struct{}{}:
		default: // it is about to look anyway
		}
	}
}

// Run delivers until ctx is over. What is not delivered then is after the next
// start.
func (d *Deliverer) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	duties := duty.Roster{Claims: d.Store, Node: d.Node, Log: d.Log}
	for i, s := range d.Sinks {
		g.Go(func() error { return duties.Run(ctx, "outbox/"+s.Name(), d.pumps[i].run) })
	}
	err := g.Wait()
	for _, s := range d.Sinks {
		if c, ok := s.(io.Closer); ok {
			err = errors.Join(err, c.Close())
		}
	}
	return err
}

// trimStep is how many rows may lie about that nobody needs any more, while
// there is something to do.
const trimStep = 1024

// pass notes how far a sink has come, and removes what all have got.
func (d *Deliverer) pass(ctx context.Context, sink int, position int64, idle bool) error {
	if err := d.Store.PassOutbox(ctx, d.Sinks[sink].Name(), position); err != nil {
		return err
	}
	if d.Node != "" && idle {
		if err := d.readPassed(ctx); err != nil {
			return err
		}
	}
	d.mu.Lock()
	d.passed[sink] = position
	all := slices.Min(d.passed)
	due := all > d.trimmed && (idle || all-d.trimmed >= trimStep)
	if due {
		d.trimmed = all
	}
	d.mu.Unlock()
	if !due {
		return nil
	}
	return d.Store.TrimOutbox(ctx, all)
}

// readPassed reads how far other nodes have come with the sinks that are theirs.
func (d *Deliverer) readPassed(ctx context.Context) error {
	for i, s := range d.Sinks {
		position, err := d.Store.OutboxPosition(ctx, s.Name())
		if err != nil {
			return err
		}
		d.mu.Lock()
		d.passed[i] = max(d.passed[i], position)
		d.mu.Unlock()
	}
	return nil
}

// came notes where a sink goes on.
func (d *Deliverer) came(sink int, position int64) {
	d.mu.Lock()
	d.passed[sink] = position
	d.mu.Unlock()
}
