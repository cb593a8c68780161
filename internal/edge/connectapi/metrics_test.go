package connectapi_test

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/admin"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

const (
	queue     = string(seed.DevQueue)
	current   = "POST /metrics/current/I"
	users     = "POST /metrics/userdata/I"
	ofContact = "POST /metrics/contact"
	history   = "POST /metrics/data"
	older     = "POST /metrics/historical/I"
)

// figures are metrics by name; one that has no value is NaN.
type figures map[string]float64

// answered is an answer of any of the operations about metrics.
type answered struct {
	DataSnapshotTime      float64
	ApproximateTotalCount int
	NextToken             string
	MetricResults         []struct {
		Dimensions     map[string]any
		MetricInterval struct {
			Interval           string
			StartTime, EndTime float64
		}
		Collections []struct {
			Metric struct {
				Name, Unit, Statistic string
				Threshold             any
			}
			Value *float64
		}
		Name  string
		Value struct{ Number float64 }
	}
}

// figures returns those of one line.
func (a *answered) figures(line int) figures {
	out := figures{}
	for _, c := range a.MetricResults[line].Collections {
		out[c.Metric.Name] = math.NaN()
		if c.Value != nil {
			out[c.Metric.Name] = *c.Value
		}
	}
	return out
}

func sameFigures(t *testing.T, what string, got, want figures) {
	t.Helper()
	close := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-9 || math.IsNaN(a) && math.IsNaN(b) })
	if diff := cmp.Diff(want, got, close); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func named(names ...string) (out []obj) {
	for _, name := range names {
		out = append(out, obj{"Name": name})
	}
	return out
}

// asking asks for the figures that are wanted and compares them.
type asking struct {
	t   *testing.T
	srv *servertest.Server
	dir *directory.Directory
}

func (k *asking) ask(call, body string) (out answered) {
	k.t.Helper()
	method, path := http.MethodPost, call[len("POST "):]
	if i := len(path) - 2; path[i:] == "/I" {
		path = path[:i] + "/" + instance
	}
	k.srv.Call(method, path, body, &out)
	return out
}

// now checks the figures of the present.
func (k *asking) now(what string, want figures, more obj) {
	k.t.Helper()
	in := obj{"Filters": obj{"Queues": []string{queue}}, "CurrentMetrics": named(slices.Sorted(maps.Keys(want))...)}
	maps.Copy(in, more)
	out := k.ask(current, js(in))
	if len(out.MetricResults) != 1 {
		k.t.Fatalf("%s: %d lines", what, len(out.MetricResults))
	}
	sameFigures(k.t, what, out.figures(0), want)
}

// past checks the figures of the time from the beginning.
func (k *asking) past(what string, from time.Time, wanted []obj, more obj, want ...figures) answered {
	k.t.Helper()
	in := obj{
		"ResourceArn": k.dir.Instance.ARN(), "StartTime": from.Unix(), "EndTime": time.Now().Unix(),
		"Filters": []obj{{"FilterKey": "QUEUE", "FilterValues": []string{queue}}}, "Metrics": wanted,
	}
	maps.Copy(in, more)
	out := k.ask(history, js(in))
	if len(out.MetricResults) != len(want) {
		k.t.Fatalf("%s: %d lines, want %d", what, len(out.MetricResults), len(want))
	}
	for i := range want {
		sameFigures(k.t, fmt.Sprint(what, ", line ", i), out.figures(i), want[i])
	}
	return out
}

// until sleeps until so many seconds after the beginning.
func until(began time.Time, seconds int) {
	time.Sleep(time.Until(began.Add(time.Duration(seconds) * time.Second)))
	synctest.Wait()
}

