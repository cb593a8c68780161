package rulebot

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the bots' lines in testdata")

// Each file in testdata is a conversation: "> " is the customer, "< " the bot,
// "= " where it stands then. A section bot.yaml is the bot; without it the demo
// bot talks.
func TestConversations(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no conversations: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			script, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			def := Demo()
			for i, section := range script.Files {
				if section.Name == "bot.yaml" {
					if def, err = Parse(section.Data); err != nil {
						t.Fatal(err)
					}
					continue
				}
				got := converse(t, def, string(section.Data))
				if *update {
					script.Files[i].Data = []byte(got)
					continue
				}
				if diff := cmp.Diff(string(section.Data), got); diff != "" {
					t.Errorf("%s differs (-want +got):\n%s", section.Name, diff)
				}
			}
			if *update {
				if err := os.WriteFile(file, txtar.Format(script), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// converse says the customer's lines of a script and returns the whole script.
func converse(t *testing.T, def Definition, script string) string {
	t.Helper()
	bot, err := New(def)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	remembered := ""
	for line := range strings.Lines(script) {
		text, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "> ")
		if !ok {
			continue
		}
		r := bot.Answer(remembered, text)
		remembered = r.Memory
		fmt.Fprintf(&b, "> %s\n", text)
		if r.Text != "" {
			fmt.Fprintf(&b, "< %s\n", r.Text)
		}
		if len(r.Choices) > 0 {
			fmt.Fprintf(&b, "< [%s]\n", strings.Join(r.Choices, "] ["))
		}
		fmt.Fprintf(&b, "= %s", r.Step)
		if r.Intent != "" {
			fmt.Fprintf(&b, " %s %s %.2f", r.Intent, r.State, r.Confidence)
		}
		if r.Confirmation != NotAsked {
			fmt.Fprintf(&b, " %s", r.Confirmation)
		}
		for _, name := range slices.Sorted(maps.Keys(r.Slots)) {
			fmt.Fprintf(&b, " %s=%q", name, r.Slots[name].Interpreted)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestBrokenDefinitions(t *testing.T) {
	const intent = "intents: [{name: A, phrases: [a]"
	for _, tt := range []struct{ name, yaml, want string }{
		{"no intent", "intents: []", "intents: a bot needs at least one"},
		{"an unknown key", intent + ", color: red}]", `unknown field "color"`},
		{"a name with a blank", "intents: [{name: A B, phrases: [a]}]", "intents[0] (A B): name"},
		{"the fallback as intent", "intents: [{name: FallbackIntent, phrases: [a]}]", "described by fallback"},
		{"a name twice", "intents: [{name: A, phrases: [a]}, {name: A, phrases: [b]}]", "intents[1] (A): the name is taken"},
		{"phrases of nothing", "intents: [{name: A, phrases: ['?!']}]", "phrases: an intent needs at least one"},
		{"a slot without prompt", intent + ", slots: [{name: S}]}]", "slots[0] (S): prompt"},
		{"a slot name with a dot", intent + ", slots: [{name: S.x, prompt: p}]}]", "slots[0] (S.x): name"},
		{"a slot twice", intent + ", slots: [{name: S, prompt: p}, {name: S, prompt: p}]}]", "slots[1] (S): the name is taken"},
		{"an unknown type", intent + ", slots: [{name: S, prompt: p, type: date}]}]", `"date" is none of`},
		{"a pattern that is none", intent + ", slots: [{name: S, prompt: p, pattern: '('}]}]", "pattern: error parsing regexp"},
		{"a pattern for a number", intent + ", slots: [{name: S, prompt: p, type: number, pattern: a}]}]", "pattern: is for text"},
		{"bounds of a text", intent + ", slots: [{name: S, prompt: p, min: 1}]}]", "min, max: are for numbers"},
		{"bounds the wrong way", intent + ", slots: [{name: S, prompt: p, type: number, min: 2, max: 1}]}]", "no number lies between"},
		{"a choice of nothing", intent + ", slots: [{name: S, prompt: p, type: one_of}]}]", "values: are for one_of"},
		{"an empty value", intent + ", slots: [{name: S, prompt: p, type: one_of, values: [{value: '-'}]}]}]", "values[0]: needs a value"},
		{"negative attempts", intent + ", slots: [{name: S, prompt: p, attempts: -1}]}]", "attempts: must not be negative"},
		{"a negative fallback", "fallback: {attempts: -1}\n" + intent + "}]", "fallback.attempts"},
		{"a text that names no slot", intent + ", closing: 'Bye {Name}'}]", `"Bye {Name}" names a slot`},
		{"not YAML", "intents: [", "intents"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Parse([]byte(tt.yaml)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Parse(%s) = %v, want an error with %q", tt.yaml, err, tt.want)
			}
		})
	}
}

func TestDefinitionsMayBeJSON(t *testing.T) {
	d, err := Parse([]byte(`{"intents":[{"name":"A","phrases":["a b"],"slots":[{"name":"N","type":"number","prompt":"how many?","max":3}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Intents[0].Slots[0]; got.Type != "number" || got.Max == nil || *got.Max != 3 {
		t.Errorf("the slot is %+v, want a number up to 3", got)
	}
}

func TestAMemoryThatDoesNotFitBeginsAnew(t *testing.T) {
	bot, err := New(Demo())
	if err != nil {
		t.Fatal(err)
	}
	want := bot.Answer("", "opening hours")
	for _, remembered := range []string{
		"nonsense",
		`{"intent":"Gone","asked":"Shop"}`,
		`{"intent":"OpeningHours","asked":"Gone"}`,
		`{"intent":"OpeningHours"}`,
		`{"intent":"OrderStatus"}`,
		`{"misses":-7}`,
	} {
		if diff := cmp.Diff(want, bot.Answer(remembered, "opening hours")); diff != "" {
			t.Errorf("after memory %s (-fresh +got):\n%s", remembered, diff)
		}
	}
}

func TestLongWordsAreCutBetweenCharacters(t *testing.T) {
	bot, err := New(Definition{Intents: []Intent{{
		Name: "Note", Phrases: []string{"note"}, Slots: []Slot{{Name: "Text", Prompt: "What?"}}, Closing: "{Text}",
	}}})
	if err != nil {
		t.Fatal(err)
	}
	got := bot.Answer(bot.Answer("", "note").Memory, strings.Repeat("é", 2000)+"x").Slots["Text"].Interpreted
	if len(got) != maxOriginal || !utf8.ValidString(got) {
		t.Errorf("kept %d bytes, valid %v; want %d whole characters", len(got), utf8.ValidString(got), maxOriginal)
	}
}

func FuzzAnswer(f *testing.F) {
	bot, err := New(Demo())
	if err != nil {
		f.Fatal(err)
	}
	f.Add("", "where is my order A-12?")
	f.Add(`{"intent":"OpeningHours","asked":"Shop","misses":2}`, "Harbour")
	f.Add(`{"intent":"SpeakToAgent"}`, "no")
	f.Add(`{"intent":"OrderStatus","asked":"OrderNumber","slots":{"x":{}}}`, "\xff{OrderNumber}")
	f.Fuzz(func(t *testing.T, remembered, text string) {
		r := bot.Answer(remembered, text)
		if (r.Memory == "") != (r.Step == Close) {
			t.Fatalf("step %s leaves memory %q", r.Step, r.Memory)
		}
		if r.Step == Close && r.Intent == "" {
			t.Fatal("closed without an intent")
		}
		if r.Confidence < 0 || r.Confidence > 1 {
			if _, in := bot.recall(remembered); in == nil {
				t.Fatalf("confidence %v", r.Confidence)
			}
		}
		// However it goes on, saying nothing of use ends it.
		for range 10 {
			if r.Step == Close {
				return
			}
			r = bot.Answer(r.Memory, "?")
		}
		t.Fatalf("after ten texts of nothing it still asks: %+v", r)
	})
}

func FuzzNew(f *testing.F) {
	f.Add("where is my order", "[a-z]+", "small", "you chose {Size}", "order small")
	f.Add("é", "(", "-", "{Size", "")
	f.Fuzz(func(t *testing.T, phrase, pattern, value, closing, said string) {
		bot, err := New(Definition{Intents: []Intent{{
			Name: "Buy", Phrases: []string{phrase}, Closing: closing, Confirm: closing,
			Slots: []Slot{
				{Name: "Size", Type: oneOf, Values: []Value{{Value: value}}, Prompt: "?"},
				{Name: "Name", Pattern: pattern, Prompt: "?"},
			},
		}}})
		if err != nil {
			return
		}
		r := bot.Answer("", phrase)
		if r.Intent != "Buy" {
			t.Fatalf("the phrase %q itself led to %q", phrase, r.Intent)
		}
		for range 12 {
			if r.Step == Close {
				return
			}
			r = bot.Answer(r.Memory, said)
		}
	})
}
