package metrics_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/metrics"
)

// at returns the moment so many seconds after now.
func at(seconds int) time.Time { return before(-seconds) }

// legs are a day of sales and support. All moments are seconds after now.
func legs() []contact.Leg {
	return []contact.Leg{
		{ // answered after 10 s, talked for 60, 20 s of work
			Chat: "handled", Method: "API", Initiated: at(0), Queue: "sales", Enqueued: at(5), Dequeued: at(15), Answered: at(15), Agent: "ana",
			Disconnected: at(75), AfterStarted: at(75), AfterEnded: at(95), Reason: contact.ByCustomer,
		},
		{ // gave up after 40 s
			Chat: "abandoned", Method: "API", Initiated: at(10), Queue: "sales", Enqueued: at(10), Dequeued: at(50), Disconnected: at(50), Reason: contact.ByCustomer,
		},
		{ // moved to support by the queue's flow after 30 s
			Chat: "moved", Method: "API", Initiated: at(20), Queue: "sales", Enqueued: at(20), Dequeued: at(50), Disconnected: at(50), Next: contact.FromQueueFlow,
		},
		{ // and answered there after 20 s, talked for 100 s, transferred, 10 s of work
			Chat: "moved", Method: contact.FromQueueFlow, Initiated: at(50), Queue: "support", Enqueued: at(50), Dequeued: at(70), Answered: at(70), Agent: "cleo",
			Disconnected: at(170), AfterStarted: at(170), AfterEnded: at(180), Next: contact.FromTransfer,
		},
		{ // and goes on in sales, where ben has talked since
			Chat: "moved", Method: contact.FromTransfer, Initiated: at(165), Queue: "sales", Enqueued: at(170), Dequeued: at(200), Answered: at(200), Agent: "ben",
		},
		{ // never came to a queue
			Chat: "served by a flow", Method: "API", Initiated: at(100), Disconnected: at(130), Reason: contact.ByFlow,
		},
		{ // a colleague was asked for and the request given up
			Chat: "asked", Method: contact.FromTransfer, Initiated: at(100), Queue: "sales", Enqueued: at(100), Dequeued: at(110), Disconnected: at(110),
		},
		{ // a supervisor listened
			Chat: "heard", Method: contact.FromMonitor, Initiated: at(100), Queue: "sales", Agent: "dan", Answered: at(100), Disconnected: at(110), Reason: contact.ByAgent,
		},
		{ // answered by an agent out of the agent's own queue; the work goes on
			Chat: "own", Method: "API", Initiated: at(300), Queue: contact.AgentQueue("ana"), Enqueued: at(300), Dequeued: at(301), Answered: at(301), Agent: "ana",
			Disconnected: at(311), AfterStarted: at(311), Reason: contact.ByAgent,
		},
	}
}

func offers() []contact.OfferEnd {
	return []contact.OfferEnd{
		{User: "ana", Queue: "sales", Offered: at(7), Ended: at(15), Outcome: contact.Accepted},
		{User: "ben", Queue: "sales", Offered: at(10), Ended: at(30), Outcome: contact.Missed},
		{User: "ben", Queue: "sales", Offered: at(40), Ended: at(50), Outcome: contact.Left},
		{User: "cleo", Queue: "support", Offered: at(60), Ended: at(64), Outcome: contact.Declined},
		{User: "cleo", Queue: "support", Offered: at(66), Ended: at(70), Outcome: contact.Accepted},
	}
}

// marks: ana comes, talks, works on and is idle again; ben is on a break before
// the time begins, and ready at 100; cleo misses a contact.
func marks() []contact.AgentMark {
	mark := func(user contact.UserID, s int, a contact.Activity) contact.AgentMark {
		return contact.AgentMark{User: user, At: at(s), Activity: a}
	}
	return []contact.AgentMark{
		mark("ben", -500, contact.Activity{Status: contact.Custom}),
		mark("ana", 0, contact.Activity{Status: contact.Routable}),
		mark("ana", 7, contact.Activity{Status: contact.Routable, Incoming: true}),
		mark("ana", 15, contact.Activity{Status: contact.Routable, OnContact: true}),
		mark("cleo", 50, contact.Activity{Status: contact.Routable, Error: true}),
		mark("ana", 95, contact.Activity{Status: contact.Routable}),
		mark("ben", 100, contact.Activity{Status: contact.Routable}),
		mark("cleo", 150, contact.Activity{Status: contact.Offline}),
	}
}