// Two agents with a slot each serve a queue: Ada is answered, Bob gives up, Cyd is
// missed by ben and answered by ana. Every figure is worked out by hand.
func TestFiguresOfAStory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := seed.Dev()
		for _, p := range dir.Profiles {
			p.ChatConcurrency = 1
		}
		srv := servertest.Open(t, servertest.Options{Directory: dir})
		k := &asking{t, srv, dir}
		ana, ben := srv.SignIn("ana"), srv.SignIn("ben")
		began := time.Now()

		ana.SetState("Available")
		ada := srv.StartChat("Ada") // rings at ana at once
		until(began, 2)
		k.now("while Ada rings", figures{"CONTACTS_IN_QUEUE": 1, "AGENTS_AVAILABLE": 0, "AGENTS_ON_CONTACT": 0, "SLOTS_AVAILABLE": 0, "SLOTS_ACTIVE": 0}, nil)
		until(began, 5)
		ana.Accept(ada)
		bob := srv.StartChat("Bob")
		until(began, 35)
		bob.Leave()
		cyd := srv.StartChat("Cyd")
		until(began, 40)
		k.now("while Cyd waits", figures{
			"CONTACTS_IN_QUEUE": 1, "OLDEST_CONTACT_AGE": 5000, "CONTACTS_SCHEDULED": 0, "AGENTS_ONLINE": 1, "AGENTS_STAFFED": 1,
			"AGENTS_AVAILABLE": 0, "AGENTS_ON_CONTACT": 1, "AGENTS_ON_CALL": 1, "AGENTS_ERROR": 0, "SLOTS_ACTIVE": 1, "SLOTS_AVAILABLE": 0,
		}, nil)
		k.now("with a grouping the age is in seconds", figures{"OLDEST_CONTACT_AGE": 5}, obj{"Groupings": []string{"QUEUE"}})
		k.waits(cyd, figures{"POSITION_IN_QUEUE": 1})
		k.prometheus("contacts", "", 1)
		k.prometheus("oldest_contact_seconds", "", 5)
		k.prometheus("agents", "on_contact", 1)
		k.prometheus("agents", "available", 0)
		k.prometheus("slots", "active", 1)
		until(began, 45)
		ben.SetState("Available")
		until(began, 50)
		k.now("while Cyd rings at ben", figures{"CONTACTS_IN_QUEUE": 1, "OLDEST_CONTACT_AGE": 15000, "AGENTS_ONLINE": 2, "AGENTS_AVAILABLE": 0}, nil)
		until(began, 75) // ben has missed Cyd
		ada.Leave()
		until(began, 80)
		k.now("while ana is in after-contact work", figures{
			"CONTACTS_IN_QUEUE": 1, "OLDEST_CONTACT_AGE": 45000, "AGENTS_AFTER_CONTACT_WORK": 1, "AGENTS_ON_CONTACT": 1, "AGENTS_ERROR": 1,
			"AGENTS_ONLINE": 2, "AGENTS_STAFFED": 2, "AGENTS_NON_PRODUCTIVE": 0, "AGENTS_AVAILABLE": 0, "SLOTS_ACTIVE": 1, "SLOTS_AVAILABLE": 0,
		}, nil)
		// Ada took 70 s and 5 s so far, of two slots.
		k.waits(cyd, figures{"POSITION_IN_QUEUE": 1, "ESTIMATED_WAIT_TIME": 38})
		// Another one would be second.
		k.now("a new one's wait", figures{"ESTIMATED_WAIT_TIME": 75}, obj{"Filters": obj{"Queues": []string{queue}, "Channels": []string{"CHAT"}}})
		until(began, 95)
		ana.Clear(ada)
		until(began, 98)
		ana.Accept(cyd)
		until(began, 128)
		ana.Hangup(cyd, "agent")
		until(began, 138)
		ana.Clear(cyd)
		until(began, 150)
		ben.Clear(cyd)
		until(began, 160)
		ben.SetState("Break")
		until(began, 180)
		k.now("at last", figures{
			"CONTACTS_IN_QUEUE": 0, "OLDEST_CONTACT_AGE": 0, "AGENTS_ONLINE": 2, "AGENTS_STAFFED": 1, "AGENTS_NON_PRODUCTIVE": 1,
			"AGENTS_AVAILABLE": 1, "AGENTS_ON_CONTACT": 0, "AGENTS_ERROR": 0, "SLOTS_ACTIVE": 0, "SLOTS_AVAILABLE": 1,
		}, nil)

		contacts := figures{
			"CONTACTS_CREATED": 3, "CONTACTS_QUEUED": 3, "CONTACTS_QUEUED_BY_ENQUEUE": 3, "CONTACTS_HANDLED": 2,
			"CONTACTS_HANDLED_BY_CONNECTED_TO_AGENT": 2, "SUM_CONTACTS_ABANDONED": 1, "ABANDONMENT_RATE": 100.0 / 3,
			"AVG_QUEUE_ANSWER_TIME": (5.0 + 63) / 2, "MAX_QUEUED_TIME": 63, "AVG_ABANDON_TIME": 30,
			"AVG_HANDLE_TIME": (90.0 + 40) / 2, "SUM_HANDLE_TIME": 130, "AVG_INTERACTION_TIME": (70.0 + 30) / 2, "SUM_INTERACTION_TIME": 100,
			"AVG_AFTER_CONTACT_WORK_TIME": 15, "SUM_AFTER_CONTACT_WORK_TIME": 30, "AVG_CONTACT_DURATION": (75.0 + 30 + 93) / 3,
			"SUM_CONTACTS_DISCONNECTED": 3, "CONTACTS_TRANSFERRED_OUT": 0, "CONTACTS_TRANSFERRED_OUT_BY_AGENT": 0,
			"CONTACTS_TRANSFERRED_OUT_INTERNAL": 0, "CONTACTS_TRANSFERRED_OUT_FROM_QUEUE": 0,
		}
		agents := figures{
			"AVG_AGENT_CONNECTING_TIME": (5.0 + 3) / 2, "AGENT_NON_RESPONSE": 1, "AGENT_NON_RESPONSE_WITHOUT_CUSTOMER_ABANDONS": 1,
			"AGENT_ANSWER_RATE": 200.0 / 3, "AGENT_OCCUPANCY": 13000.0 / (130 + 42 + 95), "SUM_CONTACT_TIME_AGENT": 130,
			"SUM_IDLE_TIME_AGENT": 42 + 95, "SUM_ONLINE_TIME_AGENT": 180 + 135, "SUM_NON_PRODUCTIVE_TIME_AGENT": 20,
			"SUM_ERROR_STATUS_TIME_AGENT": 85,
		}
		all := maps.Clone(contacts)
		maps.Copy(all, agents)
		k.past("altogether", began, named(slices.Collect(maps.Keys(all))...), nil, all)
		srv.Restart()
		k.past("after a restart", began, named(slices.Collect(maps.Keys(all))...), nil, all)

		threshold := func(name, than string, seconds int) []obj {
			return []obj{{"Name": name, "Threshold": []obj{{"Comparison": than, "ThresholdValue": seconds}}}}
		}
		for _, test := range []struct {
			name, than string
			seconds    int
			want       float64
		}{
			{"SERVICE_LEVEL", "LT", 5, 0},
			{"SERVICE_LEVEL", "LTE", 5, 100.0 / 3},
			{"SERVICE_LEVEL", "LT", 64, 200.0 / 3},
			{"SUM_CONTACTS_ANSWERED_IN_X", "LT", 6, 1},
			{"SUM_CONTACTS_ANSWERED_IN_X", "LT", 600, 2},
			{"SUM_CONTACTS_ABANDONED_IN_X", "LT", 30, 0},
			{"SUM_CONTACTS_ABANDONED_IN_X", "LTE", 30, 1},
		} {
			k.past(fmt.Sprint(test.name, test.than, test.seconds), began, threshold(test.name, test.than, test.seconds), nil, figures{test.name: test.want})
		}

		byAgent := obj{"Groupings": []string{"AGENT"}, "Filters": []obj{{"FilterKey": "ROUTING_PROFILE", "FilterValues": []string{string(profile(dir))}}}}
		out := k.past("by agent", began, named("CONTACTS_HANDLED", "AGENT_NON_RESPONSE", "SUM_IDLE_TIME_AGENT", "AGENT_OCCUPANCY"), byAgent,
			figures{"CONTACTS_HANDLED": 2, "AGENT_NON_RESPONSE": 0, "SUM_IDLE_TIME_AGENT": 42, "AGENT_OCCUPANCY": 13000.0 / 172},
			figures{"CONTACTS_HANDLED": 0, "AGENT_NON_RESPONSE": 1, "SUM_IDLE_TIME_AGENT": 95, "AGENT_OCCUPANCY": 0})
		if got := out.MetricResults[0].Dimensions["AGENT"]; got != string(seed.DevAgents[0].ID) {
			t.Errorf("the first line is of agent %v", got)
		}
		k.past("by reason", began, named("SUM_CONTACTS_DISCONNECTED"), obj{"Groupings": []string{"DISCONNECT_REASON"}},
			figures{"SUM_CONTACTS_DISCONNECTED": 1}, figures{"SUM_CONTACTS_DISCONNECTED": 2})
		k.past("by the customer", began, []obj{{"Name": "SUM_CONTACTS_DISCONNECTED", "MetricFilters": []obj{{
			"MetricFilterKey": "DISCONNECT_REASON", "MetricFilterValues": []string{"CUSTOMER_DISCONNECT"},
		}}}}, nil, figures{"SUM_CONTACTS_DISCONNECTED": 2})
		k.past("not by the customer", began, []obj{{"Name": "SUM_CONTACTS_DISCONNECTED", "MetricFilters": []obj{{
			"MetricFilterKey": "DISCONNECT_REASON", "MetricFilterValues": []string{"CUSTOMER_DISCONNECT"}, "Negate": true,
		}}}}, nil, figures{"SUM_CONTACTS_DISCONNECTED": 1})
		k.past("of another channel", began, named("CONTACTS_CREATED", "AVG_HANDLE_TIME"), obj{"Filters": []obj{
			{"FilterKey": "QUEUE", "FilterValues": []string{dir.Instance.ARN("queue", queue)}}, {"FilterKey": "CHANNEL", "FilterValues": []string{"VOICE"}},
		}}, figures{"CONTACTS_CREATED": 0, "AVG_HANDLE_TIME": math.NaN()})
		k.older(began)
	})
}

