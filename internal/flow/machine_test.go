package flow

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/fault"
)

// begin starts a run of a flow in the short form of the scripts.
func begin(t testing.TB, body string, env Env) *Machine {
	t.Helper()
	f, err := Read(body)
	if err != nil {
		t.Fatal(err)
	}
	return New(Begin{Source: Source{ID: "main", Version: "1", Type: Inbound, Flow: f}}, env)
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestAWaitSurvivesARestart(t *testing.T) {
	m := begin(t, example(t, "disconnect"), Env{Values: func(keys []string) (string, bool) { return "CHAT", keys[0] == "Channel" }})
	m.Next() // says that the agent has left
	ok(t, m.Answer(Outcome{}))
	if got, want := m.Next(), (Wait{For: 15 * time.Minute, Events: []Event{CustomerReturned}}); !cmp.Equal(got, Effect(want)) {
		t.Fatalf("it does %v, want %v", got, want)
	}
	state := m.State()
	b, err := json.Marshal(state)
	ok(t, err)
	if want := `{"Flow":"main","Version":"1","Type":"CONTACT_FLOW","Action":"wait","Asked":true,"Steps":3}`; string(b) != want {
		t.Errorf("the state is %s, want %s", b, want)
	}
	src := m.source["main@1"]
	m = Resume(stored(t, state), Env{}, src)
	if !m.Wants(CustomerReturned) || !m.Wants(TimerFired) || m.Wants(BotParticipantDisconnected) {
		t.Error("it does not know any more what it waits for")
	}
	ok(t, m.Answer(Outcome{Event: CustomerReturned, Text: "hello?"}))
	if got := m.State().Action; got != "same-agent" {
		t.Errorf("it goes on at %s", got)
	}
}

func TestAnswersThatFitNothing(t *testing.T) {
	flow := compose(t, "w: Wait {\"TimeLimitSeconds\":\"60\",\"Events\":[\"CustomerReturned\"]}\n-> bye\nbye: DisconnectParticipant")
	m := begin(t, flow, Env{})
	for name, answer := range map[string]func() error{
		"before anything was asked": func() error { return m.Answer(Outcome{Event: TimerFired}) },
		"an event of no interest":   func() error { m.Next(); return m.Answer(Outcome{Event: BotParticipantDisconnected}) },
		"no event":                  func() error { m.Next(); return m.Answer(Outcome{}) },
		"without the flow":          func() error { return Resume(m.State(), Env{}).Answer(Outcome{Event: TimerFired}) },
		"when all is over": func() error {
			over := begin(t, flow, Env{})
			over.Next()
			ok(t, over.Answer(Outcome{Event: TimerFired}))
			over.Next()
			return over.Answer(Outcome{})
		},
	} {
		if name == "before anything was asked" {
			m = begin(t, flow, Env{})
		}
		if err := answer(); fault.KindOf(err) != fault.Conflict {
			t.Errorf("%s: error %v, want a conflict", name, err)
		}
	}
}

func TestAFlowThatIsGoneFailsTheRun(t *testing.T) {
	m := begin(t, compose(t, "w: Wait {\"TimeLimitSeconds\":\"60\"}\n-> w\nEquals WaitCompleted -> w"), Env{})
	m.Next()
	m = Resume(m.State(), Env{})
	if got, want := m.Next(), (Load{ID: "main", Version: "1"}); got != want {
		t.Fatalf("it asks for %v, want %v", got, want)
	}
	ok(t, m.Answer(Outcome{Error: NoMatchingError}))
	if got, ok := m.Next().(Failed); !ok || got.Reason != "the flow cannot be loaded" {
		t.Errorf("it does %v", got)
	}
}

func TestResumingLeavesTheStoredStateAlone(t *testing.T) {
	m := begin(t, compose(t, `
a: UpdateFlowAttributes {"FlowAttributes":{"k":{"Value":"1"}}}
  -> l
l: Loop {"LoopCount":"9"}
  -> bye
  Equals ContinueLooping -> w
  Equals DoneLooping -> bye
w: Wait {"TimeLimitSeconds":"60"}
  -> bye
  Equals WaitCompleted -> b
b: UpdateFlowAttributes {"FlowAttributes":{"k":{"Value":"2"}}}
  -> h
h: UpdateContactEventHooks {"EventHooks":{"AgentHold":"f"}}
  -> l
bye: DisconnectParticipant`), Env{})
	m.Next()
	state := m.State()
	before, err := json.Marshal(state)
	ok(t, err)
	again := Resume(state, Env{}, m.source["main@1"])
	ok(t, again.Answer(Outcome{Event: TimerFired}))
	again.Next()
	ok(t, again.Answer(Outcome{}))
	again.Next()
	if after, _ := json.Marshal(state); string(after) != string(before) {
		t.Errorf("the state was %s and is %s", before, after)
	}
}

func TestWhatARunRemembersIsBounded(t *testing.T) {
	// Each round keeps another list of 30 KB in a loop that is never done.
	var b strings.Builder
	b.WriteString("get: InvokeLambdaFunction {\"LambdaFunctionARN\":\"f\",\"InvocationTimeLimitSeconds\":\"8\",\"ResponseValidation\":{\"ResponseType\":\"JSON\"}}\n-> l0\n")
	for i := range 100 {
		fmt.Fprintf(&b, "l%d: Loop {\"Elements\":\"$.External.items\"}\n-> bye\nEquals ContinueLooping -> s%d\n", i, i)
		fmt.Fprintf(&b, "s%d: MessageParticipant {\"Text\":\"x\"}\n-> l%d\n", i, i+1)
	}
	b.WriteString("l100: DisconnectParticipant\n")
	m := begin(t, compose(t, b.String()), Env{})
	m.Next()
	ok(t, m.Answer(Outcome{Data: json.RawMessage(`{"items":["` + strings.Repeat("x", 30000) + `"]}`)}))
	for range 100 {
		if got, over := m.Next().(Failed); over {
			if want := "the flow remembers more than 524288 bytes"; got.Reason != want {
				t.Errorf("it fails because %s, want %s", got.Reason, want)
			}
			return
		}
		ok(t, m.Answer(Outcome{}))
	}
	t.Error("it remembers all of it")
}

func TestTooLongAValueIsAnError(t *testing.T) {
	long := strings.Repeat("x", 40<<10)
	env := Env{Values: func(keys []string) (string, bool) { return long, keys[0] == "Attributes" }}
	for _, parameters := range []string{
		`MessageParticipant {"Text":"$.Attributes.a"}`,
		`UpdateContactAttributes {"Attributes":{"a":"$.Attributes.a","b":"$.Attributes.a"}}`,
		`UpdateFlowAttributes {"FlowAttributes":{"a":{"Value":"$.Attributes.a"}}}`,
		`InvokeLambdaFunction {"LambdaFunctionARN":"f","InvocationTimeLimitSeconds":"8","LambdaInvocationAttributes":{"a":"$.Attributes.a","b":["$.Attributes.a"]}}`,
		`ShowView {"ViewResource":{"Id":"v"},"InvocationTimeLimitSeconds":"60","ViewData":{"a":"$.Attributes.a"}}`,
		`TagContact {"Tags":{"a":"$.Attributes.a$.Attributes.a"}}`,
	} {
		m := begin(t, compose(t, "a: "+parameters+"\n-> end\n! NoMatchingError -> bye\nbye: DisconnectParticipant\nend: EndFlowExecution"), env)
		if got := m.Next(); got != (Disconnect{}) {
			t.Errorf("%s: it does %.80v, want the error branch", parameters, got)
		}
	}
}

func TestWithoutRandomnessPercentagesFail(t *testing.T) {
	m := begin(t, compose(t, "d: DistributeByPercentage\n-> end\n! NoMatchingError -> bye\nbye: DisconnectParticipant\nend: EndFlowExecution"), Env{})
	if got := m.Next(); got != (Disconnect{}) {
		t.Errorf("it does %v", got)
	}
}

func TestAFlowThatIsStoppedSaysSoInItsLog(t *testing.T) {
	var last Entry
	m := begin(t, compose(t, `on: UpdateFlowLoggingBehavior {"FlowLoggingBehavior":"Enabled"}
-> round
round: Compare {"ComparisonValue":"$.Channel"}
-> round
! NoMatchingCondition -> round`), Env{Log: func(e Entry) { last = e }})
	failed, ok := m.Next().(Failed)
	if !ok || last.Action != "round" || last.Result != failed.Reason {
		t.Errorf("it does %v, and the log ends with %+v", m.Next(), last)
	}
}

func TestPathsAreTakenApart(t *testing.T) {
	for path, want := range map[string][]string{
		"$.SegmentAttributes['connect:Subtype'].x": {"SegmentAttributes", "connect:Subtype", "x"},
		"$.Attributes.['my key']":                  {"Attributes", "my key"},
		`$.Attributes["a]b"]`:                      {"Attributes", "a]b"},
		"$.External.list[0].x":                     {"External", "list", "0", "x"},
		"$.ContactId":                              {"ContactId"},
	} {
		got := Keys(path)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
		if diff := cmp.Diff(want, Keys(Path(got...))); diff != "" && !strings.Contains(path, "]b") {
			t.Errorf("%s written again as %s: %s", path, Path(got...), diff)
		}
	}
}

// BenchmarkActions runs a flow that compares, loops and sets attributes, and
// says a text each round. An operation is one action.
func BenchmarkActions(b *testing.B) {
	m := begin(b, benchmarkFlow, Env{Values: func(keys []string) (string, bool) {
		if keys[0] == "Channel" {
			return "CHAT", true
		}
		return "Ada", keys[0] == "Attributes"
	}})
	actions := 0
	m.env.Took = func(Took) { actions++ }
	b.ReportAllocs()
	for actions < b.N {
		switch m.Next().(type) {
		case Wait:
			ok(b, m.Answer(Outcome{Event: TimerFired}))
		case Say:
			ok(b, m.Answer(Outcome{}))
		default:
			b.Fatalf("%v", m.Next())
		}
	}
	b.ReportMetric(float64(actions)/b.Elapsed().Seconds(), "actions/s")
}

const benchmarkFlow = `{"Version":"2019-10-30","StartAction":"channel","Actions":[
{"Identifier":"channel","Type":"Compare","Parameters":{"ComparisonValue":"$.Channel"},"Transitions":{"NextAction":"keep","Conditions":[{"NextAction":"keep","Condition":{"Operator":"Equals","Operands":["CHAT"]}}]}},
{"Identifier":"keep","Type":"UpdateFlowAttributes","Parameters":{"FlowAttributes":{"who":{"Value":"$.Attributes.name"},"n":{"Value":"$.FlowAttributes.who!"}}},"Transitions":{"NextAction":"loop"}},
{"Identifier":"loop","Type":"Loop","Parameters":{"LoopCount":"20"},"Transitions":{"NextAction":"wait","Conditions":[{"NextAction":"is","Condition":{"Operator":"Equals","Operands":["ContinueLooping"]}},{"NextAction":"wait","Condition":{"Operator":"Equals","Operands":["DoneLooping"]}}]}},
{"Identifier":"is","Type":"Compare","Parameters":{"ComparisonValue":"$.FlowAttributes.who"},"Transitions":{"NextAction":"say","Conditions":[{"NextAction":"wait","Condition":{"Operator":"TextContains","Operands":["xyz"]}},{"NextAction":"wait","Condition":{"Operator":"NumberLessThan","Operands":["5"]}}]}},
{"Identifier":"say","Type":"MessageParticipant","Parameters":{"Text":"Hi $.Attributes.name, you are $.FlowAttributes.n"},"Transitions":{"NextAction":"loop"}},
{"Identifier":"wait","Type":"Wait","Parameters":{"TimeLimitSeconds":"60"},"Transitions":{"NextAction":"channel"}}]}`
