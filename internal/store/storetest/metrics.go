package storetest

import (
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/bellpull/bellpull/internal/contact"
)

// legs reads the contacts of a time, in a certain order.
func (k *kit) legs(instance contact.InstanceID, from, to time.Time) []contact.Leg {
	k.Helper()
	var all []contact.Leg
	if err := k.Legs(k.Context(), instance, from, to, func(l *contact.Leg) { all = append(all, *l) }); err != nil {
		k.Fatal(err)
	}
	slices.SortFunc(all, func(a, b contact.Leg) int { return a.Initiated.Compare(b.Initiated) })
	return all
}

func legs(k *kit) {
	at := func(seconds int) time.Time { return k.now.Add(time.Duration(seconds) * time.Second) }
	ch := k.opening("instance")
	ch.Next.Contacts[0].Initiated = at(0)
	c := k.commit(ch)[0].Chat
	k.same("one that goes on", k.legs("instance", at(100), at(200)), c.Legs())
	k.same("before it began", k.legs("instance", at(-100), at(0)), []contact.Leg(nil))
	k.same("of another instance", k.legs("other", at(-100), at(100)), []contact.Leg(nil))

	// Every moment and name of both contacts is kept.
	c = k.commit(edit(c, func(c *contact.Chat) {
		c.Contacts = slices.Clone(c.Contacts)
		s := &c.Contacts[0]
		s.Queue, s.Enqueued, s.Dequeued, s.Agent, s.AgentConnected = "sales", at(1), at(2), "ana", at(3)
		s.Steps = []contact.StepEnd{{State: contact.StepJoined}}
		s.AfterWorkStarted, s.AfterWorkEnded, s.Disconnected, s.Transferred, s.Reason = at(11), at(15), at(10), at(10), contact.ByAgent
		c.Contacts = append(c.Contacts, contact.Segment{
			ID: contact.ID(k.ids.New()), Previous: c.ID, Method: contact.FromTransfer, Initiated: at(9), Queue: "help", Enqueued: at(10),
		})
	}))[0].Chat
	want := c.Legs()
	k.same("two contacts", k.legs("instance", at(0), at(100)), want)
	k.same("at the moment of the end", k.legs("instance", at(10), at(11)), want)
	k.same("after the end of the first", k.legs("instance", at(11), at(100)), want[1:])
	k.same("before the second began", k.legs("instance", at(0), at(9)), want[:1])
	k.reopen()
	k.same("after opening again", k.legs("instance", at(0), at(100)), want)

	// One that lasts for days is found in all of them.
	days := func(n int) time.Time { return k.now.AddDate(0, 1, n) }
	long := k.opening("long")
	s := &long.Next.Contacts[0]
	s.Initiated, s.Disconnected = days(0), days(6).Add(23*time.Hour)
	k.commit(long)
	for n, there := range []int{1, 1, 1, 1, 1, 1, 1, 0} {
		if got := len(k.legs("long", days(n), days(n+1))); got != there {
			k.Errorf("on day %d of a long contact %d are found, want %d", n, got, there)
		}
	}
	k.same("the day before it", len(k.legs("long", days(-1), days(0))), 0)

	// Whoever loses the race changes nothing.
	stale := edit(ch.Next, func(c *contact.Chat) {
		c.Contacts = slices.Clone(c.Contacts)
		c.Contacts[0].Queue = "wrong"
	})
	stale.Was = new(*c)
	stale.Was.Version = 1
	k.stale("an old state", stale)
	k.same("after a change that was refused", k.legs("instance", at(0), at(100)), want)
}

