package server_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/flow"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

// A queue flow tells those who wait where they stand, with the figures that the
// control plane has.
func TestFlowTellsWhereOneStands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := seed.Dev()
		for _, p := range dir.Profiles {
			p.ChatConcurrency = 1
		}
		dir.Flows[queueFlowID] = &directory.Flow{ID: queueFlowID, Name: "Standing", Type: string(flow.CustomerQueue), Content: flowOf(
			block("calls", "GetMetricData", `{"QueueChannel":"Voice"}`, "none", "!NoMatchingError->ask"), // there are none
			block("ask", "GetMetricData", `{"QueueChannel":"Chat"}`, "tell", "!NoMatchingError->none"),
			say("tell", "You are number $.Metrics.Contact.PositionInQueue of $.Metrics.Queue.Size; "+
				"$.Metrics.Agents.Busy.Count of $.Metrics.Agents.Online.Count talk. Wait: $.Metrics.Contact.EstimatedWaitTime s.", "end"),
			say("none", "Nothing is known.", "end"), endIt)}
		dir.Flows[seed.DevFlow].Content = flowOf(append([]string{hook("hook", "CustomerQueue", queueFlowID, "set")}, into(seed.DevQueue)...)...)
		srv := servertest.Open(t, servertest.Options{Directory: dir})
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		said := func(c *servertest.Customer, want string) {
			t.Helper()
			synctest.Wait()
			if heard := c.Heard(); !slices.ContainsFunc(heard, func(s string) bool { return strings.HasSuffix(s, want) }) {
				t.Errorf("%s heard %q, want %q", c.Name, heard, want)
			}
		}
		ada := srv.StartChat("Ada")
		said(ada, "You are number 1 of 1; 0 of 1 talk. Wait:  s.")
		ana.Accept(ada)
		said(srv.StartChat("Bob"), "You are number 1 of 1; 1 of 1 talk. Wait:  s.")
		time.Sleep(time.Minute)
		ada.Leave() // and ana works on, which takes her only slot: a minute a contact, so far
		time.Sleep(time.Minute)
		said(srv.StartChat("Cat"), fmt.Sprintf("You are number 2 of 2; 0 of 1 talk. Wait: %d s.", 2*120))
	})
}
