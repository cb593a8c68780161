package contact_test

import (
	"strings"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
)

func TestContent(t *testing.T) {
	for _, c := range []struct {
		name, contentType, text string
		ok                      bool
	}{
		{"plain text", contact.PlainText, "Hello", true},
		{"markdown", contact.Markdown, "**Hello**", true},
		{"nothing", contact.PlainText, "", false},
		{"an unknown type", "text/html", "<b>", false},
		{"no type", "", "Hello", false},
		{"an event's type", contact.Typing, "x", false},
		{"1024 characters", contact.PlainText, strings.Repeat("😀", 1024), true},
		{"1025 characters", contact.PlainText, strings.Repeat("x", 1025), false},
		{"1025 characters of markdown", contact.Markdown, strings.Repeat("x", 1025), false},
		{"JSON", contact.JSON, `{"a":1}`, true},
		{"no JSON", contact.JSON, `{"a":`, false},
		{"JSON of 12000 characters", contact.JSON, `"` + strings.Repeat("é", 11998) + `"`, true},
		{"JSON of 12001 characters", contact.JSON, `"` + strings.Repeat("é", 11999) + `"`, false},
		{"an interactive message", contact.Interactive, `{"templateType":"ListPicker","version":"1.0","data":{}}`, true},
		{"an interactive message that is no JSON", contact.Interactive, `hello`, false},
		{"an answer", contact.InteractiveResponse, `{"version":"1.0","action":"more","own":1}`, true},
		{"an answer without an action", contact.InteractiveResponse, `{"version":"1.0"}`, false},
		{"an answer of another version", contact.InteractiveResponse, `{"version":"2.0","action":"more"}`, false},
		{"an answer whose action is too long", contact.InteractiveResponse, `{"version":"1.0","action":"` + strings.Repeat("x", 201) + `"}`, false},
		{"an answer that is a list", contact.InteractiveResponse, `[]`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := contact.CheckContent(c.contentType, c.text)
			if c.ok && err != nil || !c.ok && fault.KindOf(err) != fault.Invalid {
				t.Errorf("got %v, want it taken: %v", err, c.ok)
			}
		})
	}
}

func TestCustomerGetsWhatItsClientCanShow(t *testing.T) {
	for _, c := range []struct {
		name string
		can  []string
		by   contact.ParticipantID
		want bool
	}{
		{"an agent's markdown, declared", []string{contact.PlainText, contact.Markdown}, "ana-1", true},
		{"an agent's markdown, not declared", []string{contact.PlainText}, "ana-1", false},
		{"the customer's own markdown", []string{contact.PlainText}, "ada", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.chat.ContentTypes = c.can
			w.story("connect ada, queue, offer ana, accept ana")
			d := contact.NewDraft(w.chat, w.now)
			if err := d.Say(c.by, contact.Markdown, "**Hi**", 0); (err == nil) != c.want {
				t.Errorf("got %v, want it said: %v", err, c.want)
			}
		})
	}
}

func TestTypingIsANotice(t *testing.T) {
	w := newWorld(t)
	w.story("connect ada")
	d := contact.NewDraft(w.chat, w.now)
	if err := d.Type("ada", 0); err != nil {
		t.Fatal(err)
	}
	ch := d.Change()
	if !ch.Empty() || len(ch.Notices) != 1 || ch.Notices[0].Type != contact.Typing || ch.Notices[0].By != "ada" {
		t.Errorf("got %+v, want one notice and nothing to store", ch)
	}
}