func flowMarks(k *kit) {
	at := func(seconds int) time.Time { return k.now.Add(time.Duration(seconds) * time.Second) }
	mark := func(instance contact.InstanceID, s int, how contact.FlowOutcome) contact.FlowMark {
		return contact.FlowMark{Instance: instance, Contact: "c", Flow: "welcome", Type: "CONTACT_FLOW", Began: at(s - 5), At: at(s), Outcome: how}
	}
	began, ended, late := mark("instance", 0, ""), mark("instance", 10, contact.ToQueue), mark("instance", 20, contact.Dropped)
	opening := k.opening("instance")
	opening.FlowMarks = []contact.FlowMark{began, mark("other", 5, "")}
	c := k.commit(opening)[0].Chat
	next := edit(c, func(*contact.Chat) {})
	next.FlowMarks = []contact.FlowMark{late, ended}
	k.commit(next)
	marks := func(from, to int) (all []contact.FlowMark) {
		k.Helper()
		if err := k.FlowMarks(k.Context(), "instance", at(from), at(to), func(m *contact.FlowMark) { all = append(all, *m) }); err != nil {
			k.Fatal(err)
		}
		return all
	}
	k.same("flows in the order of time", marks(0, 100), []contact.FlowMark{began, ended, late})
	k.same("between two moments", marks(10, 20), []contact.FlowMark{ended})
	stale := edit(c, func(*contact.Chat) {})
	stale.FlowMarks = []contact.FlowMark{mark("instance", 30, "")}
	k.stale("an old state", stale)
	k.same("after a change that was refused", len(marks(0, 100)), 3)
	k.reopen()
	k.same("after opening again", marks(0, 100), []contact.FlowMark{began, ended, late})
}

func agentLog(k *kit) {
	at := func(seconds int) time.Time { return k.now.Add(time.Duration(seconds) * time.Second) }
	agents := map[contact.UserID]*contact.Agent{}
	put := func(user contact.UserID, instance contact.InstanceID, s int, did contact.Activity, ends ...contact.OfferEnd) contact.AgentMark {
		a := &contact.Agent{User: user, Instance: instance}
		if was := agents[user]; was != nil {
			a.Version = was.Version
		}
		m := contact.AgentMark{User: user, Instance: instance, At: at(s), Activity: did}
		agents[user] = k.commit(&contact.Change{Agents: []*contact.Agent{a}, Marks: []contact.AgentMark{m}, OfferEnds: ends})[0].Agents[0]
		return m
	}
	end := func(user contact.UserID, s int, how contact.Outcome) contact.OfferEnd {
		return contact.OfferEnd{User: user, Instance: "instance", Contact: "c", Queue: "sales", Offered: at(s - 5), Ended: at(s), Outcome: how}
	}
	put("ana", "instance", -50, contact.Activity{Status: contact.Offline})
	ana0 := put("ana", "instance", -20, contact.Activity{Status: contact.Routable})
	ben0 := put("ben", "instance", -30, contact.Activity{Status: contact.Custom})
	missed, taken := end("ana", 10, contact.Missed), end("ana", 20, contact.Accepted)
	ana1 := put("ana", "instance", 10, contact.Activity{Status: contact.Routable, Error: true, Incoming: true}, missed)
	ana2 := put("ana", "instance", 20, contact.Activity{Status: contact.Routable, OnContact: true}, taken)
	cleo := put("cleo", "instance", 20, contact.Activity{Status: contact.Routable})
	put("dan", "other", 5, contact.Activity{Status: contact.Routable})

	marks := func(from, to int) []contact.AgentMark {
		k.Helper()
		return must(k.AgentMarks(k.Context(), "instance", at(from), at(to)))(k)
	}
	k.same("marks, and the last one of each before", marks(0, 20), []contact.AgentMark{ben0, ana0, ana1})
	k.same("marks at the beginning are in", marks(10, 21), []contact.AgentMark{ben0, ana0, ana1, ana2, cleo})
	k.same("nothing new", marks(100, 200), []contact.AgentMark{ben0, ana2, cleo})
	ends := func(from, to int) []contact.OfferEnd {
		k.Helper()
		return must(k.OfferEnds(k.Context(), "instance", at(from), at(to)))(k)
	}
	k.same("offers that ended", ends(0, 100), []contact.OfferEnd{missed, taken})
	k.same("offers that ended before the end", ends(10, 20), []contact.OfferEnd{missed})

	stale := &contact.Change{
		Agents: []*contact.Agent{{User: "ana", Instance: "instance", Version: 1}},
		Marks:  []contact.AgentMark{{User: "ana", Instance: "instance", At: at(30)}}, OfferEnds: []contact.OfferEnd{end("ana", 30, contact.Missed)},
	}
	k.stale("an old state", stale)
	k.same("marks after a change that was refused", len(marks(21, 100)), 3)
	k.same("offers after it", len(ends(21, 100)), 0)

	all := must(k.Agents(k.Context(), "instance"))(k)
	if diff := cmp.Diff([]*contact.Agent{agents["ana"], agents["ben"], agents["cleo"]}, all, cmpopts.EquateEmpty()); diff != "" {
		k.Errorf("all agents (-want +got):\n%s", diff)
	}
}
