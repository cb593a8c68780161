package routing_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/routing"
)

// sizes are agents and waiting contacts, each pair four times the one before.
var sizes = []struct{ agents, contacts int }{{125, 625}, {500, 2500}, {2000, 10000}, {8000, 40000}}

// crowd is a large contact centre: 50 queues, a profile for each 100 agents that
// serves ten queues with priorities and delays, five slots and five of twenty
// skills an agent. A half of the contacts asks for a skill.
type crowd struct {
	rng    *rand.Rand
	now    time.Time
	board  *routing.Board
	agents []routing.Agent
	born   int
}

func newCrowd(agents, contacts int) *crowd {
	c := &crowd{rng: rand.New(rand.NewPCG(1, 2)), now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), board: routing.NewBoard(routing.LongestIdle)}
	var profiles []*routing.Profile
	for i := range max(3, agents/100) {
		p := &routing.Profile{Slots: []routing.Slots{{Channel: routing.Chat, Most: 5}}}
		for j := range 10 {
			p.Pairs = append(p.Pairs, routing.Pair{
				Queue: queueOf(i*7 + j), Channel: routing.Chat, Priority: 1 + j%3, Delay: time.Duration(j%4) * 20 * time.Second,
			})
		}
		profiles = append(profiles, p)
	}
	for i := range agents {
		a := routing.Agent{
			User: contact.UserID(fmt.Sprintf("u%05d", i)), Profile: profiles[i%len(profiles)], Idle: c.now.Add(-time.Duration(c.rng.IntN(3600)) * time.Second),
		}
		for j := range 5 {
			a.Proficiencies = append(a.Proficiencies, routing.Proficiency{Attribute: "skill", Value: fmt.Sprint((i + j*3) % 20), Level: float64(1 + c.rng.IntN(5))})
		}
		c.agents = append(c.agents, a)
		c.board.Staff(busy(a, 5))
	}
	for range contacts {
		c.now = c.now.Add(10 * time.Millisecond)
		c.arrive(contact.Expression{})
	}
	c.board.Match(c.now)
	return c
}

func queueOf(n int) contact.QueueID { return contact.QueueID(fmt.Sprintf("q%02d", n%50)) }

// busy returns an agent with so many slots taken.
func busy(a routing.Agent, n int) routing.Agent {
	for i := range n {
		a.Work = append(a.Work, routing.Work{Contact: contact.ID(fmt.Sprintf("%s-%d", a.User, i)), Channel: routing.Chat})
	}
	return a
}

// arrive lets a contact wait, and returns it. It asks for what is given, or at
// times for a skill.
func (c *crowd) arrive(e contact.Expression) routing.Contact {
	c.born++
	w := routing.Contact{
		ID: contact.ID(fmt.Sprintf("c%08d", c.born)), Number: int64(c.born), Channel: routing.Chat, Since: c.now, Priority: 5,
	}
	pairs := c.agents[c.rng.IntN(len(c.agents))].Profile.Pairs
	w.Queue = pairs[c.rng.IntN(len(pairs))].Queue
	if e.Condition == nil && c.born%2 == 0 {
		e = skill(fmt.Sprint(c.rng.IntN(20)), float64(1+c.rng.IntN(5)))
	}
	if e.Condition != nil {
		w.Criteria = &contact.Criteria{Activated: c.now, Steps: []contact.Step{{Expression: e, Lasts: 5 * time.Minute}}}
	}
	c.board.Wait(w)
	return w
}

// again lets a contact wait that is like another one.
func (c *crowd) again(w routing.Contact) {
	c.born++
	w.ID, w.Number, w.Since = contact.ID(fmt.Sprintf("c%08d", c.born)), int64(c.born), c.now
	c.board.Wait(w)
}

func skill(value string, least float64) contact.Expression {
	return contact.Expression{Condition: &contact.Condition{Attribute: "skill", Value: value, Least: least}}
}

// each runs a benchmark at all sizes.
func each(b *testing.B, bench func(b *testing.B, c *crowd)) {
	for _, s := range sizes {
		b.Run(fmt.Sprintf("agents=%d/contacts=%d", s.agents, s.contacts), func(b *testing.B) {
			c := newCrowd(s.agents, s.contacts)
			b.ReportAllocs()
			b.ResetTimer()
			bench(b, c)
		})
	}
}

