package centre_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

func TestMissedOfferGoesToTheNextAgent(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *servertest.Server) {
		ana, ben := srv.SignIn("ana"), srv.SignIn("ben")
		ana.SetState("Available")
		wait(time.Second)
		ben.SetState("Available") // idle for a shorter time
		ada := srv.StartChat("Ada")
		moment()
		same(t, "rings at ana", ana.StateOf(ada), "connecting")
		same(t, "at ben", ben.StateOf(ada), "")
		wait(20*time.Second - 200*time.Millisecond)
		same(t, "rings still", ana.StateOf(ada), "connecting")
		wait(200 * time.Millisecond)
		same(t, "after 20 seconds at ana", ana.StateOf(ada), "error")
		same(t, "after 20 seconds at ben", ben.StateOf(ada), "connecting")
		equal(t, "the customer notices nothing", ada.Heard(), []string{"Ada joined", welcome})
		ben.Accept(ada)
		moment()
		same(t, "last event", ada.LastEvent(), "participant.joined")
		same(t, "the missed work stays", ana.StateOf(ada), "error")
		ana.Clear(ada)
		same(t, "until it is cleared", ana.StateOf(ada), "")
		same(t, "ben's is his own", ben.StateOf(ada), "connected")
		equal(t, "state", []string{ana.Snapshot().State.Name, ben.Snapshot().State.Name}, []string{"Available", "Available"})
	})
}

func TestMissedChatKeepsItsPlace(t *testing.T) {
	bubble(t, oneSlot, func(t *testing.T, srv *servertest.Server) {
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		wait(time.Second)
		bob := srv.StartChat("Bob")
		wait(30 * time.Second)
		same(t, "ada is missed", ana.StateOf(ada), "error")
		same(t, "bob waits, since the slot is taken", ana.StateOf(bob), "")
		ana.Clear(ada)
		moment()
		same(t, "ada, who came first, rings again", ana.StateOf(ada), "connecting")
		same(t, "bob waits on", ana.StateOf(bob), "")
	})
}

// oneSlot gives every agent one chat at a time.
func oneSlot(d *directory.Directory) {
	for _, p := range d.Profiles {
		p.ChatConcurrency = 1
	}
}

func TestRejectedOfferWaitsOn(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *servertest.Server) {
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		moment()
		ana.Reject(ada)
		moment()
		same(t, "at ana", ana.StateOf(ada), "rejected")
		wait(time.Minute)
		same(t, "it does not come back by itself", ana.StateOf(ada), "rejected")
		ben := srv.SignIn("ben")
		ben.SetState("Available")
		moment()
		same(t, "at ben", ben.StateOf(ada), "connecting")
		ana.Reject(ada) // again, and harmless
		same(t, "at ana", ana.StateOf(ada), "rejected")
		same(t, "at ben still", ben.StateOf(ada), "connecting")
	})
}

func TestCustomerWhoLeavesWhileItRingsIsRejected(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *servertest.Server) {
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		moment()
		ada.Leave()
		moment()
		same(t, "at ana", ana.StateOf(ada), "rejected")
		refused(t, "accept it", ana.On(ada, "AcceptContact"), 400, "InvalidStateException")
		wait(time.Minute) // no timer is left over
		same(t, "a minute later", ana.StateOf(ada), "rejected")
		ana.Clear(ada)
		same(t, "cleared", ana.StateOf(ada), "")
	})
}

func TestAcceptingAgainIsHarmless(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *servertest.Server) {
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		moment()
		ana.Accept(ada)
		ana.Accept(ada)
		moment()
		equal(t, "the customer heard", ada.Heard(), []string{"Ada joined", welcome, "Ana joined"})
		wait(time.Minute)
		same(t, "the offer's timer is off", ana.StateOf(ada), "connected")
	})
}

func TestOthersCannotTouchAnOffer(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *servertest.Server) {
		ana, ben := srv.SignIn("ana"), srv.SignIn("ben")
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		moment()
		for _, op := range []string{"AcceptContact", "RejectContact"} {
			refused(t, "ben: "+op, ben.On(ada, op), 400, "InvalidStateException")
		}
		same(t, "ben clears what he does not have", ben.On(ada, "ClearContact").Status, 200)
		same(t, "rings at ana", ana.StateOf(ada), "connecting")
	})
}

