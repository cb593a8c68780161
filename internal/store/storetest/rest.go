package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/store"
)

func tokens(k *kit) {
	ch := k.opening("instance")
	ch.Tokens = []contact.Token{{Key: "start/a", Answer: "first", At: k.now}, {Key: "start/b", Answer: "second", At: k.now.Add(time.Second)}}
	c := k.commit(ch)[0].Chat
	check := func(key, want string, there bool) {
		k.Helper()
		answer, ok, err := k.Token(k.Context(), key)
		if answer != want || ok != there || err != nil {
			k.Errorf("key %q: %q, %t, %v; want %q, %t", key, answer, ok, err, want, there)
		}
	}
	check("start/a", "first", true)
	check("start/b", "second", true)
	check("start/A", "", false)
	k.stale("a key used again", &contact.Change{Was: c, Tokens: []contact.Token{{Key: "start/a", Answer: "other", At: k.now}}})
	check("start/a", "first", true)
	if err := k.ForgetTokens(k.Context(), k.now.Add(time.Second)); err != nil {
		k.Fatal(err)
	}
	check("start/a", "", false)
	check("start/b", "second", true)
	k.commit(&contact.Change{Was: c, Tokens: []contact.Token{{Key: "start/a", Answer: "other", At: k.now}}})
	check("start/a", "other", true)

	many := &contact.Change{Was: c}
	for i := range 1000 {
		many.Tokens = append(many.Tokens, contact.Token{Key: fmt.Sprint("old ", i), At: k.now.Add(-time.Hour)})
	}
	k.commit(many)
	if err := k.ForgetTokens(k.Context(), k.now); err != nil {
		k.Fatal(err)
	}
	for i := range 1000 {
		check(fmt.Sprint("old ", i), "", false)
	}
	check("start/b", "second", true)
}

func timers(k *kit) {
	at := func(seconds int) time.Time { return k.now.Add(time.Duration(seconds) * time.Second) }
	timer := func(c *contact.Chat, kind contact.TimerKind, ref string, seconds int) contact.Timer {
		return contact.Timer{TimerKey: contact.TimerKey{Kind: kind, Ref: ref}, Chat: c.ID, Due: at(seconds)}
	}
	check := func(what string, now, limit int, next time.Time, want ...contact.Timer) {
		k.Helper()
		due, then, err := k.DueTimers(k.Context(), at(now), limit)
		if err != nil {
			k.Fatal(err)
		}
		k.same(what+": due", due, want)
		k.same(what+": next", then, next)
	}
	check("no timers", 100, 10, time.Time{})
	opening := k.opening("instance")
	opening.Set = []contact.Timer{
		{TimerKey: contact.TimerKey{Kind: contact.ConnectTimer}, Chat: opening.Next.ID, Due: at(10)},
		{TimerKey: contact.TimerKey{Kind: contact.ExpireTimer}, Chat: opening.Next.ID, Due: at(50)},
	}
	a := k.commit(opening)[0].Chat
	b := k.chat()
	k.commit(&contact.Change{Was: b, Set: []contact.Timer{timer(b, contact.OfferTimer, "p1", 20), timer(b, contact.OfferTimer, "p2", 30)}})
	connect, expire := timer(a, contact.ConnectTimer, "", 10), timer(a, contact.ExpireTimer, "", 50)
	p1, p2 := timer(b, contact.OfferTimer, "p1", 20), timer(b, contact.OfferTimer, "p2", 30)

	check("before the first", 9, 10, at(10))
	check("at the first", 10, 10, at(20), connect)
	check("after some", 30, 10, at(50), connect, p1, p2)
	check("more than asked for", 30, 2, at(30), connect, p1)
	check("all", 100, 10, time.Time{}, connect, p1, p2, expire)
	check("as many as there are", 100, 4, time.Time{}, connect, p1, p2, expire)
	check("none asked for", 100, 0, at(10))

	p1 = timer(b, contact.OfferTimer, "p1", 60)
	k.commit(&contact.Change{
		Was:   b,
		Set:   []contact.Timer{p1},
		Clear: []contact.TimerKey{{Kind: contact.OfferTimer, Ref: "p2"}, {Kind: contact.OfferTimer, Ref: "unknown"}, {Kind: contact.ConnectTimer}},
	})
	check("replaced and cleared", 100, 10, time.Time{}, connect, expire, p1)
	again := timer(b, contact.OfferTimer, "p1", 70)
	k.commit(&contact.Change{Was: b, Set: []contact.Timer{again}, Clear: []contact.TimerKey{p1.TimerKey}})
	check("cleared and set by one change", 100, 10, time.Time{}, connect, expire, again)

	elsewhere := again
	elsewhere.Chat = a.ID
	for _, t := range []contact.Timer{p1, p2, elsewhere} {
		k.putOff(t, at(80))
	}
	check("put off what was set anew, what was cleared, and what another chat has", 100, 10, time.Time{}, connect, expire, again)
	k.putOff(again, at(90))
	check("put off", 100, 10, time.Time{}, connect, expire, timer(b, contact.OfferTimer, "p1", 90))
	same := timer(a, contact.OfferTimer, "p1", 90)
	k.commit(&contact.Change{Was: a, Set: []contact.Timer{same}})
	k.putOff(same, at(95))
	check("put off of two that are due at once", 100, 10, time.Time{}, connect, expire, timer(b, contact.OfferTimer, "p1", 90), timer(a, contact.OfferTimer, "p1", 95))
}

