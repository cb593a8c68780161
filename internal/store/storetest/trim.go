package storetest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/store"
)

// past is what a store tells of a time, for all that reports are made from.
type past struct {
	Legs   []contact.Leg
	Recent []contact.Leg // of those that were initiated in it
	Marks  []contact.AgentMark
	Offers []contact.OfferEnd
	Flows  []contact.FlowMark
}

// past reads what there is of a time.
func (k *kit) past(instance contact.InstanceID, from, to time.Time) (p past) {
	k.Helper()
	p.Legs = k.legs(instance, from, to)
	slices.SortFunc(p.Legs, func(a, b contact.Leg) int { return cmp.Compare(a.Queue, b.Queue) }) // each has one of its own
	p.Recent = must(k.RecentLegs(k.Context(), store.LegQuery{Instance: instance, From: from, Before: to, Limit: 1000}))(k)
	p.Marks = must(k.AgentMarks(k.Context(), instance, from, to))(k)
	p.Offers = must(k.OfferEnds(k.Context(), instance, from, to))(k)
	if err := k.FlowMarks(k.Context(), instance, from, to, func(m *contact.FlowMark) { p.Flows = append(p.Flows, *m) }); err != nil {
		k.Fatal(err)
	}
	return p
}

// trim removes all that is older than a moment, in steps.
func (k *kit) trim(instance contact.InstanceID, before time.Time, limit int) (removed int) {
	k.Helper()
	for {
		n := must(k.TrimReports(k.Context(), instance, before, limit))(k)
		if n < 0 || n > limit {
			k.Fatalf("%d rows were removed, at most %d may be", n, limit)
		}
		if removed += n; n < limit {
			return removed
		}
	}
}

// history is the random past of an instance, in hours, so that many things are at
// one moment.
type history struct {
	*kit
	rng      *rand.Rand
	instance contact.InstanceID
	chats    []*contact.Chat
}

const historyHours = 60

func (h *history) hour(n int) time.Time { return h.now.Add(time.Duration(n) * time.Hour) }

// chat starts a chat of some contacts, most of which have ended.
func (h *history) chat() {
	ch := h.opening(h.instance)
	ch.Next.Contacts = nil
	for range 1 + h.rng.IntN(3) {
		begin := h.rng.IntN(historyHours)
		s := contact.Segment{
			ID: contact.ID(h.ids.New()), Method: contact.FromAPI, Initiated: h.hour(begin),
			Queue: contact.QueueID(fmt.Sprintf("%s %d %d", h.instance, len(h.chats), len(ch.Next.Contacts))), Enqueued: h.hour(begin),
		}
		if len(ch.Next.Contacts) == 0 {
			s.ID = ch.Next.ID
		}
		if h.rng.IntN(5) > 0 {
			s.Disconnected = h.hour(begin + h.rng.IntN(12)) // long ones are looked for apart
		}
		ch.Next.Contacts = append(ch.Next.Contacts, s)
		m := contact.FlowMark{Instance: h.instance, Contact: s.ID, Flow: "f", Type: "CONTACT_FLOW", Began: s.Initiated, At: s.Initiated}
		ch.FlowMarks = append(ch.FlowMarks, m)
	}
	h.chats = append(h.chats, h.commit(ch)[0].Chat)
}

// agent does this and that.
func (h *history) agent(n int) {
	a := &contact.Agent{User: contact.UserID(fmt.Sprint(h.instance, n)), Instance: h.instance}
	ch := &contact.Change{Agents: []*contact.Agent{a}}
	for at := h.rng.IntN(historyHours); at < historyHours; at += h.rng.IntN(10) {
		ch.Marks = append(ch.Marks, contact.AgentMark{
			User: a.User, Instance: h.instance, At: h.hour(at), Activity: contact.Activity{Status: contact.Routable, Incoming: h.rng.IntN(2) == 0},
		})
		ch.OfferEnds = append(ch.OfferEnds, contact.OfferEnd{
			User: a.User, Instance: h.instance, Contact: "c", Queue: "q", Offered: h.hour(at - h.rng.IntN(3)), Ended: h.hour(at), Outcome: contact.Missed,
		})
	}
	h.commit(ch)
}

// all reads everything.
func (h *history) all() past { return h.past(h.instance, h.hour(-1), h.hour(2*historyHours)) }