// profile returns the routing profile of the dev instance.
func profile(dir *directory.Directory) directory.ProfileID {
	for id := range dir.Profiles {
		return id
	}
	return ""
}

// waits checks what is said of a contact in a queue.
func (k *asking) waits(c *servertest.Customer, want figures) {
	k.t.Helper()
	out := k.ask(ofContact, js(obj{"InstanceId": instance, "ContactId": c.Contact, "Metrics": named("POSITION_IN_QUEUE", "ESTIMATED_WAIT_TIME")}))
	got := figures{}
	for _, r := range out.MetricResults {
		got[r.Name] = r.Value.Number
	}
	sameFigures(k.t, c.Name+" waits", got, want)
}

// prometheus checks one of the queue's figures for operators.
func (k *asking) prometheus(name, state string, want float64) {
	k.t.Helper()
	if state != "" {
		state = `,state="` + state + `"`
	}
	line := fmt.Sprintf("\nbellpull_queue_%s{instance=%q,name=%q,queue=%q%s} %v\n", name, instance, "BasicQueue", queue, state, want)
	if body := string(k.srv.Do(http.MethodGet, "/metrics", nil, "").Body); !strings.Contains(body, line) {
		k.t.Errorf("/metrics does not say%s", line)
	}
}

// older checks GetMetricData, five minutes after the beginning.
func (k *asking) older(began time.Time) {
	k.t.Helper()
	until(began, 300)
	want := figures{
		"CONTACTS_QUEUED": 3, "CONTACTS_HANDLED": 2, "CONTACTS_ABANDONED": 1, "CONTACTS_AGENT_HUNG_UP_FIRST": 1, "CONTACTS_HANDLED_INCOMING": 0,
		"API_CONTACTS_HANDLED": 2, "CONTACTS_TRANSFERRED_IN": 0, "CONTACTS_TRANSFERRED_OUT": 0, "CONTACTS_TRANSFERRED_IN_FROM_QUEUE": 0,
		"CONTACTS_TRANSFERRED_OUT_FROM_QUEUE": 0, "CONTACTS_MISSED": 1, "HANDLE_TIME": 65, "AFTER_CONTACT_WORK_TIME": 15, "QUEUED_TIME": 63,
		"ABANDON_TIME": 30, "QUEUE_ANSWER_TIME": 34, "INTERACTION_TIME": 50, "INTERACTION_AND_HOLD_TIME": 50,
	}
	in := obj{
		"StartTime": began.Unix(), "EndTime": began.Add(5 * time.Minute).Unix(), "Groupings": []string{"QUEUE"},
		"Filters": obj{"Queues": []string{queue}}, "HistoricalMetrics": named(slices.Sorted(maps.Keys(want))...),
	}
	out := k.ask(older, js(in))
	if len(out.MetricResults) != 1 {
		k.t.Fatalf("GetMetricData: %d lines", len(out.MetricResults))
	}
	sameFigures(k.t, "GetMetricData", out.figures(0), want)
	in["HistoricalMetrics"], in["Groupings"] = []obj{
		{"Name": "SERVICE_LEVEL", "Statistic": "AVG", "Unit": "PERCENT", "Threshold": obj{"Comparison": "LT", "ThresholdValue": 6}}, {"Name": "OCCUPANCY"},
	}, []string{}
	out = k.ask(older, js(in))
	sameFigures(k.t, "GetMetricData of all", out.figures(0), figures{"SERVICE_LEVEL": 100.0 / 3, "OCCUPANCY": 13000.0 / (130 + 42 + 120 + 95)})
}

func TestAgentsAtWorkAreShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := seed.Dev()
		srv := servertest.Open(t, servertest.Options{Directory: dir})
		ana, ben := srv.SignIn("ana"), srv.SignIn("ben")
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		time.Sleep(time.Second)
		synctest.Wait()
		ana.Accept(ada)
		time.Sleep(time.Second)
		synctest.Wait()
		ana.TryState("Break", true)
		show := func(filters obj) (out struct {
			ApproximateTotalCount int
			UserDataList          []struct {
				User, RoutingProfile                                             struct{ ID, ARN string }
				Status                                                           struct{ StatusName, StatusARN string }
				NextStatus                                                       string
				MaxSlotsByChannel, ActiveSlotsByChannel, AvailableSlotsByChannel map[string]int
				Contacts                                                         []struct {
					ContactID, Channel, InitiationMethod, AgentContactState string
					Queue                                                   struct{ ID string }
					StateStartTimestamp, ConnectedToAgentTimestamp          float64
				}
			}
		},
		) {
			srv.Call("POST", "/metrics/userdata/"+instance, js(obj{"Filters": filters}), &out)
			return out
		}
		got := show(obj{"Queues": []string{queue}})
		if got.ApproximateTotalCount != 1 || len(got.UserDataList) != 1 {
			t.Fatalf("shown %+v, want ana alone: ben is offline", got)
		}
		u := got.UserDataList[0]
		most := dir.Profiles[profile(dir)].ChatConcurrency
		if u.User.ID != string(seed.DevAgents[0].ID) || u.Status.StatusName != "Available" || u.NextStatus != "Break" ||
			u.MaxSlotsByChannel["CHAT"] != most || u.ActiveSlotsByChannel["CHAT"] != 1 || u.AvailableSlotsByChannel["CHAT"] != 0 {
			t.Errorf("ana is shown as %+v", u)
		}
		if len(u.Contacts) != 1 || u.Contacts[0].ContactID != ada.Contact || u.Contacts[0].AgentContactState != "CONNECTED" ||
			u.Contacts[0].InitiationMethod != "API" || u.Contacts[0].Queue.ID != queue || u.Contacts[0].ConnectedToAgentTimestamp == 0 {
			t.Errorf("her contacts are %+v", u.Contacts)
		}
		for _, test := range []struct {
			name    string
			filters obj
			want    int
		}{
			{"everybody", obj{}, 1},
			{"ben", obj{"Agents": []string{string(seed.DevAgents[1].ID)}}, 0},
			{"the profile", obj{"RoutingProfiles": []string{string(profile(dir))}}, 1},
			{"with a missed contact", obj{"ContactFilter": obj{"ContactStates": []string{"MISSED"}}}, 0},
			{"with a connected contact", obj{"ContactFilter": obj{"ContactStates": []string{"CONNECTED", "ENDED"}}}, 1},
		} {
			if got := show(test.filters); len(got.UserDataList) != test.want {
				t.Errorf("%s: %d are shown, want %d", test.name, len(got.UserDataList), test.want)
			}
		}
		ben.SetState("Break")
		if got := show(obj{}); len(got.UserDataList) != 2 {
			t.Errorf("with ben on a break %d are shown", len(got.UserDataList))
		}
	})
}

