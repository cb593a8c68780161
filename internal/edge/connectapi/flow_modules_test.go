package connectapi_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/admin"
)

func (d *door) createModule(body obj) (id, arn string) {
	d.t.Helper()
	var out struct{ Id, Arn string }
	d.do("PUT /contact-flow-modules/I", js(body), &out)
	return out.Id, out.Arn
}

func (d *door) describeModule(ref string) flowView {
	d.t.Helper()
	var out struct{ ContactFlowModule flowView }
	d.do("GET /contact-flow-modules/I/"+url.PathEscape(ref), "", &out)
	return out.ContactFlowModule
}

func TestAModuleIsPublishedAndChanged(t *testing.T) {
	d := open(t, admin.Limits{})
	id, arn := d.createModule(obj{
		"Name": "Greet", "Description": "says hello", "Content": saying("one"), "Settings": `{"a":1}`, "Tags": obj{"team": "sales"},
		"ClientToken": "t-1", "ExternalInvocationConfiguration": obj{"Enabled": false},
	})
	want := flowView{
		Id: id, Arn: d.arn + "/flow-module/" + id, Name: "Greet", State: "ACTIVE", Status: "PUBLISHED", Description: "says hello",
		Content: saying("one"), FlowModuleContentSha256: admin.Sum(saying("one")), Settings: `{"a":1}`, Tags: map[string]string{"team": "sales"},
	}
	for _, ref := range []string{id, arn, id + ":$LATEST", id + ":$SAVED"} {
		if diff := cmp.Diff(want, d.describeModule(ref)); diff != "" {
			t.Errorf("described as %s (-want +got):\n%s", ref, diff)
		}
	}

	d.do("POST /contact-flow-modules/I/"+id+"/content", js(obj{"Content": saying("two")}), nil)
	d.do("POST /contact-flow-modules/I/"+id+"/content", js(obj{"Settings": `{}`}), nil)
	d.do("POST /contact-flow-modules/I/"+id+"/metadata", js(obj{"Name": "Hail", "Description": "hails", "State": "ARCHIVED"}), nil)
	want.Name, want.Description, want.State, want.Settings = "Hail", "hails", "ARCHIVED", "{}"
	want.Content, want.FlowModuleContentSha256 = saying("two"), admin.Sum(saying("two"))
	if diff := cmp.Diff(want, d.describeModule(id)); diff != "" {
		t.Errorf("after changes (-want +got):\n%s", diff)
	}

	d.do("POST /contact-flow-modules/I/"+url.PathEscape(arn+":$SAVED")+"/content", js(obj{"Content": "a draft"}), nil)
	if got := d.describeModule(id + ":$SAVED"); got.Content != "a draft" || got.Status != "SAVED" {
		t.Errorf("the draft: %+v", got)
	}
	if got := d.describeModule(id); got.Content != saying("two") || got.Status != "PUBLISHED" {
		t.Errorf("beside a draft: %+v", got)
	}
	d.do("DELETE /contact-flow-modules/I/"+id, "", nil)
	d.refuse([]refusal{{"deleted", "GET /contact-flow-modules/I/" + id, "", 404, "ResourceNotFoundException", id}})
}

func TestARepeatFindsTheModuleThatItMade(t *testing.T) {
	d := open(t, few())
	first, _ := d.createModule(obj{"Name": "Greet", "Content": saying("one"), "ClientToken": "t-1"})
	again, _ := d.createModule(obj{"Name": "Greet", "Content": saying("one"), "ClientToken": "t-1"})
	if first != again {
		t.Errorf("made %s, then %s", first, again)
	}
	d.refuse([]refusal{{
		"another request", "PUT /contact-flow-modules/I", js(obj{"Name": "Other", "Content": saying("one"), "ClientToken": "t-1"}),
		409, "IdempotencyException", "ClientToken",
	}})
}

