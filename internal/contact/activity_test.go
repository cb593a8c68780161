package contact_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/contact"
)

func TestActivity(t *testing.T) {
	work := func(states ...contact.WorkState) (all []contact.Work) {
		for _, s := range states {
			all = append(all, contact.Work{State: s})
		}
		return all
	}
	for _, test := range []struct {
		name         string
		agent        contact.Agent
		want         contact.Activity
		online, idle bool
	}{
		{"never signed in", contact.Agent{}, contact.Activity{}, false, false},
		{"offline", contact.Agent{Status: contact.Status{Type: contact.Offline}}, contact.Activity{Status: contact.Offline}, false, false},
		{"on a break", contact.Agent{Status: contact.Status{Type: contact.Custom}}, contact.Activity{Status: contact.Custom}, true, false},
		{"available", contact.Agent{Status: contact.Status{Type: contact.Routable}}, contact.Activity{Status: contact.Routable}, true, true},
		{
			"rung at",
			contact.Agent{Status: contact.Status{Type: contact.Routable}, Work: work(contact.Ringing)},
			contact.Activity{Status: contact.Routable, Incoming: true},
			true, false,
		},
		{
			"talking with a missed contact beside",
			contact.Agent{Status: contact.Status{Type: contact.Routable}, Work: work(contact.Talking, contact.MissedWork)},
			contact.Activity{Status: contact.Routable, OnContact: true, Error: true},
			true, false,
		},
		{
			"in after-contact work",
			contact.Agent{Status: contact.Status{Type: contact.Routable}, Work: work(contact.AfterWork)},
			contact.Activity{Status: contact.Routable, OnContact: true},
			true, false,
		},
		{
			"with a rejected and a lost contact only",
			contact.Agent{Status: contact.Status{Type: contact.Routable}, Work: work(contact.Rejected, contact.FailedWork)},
			contact.Activity{Status: contact.Routable, Error: true},
			true, true,
		},
		{
			"listening",
			contact.Agent{Status: contact.Status{Type: contact.Routable}, Work: []contact.Work{{State: contact.Talking, Monitor: contact.Listening}}},
			contact.Activity{Status: contact.Routable},
			true, true,
		},
	} {
		got := test.agent.Activity()
		if got != test.want || got.Online() != test.online || got.Idle() != test.idle {
			t.Errorf("%s: %+v, online %t, idle %t", test.name, got, got.Online(), got.Idle())
		}
	}
}

