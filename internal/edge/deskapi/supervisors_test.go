package deskapi_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

func TestASupervisorListensFromTheDesk(t *testing.T) {
	led(t, func(t *testing.T, srv *servertest.Server, _ *directory.Directory) {
		ana, ben, cho := srv.SignIn("ana"), srv.SignIn("ben"), srv.SignIn("cho")
		ana.SetState("Available")
		ben.SetState("Break")
		cho.SetState("Break")
		ada := srv.NewChatWith("Ada", map[string]any{"CustomerId": "c-1"})
		ada.Connect()
		moment()
		in := map[string]any{"contactId": ada.Contact, "mayBarge": true}
		refused(t, "before anybody answers", ben.Do("MonitorContact", in), 400, "InvalidStateException")
		ana.Accept(ada)
		moment()
		refused(t, "an agent", cho.Do("MonitorContact", in), 403, "AccessDeniedException")
		own := into[struct{ ContactID string }](t, ben, "MonitorContact", in).ContactID
		moment()
		shown := into[desk](t, ben, "GetAgentSnapshot", map[string]int{"timeout": 0}).Snapshot.Contacts
		if len(shown) != 1 || shown[0].ContactID != own || shown[0].Bellpull.Monitoring == nil {
			t.Fatalf("the supervisor's desk: %+v", shown)
		}
		m := shown[0].Bellpull.Monitoring
		if m.Mode != "SILENT_MONITOR" || !m.MayBarge || strings.Join(m.Agents, " ") != "ana" || shown[0].Bellpull.CustomerID != "c-1" {
			t.Errorf("monitoring: %+v", m)
		}
		if seen := into[desk](t, ana, "GetAgentSnapshot", map[string]int{"timeout": 0}).Snapshot.Contacts[0].Bellpull; seen.Monitoring != nil {
			t.Errorf("the agent sees who listens: %+v", seen)
		}
		same(t, "barging", ben.Do("UpdateMonitorParticipantState", map[string]string{"contactId": own, "targetMonitorMode": "BARGE"}).Status, 200)
	})
}

// desk is the part of a snapshot that is our own.
type desk struct {
	Snapshot struct {
		Contacts []struct {
			ContactID string
			Bellpull  struct {
				Customer, CustomerID, Opening                                        string
				StartedSince, ConnectedSince, WaitedSince, AnsweredSince, RingsUntil *float64
				Monitoring                                                           *struct {
					Mode     string
					MayBarge bool
					Agents   []string
				}
			}
		}
	}
}

func TestOffersTellHowLongTheCustomerHasWaited(t *testing.T) {
	led(t, func(t *testing.T, srv *servertest.Server, _ *directory.Directory) {
		ana := srv.SignIn("ana")
		now := func() float64 { return float64(time.Now().UnixMilli()) / 1000 }
		began := now()
		ada := srv.NewChat("Ada")
		time.Sleep(10 * time.Second)
		ada.Connect()
		time.Sleep(30 * time.Second)
		ana.SetState("Available")
		synctest.Wait()
		offered := now()
		is := func(what string, got *float64, want float64) {
			t.Helper()
			if got == nil || *got < want || *got > want+0.2 {
				t.Errorf("%s: got %v, want %v", what, got, want)
			}
		}
		own := into[desk](t, ana, "GetAgentSnapshot", map[string]int{"timeout": 0}).Snapshot.Contacts[0].Bellpull
		same(t, "customer", own.Customer, "Ada")
		is("started", own.StartedSince, began)
		is("connected", own.ConnectedSince, began+10)
		is("waited", own.WaitedSince, began+10)
		is("rings until", own.RingsUntil, offered+20)
		if own.AnsweredSince != nil {
			t.Errorf("answered at %v", *own.AnsweredSince)
		}
		time.Sleep(5 * time.Second)
		ana.Accept(ada)
		own = into[desk](t, ana, "GetAgentSnapshot", map[string]int{"timeout": 0}).Snapshot.Contacts[0].Bellpull
		is("answered", own.AnsweredSince, offered+5)
		if own.RingsUntil != nil {
			t.Errorf("rings until %v", *own.RingsUntil)
		}
	})
}