// stepped are contacts of sales and support that went through routing steps: in sales 20 s after now French expired and an agent joined by English;
// 50 s after now the other was given up while English was asked for.
func stepped() []contact.Leg {
	language := func(name string) contact.Expression {
		return contact.Expression{Condition: &contact.Condition{Attribute: "Language", Value: name, Least: 3}}
	}
	leg := func(queue contact.QueueID, left int, steps ...contact.StepEnd) contact.Leg {
		c := contact.Chat{Contacts: []contact.Segment{{Queue: queue, Enqueued: at(1), Dequeued: at(left), Steps: steps}}}
		return c.Legs()[0]
	}
	return []contact.Leg{
		leg("sales", 20, contact.StepEnd{Expression: language("French"), State: contact.StepExpired}, contact.StepEnd{Expression: language("English"), State: contact.StepJoined}),
		leg("support", 50, contact.StepEnd{Expression: language("English"), State: contact.StepInactive}),
		leg("support", 950, contact.StepEnd{Expression: language("English"), State: contact.StepExpired}), // later
	}
}

// flowMarks: one that hands on after 4 s to another, which queues the contact after 6;
// one that the customer leaves after 30 s; one that runs on.
func flowMarks() []contact.FlowMark {
	mark := func(flow contact.FlowID, as string, began, s int, how contact.FlowOutcome) contact.FlowMark {
		return contact.FlowMark{Contact: "c", Flow: flow, Type: as, Began: at(began), At: at(s), Outcome: how}
	}
	return []contact.FlowMark{
		mark("welcome", "CONTACT_FLOW", -5, -5, ""), // before the time begins
		mark("welcome", "CONTACT_FLOW", -5, 1, contact.Disconnected),
		mark("welcome", "CONTACT_FLOW", 10, 10, ""),
		mark("welcome", "CONTACT_FLOW", 10, 14, contact.ToFlow),
		mark("route", "CONTACT_FLOW", 14, 14, ""),
		mark("route", "CONTACT_FLOW", 14, 20, contact.ToQueue),
		mark("hold", "CUSTOMER_QUEUE", 20, 20, ""),
		mark("hold", "CUSTOMER_QUEUE", 20, 50, contact.Dropped),
		mark("hold", "CUSTOMER_QUEUE", 100, 100, ""),
	}
}

// report answers a query about the facts above, at 1000 seconds.
func report(t *testing.T, q metrics.Query) []metrics.Result {
	t.Helper()
	q.Directory, q.Now = house(), at(1000)
	if q.Intervals == nil {
		q.Intervals = []metrics.Interval{{From: now, To: at(900)}}
	}
	r, err := metrics.NewReport(q)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range legs() {
		r.Leg(&l)
	}
	for _, o := range offers() {
		r.Offer(&o)
	}
	r.Marks(marks())
	for _, m := range flowMarks() {
		r.Flow(&m)
	}
	return r.Results()
}

