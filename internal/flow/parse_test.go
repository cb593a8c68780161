package flow

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/fault"
)

// examples are whole flows as people write them, with their types.
var examples = map[string]Type{"inbound": Inbound, "bot_triage": Inbound, "disconnect": Inbound, "customer_queue": CustomerQueue}

func example(t testing.TB, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "examples", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestExamplesAreInOrder(t *testing.T) {
	for name, kind := range examples {
		f, err := Read(example(t, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		problems, warnings := Check(f, Options{Type: kind, Strict: true})
		if len(problems)+len(warnings) > 0 {
			t.Errorf("%s: problems %v, warnings %v", name, problems, warnings)
		}
	}
}

func TestWhatIsReadIsWrittenAgain(t *testing.T) {
	for name := range examples {
		f, err := Read(example(t, name))
		if err != nil {
			t.Fatal(err)
		}
		once := Write(f)
		again, err := Read(once)
		if err != nil {
			t.Fatalf("%s: what was written cannot be read: %v\n%s", name, err, once)
		}
		if diff := cmp.Diff(once, Write(again)); diff != "" {
			t.Errorf("%s is written in another way the second time:\n%s", name, diff)
		}
		if problems, _ := Check(again, Options{}); len(problems) > 0 {
			t.Errorf("%s: what was written is wrong: %v", name, problems)
		}
	}
}

func TestMetadataSurvivesByteForByte(t *testing.T) {
	metadata := `{ "entryPointPosition" : {"x":1.0, "y":2e1},  "Ünknown":"\u00fc<&>", "hash":{} }`
	settings := `{"InputParameters":[ ],"x":null}`
	content := `{"Settings": ` + settings + `, "Version": "2019-10-30", "Other": [1,  2], "Metadata": ` + metadata +
		`, "StartAction": "a", "Actions": [{"Identifier":"a","Type":"DisconnectParticipant","Parameters":{},"Transitions":{},"Note":{"n":1.50}}]}`
	f, err := Parse(content)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"Settings":` + settings + `,"Version":"2019-10-30","Other":[1,  2],"Metadata":` + metadata +
		`,"StartAction":"a","Actions":[` + "\n  " +
		`{"Identifier":"a","Type":"DisconnectParticipant","Parameters":{},"Transitions":{},"Note":{"n":1.50}}]}`
	if diff := cmp.Diff(want, Write(f)); diff != "" {
		t.Error(diff)
	}
	if got := string(f.Member("Metadata")); got != metadata {
		t.Errorf("Metadata reads %s", got)
	}
}

func TestNativeTypesAreReadAndTextsWritten(t *testing.T) {
	f, err := Parse(`{"Version":"2019-10-30","StartAction":"w","Actions":[
	 {"Identifier":"w","Type":"Wait","Parameters":{"TimeLimitSeconds":90},"Transitions":{"NextAction":"v",
	  "Conditions":[{"NextAction":"v","Condition":{"Operator":"Equals","Operands":["WaitCompleted"]}}],
	  "Errors":[{"NextAction":"v","ErrorType":"NoMatchingError"}]}},
	 {"Identifier":"v","Type":"ShowView","Parameters":{"ViewResource":{"Id":"v","Version":2},"InvocationTimeLimitSeconds":60,"ViewData":{"n":2,"b":true}},
	  "Transitions":{"NextAction":"p","Conditions":[],"Errors":[{"NextAction":"p","ErrorType":"NoMatchingError"},{"NextAction":"p","ErrorType":"NoMatchingCondition"},{"NextAction":"p","ErrorType":"TimeLimitExceeded"}]}},
	 {"Identifier":"p","Type":"UpdateContactMediaProcessing","Parameters":{"ChatProcessor":{"ProcessingEnabled":true}},
	  "Transitions":{"NextAction":"d","Errors":[{"NextAction":"d","ErrorType":"NoMatchingError"},{"NextAction":"d","ErrorType":"ChannelMismatch"}]}},
	 {"Identifier":"d","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}`)
	if err != nil {
		t.Fatal(err)
	}
	got := Write(f)
	for _, want := range []string{`"TimeLimitSeconds":"90"`, `"Version":"2"`, `"ViewData":{"n":2,"b":true}`, `"ProcessingEnabled":"True"`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
}

func TestWhatIsNoFlowIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ content, want string }{
		"nothing":                   {"", "unexpected end of JSON input at byte 0"},
		"half an object":            {`{"Version":`, "unexpected end of JSON input at byte 11"},
		"a list":                    {`[]`, "it is no object"},
		"two objects":               {`{} {}`, "after top-level value at byte 4"},
		"bytes that are no text":    {"{\"a\":\"\xff\"}", "not UTF-8"},
		"too much":                  {`{"x":"` + strings.Repeat("x", MaxContent) + `"}`, "longer than 1048576 bytes"},
		"actions that nest forever": {`{"Actions":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, "nested deeper than 64"},
		"older, with no blocks":     {`{"modules":{}}`, "older flow language"},
	} {
		_, err := Read(c.content)
		if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want an invalid one with %q", name, err, c.want)
		}
	}
}
