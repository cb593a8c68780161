package terminal

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/chat"
)

func TestInteractiveMessagesAreListsToChooseFrom(t *testing.T) {
	for _, test := range []struct {
		name, text, want string
		replies          []chat.Message
	}{
		{
			"a list",
			`{"templateType":"ListPicker","version":"1.0","data":{"replyMessage":{"title":"Thanks"},"content":{"title":"Which one?","subtitle":"Tap",
			  "elements":[{"title":"Apple","subtitle":"red"},{"title":"Pear"}]}}}`,
			"Which one? – Tap\n    1  Apple – red\n    2  Pear",
			[]chat.Message{{Content: "Apple"}, {Content: "Pear"}},
		},
		{
			"a list that goes on",
			`{"templateType":"ListPicker","version":"1.0","data":{"content":{"title":"Which?","listId":"l","nextIndex":5,
			  "elements":[{"title":"More","actionDetail":"show-more"}]}}}`,
			"Which?\n    1  More",
			[]chat.Message{{ContentType: chat.InteractiveResponse, Content: `{"version":"1.0","action":"show-more","data":{"actionName":"More","listId":"l","nextIndex":5,"preIndex":null,"referenceId":"","templateType":"ListPicker"}}`}},
		},
		{
			"times",
			`{"templateType":"TimePicker","version":"1.0","data":{"content":{"title":"When?","timeslots":[{"date":"2026-10-31T17:00+00:00","duration":60}]}}}`,
			"When?\n    1  2026-10-31T17:00+00:00",
			[]chat.Message{{Content: "2026-10-31T17:00+00:00"}},
		},
		{
			"a carousel",
			`{"templateType":"Carousel","version":"1.0","data":{"content":{"title":"Rooms","elements":[
			  {"templateIdentifier":"t1","templateType":"Panel","version":"1.0","data":{"content":{"title":"Sea","elements":[{"title":"Book"}]}}}]}}}`,
			"Rooms\n    1  Sea: Book",
			[]chat.Message{{Content: `{"listTitle":"Sea","selectionText":"Book","templateIdentifier":"t1"}`}},
		},
		{
			"a form",
			`{"templateType":"ViewResource","version":"1.0","data":{"content":{"viewId":"v-1","viewToken":"t","viewData":{}}}}`,
			"a form (v-1), which a terminal cannot show",
			nil,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			m, err := parseMenu(test.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, m.String()); diff != "" {
				t.Errorf("shown (-want +got)\n%s", diff)
			}
			var replies []chat.Message
			for _, c := range m.choices {
				replies = append(replies, c.reply)
			}
			if diff := cmp.Diff(test.replies, replies); diff != "" {
				t.Errorf("replies (-want +got)\n%s", diff)
			}
		})
	}
	if _, err := parseMenu("not JSON"); err == nil {
		t.Error("text that is no JSON is a list")
	}
}

func FuzzMenu(f *testing.F) {
	f.Add(`{"templateType":"ListPicker","data":{"content":{"title":"Which?","elements":[{"title":"More","actionDetail":"more"}]}}}`)
	f.Add(`{"templateType":"Carousel","data":{"content":{"elements":[{"data":{"content":{"elements":[{}]}}}]}}}`)
	f.Add(`{"data":{"content":{"timeslots":[{}],"elements":[null]}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		m, err := parseMenu(text)
		if err == nil && strings.Count(m.String(), "\n") < len(m.choices) {
			t.Errorf("%d choices shown as %q", len(m.choices), m.String())
		}
	})
}

func TestOthersCannotControlTheTerminal(t *testing.T) {
	for text, want := range map[string]string{
		"plain \u00e4 \U0001f44b":         "plain \u00e4 \U0001f44b",
		"two\r\nlines\n":                  "two\nlines",
		"red \x1b[31m":                    "red \ufffd[31m",
		"title \x1b]0;x\x07":              "title \ufffd]0;x\ufffd",
		"over\rwritten":                   "over\ufffdwritten",
		"csi \u009b31m, right \u202eleft": "csi \ufffd31m, right \ufffdleft",
	} {
		var out strings.Builder
		c, err := Open(strings.NewReader(""), &out)
		if err != nil {
			t.Fatal(err)
		}
		c.Print(text)
		if got := out.String(); got != want+"\n" {
			t.Errorf("Print(%q) wrote %q, want %q", text, got, want+"\n")
		}
	}
}

func TestPlainInputIsRead(t *testing.T) {
	long := strings.Repeat("long", 100_000)
	c, err := Open(strings.NewReader("one\n\n  two  \r\n"+long+"\nthree"), &strings.Builder{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range c.Lines() {
		got = append(got, line)
	}
	if diff := cmp.Diff([]string{"one", "two", long, "three"}, got); diff != "" {
		t.Errorf("lines (-want +got)\n%s", diff)
	}
}
