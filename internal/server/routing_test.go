package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/flow"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

// frenchFirst are routing criteria: for half a minute somebody who speaks French
// well, then anybody who speaks it.
const frenchFirst = `{"Steps":[` +
	`{"Expression":{"AttributeCondition":{"Name":"language","Value":"french","ProficiencyLevel":"4","ComparisonOperator":"NumberGreaterOrEqualTo"}},"Expiry":{"DurationInSeconds":"30"}},` +
	`{"Expression":{"OrExpression":[{"AttributeCondition":{"Name":"language","Value":"french","ProficiencyLevel":1,"ComparisonOperator":"NumberGreaterOrEqualTo"}},` +
	`{"AttributeCondition":{"Name":"language","Value":"creole","ComparisonOperator":"Range","Range":{"MinProficiencyLevel":2,"MaxProficiencyLevel":3}}}]}}]}`

// asking sets routing criteria; bad ones are complained of.
func asking(criteria string) string {
	return flowOf(append([]string{
		block("ask", "UpdateRoutingCriteria", `{"RoutingCriteria":`+criteria+`}`, "set", "!NoMatchingError->bad"),
		say("bad", "They cannot be read.", "set"),
	}, into(seed.DevQueue)...)...)
}

// speaking opens a server whose agents know languages, as in ana french 2.
func speaking(t *testing.T, content string, languages ...string) *servertest.Server {
	t.Helper()
	dir := seed.Dev()
	dir.Flows[seed.DevFlow].Content = content
	for _, text := range languages {
		var (
			name string
			p    = directory.Proficiency{Attribute: "language"}
		)
		if _, err := fmt.Sscan(text, &name, &p.Value, &p.Level); err != nil {
			t.Fatal(err)
		}
		u := dir.UserByName(name)
		u.Proficiencies = append(u.Proficiencies, p)
	}
	return servertest.Open(t, servertest.Options{Directory: dir})
}

// available signs agents in, one second after another.
func available(srv *servertest.Server, names ...string) (agents []*servertest.Agent) {
	for _, name := range names {
		a := srv.SignIn(name)
		a.SetState("Available")
		pass(time.Second)
		agents = append(agents, a)
	}
	return agents
}

func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// states returns the states of a contact's routing steps, and of the contact at
// the agents.
func states(srv *servertest.Server, c *servertest.Customer, agents ...*servertest.Agent) string {
	var out struct {
		Contact struct {
			RoutingCriteria struct{ Steps []struct{ Status string } }
		}
	}
	srv.Call("GET", "/contacts/"+string(seed.DevInstance)+"/"+c.Contact, "", &out)
	var words []string
	for _, s := range out.Contact.RoutingCriteria.Steps {
		words = append(words, s.Status)
	}
	for _, a := range agents {
		if state := a.StateOf(c); state != "" {
			words = append(words, a.Username+" "+state)
		}
	}
	return strings.Join(words, ", ")
}

func expect(t *testing.T, when, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %q, want %q", when, got, want)
	}
}

func TestCriteriaWaitForWhoMeetsThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := speaking(t, asking(frenchFirst), "ana creole 1", "ben french 1")
		agents := available(srv, "ana", "ben")
		ada := srv.StartChat("Ada")
		pass(29 * time.Second)
		expect(t, "the first step", states(srv, ada, agents...), "ACTIVE, INACTIVE")
		pass(time.Second + 50*time.Millisecond)
		expect(t, "the second step", states(srv, ada, agents...), "EXPIRED, ACTIVE, ben connecting")
		agents[1].Accept(ada)
		pass(time.Hour)
		expect(t, "when somebody has joined", states(srv, ada, agents...), "EXPIRED, JOINED, ben connected")
	})
}

// Steps go on where they were when the server comes back, and those that ended
// meanwhile have ended.
func TestCriteriaSurviveARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := speaking(t, asking(frenchFirst), "ben french 1")
		available(srv, "ana", "ben")
		ada := srv.StartChat("Ada")
		srv.Stop()
		time.Sleep(time.Minute)
		srv.Start()
		pass(50 * time.Millisecond)
		expect(t, "after the restart", states(srv, ada, srv.Desk("ana"), srv.Desk("ben")), "EXPIRED, ACTIVE, ben connecting")
	})
}