func TestOffersTellWhatTheCustomerSaidFirst(t *testing.T) {
	led(t, func(t *testing.T, srv *servertest.Server, _ *directory.Directory) {
		ana := srv.SignIn("ana")
		opening := func() string {
			return into[desk](t, ana, "GetAgentSnapshot", map[string]int{"timeout": 0}).Snapshot.Contacts[0].Bellpull.Opening
		}
		ada := srv.StartChat("Ada")
		moment()
		ada.Say("Where is my tea? " + strings.Repeat("é", 300))
		ada.Say("Hello?")
		ana.SetState("Available")
		moment()
		same(t, "while it rings", opening(), "Where is my tea? "+strings.Repeat("é", 283)+"…")
		ana.Accept(ada)
		same(t, "in the chat", opening(), "")
	})
}

func TestASupervisorSetsAStatus(t *testing.T) {
	led(t, func(t *testing.T, srv *servertest.Server, dir *directory.Directory) {
		ana, ben := srv.SignIn("ana"), srv.SignIn("ben")
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		moment()
		ana.Accept(ada)
		moment()
		ana.Pushed()
		put := func(a *servertest.Agent, username, status string) servertest.Answer {
			arn := "none"
			for _, s := range dir.Statuses {
				if s.Name == status {
					arn = dir.Instance.ARN("agent-state", string(s.ID))
				}
			}
			return a.Do("PutUserState", map[string]string{"username": username, "agentStateARN": arn})
		}
		refused(t, "an agent", put(ana, "ana", "Break"), 403, "AccessDeniedException")
		refused(t, "a status that is none", put(ben, "ana", "Lost"), 400, "InvalidStateException")
		refused(t, "a user who is none", put(ben, "eve", "Break"), 400, "InvalidStateException")
		same(t, "in a chat", put(ben, "ana", "Break").Status, 200)
		moment()
		pushed := ana.Pushed()
		if n := len(pushed); n != 1 || pushed[0].NextState == nil || pushed[0].NextState.Name != "Break" || pushed[0].State.Name != "Available" {
			t.Errorf("pushed: %+v", pushed)
		}
		ana.Hangup(ada, "agent")
		ana.Clear(ada)
		same(t, "after the chat", ana.Snapshot().State.Name, "Break")
		same(t, "without a chat", put(ben, "ana", "Available").Status, 200)
		same(t, "without a chat", ana.Snapshot().State.Name, "Available")
	})
}

func TestAgentsPickOutOfTheirQueues(t *testing.T) {
	led(t, func(t *testing.T, srv *servertest.Server, dir *directory.Directory) {
		ana, cho := srv.SignIn("ana"), srv.SignIn("cho")
		ada, grace := srv.StartChat("Ada"), srv.StartChat("Grace")
		moment()
		pick := func(a *servertest.Agent, c *servertest.Customer, username string) servertest.Answer {
			return a.Do("AssignContact", map[string]string{"contactId": c.Contact, "username": username})
		}
		refused(t, "who is offline", pick(ana, ada, ""), 400, "InvalidStateException")
		ana.SetState("Break")
		refused(t, "for somebody else", pick(ana, ada, "cho"), 403, "AccessDeniedException")
		same(t, "during a break", pick(ana, ada, "ana").Status, 200)
		same(t, "connected at once", ana.StateOf(ada), "connected")
		refused(t, "what does not wait", pick(cho, ada, ""), 400, "InvalidStateException")

		// What was missed can be picked, and is there once.
		cho.SetState("Available")
		moment()
		same(t, "rings", cho.StateOf(grace), "connecting")
		time.Sleep(21 * time.Second)
		same(t, "missed", cho.StateOf(grace), "error")
		same(t, "picked after all", pick(cho, grace, "").Status, 200)
		same(t, "connected", strings.Join(states(cho), " "), "connected")
		same(t, "said", cho.Say(grace, "Here I am.") != "", true)

		// There must be a slot.
		most := dir.Profiles[dir.UserByName("ana").Profile].ChatConcurrency
		cho.TryState("Break", true)
		for range most - 1 {
			next := srv.StartChat("Next")
			moment()
			same(t, "another", pick(ana, next, "").Status, 200)
		}
		last := srv.StartChat("Last")
		moment()
		refused(t, "one too many", pick(ana, last, ""), 400, "InvalidStateException")
	})
}

