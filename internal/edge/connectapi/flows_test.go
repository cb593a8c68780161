package connectapi_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/admin"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/seed"
)

// flowView is what these tests look at of a flow or module.
type flowView struct {
	Id, Arn, Name, Type, State, Status, Description, Content string
	FlowContentSha256, FlowModuleContentSha256, Settings     string
	Version                                                  int64
	VersionDescription, LastModifiedRegion                   string
	LastModifiedTime                                         float64
	Tags                                                     map[string]string
}

// create makes a flow and returns its id.
func (d *door) create(name, content, status string) string {
	d.t.Helper()
	var out struct{ ContactFlowId string }
	d.do("PUT /contact-flows/I", js(obj{"Name": name, "Type": "CONTACT_FLOW", "Content": content, "Status": status}), &out)
	return out.ContactFlowId
}

func (d *door) describe(ref string) flowView {
	d.t.Helper()
	var out struct{ ContactFlow flowView }
	d.do("GET /contact-flows/I/"+url.PathEscape(ref), "", &out)
	return out.ContactFlow
}

func TestAFlowThatIsCreatedIsPublished(t *testing.T) {
	d := open(t, admin.Limits{})
	var made struct{ ContactFlowId, ContactFlowArn, FlowContentSha256 string }
	content := saying("hé <b>")
	d.do("PUT /contact-flows/I", js(obj{
		"Name": "Mine", "Type": "CONTACT_FLOW", "Description": "of mine", "Content": content, "Tags": obj{"team": "sales"},
	}), &made)
	want := flowView{
		Id: made.ContactFlowId, Arn: d.arn + "/contact-flow/" + made.ContactFlowId, Name: "Mine", Type: "CONTACT_FLOW", State: "ACTIVE",
		Status: "PUBLISHED", Description: "of mine", Content: content, FlowContentSha256: admin.Sum(content),
		LastModifiedRegion: "us-west-2", LastModifiedTime: float64(at.UnixMilli()) / 1000, Tags: map[string]string{"team": "sales"},
	}
	if made.ContactFlowArn != want.Arn || made.FlowContentSha256 != want.FlowContentSha256 {
		t.Errorf("created %+v", made)
	}
	for _, ref := range []string{want.Id, want.Arn, want.Id + ":$SAVED", want.Arn + ":$LATEST"} {
		if diff := cmp.Diff(want, d.describe(ref)); diff != "" {
			t.Errorf("described as %s (-want +got):\n%s", ref, diff)
		}
	}
	// The instance may be named by its ARN too.
	d.do("GET /contact-flows/"+url.PathEscape(d.arn)+"/"+want.Id, "", nil)

	// All of it is in the store.
	kept, err := d.store.Directory(t.Context(), seed.DevInstance)
	if err != nil {
		t.Fatal(err)
	}
	if f := kept.Flows[contact.FlowID(want.Id)]; f == nil || f.Content != content || !f.Modified.Equal(at) {
		t.Errorf("the store has %+v", f)
	}
}

func TestADraftIsNotCheckedAndPublishingEndsIt(t *testing.T) {
	d := open(t, admin.Limits{})
	id := d.create("Mine", "no flow at all", "SAVED")
	d.refuse([]refusal{
		{"never published", "GET /contact-flows/I/" + id, "", 404, "ContactFlowNotPublishedException", "not been published"},
		{"nothing to make a version of", "PUT /contact-flows/I/" + id + "/version", "{}", 400, "InvalidRequestException", "not been published"},
	})
	if got := d.describe(id + ":$SAVED"); got.Status != "SAVED" || got.Content != "no flow at all" {
		t.Errorf("the draft of a new flow: %+v", got)
	}
	content := "/contact-flows/I/" + id + "/content"
	d.do("POST "+content, js(obj{"Content": saying("one")}), nil)
	if got := d.describe(id); got.Status != "PUBLISHED" || got.Content != saying("one") {
		t.Errorf("after publishing: %+v", got)
	}
	if got := d.describe(id + ":$SAVED"); got.Status != "PUBLISHED" || got.Content != saying("one") {
		t.Errorf("after publishing, the draft: %+v", got)
	}

	draft := strings.Replace(content, id, url.PathEscape(id+":$SAVED"), 1)
	d.do("POST "+draft, js(obj{"Content": broken}), nil)
	if got := d.describe(id); got.Status != "PUBLISHED" || got.Content != saying("one") {
		t.Errorf("beside a draft: %+v", got)
	}
	if got := d.describe(id + ":$SAVED"); got.Status != "SAVED" || got.Content != broken || got.FlowContentSha256 != admin.Sum(broken) {
		t.Errorf("the draft: %+v", got)
	}
	d.refuse([]refusal{
		{"a broken flow is not published", "POST " + content, js(obj{"Content": broken}), 400, "InvalidContactFlowException", `"problems":[{"message":`},
	})
	if got := d.describe(id); got.Content != saying("one") {
		t.Errorf("after a refusal: %+v", got)
	}

	// Deleting the draft leaves what is published; then there is none.
	d.do("DELETE /contact-flows/I/"+url.PathEscape(id+":$SAVED"), "", nil)
	if got := d.describe(id + ":$SAVED"); got.Status != "PUBLISHED" {
		t.Errorf("after the draft was deleted: %+v", got)
	}
	d.refuse([]refusal{{"no draft is left", "DELETE /contact-flows/I/" + url.PathEscape(id+":$SAVED"), "", 404, "ResourceNotFoundException", "no draft"}})
	d.do("DELETE /contact-flows/I/"+id, "", nil)
	d.refuse([]refusal{{"gone", "GET /contact-flows/I/" + id, "", 404, "ResourceNotFoundException", id}})
}

