package centre_test

import (
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/server/servertest"
)

func TestStatusCannotChangeDuringAChat(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *servertest.Server) {
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		for _, state := range []string{"connecting", "connected"} {
			moment()
			same(t, "work", ana.StateOf(ada), state)
			refused(t, "Break while "+state, ana.TryState("Break", false), 400, "InvalidStateException")
			refused(t, "Available later", ana.TryState("Offline", false), 400, "InvalidStateException")
			ana.Accept(ada)
		}
		same(t, "state", ana.Snapshot().State.Name, "Available")
	})
}

func TestNextStatusBeginsWhenTheDeskIsEmpty(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *servertest.Server) {
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		ada, bob := srv.StartChat("Ada"), srv.StartChat("Bob")
		moment()
		ana.Accept(ada)
		ana.Accept(bob)
		bob.Leave()
		same(t, "set Break for later", ana.TryState("Break", true).Status, 200)
		s := ana.Snapshot()
		same(t, "state", s.State.Name, "Available")
		if s.NextState == nil || s.NextState.Name != "Break" {
			t.Fatalf("next state is %v, want Break", s.NextState)
		}
		same(t, "work that was over is cleared", ana.StateOf(bob), "")
		eve := srv.StartChat("Eve")
		moment()
		same(t, "nothing more is offered", ana.StateOf(eve), "")
		ada.Leave()
		moment()
		same(t, "state before clearing", ana.Snapshot().State.Name, "Available")
		ana.Clear(ada)
		moment()
		s = ana.Snapshot()
		same(t, "state", s.State.Name, "Break")
		if s.NextState != nil {
			t.Errorf("next state is still %v", s.NextState)
		}
		ana.SetState("Available")
		moment()
		same(t, "back again", ana.StateOf(eve), "connecting")
	})
}

func TestNextStatusCanBeTakenBack(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *servertest.Server) {
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		moment()
		ana.Accept(ada)
		same(t, "set Break for later", ana.TryState("Break", true).Status, 200)
		bob := srv.StartChat("Bob")
		moment()
		same(t, "bob waits", ana.StateOf(bob), "")
		same(t, "choose Available", ana.TryState("Available", true).Status, 200)
		moment()
		same(t, "bob is offered", ana.StateOf(bob), "connecting")
		if next := ana.Snapshot().NextState; next != nil {
			t.Errorf("next state is still %v", next)
		}
	})
}

func TestStatusForLaterBeginsAtOnceWithoutWork(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *servertest.Server) {
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		same(t, "set Break for later", ana.TryState("Break", true).Status, 200)
		same(t, "state", ana.Snapshot().State.Name, "Break")
	})
}

func TestStatusChangeClearsWorkThatIsOver(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *servertest.Server) {
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		ended, missed, rejected := srv.StartChat("Ended"), srv.StartChat("Missed"), srv.StartChat("Rejected")
		moment()
		ana.Accept(ended)
		ana.Reject(rejected)
		ended.Leave()
		wait(21 * time.Second)
		same(t, "work", len(ana.Work()), 3)
		same(t, "missed", ana.StateOf(missed), "error")
		ana.SetState("Break")
		same(t, "work after the change", len(ana.Work()), 0)
		ana.SetState("Available")
		moment()
		same(t, "the missed one rings again", ana.StateOf(missed), "connecting")
		same(t, "the rejected one too", ana.StateOf(rejected), "connecting")
		same(t, "the ended one does not", ana.StateOf(ended), "")
	})
}

func TestUnknownStatusIsRefused(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *servertest.Server) {
		ana := srv.SignIn("ana")
		for _, arn := range []string{"", "Available", "arn:aws:connect:us-west-2:000000000000:instance/x/agent-state/none"} {
			a := ana.Do("PutAgentState", map[string]any{"state": map[string]string{"agentStateARN": arn}})
			refused(t, "state "+arn, a, 400, "InvalidStateException")
		}
		a := ana.Do("PutAgentState", map[string]any{"state": "Available"})
		refused(t, "a state that is a text", a, 400, "InvalidStateException")
	})
}
