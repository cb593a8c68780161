package deskapi_test

import (
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

type testWidget struct {
	ID, Name, FlowID, HoursID string
	Origins, Secrets          []string
	Signed                    bool
	DurationMinutes           int
	Look                      map[string]any
}

func put(t *testing.T, who *servertest.Agent, w map[string]any) testWidget {
	t.Helper()
	a := who.Do("PutWidget", map[string]any{"widget": w})
	if a.Status != http.StatusOK {
		t.Fatalf("PutWidget: %d %s", a.Status, a.Body)
	}
	var out struct{ Widget testWidget }
	a.Into(t, &out)
	return out.Widget
}

func TestAdministratorsKeepWidgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := servertest.New(t)
		ana := srv.Desk("ana")
		made := put(t, ana, map[string]any{"name": " Shop ", "origins": []string{"https://shop.example.org"}, "signed": true, "durationMinutes": 120, "look": map[string]any{"title": "Hi"}})
		if made.ID == "" || made.Name != "Shop" || len(made.Secrets) != 1 || made.Look["title"] != "Hi" || made.DurationMinutes != 120 {
			t.Errorf("made %+v", made)
		}
		changed := put(t, ana, map[string]any{"id": made.ID, "name": "Shop", "flowId": seed.DevFlow, "secrets": []string{"mine"}})
		if diff := cmp.Diff(made.Secrets, changed.Secrets); diff != "" || changed.Signed || len(changed.Origins) != 0 || changed.FlowID != string(seed.DevFlow) {
			t.Errorf("changed to %+v", changed)
		}
		rotate := func(finish bool) []string {
			var out struct{ Widget testWidget }
			ana.Do("RotateWidgetSecret", map[string]any{"id": made.ID, "finish": finish}).Into(t, &out)
			return out.Widget.Secrets
		}
		two := rotate(false)
		if len(two) != 2 || two[1] != made.Secrets[0] || two[0] == two[1] {
			t.Errorf("while the secret changes: %q", two)
		}
		if one := rotate(true); len(one) != 1 || one[0] != two[0] {
			t.Errorf("then: %q", one)
		}
		var list struct {
			Widgets []testWidget
			Hours   []struct{ Name string }
		}
		ana.Do("ListWidgets", map[string]any{}).Into(t, &list)
		if len(list.Widgets) != 2 || list.Widgets[1].ID != made.ID || len(list.Hours) != 1 {
			t.Errorf("listed %+v", list)
		}
		if a := srv.Do(http.MethodGet, "/widget/"+made.ID+"/config", nil, ""); a.Status != http.StatusOK {
			t.Errorf("its configuration: %d", a.Status)
		}
		for name, w := range map[string]map[string]any{
			"no name":          {"origins": []string{"*"}},
			"a name twice":     {"name": "Shop"},
			"a broken look":    {"name": "x", "look": map[string]any{"theme": "blue"}},
			"another's flow":   {"name": "x", "flowId": "nowhere"},
			"hours not there":  {"name": "x", "hoursId": "never"},
			"a widget unknown": {"id": "nobody", "name": "x"},
			"a broken origin":  {"name": "x", "origins": []string{"shop.example.org"}},
		} {
			if a := ana.Do("PutWidget", map[string]any{"widget": w}); a.Status != http.StatusBadRequest {
				t.Errorf("%s: %d %s", name, a.Status, a.Body)
			}
		}
		if a := ana.Do("DeleteWidget", map[string]any{"id": made.ID}); a.Status != http.StatusOK {
			t.Errorf("delete: %d %s", a.Status, a.Body)
		}
		if a := srv.Do(http.MethodGet, "/widget/"+made.ID+"/config", nil, ""); a.Status != http.StatusNotFound {
			t.Errorf("deleted, its configuration is %d", a.Status)
		}
	})
}

func TestWhoMayKeepWidgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := servertest.New(t)
		ana, ben := srv.Desk("ana"), srv.Desk("ben")
		for _, operation := range []string{"ListWidgets", "PutWidget", "DeleteWidget", "RotateWidgetSecret", "ListFlows"} {
			if a := ben.Do(operation, map[string]any{"id": seed.DevWidget}); a.Status != http.StatusForbidden {
				t.Errorf("%s by an agent: %d %s", operation, a.Status, a.Body)
			}
		}
		var flows struct {
			Flows []struct {
				ID      string
				Default bool
			}
		}
		ana.Do("ListFlows", map[string]any{}).Into(t, &flows)
		defaults := 0
		for _, f := range flows.Flows {
			if f.Default {
				defaults++
			}
		}
		if defaults != 1 || len(flows.Flows) < 2 {
			t.Errorf("flows %+v", flows)
		}
		for who, want := range map[*servertest.Agent]bool{ana: true, ben: false} {
			var out struct {
				Configuration struct {
					Bellpull struct{ Supervisor, Admin bool }
				}
			}
			who.Do("GetAgentConfiguration", map[string]any{}).Into(t, &out)
			if b := out.Configuration.Bellpull; b.Admin != want || b.Supervisor != want {
				t.Errorf("%s is told %+v", who.Username, b)
			}
		}
	})
}