func TestEveryProblemOfAFlowIsTold(t *testing.T) {
	d := open(t, admin.Limits{})
	other := d.create("Mine", saying("x"), "PUBLISHED")
	action := func(kind string, parameters obj) string {
		return js(obj{"Version": "2019-10-30", "StartAction": "a", "Actions": []obj{
			{"Identifier": "a", "Type": kind, "Parameters": parameters, "Transitions": obj{
				"NextAction": "b", "Errors": []obj{{"NextAction": "b", "ErrorType": "NoMatchingError"}},
			}},
			{"Identifier": "b", "Type": "DisconnectParticipant", "Parameters": obj{}, "Transitions": obj{}},
		}})
	}
	function := func(arn string) string {
		return action("InvokeLambdaFunction", obj{"LambdaFunctionARN": arn, "InvocationTimeLimitSeconds": "3"})
	}
	const arn = "arn:aws:lambda:us-west-2:000000000000:function:lookup"
	d.do("PUT /instance/I/lambda-function", js(obj{"FunctionArn": arn}), nil)
	d.do("PUT /instance/I/bot", js(obj{"LexV2Bot": obj{"AliasArn": "arn:aws:lex:us-west-2:000000000000:bot-alias/B/A"}}), nil)
	var module struct{ Id string }
	d.do("PUT /contact-flow-modules/I", js(obj{"Name": "M", "Content": saying("m")}), &module)

	for _, test := range []struct {
		name, content string
		problems      int // at least; 0 is accepted
		says          string
	}{
		{"no JSON", "hello", 1, "JSON"},
		{"the older format", `{"modules":[{"id":"a","type":"Disconnect","branches":[],"parameters":[]}],"version":"1","type":"contactFlow","start":"a"}`, 1, "older format"},
		{"several", broken, 3, "missing required error. Error: QueueAtCapacity"},
		{"an unknown queue", action("UpdateContactTargetQueue", obj{"QueueId": "11111111-0000-4000-8000-000000000001"}), 1, "Actions[0].Parameters.QueueId"},
		{"a queue by its ARN", action("UpdateContactTargetQueue", obj{"QueueId": d.arn + "/queue/" + string(seed.DevQueue)}), 0, ""},
		{"an unknown agent", action("UpdateContactTargetQueue", obj{"AgentId": "11111111-0000-4000-8000-000000000001"}), 1, "agent"},
		{"an agent", action("UpdateContactTargetQueue", obj{"AgentId": string(seed.DevAgents[0].ID)}), 0, ""},
		{"a path", action("UpdateContactTargetQueue", obj{"QueueId": "$.Attributes.queue"}), 0, ""},
		{"an unknown flow", action("TransferToFlow", obj{"ContactFlowId": "11111111-0000-4000-8000-000000000001"}), 1, "flow"},
		{"a flow", action("TransferToFlow", obj{"ContactFlowId": other}), 0, ""},
		{"a flow of the wrong type", action("UpdateContactEventHooks", obj{"EventHooks": obj{"CustomerQueue": other}}), 1, "CUSTOMER_QUEUE"},
		{"a function that is not associated", function(arn + "2"), 1, "Lambda"},
		{"a function", function(arn), 0, ""},
		{"a version of a function", function(arn + ":7"), 0, ""},
		{"a module", action("InvokeFlowModule", obj{"FlowModuleId": module.Id}), 0, ""},
		{"a version that the module has not", action("InvokeFlowModule", obj{"FlowModuleId": d.arn + "/flow-module/" + module.Id + ":3"}), 1, "flow module"},
		{"an unknown module", action("InvokeFlowModule", obj{"FlowModuleId": "m"}), 1, "flow module"},
		{"a bot", action("ConnectParticipantWithLexBot", obj{"Text": "?", "LexV2Bot": obj{"AliasArn": "arn:aws:lex:us-west-2:000000000000:bot-alias/B/A"}}), 0, ""},
		{"another bot", action("ConnectParticipantWithLexBot", obj{"Text": "?", "LexV2Bot": obj{"AliasArn": "arn:aws:lex:us-west-2:000000000000:bot-alias/B/B"}}), 1, "bot"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := d.send("POST /contact-flows/"+instance+"/"+other+"/content", js(obj{"Content": test.content}))
			if got := strings.Count(w.Body.String(), `{"message":`); got < test.problems || test.problems == 0 && w.Code != 200 || !strings.Contains(w.Body.String(), test.says) {
				t.Errorf("%d %s, want %d problems and %q", w.Code, w.Body, test.problems, test.says)
			}
		})
	}

	t.Run("no more and no longer ones than the model allows", func(t *testing.T) {
		actions := []obj{}
		for i := range 60 {
			actions = append(actions, obj{"Identifier": fmt.Sprint(i), "Type": strings.Repeat("é", 400), "Parameters": obj{}, "Transitions": obj{}})
		}
		w := d.send("PUT /contact-flows/"+instance, js(obj{"Name": "x", "Type": "CONTACT_FLOW", "Content": js(obj{"Version": "2019-10-30", "StartAction": "0", "Actions": actions})}))
		if got := strings.Count(w.Body.String(), `{"message":`); got != 50 || strings.Contains(w.Body.String(), strings.Repeat("é", 256)) {
			t.Errorf("%d problems: %s", got, w.Body)
		}
	})
}

