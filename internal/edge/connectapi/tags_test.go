package connectapi_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/bellpull/bellpull/internal/admin"
	"github.com/bellpull/bellpull/internal/seed"
)

func TestTagsOfFlowsAndModules(t *testing.T) {
	d := open(t, admin.Limits{})
	_, module := d.createModule(obj{"Name": "Mine", "Content": saying("x")})
	for _, arn := range []string{d.arn + "/contact-flow/" + string(seed.DevFlow), module} {
		at := "/tags/" + url.PathEscape(arn)
		if got := d.send("GET "+at, "").Body.String(); got != `{"tags":{}}` {
			t.Errorf("%s has at first %s", arn, got)
		}
		d.do("POST "+at, js(obj{"tags": obj{"team": "sales", "Ort": "Köln"}}), nil)
		d.do("POST "+at, js(obj{"tags": obj{"team": "", "floor": "1"}}), nil)
		d.do("DELETE "+at+"?tagKeys=floor&tagKeys=none", "", nil)
		if got := d.send("GET "+at, "").Body.String(); got != `{"tags":{"Ort":"Köln","team":""}}` {
			t.Errorf("%s has at last %s", arn, got)
		}
	}
	if got := d.describe(string(seed.DevFlow)); len(got.Tags) != 2 {
		t.Errorf("described with %v", got.Tags)
	}
}

func TestWhatCannotBeTagged(t *testing.T) {
	d := open(t, few())
	flow := d.arn + "/contact-flow/" + string(seed.DevFlow)
	d.do("POST /tags/"+url.PathEscape(flow), js(obj{"tags": obj{"a": "1", "b": "2"}}), nil)
	const other = "11111111-0000-4000-8000-000000000001"
	tag := js(obj{"tags": obj{"a": "1"}})
	many := obj{}
	for i := range 51 {
		many[fmt.Sprint(i)] = ""
	}
	var cases []refusal
	for _, target := range []struct {
		name, arn string
		status    int
		want      string
	}{
		{"no ARN", "b3110000", 400, "InvalidRequestException"},
		{"an ARN of another service", strings.Replace(flow, ":connect:", ":lex:", 1), 400, "InvalidRequestException"},
		{"an instance", d.arn, 400, "InvalidRequestException"},
		{"a queue", d.arn + "/queue/" + string(seed.DevQueue), 400, "InvalidRequestException"},
		{"something within a flow", flow + "/x", 400, "InvalidRequestException"},
		{"an unknown flow", d.arn + "/contact-flow/" + other, 404, "ResourceNotFoundException"},
		{"an unknown module", d.arn + "/flow-module/" + string(seed.DevFlow), 404, "ResourceNotFoundException"},
		{"a flow of an unknown instance", strings.Replace(flow, instance, other, 1), 404, "ResourceNotFoundException"},
	} {
		at := "/tags/" + url.PathEscape(target.arn)
		cases = append(cases,
			refusal{target.name, "POST " + at, tag, target.status, target.want, ""},
			refusal{target.name, "DELETE " + at + "?tagKeys=a", "", target.status, target.want, ""},
			refusal{target.name, "GET " + at, "", target.status, target.want, ""})
	}
	at := "/tags/" + url.PathEscape(flow)
	d.refuse(append(cases,
		refusal{"one too many", "POST " + at, js(obj{"tags": obj{"c": "3"}}), 400, "InvalidRequestException", "at most 2 tags"},
		refusal{"none", "POST " + at, "{}", 400, "InvalidRequestException", "tags: is required"},
		refusal{"a key of the service", "POST " + at, js(obj{"tags": obj{"aws:x": "3"}}), 400, "InvalidRequestException", "aws:x"},
		refusal{"too long a key", "POST " + at, js(obj{"tags": obj{strings.Repeat("k", 129): ""}}), 400, "InvalidRequestException", "128"},
		refusal{"too long a value", "POST " + at, js(obj{"tags": obj{"a": strings.Repeat("v", 257)}}), 400, "InvalidRequestException", "256"},
		refusal{"too many at once", "POST " + at, js(obj{"tags": many}), 400, "InvalidRequestException", "50"},
		refusal{"no keys", "DELETE " + at, "", 400, "InvalidRequestException", "tagKeys: is required"},
	))
	d.do("POST "+at, js(obj{"tags": obj{"a": "again"}}), nil) // that is no more
}