func TestReceipts(t *testing.T) {
	of := func(by contact.ParticipantID, kind contact.Kind) contact.Item {
		return contact.Item{Seq: 3, ID: contact.ItemID{1}, By: by, Kind: kind}
	}
	for _, c := range []struct {
		name  string
		story string
		item  contact.Item
		read  bool
		want  string // "": nothing is recorded
		fails fault.Kind
	}{
		{name: "of the other's message", item: of("ana-1", contact.Message), want: "delivered"},
		{name: "of having read it", item: of("ana-1", contact.Message), read: true, want: "delivered read"},
		{name: "of one's own", item: of("ada", contact.Message)},
		{name: "of an event", item: of("ana-1", contact.Event)},
		{name: "of nothing", item: contact.Item{}},
		{name: "of three", story: ", invite bot, connect bot", item: of("ana-1", contact.Message), fails: fault.Conflict},
		{name: "of three, one of whom has left", story: ", invite bot, connect bot, leave bot", item: of("ana-1", contact.Message), want: "delivered"},
		{name: "after the end", story: ", leave ana", item: of("ana-1", contact.Message), fails: fault.Denied},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.story("connect ada, queue, offer ana, accept ana" + c.story)
			d := contact.NewDraft(w.chat, w.now)
			err := d.Confirm("ada", c.item, c.read)
			if c.fails != 0 {
				if fault.KindOf(err) != c.fails {
					t.Errorf("got %v, want a fault of kind %v", err, c.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, r := range d.Change().Receipts {
				if r.By != "ada" || r.Seq != 3 || r.Message != c.item.ID {
					t.Errorf("receipt %+v", r)
				}
				if r.Delivered.Equal(w.now) {
					got += "delivered"
				}
				if r.Read.Equal(w.now) {
					got += " read"
				}
			}
			if got != c.want {
				t.Errorf("recorded %q, want %q", got, c.want)
			}
		})
	}
}

func TestReceiptsMergeToTheEarlierTimes(t *testing.T) {
	early, late := noon, noon.Add(time.Minute)
	for _, c := range []struct {
		name       string
		a, b, want contact.Receipt
	}{
		{"nothing and something", contact.Receipt{}, contact.Receipt{Delivered: late}, contact.Receipt{Delivered: late}},
		{"something and nothing", contact.Receipt{Delivered: late}, contact.Receipt{}, contact.Receipt{Delivered: late}},
		{"late and early", contact.Receipt{Delivered: late, Read: late}, contact.Receipt{Delivered: early, Read: early}, contact.Receipt{Delivered: early, Read: early}},
		{"delivered and read", contact.Receipt{Delivered: early}, contact.Receipt{Delivered: late, Read: late}, contact.Receipt{Delivered: early, Read: late}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.a.Merge(c.b); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			if got := c.b.Merge(c.a); got != c.want {
				t.Errorf("the other way round: got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestAttributes(t *testing.T) {
	for _, c := range []struct {
		name string
		in   map[string]string
		ok   bool
	}{
		{"none", nil, true},
		{"letters, digits, hyphens and underscores", map[string]string{"aZ_09-": "any ✓ text"}, true},
		{"an empty key", map[string]string{"": "x"}, false},
		{"a key with a space", map[string]string{"a b": "x"}, false},
		{"a key with a dot", map[string]string{"a.b": "x"}, false},
		{"a key with an accent", map[string]string{"é": "x"}, false},
		{"32768 bytes", map[string]string{"key": strings.Repeat("x", 32765)}, true},
		{"32769 bytes", map[string]string{"key": strings.Repeat("x", 32766)}, false},
		{"32769 bytes in fewer characters", map[string]string{"key": strings.Repeat("é", 16383)}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := contact.CheckAttributes(c.in); (err == nil) != c.ok {
				t.Errorf("got %v, want them taken: %v", err, c.ok)
			}
		})
	}
}

func TestAttributesAreMerged(t *testing.T) {
	w := newWorld(t)
	for _, more := range []map[string]string{{"a": "1", "b": "1"}, {"b": "2"}} {
		d := contact.NewDraft(w.chat, w.now)
		if err := d.SetAttributes(more); err != nil {
			t.Fatal(err)
		}
		w.apply(d)
	}
	if got := w.chat.Attributes; len(got) != 2 || got["a"] != "1" || got["b"] != "2" {
		t.Errorf("got %v", got)
	}
	for name, bad := range map[string]map[string]string{
		"too much in all": {"c": strings.Repeat("x", 32764)},
		"no key":          {"": "x"}, "a key that is a path": {"a.b": "x"}, "a key with a dollar sign": {"$a": "x"},
		"too long a key": {strings.Repeat("é", 257): "x"},
	} {
		d := contact.NewDraft(w.chat, w.now)
		if err := d.SetAttributes(bad); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
	d := contact.NewDraft(w.chat, w.now)
	if err := d.SetAttributes(map[string]string{"my key": "x", strings.Repeat("é", 256): "y"}); err != nil {
		t.Errorf("keys that flows may use: %v", err)
	}
}