// Each figure by itself, over everything and over sales alone.
func TestFiguresOfThePast(t *testing.T) {
	sales := map[metrics.Dimension][]string{metrics.ByQueue: {"sales"}}
	nothing := math.NaN()
	for _, test := range []struct {
		metric     metrics.Metric
		all, sales float64
	}{
		{metrics.Metric{Name: "CONTACTS_CREATED"}, 8, 5},
		{metrics.Metric{Name: "CONTACTS_CREATED", Filters: []metrics.Filter{{By: metrics.ByMethod, Values: []string{"API"}}}}, 5, 3},
		{metrics.Metric{Name: "CONTACTS_CREATED", Filters: []metrics.Filter{{By: metrics.ByMethod, Values: []string{"API"}, Not: true}}}, 3, 2},
		{metrics.Metric{Name: "CONTACTS_QUEUED"}, 6, 4},            // ben's is not disconnected
		{metrics.Metric{Name: "CONTACTS_QUEUED_BY_ENQUEUE"}, 7, 5}, //
		{metrics.Metric{Name: "CONTACTS_HANDLED"}, 3, 1},           // likewise
		{metrics.Metric{Name: "CONTACTS_HANDLED_BY_CONNECTED_TO_AGENT"}, 4, 2},
		{metrics.Metric{Name: "SUM_CONTACTS_DISCONNECTED"}, 7, 4},
		{metrics.Metric{Name: "SUM_CONTACTS_DISCONNECTED", Filters: []metrics.Filter{{By: metrics.ByReason, Values: []string{"CONTACT_FLOW_DISCONNECT"}}}}, 1, 0},
		{metrics.Metric{Name: "SUM_CONTACTS_ABANDONED"}, 1, 1},
		{metrics.Metric{Name: "SUM_CONTACTS_ABANDONED_IN_X", Threshold: 40 * time.Second}, 0, 0},
		{metrics.Metric{Name: "SUM_CONTACTS_ABANDONED_IN_X", Threshold: 40 * time.Second, Inclusive: true}, 1, 1},
		{metrics.Metric{Name: "SUM_CONTACTS_ANSWERED_IN_X", Threshold: 20 * time.Second}, 2, 1},
		{metrics.Metric{Name: "SUM_CONTACTS_ANSWERED_IN_X", Threshold: 20 * time.Second, Inclusive: true}, 3, 1},
		{metrics.Metric{Name: "ABANDONMENT_RATE"}, 100.0 / 6, 25},
		{metrics.Metric{Name: "SERVICE_LEVEL", Threshold: 15 * time.Second}, 50, 50}, // two of three and one; one of one and one
		{metrics.Metric{Name: "AVG_QUEUE_ANSWER_TIME"}, (10.0 + 20 + 1) / 3, 10},
		{metrics.Metric{Name: "AVG_ABANDON_TIME"}, 40, 40},
		{metrics.Metric{Name: "MAX_QUEUED_TIME"}, 40, 40},
		{metrics.Metric{Name: "AVG_INTERACTION_TIME"}, (60.0 + 100 + 10) / 3, 60},
		{metrics.Metric{Name: "SUM_INTERACTION_TIME"}, 170, 60},
		{metrics.Metric{Name: "SUM_AFTER_CONTACT_WORK_TIME"}, 20 + 10 + 689, 20}, // ana's own goes on till now
		{metrics.Metric{Name: "AVG_AFTER_CONTACT_WORK_TIME"}, (20.0 + 10 + 689) / 3, 20},
		{metrics.Metric{Name: "SUM_HANDLE_TIME"}, 80 + 110 + 699, 80},
		{metrics.Metric{Name: "AVG_HANDLE_TIME"}, (80.0 + 110 + 699) / 3, 80},
		{metrics.Metric{Name: "AVG_CONTACT_DURATION"}, (75.0 + 40 + 30 + 120 + 30 + 10 + 11) / 7, (75.0 + 40 + 30 + 10) / 4},
		{metrics.Metric{Name: "CONTACTS_TRANSFERRED_OUT"}, 2, 1},
		{metrics.Metric{Name: "CONTACTS_TRANSFERRED_OUT_INTERNAL"}, 2, 1},
		{metrics.Metric{Name: "CONTACTS_TRANSFERRED_OUT_BY_AGENT"}, 1, 0},
		{metrics.Metric{Name: "CONTACTS_TRANSFERRED_OUT_FROM_QUEUE"}, 1, 1},
		{metrics.Metric{Name: "CONTACTS_TRANSFERRED_IN"}, 2, 1}, // ben's is not disconnected
		{metrics.Metric{Name: "CONTACTS_TRANSFERRED_IN_FROM_QUEUE"}, 1, 0},

		{metrics.Metric{Name: "AVG_AGENT_CONNECTING_TIME"}, (8.0 + 4) / 2, 8},
		{metrics.Metric{Name: "AGENT_NON_RESPONSE"}, 3, 2},
		{metrics.Metric{Name: "AGENT_NON_RESPONSE_WITHOUT_CUSTOMER_ABANDONS"}, 2, 1},
		{metrics.Metric{Name: "AGENT_ANSWER_RATE"}, 40, 100.0 / 3},

		// All serve sales.
		{metrics.Metric{Name: "SUM_ONLINE_TIME_AGENT"}, 900 + 900 + 100, 1900},
		{metrics.Metric{Name: "SUM_IDLE_TIME_AGENT"}, 7 + 805 + 800 + 100, 1712}, // cleo's missed contact leaves her idle
		{metrics.Metric{Name: "SUM_CONTACT_TIME_AGENT"}, 80, 80},
		{metrics.Metric{Name: "SUM_NON_PRODUCTIVE_TIME_AGENT"}, 100, 100}, // ben's break, since the time began
		{metrics.Metric{Name: "SUM_ERROR_STATUS_TIME_AGENT"}, 100, 100},
		{metrics.Metric{Name: "AGENT_OCCUPANCY"}, 8000.0 / (80 + 1712), 8000.0 / (80 + 1712)},
	} {
		t.Run(fmt.Sprint(test.metric), func(t *testing.T) {
			for _, scope := range []struct {
				only map[metrics.Dimension][]string
				want float64
			}{{nil, test.all}, {sales, test.sales}, {map[metrics.Dimension][]string{metrics.ByChannel: {"VOICE"}}, nothing}} {
				got := report(t, metrics.Query{Metrics: []metrics.Metric{test.metric}, Only: scope.only})
				if len(got) != 1 {
					t.Fatalf("%d lines, want 1", len(got))
				}
				v := got[0].Values[0]
				if math.IsNaN(scope.want) {
					if v.OK && v.Number != 0 {
						t.Errorf("only %v: got %v, want nothing", scope.only, v)
					}
				} else if !v.OK || math.Abs(v.Number-scope.want) > 1e-9 {
					t.Errorf("only %v: got %v, want %v", scope.only, v, scope.want)
				}
			}
		})
	}
}

