package flow

import (
	"os"
	"path/filepath"
	"testing"
)

const legacyFlow = `{"modules":[
{"id":"log","type":"SetLoggingBehavior","branches":[{"condition":"Success","transition":"hook"}],"parameters":[{"name":"LoggingBehavior","value":"Enable"}],"metadata":{"position":{"x":1,"y":2}}},
{"id":"hook","type":"SetEventHook","branches":[{"condition":"Success","transition":"queueflow"},{"condition":"Error","transition":"queueflow"}],"parameters":[{"name":"Type","value":"CustomerRemaining"},{"name":"ContactFlowId","value":"f-1","resourceName":"Gone"}],"metadata":{},"target":"Flow"},
{"id":"queueflow","type":"SetContactFlow","branches":[{"condition":"Success","transition":"channel"},{"condition":"Error","transition":"channel"}],"parameters":[{"name":"ContactFlowId","value":"f-2"},{"name":"Type","value":"CustomerQueue"}]},
{"id":"channel","type":"CheckAttribute","branches":[{"condition":"Evaluate","conditionType":"Equals","conditionValue":"CHAT","transition":"hello"},{"condition":"NoMatch","transition":"voice"}],"parameters":[{"name":"Attribute","value":"Channel"},{"name":"Namespace","value":"System"}]},
{"id":"hello","type":"PlayPrompt","branches":[{"condition":"Success","transition":"set"}],"parameters":[{"name":"Text","value":"Hello $.Attributes.name","namespace":null},{"name":"TextToSpeechType","value":"text"}]},
{"id":"set","type":"SetAttributes","branches":[{"condition":"Success","transition":"call"},{"condition":"Error","transition":"bye"}],"parameters":[{"name":"Attribute","value":"true","key":"greeted","namespace":null},{"name":"Attribute","value":"order number","key":"number","namespace":"User Defined"}]},
{"id":"call","type":"InvokeExternalResource","branches":[{"condition":"Success","transition":"bot"},{"condition":"Error","transition":"bye"}],"parameters":[{"name":"FunctionArn","value":"fn","namespace":null},{"name":"TimeLimit","value":"4"},{"name":"Parameter","key":"who","value":"name","namespace":"User Defined"}],"target":"Lambda"},
{"id":"bot","type":"GetUserInput","branches":[{"condition":"Evaluate","conditionType":"Equals","conditionValue":"Order","transition":"queue"},{"condition":"Timeout","transition":"bye"},{"condition":"NoMatch","transition":"queue"},{"condition":"Error","transition":"queue"}],"parameters":[{"name":"Text","value":"<speak>Yes?</speak>"},{"name":"TextToSpeechType","value":"ssml"},{"name":"BotName","value":"Orders"},{"name":"BotAlias","value":"$LATEST"},{"name":"BotRegion","value":"us-east-1"}],"target":"Lex"},
{"id":"queue","type":"SetQueue","branches":[{"condition":"Success","transition":"hours"},{"condition":"Error","transition":"bye"}],"parameters":[{"name":"Queue","value":"q-1","namespace":null,"resourceName":"BasicQueue"}]},
{"id":"hours","type":"CheckHoursOfOperation","branches":[{"condition":"True","transition":"staff"},{"condition":"False","transition":"bye"},{"condition":"Error","transition":"bye"}],"parameters":[]},
{"id":"staff","type":"CheckStaffing","branches":[{"condition":"True","transition":"age"},{"condition":"False","transition":"bye"},{"condition":"Error","transition":"bye"}],"parameters":[{"name":"Status","value":"Staffed"}]},
{"id":"age","type":"CheckQueueStatus","branches":[{"condition":"CheckQueueTime","conditionType":"LessThan","conditionValue":300000,"transition":"first"},{"condition":"NoMatch","transition":"first"},{"condition":"Error","transition":"bye"}],"parameters":[]},
{"id":"first","type":"UpdateRoutingPriority","branches":[{"condition":"Success","transition":"dice"}],"parameters":[{"name":"AbsolutePosition","value":1}]},
{"id":"dice","type":"RandomDistribution","branches":[{"condition":"Evaluate","conditionType":"LessThan","conditionValue":"51","transition":"round"},{"condition":"NoMatch","transition":"round"}],"parameters":[]},
{"id":"round","type":"Loop","branches":[{"condition":"Looping","transition":"wait"},{"condition":"Complete","transition":"in"}],"parameters":[{"name":"LoopCount","value":"2"}]},
{"id":"wait","type":"Wait","branches":[{"condition":"Timeout","transition":"metrics"},{"condition":"CustomerReturned","transition":"round"},{"condition":"Error","transition":"bye"}],"parameters":[{"name":"Timeout","value":"60"}]},
{"id":"metrics","type":"GetQueueMetrics","branches":[{"condition":"Success","transition":"record"},{"condition":"Error","transition":"bye"}],"parameters":[{"name":"Channel","value":"Chat"}]},
{"id":"record","type":"SetRecordingBehavior","branches":[{"condition":"Success","transition":"round"}],"parameters":[{"name":"RecordingBehaviorOption","value":"Enable"},{"name":"RecordingParticipantOption","value":"Both"}]},
{"id":"in","type":"Transfer","branches":[{"condition":"AtCapacity","transition":"other"},{"condition":"Error","transition":"bye"}],"parameters":[],"target":"Queue"},
{"id":"other","type":"Transfer","branches":[{"condition":"Error","transition":"bye"}],"parameters":[{"name":"ContactFlowId","value":"f-3"}],"target":"Flow"},
{"id":"voice","type":"StoreUserInput","branches":[{"condition":"Success","transition":"say"},{"condition":"InvalidNumber","transition":"bye"},{"condition":"Error","transition":"bye"}],"parameters":[{"name":"Text","value":"Your number?"},{"name":"Timeout","value":"6"}]},
{"id":"say","type":"SetVoice","branches":[{"condition":"Success","transition":"prompts"}],"parameters":[{"name":"GlobalVoice","value":"Joanna"}]},
{"id":"prompts","type":"LoopPrompts","branches":[{"condition":"Timeout","transition":"phone"},{"condition":"Error","transition":"bye"}],"parameters":[{"name":"Text","value":"Hold on"},{"name":"AudioPrompt","value":"music"}]},
{"id":"phone","type":"Transfer","branches":[{"condition":"Error","transition":"bye"}],"parameters":[{"name":"PhoneNumber","value":"+1"}],"target":"PhoneNumber"},
{"id":"end","type":"Resume","branches":[],"parameters":[]},
{"id":"bye","type":"Disconnect","branches":[],"parameters":[]}],
"version":"1","type":"contactFlow","start":"log","metadata":{"entryPointPosition":{"x":20,"y":20},"name":"Old inbound","type":"contactFlow","status":"published"}}`

