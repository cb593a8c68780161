package storetest

import (
	"time"

	"github.com/bellpull/bellpull/internal/contact"
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

func lastHere(k *kit) {
	check := func(user contact.UserID, want time.Time) {
		k.Helper()
		k.same("when "+string(user)+" was last here", must(k.LastHere(k.Context(), user))(k), want)
	}
	note := func(last map[contact.UserID]time.Time) {
		k.Helper()
		if err := k.NoteHere(k.Context(), last); err != nil {
			k.Fatal(err)
		}
	}
	check("ana", time.Time{})
	note(nil)
	note(map[contact.UserID]time.Time{"ana": k.now, "ben": k.now.Add(time.Minute)})
	note(map[contact.UserID]time.Time{"ana": k.now.Add(time.Second), "ben": k.now}) // of which ben's is old
	check("ana", k.now.Add(time.Second))
	check("ben", k.now.Add(time.Minute))
	check("cleo", time.Time{})
}