// An agent has a slot free, and gets the contact that comes first; another one
// takes its place in the line.
func BenchmarkMatch(b *testing.B) {
	each(b, func(b *testing.B, c *crowd) {
		matches := 0
		for b.Loop() {
			c.now = c.now.Add(time.Millisecond)
			c.board.Staff(busy(c.agents[c.rng.IntN(len(c.agents))], 4))
			got, _ := c.board.Match(c.now)
			for _, m := range got {
				c.again(m.Contact)
			}
			matches += len(got)
		}
		b.ReportMetric(float64(matches)/float64(b.N), "matches/op")
	})
}

// A contact comes, and is given to the agent who has been idle longest; half of
// the agents are free.
func BenchmarkMatchToOneOfMany(b *testing.B) {
	each(b, func(b *testing.B, c *crowd) {
		for _, id := range c.board.Contacts() {
			c.board.Leave(id)
		}
		for i := range c.agents {
			c.board.Staff(busy(c.agents[i], c.rng.IntN(2)*5))
		}
		c.board.Match(c.now)
		matches := 0
		for b.Loop() {
			c.now = c.now.Add(time.Millisecond)
			c.again(routing.Contact{Queue: c.agents[c.rng.IntN(len(c.agents))].Profile.Pairs[0].Queue, Channel: routing.Chat, Priority: 5})
			got, _ := c.board.Match(c.now)
			for _, m := range got { // who is done at once
				a := c.agents[userNumber(m.User)]
				a.Idle = c.now
				c.board.Staff(a)
			}
			matches += len(got)
		}
		b.ReportMetric(float64(matches)/float64(b.N), "matches/op")
	})
}

func userNumber(u contact.UserID) (n int) {
	if _, err := fmt.Sscanf(string(u), "u%d", &n); err != nil {
		panic(err) // crowds name them so
	}
	return n
}

// A contact comes while nobody is free, and another one leaves.
func BenchmarkStateChangeOfContact(b *testing.B) {
	each(b, func(b *testing.B, c *crowd) {
		ids := c.board.Contacts()
		for i := 0; b.Loop(); i++ {
			c.now = c.now.Add(time.Millisecond)
			c.board.Leave(ids[i%len(ids)])
			ids[i%len(ids)] = c.arrive(contact.Expression{}).ID
			c.board.Match(c.now)
		}
	})
}

// An agent becomes available for whom nothing that waits is, and goes again.
func BenchmarkStateChangeOfAgent(b *testing.B) {
	each(b, func(b *testing.B, c *crowd) {
		for _, id := range c.board.Contacts() {
			w, _ := c.board.Contact(id)
			w.Criteria = &contact.Criteria{Activated: w.Since, Steps: []contact.Step{{Expression: skill("0", 6)}}}
			c.board.Wait(w)
		}
		c.board.Match(c.now)
		for i := 0; b.Loop(); i++ {
			a := c.agents[i%len(c.agents)]
			c.board.Staff(a)
			if got, _ := c.board.Match(c.now); len(got) > 0 {
				b.Fatal("somebody fits")
			}
			c.board.Dismiss(a.User)
		}
	})
}

// The worst of arrivals: all agents are free, and none fits anything that waits.
func BenchmarkStateChangeWhereNobodyFits(b *testing.B) {
	each(b, func(b *testing.B, c *crowd) {
		for _, id := range c.board.Contacts() {
			c.board.Leave(id)
			c.arrive(skill(fmt.Sprint(c.rng.IntN(20)), 6))
		}
		for _, a := range c.agents {
			c.board.Staff(a)
		}
		c.board.Match(c.now)
		for b.Loop() {
			c.now = c.now.Add(time.Millisecond)
			w := c.arrive(skill(fmt.Sprint(c.rng.IntN(20)), 7))
			if got, _ := c.board.Match(c.now); len(got) > 0 {
				b.Fatal("somebody fits")
			}
			c.board.Leave(w.ID)
		}
	})
}

// All is new, as after a start: nobody is free, everybody waits. It says how much
// memory that takes.
func BenchmarkStateChangeOfEverything(b *testing.B) {
	for _, s := range sizes {
		b.Run(fmt.Sprintf("agents=%d/contacts=%d", s.agents, s.contacts), func(b *testing.B) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			c := newCrowd(s.agents, s.contacts)
			runtime.GC()
			runtime.ReadMemStats(&after)
			var waiting []routing.Contact
			for _, id := range c.board.Contacts() {
				w, _ := c.board.Contact(id)
				waiting = append(waiting, w)
			}
			for b.Loop() {
				board := routing.NewBoard(routing.LongestIdle)
				for _, w := range waiting {
					board.Wait(w)
				}
				for _, a := range c.agents {
					board.Staff(a) // each with five slots free
				}
				board.Match(c.now.Add(time.Hour))
			}
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB/board")
		})
	}
}