func TestBadCriteriaTakeTheErrorBranch(t *testing.T) {
	for name, criteria := range map[string]string{
		"no value":  `{"Steps":[{"Expression":{"AttributeCondition":{"Name":"a"}}}]}`,
		"no number": `{"Steps":[{"Expression":{"AttributeCondition":{"Name":"a","Value":"v","ProficiencyLevel":"$.Attributes.none"}}}]}`,
		"nothing":   `"$.Attributes.none"`,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := speaking(t, asking(criteria))
				ada := srv.StartChat("Ada")
				synctest.Wait()
				expect(t, "the customer heard", strings.Join(texts(ada.Items()), "|"), "They cannot be read.")
				expect(t, "and has", states(srv, ada), "")
			})
		})
	}
}

func routingData(srv *servertest.Server, c *servertest.Customer, body string) servertest.Answer {
	return srv.Call(http.MethodPost, "/contacts/"+string(seed.DevInstance)+"/"+c.Contact+"/routing-data", body, nil)
}

// What is changed while a contact waits counts at once.
func TestUpdateContactRoutingData(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := speaking(t, asking(frenchFirst), "ana french 2")
		ana := available(srv, "ana")[0]
		ada := srv.StartChat("Ada")
		pass(time.Second)
		expect(t, "before", states(srv, ada, ana), "ACTIVE, INACTIVE")
		user := string(seed.DevAgents[0].ID)
		for _, body := range []string{
			`{"RoutingCriteria":{"Steps":[{"Expression":{"AttributeCondition":{"ComparisonOperator":"Match","MatchCriteria":{"AgentsCriteria":{"AgentIds":["` + user + `"]}}}},"Expiry":{"DurationInSeconds":60}}]}}`,
			`{"QueuePriority":3,"QueueTimeAdjustmentSeconds":-40}`,
		} {
			if a := routingData(srv, ada, body); a.Status != 200 || string(a.Body) != "{}" {
				t.Fatalf("%s: %d %s", body, a.Status, a.Body)
			}
		}
		pass(50 * time.Millisecond)
		expect(t, "for ana", states(srv, ada, ana), "ACTIVE, ana connecting")
		var out struct{ Contact map[string]any }
		srv.Call("GET", "/contacts/"+string(seed.DevInstance)+"/"+ada.Contact, "", &out)
		want := map[string]any{
			"ActivationTimestamp": out.Contact["RoutingCriteria"].(map[string]any)["ActivationTimestamp"],
			"Steps": []any{map[string]any{
				"Status":     "ACTIVE",
				"Expression": map[string]any{"AttributeCondition": map[string]any{"ComparisonOperator": "Match", "MatchCriteria": map[string]any{"AgentsCriteria": map[string]any{"AgentIds": []any{user}}}}},
				"Expiry":     map[string]any{"DurationInSeconds": 60.0, "ExpiryTimestamp": out.Contact["RoutingCriteria"].(map[string]any)["ActivationTimestamp"].(float64) + 60},
			}},
		}
		if diff := gocmp.Diff(want, out.Contact["RoutingCriteria"]); diff != "" {
			t.Errorf("DescribeContact (-want +got):\n%s", diff)
		}
		if out.Contact["QueuePriority"] != 3.0 || out.Contact["QueueTimeAdjustmentSeconds"] != -40.0 {
			t.Errorf("priority %v, adjustment %v", out.Contact["QueuePriority"], out.Contact["QueueTimeAdjustmentSeconds"])
		}
		if a := routingData(srv, ada, `{"RoutingCriteria":{"Steps":[]}}`); a.Status != 200 {
			t.Fatalf("take them away: %d %s", a.Status, a.Body)
		}
		expect(t, "taken away", states(srv, ada, ana), "ana connecting")
		for _, test := range []struct {
			name, body string
			status     int
			kind       string
		}{
			{"nothing", `{}`, 400, "InvalidParameterException"},
			{"no priority", `{"QueuePriority":0}`, 400, "InvalidParameterException"},
			{"no expression", `{"RoutingCriteria":{"Steps":[{}]}}`, 400, "InvalidParameterException"},
			{"an unknown comparison", `{"RoutingCriteria":{"Steps":[{"Expression":{"AttributeCondition":{"Name":"a","Value":"v","ComparisonOperator":"Like"}}}]}}`, 400, "InvalidParameterException"},
			{"no time", `{"RoutingCriteria":{"Steps":[{"Expression":{"AttributeCondition":{"Name":"a","Value":"v"}},"Expiry":{"DurationInSeconds":0}}]}}`, 400, "InvalidParameterException"},
		} {
			if a := routingData(srv, ada, test.body); a.Status != test.status || a.ErrorType() != test.kind {
				t.Errorf("%s: %d %s %s, want %d %s", test.name, a.Status, a.ErrorType(), a.Body, test.status, test.kind)
			}
		}
		other := *ada
		other.Contact = "11111111-0000-4000-8000-000000000001"
		if a := routingData(srv, &other, `{"QueuePriority":1}`); a.Status != 404 || a.ErrorType() != "ResourceNotFoundException" {
			t.Errorf("an unknown contact: %d %s", a.Status, a.Body)
		}
		ada.Leave()
		if a := routingData(srv, ada, `{"QueuePriority":1}`); a.Status != 409 || a.ErrorType() != "ResourceConflictException" {
			t.Errorf("after the end: %d %s", a.Status, a.Body)
		}
	})
}

