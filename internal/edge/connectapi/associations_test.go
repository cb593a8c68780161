package connectapi_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/admin"
)

const (
	functionARN = "arn:aws:lambda:us-west-2:000000000000:function:"
	botARN      = "arn:aws:lex:us-west-2:000000000000:bot-alias/BOT/"
)

func TestFunctionsAreAssociated(t *testing.T) {
	d := open(t, admin.Limits{})
	for i := range 30 {
		d.do("PUT /instance/I/lambda-function", js(obj{"FunctionArn": fmt.Sprintf("%sf%02d", functionARN, 29-i), "ClientToken": "t"}), nil)
	}
	var all []string
	for token := ""; ; {
		var out struct {
			LambdaFunctions []string
			NextToken       string
		}
		d.do("GET /instance/I/lambda-functions?nextToken="+token, "", &out)
		all = append(all, out.LambdaFunctions...)
		if token = out.NextToken; token == "" {
			break
		}
		if len(out.LambdaFunctions) != 25 {
			t.Fatalf("a page has %d", len(out.LambdaFunctions))
		}
	}
	if len(all) != 30 || all[0] != functionARN+"f00" || all[29] != functionARN+"f29" {
		t.Errorf("listed %q", all)
	}
	d.do("DELETE /instance/I/lambda-function?functionArn="+url.QueryEscape(functionARN+"f07")+"&clientToken=t", "", nil)
	if w := d.send("GET /instance/"+instance+"/lambda-functions", ""); strings.Contains(w.Body.String(), "f07") {
		t.Errorf("after it was taken away: %s", w.Body)
	}
}

