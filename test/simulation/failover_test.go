package simulation

import (
	"context"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/pgtest"
)

// The primary dies, its synchronous standby is promoted, and the dead one comes
// back as the standby of that: the nodes find whichever is the primary, and
// nothing that was acknowledged is lost, doubled or reordered.
func TestAFailoverLosesNothing(t *testing.T) {
	rng := random(t)
	primary := pgtest.Start(t)
	database := primary.Database(t)
	standby := primary.Standby(t)
	store, err := pgtest.Either(database, primary, standby)
	if err != nil {
		t.Fatal(err)
	}
	c := startClusterOn(t, primary, store)
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	c.endure(t, ctx, 6, soak(t, 2, 40), func(int) {
		time.Sleep(time.Duration(300+rng.IntN(700)) * time.Millisecond)
		if err := primary.Kill(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rng.IntN(1000)) * time.Millisecond) // until somebody notices
		if err := standby.Promote(); err != nil {
			t.Fatal(err)
		}
		primary, standby = standby, primary
		time.Sleep(time.Duration(rng.IntN(500)) * time.Millisecond)
		if err := standby.Follow(primary); err != nil {
			t.Fatal(err)
		}
	})
}
