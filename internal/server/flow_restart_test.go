package server_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/flow"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

// waits is a flow that waits a minute before it speaks and ends.
func waits(text string) string {
	return flowOf(
		block("w", "Wait", `{"TimeLimitSeconds":"60"}`, "say", "WaitCompleted->say", "!NoMatchingError->end"),
		say("say", text, "end"), endIt)
}

// A flow of each occasion goes on where it was when the server starts anew.
func TestFlowsOfAllOccasionsGoOnAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := withFlows(t, flowOf(append([]string{
			hook("h1", "CustomerQueue", queueFlowID, "h2"), hook("h2", "AgentWhisper", agentWhisperID, "h3"),
			hook("h3", "CustomerWhisper", customerSideID, "h4"), hook("h4", "CustomerRemaining", disconnectFlowID, "set"),
		}, into(seed.DevQueue)...)...), map[contact.FlowID][2]string{
			queueFlowID:      {string(flow.CustomerQueue), waits("in the queue")},
			agentWhisperID:   {string(flow.AgentWhisper), waits("to the agent")},
			customerSideID:   {string(flow.CustomerWhisper), waits("to the customer")},
			disconnectFlowID: {string(flow.Inbound), waits("all alone")},
		}, nil)
		ana := srv.SignIn("ana")
		ada := srv.StartChat("Ada")
		again := func() {
			t.Helper()
			synctest.Wait()
			srv.Restart()
			ada.Connect()
			time.Sleep(time.Minute)
			synctest.Wait()
		}
		heard := func(want string) {
			t.Helper()
			if got := texts(ada.Items()); !slices.Contains(got, want) {
				t.Errorf("Ada heard %q, want %q", got, want)
			}
		}
		again()
		heard("in the queue")
		ana.SetState("Available")
		synctest.Wait()
		ana.Accept(ada)
		again()
		same(t, "between the whispers the contact", ana.StateOf(ada), "connecting")
		again()
		heard("to the customer")
		same(t, "after the whispers the contact", ana.StateOf(ada), "connected")
		mustDo(t, ana.Hangup(ada, "agent"))
		again()
		heard("all alone")
		same(t, "the last event", ada.LastEvent(), "chat.ended")
	})
}

func TestATransferGoesOnAfterARestart(t *testing.T) {
	inTeam(t, func(t *testing.T, srv *servertest.Server, ada *servertest.Customer, ana, ben *servertest.Agent) {
		mustDo(t, ana.Transfer(ada, "TransferContact", slowlyToBen))
		synctest.Wait()
		srv.Restart()
		time.Sleep(30 * time.Second)
		synctest.Wait()
		same(t, "Ben's contact", ben.StateOf(ada), "connecting")
	})
}