func TestBotsOfBothKindsAreAssociated(t *testing.T) {
	d := open(t, admin.Limits{})
	d.do("PUT /instance/I/bot", js(obj{"LexV2Bot": obj{"AliasArn": botARN + "B"}}), nil)
	d.do("PUT /instance/I/bot", js(obj{"LexV2Bot": obj{"AliasArn": botARN + "A"}}), nil)
	d.do("PUT /instance/I/bot", js(obj{"LexBot": obj{"Name": "Old", "LexRegion": "us-west-2"}}), nil)
	d.do("PUT /instance/I/lex-bot", js(obj{"LexBot": obj{"Name": "Older", "LexRegion": "us-west-2"}}), nil)
	list := func(call string, want obj) {
		t.Helper()
		got := obj{}
		d.do(call, "", &got)
		if diff := cmp.Diff(js(want), js(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", call, diff)
		}
	}
	before, older := obj{"Name": "Old", "LexRegion": "us-west-2"}, obj{"Name": "Older", "LexRegion": "us-west-2"}
	a, b := obj{"LexV2Bot": obj{"AliasArn": botARN + "A"}}, obj{"LexV2Bot": obj{"AliasArn": botARN + "B"}}
	list("GET /instance/I/bots?lexVersion=V2", obj{"LexBots": []obj{a, b}})
	list("GET /instance/I/bots?lexVersion=V1", obj{"LexBots": []obj{{"LexBot": before}, {"LexBot": older}}})
	list("GET /instance/I/lex-bots", obj{"LexBots": []obj{before, older}})
	list("GET /instance/I/lambda-functions", obj{"LambdaFunctions": []obj{}})
	var first struct{ NextToken string }
	d.do("GET /instance/I/bots?lexVersion=V2&maxResults=1", "", &first)
	list("GET /instance/I/bots?lexVersion=V2&maxResults=1&nextToken="+first.NextToken, obj{"LexBots": []obj{b}})

	d.do("POST /instance/I/bot", js(a), nil)
	d.do("POST /instance/I/bot", js(obj{"LexBot": before}), nil)
	d.do("DELETE /instance/I/lex-bot?botName=Older&lexRegion=us-west-2", "", nil)
	list("GET /instance/I/bots?lexVersion=V2", obj{"LexBots": []obj{b}})
	list("GET /instance/I/lex-bots", obj{"LexBots": []obj{}})
}

func TestWhatCannotBeAssociated(t *testing.T) {
	d := open(t, few())
	d.do("PUT /instance/I/lambda-function", js(obj{"FunctionArn": functionARN + "f"}), nil)
	d.do("PUT /instance/I/lex-bot", js(obj{"LexBot": obj{"Name": "Old", "LexRegion": "us-west-2"}}), nil)
	const other = "11111111-0000-4000-8000-000000000001"
	function := func(name string) string { return js(obj{"FunctionArn": functionARN + name}) }
	old, bot := js(obj{"LexBot": obj{"Name": "Old", "LexRegion": "us-west-2"}}), js(obj{"LexV2Bot": obj{"AliasArn": botARN + "B"}})
	another := js(obj{"LexBot": obj{"Name": "New", "LexRegion": "us-west-2"}})
	d.refuse([]refusal{
		{"function: twice", "PUT /instance/I/lambda-function", function("f"), 409, "ResourceConflictException", "already"},
		{"function: one too many", "PUT /instance/I/lambda-function", function("g"), 402, "ServiceQuotaExceededException", "1"},
		{"function: no ARN", "PUT /instance/I/lambda-function", js(obj{"FunctionArn": "f"}), 400, "InvalidRequestException", "FunctionArn"},
		{"function: of something else", "PUT /instance/I/lambda-function", js(obj{"FunctionArn": "arn:aws:lambda:us-west-2:000000000000:layer:f"}), 400, "InvalidRequestException", "FunctionArn"},
		{"function: too long", "PUT /instance/I/lambda-function", function(strings.Repeat("f", 100)), 400, "InvalidRequestException", "140"},
		{"function: none", "PUT /instance/I/lambda-function", "{}", 400, "InvalidRequestException", "FunctionArn"},
		{"function: unknown instance", "PUT /instance/" + other + "/lambda-function", function("f"), 404, "ResourceNotFoundException", other},
		{"take a function: not associated", "DELETE /instance/I/lambda-function?functionArn=" + functionARN + "g", "", 404, "ResourceNotFoundException", "not associated"},
		{"take a function: none", "DELETE /instance/I/lambda-function", "", 400, "InvalidRequestException", "FunctionArn"},
		{"take a function: unknown instance", "DELETE /instance/" + other + "/lambda-function?functionArn=" + functionARN + "f", "", 404, "ResourceNotFoundException", other},
		{"functions: unknown instance", "GET /instance/" + other + "/lambda-functions", "", 404, "ResourceNotFoundException", other},
		{"functions: too many", "GET /instance/I/lambda-functions?maxResults=26", "", 400, "InvalidRequestException", "MaxResults"},
		{"functions: a bad token", "GET /instance/I/lambda-functions?nextToken=x", "", 400, "InvalidRequestException", "NextToken"},

		{"bot: twice", "PUT /instance/I/bot", old, 409, "ResourceConflictException", "already"},
		{"bot: one too many", "PUT /instance/I/bot", bot, 429, "LimitExceededException", "1"},
		{"bot: none", "PUT /instance/I/bot", "{}", 400, "InvalidRequestException", "exactly one"},
		{"bot: two", "PUT /instance/I/bot", js(obj{"LexBot": obj{"Name": "a", "LexRegion": "b"}, "LexV2Bot": obj{"AliasArn": botARN + "A"}}), 400, "InvalidRequestException", "exactly one"},
		{"bot: no ARN", "PUT /instance/I/bot", js(obj{"LexV2Bot": obj{"AliasArn": "B"}}), 400, "InvalidRequestException", "AliasArn"},
		{"bot: an empty one", "PUT /instance/I/bot", js(obj{"LexV2Bot": obj{}}), 400, "InvalidRequestException", "AliasArn"},
		{"bot: no region", "PUT /instance/I/bot", js(obj{"LexBot": obj{"Name": "Old"}}), 400, "InvalidRequestException", "LexRegion"},
		{"bot: unknown instance", "PUT /instance/" + other + "/bot", bot, 404, "ResourceNotFoundException", other},
		{"take a bot: not associated", "POST /instance/I/bot", bot, 404, "ResourceNotFoundException", "not associated"},
		{"take a bot: none", "POST /instance/I/bot", "{}", 400, "InvalidRequestException", "exactly one"},
		{"take a bot: unknown instance", "POST /instance/" + other + "/bot", bot, 404, "ResourceNotFoundException", other},
		{"bots: no kind", "GET /instance/I/bots", "", 400, "InvalidRequestException", "LexVersion"},
		{"bots: an unknown kind", "GET /instance/I/bots?lexVersion=V3", "", 400, "InvalidRequestException", "LexVersion"},
		{"bots: unknown instance", "GET /instance/" + other + "/bots?lexVersion=V2", "", 404, "ResourceNotFoundException", other},
		{"bots: too many", "GET /instance/I/bots?lexVersion=V2&maxResults=26", "", 400, "InvalidRequestException", "MaxResults"},
		{"bots: a bad token", "GET /instance/I/bots?lexVersion=V2&nextToken=x", "", 400, "InvalidRequestException", "NextToken"},

		{"old bot: twice", "PUT /instance/I/lex-bot", old, 409, "ResourceConflictException", "already"},
		{"old bot: one too many", "PUT /instance/I/lex-bot", another, 402, "ServiceQuotaExceededException", "1"},
		{"old bot: none", "PUT /instance/I/lex-bot", "{}", 400, "InvalidRequestException", "LexBot"},
		{"old bot: unknown instance", "PUT /instance/" + other + "/lex-bot", old, 404, "ResourceNotFoundException", other},
		{"take an old bot: not associated", "DELETE /instance/I/lex-bot?botName=New&lexRegion=us-west-2", "", 404, "ResourceNotFoundException", "not associated"},
		{"take an old bot: none", "DELETE /instance/I/lex-bot", "", 400, "InvalidRequestException", "BotName"},
		{"old bots: unknown instance", "GET /instance/" + other + "/lex-bots", "", 404, "ResourceNotFoundException", other},
		{"old bots: too many", "GET /instance/I/lex-bots?maxResults=26", "", 400, "InvalidRequestException", "MaxResults"},
		{"old bots: a bad token", "GET /instance/I/lex-bots?nextToken=x", "", 400, "InvalidRequestException", "NextToken"},
	})
}
