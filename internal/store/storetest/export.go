package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/store"
	"github.com/bellpull/bellpull/internal/store/archive"
)

// Move checks that an archive takes everything from one store to another, which
// may be of another driver. Both are empty; the caller closes them.
func Move(t *testing.T, from, to store.Store) {
	k := &kit{T: t, Store: from, ids: contact.SeededIDs(1), now: day}
	k.load()
	k.moves(to)
}

// load stores something of everything, and much of what there is much of.
func (k *kit) load() (c *contact.Chat, instance contact.InstanceID) {
	k.Helper()
	c, instance = k.furnish()
	var full contact.Chat
	fill(&full)
	full.Contacts[0].ID = full.ID
	full.Number, full.Version, full.Seq, full.LastAt = 0, 0, 0, time.Time{}
	opening := &contact.Change{Was: &contact.Chat{ID: full.ID}, Next: &full, Items: make([]contact.Item, 2)}
	fill(&opening.Items[0])
	opening.Items[1].Text = "not UTF-8: \xff\xfe, and <&> \u2028 \x00"
	var receipt contact.Receipt
	fill(&receipt)
	receipt.Seq = 1
	opening.Receipts = []contact.Receipt{receipt}
	opening.Tokens = []contact.Token{{Key: "other\xff", Answer: "\xfe", At: k.now}}
	out := k.commit(opening)[0].Chat
	k.commit(edit(out, in(contact.Ended)))
	k.chat() // with nothing in it

	long := k.chat()
	for range 6 {
		long = k.commit(say(long, slices.Repeat([]string{"a long chat"}, 999)...))[0].Chat
	}
	late := &contact.Change{Was: long}
	for seq := range long.Seq {
		late.Receipts = append(late.Receipts, contact.Receipt{Seq: seq + 1, By: "reader", Of: long.Participants[0].ID, Read: k.now})
	}
	k.commit(late)
	var many []*contact.Change
	for range 500 {
		many = append(many, k.opening("instance"))
	}
	k.commit(many...)

	var agent contact.Agent
	fill(&agent)
	agent.Version = 0
	var mark contact.AgentMark
	fill(&mark)
	var offer contact.OfferEnd
	fill(&offer)
	var flow contact.FlowMark
	fill(&flow)
	history := &contact.Change{Agents: []*contact.Agent{&agent}}
	for i := range 3000 {
		mark.At, offer.Ended = k.now.Add(time.Duration(i/2)*time.Second), k.now.Add(time.Duration(i/2)*time.Second)
		mark.OnContact, offer.Contact = i%2 == 0, contact.ID(fmt.Sprint(i))
		history.Marks, history.OfferEnds = append(history.Marks, mark), append(history.OfferEnds, offer)
		flow.At = mark.At
		history.FlowMarks = append(history.FlowMarks, flow)
	}
	k.commit(history)
	a := must(k.Agent(k.Context(), agent.User))(k)
	k.commit(&contact.Change{Agents: []*contact.Agent{a}}) // another version

	for i := range 20 {
		k.commit(&contact.Change{Was: c, Outbox: []contact.Outgoing{k.outgoing(fmt.Sprint(i)), {Kind: contact.TranscriptFile, ID: fmt.Sprint(i, "'")}}})
	}
	rows := must(k.Outbox(k.Context(), 0, 100))(k)
	for receiver, n := range map[string]int{"ahead": 40, "middle": 17, "behind": 10} {
		if err := k.PassOutbox(k.Context(), receiver, rows[n-1].Number); err != nil {
			k.Fatal(err)
		}
	}
	if err := k.TrimOutbox(k.Context(), rows[9].Number); err != nil {
		k.Fatal(err)
	}
	return k.present(c.ID), instance
}

func exported(k *kit) {
	k.load()
	k.moves(k.another())
}

// moves checks that another store has the same content when it has been moved
// there.
func (k *kit) moves(to store.Store) {
	k.Helper()
	var text bytes.Buffer
	wrote, err := archive.Write(k.Context(), k.Store, &text, k.now)
	if err != nil {
		k.Fatal(err)
	}
	read, err := archive.Import(k.Context(), to, bytes.NewReader(text.Bytes()))
	if err != nil {
		k.Fatal(err)
	}
	if wrote != read {
		k.Errorf("%d rows were written and %d read", wrote, read)
	}
	there := &kit{T: k.T, Store: to, ids: k.ids, now: k.now}
	want, got := k.content(), there.content()
	if len(want) < 18_000 {
		k.Errorf("the export has %d rows", len(want))
	}
	for i := range min(len(want), len(got)) {
		if k.Failed() {
			break
		}
		k.same(fmt.Sprint("row ", i), got[i], want[i])
	}
	k.same("the number of rows", len(got), len(want))

	// What is made from chats is there, and everything goes on.
	first := firstChat(want)
	here, after := k.present(first.ID), there.present(first.ID)
	k.same("legs", there.legs(first.Instance, k.now.Add(-time.Hour), k.now.Add(time.Hour)), k.legs(first.Instance, k.now.Add(-time.Hour), k.now.Add(time.Hour)))
	before, errs := k.all(here, first.Instance)
	now, moreErrs := there.all(after, first.Instance)
	if err := errors.Join(append(errs, moreErrs...)...); err != nil {
		k.Fatal(err)
	}
	now.Chat, now.Agent, now.Routable = before.Chat, before.Agent, before.Routable // compared already, but for their numbers
	k.same("what is read", now, before)
	after = there.commit(say(after, "goes on"))[0].Chat
	k.same("the transcript", there.texts(after), append(k.texts(here), "goes on"))
	for receiver, left := range map[string]int{"ahead": 0, "middle": 23, "behind": 30} {
		at := must(there.OutboxPosition(there.Context(), receiver))(there)
		k.same("left for the receiver "+receiver, len(there.unread(at, 100)), left)
	}

	if _, err := archive.Import(k.Context(), to, bytes.NewReader(text.Bytes())); fault.KindOf(err) != fault.Conflict {
		k.Errorf("import into a store that holds something: error %v, want one of kind Conflict", err)
	}
}