func TestModulesThatCannotBeMadeOrChanged(t *testing.T) {
	d := open(t, admin.Limits{})
	id, _ := d.createModule(obj{"Name": "Mine", "Content": saying("x")})
	d.createModule(obj{"Name": "Taken", "Content": saying("x")})
	const other = "11111111-0000-4000-8000-000000000001"
	module := func(name, content string) string { return js(obj{"Name": name, "Content": content}) }
	at := "/contact-flow-modules/I/" + id
	d.refuse([]refusal{
		{"a name that is taken", "PUT /contact-flow-modules/I", module("Taken", saying("x")), 409, "DuplicateResourceException", "Taken"},
		{"broken", "PUT /contact-flow-modules/I", module("x", broken), 400, "InvalidContactFlowModuleException", `"Problems":[{"message":`},
		{"unknown instance", "PUT /contact-flow-modules/" + other, module("x", saying("x")), 404, "ResourceNotFoundException", other},
		{"no name", "PUT /contact-flow-modules/I", js(obj{"Content": "x"}), 400, "InvalidRequestException", "Name"},
		{"too long a content", "PUT /contact-flow-modules/I", module("x", strings.Repeat("x", 256001)), 400, "InvalidRequestException", "256000"},
		{"settings that are none", "PUT /contact-flow-modules/I", js(obj{"Name": "x", "Content": saying("x"), "Settings": "null"}), 400, "InvalidRequestException", "Settings"},
		{"calls from outside", "PUT /contact-flow-modules/I", js(obj{"Name": "x", "Content": saying("x"), "ExternalInvocationConfiguration": obj{"Enabled": true}}), 400, "InvalidRequestException", "not implemented"},
		{"describe: unknown", "GET /contact-flow-modules/I/" + other, "", 404, "ResourceNotFoundException", other},
		{"describe: unknown instance", "GET /contact-flow-modules/" + other + "/" + id, "", 404, "ResourceNotFoundException", other},
		{"describe: unknown version", "GET " + at + ":9", "", 404, "ResourceNotFoundException", "9"},
		{"content: broken", "POST " + at + "/content", js(obj{"Content": broken}), 400, "InvalidContactFlowModuleException", "problems"},
		{"content: nothing", "POST " + at + "/content", "{}", 400, "InvalidRequestException", "Content or Settings"},
		{"content: settings that are none", "POST " + at + "/content", js(obj{"Settings": "[]"}), 400, "InvalidRequestException", "Settings"},
		{"content: unknown", "POST /contact-flow-modules/I/" + other + "/content", js(obj{"Content": "x"}), 404, "ResourceNotFoundException", other},
		{"metadata: a name that is taken", "POST " + at + "/metadata", js(obj{"Name": "Taken"}), 409, "DuplicateResourceException", "Taken"},
		{"metadata: unknown", "POST /contact-flow-modules/I/" + other + "/metadata", "{}", 404, "ResourceNotFoundException", other},
		{"metadata: too long a name", "POST " + at + "/metadata", js(obj{"Name": strings.Repeat("é", 128)}), 400, "InvalidRequestException", "127"},
		{"delete: unknown", "DELETE /contact-flow-modules/I/" + other, "", 404, "ResourceNotFoundException", other},
		{"delete: unknown instance", "DELETE /contact-flow-modules/" + other + "/" + id, "", 404, "ResourceNotFoundException", other},
		{"list: unknown instance", "GET /contact-flow-modules-summary/" + other, "", 404, "ResourceNotFoundException", other},
		{"list: an unknown state", "GET /contact-flow-modules-summary/I?state=GONE", "", 400, "InvalidRequestException", "State"},
		{"list: too many", "GET /contact-flow-modules-summary/I?maxResults=1001", "", 400, "InvalidRequestException", "MaxResults"},
		{"list: a bad token", "GET /contact-flow-modules-summary/I?nextToken=x", "", 400, "InvalidRequestException", "NextToken"},
		{"search: unknown instance", "POST /search-contact-flow-modules", js(obj{"InstanceId": other}), 404, "ResourceNotFoundException", other},
		{"search: an unknown field", "POST /search-contact-flow-modules", js(obj{"InstanceId": instance, "SearchCriteria": obj{"AndConditions": []obj{{"StringCondition": obj{"FieldName": "x"}}}}}), 400, "InvalidRequestException", "FieldName"},
		{"search: too many", "POST /search-contact-flow-modules", js(obj{"InstanceId": instance, "MaxResults": 101}), 400, "InvalidRequestException", "MaxResults"},
	})
	limited := open(t, few())
	limited.createModule(obj{"Name": "The only one", "Content": saying("x")})
	limited.refuse([]refusal{{"one too many", "PUT /contact-flow-modules/I", module("x", saying("x")), 429, "LimitExceededException", "1 flow module"}})
}