// states are those of an agent's contacts.
func states(a *servertest.Agent) (all []string) {
	for _, s := range a.Work() {
		all = append(all, s)
	}
	slices.Sort(all)
	return all
}

func TestAgentsPickNothingOutOfOtherQueues(t *testing.T) {
	led(t, func(t *testing.T, srv *servertest.Server, _ *directory.Directory) {
		ana, ben := srv.SignIn("ana"), srv.SignIn("ben")
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		moment()
		ana.Accept(ada)
		moment()
		ana.Transfer(ada, "TransferContact", "cho") // who is not there
		moment()
		waits := ana.Contact(ada)
		for _, c := range into[search](t, ben, "SearchContacts", nil).Contacts {
			if c.State == "waiting" {
				waits = c.ContactID
			}
		}
		ana.Clear(ada)
		refused(t, "out of a colleague's queue", ana.Do("AssignContact", map[string]string{"contactId": waits}), 403, "AccessDeniedException")
	})
}

func TestASupervisorLetsAContactRing(t *testing.T) {
	led(t, func(t *testing.T, srv *servertest.Server, _ *directory.Directory) {
		ana, ben := srv.SignIn("ana"), srv.SignIn("ben")
		ada := srv.StartChat("Ada")
		moment()
		hand := func(to string) servertest.Answer {
			return ben.Do("AssignContact", map[string]string{"contactId": ada.Contact, "username": to})
		}
		refused(t, "to who is offline", hand("ana"), 400, "InvalidStateException")
		refused(t, "to nobody", hand("eve"), 400, "InvalidStateException")
		ana.SetState("Break")
		same(t, "to one who is there", hand("ana").Status, 200)
		same(t, "rings", ana.StateOf(ada), "connecting")
		refused(t, "while it rings", hand("ana"), 400, "InvalidStateException")
		ana.Reject(ada)
		same(t, "once more", hand("ana").Status, 200)
		same(t, "rings alone", strings.Join(states(ana), " "), "connecting")
		ana.Accept(ada)
		same(t, "accepted", ana.StateOf(ada), "connected")

		// The supervisor can be named like others.
		ben.SetState("Break")
		grace := srv.StartChat("Grace")
		moment()
		same(t, "to themselves", ben.Do("AssignContact", map[string]string{"contactId": grace.Contact, "username": "ben"}).Status, 200)
		same(t, "rings", ben.StateOf(grace), "connecting")
	})
}

func TestNobodyChoosesADisabledStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := seed.Dev()
		old := &directory.Status{ID: "old", Name: "Training", Type: contact.Custom, Disabled: true}
		dir.Statuses[old.ID] = old
		srv := servertest.Open(t, servertest.Options{Directory: dir})
		ana := srv.SignIn("ana")
		arn := dir.Instance.ARN("agent-state", string(old.ID))
		for _, s := range into[struct{ States []servertest.State }](t, ana, "GetAgentStates", nil).States {
			if s.Name == old.Name {
				t.Errorf("%s can be chosen", s.Name)
			}
		}
		refused(t, "one's own", ana.Do("PutAgentState", map[string]any{"state": map[string]string{"agentStateARN": arn}}), 400, "InvalidStateException")
		refused(t, "another's", ana.Do("PutUserState", map[string]string{"username": "ben", "agentStateARN": arn}), 400, "InvalidStateException")
	})
}