func firstChat(rows []store.Row) *contact.Chat {
	i := slices.IndexFunc(rows, func(r store.Row) bool { return r.Chat != nil && len(r.Chat.Contacts) == 1 })
	return rows[i].Chat
}

// content exports all rows and makes numbers the same that stores give as they
// like.
func (k *kit) content() (rows []store.Row) {
	k.Helper()
	var outbox []int64
	if err := k.Export(k.Context(), func(r *store.Row) error {
		switch {
		case r.Chat != nil:
			r.Chat.Number, r.Chat.Version = 0, 0
		case r.Agent != nil:
			r.Agent.Version = 0
		case r.Outgoing != nil:
			outbox = append(outbox, r.Outgoing.Number)
			r.Outgoing.Number = 0
		case r.Position != nil:
			at, found := slices.BinarySearch(outbox, r.Position.Position)
			if !found {
				return nil // it has passed nothing that is there
			}
			r.Position.Position = int64(at)
		}
		rows = append(rows, *r)
		return nil
	}); err != nil {
		k.Fatal(err)
	}
	return rows
}

// An export is of one moment: whatever is in it was true together.
func exportedUnderLoad(k *kit) {
	const chats = 4
	stop := make(chan struct{})
	var all []*contact.Chat
	for range chats {
		all = append(all, k.chat())
	}
	written := make(chan error, 1)
	go func() {
		written <- func() error {
			for n := 1; ; n++ {
				select {
				case <-stop:
					return nil
				default:
				}
				var changes []*contact.Change // of all chats together
				for _, c := range all {
					ch := say(c, fmt.Sprint(n))
					ch.Stamp(k.now, k.ids)
					changes = append(changes, ch)
				}
				done, err := k.Commit(context.Background(), changes...)
				if err != nil {
					return err
				}
				for i := range done {
					all[i] = done[i].Chat
				}
			}
		}()
	}()
	for range 20 {
		var seqs []int64
		items := 0
		if err := k.Export(k.Context(), func(r *store.Row) error {
			switch {
			case r.Chat != nil:
				seqs = append(seqs, r.Chat.Seq)
			case r.Item != nil:
				items++
			}
			return nil
		}); err != nil {
			k.Fatal(err)
		}
		if len(seqs) != chats || slices.Min(seqs) != slices.Max(seqs) || items != chats*int(seqs[0]) {
			k.Errorf("chats that are written together have %v items, %d all in all", seqs, items)
		}
	}
	close(stop)
	if err := <-written; err != nil {
		k.Error(err)
	}
}

func exportEndsEarly(k *kit) {
	k.load()
	enough := errors.New("enough")
	n := 0
	if err := k.Export(k.Context(), func(*store.Row) error {
		if n++; n == 100 {
			return enough
		}
		return nil
	}); !errors.Is(err, enough) || n != 100 {
		k.Errorf("an export that is given up ended after %d rows with error %v", n, err)
	}
	ctx, cancel := context.WithCancel(k.Context())
	defer cancel()
	if err := k.Export(ctx, func(*store.Row) error {
		cancel()
		return nil
	}); !errors.Is(err, context.Canceled) {
		k.Errorf("an export that is cut short: error %v, want context.Canceled", err)
	}
	k.chat() // all goes on
}

// What is damaged is refused, and nobody takes what there is of it for a whole
// store.
func damagedImports(k *kit) {
	k.load()
	var text bytes.Buffer
	if _, err := archive.Write(k.Context(), k.Store, &text, k.now); err != nil {
		k.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSuffix(text.String(), "\n"), "\n")
	middle := len(lines) / 2
	for what, damaged := range map[string]string{
		"nothing":             "",
		"something else":      `{"hello":"world"}`,
		"without a beginning": strings.Join(lines[1:], ""),
		"without an end":      strings.Join(lines[:len(lines)-1], ""),
		"cut within a line":   text.String()[:text.Len()/2],
		"without a line":      strings.Join(slices.Concat(lines[:middle], lines[middle+1:]), ""),
		"with a line twice":   strings.Join(slices.Concat(lines[:middle], lines[middle-1:]), ""),
		"with more behind":    text.String() + lines[middle],
		"of a newer program":  strings.Replace(text.String(), `"format":1`, `"format":2`, 1),
		"with an unknown row": strings.Replace(text.String(), `{"timer":`, `{"clock":`, 1),
	} {
		to := k.another()
		if _, err := archive.Import(k.Context(), to, strings.NewReader(damaged)); fault.KindOf(err) != fault.Invalid {
			k.Errorf("import of an export %s: error %v, want one of kind Invalid", what, err)
		}
		if ids, err := to.Instances(k.Context()); err != nil || len(ids) > 0 {
			k.Errorf("after the import of an export %s there are instances %v, %v", what, ids, err)
		}
	}
}