func TestFlowsThatCannotBeMadeOrChanged(t *testing.T) {
	d := open(t, few())
	id := d.create("Mine", saying("x"), "PUBLISHED") // the sixteenth
	const other = "11111111-0000-4000-8000-000000000001"
	flow := func(name, content string) string {
		return js(obj{"Name": name, "Type": "CONTACT_FLOW", "Content": content})
	}
	d.refuse([]refusal{
		{"one too many", "PUT /contact-flows/I", flow("More", saying("x")), 429, "LimitExceededException", "16"},
		{"a quota does not hide that the instance is unknown", "PUT /contact-flows/" + other, flow("More", "x"), 404, "ResourceNotFoundException", other},
		{"an unknown type", "PUT /contact-flows/I", js(obj{"Name": "x", "Type": "FLOW", "Content": "x"}), 400, "InvalidRequestException", "Type"},
		{"no name", "PUT /contact-flows/I", js(obj{"Type": "CONTACT_FLOW", "Content": "x"}), 400, "InvalidRequestException", "Name"},
		{"no content", "PUT /contact-flows/I", js(obj{"Type": "CONTACT_FLOW", "Name": "x"}), 400, "InvalidRequestException", "Content"},
		{"describe: unknown", "GET /contact-flows/I/" + other, "", 404, "ResourceNotFoundException", other},
		{"describe: unknown instance", "GET /contact-flows/" + other + "/" + id, "", 404, "ResourceNotFoundException", other},
		{"describe: unknown version", "GET /contact-flows/I/" + id + ":3", "", 404, "ResourceNotFoundException", "3"},
		{"describe: unknown qualifier", "GET /contact-flows/I/" + id + ":$DRAFT", "", 404, "ResourceNotFoundException", "$DRAFT"},
		{"describe: an id that is too long", "GET /contact-flows/I/" + strings.Repeat("a", 501), "", 400, "InvalidRequestException", "500"},
		{"content: unknown", "POST /contact-flows/I/" + other + "/content", js(obj{"Content": "x"}), 404, "ResourceNotFoundException", other},
		{"content: unknown instance", "POST /contact-flows/" + other + "/" + id + "/content", js(obj{"Content": "x"}), 404, "ResourceNotFoundException", other},
		{"content: none", "POST /contact-flows/I/" + id + "/content", "{}", 400, "InvalidRequestException", "Content"},
		{"content: of a version", "POST /contact-flows/I/" + id + ":1/content", js(obj{"Content": "x"}), 400, "InvalidRequestException", "not 1"},
		{"content: too long a draft", "POST /contact-flows/I/" + id + ":$SAVED/content", js(obj{"Content": strings.Repeat("x", 1<<20+1)}), 400, "InvalidRequestException", "1048576 bytes"},
		{"content: too long", "POST /contact-flows/I/" + id + "/content", js(obj{"Content": strings.Repeat("x", 1<<20+1)}), 400, "InvalidRequestException", "1048576 bytes"},
		{"metadata: unknown", "POST /contact-flows/I/" + other + "/metadata", "{}", 404, "ResourceNotFoundException", other},
		{"metadata: unknown instance", "POST /contact-flows/" + other + "/" + id + "/metadata", "{}", 404, "ResourceNotFoundException", other},
		{"metadata: a name that is taken", "POST /contact-flows/I/" + id + "/metadata", js(obj{"Name": "Sample AB test"}), 409, "DuplicateResourceException", "Sample AB test"},
		{"metadata: an unknown state", "POST /contact-flows/I/" + id + "/metadata", js(obj{"ContactFlowState": "GONE"}), 400, "InvalidRequestException", "ContactFlowState"},
		{"metadata: too long a name", "POST /contact-flows/I/" + id + "/metadata", js(obj{"Name": strings.Repeat("é", 257)}), 400, "InvalidRequestException", "256"},
		{"metadata: too long a description", "POST /contact-flows/I/" + id + "/metadata", js(obj{"Description": strings.Repeat("é", 2001)}), 400, "InvalidRequestException", "2000"},
		{"metadata: a blank name", "POST /contact-flows/I/" + id + "/metadata", js(obj{"Name": " "}), 400, "InvalidRequestException", "blank"},
		{"metadata: archive where chats start", "POST /contact-flows/I/" + string(seed.DevFlow) + "/metadata", js(obj{"ContactFlowState": "ARCHIVED"}), 400, "InvalidRequestException", "by default"},
		{"metadata: archive what stands in", "POST /contact-flows/I/b3110000-0000-4000-8000-00000000f006/metadata", js(obj{"ContactFlowState": "ARCHIVED"}), 400, "InvalidRequestException", "stands in"},
		{"metadata: rename what stands in", "POST /contact-flows/I/b3110000-0000-4000-8000-00000000f006/metadata", js(obj{"Name": "New"}), 400, "InvalidRequestException", "keeps its name"},
		{"name: unknown", "POST /contact-flows/I/" + other + "/name", js(obj{"Name": "x"}), 404, "ResourceNotFoundException", other},
		{"name: taken", "POST /contact-flows/I/" + id + "/name", js(obj{"Name": "Sample AB test"}), 409, "DuplicateResourceException", "Sample AB test"},
		{"delete: unknown", "DELETE /contact-flows/I/" + other, "", 404, "ResourceNotFoundException", other},
		{"delete: unknown instance", "DELETE /contact-flows/" + other + "/" + id, "", 404, "ResourceNotFoundException", other},
		{"delete: a version", "DELETE /contact-flows/I/" + id + ":1", "", 400, "InvalidRequestException", "operation of its own"},
		{"delete: where chats start", "DELETE /contact-flows/I/" + string(seed.DevFlow), "", 400, "InvalidRequestException", "by default"},
		{"delete: what stands in", "DELETE /contact-flows/I/b3110000-0000-4000-8000-00000000f002", "", 400, "InvalidRequestException", "stands in"},
		{"list: unknown instance", "GET /contact-flows-summary/" + other, "", 404, "ResourceNotFoundException", other},
		{"list: an unknown type", "GET /contact-flows-summary/I?contactFlowTypes=FLOW", "", 400, "InvalidRequestException", "ContactFlowTypes"},
		{"list: none at all", "GET /contact-flows-summary/I?maxResults=0", "", 400, "InvalidRequestException", "MaxResults"},
		{"list: too many", "GET /contact-flows-summary/I?maxResults=1001", "", 400, "InvalidRequestException", "MaxResults"},
		{"list: a token of somebody else", "GET /contact-flows-summary/I?nextToken=abc", "", 400, "InvalidRequestException", "NextToken"},
		{"search: unknown instance", "POST /search-contact-flows", js(obj{"InstanceId": other}), 404, "ResourceNotFoundException", other},
		{"search: no instance", "POST /search-contact-flows", "{}", 400, "InvalidRequestException", "InstanceId"},
		{"search: too many", "POST /search-contact-flows", js(obj{"InstanceId": instance, "MaxResults": 101}), 400, "InvalidRequestException", "MaxResults"},
		{"search: a bad token", "POST /search-contact-flows", js(obj{"InstanceId": instance, "NextToken": "?"}), 400, "InvalidRequestException", "NextToken"},
		{"search: an unknown field", "POST /search-contact-flows", js(obj{"InstanceId": instance, "SearchCriteria": obj{"OrConditions": []obj{{"StringCondition": obj{"FieldName": "colour", "Value": "x"}}}}}), 400, "InvalidRequestException", "FieldName"},
	})
	d.do("DELETE /contact-flows/I/"+id, "", nil)
	d.refuse([]refusal{{"a name that is taken", "PUT /contact-flows/I", flow("Sample AB test", saying("x")), 409, "DuplicateResourceException", "Sample AB test"}})
}

