package connectapi_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/admin"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/seed"
)

// shown is what these tests look at of a view.
type shown struct {
	Id, Arn, Name, Type, Status, Description string
	Content                                  *struct {
		Template, InputSchema string
		Actions               []string
	}
	ViewContentSha256, VersionDescription string
	Version                               int32
	Tags                                  map[string]string
}

func template(title string) string {
	return `{"Head":{"Title":"` + title + `"},"Body":[{"_id":"a","Type":"Text","Props":{"Text":"$.Name","More":"$.Order.id"}}]}`
}

func (d *door) createView(body obj) shown {
	d.t.Helper()
	var out struct{ View shown }
	d.do("PUT /views/I", js(body), &out)
	return out.View
}

func (d *door) view(ref string) shown {
	d.t.Helper()
	var out struct{ View shown }
	d.do("GET /views/I/"+url.PathEscape(ref), "", &out)
	return out.View
}

func (d *door) viewNames(call, body string) (names []string) {
	d.t.Helper()
	var out struct {
		ViewsSummaryList, Views []shown
		ViewVersionSummaryList  []shown
	}
	d.do(call, body, &out)
	for _, v := range slices.Concat(out.ViewsSummaryList, out.Views) {
		names = append(names, v.Name)
	}
	for _, v := range out.ViewVersionSummaryList {
		names = append(names, v.VersionDescription)
	}
	return names
}

func TestAViewIsSavedPublishedAndKeptAsVersions(t *testing.T) {
	d := open(t, few())
	actions := []string{"Submit", "Leave it"}
	content := func(title string) obj { return obj{"Template": template(title), "Actions": actions} }
	v := d.createView(obj{"Name": "Order", "Description": "asks", "Status": "SAVED", "Content": content("one"), "Tags": obj{"team": "sales"}, "ClientToken": "t"})
	if v.Status != "SAVED" || v.Type != "CUSTOMER_MANAGED" || v.Arn != d.arn+"/view/"+v.Id || v.Content.Template != template("one") {
		t.Errorf("created %+v", v)
	}
	if want := `{"type":"object","properties":{"Name":{},"Order":{}},"required":["Name","Order"]}`; v.Content.InputSchema != want {
		t.Errorf("the schema is %s, want %s", v.Content.InputSchema, want)
	}
	if again := d.createView(obj{"Name": "Order", "Status": "SAVED", "Content": content("one"), "ClientToken": "t"}); again.Id != v.Id {
		t.Errorf("a repeat made %s, want %s", again.Id, v.Id)
	}
	at := "/views/I/" + v.Id
	d.refuse([]refusal{
		{"not published", "GET " + at + url.PathEscape(":$LATEST"), "", 404, "ResourceNotFoundException", "$LATEST"},
		{"no version of a draft", "PUT " + at + "/versions", "{}", 400, "InvalidRequestException", "published"},
		{"a name that is taken", "PUT /views/I", js(obj{"Name": "Order", "Status": "SAVED", "Content": content("x")}), 409, "DuplicateResourceException", "Order"},
		{"a token that is taken", "PUT /views/I", js(obj{"Name": "Two", "Status": "SAVED", "Content": content("x"), "ClientToken": "t"}), 409, "DuplicateResourceException", "ClientToken"},
		{"no JSON", "POST " + at, js(obj{"Status": "PUBLISHED", "Content": obj{"Template": "{"}}), 400, "InvalidRequestException", "Template"},
	})
	d.do("POST "+at, js(obj{"Status": "PUBLISHED", "Content": content("two")}), nil)
	d.do("PUT "+at+"/versions", js(obj{"VersionDescription": "first"}), nil)
	d.do("POST "+at, js(obj{"Status": "SAVED", "Content": content("three")}), nil)
	d.do("POST "+at+"/metadata", js(obj{"Name": "Order form", "Description": "wants"}), nil)
	for ref, want := range map[string]struct {
		title, status string
		version       int32
	}{
		"": {"two", "PUBLISHED", 0}, ":$LATEST": {"two", "PUBLISHED", 0}, ":$SAVED": {"three", "SAVED", 0}, ":1": {"two", "PUBLISHED", 1},
	} {
		got := d.view(v.Arn + ref)
		if got.Content.Template != template(want.title) || got.Status != want.status || got.Version != want.version || got.Name != "Order form" || got.Description != "wants" {
			t.Errorf("%q: %+v, want %+v", ref, got, want)
		}
	}
	d.do("POST "+at, js(obj{"Status": "PUBLISHED", "Content": content("three")}), nil)
	if got := d.view(v.Id + ":1"); got.Content.Template != template("two") {
		t.Errorf("a version has changed: %+v", got)
	}
	d.do("PUT "+at+"/versions", js(obj{"VersionDescription": "second"}), nil)
	d.do("DELETE "+at+"/versions/2", "", nil)
	d.do("PUT "+at+"/versions", js(obj{"VersionDescription": "third"}), nil)
	if got, want := d.viewNames("GET "+at+"/versions", ""), []string{"first", "third"}; !slices.Equal(got, want) {
		t.Errorf("versions %q, want %q", got, want)
	}
	if got := d.view(v.Id + ":3").VersionDescription; got != "third" {
		t.Errorf("version 3 is %q: a number was given twice", got)
	}
	d.refuse([]refusal{
		{"a deleted version", "GET " + at + ":2", "", 404, "ResourceNotFoundException", "2"},
		{"a version that is not there", "DELETE " + at + "/versions/9", "", 404, "ResourceNotFoundException", "9"},
		{"too many versions", "PUT " + at + "/versions", "{}", 402, "ServiceQuotaExceededException", "versions"},
		{"a version is fixed", "POST " + at + ":1", js(obj{"Status": "SAVED", "Content": content("x")}), 400, "InvalidRequestException", "version"},
	})
	kept, err := d.store.Directory(t.Context(), seed.DevInstance)
	if err != nil {
		t.Fatal(err)
	}
	if k := kept.Views[directory.ViewID(v.Id)]; k == nil || k.Content.Template != template("three") || len(k.Versions) != 2 || len(k.Earlier) != 1 {
		t.Errorf("the store has %+v", k)
	}
	d.do("DELETE "+at, "", nil)
	d.refuse([]refusal{{"deleted", "GET " + at, "", 404, "ResourceNotFoundException", v.Id}})
}