func TestListingAndSearchingModules(t *testing.T) {
	d := open(t, admin.Limits{})
	ids := map[string]string{}
	for _, name := range []string{"c", "a", "b"} {
		ids[name], _ = d.createModule(obj{"Name": name, "Content": saying("x"), "Tags": obj{"letter": name}})
	}
	d.do("POST /contact-flow-modules/I/"+ids["b"]+"/metadata", js(obj{"State": "ARCHIVED"}), nil)
	list := func(query string) (names, next string) {
		var out struct {
			ContactFlowModulesSummaryList []summary
			NextToken                     string
		}
		d.do("GET /contact-flow-modules-summary/I?"+query, "", &out)
		for _, m := range out.ContactFlowModulesSummaryList {
			if m.Arn != d.arn+"/flow-module/"+m.Id || m.Id != ids[m.Name] {
				t.Errorf("listed %+v", m)
			}
			names += m.Name
		}
		return names, out.NextToken
	}
	if got, next := list(""); got != "abc" || next != "" {
		t.Errorf("all: %s", got)
	}
	if got, _ := list("state=ARCHIVED"); got != "b" {
		t.Errorf("archived: %s", got)
	}
	first, next := list("maxResults=2")
	if rest, end := list("maxResults=2&nextToken=" + next); first != "ab" || rest != "c" || end != "" {
		t.Errorf("in pages: %s, %s", first, rest)
	}
	for _, test := range []struct {
		name             string
		criteria, filter obj
		want             string
	}{
		{"all", obj{}, obj{}, "abc"},
		{"by name", obj{"StringCondition": obj{"FieldName": "name", "ComparisonType": "EXACT", "Value": "A"}}, obj{}, "a"},
		{"by state", obj{"StateCondition": "ACTIVE", "StatusCondition": "PUBLISHED"}, obj{}, "ac"},
		{"one of two", obj{"OrConditions": []obj{{"StateCondition": "ARCHIVED"}, {"StringCondition": obj{"FieldName": "name", "Value": "c"}}}}, obj{}, "bc"},
		{"all of two", obj{"AndConditions": []obj{{"StateCondition": "ACTIVE"}, {"StringCondition": obj{"FieldName": "name", "Value": "c"}}}}, obj{}, "c"},
		{"by tag", obj{}, obj{"TagFilter": obj{"TagCondition": obj{"TagKey": "letter", "TagValue": "b"}}}, "b"},
	} {
		var out struct {
			ContactFlowModules    []flowView
			ApproximateTotalCount int
		}
		d.do("POST /search-contact-flow-modules", js(obj{"InstanceId": instance, "SearchCriteria": test.criteria, "SearchFilter": test.filter}), &out)
		got := ""
		for _, m := range out.ContactFlowModules {
			got += m.Name
		}
		if got != test.want || out.ApproximateTotalCount != len(test.want) {
			t.Errorf("%s: found %s, want %s", test.name, got, test.want)
		}
	}
}