// putOff makes a timer due later.
func (k *kit) putOff(t contact.Timer, until time.Time) {
	k.Helper()
	if err := k.PutOffTimer(k.Context(), t, until); err != nil {
		k.Fatal(err)
	}
}

// UnreadableChat checks, on an empty store, that the timers of a chat that cannot
// be read are found and put off like others. Damage makes the chat of a number
// unreadable.
func UnreadableChat(t *testing.T, st store.Store, damage func(chat int64)) {
	k := &kit{T: t, Store: st, ids: contact.SeededIDs(1), now: day}
	due := func(what string, want ...contact.Timer) {
		t.Helper()
		got, _, err := k.DueTimers(k.Context(), k.now, 1)
		if err != nil {
			k.Fatal(err)
		}
		k.same(what, got, want)
	}
	var timers []contact.Timer
	for i, c := range []*contact.Chat{k.chat(), k.chat()} {
		timer := contact.Timer{TimerKey: contact.TimerKey{Kind: contact.ExpireTimer}, Chat: c.ID, Due: k.now.Add(time.Duration(i-2) * time.Second)}
		k.commit(&contact.Change{Was: c, Set: []contact.Timer{timer}})
		if i == 0 {
			damage(c.Number)
			if _, err := k.Chat(k.Context(), c.ID); err == nil {
				k.Fatal("the chat can be read")
			}
		}
		timers = append(timers, timer)
	}
	due("the first", timers[0])
	k.putOff(timers[0], k.now)
	due("the first, when that of the unreadable chat was put off", timers[1])
}

func agents(k *kit) {
	var a contact.Agent
	fill(&a)
	a.Version = 0
	out := k.commit(&contact.Change{Agents: []*contact.Agent{&a}})[0]
	if out.Chat != nil || len(out.Agents) != 1 {
		k.Fatalf("a change of agents alone: %+v", out)
	}
	a.Version = out.Agents[0].Version
	k.same("agent as told", out.Agents[0], &a)
	read := must(k.Agent(k.Context(), a.User))(k)
	k.same("agent as read", read, &a)

	next := *read
	next.Next, next.Work, next.Idle = nil, nil, k.now
	told := k.commit(&contact.Change{Agents: []*contact.Agent{&next}})[0].Agents[0]
	if told.Version <= a.Version {
		k.Errorf("version went from %d to %d", a.Version, told.Version)
	}
	next.Version = told.Version
	k.same("next state as told", told, &next)
	k.same("next state as read", must(k.Agent(k.Context(), a.User))(k), &next)

	k.stale("an old state", &contact.Change{Agents: []*contact.Agent{read}})
	k.stale("an agent who is there already", &contact.Change{Agents: []*contact.Agent{{User: a.User, Instance: a.Instance}}})
	k.stale("an unknown agent with a version", &contact.Change{Agents: []*contact.Agent{{User: "unknown", Version: 1}}})
	k.same("state after refusals", must(k.Agent(k.Context(), a.User))(k), &next)
}

