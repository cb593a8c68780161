package storetest

import (
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/store"
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

// counted returns legs as figures are made from them.
func counted(legs []contact.Leg) []contact.Leg {
	for i := range legs {
		legs[i].Contact, legs[i].Name, legs[i].CustomerID = "", "", ""
	}
	return legs
}

// found is what a query finds, in short: the places of contacts.
func (k *kit) found(all []contact.Leg, q store.LegQuery) (places []int) {
	k.Helper()
	got, err := k.RecentLegs(k.Context(), q)
	if err != nil {
		k.Fatal(err)
	}
	for i := range got {
		at := slices.Index(all, got[i])
		if at < 0 {
			k.Errorf("%+v was never stored so", got[i])
		}
		places = append(places, at)
	}
	return places
}

// recentLegs is about contacts that somebody looks for.
func recentLegs(k *kit) {
	at := func(seconds int) time.Time { return k.now.Add(time.Duration(seconds) * time.Second) }
	var all []contact.Leg // in the order in which they are stored
	begin := func(instance contact.InstanceID, seconds int, name, customer string, agent contact.UserID) *contact.Chat {
		ch := k.opening(instance)
		c := ch.Next
		c.CustomerID = customer
		c.Participants = []contact.Participant{{ID: "p", Role: contact.Customer, Name: name}}
		c.Contacts[0].Initiated, c.Contacts[0].Agent = at(seconds), agent
		c = k.commit(ch)[0].Chat
		all = append(all, c.Legs()...)
		return c
	}
	begin("instance", 1, "Ada", "c-1", "ana")
	begin("instance", 2, "Grace", "", "") // ids grow
	begin("instance", 2, "", "c-2", "ben")
	last := begin("instance", 4, "Ada \x00\xff", "c-1", "ben")
	begin("other", 3, "Ada", "c-1", "ana")

	for _, test := range []struct {
		what string
		q    store.LegQuery
		want []int
	}{
		{"all", store.LegQuery{}, []int{3, 2, 1, 0}},
		{"the first two", store.LegQuery{Limit: 2}, []int{3, 2}},
		{"those after them", store.LegQuery{Before: at(2), BeforeID: all[2].Contact}, []int{1, 0}},
		{"before a moment", store.LegQuery{Before: at(2)}, []int{0}},
		{"from a moment on", store.LegQuery{From: at(2)}, []int{3, 2, 1}},
		{"an agent's", store.LegQuery{Agent: "ben"}, []int{3, 2}},
		{"an agent's, later", store.LegQuery{Agent: "ben", Before: at(4), BeforeID: all[3].Contact}, []int{2}},
		{"a customer's", store.LegQuery{CustomerID: "c-1"}, []int{3, 0}},
		{"a customer's with an agent", store.LegQuery{CustomerID: "c-1", Agent: "ana"}, []int{0}},
		{"nobody's", store.LegQuery{CustomerID: "c-\x00"}, nil},
	} {
		test.q.Instance = "instance"
		if test.q.Limit == 0 {
			test.q.Limit = 10
		}
		k.same(test.what, k.found(all, test.q), test.want)
	}

	// Who the customer is may be said later.
	all[3] = k.commit(edit(last, func(c *contact.Chat) { c.CustomerID = "c-2" }))[0].Chat.Legs()[0]
	k.same("a customer's who became known", k.found(all, store.LegQuery{Instance: "instance", CustomerID: "c-2", Limit: 10}), []int{3, 2})
}

func legs(k *kit) {
	at := func(seconds int) time.Time { return k.now.Add(time.Duration(seconds) * time.Second) }
	ch := k.opening("instance")
	ch.Next.Contacts[0].Initiated = at(0)
	c := k.commit(ch)[0].Chat
	k.same("one that goes on", k.legs("instance", at(100), at(200)), counted(c.Legs()))
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
	want := counted(c.Legs())
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