func TestVersionsAndAliasesOfModules(t *testing.T) {
	d := open(t, few())
	id, arn := d.createModule(obj{"Name": "Mine", "Content": saying("one")})
	at := "/contact-flow-modules/I/" + id
	type made struct {
		ContactFlowModuleArn, Id string
		Version                  int64
	}
	var v made
	d.do("PUT "+at+"/version", js(obj{"Description": "first", "FlowModuleContentSha256": admin.Sum(saying("one"))}), &v)
	d.do("POST "+at+"/content", js(obj{"Content": saying("two")}), nil)
	d.do("PUT "+at+"/version", "{}", &v)
	if v.Version != 2 || v.ContactFlowModuleArn != arn {
		t.Errorf("made version %+v", v)
	}
	if got := d.describeModule(arn + ":1"); got.Content != saying("one") || got.Version != 1 || got.VersionDescription != "first" {
		t.Errorf("the first version: %+v", got)
	}
	var versions struct {
		ContactFlowModuleVersionSummaryList []struct {
			Arn     string
			Version int64
		}
		NextToken string
	}
	d.do("GET "+at+"/versions?maxResults=1", "", &versions)
	d.do("GET "+at+"/versions?nextToken="+versions.NextToken, "", &versions)
	if got := versions.ContactFlowModuleVersionSummaryList; len(got) != 1 || got[0].Arn != arn+":2" || got[0].Version != 2 {
		t.Errorf("the second page: %+v", got)
	}

	var alias made
	d.do("PUT "+at+"/alias", js(obj{"AliasName": "live", "ContactFlowModuleVersion": 1, "Description": "in use"}), &alias)
	if got := d.describeModule(id + ":live"); got.Version != 1 || alias.ContactFlowModuleArn != arn {
		t.Errorf("by its alias: %+v", got)
	}
	const other = "11111111-0000-4000-8000-000000000001"
	unknown := "/contact-flow-modules/I/" + other
	elsewhere := "/contact-flow-modules/" + other + "/" + id
	d.refuse([]refusal{
		{"version: one too many", "PUT " + at + "/version", "{}", 429, "LimitExceededException", "2 versions"},
		{"version: another checksum", "PUT " + at + "/version", js(obj{"FlowModuleContentSha256": admin.Sum("x")}), 400, "InvalidRequestException", "checksum"},
		{"version: unknown", "PUT " + unknown + "/version", "{}", 404, "ResourceNotFoundException", other},
		{"version: unknown instance", "PUT " + elsewhere + "/version", "{}", 404, "ResourceNotFoundException", other},
		{"versions: unknown", "GET " + unknown + "/versions", "", 404, "ResourceNotFoundException", other},
		{"versions: a bad token", "GET " + at + "/versions?nextToken=x", "", 400, "InvalidRequestException", "NextToken"},
		{"delete version: an alias names it", "DELETE " + at + "/version/1", "", 400, "InvalidRequestException", "live"},
		{"delete version: unknown", "DELETE " + at + "/version/7", "", 404, "ResourceNotFoundException", "7"},
		{"delete version: unknown module", "DELETE " + unknown + "/version/1", "", 404, "ResourceNotFoundException", other},
		{"delete version: unknown instance", "DELETE " + elsewhere + "/version/1", "", 404, "ResourceNotFoundException", other},
		{"alias: one too many", "PUT " + at + "/alias", js(obj{"AliasName": "x", "ContactFlowModuleVersion": 1}), 429, "LimitExceededException", "1 alias"},
		{"alias: unknown module", "PUT " + unknown + "/alias", js(obj{"AliasName": "x", "ContactFlowModuleVersion": 1}), 404, "ResourceNotFoundException", other},
		{"alias: no version", "PUT " + at + "/alias", js(obj{"AliasName": "x"}), 400, "InvalidRequestException", "ContactFlowModuleVersion"},
		{"alias: a bad name", "PUT " + at + "/alias", js(obj{"AliasName": "a b", "ContactFlowModuleVersion": 1}), 400, "InvalidRequestException", "AliasName"},
		{"describe alias: unknown", "GET " + at + "/alias/x", "", 404, "ResourceNotFoundException", "x"},
		{"describe alias: unknown module", "GET " + unknown + "/alias/" + alias.Id, "", 404, "ResourceNotFoundException", other},
		{"update alias: unknown", "POST " + at + "/alias/x", "{}", 404, "ResourceNotFoundException", "x"},
		{"update alias: unknown version", "POST " + at + "/alias/" + alias.Id, js(obj{"ContactFlowModuleVersion": 7}), 404, "ResourceNotFoundException", "7"},
		{"update alias: a number", "POST " + at + "/alias/" + alias.Id, js(obj{"Name": "12"}), 400, "InvalidRequestException", "number"},
		{"update alias: what means something else", "POST " + at + "/alias/" + alias.Id, js(obj{"Name": "$SAVED"}), 400, "InvalidRequestException", "$"},
		{"update alias: unknown module", "POST " + unknown + "/alias/" + alias.Id, "{}", 404, "ResourceNotFoundException", other},
		{"delete alias: unknown", "DELETE " + at + "/alias/x", "", 404, "ResourceNotFoundException", "x"},
		{"delete alias: unknown module", "DELETE " + unknown + "/alias/" + alias.Id, "", 404, "ResourceNotFoundException", other},
		{"aliases: unknown module", "GET " + unknown + "/aliases", "", 404, "ResourceNotFoundException", other},
		{"aliases: a bad token", "GET " + at + "/aliases?nextToken=x", "", 400, "InvalidRequestException", "NextToken"},
	})

	d.do("POST "+at+"/alias/"+alias.Id, js(obj{"Name": "next", "ContactFlowModuleVersion": 2}), nil)
	var described struct{ ContactFlowModuleAlias obj }
	d.do("GET "+at+"/alias/"+alias.Id, "", &described)
	want := obj{
		"AliasId": alias.Id, "ContactFlowModuleArn": arn, "ContactFlowModuleId": id, "Description": "in use", "Name": "next",
		"Version": 2.0, "LastModifiedRegion": "us-west-2", "LastModifiedTime": 1767323045.678,
	}
	if diff := cmp.Diff(want, described.ContactFlowModuleAlias); diff != "" {
		t.Errorf("the alias (-want +got):\n%s", diff)
	}
	var aliases struct {
		ContactFlowModuleAliasSummaryList []obj
		NextToken                         string
	}
	d.do("GET "+at+"/aliases", "", &aliases)
	want = obj{
		"AliasId": alias.Id, "AliasName": "next", "AliasDescription": "in use", "Arn": arn + ":next", "Version": 2.0, "LastModifiedTime": 1767323045.678,
	}
	if diff := cmp.Diff([]obj{want}, aliases.ContactFlowModuleAliasSummaryList); diff != "" {
		t.Errorf("the aliases (-want +got):\n%s", diff)
	}
	d.do("DELETE "+at+"/alias/"+alias.Id, "", nil)
	d.do("DELETE "+at+"/version/2", "", nil)
	d.refuse([]refusal{{"deleted", "GET " + at + ":next", "", 404, "ResourceNotFoundException", "next"}})
}