func routable(k *kit) {
	put := func(user contact.UserID, instance contact.InstanceID, typ contact.StatusType) *contact.Agent {
		a := &contact.Agent{User: user, Instance: instance, Status: contact.Status{ID: "s", Type: typ, Since: k.now}}
		return k.commit(&contact.Change{Agents: []*contact.Agent{a}})[0].Agents[0]
	}
	list := func() []*contact.Agent {
		found := must(k.RoutableAgents(k.Context(), "instance"))(k)
		slices.SortFunc(found, func(a, b *contact.Agent) int { return len(a.User) - len(b.User) })
		return found
	}
	k.same("nobody", len(list()), 0)
	a := put("a", "instance", contact.Routable)
	bb := put("bb", "instance", contact.Custom)
	put("ccc", "instance", contact.Offline)
	put("dddd", "other", contact.Routable)
	k.same("one", list(), []*contact.Agent{a})
	bb.Status.Type = contact.Routable
	bb = k.commit(&contact.Change{Agents: []*contact.Agent{bb}})[0].Agents[0]
	k.same("two", list(), []*contact.Agent{a, bb})
	gone := *a
	gone.Status.Type = contact.Offline
	k.commit(&contact.Change{Agents: []*contact.Agent{&gone}})
	k.same("the other", list(), []*contact.Agent{bb})
}

// fullDirectory has two entries of each kind, with every field set.
func fullDirectory() *directory.Directory {
	d := new(directory.Directory)
	fill(d)
	return d
}

func directoryFields(k *kit) {
	d := fullDirectory()
	if err := k.PutDirectory(k.Context(), d); err != nil {
		k.Fatal(err)
	}
	k.same("directory", must(k.Directory(k.Context(), d.Instance.ID))(k), d)

	bare := directory.New()
	bare.Instance.ID = "bare"
	if err := k.PutDirectory(k.Context(), bare); err != nil {
		k.Fatal(err)
	}
	k.same("empty directory", must(k.Directory(k.Context(), "bare"))(k), bare)
	if err := k.PutDirectory(k.Context(), directory.New()); err == nil {
		k.Error("a directory whose instance has no id was stored")
	}
	k.same("instances", must(k.Instances(k.Context()))(k), []contact.InstanceID{"bare", d.Instance.ID})
}

func directoryReplaces(k *kit) {
	put := func(d *directory.Directory) {
		k.Helper()
		if err := k.PutDirectory(k.Context(), d); err != nil {
			k.Fatal(err)
		}
	}
	a, b := directory.New(), directory.New()
	a.Instance = directory.Instance{ID: "a", Alias: "one"}
	b.Instance = directory.Instance{ID: "b"}
	a.Queues["q"] = &directory.Queue{ID: "q", Name: "Sales"}
	a.Queues["r"] = &directory.Queue{ID: "r", Name: "Support", MaxContacts: 3}
	b.Queues["q"] = &directory.Queue{ID: "q", Name: "Of another"}
	put(a)
	put(b)
	change := directory.New()
	change.Instance = directory.Instance{ID: "a", Alias: "two"}
	change.Queues["q"] = &directory.Queue{ID: "q", Name: "Sales abroad", Disabled: true}
	change.Users["u"] = &directory.User{ID: "u", Username: "ana"}
	put(change)
	want := directory.New()
	want.Instance = change.Instance
	want.Queues["q"], want.Queues["r"] = change.Queues["q"], a.Queues["r"]
	want.Users["u"] = change.Users["u"]
	k.same("the changed directory", must(k.Directory(k.Context(), "a"))(k), want)
	k.same("the other", must(k.Directory(k.Context(), "b"))(k), b)

	less := directory.New()
	less.Instance = want.Instance
	refs := []directory.Ref{{Kind: directory.QueueKind, ID: "r"}, {Kind: directory.UserKind, ID: "q"}, {Kind: directory.QueueKind, ID: "none"}}
	if err := k.PutDirectory(k.Context(), less, refs...); err != nil {
		k.Fatal(err)
	}
	delete(want.Queues, "r")
	k.same("the directory without a queue", must(k.Directory(k.Context(), "a"))(k), want)
	k.same("the other, which keeps its own", must(k.Directory(k.Context(), "b"))(k), b)
}