// kept is what must be left of p, and how many rows must not be.
func (p past) kept(before time.Time) (kept past, gone int) {
	over := func(l contact.Leg) bool { return !l.Disconnected.IsZero() && l.Disconnected.Before(before) }
	kept = past{
		Legs: slices.DeleteFunc(slices.Clone(p.Legs), over), Recent: slices.DeleteFunc(slices.Clone(p.Recent), over),
		Offers: slices.DeleteFunc(slices.Clone(p.Offers), func(o contact.OfferEnd) bool { return o.Ended.Before(before) }),
		Flows:  slices.DeleteFunc(slices.Clone(p.Flows), func(m contact.FlowMark) bool { return m.At.Before(before) }),
	}
	for i, m := range p.Marks {
		replaced := slices.ContainsFunc(p.Marks[i+1:], func(l contact.AgentMark) bool { return l.User == m.User && l.At.Before(before) })
		if !replaced {
			kept.Marks = append(kept.Marks, m)
		}
	}
	gone = len(p.Legs) - len(kept.Legs) + len(p.Marks) - len(kept.Marks) + len(p.Offers) - len(kept.Offers) + len(p.Flows) - len(kept.Flows)
	return kept, gone
}

// trimReports is about random pasts, of which reports say the same before and
// after what is older has been removed.
func trimReports(k *kit) {
	seed := rand.Uint64()
	k.Logf("seed %d", seed)
	for n := range 6 {
		h := history{kit: k, rng: rand.New(rand.NewPCG(seed, uint64(n))), instance: contact.InstanceID(fmt.Sprint("instance ", n))}
		for range 12 {
			h.chat()
		}
		for i := range 4 {
			h.agent(i)
		}
		other := h
		other.instance += " other"
		other.chats = nil
		other.chat()
		other.agent(0)
		whole, others := h.all(), other.all()

		cut := h.hour(1 + h.rng.IntN(historyHours+11))
		type span struct{ from, to time.Time }
		was := map[span]past{}
		for range 8 {
			from := cut.Add(time.Duration(h.rng.IntN(4)) * 5 * time.Hour)
			s := span{from, from.Add(time.Duration(1+h.rng.IntN(30)) * time.Hour)}
			was[s] = h.past(h.instance, s.from, s.to)
		}
		kept, gone := whole.kept(cut)
		k.same("how many rows are removed", h.trim(h.instance, cut, 1+h.rng.IntN(20)), gone)
		k.same("what is left to remove", h.trim(h.instance, cut, 1), 0)
		k.reopen()
		for s, want := range was {
			k.same(fmt.Sprintf("from %s to %s, trimmed before %s", s.from, s.to, cut), h.past(h.instance, s.from, s.to), want)
		}
		k.same("what is left of all", h.all(), kept)
		k.same("another instance", other.all(), others)
		for _, c := range h.chats {
			k.same("a chat", k.present(c.ID), c)
		}
	}
}

// trimmedChanges is about a contact that changes when its row has been removed.
func trimmedChanges(k *kit) {
	at := func(hours int) time.Time { return k.now.Add(time.Duration(hours) * time.Hour) }
	ch := k.opening("instance")
	ch.Next.Contacts[0].Disconnected = at(1)
	ch.Next.Contacts = append(ch.Next.Contacts, contact.Segment{ID: contact.ID(k.ids.New()), Method: contact.FromTransfer, Initiated: at(1)})
	c := k.commit(ch)[0].Chat
	k.same("rows removed", k.trim("instance", at(2), 10), 1)
	k.same("the contact that goes on", k.legs("instance", at(2), at(3)), counted(c.Legs()[1:]))

	c = k.commit(edit(c, func(c *contact.Chat) {
		c.Contacts = slices.Clone(c.Contacts)
		c.Contacts[0].AfterWorkStarted, c.Contacts[0].AfterWorkEnded = at(1), at(3)
		c.Contacts[1].Disconnected = at(4)
	}))[0].Chat
	k.same("both contacts", k.legs("instance", at(0), at(5)), counted(c.Legs()))
	k.same("rows removed again", k.trim("instance", at(4), 10), 1)
	k.same("what the first one leaves", k.legs("instance", at(0), at(5)), counted(c.Legs()[1:]))
}
