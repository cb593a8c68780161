package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/flow"
)

func TestExportsAreEntitledAndOtherwiseAsTheyWere(t *testing.T) {
	for _, tt := range []struct{ name, content, want string }{
		{"no Metadata", `{ "Version":"v"}`, `{"Metadata":{"name":"N","type":"T"}, "Version":"v"}`},
		{"empty Metadata", `{"Metadata": { } }`, `{"Metadata": {"name":"N","type":"T" } }`},
		{"others in Metadata", `{"Metadata":{"x": 1.0, "y":{"name":"M"}}}`, `{"Metadata":{"name":"N","type":"T","x": 1.0, "y":{"name":"M"}}}`},
		{"both there", `{"Metadata" : {"type" :"T" , "name": "N"} }`, `{"Metadata" : {"type" :"T" , "name": "N"} }`},
		{"the same, written otherwise", `{"Metadata":{"name":"\u004e","type":"T"}}`, `{"Metadata":{"name":"\u004e","type":"T"}}`},
		{"another name", `{"Metadata":{"name":"the \"old\" one" ,"type":null}}`, `{"Metadata":{"name":"N" ,"type":"T"}}`},
		{"Metadata of another form", `{"Metadata":[{"name":"M"}]}`, `{"Metadata":[{"name":"M"}]}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := entitled(tt.content, "N", "T")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			if again, err := entitled(got, "N", "T"); err != nil || again != got {
				t.Errorf("entitled twice it is %s, %v", again, err)
			}
		})
	}
	if _, err := entitled(`{"Metadata":`, "N", "T"); err == nil {
		t.Error("half a flow is entitled")
	}
}

func FuzzEntitled(f *testing.F) {
	for _, s := range []string{`{}`, `{"Metadata":{}}`, `{"Metadata":{"name":1,"type":[]},"Metadata":{"name":"x"}}`, `[]`, `{"a":"\ud800"}`, "{\"Metadata\" :\n{\"x\":{}}}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, content string) {
		got, err := entitled(content, "N", "T")
		if err != nil || !strings.HasPrefix(strings.TrimSpace(content), "{") || !json.Valid([]byte(content)) {
			return
		}
		if !json.Valid([]byte(got)) {
			t.Errorf("%q becomes %q, which is no JSON", content, got)
		}
	})
}

func TestReferencesAreFoundHereByIDAndByName(t *testing.T) {
	const here, there = "arn:aws:connect:us-west-2:0:instance/h/", "arn:aws:connect:eu-central-1:1:instance/t/"
	queues := []resource{{ARN: here + "queue/q1", ID: "q1", Name: "Sales"}, {ARN: here + "queue/q2", ID: "q2", Name: "Support"}}
	users := []resource{{ARN: here + "agent/u1", ID: "u1", Username: "ana"}}
	modules := []resource{{ARN: here + "flow-module/m1", ID: "m1", Name: "Survey"}}
	functions := []resource{{ARN: "arn:aws:lambda:us-west-2:0:function:lookup", ID: "arn:aws:lambda:us-west-2:0:function:lookup", Name: "lookup"}}
	bots := []resource{{ARN: "arn:aws:lex:us-west-2:0:bot-alias/B/A", ID: "arn:aws:lex:us-west-2:0:bot-alias/B/A"}}
	for _, tt := range []struct {
		name  string
		all   []resource
		r     reference
		want  string
		found bool
	}{
		{"an ARN of here", queues, reference{kind: flow.QueueResource, ref: here + "queue/q1"}, here + "queue/q1", true},
		{"an id of here", queues, reference{kind: flow.QueueResource, ref: "q2", name: "Sales"}, "q2", true},
		{"an id of here in an ARN of there", queues, reference{kind: flow.QueueResource, ref: there + "queue/q2", name: "Sales"}, here + "queue/q2", true},
		{"a name", queues, reference{kind: flow.QueueResource, ref: there + "queue/x", name: "Sales"}, here + "queue/q1", true},
		{"a user name", users, reference{kind: flow.AgentResource, ref: there + "agent/x", name: "ana"}, here + "agent/u1", true},
		{"another name", queues, reference{kind: flow.QueueResource, ref: there + "queue/x", name: "Returns"}, there + "queue/x", false},
		{"no name", queues, reference{kind: flow.QueueResource, ref: there + "queue/x"}, there + "queue/x", false},
		{"an alias of a module", modules, reference{kind: flow.ModuleResource, ref: there + "flow-module/x:live", name: "Survey"}, here + "flow-module/m1:live", true},
		{"an alias of a module of here", modules, reference{kind: flow.ModuleResource, ref: "m1:live"}, "m1:live", true},
		{"a function of there", functions, reference{kind: flow.LambdaResource, ref: "arn:aws:lambda:eu-central-1:1:function:lookup:7"}, functions[0].ARN + ":7", true},
		{"a function of here", functions, reference{kind: flow.LambdaResource, ref: functions[0].ARN + ":7"}, functions[0].ARN + ":7", true},
		{"another function", functions, reference{kind: flow.LambdaResource, ref: "arn:aws:lambda:eu-central-1:1:function:other", name: "lookup"}, "arn:aws:lambda:eu-central-1:1:function:other", false},
		{"a bot of here", bots, reference{kind: flow.BotResource, ref: bots[0].ARN}, bots[0].ARN, true},
		{"another bot", bots, reference{kind: flow.BotResource, ref: "arn:aws:lex:us-west-2:1:bot-alias/B/A"}, "arn:aws:lex:us-west-2:1:bot-alias/B/A", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, found := tt.r.among(tt.all); got != tt.want || found != tt.found {
				t.Errorf("%s becomes %s, %t; want %s, %t", tt.r.ref, got, found, tt.want, tt.found)
			}
		})
	}
}

func TestReferencesHaveTheNamesOfTheMetadata(t *testing.T) {
	const content = `{"Version":"2019-10-30","StartAction":"q","Metadata":{"ActionMetadata":{
 "q":{"parameters":{"QueueId":{"displayName":"Sales"}},"queue":{"id":"arn:q1","text":"Other"}},
 "h":{"contactFlow":{"id":"arn:aws:connect:x:1:instance/i/contact-flow/f","text":"Whisper"},"lists":[{"id":"a","text":""}]},
 "l":{"ContactFlow":{"id":"arn:aws:connect:x:1:instance/i/contact-flow/old","text":"Moved"}}}},
"Actions":[
 {"Type":"UpdateContactTargetQueue","Parameters":{"QueueId":"arn:q1"},"Identifier":"q","Transitions":{"NextAction":"h"}},
 {"Identifier":"h","Type":"UpdateContactEventHooks","Parameters":{"EventHooks":{"AgentWhisper":"arn:aws:connect:x:1:instance/i/contact-flow/f"}},"Transitions":{"NextAction":"l"}},
 {"Identifier":"l","Type":"TransferToFlow","Parameters":{"ContactFlowId":"arn:aws:connect:x:1:instance/i/contact-flow/new"},"Transitions":{"NextAction":"s"}},
 {"Identifier":"s","Type":"MessageParticipant","Parameters":{"Text":"arn:q2"},"Transitions":{"NextAction":"d"}},
 {"Identifier":"d","Type":"UpdateContactTargetQueue","Parameters":{"QueueId":"$.Attributes.queue"},"Transitions":{"NextAction":"q"}}]}`
	f, err := flow.Read(content)
	if err != nil {
		t.Fatal(err)
	}
	file := &flowFile{"f.json", content, f}
	refs, err := file.references()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range refs {
		if content[r.start:r.end] != quoted(r.ref) {
			t.Errorf("%s is at %q", r.ref, content[r.start:r.end])
		}
		got = append(got, r.place+": "+r.String())
	}
	want := []string{
		"Actions[0].Parameters.QueueId: queue arn:q1 (Sales)",
		"Actions[1].Parameters.EventHooks.AgentWhisper: flow arn:aws:connect:x:1:instance/i/contact-flow/f (Whisper)",
		"Actions[2].Parameters.ContactFlowId: flow arn:aws:connect:x:1:instance/i/contact-flow/new (Moved)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
