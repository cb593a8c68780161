package metrics_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/metrics"
	"github.com/bellpull/bellpull/internal/routing"
)

var now = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) // a Monday

// before returns the moment so many seconds ago.
func before(seconds int) time.Time { return now.Add(-time.Duration(seconds) * time.Second) }

// house has two profiles: seller serves sales with three chats at once, and a call;
// helper serves sales and support with one chat.
func house() *directory.Directory {
	d := directory.New()
	for _, q := range []contact.QueueID{"sales", "support"} {
		d.Queues[q] = &directory.Queue{ID: q, Name: string(q)}
	}
	d.Profiles["seller"] = &directory.RoutingProfile{
		ID: "seller", ChatConcurrency: 3, Others: []directory.Concurrency{{Channel: "VOICE", Slots: 1}},
		Queues: []directory.ProfileQueue{{Queue: "sales", Priority: 1}},
	}
	d.Profiles["helper"] = &directory.RoutingProfile{
		ID: "helper", ChatConcurrency: 1,
		Queues: []directory.ProfileQueue{{Queue: "sales", Priority: 2}, {Queue: "support", Priority: 1}},
	}
	for user, profile := range map[contact.UserID]directory.ProfileID{"ana": "seller", "ben": "seller", "cleo": "helper", "dan": "helper"} {
		d.Users[user] = &directory.User{ID: user, Username: string(user), Profile: profile}
	}
	return d
}

// agent returns an agent in a status with contacts of sales in the given states.
func agent(user contact.UserID, status contact.StatusType, work ...contact.WorkState) *contact.Agent {
	a := &contact.Agent{User: user, Status: contact.Status{ID: contact.StatusID(status), Type: status}}
	for i, state := range work {
		a.Work = append(a.Work, contact.Work{
			Contact: contact.ID(fmt.Sprint(user, i)), Participant: contact.ParticipantID(fmt.Sprint(user, i)), Queue: "sales", State: state,
		})
	}
	return a
}