func signingKeys(k *kit) {
	list := func() []store.SigningKey {
		return must(k.SigningKeys(k.Context()))(k)
	}
	k.same("no keys", len(list()), 0)
	var want []store.SigningKey
	for i, id := range []uint32{7, 1<<32 - 1, 3} {
		key := store.SigningKey{ID: id, Secret: slices.Repeat([]byte{byte(i), 0, 0xff, '\''}, 8), Created: k.now.Add(time.Duration(i) * time.Hour)}
		if err := k.AddSigningKey(k.Context(), key); err != nil {
			k.Fatal(err)
		}
		want = append([]store.SigningKey{key}, want...)
	}
	k.same("keys", list(), want)
	if err := k.AddSigningKey(k.Context(), store.SigningKey{ID: 7, Secret: make([]byte, 32), Created: k.now}); err == nil {
		k.Error("a second key of the same id was added")
	}
	k.same("keys after a refusal", list(), want)
}

func notFound(k *kit) {
	k.chat()
	_, err := k.Chat(k.Context(), "unknown")
	k.isNotFound("chat", err)
	_, err = k.Agent(k.Context(), "unknown")
	k.isNotFound("agent", err)
	_, err = k.Directory(k.Context(), "unknown")
	k.isNotFound("directory", err)
	if list, err := k.Instances(k.Context()); err != nil || len(list) > 0 {
		k.Errorf("instances: %v, error %v", list, err)
	}
	if list, err := k.Receipts(k.Context(), 1<<40, 1, 100); err != nil || len(list) > 0 {
		k.Errorf("receipts: %v, error %v", list, err)
	}
	if seq, err := k.SeqAt(k.Context(), 1<<40, k.now); err != nil || seq != 1 {
		k.Errorf("place in no transcript: %d, error %v", seq, err)
	}
	if list, err := k.Waiting(k.Context(), "unknown"); err != nil || len(list) > 0 {
		k.Errorf("waiting: %v, error %v", list, err)
	}
}

// all is everything a store can be asked for.
type all struct {
	Chat      *contact.Chat
	Items     []contact.Item
	Receipts  []contact.Receipt
	Answer    string
	Waiting   []store.Waiting
	Active    int
	Agent     *contact.Agent
	Routable  []*contact.Agent
	Timers    []contact.Timer
	Next      time.Time
	Directory *directory.Directory
	Instances []contact.InstanceID
	Keys      []store.SigningKey
}

func (k *kit) all(c *contact.Chat, instance contact.InstanceID) (a all, errs []error) {
	note := func(err error) { errs = append(errs, err) }
	var err error
	ctx := k.Context()
	a.Chat, err = k.Chat(ctx, c.ID)
	note(err)
	a.Items, err = k.Items(ctx, c.Number, 1, 100, false)
	note(err)
	a.Receipts, err = k.Receipts(ctx, c.Number, 1, 100)
	note(err)
	_, err = k.SeqAt(ctx, c.Number, k.now)
	note(err)
	a.Answer, _, err = k.Token(ctx, "key")
	note(err)
	a.Waiting, err = k.Waiting(ctx, instance)
	note(err)
	a.Active, err = k.Active(ctx, instance)
	note(err)
	a.Agent, err = k.Agent(ctx, "ana")
	note(err)
	a.Routable, err = k.RoutableAgents(ctx, instance)
	note(err)
	a.Timers, a.Next, err = k.DueTimers(ctx, k.now, 100)
	note(err)
	a.Directory, err = k.Directory(ctx, instance)
	note(err)
	a.Instances, err = k.Instances(ctx)
	note(err)
	a.Keys, err = k.SigningKeys(ctx)
	note(err)
	return a, errs
}