func TestTheOlderFormatBecomesThePresentOne(t *testing.T) {
	f, err := Read(legacyFlow)
	ok(t, err)
	if f.Name != "Old inbound" || f.Type != Inbound || !f.Legacy {
		t.Errorf("it is called %q, of type %q", f.Name, f.Type)
	}
	problems, _ := Check(f, Options{Strict: true})
	want := map[string]bool{"MessageParticipantIteratively": true} // stands in queue flows
	for _, p := range problems {
		if a := f.Action(p.Action); a == nil || !want[a.Type] {
			t.Errorf("%v", p)
		}
	}
	got := Write(f)
	file := filepath.Join("testdata", "legacy.json")
	if *update {
		ok(t, os.WriteFile(file, []byte(got+"\n"), 0o644))
	}
	kept, err := os.ReadFile(file)
	ok(t, err)
	if string(kept) != got+"\n" {
		t.Errorf("it is written as\n%s\nwant\n%s", got, kept)
	}
	again, err := Parse(got)
	ok(t, err)
	if again.Start != "log" || len(again.Actions) != len(f.Actions) {
		t.Errorf("read again it has %d actions", len(again.Actions))
	}
}

func TestOlderTypesWithoutACounterpartAreRefused(t *testing.T) {
	f, err := Read(`{"modules":[{"id":"a","type":"Juggle","branches":[{"condition":"Success","transition":"b"}]},{"id":"b","type":"Disconnect"}],"version":"1","start":"a"}`)
	ok(t, err)
	problems, _ := Check(f, Options{})
	if len(problems) != 1 || problems[0].Path != "modules[0].Type" {
		t.Errorf("problems %v", problems)
	}
}

func TestOlderNamesOfValues(t *testing.T) {
	for _, c := range []struct{ namespace, name, want string }{
		{"User Defined", "my key", "$.Attributes.['my key']"},
		{"External", "a.b", "$.External.a.b"},
		{"System", "Queue name", "$.Queue.Name"},
		{"System", "Channel", "$.Channel"},
		{"Lex Slots", "City", "$.Lex.Slots.City"},
		{"Flow", "x", "$.FlowAttributes.x"},
		{"Queue Metrics", "x", "$.QueueMetrics.x"},
	} {
		if got := legacyPath(c.namespace, c.name); got != c.want {
			t.Errorf("%s %s is %s, want %s", c.namespace, c.name, got, c.want)
		}
	}
}