func TestWhatIsCounted(t *testing.T) {
	leaving := agent("ana", contact.Routable, contact.Talking)
	leaving.Next = &contact.Status{Type: contact.Custom}
	listening := agent("ana", contact.Routable, contact.Talking)
	listening.Work[0].Monitor = contact.Listening
	waiting := []metrics.Waiting{
		{Segment: "c1", Contact: routing.Contact{ID: "c1", Queue: "sales", Since: before(5)}},
		{Segment: "c2", Contact: routing.Contact{ID: "c2", Queue: "support", Since: before(90)}},
		{Segment: "c3", Contact: routing.Contact{ID: "c3", Queue: "sales", Since: before(30)}, Step: "Language:French >= 3"},
	}
	none, french := "", "Language:French >= 3"
	for _, test := range []struct {
		name   string
		agents []*contact.Agent
		scope  metrics.Scope
		want   metrics.Figures
	}{
		{"nobody has signed in", nil, metrics.Scope{}, metrics.Figures{}},
		{
			"an available agent has all slots free",
			[]*contact.Agent{agent("ana", contact.Routable)},
			metrics.Scope{},
			metrics.Figures{Online: 1, Staffed: 1, Available: 1, SlotsAvailable: 4},
		},
		{
			"somebody offline counts for nothing",
			[]*contact.Agent{agent("ana", contact.Offline)},
			metrics.Scope{},
			metrics.Figures{},
		},
		{
			"somebody on a break is online and not staffed",
			[]*contact.Agent{agent("ana", contact.Custom)},
			metrics.Scope{},
			metrics.Figures{Online: 1, NonProductive: 1},
		},
		{
			"with one of three chats an agent is not available",
			[]*contact.Agent{agent("ana", contact.Routable, contact.Talking)},
			metrics.Scope{},
			metrics.Figures{Online: 1, Staffed: 1, OnContact: 1, Busy: 1, SlotsActive: 1, SlotsAvailable: 3},
		},
		{
			"after-contact work is counted by contacts, and is on contact",
			[]*contact.Agent{agent("ana", contact.Routable, contact.AfterWork, contact.AfterWork)},
			metrics.Scope{},
			metrics.Figures{Online: 1, Staffed: 1, OnContact: 1, AfterWorkAgents: 1, AfterWork: 2, SlotsActive: 2, SlotsAvailable: 2},
		},
		{
			"missed, rejected and lost contacts occupy slots and are errors of one agent",
			[]*contact.Agent{agent("ana", contact.Routable, contact.MissedWork, contact.Rejected, contact.FailedWork)},
			metrics.Scope{},
			metrics.Figures{Online: 1, Staffed: 1, Error: 1, SlotsAvailable: 1},
		},
		{
			"a ringing contact occupies a slot and is not active",
			[]*contact.Agent{agent("ana", contact.Routable, contact.Ringing)},
			metrics.Scope{},
			metrics.Figures{Online: 1, Staffed: 1, SlotsAvailable: 3},
		},
		{
			"who is about to leave takes nothing more",
			[]*contact.Agent{leaving},
			metrics.Scope{},
			metrics.Figures{Online: 1, Staffed: 1, OnContact: 1, Busy: 1, SlotsActive: 1},
		},
		{
			"a supervisor who listens is on no contact",
			[]*contact.Agent{listening},
			metrics.Scope{},
			metrics.Figures{Online: 1, Staffed: 1, Available: 1, SlotsAvailable: 4},
		},
		{
			"agents of a queue are those who serve it",
			[]*contact.Agent{agent("ana", contact.Routable), agent("cleo", contact.Routable, contact.Talking)},
			metrics.Scope{Queues: []contact.QueueID{"support"}},
			metrics.Figures{Online: 1, Staffed: 1, OnContact: 1, Busy: 1, InQueue: 1, Oldest: 90 * time.Second},
		},
		{
			"contacts of a queue are those that came from it",
			[]*contact.Agent{agent("cleo", contact.Routable, contact.Talking)},
			metrics.Scope{Queues: []contact.QueueID{"sales"}},
			metrics.Figures{Online: 1, Staffed: 1, OnContact: 1, Busy: 1, SlotsActive: 1, InQueue: 2, Oldest: 30 * time.Second},
		},
		{
			"an agent of two queues counts once",
			[]*contact.Agent{agent("cleo", contact.Routable)},
			metrics.Scope{Queues: []contact.QueueID{"sales", "support"}},
			metrics.Figures{Online: 1, Staffed: 1, Available: 1, SlotsAvailable: 1, InQueue: 3, Oldest: 90 * time.Second},
		},
		{
			"a profile has its agents and the contacts of its queues",
			[]*contact.Agent{agent("ana", contact.Routable), agent("cleo", contact.Custom)},
			metrics.Scope{Profiles: []directory.ProfileID{"seller"}},
			metrics.Figures{Online: 1, Staffed: 1, Available: 1, SlotsAvailable: 4, InQueue: 2, Oldest: 30 * time.Second},
		},
		{
			"another channel has slots and nothing else",
			[]*contact.Agent{agent("ana", contact.Routable, contact.Talking), agent("cleo", contact.Routable)},
			metrics.Scope{Channels: []string{"VOICE"}},
			metrics.Figures{Online: 1, Staffed: 1, SlotsAvailable: 1},
		},
		{
			"a channel that nobody has", []*contact.Agent{agent("ana", contact.Routable)}, metrics.Scope{Channels: []string{"TASK"}}, metrics.Figures{},
		},
		{
			"contacts in a routing step", nil,
			metrics.Scope{Queues: []contact.QueueID{"sales"}, Step: &french},
			metrics.Figures{InQueue: 1, Oldest: 30 * time.Second},
		},
		{
			"contacts in none", nil, metrics.Scope{Queues: []contact.QueueID{"sales"}, Step: &none}, metrics.Figures{InQueue: 1, Oldest: 5 * time.Second},
		},
		{
			"agents in a status",
			[]*contact.Agent{agent("ana", contact.Routable), agent("ben", contact.Custom)},
			metrics.Scope{Queues: []contact.QueueID{"sales"}, Status: "CUSTOM"},
			metrics.Figures{Online: 1, NonProductive: 1, InQueue: 2, Oldest: 30 * time.Second},
		},
		{
			"somebody who was removed counts for nothing", []*contact.Agent{agent("zoe", contact.Routable)}, metrics.Scope{}, metrics.Figures{},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &metrics.Snapshot{Now: now, Directory: house(), Agents: test.agents, Waiting: waiting}
			if len(test.scope.Queues)+len(test.scope.Profiles) == 0 {
				s.Waiting = nil
			}
			if diff := cmp.Diff(test.want, s.Count(&test.scope)); diff != "" {
				t.Errorf("figures (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPositionIsTheOrderInWhichAgentsAreServed(t *testing.T) {
	s := &metrics.Snapshot{Now: now, Directory: house(), Waiting: []metrics.Waiting{
		{Segment: "young", Contact: routing.Contact{ID: "young", Queue: "sales", Since: before(1), Priority: 5}},
		{Segment: "old", Contact: routing.Contact{ID: "old", Queue: "sales", Since: before(60), Priority: 5}},
		{Segment: "urgent", Contact: routing.Contact{ID: "urgent", Queue: "sales", Since: before(2), Priority: 1}},
		{Segment: "favoured", Contact: routing.Contact{ID: "favoured", Queue: "sales", Since: before(3), Priority: 5, Adjustment: time.Hour}},
		{Segment: "other", Contact: routing.Contact{ID: "other", Queue: "support", Since: before(900), Priority: 1}},
	}}
	for i, id := range []contact.ID{"urgent", "favoured", "old", "young"} {
		if got, in := s.Position(id); got != i+1 || in != "sales" {
			t.Errorf("%s is number %d of %s, want %d", id, got, in, i+1)
		}
	}
	if got, _ := s.Position("other"); got != 1 {
		t.Errorf("the only one of its queue is number %d", got)
	}
	if got, _ := s.Position("gone"); got != 0 {
		t.Errorf("one that does not wait is number %d", got)
	}
}

func TestEstimates(t *testing.T) {
	answered := func(q contact.QueueID, ago, took int) contact.Leg {
		l := contact.Leg{Queue: q, Enqueued: before(ago + 5), Dequeued: before(ago), Answered: before(ago), Agent: "ana"}
		if took > 0 {
			l.Disconnected = l.Answered.Add(time.Duration(took) * time.Second)
		}
		return l
	}
	many := func(n, every int) (legs []contact.Leg) {
		for i := range n {
			legs = append(legs, answered("sales", (i+1)*every, 0))
		}
		return legs
	}
	staffed := []*contact.Agent{agent("ana", contact.Routable, contact.Talking), agent("cleo", contact.Routable), agent("ben", contact.Custom)}
	for _, test := range []struct {
		name     string
		legs     []contact.Leg
		agents   []*contact.Agent
		position int
		want     time.Duration
		ok       bool
	}{
		{"nothing is known", nil, staffed, 1, 0, false},
		{"three answers, the first 90 seconds ago, say thirty seconds each", many(3, 30), staffed, 2, time.Minute, true},
		{"the last twenty count: the first of them was 200 seconds ago", many(30, 10), nil, 1, 10 * time.Second, true},
		{"answers of another queue say nothing", []contact.Leg{answered("support", 1, 0), answered("support", 2, 0), answered("support", 3, 0)}, staffed, 1, 0, false},
		{"answers of more than an hour ago say nothing, but how long they took", []contact.Leg{
			answered("sales", 4000, 400), answered("sales", 5000, 400), answered("sales", 6000, 400),
		}, staffed, 1, 100 * time.Second, true}, // ana's three slots and cleo's one
		{"two contacts took 60 seconds on average", []contact.Leg{answered("sales", 200, 80), answered("sales", 300, 40)}, staffed, 2, 30 * time.Second, true},
		{"nobody is staffed", []contact.Leg{answered("sales", 200, 80)}, []*contact.Agent{agent("ben", contact.Custom)}, 1, 0, false},
		{"not in the queue", many(3, 30), staffed, 0, 0, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &metrics.Snapshot{Now: now, Directory: house(), Agents: test.agents}
			p := metrics.NewPaces(now)
			for i := range test.legs {
				p.Add(&test.legs[i])
			}
			if got, ok := s.Estimate(p, "sales", test.position); got != test.want || ok != test.ok {
				t.Errorf("estimate %v, %t; want %v, %t", got, ok, test.want, test.ok)
			}
		})
	}
}

func TestANewContactMayNotWaitAtAll(t *testing.T) {
	p := metrics.NewPaces(now)
	s := &metrics.Snapshot{Now: now, Directory: house(), Agents: []*contact.Agent{agent("cleo", contact.Routable)}}
	if got, ok := s.EstimateNew(p, "sales"); got != 0 || !ok {
		t.Errorf("with a free slot: %v, %t", got, ok)
	}
	s.Waiting = []metrics.Waiting{{Segment: "c", Contact: routing.Contact{ID: "c", Queue: "sales", Since: now}}}
	if got, ok := s.EstimateNew(p, "sales"); ok {
		t.Errorf("behind another, with nothing known: %v", got)
	}
}

func TestExpressionsAreWritten(t *testing.T) {
	french := contact.Expression{Condition: &contact.Condition{Attribute: "Language", Value: "French", Least: 3}}
	phones := contact.Expression{Condition: &contact.Condition{Attribute: "Product", Value: "Phones", Least: 1.5, Most: 4}}
	north := contact.Expression{Not: &contact.Condition{Attribute: "Region", Value: "North", Least: 1}}
	friends := contact.Expression{Condition: &contact.Condition{Agents: []contact.UserID{"ana", "ben"}}}
	for want, e := range map[string]contact.Expression{
		"Language:French >= 3":                           french,
		"Product:Phones >= 1.5 <= 4":                     phones,
		"Agent IN [ana, ben]":                            friends,
		"Language:French >= 3 AND NOT Region:North >= 1": {And: []contact.Expression{french, north}},
		"Language:French >= 3 AND (Product:Phones >= 1.5 <= 4 OR NOT Region:North >= 1)": {And: []contact.Expression{french, {Or: []contact.Expression{phones, north}}}},
	} {
		if got := metrics.Expression(&e); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
