package storetest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
)

func itemFields(k *kit) {
	c := k.chat()
	var one, two contact.Item
	fill(&one)
	fill(&two)
	two.ID[0]++
	want := []contact.Item{one, two}
	for n, role := range []contact.Role{contact.Customer, contact.AgentRole, contact.System, contact.CustomBot, contact.Supervisor, ""} {
		want = append(want, contact.Item{
			ID: k.ids.At(k.now), Kind: contact.Kind(n%3 + 1), Visibility: contact.Visibility(n % 3),
			Role: role, Name: "Ada Łovelace", By: contact.ParticipantID(k.ids.New()), Contact: contact.ID(strings.ToUpper(k.ids.New())),
		})
	}
	for _, typ := range []string{
		contact.PlainText, contact.Markdown, contact.JSON, contact.Interactive, contact.InteractiveResponse,
		contact.Typing, contact.MessageDelivered, contact.MessageRead, contact.MessageMetadata, contact.ConnectionAcknowledged,
		contact.ParticipantJoined, contact.ParticipantLeft, contact.ParticipantInvited, contact.ChatEnded,
	} {
		want = append(want, contact.Item{ID: k.ids.At(k.now), Type: typ, Name: contact.SystemName, Token: uint64(len(want))})
	}
	for i := range want {
		want[i].Seq = int64(i + 1)
		want[i].At = k.now.Add(time.Duration(i) * time.Hour)
	}
	ch := &contact.Change{Was: c, Items: slices.Clone(want)}
	if _, err := k.Commit(k.Context(), ch); err != nil { // as they are, not stamped
		k.Fatal(err)
	}
	k.same("items", must(k.Items(k.Context(), c.Number, 1, 100, false))(k), want)

	plain := say(k.present(c.ID), "x")
	fill(&plain.Items[0])
	plain.Items[0].Seq = int64(len(want) + 1)
	if _, err := k.Commit(k.Context(), plain); err != nil {
		k.Fatal(err)
	}
	k.same("an item alone", must(k.Items(k.Context(), c.Number, 1<<40, 1, true))(k), plain.Items)
}

func anyText(k *kit) {
	c := k.chat()
	texts := []string{
		"", " ", "'; DROP TABLE items; --", `"quoted" \backslash\ $1 ?1 %s`, "NUL \x00 inside", "\x00", "line\r\nbreak\ttab",
		"😀👩‍👩‍👧 Grüße 漢字 \u202e\ufeff", "not UTF-8: \xff\xfe", strings.Repeat("16 KB of ünïcödé ", 1024), strings.Repeat("x", 1<<20),
	}
	for i, text := range texts {
		ch := say(c, text)
		if i%2 == 1 { // by the other road
			ch.Next = new(contact.Chat)
			*ch.Next = *c
		}
		c = k.commit(ch)[0].Chat
	}
	k.same("texts", k.texts(c), texts)

	valid := slices.DeleteFunc(slices.Clone(texts), func(s string) bool { return strings.Contains(s, "\xff") })
	attributes := map[string]string{}
	for i, text := range valid {
		attributes[fmt.Sprint(i, firstOf(text))] = text
	}
	c = k.commit(edit(c, func(c *contact.Chat) { c.Attributes = attributes }))[0].Chat
	k.same("attributes", k.present(c.ID), c)
	for i, text := range valid {
		key := fmt.Sprint(i, firstOf(text))
		k.commit(&contact.Change{Was: c, Tokens: []contact.Token{{Key: key, Answer: text, At: k.now}}})
		answer, ok, err := k.Token(k.Context(), key)
		if answer != text || !ok || err != nil {
			k.Errorf("answer under key %q: %.20q, %t, %v", key, answer, ok, err)
		}
	}
}

// firstOf returns a few characters of a text.
func firstOf(text string) string {
	r := []rune(text)
	return string(r[:min(len(r), 20)])
}

func pages(k *kit) {
	c, other := k.chat(), k.chat()
	const last = 25
	for n := range last {
		c = k.commit(say(c, fmt.Sprint(n+1)))[0].Chat
		other = k.commit(say(other, "other"))[0].Chat
	}
	for _, test := range []struct {
		from, limit int64
		back        bool
		first, last int64 // expected; 0: none
	}{
		{1, 10, false, 1, 10},
		{11, 10, false, 11, 20},
		{21, 10, false, 21, 25},
		{25, 1, false, 25, 25},
		{26, 10, false, 0, 0},
		{0, 3, false, 1, 3},
		{-5, 3, false, 1, 3},
		{1, 1000, false, 1, 25},
		{25, 10, true, 16, 25},
		{1 << 60, 10, true, 16, 25},
		{15, 10, true, 6, 15},
		{5, 10, true, 1, 5},
		{1, 10, true, 1, 1},
		{0, 10, true, 0, 0},
		{5, 0, false, 0, 0},
		{5, 0, true, 0, 0},
		{25, 1000, true, 1, 25},
	} {
		items := must(k.Items(k.Context(), c.Number, test.from, int(test.limit), test.back))(k)
		var got, want []string
		for i := range items {
			got = append(got, fmt.Sprint(items[i].Seq, " ", items[i].Text))
		}
		for n := test.first; n > 0 && n <= test.last; n++ {
			want = append(want, fmt.Sprint(n, " ", n))
		}
		k.same(fmt.Sprintf("items from %d, limit %d, back %t", test.from, test.limit, test.back), got, want)
	}
	items := must(k.Items(k.Context(), 1<<40, 1, 10, false))(k)
	k.same("items of a chat that is not there", len(items), 0)
}