// A priority that changes while contacts wait changes who comes first.
func TestPriorityChangesWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := seed.Dev()
		for _, p := range dir.Profiles {
			p.ChatConcurrency = 1
		}
		srv := servertest.Open(t, servertest.Options{Directory: dir})
		ada := srv.StartChat("Ada")
		pass(time.Second)
		bob := srv.StartChat("Bob")
		pass(time.Second)
		routingData(srv, bob, `{"QueuePriority":4}`)
		pass(time.Second)
		ana := available(srv, "ana")[0]
		expect(t, "bob", ana.StateOf(bob), "connecting")
		expect(t, "ada", ana.StateOf(ada), "")
	})
}

// A queue flow offers the waiting contact to one agent, and goes on at once.
func TestRouteContactToAgent(t *testing.T) {
	route := func(name string) string {
		return flowOf(
			block("soon", "Wait", `{"TimeLimitSeconds":"5"}`, "end", "WaitCompleted->route", "!NoMatchingError->end"),
			block("route", "RouteContactToAgent", fmt.Sprintf(`{"AgentId":%q}`, name), "said", "!NoMatchingError->bad"),
			say("said", "Ben is asked.", "end"), say("bad", "Ben cannot.", "end"), endIt)
	}
	start := func(t *testing.T, name string) *servertest.Server {
		return withFlows(t, flowOf(append([]string{
			block("ask", "UpdateRoutingCriteria", `{"RoutingCriteria":{"Steps":[{"Expression":{"AttributeCondition":{"Name":"a","Value":"v"}},"Expiry":{"DurationInSeconds":60}}]}}`, "hook", "!NoMatchingError->bye"),
			hook("hook", "CustomerQueue", queueFlowID, "set"),
		}, into(seed.DevQueue)...)...), map[contact.FlowID][2]string{queueFlowID: {string(flow.CustomerQueue), route(name)}}, nil)
	}
	t.Run("who is free", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			srv := start(t, "ben")
			agents := available(srv, "ana", "ben")
			ada := srv.StartChat("Ada")
			pass(6 * time.Second)
			expect(t, "rings", states(srv, ada, agents...), "ACTIVE, INACTIVE, ben connecting")
			expect(t, "the customer heard", strings.Join(texts(ada.Items()), "|"), "Ben is asked.")
			pass(20 * time.Second)
			expect(t, "missed", states(srv, ada, agents...), "EXPIRED, ACTIVE, ben error")
			pass(time.Minute)
			expect(t, "then anybody", states(srv, ada, agents...), "EXPIRED, EXPIRED, ana connecting, ben error")
		})
	})
	for name, agent := range map[string]string{"who is away": "ben", "nobody": "joe"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := start(t, agent)
				ana := available(srv, "ana")[0]
				ada := srv.StartChat("Ada")
				pass(6 * time.Second)
				expect(t, "waits on", states(srv, ada, ana), "ACTIVE")
				expect(t, "the customer heard", strings.Join(texts(ada.Items()), "|"), "Ben cannot.")
			})
		})
	}
}

