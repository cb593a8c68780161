package flow_test

import (
	"encoding/json"
	"fmt"

	"github.com/bellpull/bellpull/internal/flow"
)

const waiting = `{"Version":"2019-10-30","StartAction":"hi","Actions":[
{"Identifier":"hi","Type":"MessageParticipant","Parameters":{"Text":"Hello $.Attributes.name"},"Transitions":{"NextAction":"wait"}},
{"Identifier":"wait","Type":"Wait","Parameters":{"TimeLimitSeconds":"900","Events":["CustomerReturned"]},"Transitions":{"NextAction":"bye",
 "Conditions":[{"NextAction":"bye","Condition":{"Operator":"Equals","Operands":["WaitCompleted"]}},
  {"NextAction":"bye","Condition":{"Operator":"Equals","Operands":["CustomerReturned"]}}],
 "Errors":[{"NextAction":"bye","ErrorType":"NoMatchingError"}]}},
{"Identifier":"bye","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}`

// A driver does what the flow asks for and says how that went. When the flow
// waits it keeps the state, and goes on from it when the event comes.
func ExampleMachine() {
	f, err := flow.Parse(waiting)
	if err != nil {
		panic(err)
	}
	src := flow.Source{ID: "f-1", Version: "1", Type: flow.Inbound, Flow: f}
	env := flow.Env{Values: func(keys []string) (string, bool) { return "Ada", keys[0] == "Attributes" }}
	var kept []byte
	drive := func(m *flow.Machine) {
		for {
			var out flow.Outcome
			switch do := m.Next().(type) {
			case flow.Say:
				fmt.Println("say:", do.Messages[0].Text)
			case flow.Wait:
				fmt.Println("wait:", do.For, do.Events)
				kept, _ = json.Marshal(m.State())
				return
			case flow.Disconnect, flow.End, flow.Failed:
				fmt.Printf("over: %T\n", do)
				return
			default:
				out.Error = flow.NoMatchingError // cannot be done here
			}
			if err := m.Answer(out); err != nil {
				panic(err)
			}
		}
	}
	drive(flow.New(flow.Begin{Source: src}, env))

	var state flow.State // later, and elsewhere
	if err := json.Unmarshal(kept, &state); err != nil {
		panic(err)
	}
	m := flow.Resume(state, env, src)
	if err := m.Answer(flow.Outcome{Event: flow.CustomerReturned, Text: "are you there?"}); err != nil {
		panic(err)
	}
	drive(m)
	// Output:
	// say: Hello Ada
	// wait: 15m0s [CustomerReturned]
	// over: flow.Disconnect
}