func seqAt(k *kit) {
	c := k.chat()
	check := func(t time.Time, want int64) {
		k.Helper()
		if got := must(k.SeqAt(k.Context(), c.Number, t))(k); got != want {
			k.Errorf("first item at or after %v: %d, want %d", t, got, want)
		}
	}
	check(k.now, 1)
	start := k.now
	const last = 40
	for n := range last { // a minute apart, and two in the same call
		k.now = start.Add(time.Duration(n/2) * time.Minute)
		if n%2 == 1 {
			continue
		}
		c = k.commit(say(c, "a", "b"))[0].Chat
	}
	check(time.Time{}, 1)
	check(start, 1)
	check(k.now.Add(time.Hour), last+1)
	for _, it := range must(k.Items(k.Context(), c.Number, 1, last, false))(k) {
		check(it.At, it.Seq)
		check(it.At.Add(time.Microsecond), it.Seq+1)
		check(it.At.Add(-time.Microsecond), it.Seq)
	}
}

func receipts(k *kit) {
	c := k.commit(say(k.chat(), "1", "2", "3"))[0].Chat
	other := k.chat()
	at := func(seconds int) time.Time { return k.now.Add(time.Duration(seconds) * time.Second) }
	first, second := k.ids.At(k.now), k.ids.At(k.now)
	for _, step := range []struct {
		what       string
		give, news []contact.Receipt
	}{
		{
			"the first marks",
			[]contact.Receipt{{Seq: 2, Message: second, Of: "ana", By: "ben", Delivered: at(5)}, {Seq: 1, Message: first, Of: "ana", By: "ben", Delivered: at(5)}},
			[]contact.Receipt{{Seq: 2, Message: second, Of: "ana", By: "ben", Delivered: at(5)}, {Seq: 1, Message: first, Of: "ana", By: "ben", Delivered: at(5)}},
		},
		{"the same again", []contact.Receipt{{Seq: 2, Message: second, Of: "ana", By: "ben", Delivered: at(5)}}, nil},
		{"a later time", []contact.Receipt{{Seq: 2, Message: second, Of: "ana", By: "ben", Delivered: at(9)}}, nil},
		{
			"reading, which keeps the earlier delivery",
			[]contact.Receipt{{Seq: 2, Message: second, Of: "ana", By: "ben", Delivered: at(7), Read: at(7)}},
			[]contact.Receipt{{Seq: 2, Message: second, Of: "ana", By: "ben", Delivered: at(5), Read: at(7)}},
		},
		{
			"earlier times",
			[]contact.Receipt{{Seq: 2, Message: second, Of: "ana", By: "ben", Delivered: at(4), Read: at(6)}},
			[]contact.Receipt{{Seq: 2, Message: second, Of: "ana", By: "ben", Delivered: at(4), Read: at(6)}},
		},
		{
			"somebody else, of whom only reading is known",
			[]contact.Receipt{{Seq: 2, Message: second, Of: "ben", By: "ana", Read: at(8)}},
			[]contact.Receipt{{Seq: 2, Message: second, Of: "ben", By: "ana", Read: at(8)}},
		},
	} {
		out := k.commit(&contact.Change{Was: c, Receipts: step.give})[0]
		k.same("news of "+step.what, out.News, step.news)
		k.same("chat with "+step.what, out.Chat, c)
	}
	k.commit(&contact.Change{Was: other, Receipts: []contact.Receipt{{Seq: 2, Of: "ana", By: "ben", Delivered: at(1)}}})
	want := []contact.Receipt{
		{Seq: 1, Message: first, Of: "ana", By: "ben", Delivered: at(5)},
		{Seq: 2, Message: second, Of: "ben", By: "ana", Read: at(8)},
		{Seq: 2, Message: second, Of: "ana", By: "ben", Delivered: at(4), Read: at(6)},
	}
	for from, want := range map[int64][]contact.Receipt{0: want, 1: want, 2: want[1:], 3: nil} {
		k.same(fmt.Sprintf("receipts from %d", from), must(k.Receipts(k.Context(), c.Number, from, 100))(k), want)
	}
}