// why asks as ana does, and returns the answer in short.
func why(t *testing.T, ana *servertest.Agent, c *servertest.Customer) string {
	t.Helper()
	var out struct {
		Phase, RingsAt        string
		Position, Step, Steps int
		Queue                 struct{ Name string }
		Agents                []struct {
			Username, Reason, Detail string
			Until                    float64
		}
	}
	a := ana.Do("WhyWaiting", map[string]string{"contactId": c.Contact})
	if a.Status != 200 {
		t.Fatalf("WhyWaiting: %d %s", a.Status, a.Body)
	}
	a.Into(t, &out)
	text := fmt.Sprintf("%s %s %d %d/%d", out.Phase, out.Queue.Name, out.Position, out.Step, out.Steps)
	if out.RingsAt != "" {
		text += " at " + out.RingsAt
	}
	for _, o := range out.Agents {
		text += "; " + strings.TrimSpace(o.Username+" "+o.Reason+" "+o.Detail)
		if o.Until != 0 {
			text += fmt.Sprintf(" for %.0fs", o.Until-float64(time.Now().UnixMilli())/1000)
		}
	}
	return text
}

func TestWhyAContactWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := seed.Dev()
		dir.Flows[seed.DevFlow].Content = flowOf(into(seed.DevQueue)...)
		for _, p := range dir.Profiles {
			p.ChatConcurrency = 1
		}
		late := &directory.RoutingProfile{ID: "late", Name: "Late", ChatConcurrency: 2, Queues: []directory.ProfileQueue{{Queue: seed.DevQueue, Priority: 1, Delay: time.Minute}}}
		other := &directory.RoutingProfile{ID: "other", Name: "Other", ChatConcurrency: 2}
		dir.Profiles[late.ID], dir.Profiles[other.ID] = late, other
		for i, name := range []string{"eva", "ida"} {
			u := *dir.UserByName("ben")
			u.ID, u.Username = contact.UserID(fmt.Sprintf("b3110000-0000-4000-8000-00000000e00%d", i+3)), name
			u.Profile = []directory.ProfileID{late.ID, other.ID}[i]
			dir.Users[u.ID] = &u
		}
		srv := servertest.Open(t, servertest.Options{Directory: dir})
		ana, ben := srv.SignIn("ana"), srv.SignIn("ben")
		ada := srv.StartChat("Ada")
		pass(time.Second)
		expect(t, "nobody is there", why(t, ana, ada), "queued BasicQueue 1 0/0; ana signed out; ben signed out; eva signed out; ida not served")
		ana.SetState("Break")
		ben.SetState("Available")
		pass(time.Second)
		expect(t, "it rings", why(t, ana, ada), "offered BasicQueue 0 0/0 at ben; ana status Break; ben rings; eva signed out; ida not served")
		bob := srv.StartChat("Bob")
		if err := srv.Centre().SetStatus(t.Context(), seed.DevInstance, "b3110000-0000-4000-8000-00000000e003", availableID(dir), false); err != nil {
			t.Fatal(err)
		}
		pass(20 * time.Second)
		expect(t, "missed", why(t, ana, ada), "queued BasicQueue 1 0/0; eva delayed for 38s; ben missed; ana status Break; ida not served")
		expect(t, "behind it", why(t, ana, bob), "queued BasicQueue 2 0/0; eva delayed for 40s; ben no slot 1 of 1 taken, 1 not cleared; ana status Break; ida not served")
		pass(time.Minute)
		ana.SetState("Available")
		pass(time.Second)
		for _, c := range []*servertest.Customer{ada, bob} {
			if ana.StateOf(c) == "connecting" {
				ana.Accept(c)
			}
		}
		ana.TryState("Break", true)
		cat := srv.StartChat("Cat")
		pass(time.Second)
		if got := why(t, ana, cat); !strings.Contains(got, "ana next status Break") {
			t.Errorf("with a next status: %q", got)
		}
		cat.Leave()
		expect(t, "it is over", why(t, ana, cat), "ended  0 0/0")
		if a := ben.Do("WhyWaiting", map[string]string{"contactId": ada.Contact}); a.Status != 403 || a.ErrorType() != "AccessDeniedException" {
			t.Errorf("who is no supervisor: %d %s", a.Status, a.Body)
		}
		if a := ana.Do("WhyWaiting", map[string]string{"contactId": "none"}); a.Status != 400 {
			t.Errorf("an unknown contact: %d %s", a.Status, a.Body)
		}
	})
}

func availableID(dir *directory.Directory) contact.StatusID {
	for _, s := range dir.Statuses {
		if s.Type == contact.Routable {
			return s.ID
		}
	}
	return ""
}