func TestNameDescriptionAndStateChange(t *testing.T) {
	d := open(t, admin.Limits{})
	id := d.create("Mine", saying("x"), "")
	for _, test := range []struct {
		name, call, body           string
		wantName, wantAbout, state string
	}{
		{"archive", "metadata", js(obj{"ContactFlowState": "ARCHIVED"}), "Mine", "", "ARCHIVED"},
		{"name and description", "metadata", js(obj{"Name": "Yours", "Description": "of yours"}), "Yours", "of yours", "ARCHIVED"},
		{"nothing", "metadata", "{}", "Yours", "of yours", "ARCHIVED"},
		{"activate", "metadata", js(obj{"ContactFlowState": "ACTIVE"}), "Yours", "of yours", "ACTIVE"},
		{"the other operation", "name", js(obj{"Name": "Ours"}), "Ours", "of yours", "ACTIVE"},
		{"the name that it has", "name", js(obj{"Name": "Ours", "Description": "again"}), "Ours", "again", "ACTIVE"},
	} {
		d.do("POST /contact-flows/I/"+id+"/"+test.call, test.body, nil)
		if got := d.describe(id); got.Name != test.wantName || got.Description != test.wantAbout || got.State != test.state || got.Content != saying("x") {
			t.Errorf("%s: %+v", test.name, got)
		}
	}
	// Those that stand in for others may be edited.
	d.do("POST /contact-flows/I/b3110000-0000-4000-8000-00000000f006/content", js(obj{"Content": saying("Patience.")}), nil)
	d.do("POST /contact-flows/I/b3110000-0000-4000-8000-00000000f006/metadata", js(obj{"Description": "while waiting"}), nil)
}

