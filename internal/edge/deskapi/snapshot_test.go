package deskapi_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/config"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

// bubble runs a test against a whole server in virtual time.
func bubble(t *testing.T, test func(*testing.T, *servertest.Server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, servertest.New(t)) })
}

// moment lets everything happen that is under way, pushes to desks included.
func moment() {
	time.Sleep(50 * time.Millisecond)
	synctest.Wait()
}

func same[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func refused(t *testing.T, what string, a servertest.Answer, status int, name string) {
	t.Helper()
	if a.Status != status || a.ErrorType() != name {
		t.Errorf("%s: got %d %s (%s), want %d %s", what, a.Status, a.ErrorType(), a.Body, status, name)
	}
}

func TestSnapshotsArePushedTogether(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ana := srv.SignIn("ana")
		moment()
		pushed := ana.Pushed()
		same(t, "snapshots without a change", len(pushed), 0) // SignIn took the first
		ana.SetState("Available")
		for _, name := range []string{"Ada", "Bob", "Eve"} {
			srv.StartChat(name)
		}
		moment()
		pushed = ana.Pushed()
		if n := len(pushed); n < 1 || n > 2 {
			t.Errorf("four changes at once made %d snapshots, want one or two", n)
		}
		last := pushed[len(pushed)-1]
		same(t, "state", last.State.Name, "Available")
		same(t, "chats", len(last.Contacts), 3)
		same(t, "the pushed token", last.NextToken, ana.Snapshot().NextToken)
	})
}

func TestWaitingForASnapshot(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ana := srv.Desk("ana")
		first := ana.Snapshot()
		same(t, "state", first.State.Name, "Offline")

		begun := time.Now()
		same(t, "token when nothing happens", ana.Await(first.NextToken).NextToken, first.NextToken)
		same(t, "it took", time.Since(begun), 30*time.Second)

		begun = time.Now()
		got := make(chan servertest.Snapshot)
		go func() { got <- ana.Await(first.NextToken) }()
		time.Sleep(10 * time.Second)
		ana.SetState("Available")
		second := <-got
		same(t, "state", second.State.Name, "Available")
		same(t, "it took", time.Since(begun), 10*time.Second)

		begun = time.Now()
		same(t, "with an old token", ana.Await(first.NextToken).NextToken, second.NextToken)
		same(t, "with none", ana.Await("").NextToken, second.NextToken)
		same(t, "it took", time.Since(begun), 0)

		srv.Restart()
		go func() { got <- ana.Await(second.NextToken) }()
		synctest.Wait()
		select {
		case <-got:
			t.Error("the token is not good after a restart")
		default:
		}
		ana.SetState("Break")
		same(t, "state", (<-got).State.Name, "Break")
	})
}

// Somebody who waits does not keep the server from stopping.
func TestStoppingEndsTheWait(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ana := srv.Desk("ana")
		token := ana.Snapshot().NextToken
		ended := make(chan struct{})
		req := http.Header{"X-Amz-Bearer": {ana.Access}, "X-Amz-Target": {"AmazonConnectCTIService.GetAgentSnapshot"}}
		go func() {
			defer close(ended)
			srv.Do("POST", "/api", req, `{"nextToken":"`+token+`"}`)
		}()
		time.Sleep(time.Second)
		begun := time.Now()
		srv.Stop()
		<-ended
		if took := time.Since(begun); took > time.Second {
			t.Errorf("stopping took %v", took)
		}
	})
}

func TestSeveralDesksOfOneAgent(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		one, two := srv.SignIn("ana"), srv.SignIn("ana")
		ben := srv.SignIn("ben")
		one.SetState("Available")
		ada := srv.StartChat("Ada")
		moment()
		two.Accept(ada)
		one.Say(ada, "from the first desk")
		two.Say(ada, "from the second desk")
		moment()
		for name, desk := range map[string]*servertest.Agent{"first": one, "second": two} {
			pushed := desk.Pushed()
			if len(pushed) == 0 {
				t.Fatalf("the %s desk got no snapshot", name)
			}
			last := pushed[len(pushed)-1]
			same(t, name+" desk: state", last.State.Name, "Available")
			same(t, name+" desk: chats", len(last.Contacts), 1)
			same(t, name+" desk: work", last.Contacts[0].State.Type, "connected")
			same(t, name+" desk: items", len(desk.Items(ada)), 3)
		}
		same(t, "another agent's snapshots", len(ben.Pushed()), 0)
		two.Socket.Close()
		one.Say(ada, "alone")
		moment()
		same(t, "items of the one that is left", len(one.Items(ada)), 4)
	})
}

func TestWorkAsPagesSeeIt(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		for _, c := range []struct {
			do                      func()
			state, agent, customers string
		}{
			{moment, "connecting", "connecting", "connected"},
			{func() { ana.Accept(ada) }, "connected", "connected", "connected"},
			{ada.Leave, "ended", "disconnected", "disconnected"},
		} {
			c.do()
			w := ana.Snapshot().Contacts[0]
			same(t, "contact", w.State.Type, c.state)
			same(t, "the agent's connection when "+c.state, w.Connections[0].State.Type, c.agent)
			same(t, "the customer's connection when "+c.state, w.Connections[1].State.Type, c.customers)
		}
		bob := srv.StartChat("Bob")
		time.Sleep(21 * time.Second)
		synctest.Wait()
		for _, w := range ana.Snapshot().Contacts {
			if w.ContactID == bob.Contact {
				same(t, "missed", w.State.Type, "error")
				same(t, "the agent's connection", w.Connections[0].State.Type, "disconnected")
				same(t, "the customer's connection", w.Connections[1].State.Type, "connected")
			}
		}
	})
}

// What is said of a contact from outside is on the desk.
func TestDesksShowWhatContactsAreCalledAndReferTo(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		past := srv.StartChat("Ada")
		past.Leave()
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		ada := srv.NewChatWith("Ada", map[string]any{
			"RelatedContactId": past.Contact, "SegmentAttributes": map[string]any{"shop": map[string]string{"ValueString": "north"}},
		})
		ada.Connect()
		srv.Call("POST", "/contacts/"+string(seed.DevInstance)+"/"+ada.Contact,
			`{"Name":"Order 7","Description":"It broke","References":{"order":{"Type":"URL","Value":"https://shop.example/7"}}}`, nil)
		moment()
		var out struct {
			Snapshot struct{ Contacts []json.RawMessage }
		}
		ana.Do("GetAgentSnapshot", map[string]any{"timeout": 0}).Into(t, &out)
		for _, want := range []string{
			`"relatedContactId":"` + past.Contact + `","contactAssociationId":"` + past.Contact + `"`,
			`"segmentAttributes":{"connect:Subtype":{"ValueString":"connect:Chat"},"shop":{"ValueString":"north"}}`,
			`"name":"Order 7","description":"It broke","references":{"order":{"type":"URL","value":"https://shop.example/7"}}`,
		} {
			if got := string(out.Snapshot.Contacts[0]); !strings.Contains(got, want) {
				t.Errorf("the desk shows %s, without %s", got, want)
			}
		}
	})
}

// Pages tell a missed chat by its state, and some know it by its own name only.
func TestOperatorChoosesWhatAMissedChatIsCalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := config.Default()
		c.MissedAs = "missed"
		srv := servertest.Open(t, servertest.Options{Config: &c})
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		time.Sleep(21 * time.Second)
		same(t, "missed", ana.StateOf(ada), "missed")
	})
}
