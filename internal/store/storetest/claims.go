package storetest

import (
	"time"
)

// claim claims a name and checks what comes of it.
func (k *kit) claim(name, holder string, d time.Duration, want bool) {
	k.Helper()
	if got := must(k.Claim(k.Context(), name, holder, d))(k); got != want {
		k.Errorf("%s claims %s for %v: %t, want %t", holder, name, d, got, want)
	}
}

func claims(k *kit) {
	k.claim("timers", "a", time.Hour, true)
	k.claim("timers", "b", time.Hour, false)
	k.claim("matching", "b", time.Hour, true)
	k.claim("timers", "a", time.Hour, true)
	k.claim("timers", "b", 0, false) // which was not b's to give up
	k.claim("timers", "b", time.Hour, false)
	k.claim("timers", "a", 0, false)
	k.claim("timers", "b", time.Hour, true)
	k.claim("timers", "a", time.Hour, false)
}

func claimsEnd(k *kit) {
	// What has been renewed lasts from then on: the first of these would be over
	// before the second is made.
	const short, long = 20 * time.Millisecond, time.Hour
	k.claim("timers", "a", short, true)
	k.claim("timers", "a", long, true)
	time.Sleep(3 * short)
	k.claim("timers", "b", long, false)

	k.claim("timers", "a", short, true)
	for waited := 0; !must(k.Claim(k.Context(), "timers", "b", long))(k); waited++ {
		if waited == 1000 {
			k.Fatal("a claim whose time is over is held on")
		}
		time.Sleep(short)
	}
	k.claim("timers", "a", long, false)
}

func oneClaims(k *kit) {
	const holders = 8
	won := make([]bool, holders)
	errs := together(holders, func(i int) (err error) {
		won[i], err = k.Claim(k.Context(), "matching", string(rune('a'+i)), time.Hour)
		return err
	})
	n := 0
	for i := range holders {
		if errs[i] != nil {
			k.Error(errs[i])
		}
		if won[i] {
			n++
		}
	}
	if n != 1 {
		k.Errorf("%d of %d hold the same claim, want 1", n, holders)
	}
}