// summary is an entry of a list.
type summary struct {
	Id, Name, Arn, ContactFlowType, ContactFlowState, ContactFlowStatus string
}

func TestListsGoOnWhereTheyEnded(t *testing.T) {
	d := open(t, admin.Limits{})
	draft := d.create("A draft", "x", "SAVED")
	var all []summary
	token := ""
	for n := 0; ; n++ {
		var out struct {
			ContactFlowSummaryList []summary
			NextToken              string
		}
		d.do("GET /contact-flows-summary/I?maxResults=6&nextToken="+token, "", &out)
		all = append(all, out.ContactFlowSummaryList...)
		if token = out.NextToken; token == "" {
			break
		}
		if len(out.ContactFlowSummaryList) != 6 || n > 3 {
			t.Fatalf("page %d has %d entries", n, len(out.ContactFlowSummaryList))
		}
		// What comes and goes before the place where a page ended is not seen.
		if n == 0 {
			d.do("DELETE /contact-flows/I/"+draft, "", nil)
			d.create("AA came meanwhile", saying("x"), "")
		}
	}
	if len(all) != 16 || !slices.IsSortedFunc(all, func(a, b summary) int { return strings.Compare(a.Name, b.Name) }) {
		t.Errorf("%d flows: %+v", len(all), all)
	}
	want := summary{draft, "A draft", d.arn + "/contact-flow/" + draft, "CONTACT_FLOW", "ACTIVE", "SAVED"}
	if all[0] != want {
		t.Errorf("first %+v, want %+v", all[0], want)
	}

	var out struct{ ContactFlowSummaryList []summary }
	d.do("GET /contact-flows-summary/I?contactFlowTypes=CUSTOMER_QUEUE&contactFlowTypes=AGENT_HOLD", "", &out)
	if got := out.ContactFlowSummaryList; len(got) != 2 || got[0].Name != "Default agent hold" || got[1].Name != "Default customer queue" {
		t.Errorf("of two types: %+v", got)
	}
	w := d.send("GET /contact-flows-summary/"+instance+"?contactFlowTypes=CAMPAIGN", "")
	if got := w.Body.String(); got != `{"ContactFlowSummaryList":[]}` {
		t.Errorf("of a type that there is none of: %s", got)
	}
}