func TestNamesOfAliasesAreUnique(t *testing.T) {
	d := open(t, admin.Limits{})
	id, _ := d.createModule(obj{"Name": "Mine", "Content": saying("one")})
	at := "/contact-flow-modules/I/" + id
	d.do("PUT "+at+"/version", "{}", nil)
	for _, name := range []string{"b", "a"} {
		d.do("PUT "+at+"/alias", js(obj{"AliasName": name, "ContactFlowModuleVersion": 1}), nil)
	}
	var page struct {
		ContactFlowModuleAliasSummaryList []struct{ AliasId, AliasName string }
		NextToken                         string
	}
	d.do("GET "+at+"/aliases?maxResults=1", "", &page)
	first := page.ContactFlowModuleAliasSummaryList[0]
	d.do("GET "+at+"/aliases?maxResults=1&nextToken="+page.NextToken, "", &page)
	if second := page.ContactFlowModuleAliasSummaryList[0]; first.AliasName != "a" || second.AliasName != "b" {
		t.Errorf("in pages: %v, %v", first, second)
	}
	d.refuse([]refusal{
		{"a second time", "PUT " + at + "/alias", js(obj{"AliasName": "a", "ContactFlowModuleVersion": 1}), 409, "DuplicateResourceException", "a"},
		{"a version that is not there", "PUT " + at + "/alias", js(obj{"AliasName": "c", "ContactFlowModuleVersion": 2}), 404, "ResourceNotFoundException", "2"},
		{"the name of another", "POST " + at + "/alias/" + first.AliasId, js(obj{"Name": "b"}), 409, "DuplicateResourceException", "b"},
	})
}
