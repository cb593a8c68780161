package centre_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/password"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

var (
	modelSeed   = flag.Uint64("model.seed", 0, "run the random day of this seed alone")
	modelRounds = flag.Int("model.rounds", 40, "length of a random day")
)

// TestRandomDays lets customers and agents do what they like, at the same time
// and across restarts, and checks after each round what must always hold.
func TestRandomDays(t *testing.T) {
	seeds := []uint64{*modelSeed}
	if *modelSeed == 0 {
		seeds = seeds[:0]
		for range 3 {
			seeds = append(seeds, rand.Uint64())
		}
	}
	for _, s := range seeds {
		t.Run(fmt.Sprintf("model.seed=%d", s), func(t *testing.T) {
			bubble(t, threeAgents, func(t *testing.T, srv *servertest.Server) {
				d := &day{t: t, srv: srv, rng: rand.New(rand.NewPCG(s, 0))}
				for _, name := range []string{"ana", "ben", "eva"} {
					d.agents = append(d.agents, srv.Desk(name))
				}
				for range *modelRounds {
					d.round()
					moment()
					d.check()
					if t.Failed() {
						t.Fatalf("what was done last: %q", d.done[max(0, len(d.done)-15):])
					}
				}
			})
		})
	}
}

// threeAgents adds an agent whose chats are accepted by themselves and whose
// work after them is limited, and gives everybody two chats at a time.
func threeAgents(d *directory.Directory) {
	for _, p := range d.Profiles {
		p.ChatConcurrency = 2
		id := contact.UserID("b3110000-0000-4000-8000-00000000e003")
		d.Users[id] = &directory.User{
			ID: id, Username: "eva", Profile: p.ID, AutoAccept: true, AfterWorkLimit: 15 * time.Second,
			PasswordHash: password.Hash("eva", password.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}),
		}
	}
}

// day is a random day.
type day struct {
	t      *testing.T
	srv    *servertest.Server
	rng    *rand.Rand
	agents []*servertest.Agent
	chats  []*servertest.Customer

	mu   sync.Mutex // guards done
	done []string
}

// round lets some people do one thing each, at the same time, and then perhaps
// time pass, or the server go away.
func (d *day) round() {
	var doing []func()
	if len(d.chats) < 30 && d.rng.IntN(2) == 0 {
		c := d.srv.NewChat(fmt.Sprintf("C%d", len(d.chats)+1))
		d.chats = append(d.chats, c)
		doing = append(doing, func() { d.connect(c) })
	}
	for _, c := range d.chats {
		switch n := d.rng.IntN(20); {
		case c.Connection == "":
		case n == 0:
			doing = append(doing, func() { d.note(c.Name+" leaves", c.Do("disconnect", struct{}{})) })
		case n == 1:
			doing = append(doing, func() { d.connect(c) })
		case n < 5:
			in := map[string]string{"ContentType": "text/plain", "Content": "Hello"}
			doing = append(doing, func() { d.note(c.Name+" speaks", c.Do("message", in)) })
		}
	}
	for _, a := range d.agents {
		doing = append(doing, d.agentDoes(a))
	}
	var group sync.WaitGroup
	for _, do := range doing {
		group.Go(do)
	}
	group.Wait()
	switch d.rng.IntN(12) {
	case 0:
		d.did("21 seconds pass")
		time.Sleep(21 * time.Second)
	case 1, 2:
		d.did("seconds pass")
		time.Sleep(time.Duration(d.rng.IntN(9000)) * time.Millisecond)
	case 3:
		d.did("the server restarts")
		d.srv.Stop()
		time.Sleep(time.Duration(d.rng.IntN(30)) * time.Second)
		d.srv.Start()
	}
}

func (d *day) connect(c *servertest.Customer) {
	var out struct {
		ConnectionCredentials struct{ ConnectionToken string }
	}
	a := d.srv.Participant(c.Token, "connection", map[string]any{"ConnectParticipant": true, "Type": []string{"CONNECTION_CREDENTIALS"}})
	d.note(c.Name+" connects", a)
	if a.Status == 200 {
		a.Into(d.t, &out)
		c.Connection = out.ConnectionCredentials.ConnectionToken
	}
}

// agentDoes returns one thing that an agent does, sensible or not.
func (d *day) agentDoes(a *servertest.Agent) func() {
	n, m := d.rng.IntN(12), d.rng.IntN(1000)
	state := []string{"Available", "Available", "Available", "Break", "Offline"}[d.rng.IntN(5)]
	later := d.rng.IntN(2) == 0
	return func() {
		work := a.Snapshot().Contacts
		switch {
		case n < 2 || len(work) == 0:
			d.note(fmt.Sprintf("%s chooses %s, later: %v", a.Username, state, later), a.TryState(state, later))
			return
		case n == 2:
			return
		}
		w := work[m%len(work)]
		operation := []string{"AcceptContact", "AcceptContact", "AcceptContact", "AcceptContact", "RejectContact", "ClearContact", "ClearContact", "ClearContact", "DestroyConnection"}[n-3]
		in := map[string]string{"contactId": w.ContactID}
		if operation == "DestroyConnection" {
			in["connectionId"] = w.Connections[m%2].ConnectionID
		}
		d.note(a.Username+": "+operation+" of "+d.name(w.ContactID), a.Do(operation, in))
	}
}