func TestViewsAreListedAndSearched(t *testing.T) {
	d := open(t, admin.Limits{})
	d.createView(obj{"Name": "Order", "Status": "PUBLISHED", "Content": obj{"Template": "{}"}, "Tags": obj{"team": "sales"}})
	d.createView(obj{"Name": "Address", "Status": "SAVED", "Content": obj{"Template": "{}"}})
	managed := []string{"Cards", "Confirmation", "Detail", "Form", "List", "Wizard"}
	for _, test := range []struct {
		name, call, body string
		want             []string
	}{
		{"all", "GET /views/I", "", []string{"Address", "Cards", "Confirmation", "Detail", "Form", "List", "Order", "Wizard"}},
		{"of the customer", "GET /views/I?type=CUSTOMER_MANAGED", "", []string{"Address", "Order"}},
		{"managed", "GET /views/I?type=AWS_MANAGED", "", managed},
		{"searched by name", "POST /search-views", js(obj{"InstanceId": instance, "SearchCriteria": obj{
			"StringCondition": obj{"FieldName": "name", "Value": "orde", "ComparisonType": "STARTS_WITH"},
		}}), []string{"Order"}},
		{"searched by status", "POST /search-views", js(obj{"InstanceId": instance, "SearchCriteria": obj{"ViewStatusCondition": "SAVED"}}), []string{"Address"}},
		{"searched with and, or", "POST /search-views", js(obj{"InstanceId": instance, "SearchCriteria": obj{
			"AndConditions": []obj{{"ViewTypeCondition": "AWS_MANAGED"}},
			"OrConditions": []obj{
				{"StringCondition": obj{"FieldName": "resourceID", "Value": "form", "ComparisonType": "EXACT"}},
				{"StringCondition": obj{"FieldName": "name", "Value": "list", "ComparisonType": "CONTAINS"}},
			},
		}}), []string{"Form", "List"}},
		{"searched by tag", "POST /search-views", js(obj{"InstanceId": instance, "SearchFilter": obj{
			"AttributeFilter": obj{"TagCondition": obj{"TagKey": "team", "TagValue": "sales"}},
		}}), []string{"Order"}},
	} {
		if got := d.viewNames(test.call, test.body); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
	var one struct{ NextToken string }
	d.do("GET /views/I?maxResults=7", "", &one)
	if got := d.viewNames("GET /views/I?nextToken="+url.QueryEscape(one.NextToken), ""); !slices.Equal(got, []string{"Wizard"}) {
		t.Errorf("the second page has %q", got)
	}
}

func TestTheViewsThatComeWithTheServer(t *testing.T) {
	d := open(t, admin.Limits{})
	form := d.view("form")
	if form.Type != "AWS_MANAGED" || form.Status != "PUBLISHED" || form.Arn != "arn:aws:connect:us-west-2:aws:view/form" ||
		!slices.Contains(form.Content.Actions, "Next") || !strings.Contains(form.Content.InputSchema, `"Sections":{}`) {
		t.Errorf("form is %+v", form)
	}
	one := d.view(form.Arn + ":1")
	if diff := cmp.Diff(form.Content, one.Content); diff != "" || one.Version != 1 {
		t.Errorf("by ARN and version %d (-want +got):\n%s", one.Version, diff)
	}
	d.refuse([]refusal{
		{"changed", "POST /views/I/form", js(obj{"Status": "SAVED", "Content": obj{"Template": "{}"}}), 403, "AccessDeniedException", "form"},
		{"deleted", "DELETE /views/I/form", "", 403, "AccessDeniedException", "form"},
		{"another version", "GET /views/I/form:2", "", 404, "ResourceNotFoundException", "2"},
	})
}
