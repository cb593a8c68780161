package storetest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/store"
)

func chatByContact(k *kit) {
	a, b := k.chat(), k.chat()
	second := contact.ID(k.ids.New())
	ch := edit(a, func(c *contact.Chat) {
		c.Contacts = append(slices.Clone(c.Contacts), contact.Segment{ID: second, Previous: a.ID, Method: "TRANSFER"})
	})
	a = k.commit(ch)[0].Chat
	a = k.commit(edit(a, in(contact.InFlow)))[0].Chat // with both known already
	for _, id := range []contact.ID{a.ID, second} {
		k.same(fmt.Sprintf("chat of contact %s", id), k.present(id), a)
	}
	k.same("the other chat", k.present(b.ID), b)
	if a.Number == b.Number || a.Number <= 0 || b.Number <= 0 {
		k.Errorf("two chats are numbered %d and %d", a.Number, b.Number)
	}
}

func chatFields(k *kit) {
	var first, second contact.Chat
	fill(&first)
	fill(&second)
	first.Contacts[0].ID = first.ID
	was := &contact.Chat{ID: first.ID}
	first.Number, first.Version, first.Seq, first.LastAt = 77, 77, 77, k.now // which are the store's to give
	got := k.commit(&contact.Change{Was: was, Next: &first})[0].Chat
	first.Number, first.Version, first.Seq, first.LastAt = got.Number, 1, 0, time.Time{}
	k.same("new chat as told", got, &first)
	k.same("new chat as read", k.present(first.ID), &first)

	// The second state has other values everywhere, but names the same chat.
	second.ID, second.Contacts = first.ID, slices.Clone(first.Contacts)
	second.Attributes = map[string]string{}
	second.ContentTypes = nil
	for i := range second.Participants {
		second.Participants[i].Name += "'"
	}
	second.Phase, second.ResponseMode, second.InitialText = contact.Connected, "", "other"
	out := k.commit(&contact.Change{Was: got, Next: &second, Items: say(got, "hello").Items})[0].Chat
	second.Number, second.Version, second.Seq, second.LastAt = got.Number, 2, 1, out.LastAt
	k.same("next state as told", out, &second)
	k.same("next state as read", k.present(first.ID), &second)
}

func committedIsTold(k *kit) {
	c := k.chat()
	if c.Number == 0 || c.Version == 0 || c.Seq != 0 || !c.LastAt.IsZero() {
		k.Errorf("new chat: number %d, version %d, last item %d at %v", c.Number, c.Version, c.Seq, c.LastAt)
	}
	plain := say(c, "one")
	after := k.commit(plain)[0].Chat
	want := *c
	want.Seq, want.LastAt = 1, plain.Items[0].At
	k.same("chat after a message", after, &want)
	k.same("chat read after a message", k.present(c.ID), &want)

	two := say(after, "two", "three")
	after = k.commit(two)[0].Chat
	want.Seq, want.LastAt = 3, two.Items[1].At
	k.same("chat after two messages", after, &want)

	both := edit(after, in(contact.Ended))
	both.Items = say(after, "four").Items
	after = k.commit(both)[0].Chat
	want.Phase, want.Seq, want.LastAt, want.Version = contact.Ended, 4, both.Items[0].At, after.Version
	k.same("chat after state and message", after, &want)
	k.same("chat read after state and message", k.present(c.ID), &want)
	if after.Version <= c.Version {
		k.Errorf("version went from %d to %d", c.Version, after.Version)
	}

	// Nothing to store is stored at once.
	if out := k.commit(); len(out) != 0 {
		k.Errorf("no changes answered %d times", len(out))
	}
	k.same("an empty change", k.commit(&contact.Change{Was: after})[0], store.Committed{Chat: after})
}

func callersValues(k *kit) {
	c := k.chat()
	kept := *c
	ch := edit(c, in(contact.InFlow))
	next := *ch.Next
	ch.Items = say(c, "hello").Items
	ch.Agents = []*contact.Agent{{User: "ana", Instance: "instance"}}
	k.commit(ch)
	k.same("the state decided on", c, &kept)
	k.same("the state that follows", ch.Next, &next)
	k.same("the agent", ch.Agents[0], &contact.Agent{User: "ana", Instance: "instance"})
}

func staleChanges(k *kit) {
	// old is a state after which both a message and another state came.
	old := k.chat()
	said := k.commit(say(old, "one"))[0].Chat
	now := k.commit(edit(said, in(contact.InFlow)))[0].Chat

	k.stale("message on an old transcript", say(old, "late"))
	k.stale("messages on an old transcript", say(old, "late", "later"))
	k.stale("state on an old state", edit(said, in(contact.Ended)))
	both := func(version, seq int64) *contact.Change {
		was := *now
		was.Version, was.Seq = version, seq
		ch := edit(&was, in(contact.Ended))
		ch.Items = say(&was, "late").Items
		ch.Set = []contact.Timer{{TimerKey: contact.TimerKey{Kind: contact.ExpireTimer}, Due: k.now}}
		return ch
	}
	k.stale("state and message on an old state", both(old.Version, now.Seq))
	k.stale("state and message on an old transcript", both(now.Version, old.Seq))
	unknown := *now
	unknown.Number += 1000
	k.stale("state of an unknown chat", edit(&unknown, in(contact.Ended)))

	k.same("the chat", k.present(now.ID), now)
	k.same("the transcript", k.texts(now), []string{"one"})
	if due, _, err := k.DueTimers(k.Context(), k.now, 10); err != nil || len(due) > 0 {
		k.Errorf("timers of refused changes: %v, error %v", due, err)
	}
	now = k.commit(both(now.Version, now.Seq))[0].Chat
	k.same("the chat after a right change", k.present(now.ID), now)
}