func TestHangingUp(t *testing.T) {
	for _, kind := range []string{"agent", "inbound"} {
		t.Run(kind, func(t *testing.T) {
			bubble(t, nil, func(t *testing.T, srv *servertest.Server) {
				ana := srv.SignIn("ana")
				ana.SetState("Available")
				ada := srv.StartChat("Ada")
				moment()
				ana.Accept(ada)
				for range 2 { // pages do it twice
					same(t, "hang up", ana.Hangup(ada, kind).Status, 200)
				}
				moment()
				same(t, "last event", ada.LastEvent(), "chat.ended")
				same(t, "reason", reason(srv, ada), "AGENT_DISCONNECT")
				same(t, "work", ana.StateOf(ada), "ended")
				connection := ana.ID(ada)
				same(t, "clear", ana.On(ada, "ClearContact").Status, 200)
				same(t, "hang up what is cleared", ana.Do("DestroyConnection", map[string]string{"contactId": ada.Contact, "connectionId": connection}).Status, 200)
			})
		})
	}
	t.Run("of another agent", func(t *testing.T) {
		bubble(t, nil, func(t *testing.T, srv *servertest.Server) {
			ana := srv.SignIn("ana")
			ana.SetState("Available")
			ada := srv.StartChat("Ada")
			moment()
			ana.Accept(ada)
			connection := ana.ID(ada)
			refused(t, "hang up", srv.SignIn("ben").Do("DestroyConnection", map[string]string{"contactId": ada.Contact, "connectionId": connection}), 400, "InvalidStateException")
			same(t, "work", ana.StateOf(ada), "connected")
		})
	})
	t.Run("while it rings", func(t *testing.T) {
		bubble(t, nil, func(t *testing.T, srv *servertest.Server) {
			ana := srv.SignIn("ana")
			ana.SetState("Available")
			ada := srv.StartChat("Ada")
			moment()
			refused(t, "the customer's connection", ana.Hangup(ada, "inbound"), 400, "InvalidStateException")
			for range 2 {
				same(t, "the own connection", ana.Hangup(ada, "agent").Status, 200)
			}
			same(t, "work", ana.StateOf(ada), "rejected")
		})
	})
}

func TestClearingNeedsTheEnd(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *servertest.Server) {
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		moment()
		refused(t, "clear what rings", ana.On(ada, "ClearContact"), 400, "InvalidStateException")
		ana.Accept(ada)
		connection := ana.Connection(ada)
		for _, op := range []string{"ClearContact", "CompleteContact"} {
			refused(t, op+" while it is connected", ana.On(ada, op), 400, "InvalidStateException")
		}
		ada.Leave()
		same(t, "read it after the end", srv.Participant(connection, "transcript", struct{}{}).Status, 200)
		same(t, "complete it", ana.On(ada, "CompleteContact").Status, 200)
		same(t, "clear it again", ana.On(ada, "ClearContact").Status, 200)
		refused(t, "read it when it is cleared", srv.Participant(connection, "transcript", struct{}{}), 403, "AccessDeniedException")
	})
}

func TestAfterContactWorkEndsByItself(t *testing.T) {
	limited := func(d *directory.Directory) {
		oneSlot(d)
		for _, u := range d.Users {
			u.AfterWorkLimit = 30 * time.Second
		}
	}
	bubble(t, limited, func(t *testing.T, srv *servertest.Server) {
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		moment()
		ana.Accept(ada)
		bob := srv.StartChat("Bob")
		ada.Leave()
		wait(29 * time.Second)
		same(t, "ada's chat", ana.StateOf(ada), "ended")
		same(t, "bob waits", ana.StateOf(bob), "")
		wait(2 * time.Second)
		same(t, "ada's chat", ana.StateOf(ada), "")
		same(t, "bob's turn", ana.StateOf(bob), "connecting")
	})
}

func TestAutoAcceptConnectsAtOnce(t *testing.T) {
	auto := func(d *directory.Directory) {
		for _, u := range d.Users {
			u.AutoAccept = true
		}
	}
	bubble(t, auto, func(t *testing.T, srv *servertest.Server) {
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		moment()
		same(t, "work", ana.StateOf(ada), "connected")
		equal(t, "the customer heard", ada.Heard(), []string{"Ada joined", welcome, "Ana joined"})
		equal(t, "the agent heard", ana.Heard(ada), []string{"Ana joined"})
		wait(time.Minute)
		same(t, "no timer of an offer is left", ana.StateOf(ada), "connected")
	})
}

func TestSixthChatWaitsForASlot(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *servertest.Server) {
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		var chats []*servertest.Customer
		for i := range 6 {
			chats = append(chats, srv.StartChat(fmt.Sprintf("C%d", i+1)))
			wait(time.Second)
		}
		same(t, "chats on the desk", len(ana.Snapshot().Contacts), 5)
		same(t, "the sixth", ana.StateOf(chats[5]), "")
		for _, c := range chats[:5] {
			ana.Accept(c)
		}
		chats[2].Leave()
		moment()
		same(t, "work after the end takes its slot", ana.StateOf(chats[5]), "")
		ana.Clear(chats[2])
		moment()
		same(t, "the sixth", ana.StateOf(chats[5]), "connecting")
		same(t, "chats on the desk", len(ana.Snapshot().Contacts), 5)
	})
}