// furnish stores something of everything.
func (k *kit) furnish() (*contact.Chat, contact.InstanceID) {
	k.Helper()
	d := fullDirectory()
	instance := d.Instance.ID
	if err := k.PutDirectory(k.Context(), d); err != nil {
		k.Fatal(err)
	}
	if err := k.AddSigningKey(k.Context(), store.SigningKey{ID: 1, Secret: make([]byte, 32), Created: k.now}); err != nil {
		k.Fatal(err)
	}
	ch := k.opening(instance)
	ch.Next.Phase = contact.Queued
	ch.Next.Contacts[0].Queue, ch.Next.Contacts[0].Enqueued = "sales", k.now
	ch.Items = say(ch.Next, "one", "two").Items
	ch.Receipts = []contact.Receipt{{Seq: 1, By: "ben", Delivered: k.now}}
	ch.Agents = []*contact.Agent{{User: "ana", Instance: instance, Status: contact.Status{Type: contact.Routable}}}
	ch.Set = []contact.Timer{
		{TimerKey: contact.TimerKey{Kind: contact.ConnectTimer}, Due: k.now},
		{TimerKey: contact.TimerKey{Kind: contact.ExpireTimer}, Due: k.now.Add(time.Hour)},
	}
	ch.Tokens = []contact.Token{{Key: "key", Answer: "answer", At: k.now}}
	return k.commit(ch)[0].Chat, instance
}

func reopened(k *kit) {
	c, instance := k.furnish()
	c = k.commit(say(c, "three"))[0].Chat
	before, errs := k.all(c, instance)
	if err := errors.Join(errs...); err != nil {
		k.Fatal(err)
	}
	k.same("what was stored", len(before.Items)+len(before.Receipts)+len(before.Waiting)+len(before.Routable)+len(before.Timers)+len(before.Keys)+before.Active, 9)
	for range 2 {
		k.reopen()
		after, errs := k.all(c, instance)
		if err := errors.Join(errs...); err != nil {
			k.Fatal(err)
		}
		k.same("what is there after opening again", after, before)
	}
	c = k.commit(say(c, "four"))[0].Chat
	k.same("the transcript goes on", k.texts(c), []string{"one", "two", "three", "four"})
	if other := k.chat(); other.Number == c.Number {
		k.Errorf("a new chat got the number %d of an old one", c.Number)
	}
}

func cancelled(k *kit) {
	c, instance := k.furnish()
	ctx, cancel := context.WithCancel(k.Context())
	cancel()
	for name, ch := range map[string]*contact.Change{"message": say(c, "late"), "state": edit(c, in(contact.Ended))} {
		ch.Stamp(k.now, k.ids)
		if _, err := k.Commit(ctx, ch); !errors.Is(err, context.Canceled) {
			k.Errorf("commit of a %s: error %v, want context.Canceled", name, err)
		}
	}
	for name, call := range map[string]func() error{
		"chat":      func() error { _, err := k.Chat(ctx, c.ID); return err },
		"items":     func() error { _, err := k.Items(ctx, c.Number, 1, 10, true); return err },
		"time":      func() error { _, err := k.SeqAt(ctx, c.Number, k.now); return err },
		"receipts":  func() error { _, err := k.Receipts(ctx, c.Number, 1, 100); return err },
		"token":     func() error { _, _, err := k.Token(ctx, "key"); return err },
		"forget":    func() error { return k.ForgetTokens(ctx, k.now.Add(time.Hour)) },
		"waiting":   func() error { _, err := k.Waiting(ctx, instance); return err },
		"active":    func() error { _, err := k.Active(ctx, instance); return err },
		"agent":     func() error { _, err := k.Agent(ctx, "ana"); return err },
		"agents":    func() error { _, err := k.RoutableAgents(ctx, instance); return err },
		"timers":    func() error { _, _, err := k.DueTimers(ctx, k.now, 10); return err },
		"put off":   func() error { return k.PutOffTimer(ctx, contact.Timer{Chat: "c"}, k.now) },
		"directory": func() error { _, err := k.Directory(ctx, instance); return err },
		"instances": func() error { _, err := k.Instances(ctx); return err },
		"put":       func() error { return k.PutDirectory(ctx, fullDirectory()) },
		"keys":      func() error { _, err := k.SigningKeys(ctx); return err },
		"add key":   func() error { return k.AddSigningKey(ctx, store.SigningKey{ID: 9, Created: k.now}) },
	} {
		if err := call(); !errors.Is(err, context.Canceled) {
			k.Errorf("%s: error %v, want context.Canceled", name, err)
		}
	}
	k.same("the chat", k.present(c.ID), c)
	k.same("the transcript", k.texts(c), []string{"one", "two"})
	after, errs := k.all(c, instance)
	if err := errors.Join(errs...); err != nil {
		k.Fatal(err)
	}
	if after.Answer != "answer" || len(after.Keys) != 1 {
		k.Errorf("after calls that should do nothing: answer %q, %d keys", after.Answer, len(after.Keys))
	}
}