func TestSearchingFlows(t *testing.T) {
	d := open(t, admin.Limits{})
	add := func(body obj) string {
		body["Type"], body["Content"] = "CUSTOMER_HOLD", saying("x")
		var out struct{ ContactFlowId string }
		d.do("PUT /contact-flows/I", js(body), &out)
		return out.ContactFlowId
	}
	red := add(obj{"Name": "Red house", "Description": "Big", "Tags": obj{"city": "Oslo", "floor": "1"}})
	add(obj{"Name": "Blue house", "Tags": obj{"city": "Bergen"}})
	add(obj{"Name": "Blue boat", "Description": "bigger", "Status": "SAVED"})
	d.do("POST /contact-flows/I/"+red+"/metadata", js(obj{"ContactFlowState": "ARCHIVED"}), nil)
	text := func(field, how, value string) obj {
		return obj{"StringCondition": obj{"FieldName": field, "ComparisonType": how, "Value": value}}
	}
	for _, test := range []struct {
		name             string
		criteria, filter obj
		want             string
	}{
		{"by what the name contains", text("name", "CONTAINS", "HOUSE"), nil, "Blue house, Red house"},
		{"by how it starts", text("Name", "STARTS_WITH", "blue"), nil, "Blue boat, Blue house"},
		{"by the whole", text("name", "EXACT", "blue boat"), nil, "Blue boat"},
		{"by less than the whole", text("name", "EXACT", "blue"), nil, ""},
		{"by description", text("description", "STARTS_WITH", "big"), nil, "Blue boat, Red house"},
		{"by id", text("resourceID", "EXACT", red), nil, "Red house"},
		{"contains is the usual way", obj{"StringCondition": obj{"FieldName": "name", "Value": "oat"}}, nil, "Blue boat"},
		{"by type", obj{"TypeCondition": "CUSTOMER_HOLD"}, nil, "Blue boat, Blue house, Default customer hold, Red house"},
		{"by state", obj{"StateCondition": "ARCHIVED"}, nil, "Red house"},
		{"by status", obj{"StatusCondition": "SAVED"}, nil, "Blue boat"},
		{"all of two", obj{"AndConditions": []obj{text("name", "CONTAINS", "blue"), text("name", "CONTAINS", "house")}}, nil, "Blue house"},
		{"one of two", obj{"OrConditions": []obj{text("name", "EXACT", "Sample AB test"), {"StateCondition": "ARCHIVED"}}}, nil, "Red house, Sample AB test"},
		{"two kinds at once", obj{"TypeCondition": "CUSTOMER_HOLD", "OrConditions": []obj{text("name", "CONTAINS", "house"), {"StatusCondition": "SAVED"}}, "StateCondition": "ACTIVE"}, nil, "Blue boat, Blue house"},
		{"within each other", obj{"AndConditions": []obj{{"OrConditions": []obj{text("name", "CONTAINS", "blue"), text("name", "CONTAINS", "red")}}, text("name", "CONTAINS", "house")}}, nil, "Blue house, Red house"},
		{"by a tag", nil, obj{"TagFilter": obj{"TagCondition": obj{"TagKey": "city", "TagValue": "Oslo"}}}, "Red house"},
		{"by a tag's key", nil, obj{"TagFilter": obj{"TagCondition": obj{"TagKey": "city"}}}, "Blue house, Red house"},
		{"by all tags", nil, obj{"TagFilter": obj{"AndConditions": []obj{{"TagKey": "city"}, {"TagKey": "floor", "TagValue": "1"}}}}, "Red house"},
		{"by some tags", nil, obj{"TagFilter": obj{"OrConditions": [][]obj{{{"TagKey": "city", "TagValue": "Bergen"}}, {{"TagKey": "floor"}, {"TagKey": "city"}}}}}, "Blue house, Red house"},
		{"by attributes", nil, obj{"FlowAttributeFilter": obj{"ContactFlowTypeCondition": obj{"ContactFlowType": "CUSTOMER_QUEUE"}}}, "Default customer queue"},
		{"by an attribute and a tag", nil, obj{"FlowAttributeFilter": obj{"AndCondition": obj{"ContactFlowTypeCondition": obj{"ContactFlowType": "CUSTOMER_HOLD"}, "TagConditions": []obj{{"TagKey": "floor"}}}}}, "Red house"},
		{"by one attribute or another", nil, obj{"FlowAttributeFilter": obj{"OrConditions": []obj{{"ContactFlowTypeCondition": obj{"ContactFlowType": "AGENT_HOLD"}}, {"TagConditions": []obj{{"TagKey": "floor"}}}}}}, "Default agent hold, Red house"},
		{"by both", text("name", "CONTAINS", "blue"), obj{"TagFilter": obj{"TagCondition": obj{"TagKey": "city"}}}, "Blue house"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out struct {
				ContactFlows          []flowView
				ApproximateTotalCount int
			}
			in := obj{"InstanceId": instance}
			if test.criteria != nil {
				in["SearchCriteria"] = test.criteria
			}
			if test.filter != nil {
				in["SearchFilter"] = test.filter
			}
			d.do("POST /search-contact-flows", js(in), &out)
			names := []string{}
			for _, f := range out.ContactFlows {
				names = append(names, f.Name)
			}
			if got := strings.Join(names, ", "); got != test.want || out.ApproximateTotalCount != len(names) {
				t.Errorf("found %s, %d in all; want %s", got, out.ApproximateTotalCount, test.want)
			}
		})
	}

	var first, rest struct {
		ContactFlows          []flowView
		ApproximateTotalCount int
		NextToken             string
	}
	d.do("POST /search-contact-flows", js(obj{"InstanceId": instance, "MaxResults": 10}), &first)
	d.do("POST /search-contact-flows", js(obj{"InstanceId": instance, "NextToken": first.NextToken}), &rest)
	if len(first.ContactFlows) != 10 || len(rest.ContactFlows) != 8 || first.ApproximateTotalCount != 18 || rest.NextToken != "" {
		t.Errorf("%d of %d, then %d", len(first.ContactFlows), first.ApproximateTotalCount, len(rest.ContactFlows))
	}
	if f := first.ContactFlows[0]; f.Content != "" || f.Arn == "" || f.State == "" || f.Status == "" {
		t.Errorf("found %+v, want it without content", f)
	}
}

