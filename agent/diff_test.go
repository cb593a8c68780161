package agent_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/agent"
)

func TestDifferencesOfSnapshotsAreEvents(t *testing.T) {
	for _, test := range []struct {
		name     string
		old, now string
		want     []string
	}{
		{"the first snapshot", "", deskOf("Available"), []string{"state >Available"}},
		{
			"a desk that is found busy", "", deskOf("Available>Lunch", "c-1 connected", "c-2 ended", "c-3 error", "c-4 connecting"),
			[]string{
				"state >Available", "nextstate Lunch", "appeared c-1", "connected c-1", "appeared c-2", "ended c-2",
				"appeared c-3", "missed c-3", "ended c-3", "appeared c-4", "connecting c-4",
			},
		},
		{"nothing", deskOf("Available", "c-1 connected"), deskOf("Available", "c-1 connected"), []string{}},
		{"another state", deskOf("Available"), deskOf("Lunch"), []string{"state Available>Lunch"}},
		{"a next state", deskOf("Available"), deskOf("Available>Lunch"), []string{"nextstate Lunch"}},
		{"another next state", deskOf("Available>Lunch"), deskOf("Available>Offline"), []string{"nextstate Offline"}},
		{"a next state that is taken back", deskOf("Available>Lunch"), deskOf("Available"), []string{"nextstatecleared Lunch"}},
		{"a next state that has come", deskOf("Available>Lunch"), deskOf("Lunch"), []string{"state Available>Lunch", "nextstatecleared Lunch"}},
		{"an offer", deskOf("Available"), deskOf("Available", "c-1 connecting"), []string{"appeared c-1", "connecting c-1"}},
		{"an offer that was accepted before it was seen", deskOf("Available"), deskOf("Available", "c-1 connected"), []string{"appeared c-1", "connected c-1"}},
		{"accepted", deskOf("Available", "c-1 connecting"), deskOf("Available", "c-1 connected"), []string{"connected c-1"}},
		{"ended", deskOf("Available", "c-1 connected"), deskOf("Available", "c-1 ended"), []string{"ended c-1"}},
		{"accepted and ended between", deskOf("Available", "c-1 connecting"), deskOf("Available", "c-1 ended"), []string{"ended c-1"}},
		{"not answered", deskOf("Available", "c-1 connecting"), deskOf("Available", "c-1 error"), []string{"missed c-1", "ended c-1"}},
		{"not answered, by its own name", deskOf("Available", "c-1 connecting"), deskOf("Available", "c-1 missed"), []string{"missed c-1", "ended c-1"}},
		{"failed while connected", deskOf("Available", "c-1 connected"), deskOf("Available", "c-1 error"), []string{"ended c-1"}},
		{"rejected", deskOf("Available", "c-1 connecting"), deskOf("Available", "c-1 rejected"), []string{"rejected c-1", "ended c-1"}},
		{"over in another way", deskOf("Available", "c-1 error"), deskOf("Available", "c-1 missed"), []string{}},
		{"a state of another channel", deskOf("Available", "c-1 connecting"), deskOf("Available", "c-1 pending"), []string{}},
		{"cleared", deskOf("Available", "c-1 ended"), deskOf("Available"), []string{"destroyed c-1"}},
		{"ended and cleared between", deskOf("Available", "c-1 connected"), deskOf("Available"), []string{"ended c-1", "destroyed c-1"}},
		{
			"offered again", deskOf("Available", "c-1/p-1 error"), deskOf("Available", "c-1/p-2 connecting"),
			[]string{"destroyed c-1", "appeared c-1", "connecting c-1"},
		},
		{
			"much at once", deskOf("Available", "c-1 connected", "c-2 ended"), deskOf("Lunch", "c-1 ended", "c-3 connecting"),
			[]string{"state Available>Lunch", "destroyed c-2", "appeared c-3", "connecting c-3", "ended c-1"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			events, err := agent.Diff(test.old, test.now)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, lines(events)); diff != "" {
				t.Errorf("events (-want +got)\n%s", diff)
			}
			if _, ok := events[len(events)-1].(agent.RefreshedEvent); !ok {
				t.Errorf("the last event is a %T", events[len(events)-1])
			}
		})
	}
}
