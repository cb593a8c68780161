package flow

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const greet = `{"Version":"2019-10-30","StartAction":"hi","Metadata":{},"Actions":[
 {"Identifier":"hi","Type":"MessageParticipant","Parameters":{"Text":"Hi $.Attributes.name. Your $.Attributes.['order no'] is here"},
  "Transitions":{"NextAction":"queue","Errors":[{"NextAction":"queue","ErrorType":"NoMatchingError"}]}},
 {"Identifier":"queue","Type":"UpdateContactTargetQueue","Parameters":{"QueueId":"q-1"},
  "Transitions":{"NextAction":"in","Errors":[{"NextAction":"bye","ErrorType":"NoMatchingError"}]}},
 {"Identifier":"in","Type":"TransferContactToQueue","Parameters":{},
  "Transitions":{"NextAction":"bye","Errors":[{"NextAction":"full","ErrorType":"QueueAtCapacity"},{"NextAction":"bye","ErrorType":"NoMatchingError"}]}},
 {"Identifier":"full","Type":"PlayMusic","Parameters":{},"Transitions":{"NextAction":"bye","Errors":[]}},
 {"Identifier":"bye","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}`

func values(path string) string {
	return map[string]string{"$.Attributes.name": "Ada", "$.Attributes.['order no']": "4711"}[path]
}

func TestStepsOfAFlow(t *testing.T) {
	f, err := Parse(greet)
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]Effect{
		"hi":    Say{"Hi Ada. Your 4711 is here"},
		"queue": SetQueue{"q-1"},
		"in":    EnterQueue{},
		"full":  Unknown{"PlayMusic"},
		"bye":   Disconnect{},
	} {
		got, err := f.Step(id, values)
		if err != nil {
			t.Errorf("step %s: %v", id, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("step %s (-want +got):\n%s", id, diff)
		}
	}
}

func TestWhereAFlowGoesOn(t *testing.T) {
	f, err := Parse(greet)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ id, err, want string }{
		{"hi", "", "queue"},
		{"in", QueueAtCapacity, "full"},
		{"in", NoMatchingError, "bye"},
		{"queue", "SomethingElse", "bye"},
		{"full", NoMatchingError, ""},
	} {
		if got := f.Next(c.id, c.err); got != c.want {
			t.Errorf("after %s with error %q comes %q, want %q", c.id, c.err, got, c.want)
		}
	}
}

func TestABrokenFlowSaysWhatIsWrongAndWhere(t *testing.T) {
	for name, c := range map[string]struct{ from, to, want string }{
		"another version":           {"2019-10-30", "2018-01-01", "Version: must be 2019-10-30"},
		"a start that is not there": {`"StartAction":"hi"`, `"StartAction":"ho"`, `StartAction: there is no action "ho"`},
		"a dead end":                {`"NextAction":"in"`, `"NextAction":"out"`, `Actions[queue].Transitions.NextAction: there is no action "out"`},
		"an identifier twice":       {`"Identifier":"full"`, `"Identifier":"in"`, `Actions[3].Identifier: "in" is used twice`},
		"a way on from the end":     {`"Parameters":{},"Transitions":{}}`, `"Parameters":{},"Transitions":{"NextAction":"hi"}}`, "Actions[bye].Transitions: DisconnectParticipant ends the flow"},
	} {
		_, err := Parse(strings.Replace(greet, c.from, c.to, 1))
		if _, ok := errors.AsType[Problems](err); !ok || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want problems with %q", name, err, c.want)
		}
	}
}

func TestExpandLeavesOrdinaryTextAlone(t *testing.T) {
	for in, want := range map[string]string{
		"$.Attributes.name":                  "Ada",
		"$.Attributes.name, hello":           "Ada, hello",
		"costs $5. Or $. Or $":               "costs $5. Or $. Or $",
		"$.Attributes.nobody!":               "!",
		"two: $.Attributes.name.$.Channel":   "two: Ada.",
		"open $.Attributes.['order no' here": "open .['order no' here",
	} {
		if got := Expand(in, values); got != want {
			t.Errorf("Expand(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestKeysOfAPath(t *testing.T) {
	got := Keys("$.SegmentAttributes['connect:Subtype'].x")
	if diff := cmp.Diff([]string{"SegmentAttributes", "connect:Subtype", "x"}, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(greet)
	f.Fuzz(func(t *testing.T, content string) {
		fl, err := Parse(content)
		if err != nil {
			return
		}
		for id := range fl.Actions {
			if _, err := fl.Step(id, values); err != nil {
				t.Errorf("step %q of a checked flow: %v", id, err)
			}
		}
	})
}
