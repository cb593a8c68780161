package callout

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAnswersAreWrittenAsTheyAreRead(t *testing.T) {
	for name, want := range map[string]RecognizeAnswer{
		"under way": {
			Messages: []Message{{PlainText, "Which shop?"}, {Markdown, "*here*"}},
			Intent:   "OpeningHours", State: "InProgress", Confirmation: "None", Dialog: "ElicitSlot", SlotToElicit: "Shop",
			Slots:      map[string]Slot{"Day": {Original: "today", Interpreted: "2026-01-02", Resolved: []string{"2026-01-02"}}},
			Attributes: map[string]string{"plan": "gold"},
			Interpretations: []Interpretation{
				{Intent: "OpeningHours", Confidence: 0.9, Slots: map[string]Slot{}, Sentiment: &Sentiment{"MIXED", 0.1, 0.2, 0.6, 0.1}},
				{Intent: "Fallback", Slots: map[string]Slot{}},
			},
		},
		"done": {Intent: "Done", State: "Fulfilled", Dialog: "Close", Closed: true, Slots: map[string]Slot{}},
	} {
		t.Run(name, func(t *testing.T) {
			written, err := want.Lex()
			if err != nil {
				t.Fatal(err)
			}
			got, _, err := parseRecognized(written, []string{Markdown})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s is read as another answer:\n%s", written, diff)
			}
		})
	}
}
