package duty

import (
	"context"
	"math/rand/v2"
	"time"
)

// deaf is claimed by a node that hears nothing of others.
const deaf = "node without announcements"

// How long a node that hears nothing is known for, how often it says so, and how
// often somebody else must be seen: one that has died is forgotten sooner.
const (
	deafFor     = 15 * time.Second
	deafCheck   = 5 * time.Second
	deafAtLeast = 5
)

// WatchOthers warns of nodes that share the store and do not hear of each other,
// because one of them has nowhere to hear it: this one, if hears is false, or
// another. It returns when ctx is over.
func (r *Roster) WatchOthers(ctx context.Context, hears bool) error {
	if r.Alone() {
		return nil
	}
	lasts := deafFor
	if hears {
		lasts = time.Millisecond // only to see whether somebody else has it
	}
	for seen := 0; ; {
		switch held, err := r.Claims.Claim(ctx, deaf, r.Node, lasts); {
		case err != nil: // the store is away, and others say so
		case held:
			seen = 0
		default:
			if seen++; seen == deafAtLeast {
				r.Log.WarnContext(ctx, "another server shares the store, and one of the two has no nats.url: people at different servers do not hear of each other until they come back")
			}
		}
		// Not always at the same time as another that only looks.
		if !pause(ctx, deafCheck+rand.N(time.Second)) {
			break
		}
	}
	last, stop := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer stop()
	_, _ = r.Claims.Claim(last, deaf, r.Node, 0) // else it ends by itself
	return nil
}