func TestCurrentFiguresAreGroupedSortedAndPaged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := seed.Dev()
		p := dir.Profiles[profile(dir)]
		p.Others = []directory.Concurrency{{Channel: "VOICE", Slots: 1}}
		var ids []string
		for i := range 3 {
			id := contact.QueueID(fmt.Sprintf("11111111-0000-4000-8000-00000000000%d", i))
			dir.Queues[id] = &directory.Queue{ID: id, Name: fmt.Sprint("queue ", i)}
			ids = append(ids, string(id))
		}
		srv := servertest.Open(t, servertest.Options{Directory: dir})
		k := &asking{t, srv, dir}
		srv.SignIn("ana").SetState("Available")
		in := obj{
			"Filters": obj{"Queues": append(slices.Clone(ids), queue), "Channels": []string{"CHAT", "VOICE"}}, "Groupings": []string{"QUEUE", "CHANNEL"},
			"CurrentMetrics": named("AGENTS_ONLINE", "SLOTS_AVAILABLE"), "MaxResults": 3,
		}
		var lines []string
		for {
			out := k.ask(current, js(in))
			if out.ApproximateTotalCount != 8 {
				t.Fatalf("%d lines in all", out.ApproximateTotalCount)
			}
			for i, r := range out.MetricResults {
				f := out.figures(i)
				lines = append(lines, fmt.Sprint(r.Dimensions["Queue"].(obj)["Id"], " ", r.Dimensions["Channel"], " ", f["AGENTS_ONLINE"], " ", f["SLOTS_AVAILABLE"]))
			}
			if in["NextToken"] = out.NextToken; out.NextToken == "" {
				break
			}
		}
		want := []string{fmt.Sprint(queue, " CHAT 1 ", p.ChatConcurrency), queue + " VOICE 1 1"}
		for _, id := range ids {
			want = append(want, id+" CHAT 0 0", id+" VOICE 0 0")
		}
		if diff := cmp.Diff(want, lines); diff != "" {
			t.Errorf("lines (-want +got):\n%s", diff)
		}

		delete(in, "NextToken")
		token := k.ask(current, js(in)).NextToken
		refused := func(what string, change obj) {
			t.Helper()
			again := maps.Clone(in)
			again["NextToken"] = token
			maps.Copy(again, change)
			if a := srv.Do("POST", "/metrics/current/"+instance, servertest.Signed(), js(again)); a.Status != 400 {
				t.Errorf("%s: %d %s", what, a.Status, a.Body)
			}
		}
		refused("a token for another request", obj{"Groupings": []string{"QUEUE"}})
		refused("a token that is none", obj{"NextToken": "AQ"})
		time.Sleep(5*time.Minute + time.Second)
		refused("an old token", nil)

		out := k.ask(current, js(obj{"Filters": obj{"RoutingProfiles": []string{string(p.ID)}}, "Groupings": []string{"ROUTING_PROFILE"}, "CurrentMetrics": named("CONTACTS_IN_QUEUE", "AGENTS_STAFFED")}))
		sameFigures(t, "by profile", out.figures(0), figures{"CONTACTS_IN_QUEUE": 0, "AGENTS_STAFFED": 1})
		out = k.ask(current, js(obj{"Filters": obj{"Queues": []string{queue}}, "Groupings": []string{"QUEUE", "AGENT_STATUS"}, "CurrentMetrics": named("AGENTS_ONLINE")}))
		sameFigures(t, "by status", out.figures(0), figures{"AGENTS_ONLINE": 1})
		if len(out.MetricResults) != len(dir.Statuses) {
			t.Errorf("%d statuses are shown, want %d", len(out.MetricResults), len(dir.Statuses))
		}
	})
}