func TestVersionsOfFlowsStay(t *testing.T) {
	d := open(t, few())
	id := d.create("Mine", saying("one"), "")
	version := "PUT /contact-flows/I/" + id + "/version"
	type made struct {
		ContactFlowArn string
		Version        int64
	}
	publish := func(body obj, want int64) {
		t.Helper()
		var out made
		d.do(version, js(body), &out)
		if out.Version != want || out.ContactFlowArn != d.arn+"/contact-flow/"+id {
			t.Errorf("made %+v, want version %d", out, want)
		}
	}
	publish(obj{"Description": "first", "FlowContentSha256": admin.Sum(saying("one"))}, 1)
	d.do("POST /contact-flows/I/"+id+"/content", js(obj{"Content": saying("two")}), nil)
	publish(obj{"ContactFlowVersion": 2}, 2)
	if got := d.describe(id + ":1"); got.Content != saying("one") || got.Version != 1 || got.VersionDescription != "first" || got.Status != "PUBLISHED" || got.FlowContentSha256 != admin.Sum(saying("one")) {
		t.Errorf("the first version: %+v", got)
	}
	if got := d.describe(d.arn + "/contact-flow/" + id + ":2"); got.Content != saying("two") || got.Version != 2 {
		t.Errorf("the second version: %+v", got)
	}

	const other = "11111111-0000-4000-8000-000000000001"
	d.refuse([]refusal{
		{"one too many", version, "{}", 429, "LimitExceededException", "2 versions"},
		{"another checksum", version, js(obj{"FlowContentSha256": admin.Sum("x")}), 400, "InvalidRequestException", "checksum"},
		{"no checksum at all", version, js(obj{"FlowContentSha256": "x"}), 400, "InvalidRequestException", "FlowContentSha256"},
		{"of a draft", "PUT /contact-flows/I/" + id + ":$SAVED/version", "{}", 400, "InvalidRequestException", "$SAVED"},
		{"of an unknown flow", "PUT /contact-flows/I/" + other + "/version", "{}", 404, "ResourceNotFoundException", other},
		{"of an unknown instance", "PUT /contact-flows/" + other + "/" + id + "/version", "{}", 404, "ResourceNotFoundException", other},
		{"list: unknown", "GET /contact-flows/I/" + other + "/versions", "", 404, "ResourceNotFoundException", other},
		{"list: unknown instance", "GET /contact-flows/" + other + "/" + id + "/versions", "", 404, "ResourceNotFoundException", other},
		{"list: too many", "GET /contact-flows/I/" + id + "/versions?maxResults=1001", "", 400, "InvalidRequestException", "MaxResults"},
		{"list: a bad token", "GET /contact-flows/I/" + id + "/versions?nextToken=x", "", 400, "InvalidRequestException", "NextToken"},
		{"delete: unknown", "DELETE /contact-flows/I/" + id + "/version/3", "", 404, "ResourceNotFoundException", "version 3"},
		{"delete: of an unknown flow", "DELETE /contact-flows/I/" + other + "/version/1", "", 404, "ResourceNotFoundException", other},
		{"delete: of an unknown instance", "DELETE /contact-flows/" + other + "/" + id + "/version/1", "", 404, "ResourceNotFoundException", other},
		{"delete: no number", "DELETE /contact-flows/I/" + id + "/version/x", "", 400, "InvalidRequestException", "ContactFlowVersion"},
	})

	type list struct {
		ContactFlowVersionSummaryList []struct {
			Arn, VersionDescription string
			Version                 int64
		}
		NextToken string
	}
	var first, rest list
	d.do("GET /contact-flows/I/"+id+"/versions?maxResults=1", "", &first)
	d.do("GET /contact-flows/I/"+id+"/versions?nextToken="+first.NextToken, "", &rest)
	if len(first.ContactFlowVersionSummaryList) != 1 || first.ContactFlowVersionSummaryList[0].VersionDescription != "first" ||
		len(rest.ContactFlowVersionSummaryList) != 1 || rest.ContactFlowVersionSummaryList[0].Arn != d.arn+"/contact-flow/"+id+":2" || rest.NextToken != "" {
		t.Errorf("listed %+v, then %+v", first, rest)
	}

	// A number is never given twice, also when the newest has gone.
	d.do("DELETE /contact-flows/I/"+id+"/version/2", "", nil)
	d.do("DELETE /contact-flows/I/"+id+"/version/1", "", nil)
	kept, err := d.store.Directory(t.Context(), seed.DevInstance)
	if err != nil {
		t.Fatal(err)
	}
	if f := kept.Flows[contact.FlowID(id)]; len(f.Earlier) != 2 || f.Earlier[0].Content != saying("one") {
		t.Errorf("for chats that are in a version that has gone there are %+v", f.Earlier)
	}
	d.refuse([]refusal{{"deleted", "GET /contact-flows/I/" + id + ":2", "", 404, "ResourceNotFoundException", "2"}})
	d.refuse([]refusal{{"a number that is not the next", version, js(obj{"ContactFlowVersion": 1}), 400, "InvalidRequestException", "next version is 3"}})
	publish(obj{}, 3)
	var left list
	d.do("GET /contact-flows/I/"+id+"/versions", "", &left)
	if len(left.ContactFlowVersionSummaryList) != 1 || left.ContactFlowVersionSummaryList[0].Version != 3 {
		t.Errorf("left %+v", left)
	}
}

func TestWhatTheStoreCannotDoIsTheServersFault(t *testing.T) {
	d := open(t, admin.Limits{})
	if err := d.store.Close(); err != nil {
		t.Fatal(err)
	}
	d.refuse([]refusal{
		{"create", "PUT /contact-flows/I", js(obj{"Name": "x", "Type": "CONTACT_FLOW", "Content": saying("x")}), 500, "InternalServiceException", "request"},
		{"associate", "PUT /instance/I/lambda-function", js(obj{"FunctionArn": "arn:aws:lambda:us-west-2:000000000000:function:f"}), 500, "InternalServiceException", "request"},
	})
}
