package storetest

import (
	"fmt"

	"github.com/bellpull/bellpull/internal/contact"
)

// outgoing returns a row of the outbox with all fields set, as it is read.
func (k *kit) outgoing(text string) contact.Outgoing {
	o := contact.Outgoing{}
	fill(&o)
	o.Number, o.ID, o.Body = 0, text, []byte(text)
	return o
}

// unread reads the outbox and returns its rows' ids.
func (k *kit) unread(after int64, limit int) (ids []string) {
	k.Helper()
	for _, o := range must(k.Outbox(k.Context(), after, limit))(k) {
		ids = append(ids, o.ID)
	}
	return ids
}

func outbox(k *kit) {
	k.same("an empty outbox", k.unread(0, 10), []string{})
	ch := k.opening("instance")
	one, two := k.outgoing("one"), k.outgoing("two")
	two.Body = nil // as those are that are composed later
	ch.Outbox = []contact.Outgoing{one, two}
	c := k.commit(ch)[0].Chat
	said := say(c, "hello")
	said.Outbox = []contact.Outgoing{k.outgoing("three")}
	if c = k.commit(said)[0].Chat; c.Seq != 1 {
		k.Errorf("an item with a row of the outbox is numbered %d, want 1", c.Seq)
	}
	k.commit(&contact.Change{Was: c, Outbox: []contact.Outgoing{k.outgoing("four")}})
	got := must(k.Outbox(k.Context(), 0, 2))(k)
	if len(got) != 2 || got[0].Number <= 0 || got[1].Number <= got[0].Number {
		k.Fatalf("two rows are %+v, want two with ascending numbers", got)
	}
	after := got[1].Number
	got[0].Number, got[1].Number = 0, 0
	k.same("the first rows", got, []contact.Outgoing{one, two})
	k.same("the rest", k.unread(after, 10), []string{"three", "four"})
	k.reopen()
	k.same("all after opening again", k.unread(0, 10), []string{"one", "two", "three", "four"})
}

func outboxOfFailed(k *kit) {
	old := k.chat()
	now := k.commit(edit(old, in(contact.InFlow)))[0].Chat
	late := edit(old, in(contact.Queued))
	late.Outbox = []contact.Outgoing{k.outgoing("late")}
	k.stale("decided on an old state", late)
	good := edit(now, in(contact.Queued))
	good.Outbox = []contact.Outgoing{k.outgoing("good")}
	k.stale("together with one decided on an old state", good, late)
	k.same("the outbox", k.unread(0, 10), []string{})
	k.commit(good)
	k.same("the outbox", k.unread(0, 10), []string{"good"})
}

func outboxOfAgents(k *kit) {
	k.commit(&contact.Change{
		Agents: []*contact.Agent{{User: "ana", Instance: "instance"}},
		Outbox: []contact.Outgoing{k.outgoing("state")},
	})
	k.commit(&contact.Change{Outbox: []contact.Outgoing{k.outgoing("beat")}}) // nothing has changed
	k.same("the outbox", k.unread(0, 10), []string{"state", "beat"})
}

func outboxPositions(k *kit) {
	position := func(receiver string, want int64) {
		k.Helper()
		k.same("position of "+receiver, must(k.OutboxPosition(k.Context(), receiver))(k), want)
	}
	pass := func(receiver string, to int64) {
		k.Helper()
		if err := k.PassOutbox(k.Context(), receiver, to); err != nil {
			k.Fatal(err)
		}
	}
	position("file", 0)
	pass("file", 7)
	pass("webhook", 3)
	position("file", 7)
	position("webhook", 3)
	pass("file", 5) // a late word of an earlier one
	position("file", 7)
	k.reopen()
	position("file", 7)
	position("webhook", 3)
	position("nats", 0)
}

func outboxNumbers(k *kit) {
	const rows = 500 // more than a driver removes at once
	ch := &contact.Change{}
	for i := range rows {
		ch.Outbox = append(ch.Outbox, k.outgoing(fmt.Sprint(i)))
	}
	k.commit(ch)
	all := must(k.Outbox(k.Context(), 0, rows+1))(k)
	k.same("rows", len(all), rows)
	trim := func(to int64) {
		k.Helper()
		if err := k.TrimOutbox(k.Context(), to); err != nil {
			k.Fatal(err)
		}
	}
	trim(all[rows-3].Number)
	k.same("what is left", k.unread(0, rows), []string{fmt.Sprint(rows - 2), fmt.Sprint(rows - 1)})
	last := all[rows-1].Number
	trim(last)
	k.same("what is left", k.unread(0, rows), []string{})
	k.reopen()
	k.commit(&contact.Change{Outbox: []contact.Outgoing{k.outgoing("new")}})
	k.same("what comes after the last number", k.unread(last, rows), []string{"new"})
}
