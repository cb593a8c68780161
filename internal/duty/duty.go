// Package duty has one node of a cluster do what only one need do, and another
// go on when that one dies. What is done must do no harm if two do it for a
// moment: a node that is cut off learns late that it is no longer its turn.
package duty

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// A duty is a node's for a second from when it last said so.
const (
	lasts = time.Second
	renew = 250 * time.Millisecond // by who has it
	check = 200 * time.Millisecond // by who would have it
)

// Claims are kept by a store.Store.
type Claims interface {
	Claim(ctx context.Context, name, holder string, d time.Duration) (bool, error)
}

// Roster says whose turn it is.
type Roster struct {
	Claims Claims
	// Node is this process, unlike any other; empty where there are no others.
	Node string
	Log  *slog.Logger
}

// Alone reports whether there are no other nodes.
func (r *Roster) Alone() bool { return r.Node == "" }

// Run calls work whenever the duty called name becomes this node's, with a
// context that ends when it is no longer, until ctx is over, or work ends by
// itself.
func (r *Roster) Run(ctx context.Context, name string, work func(context.Context) error) error {
	if r.Alone() {
		return work(ctx)
	}
	for {
		if held, err := r.Claims.Claim(ctx, name, r.Node, lasts); err != nil {
			r.trouble(ctx, name, err)
		} else if held {
			if ended, err := r.serve(ctx, name, work); ended || err != nil {
				return err
			}
		}
		if !pause(ctx, check) {
			return nil
		}
	}
}

// serve calls work while the duty is this node's, and gives it up then. It
// reports whether work has ended by itself.
func (r *Roster) serve(ctx context.Context, name string, work func(context.Context) error) (ended bool, err error) {
	working, stop := context.WithCancel(ctx)
	over := make(chan struct{})
	go func() {
		defer close(over)
		defer stop()
		err = work(working)
		ended = working.Err() == nil
	}()
	for pause(working, renew) {
		// While the store is away nobody else can claim it either.
		held, err := r.Claims.Claim(working, name, r.Node, lasts)
		if err != nil {
			r.trouble(working, name, err)
		} else if !held {
			break
		}
	}
	stop()
	<-over
	last, stop := context.WithTimeout(context.WithoutCancel(ctx), lasts)
	defer stop()
	if _, e := r.Claims.Claim(last, name, r.Node, 0); e != nil {
		r.trouble(last, name, e) // it ends by itself
	}
	return ended, err
}

func (r *Roster) trouble(ctx context.Context, name string, err error) {
	if !errors.Is(err, context.Canceled) {
		r.Log.WarnContext(ctx, "a duty cannot be claimed and will be tried again", "duty", name, "error", err)
	}
}

func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