// What is remembered of an agent's time comes of the decisions themselves.
func TestAgentsTimeIsRemembered(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	routable := contact.Status{ID: "available", Type: contact.Routable}
	ana := &contact.Agent{User: "ana", Instance: "in", Version: 3, Status: routable}
	start := func() *contact.Chat {
		d := contact.Start(contact.Opening{ID: "c", Instance: "in", Customer: "ada"}, now)
		if _, err := d.Connect("ada"); err != nil {
			t.Fatal(err)
		}
		d.SetQueue("sales")
		if err := d.Enqueue(nil, nil); err != nil {
			t.Fatal(err)
		}
		return d.Chat()
	}
	none := func(contact.UserID) time.Duration { return 0 }
	var agent *contact.Agent
	agents := func(contact.UserID) (*contact.Agent, error) { return agent, nil }
	ring := func(d *contact.Draft) {
		if err := d.Offer(agent, "p", "Ana", time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	mark := func(a contact.Activity) []contact.AgentMark {
		a.Status = contact.Routable
		return []contact.AgentMark{{User: "ana", Instance: "in", At: now.Add(time.Minute), Activity: a}}
	}
	end := func(how contact.Outcome, offered time.Time) []contact.OfferEnd {
		return []contact.OfferEnd{{User: "ana", Instance: "in", Contact: "c", Queue: "sales", Offered: offered, Ended: now.Add(time.Minute), Outcome: how}}
	}
	for _, test := range []struct {
		name  string
		rung  bool // before
		do    func(*contact.Draft) error
		marks []contact.AgentMark
		ends  []contact.OfferEnd
	}{
		{"rings", false, func(d *contact.Draft) error { ring(d); return nil }, mark(contact.Activity{Incoming: true}), nil},
		{"is accepted", true, func(d *contact.Draft) error { return d.Accept(agent, "c") }, mark(contact.Activity{OnContact: true}), end(contact.Accepted, now)},
		{"is missed", true, func(d *contact.Draft) error { d.Withdraw(agent, "p", contact.MissedWork); return nil }, mark(contact.Activity{Error: true}), end(contact.Missed, now)},
		{"is declined", true, func(d *contact.Draft) error { d.Withdraw(agent, "p", contact.Rejected); return nil }, mark(contact.Activity{Error: true}), end(contact.Declined, now)},
		{"is left by the customer", true, func(d *contact.Draft) error { return d.End(contact.ByCustomer, agents, none) }, mark(contact.Activity{Error: true}), end(contact.Left, now)},
		{"is accepted by itself", false, func(d *contact.Draft) error {
			ring(d)
			return d.Accept(d.AgentInDraft("ana"), "c")
		}, mark(contact.Activity{OnContact: true}), end(contact.Accepted, now.Add(time.Minute))},
		{"nothing happens", true, func(d *contact.Draft) error { d.Agent(agent, agent); return nil }, nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			agent = ana
			chat := start()
			if test.rung {
				d := contact.NewDraft(chat, now)
				ring(d)
				chat, agent = d.Chat(), d.AgentInDraft("ana")
			}
			d := contact.NewDraft(chat, now.Add(time.Minute))
			if err := test.do(d); err != nil {
				t.Fatal(err)
			}
			ch := *d.Change()
			if diff := cmp.Diff(test.marks, ch.Marks) + cmp.Diff(test.ends, ch.OfferEnds); diff != "" {
				t.Errorf("remembered (-want +got):\n%s", diff)
			}
			if again := d.Change(); !cmp.Equal(again.Marks, ch.Marks) || !cmp.Equal(again.OfferEnds, ch.OfferEnds) {
				t.Error("asked again, the change is another one")
			}
			if ch.AgentsWere["ana"] != agent {
				t.Error("the change does not hold the state that was read")
			}
		})
	}
}

func TestFirstStatusIsRemembered(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	was := &contact.Agent{User: "ana", Status: contact.Status{Type: contact.Offline}}
	ch := contact.ChangeAgent(was, was, now)
	if len(ch.Marks) != 1 || ch.Marks[0].Status != contact.Offline {
		t.Errorf("of an agent who is new, remembered %+v", ch.Marks)
	}
	stored := *was
	stored.Version = 1
	if ch := contact.ChangeAgent(&stored, &stored, now); len(ch.Marks) != 0 {
		t.Errorf("of an agent who stays the same, remembered %+v", ch.Marks)
	}
}

func TestLegsSayWhereAContactWent(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	chat := contact.Chat{ID: "a", Instance: "in", Contacts: []contact.Segment{
		{ID: "a", Method: "API", Queue: "sales", Enqueued: now, Disconnected: now},
		{ID: "b", Previous: "a", Method: contact.FromQueueFlow, Agent: "ana", AgentConnected: now, Disconnected: now, Transferred: now},
		{ID: "c", Previous: "b", Method: contact.FromTransfer, Agent: "ben", AgentConnected: now},
		{ID: "d", Previous: "c", Method: contact.FromTransfer, Queue: "help", Enqueued: now}, // ben only asked
		{ID: "e", Previous: "c", Method: contact.FromMonitor},
	}}
	var got []string
	for _, l := range chat.Legs() {
		got = append(got, l.Next)
		if l.Chat != "a" || l.Instance != "in" {
			t.Errorf("a leg is of chat %s in %s", l.Chat, l.Instance)
		}
	}
	if diff := cmp.Diff([]string{contact.FromQueueFlow, contact.FromTransfer, "", "", ""}, got); diff != "" {
		t.Errorf("the contacts went (-want +got):\n%s", diff)
	}
}
