package server_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/clock"
	"github.com/bellpull/bellpull/internal/config"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

// stepped is a clock that is set now and then. Its times have no second reading,
// as that of a machine's clock would have within one process: what is measured
// between two of them feels every step.
type stepped struct{ by atomic.Int64 }

func (s *stepped) now() time.Time { return time.Now().Round(0).Add(time.Duration(s.by.Load())) }

// step sets the clock forward or backward, by minutes.
func (s *stepped) step(rng *rand.Rand) time.Duration {
	by := time.Duration(rng.IntN(1200)-600) * time.Second
	s.by.Add(int64(by))
	return by
}

// clockDay is a day on which the clock is set while people talk.
type clockDay struct {
	*testing.T
	clock stepped
	rng   *rand.Rand
	srv   *servertest.Server
	ana   *servertest.Agent
	chats []*talker
}

type talker struct {
	*servertest.Customer
	said []string // acknowledged ids
}

// Whatever the clock is set to, items' times strictly increase, everything that
// is acknowledged is heard once and in order, sockets stay, tokens are good,
// nobody is refused, and a new chat rings at once.
func TestAClockThatIsSetHurtsNobody(t *testing.T) {
	from, days := rand.Uint64(), 12
	if text := os.Getenv("BELLPULL_SEED"); text != "" {
		var err error
		if from, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	if os.Getenv("BELLPULL_SOAK") != "" {
		days = 500
	}
	t.Logf("BELLPULL_SEED=%d", from)
	for n := range days {
		t.Run(fmt.Sprint("day ", n), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &clockDay{T: t, rng: rand.New(rand.NewPCG(from, uint64(n)))}
				d.srv = servertest.Open(t, servertest.Options{Config: new(config.Default()), Now: clock.New(d.clock.now).Now})
				d.ana = d.srv.SignIn("ana")
				d.ana.SetState("Available")
				for range 60 {
					d.happens()
				}
				d.ends()
			})
		})
	}
}

// happens does one thing.
func (d *clockDay) happens() {
	time.Sleep(time.Duration(d.rng.IntN(2000)) * time.Millisecond)
	switch {
	case d.rng.IntN(5) == 0:
		d.Logf("the clock is set by %s", d.clock.step(d.rng))
	case len(d.chats) < 3:
		d.comes()
	case d.rng.IntN(6) == 0:
		d.comesBack(d.chats[d.rng.IntN(len(d.chats))])
	default:
		d.says(d.chats[d.rng.IntN(len(d.chats))])
	}
}

// comes starts a chat, which rings at once and is accepted.
func (d *clockDay) comes() {
	c := &talker{Customer: d.srv.StartChat(fmt.Sprint("customer ", len(d.chats)))}
	time.Sleep(100 * time.Millisecond)
	synctest.Wait()
	if got := d.ana.StateOf(c.Customer); got != "connecting" {
		d.Fatalf("after 100 ms a new chat is %q on the desk, want connecting", got)
	}
	d.ana.Accept(c.Customer)
	d.chats = append(d.chats, c)
}

// comesBack gets new tokens and a new socket beside the one there is; the clock
// may be set between the two.
func (d *clockDay) comesBack(c *talker) {
	url := c.SocketURL()
	old := c.Socket
	if d.rng.IntN(2) == 0 {
		by := d.clock.step(d.rng)
		d.Logf("between a URL and its socket the clock is set by %s", by)
	}
	if k, status := d.srv.TrySocket(url, nil); k == nil {
		d.Logf("the URL is answered %d: it has run out", status)
	} else {
		k.Close()
	}
	c.Connect() // clients ask for another URL
	old.Close()
}

func (d *clockDay) says(c *talker) {
	by, token := c.Customer.Say, c.Connection
	if d.rng.IntN(2) == 0 {
		by, token = func(text string) string { return d.ana.Say(c.Customer, text) }, ""
	}
	c.said = append(c.said, by(fmt.Sprint("message ", len(c.said))))
	if token != "" {
		for range d.rng.IntN(3) {
			if a := c.Do("event", map[string]string{"ContentType": "application/vnd.amazonaws.connect.event.typing"}); a.Status != 200 {
				d.Errorf("typing is answered %d %s", a.Status, a.Body)
			}
		}
	}
}

// ends checks what is left.
func (d *clockDay) ends() {
	synctest.Wait()
	for _, c := range d.chats {
		if c.Socket.Over() {
			d.Errorf("%s's socket was closed", c.Name)
		}
		last, ids := "", []string(nil)
		for _, it := range c.Transcript() {
			if it.AbsoluteTime <= last {
				d.Errorf("item %s of %s is not after %s", it, it.AbsoluteTime, last)
			}
			last = it.AbsoluteTime
			if it.Type == "MESSAGE" && it.ParticipantRole != "SYSTEM" {
				ids = append(ids, it.ID)
			}
		}
		if !slices.Equal(ids, c.said) {
			d.Errorf("in %s's transcript are %q, acknowledged were %q", c.Name, ids, c.said)
		}
		var heard []string
		for _, it := range d.ana.Items(c.Customer) {
			if it.Type == "MESSAGE" && it.ParticipantRole != "SYSTEM" {
				heard = append(heard, it.ID)
			}
		}
		if !slices.Equal(heard, c.said) {
			d.Errorf("Ana heard %q of %s, acknowledged were %q", heard, c.Name, c.said)
		}
		c.Leave()
		synctest.Wait()
		d.ana.Clear(c.Customer)
	}
	if d.ana.Socket.Over() {
		d.Error("Ana's socket was closed")
	}
	if work := d.ana.Work(); len(work) > 0 {
		d.Errorf("on the desk is still %v", work)
	}
}

// What is due soon is not late by as much as the clock is set back.
func TestARingEndsThoughTheClockIsSetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var set stepped
		srv := servertest.Open(t, servertest.Options{Now: clock.New(set.now).Now})
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		time.Sleep(5 * time.Second)
		if got := ana.StateOf(ada); got != "connecting" {
			t.Fatalf("the chat is %q on the desk, want connecting", got)
		}
		set.by.Store(-int64(time.Hour))
		time.Sleep(35 * time.Second) // of 15 that are left
		synctest.Wait()
		if got := ana.StateOf(ada); got == "connecting" {
			t.Error("the chat rings still")
		}
	})
}