func (d *day) name(contact string) string {
	for _, c := range d.chats {
		if c.Contact == contact {
			return c.Name
		}
	}
	return contact
}

func (d *day) did(what string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.done = append(d.done, what)
}

// note writes down what was done. It may be refused, but must not break
// anything.
func (d *day) note(what string, a servertest.Answer) {
	d.did(fmt.Sprintf("%s: %d", what, a.Status))
	if a.Status >= 500 {
		d.t.Errorf("%s: answer %d %s", what, a.Status, a.Body)
	}
}

// presenceOf is how agents take part in the chats of their work.
var presenceOf = map[contact.WorkState]contact.Presence{
	contact.Ringing: contact.Invited, contact.Talking: contact.Present, contact.AfterWork: contact.After,
	contact.MissedWork: contact.Gone, contact.Rejected: contact.Gone,
}

// check checks what must hold whenever nothing is under way.
func (d *day) check() {
	c := d.srv.Centre()
	dir, err := c.Instance(seed.DevInstance)
	if err != nil {
		d.t.Fatal(err)
	}
	chats := map[contact.ID]*contact.Chat{}
	for _, customer := range d.chats {
		if chats[contact.ID(customer.Contact)], err = c.Chat(d.t.Context(), contact.ID(customer.Contact)); err != nil {
			d.t.Fatal(err)
		}
	}
	rings, talks := map[contact.ID]int{}, map[contact.ID]int{}
	var agents []*contact.Agent
	for id, u := range dir.Users {
		a, err := c.Agent(d.t.Context(), seed.DevInstance, id)
		if err != nil {
			d.t.Fatal(err)
		}
		agents = append(agents, a)
		d.checkAgent(dir, u, a, chats, rings, talks)
	}
	for id, chat := range chats {
		name := d.name(string(id))
		if want := chat.Phase == contact.Offered; rings[id] > 1 || (rings[id] == 1) != want {
			d.t.Errorf("%s is %s and rings at %d agents", name, chat.Phase, rings[id])
		}
		if want := chat.Phase == contact.Connected; talks[id] > 1 || (talks[id] == 1) != want {
			d.t.Errorf("%s is %s and talks with %d agents", name, chat.Phase, talks[id])
		}
		for _, p := range chat.Participants {
			if p.Role == contact.AgentRole && p.Presence != contact.Gone && !slices.ContainsFunc(agents, func(a *contact.Agent) bool { return a.On(p.ID) != nil }) {
				d.t.Errorf("%s has agent %s (%s), who has no such work", name, p.Name, p.Presence)
			}
		}
		if chat.Phase != contact.Queued {
			continue
		}
		for _, a := range agents {
			if a.Open() && a.Used() < 2 && a.Find(id) == nil {
				d.t.Errorf("%s waits although %s is free", name, dir.Users[a.User].Username)
			}
		}
	}
}

func (d *day) checkAgent(dir *directory.Directory, u *directory.User, a *contact.Agent, chats map[contact.ID]*contact.Chat, rings, talks map[contact.ID]int) {
	if a.Used() > 2 {
		d.t.Errorf("%s has %d chats, which is more than two", u.Username, a.Used())
	}
	live := 0
	for _, w := range a.Work {
		if w.Live() {
			live++
		}
		switch w.State {
		case contact.Ringing:
			rings[w.Chat]++
		case contact.Talking:
			talks[w.Chat]++
		}
		p := chats[w.Chat].Participant(w.Participant)
		if w.State == contact.MissedWork || w.State == contact.Rejected {
			if p != nil {
				d.t.Errorf("%s did not join %s and is still a participant: %+v", u.Username, d.name(string(w.Chat)), p)
			}
			continue
		}
		if p == nil || p.User != u.ID || p.Presence != presenceOf[w.State] {
			d.t.Errorf("%s has work on %s that is %s, of the participant %+v", u.Username, d.name(string(w.Chat)), w.State, p)
		}
		if chats[w.Chat].Over() && w.Live() {
			d.t.Errorf("%s is %s in %s, which has ended", u.Username, w.State, d.name(string(w.Chat)))
		}
	}
	if a.Next != nil && len(a.Work) == 0 {
		d.t.Errorf("%s has nothing to do and still waits for status %s", u.Username, dir.Statuses[a.Next.ID].Name)
	}
	if a.Status.Type != contact.Routable && live > 0 {
		d.t.Errorf("%s is %s with %d chats", u.Username, a.Status.Type, live)
	}
	for _, desk := range d.agents {
		if desk.Username == u.Username {
			if shown := len(desk.Snapshot().Contacts); shown != a.Used() {
				d.t.Errorf("%s's desk shows %d chats of %d", u.Username, shown, a.Used())
			}
		}
	}
}