func stateWithoutItems(k *kit) {
	c := k.chat()
	said := say(c, "one", "two")
	k.commit(said)
	out := k.commit(edit(c, in(contact.InFlow)))[0].Chat
	want := *c
	want.Phase, want.Version, want.Seq, want.LastAt = contact.InFlow, out.Version, 2, said.Items[1].At
	k.same("the state as told", out, &want)
	k.same("the state as read", k.present(c.ID), &want)
}

func chatStartsOnce(k *kit) {
	first := k.opening("instance")
	again := *first
	k.commit(first)
	again.Set = []contact.Timer{{TimerKey: contact.TimerKey{Kind: contact.ExpireTimer}, Due: k.now}}
	k.stale("a second chat of the same id", &again)
	if n := must(k.Active(k.Context(), "instance"))(k); n != 1 {
		k.Errorf("%d chats are active, want 1", n)
	}
}

func senselessChanges(k *kit) {
	c := k.chat()
	unstamped := say(c, "one")
	gap := say(c, "one", "two")
	gap.Stamp(k.now, k.ids)
	gap.Items = gap.Items[1:]
	nowhere := say(c, "one")
	nowhere.Stamp(k.now, k.ids)
	nowhere.Was = nil
	unborn := say(&contact.Chat{ID: "x", Participants: c.Participants}, "one")
	unborn.Stamp(k.now, k.ids)
	for name, ch := range map[string]*contact.Change{
		"items without numbers":     unstamped,
		"items that leave a gap":    gap,
		"items of no chat":          nowhere,
		"items of a chat not begun": unborn,
	} {
		if _, err := k.Commit(k.Context(), ch); err == nil || errors.Is(err, store.ErrStale) {
			k.Errorf("%s: error %v, want one that is not ErrStale", name, err)
		}
	}
	k.same("the transcript", k.texts(c), []string(nil))
}

func allOrNothing(k *kit) {
	a, b := k.chat(), k.chat()
	k.commit(&contact.Change{Was: a, Tokens: []contact.Token{{Key: "used", Answer: "before", At: k.now}}})
	k.commit(&contact.Change{Agents: []*contact.Agent{{User: "ana", Instance: "instance"}}})
	moved := k.commit(say(b, "one"))[0].Chat

	whole := func() *contact.Change {
		ch := edit(a, in(contact.InFlow))
		ch.Items = say(a, "one", "two").Items
		ch.Receipts = []contact.Receipt{{Seq: 1, By: "ben", Delivered: k.now}}
		ch.Agents = []*contact.Agent{{User: "ben", Instance: "instance", Status: contact.Status{Type: contact.Routable}}}
		ch.Set = []contact.Timer{{TimerKey: contact.TimerKey{Kind: contact.ExpireTimer}, Due: k.now}}
		ch.Tokens = []contact.Token{{Key: "new", Answer: "x", At: k.now}}
		return ch
	}
	usedToken := whole()
	usedToken.Tokens = append(usedToken.Tokens, contact.Token{Key: "used", Answer: "y", At: k.now})
	usedAgent := whole()
	usedAgent.Agents = append(usedAgent.Agents, &contact.Agent{User: "ana", Instance: "instance"})
	k.stale("a change with a used key", usedToken)
	k.stale("a change with an agent who is there already", usedAgent)
	k.stale("a stale change after a right one", whole(), say(b, "late"))
	k.stale("a stale change before a right one", say(b, "late"), whole())
	k.stale("a chat that starts, and a stale change", k.opening("instance"), edit(&contact.Chat{Number: b.Number, Version: 99, ID: b.ID}, in(contact.Ended)))

	k.same("the chat", k.present(a.ID), a)
	k.same("the transcript", k.texts(a), []string(nil))
	k.same("receipts", must(k.Receipts(k.Context(), a.Number, 1, 100))(k), []contact.Receipt(nil))
	_, err := k.Agent(k.Context(), "ben")
	k.isNotFound("the agent", err)
	if due, _, err := k.DueTimers(k.Context(), k.now, 10); err != nil || len(due) > 0 {
		k.Errorf("timers: %v, error %v", due, err)
	}
	if _, ok, err := k.Token(k.Context(), "new"); ok || err != nil {
		k.Errorf("the new key: there %t, error %v", ok, err)
	}
	if n := must(k.Active(k.Context(), "instance"))(k); n != 2 {
		k.Errorf("%d chats are active, want 2", n)
	}

	out := k.commit(whole(), say(moved, "two"), k.opening("instance"))
	k.same("the first chat", k.present(a.ID), out[0].Chat)
	k.same("the second transcript", k.texts(b), []string{"one", "two"})
	k.same("the third chat", k.present(out[2].Chat.ID), out[2].Chat)
}

