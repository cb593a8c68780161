package socket_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/bellpull/bellpull/internal/bus"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

// badBus loses and doubles announcements of chats, as a network may.
type badBus struct {
	bus.Bus
	times func() int // how often the next one arrives
}

func (b *badBus) Announce(a *bus.Announcement) {
	if a.Chat == nil {
		b.Bus.Announce(a)
		return
	}
	for range b.times() {
		b.Bus.Announce(a)
	}
}

// breakBus puts a bad bus between the centre and its hearers.
func breakBus(srv *servertest.Server) *badBus {
	c := srv.Centre()
	bad := &badBus{Bus: c.Bus, times: func() int { return 1 }}
	c.Bus = bad
	return bad
}

func TestLostAnnouncementsCostNoMessage(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ada, ana := talk(srv)
		bad := breakBus(srv)
		bad.times = func() int { return 0 }
		for _, text := range numbers(1, 250) { // more than is read at a time
			ada.Say(text)
		}
		synctest.Wait()
		if got := said(ada.Items()); len(got) > 0 {
			t.Fatalf("heard %q over a bus that loses everything", got)
		}
		bad.times = func() int { return 1 }
		ada.Say("251")
		synctest.Wait()
		for who, got := range map[string][]string{"customer": said(ada.Items()), "agent": said(ana.Items(ada))} {
			if !slices.Equal(got, numbers(1, 251)) {
				t.Errorf("after the gap the %s heard %q", who, got)
			}
		}
	})
}

func TestBadBusCostsNoMessage(t *testing.T) {
	seed := rand.Uint64()
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ada, ana := talk(srv)
		bad := breakBus(srv)
		rng := rand.New(rand.NewPCG(seed, 0))
		bad.times = func() int { return rng.IntN(3) }
		for i, text := range numbers(1, 200) {
			if i%2 == 0 {
				ada.Say(text)
			} else {
				ana.Say(ada, text)
			}
			if rng.IntN(4) == 0 {
				synctest.Wait() // readers catch up now and then
			}
		}
		bad.times = func() int { return 1 }
		ada.Say("201")
		synctest.Wait()
		for who, got := range map[string][]string{"customer": said(ada.Items()), "agent": said(ana.Items(ada))} {
			if !slices.Equal(got, numbers(1, 201)) {
				t.Errorf("seed %d: the %s heard %q", seed, who, got)
			}
		}
	})
}