func cutShort(k *kit) {
	const writers, each = 8, 40
	chats := make([]*contact.Chat, writers)
	for i := range chats {
		chats[i] = k.chat()
	}
	said := make([]int, writers)
	errs := together(writers, func(i int) error {
		for n := range each {
			ctx, cancel := context.WithTimeout(k.Context(), time.Duration(n*50)*time.Microsecond)
			ch := say(chats[i], "a", "b")
			ch.Stamp(k.now, k.ids)
			out, err := k.Commit(ctx, ch)
			cancel()
			switch {
			case err == nil:
				chats[i] = out[0].Chat
				said[i]++
			case !errors.Is(err, context.DeadlineExceeded):
				return err
			default: // it must not happen later either
				c, err := k.Chat(k.Context(), chats[i].ID)
				if err != nil {
					return err
				}
				if c.Seq != chats[i].Seq {
					return fmt.Errorf("a call that failed was stored: %d items, had %d", c.Seq, chats[i].Seq)
				}
			}
		}
		return nil
	})
	if err := errors.Join(errs...); err != nil {
		k.Error(err)
	}
	for i, c := range chats {
		if got, want := len(k.texts(c)), 2*said[i]; got != want {
			k.Errorf("chat %d has %d items, want the %d acknowledged", i, got, want)
		}
	}
}

func closing(k *kit) {
	const writers = 8
	chats := make([]*contact.Chat, writers)
	for i := range chats {
		chats[i] = k.chat()
	}
	var acked atomic.Int64
	closed := make(chan error, 1)
	errs := together(writers, func(i int) error {
		for {
			ch := say(chats[i], "x")
			ch.Stamp(k.now, k.ids)
			out, err := k.Commit(context.Background(), ch)
			if err != nil {
				if errors.Is(err, store.ErrStale) || fault.KindOf(err) != fault.Internal {
					return err
				}
				return nil // closed
			}
			chats[i] = out[0].Chat
			if acked.Add(1) == 50 {
				go func() { closed <- k.Store.Close() }()
			}
		}
	})
	if err := errors.Join(append(errs, <-closed, k.Store.Close())...); err != nil {
		k.Error(err)
	}
	_, errs = k.all(chats[0], "instance")
	for i, err := range errs {
		if err == nil || fault.KindOf(err) != fault.Internal {
			k.Errorf("read %d on a closed store: error %v", i, err)
		}
	}
	if _, err := k.Commit(k.Context()); err == nil {
		k.Error("commit on a closed store: no error")
	}
	k.Store = k.open()
	for i, c := range chats {
		if got := int64(len(k.texts(c))); got != c.Seq {
			k.Errorf("chat %d has %d items, want the %d acknowledged", i, got, c.Seq)
		}
	}
}