func TestMetricsThatAreRefused(t *testing.T) {
	d := open(t, admin.Limits{})
	const other = "11111111-0000-4000-8000-000000000001"
	ana := string(seed.DevAgents[0].ID)
	one := obj{"Filters": obj{"Queues": []string{queue}}, "CurrentMetrics": named("AGENTS_ONLINE")}
	v2 := obj{
		"ResourceArn": d.arn, "StartTime": at.Add(-time.Hour).Unix(), "EndTime": at.Unix(),
		"Filters": []obj{{"FilterKey": "QUEUE", "FilterValues": []string{queue}}}, "Metrics": named("CONTACTS_CREATED"),
	}
	begin := at.Truncate(5 * time.Minute)
	v1 := obj{
		"StartTime": begin.Add(-time.Hour).Unix(), "EndTime": begin.Unix(), "Filters": obj{"Queues": []string{queue}},
		"HistoricalMetrics": named("CONTACTS_QUEUED"),
	}
	with := func(base obj, change obj) string {
		in := maps.Clone(base)
		maps.Copy(in, change)
		return js(in)
	}
	d.do(current, js(one), nil)
	d.do(history, js(v2), nil)
	d.do(older, js(v1), nil)
	const bad = "InvalidParameterException"
	d.refuse([]refusal{
		{"both filters", current, with(one, obj{"Filters": obj{"Queues": []string{queue}, "RoutingProfiles": []string{other}}}), 400, bad, "not both"},
		{"an unknown queue", current, with(one, obj{"Filters": obj{"Queues": []string{other}}}), 404, "ResourceNotFoundException", other},
		{"an unknown profile", current, with(one, obj{"Filters": obj{"RoutingProfiles": []string{other}}}), 404, "ResourceNotFoundException", other},
		{"an agent's queue by ARN", current, with(one, obj{"Filters": obj{"Queues": []string{d.arn + "/queue/agent/" + ana}}}), 400, bad, "own"},
		{"an agent's queue by id", current, with(one, obj{"Filters": obj{"Queues": []string{ana}}}), 400, bad, "own"},
		{"no metrics", current, with(one, obj{"CurrentMetrics": []obj{}}), 400, bad, "at least one"},
		{"a metric of one's own", current, with(one, obj{"CurrentMetrics": []obj{{"MetricId": "arn:aws:connect:us-west-2:aws:metric/AGENTS_CALM"}}}), 400, bad, "not supported"},
		{"a wrong unit", current, with(one, obj{"CurrentMetrics": []obj{{"Name": "AGENTS_ONLINE", "Unit": "SECONDS"}}}), 400, bad, "COUNT"},
		{"a profile grouping without a filter", current, with(one, obj{"Filters": obj{}, "Groupings": []string{"ROUTING_PROFILE"}}), 400, bad, "ROUTING_PROFILE"},
		{"contacts by profile with a filter of queues", current, with(one, obj{"Groupings": []string{"ROUTING_PROFILE"}, "CurrentMetrics": named("CONTACTS_IN_QUEUE")}), 400, bad, "RoutingProfiles"},
		{"steps without a queue", current, with(one, obj{"Filters": obj{}, "Groupings": []string{"ROUTING_STEP_EXPRESSION"}, "CurrentMetrics": named("CONTACTS_IN_QUEUE")}), 400, bad, "exactly one queue"},
		{"agents by step", current, with(one, obj{"Groupings": []string{"ROUTING_STEP_EXPRESSION"}}), 400, bad, "AGENTS_ONLINE"},
		{"a filter of steps alone", current, with(one, obj{"Filters": obj{"Queues": []string{queue}, "RoutingStepExpressions": []string{"x"}}}), 400, bad, "grouping"},
		{"statuses first", current, with(one, obj{"Groupings": []string{"AGENT_STATUS", "QUEUE"}}), 400, bad, "before"},
		{"one grouping twice", current, with(one, obj{"Groupings": []string{"QUEUE", "QUEUE"}}), 400, bad, "twice"},
		{"an estimate of no channel", current, with(one, obj{"CurrentMetrics": named("ESTIMATED_WAIT_TIME")}), 400, bad, "channel"},
		{"sorting by slots", current, with(one, obj{"SortCriteria": []obj{{"SortByMetric": "SLOTS_ACTIVE"}}}), 400, bad, "SLOTS_ACTIVE"},
		{"subtypes", current, with(one, obj{"Groupings": []string{"SUBTYPE"}}), 400, bad, "SUBTYPE"},

		{"two filters of users", users, js(obj{"Filters": obj{"Queues": []string{queue}, "Agents": []string{ana}}}), 400, bad, "one of"},
		{"hierarchies", users, js(obj{"Filters": obj{"UserHierarchyGroups": []string{other}}}), 400, bad, "not supported"},
		{"an unknown agent", users, js(obj{"Filters": obj{"Agents": []string{other}}}), 404, "ResourceNotFoundException", other},

		{"an unknown contact", ofContact, js(obj{"InstanceId": instance, "ContactId": other, "Metrics": named("POSITION_IN_QUEUE")}), 404, "ResourceNotFoundException", other},

		{"an instance by id", history, with(v2, obj{"ResourceArn": instance}), 400, bad, "ARN"},
		{"another instance", history, with(v2, obj{"ResourceArn": "arn:aws:connect:us-west-2:000000000000:instance/" + other}), 404, "ResourceNotFoundException", other},
		{"an unknown metric", history, with(v2, obj{"Metrics": named("SUM_OF_ALL_FEARS")}), 400, bad, "SUM_OF_ALL_FEARS"},
		{"a metric that is not there yet", history, with(v2, obj{"Metrics": named("AVG_BOT_CONVERSATION_TIME")}), 400, bad, "not supported"},
		{"flows of a queue", history, with(v2, obj{"Metrics": named("FLOWS_STARTED")}), 400, bad, "cannot be filtered by QUEUE"},
		{"contacts of a flow", history, with(v2, obj{"Filters": []obj{{"FilterKey": "FLOW_TYPE", "FilterValues": []string{"CONTACT_FLOW"}}}}), 400, bad, "cannot be filtered by FLOW_TYPE"},
		{"a type that no flow has", history, with(v2, obj{"Metrics": named("FLOWS_STARTED"), "Filters": []obj{{"FilterKey": "FLOW_TYPE", "FilterValues": []string{"MODULE"}}}}), 400, bad, "no type of flows"},
		{"an outcome that no flow has", history, with(v2, obj{"Metrics": named("FLOWS_OUTCOME"), "Filters": []obj{
			{"FilterKey": "FLOW_TYPE", "FilterValues": []string{"CONTACT_FLOW"}}, {"FilterKey": "FLOWS_OUTCOME_TYPE", "FilterValues": []string{"LOST"}},
		}}), 400, bad, "no outcome of flows"},
		{"modules", history, with(v2, obj{"Groupings": []string{"FLOWS_MODULE_RESOURCE_ID"}}), 400, bad, "not supported"},
		{"whose", history, with(v2, obj{"Filters": []obj{{"FilterKey": "CHANNEL", "FilterValues": []string{"CHAT"}}}}), 400, bad, "one of QUEUE"},
		{"an unknown filter", history, with(v2, obj{"Filters": []obj{{"FilterKey": "MOON", "FilterValues": []string{"full"}}}}), 400, bad, "MOON"},
		{"one filter twice", history, with(v2, obj{"Filters": []obj{{"FilterKey": "QUEUE", "FilterValues": []string{queue}}, {"FilterKey": "QUEUE", "FilterValues": []string{queue}}}}), 400, bad, "twice"},
		{"a filter without values", history, with(v2, obj{"Filters": []obj{{"FilterKey": "QUEUE"}}}), 400, bad, "FilterValues"},
		{"an unknown grouping", history, with(v2, obj{"Groupings": []string{"MOON"}}), 400, bad, "MOON"},
		{"agents' time by queue", history, with(v2, obj{"Groupings": []string{"QUEUE"}, "Metrics": named("SUM_IDLE_TIME_AGENT")}), 400, bad, "QUEUE"},
		{"no threshold", history, with(v2, obj{"Metrics": named("SERVICE_LEVEL")}), 400, bad, "threshold"},
		{"a threshold too many", history, with(v2, obj{"Metrics": []obj{{"Name": "CONTACTS_CREATED", "Threshold": []obj{{"Comparison": "LT", "ThresholdValue": 5}}}}}), 400, bad, "threshold"},
		{"half a second", history, with(v2, obj{"Metrics": []obj{{"Name": "SERVICE_LEVEL", "Threshold": []obj{{"Comparison": "LT", "ThresholdValue": 1.5}}}}}), 400, bad, "whole number"},
		{"another comparison", history, with(v2, obj{"Metrics": []obj{{"Name": "SERVICE_LEVEL", "Threshold": []obj{{"Comparison": "GT", "ThresholdValue": 5}}}}}), 400, bad, "LT"},
		{"a filter that the metric has not", history, with(v2, obj{"Metrics": []obj{{"Name": "CONTACTS_QUEUED", "MetricFilters": []obj{{"MetricFilterKey": "INITIATION_METHOD", "MetricFilterValues": []string{"API"}}}}}}), 400, bad, "INITIATION_METHOD"},
		{"backwards", history, with(v2, obj{"StartTime": at.Unix(), "EndTime": at.Unix() - 1}), 400, bad, "before"},
		{"too long ago", history, with(v2, obj{"StartTime": at.Add(-100 * 24 * time.Hour).Unix()}), 400, bad, "three months"},
		{"too long", history, with(v2, obj{"StartTime": at.Add(-36 * 24 * time.Hour).Unix()}), 400, bad, "35 days"},
		{"too long by the hour", history, with(v2, obj{"StartTime": at.Add(-4 * 24 * time.Hour).Unix(), "Interval": obj{"IntervalPeriod": "HOUR"}}), 400, bad, "3 days"},
		{"nowhere", history, with(v2, obj{"Interval": obj{"TimeZone": "Atlantis/Capital"}}), 400, bad, "Atlantis"},

		{"an unknown older metric", older, with(v1, obj{"HistoricalMetrics": named("HOLD_TIME")}), 400, bad, "HOLD_TIME"},
		{"a wrong statistic", older, with(v1, obj{"HistoricalMetrics": []obj{{"Name": "QUEUED_TIME", "Statistic": "AVG"}}}), 400, bad, "MAX"},
		{"an older wrong unit", older, with(v1, obj{"HistoricalMetrics": []obj{{"Name": "QUEUED_TIME", "Unit": "COUNT"}}}), 400, bad, "SECONDS"},
		{"not five minutes", older, with(v1, obj{"EndTime": begin.Unix() - 1}), 400, bad, "five minutes"},
		{"two days", older, with(v1, obj{"StartTime": begin.Add(-48 * time.Hour).Unix()}), 400, bad, "24 hours"},
		{"yesterday", older, with(v1, obj{"StartTime": begin.Add(-30 * time.Hour).Unix(), "EndTime": begin.Add(-29 * time.Hour).Unix()}), 400, bad, "24 hours"},
		{"an older grouping", older, with(v1, obj{"Groupings": []string{"AGENT_STATUS"}}), 400, bad, "AGENT_STATUS"},
		{"an older service level without threshold", older, with(v1, obj{"HistoricalMetrics": named("SERVICE_LEVEL")}), 400, bad, "threshold"},
	})
}