func oneWins(k *kit) {
	const writers = 8
	c := k.chat()
	k.commit(&contact.Change{Agents: []*contact.Agent{{User: "ana", Instance: "instance"}}})
	ana := must(k.Agent(k.Context(), "ana"))(k)
	opening := k.opening("instance")
	for name, change := range map[string]func() *contact.Change{
		"message":          func() *contact.Change { return say(c, "x") },
		"several messages": func() *contact.Change { return say(c, "x", "y") },
		"state":            func() *contact.Change { return edit(c, in(contact.InFlow)) },
		"agent":            func() *contact.Change { a := *ana; return &contact.Change{Agents: []*contact.Agent{&a}} },
		"new agent": func() *contact.Change {
			return &contact.Change{Agents: []*contact.Agent{{User: "ben", Instance: "instance"}}}
		},
		"key": func() *contact.Change {
			return &contact.Change{Was: c, Tokens: []contact.Token{{Key: "key", At: k.now}}}
		},
		"start": func() *contact.Change { ch := *opening; return &ch },
	} {
		c = k.chat()
		errs := together(writers, func(int) error {
			_, err := k.tryCommit(change())
			return err
		})
		k.expectOneWinner(name, errs)
	}
}

func noGaps(k *kit) {
	const writers, each = 8, 25
	c, other := k.chat(), k.chat()
	errs := together(writers, func(i int) error {
		for n := range each {
			text := fmt.Sprintf("%d.%d", i, n)
			err := k.retry(k.Context(), c.ID, func(c *contact.Chat) *contact.Change {
				ch := say(c, text)
				if n%5 == 4 { // with the state
					next := *c
					ch.Next = &next
				}
				return ch
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(errs...); err != nil {
		k.Fatal(err)
	}
	texts := k.texts(c)
	next := make([]int, writers)
	for _, text := range texts {
		var i, n int
		if _, err := fmt.Sscanf(text, "%d.%d", &i, &n); err != nil {
			k.Fatal(err)
		}
		if n != next[i] {
			k.Errorf("writer %d: message %d comes where %d should", i, n, next[i])
		}
		next[i] = n + 1
	}
	if len(texts) != writers*each {
		k.Errorf("%d messages, want %d", len(texts), writers*each)
	}
	k.same("the other transcript", k.texts(other), []string(nil))
}

func waiting(k *kit) {
	queued := func(c *contact.Chat, queue contact.QueueID, since time.Time) *contact.Chat {
		return k.commit(edit(c, func(c *contact.Chat) {
			c.Phase = contact.Queued
			c.Contacts = slices.Clone(c.Contacts)
			c.Current().Queue, c.Current().Enqueued = queue, since
		}))[0].Chat
	}
	list := func() []store.Waiting {
		return must(k.Waiting(k.Context(), "instance"))(k)
	}
	k.same("nobody waits", len(list()), 0)
	late := queued(k.chat(), "sales", k.now.Add(2*time.Second))
	early := queued(k.chat(), "support", k.now.Add(time.Second))
	same := queued(k.chat(), "sales", k.now.Add(2*time.Second)) // as long as late, and stored after it
	k.commit(k.opening("other"))
	queued(k.commit(k.opening("other"))[0].Chat, "sales", k.now)
	k.chat()
	want := []store.Waiting{
		{Chat: early.ID, Queue: "support", Since: k.now.Add(time.Second)},
		{Chat: late.ID, Queue: "sales", Since: k.now.Add(2 * time.Second)},
		{Chat: same.ID, Queue: "sales", Since: k.now.Add(2 * time.Second)},
	}
	k.same("who waits", list(), want)
	ringing := k.commit(edit(early, in(contact.Offered)))[0].Chat
	k.same("who waits while one rings", list(), want[1:])
	k.commit(edit(ringing, in(contact.Queued)))
	k.same("who waits when it is back in its place", list(), want)
	k.commit(edit(late, in(contact.Ended)))
	k.same("who waits when one has ended", list(), []store.Waiting{want[0], want[2]})
}

func active(k *kit) {
	count := func(instance contact.InstanceID) int {
		return must(k.Active(k.Context(), instance))(k)
	}
	c := k.chat()
	k.chat()
	k.commit(k.opening("other"))
	k.same("active at first", []int{count("instance"), count("other"), count("unknown")}, []int{2, 1, 0})
	c = k.commit(edit(c, func(c *contact.Chat) { c.Phase, c.EndedAt = contact.Ended, k.now }))[0].Chat
	k.same("active after an end", count("instance"), 1)
	k.commit(edit(c, func(c *contact.Chat) { c.Attributes = map[string]string{"after": "the end"} }))
	k.same("active after a change of an ended chat", count("instance"), 1)
}