// lines writes results as "interval group: figures".
func lines(results []metrics.Result) (out []string) {
	for _, r := range results {
		var figures []string
		for _, v := range r.Values {
			if v.OK {
				figures = append(figures, fmt.Sprint(v.Number))
			} else {
				figures = append(figures, "-")
			}
		}
		out = append(out, fmt.Sprint(r.Interval, " ", strings.Join(r.Group, "/"), ": ", strings.Join(figures, " ")))
	}
	return out
}

func TestFiguresAreGroupedAndCut(t *testing.T) {
	ask := func(names ...string) (out []metrics.Metric) {
		for _, name := range names {
			out = append(out, metrics.Metric{Name: name})
		}
		return out
	}
	halves := []metrics.Interval{{From: now, To: at(60)}, {From: at(60), To: at(120)}}
	for _, test := range []struct {
		name string
		q    metrics.Query
		want []string
	}{
		{
			"by queue, which contacts without one and of agents' own are not in",
			metrics.Query{By: []metrics.Dimension{metrics.ByQueue}, Metrics: ask("CONTACTS_CREATED", "AVG_HANDLE_TIME", "AGENT_NON_RESPONSE")},
			[]string{"0 sales: 5 80 2", "0 support: 1 110 1"},
		},
		{
			"by agent",
			metrics.Query{By: []metrics.Dimension{metrics.ByAgent}, Metrics: ask("CONTACTS_HANDLED", "SUM_CONTACT_TIME_AGENT", "AGENT_ANSWER_RATE")},
			[]string{"0 ana: 2 80 100", "0 ben: 0 0 0", "0 cleo: 1 0 50"},
		},
		{
			"by profile and queue",
			metrics.Query{
				By: []metrics.Dimension{metrics.ByProfile, metrics.ByQueue}, Metrics: ask("CONTACTS_HANDLED_BY_CONNECTED_TO_AGENT"),
			},
			[]string{"0 helper/support: 1", "0 seller/sales: 2"},
		},
		{
			"by channel and subtype",
			metrics.Query{By: []metrics.Dimension{metrics.ByChannel, metrics.BySubtype}, Metrics: ask("SUM_CONTACTS_ABANDONED")},
			[]string{"0 CHAT/connect:Chat: 1"},
		},
		{
			"by reason",
			metrics.Query{By: []metrics.Dimension{metrics.ByCause}, Metrics: ask("SUM_CONTACTS_DISCONNECTED")},
			[]string{"0 AGENT_DISCONNECT: 1", "0 CONTACT_FLOW_DISCONNECT: 1", "0 CUSTOMER_DISCONNECT: 2"},
		},
		{
			"of an agent",
			metrics.Query{Only: map[metrics.Dimension][]string{metrics.ByAgent: {"ben"}}, Metrics: ask("CONTACTS_HANDLED_BY_CONNECTED_TO_AGENT", "AGENT_NON_RESPONSE", "SUM_IDLE_TIME_AGENT")},
			[]string{"0 : 1 2 800"},
		},
		{
			"of the agents of a queue",
			metrics.Query{Only: map[metrics.Dimension][]string{metrics.ByQueue: {"support"}}, Metrics: ask("SUM_ONLINE_TIME_AGENT")},
			[]string{"0 : 100"},
		},
		{
			"each moment counts in its interval, and time in as many as it lasts",
			metrics.Query{
				Intervals: halves, Metrics: ask("CONTACTS_CREATED", "SUM_CONTACTS_DISCONNECTED", "SUM_CONTACT_TIME_AGENT", "AVG_HANDLE_TIME", "AGENT_NON_RESPONSE"),
			},
			[]string{"0 : 4 2 45 - 2", "1 : 2 2 35 80 1"},
		},
		{
			"nothing happened",
			metrics.Query{Intervals: []metrics.Interval{{From: at(-100), To: at(-50)}}, Metrics: ask("CONTACTS_CREATED", "AVG_HANDLE_TIME", "MAX_QUEUED_TIME", "ABANDONMENT_RATE")},
			[]string{"0 : 0 - - -"},
		},
		{
			"nothing happened in any group",
			metrics.Query{By: []metrics.Dimension{metrics.ByQueue}, Intervals: []metrics.Interval{{From: at(-100), To: at(-50)}}, Metrics: ask("CONTACTS_CREATED")},
			nil,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, lines(report(t, test.q))); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFlowFigures(t *testing.T) {
	outcome := func(name string, not bool, values ...string) metrics.Metric {
		return metrics.Metric{Name: name, Filters: []metrics.Filter{{By: string(metrics.ByOutcome), Values: values, Not: not}}}
	}
	var all []metrics.Metric
	for _, name := range []string{"FLOWS_OUTCOME", "PERCENT_FLOWS_OUTCOME", "AVG_FLOW_TIME", "MIN_FLOW_TIME", "MAX_FLOW_TIME"} {
		all = append(all, metrics.Metric{Name: name})
	}
	started := metrics.Metric{Name: "FLOWS_STARTED"}
	for _, test := range []struct {
		name string
		q    metrics.Query
		want []string
	}{
		{"all", metrics.Query{Metrics: append([]metrics.Metric{started}, all...)}, []string{"0 : 4 4 100 11.5 4 30"}},
		{
			"by flow",
			metrics.Query{Metrics: append([]metrics.Metric{started}, all...), By: []metrics.Dimension{metrics.ByFlow}},
			[]string{"0 hold: 2 1 100 30 30 30", "0 route: 1 1 100 6 6 6", "0 welcome: 1 2 100 5 4 6"},
		},
		{
			"of a type",
			metrics.Query{Metrics: []metrics.Metric{started, all[4]}, Only: map[metrics.Dimension][]string{metrics.ByFlowType: {"CONTACT_FLOW"}}},
			[]string{"0 : 2 6"},
		},
		{
			"by outcome and type",
			metrics.Query{Metrics: all[:1], By: []metrics.Dimension{metrics.ByOutcome, metrics.ByFlowType}},
			[]string{
				"0 DISCONNECTED_PARTICIPANT/CONTACT_FLOW: 1", "0 DROPPED/CUSTOMER_QUEUE: 1",
				"0 TRANSFERRED_TO_FLOW/CONTACT_FLOW: 1", "0 TRANSFERRED_TO_QUEUE/CONTACT_FLOW: 1",
			},
		},
		{
			"with outcomes of the metrics' own",
			metrics.Query{Metrics: []metrics.Metric{
				outcome("PERCENT_FLOWS_OUTCOME", false, "DROPPED"), outcome("FLOWS_OUTCOME", true, "DROPPED"), outcome("AVG_FLOW_TIME", false, "DROPPED", "TRANSFERRED_TO_FLOW"),
			}},
			[]string{"0 : 25 3 17"},
		},
		{"none", metrics.Query{Metrics: append([]metrics.Metric{started}, all...), Intervals: []metrics.Interval{{From: at(200), To: at(300)}}}, []string{"0 : 0 0 - - - -"}},
		{"of a call", metrics.Query{Metrics: []metrics.Metric{started}, Only: map[metrics.Dimension][]string{metrics.ByChannel: {"VOICE"}}}, []string{"0 : 0"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, lines(report(t, test.q))); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStepFigures(t *testing.T) {
	both := []metrics.Metric{{Name: "PERCENT_CONTACTS_STEP_EXPIRED"}, {Name: "PERCENT_CONTACTS_STEP_JOINED"}}
	for _, test := range []struct {
		name string
		only map[metrics.Dimension][]string
		by   []metrics.Dimension
		want []string
	}{
		{"all three steps", nil, []metrics.Dimension{metrics.ByChannel}, []string{"0 CHAT: 33.33 33.33"}},
		{"by expression", nil, []metrics.Dimension{metrics.ByStep}, []string{"0 Language:English >= 3: 0.00 50.00", "0 Language:French >= 3: 100.00 0.00"}},
		{"of a queue", map[metrics.Dimension][]string{metrics.ByQueue: {"sales"}}, nil, []string{"0 : 50.00 50.00"}},
		{
			"of an expression by queue",
			map[metrics.Dimension][]string{metrics.ByStep: {"Language:English >= 3"}},
			[]metrics.Dimension{metrics.ByQueue},
			[]string{"0 sales: 0.00 100.00", "0 support: 0.00 0.00"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := metrics.NewReport(metrics.Query{
				Directory: house(), Now: at(1000), Intervals: []metrics.Interval{{From: now, To: at(900)}}, Metrics: both, Only: test.only, By: test.by,
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range stepped() {
				r.Leg(&l)
			}
			var got []string
			for _, line := range r.Results() {
				got = append(got, fmt.Sprintf("0 %s: %.2f %.2f", strings.Join(line.Group, "/"), line.Values[0].Number, line.Values[1].Number))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
}

func TestQueriesThatAreRefused(t *testing.T) {
	for name, q := range map[string]metrics.Query{
		"an unknown metric":                  {Metrics: []metrics.Metric{{Name: "PERCENT_CONTACTS_STEP_WALKED"}}},
		"steps of agents":                    {Metrics: []metrics.Metric{{Name: "PERCENT_CONTACTS_STEP_JOINED"}}, By: []metrics.Dimension{metrics.ByAgent}},
		"contacts of a step":                 {Metrics: []metrics.Metric{{Name: "CONTACTS_QUEUED"}}, Only: map[metrics.Dimension][]string{metrics.ByStep: {"x"}}},
		"contacts by flow":                   {Metrics: []metrics.Metric{{Name: "CONTACTS_QUEUED"}}, By: []metrics.Dimension{metrics.ByFlow}},
		"flows of a queue":                   {Metrics: []metrics.Metric{{Name: "FLOWS_STARTED"}}, Only: map[metrics.Dimension][]string{metrics.ByQueue: {"sales"}}},
		"beginnings by how they ended":       {Metrics: []metrics.Metric{{Name: "FLOWS_STARTED"}}, By: []metrics.Dimension{metrics.ByOutcome}},
		"shares of outcomes by outcome":      {Metrics: []metrics.Metric{{Name: "PERCENT_FLOWS_OUTCOME"}}, By: []metrics.Dimension{metrics.ByOutcome}},
		"no threshold":                       {Metrics: []metrics.Metric{{Name: "SERVICE_LEVEL"}}},
		"a threshold too many":               {Metrics: []metrics.Metric{{Name: "CONTACTS_QUEUED", Threshold: time.Second}}},
		"a filter that it does not take":     {Metrics: []metrics.Metric{{Name: "AGENT_OCCUPANCY", Filters: []metrics.Filter{{By: metrics.ByMethod}}}}},
		"agents' time by queue":              {Metrics: []metrics.Metric{{Name: "AGENT_OCCUPANCY"}}, By: []metrics.Dimension{metrics.ByQueue}},
		"offers by why the contact was over": {Metrics: []metrics.Metric{{Name: "AGENT_NON_RESPONSE"}}, By: []metrics.Dimension{metrics.ByCause}},
	} {
		if _, err := metrics.NewReport(q); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: error %v, want an invalid one", name, err)
		}
	}
}

func TestReportNeedsOnlyWhatItCounts(t *testing.T) {
	for metric, want := range map[string]metrics.Facts{
		"CONTACTS_CREATED": {Legs: true}, "AGENT_OCCUPANCY": {Marks: true}, "AGENT_ANSWER_RATE": {Offers: true},
		"PERCENT_CONTACTS_STEP_JOINED": {Legs: true}, "MIN_FLOW_TIME": {Flows: true},
	} {
		r, err := metrics.NewReport(metrics.Query{Metrics: []metrics.Metric{{Name: metric}}})
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Needs(); got != want {
			t.Errorf("%s needs %v, want %v", metric, got, want)
		}
	}
}

func TestTimesAreSplit(t *testing.T) {
	moment := func(s string) time.Time {
		m, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	for _, test := range []struct {
		name, from, to string
		period         metrics.Period
		zone           string
		want           []string // where the intervals begin, and the end
	}{
		{"in all", "2026-03-02T09:07:00Z", "2026-04-05T09:00:00Z", metrics.Total, "UTC", []string{"2026-03-02T09:07:00Z", "2026-04-05T09:00:00Z"}},
		{
			"quarters of an hour, the first and last cut", "2026-03-02T09:07:00Z", "2026-03-02T09:40:00Z", metrics.FifteenMinutes, "UTC",
			[]string{"2026-03-02T09:07:00Z", "2026-03-02T09:15:00Z", "2026-03-02T09:30:00Z", "2026-03-02T09:40:00Z"},
		},
		{
			"half hours of a zone that is off by a quarter", "2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z", metrics.ThirtyMinutes, "Asia/Kathmandu",
			[]string{"2026-03-02T09:00:00Z", "2026-03-02T09:15:00Z", "2026-03-02T09:45:00Z", "2026-03-02T10:00:00Z"},
		},
		{
			"hours while the clock goes forward", "2026-03-29T00:00:00Z", "2026-03-29T03:00:00Z", metrics.Hour, "Europe/Berlin",
			[]string{"2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z", "2026-03-29T03:00:00Z"},
		},
		{
			"days, one of them of 23 hours", "2026-03-27T23:00:00Z", "2026-03-30T22:00:00Z", metrics.Day, "Europe/Berlin",
			[]string{"2026-03-27T23:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", "2026-03-30T22:00:00Z"},
		},
		{
			"days where one has no midnight", "2018-11-03T03:00:00Z", "2018-11-05T02:00:00Z", metrics.Day, "America/Sao_Paulo",
			[]string{"2018-11-03T03:00:00Z", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"},
		},
		{
			"weeks begin on Monday", "2026-03-01T00:00:00Z", "2026-03-12T00:00:00Z", metrics.Week, "UTC",
			[]string{"2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z", "2026-03-09T00:00:00Z", "2026-03-12T00:00:00Z"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			zone, err := time.LoadLocation(test.zone)
			if err != nil {
				t.Fatal(err)
			}
			got, err := metrics.Split(moment(test.from), moment(test.to), test.period, zone)
			if err != nil {
				t.Fatal(err)
			}
			var text []string
			for i, in := range got {
				text = append(text, in.From.Format(time.RFC3339))
				if i > 0 && !got[i-1].To.Equal(in.From) {
					t.Errorf("interval %d begins at %v and the one before ends at %v", i, in.From, got[i-1].To)
				}
			}
			text = append(text, got[len(got)-1].To.Format(time.RFC3339))
			if !slices.Equal(text, test.want) {
				t.Errorf("got %q, want %q", text, test.want)
			}
		})
	}
}

func TestTimesThatAreTooLong(t *testing.T) {
	for name, q := range map[string]struct {
		length time.Duration
		period metrics.Period
		ok     bool
	}{
		"three days by the hour":              {metrics.MaxByHours, metrics.Hour, true},
		"more than three days by the hour":    {metrics.MaxByHours + time.Second, metrics.Hour, false},
		"more than three days by quarters":    {metrics.MaxByHours + time.Second, metrics.FifteenMinutes, false},
		"35 days by day":                      {metrics.MaxReport, metrics.Day, true},
		"more than 35 days in all":            {metrics.MaxReport + time.Second, metrics.Total, false},
		"no time":                             {0, metrics.Total, false},
		"an end that is before the beginning": {-time.Second, metrics.Total, false},
	} {
		if _, err := metrics.Split(now, now.Add(q.length), q.period, time.UTC); (err == nil) != q.ok {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// A day of a hundred thousand contacts, by queue and hour.
func BenchmarkReport(b *testing.B) {
	day := make([]contact.Leg, 100_000)
	for i := range day {
		l := legs()[i%len(legs())]
		for _, t := range []*time.Time{&l.Initiated, &l.Enqueued, &l.Dequeued, &l.Answered, &l.AfterStarted, &l.AfterEnded, &l.Disconnected} {
			if !t.IsZero() {
				*t = t.Add(time.Duration(i) * 800 * time.Millisecond)
			}
		}
		day[i] = l
	}
	hours, err := metrics.Split(now, now.Add(24*time.Hour), metrics.Hour, time.UTC)
	if err != nil {
		b.Fatal(err)
	}
	q := metrics.Query{Directory: house(), Now: now.Add(25 * time.Hour), Intervals: hours, By: []metrics.Dimension{metrics.ByQueue}}
	for _, name := range slices.Sorted(maps.Keys(map[string]bool{
		"CONTACTS_CREATED": true, "CONTACTS_QUEUED": true, "CONTACTS_HANDLED": true, "SUM_CONTACTS_ABANDONED": true, "ABANDONMENT_RATE": true,
		"AVG_HANDLE_TIME": true, "AVG_QUEUE_ANSWER_TIME": true, "MAX_QUEUED_TIME": true, "AVG_AFTER_CONTACT_WORK_TIME": true, "AVG_ABANDON_TIME": true,
	})) {
		q.Metrics = append(q.Metrics, metrics.Metric{Name: name})
	}
	b.ReportAllocs()
	for b.Loop() {
		r, err := metrics.NewReport(q)
		if err != nil {
			b.Fatal(err)
		}
		for i := range day {
			r.Leg(&day[i])
		}
		if len(r.Results()) == 0 {
			b.Fatal("no figures")
		}
	}
}
