package server_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/contact"
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

// allFlows is a filter that lets inbound and queue flows count.
const allFlows = `{"FilterKey":"FLOW_TYPE","FilterValues":["CONTACT_FLOW","CUSTOMER_QUEUE"]}`

func named(metric string) string { return fmt.Sprintf(`{"Name":%q}`, metric) }

// pastFigures returns figures since a moment, rounded, as "group: figures".
func pastFigures(srv *servertest.Server, since time.Time, filters, grouping string, metrics ...string) (lines []string) {
	var out struct {
		MetricResults []struct {
			Dimensions  map[string]string
			Collections []struct{ Value *float64 }
		}
	}
	dir := seed.Dev()
	srv.Call("POST", "/metrics/data", fmt.Sprintf(`{"ResourceArn":%q,"StartTime":%d,"EndTime":%d,"Filters":[%s],"Groupings":[%q],"Metrics":[%s]}`,
		dir.Instance.ARN(), since.Unix(), time.Now().Unix()+1, filters, grouping, strings.Join(metrics, ",")), &out)
	for _, r := range out.MetricResults {
		line := r.Dimensions[grouping] + ":"
		for _, c := range r.Collections {
			if c.Value == nil {
				line += " -"
			} else {
				line += fmt.Sprint(" ", math.Round(*c.Value))
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// What flows and routing steps did is in the figures of the past, also after a
// restart.
func TestFlowsAndStepsAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inbound := flowOf(append([]string{
			hook("hook", "CustomerQueue", queueFlowID, "ask"),
			block("ask", "UpdateRoutingCriteria", `{"RoutingCriteria":`+frenchFirst+`}`, "set", "!NoMatchingError->bye"),
		}, into(seed.DevQueue)...)...)
		dir := seed.Dev()
		dir.Flows[seed.DevFlow].Content = inbound
		dir.Flows[queueFlowID] = &directory.Flow{ID: queueFlowID, Name: "Hold", Type: string(flow.CustomerQueue), Content: flowOf(
			block("wait", "Wait", `{"TimeLimitSeconds":"3600"}`, "end", "WaitCompleted->end", "!NoMatchingError->end"), endIt)}
		ben := dir.UserByName("ben")
		ben.Proficiencies = append(ben.Proficiencies, directory.Proficiency{Attribute: "language", Value: "french", Level: 1})
		srv := servertest.Open(t, servertest.Options{Directory: dir})
		begin := time.Now().Truncate(time.Second)
		desk := available(srv, "ben")[0]
		ada := srv.StartChat("Ada")
		pass(40 * time.Second) // after half a minute it rings at ben
		desk.Accept(ada)
		bob := srv.StartChat("Bob")
		pass(10 * time.Second)
		bob.Leave()
		pass(time.Second)
		srv.Stop()
		srv.Start()

		figures := func(filters, grouping string, metrics ...string) []string {
			t.Helper()
			return pastFigures(srv, begin, filters, grouping, metrics...)
		}
		same := func(what string, got []string, want ...string) {
			t.Helper()
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}
		same("by flow", figures(allFlows, "FLOWS_RESOURCE_ID",
			named("FLOWS_STARTED"), named("FLOWS_OUTCOME"), named("AVG_FLOW_TIME"), named("MIN_FLOW_TIME"), named("MAX_FLOW_TIME"),
			`{"Name":"PERCENT_FLOWS_OUTCOME","MetricFilters":[{"MetricFilterKey":"FLOWS_OUTCOME_TYPE","MetricFilterValues":["DROPPED"]}]}`),
			string(seed.DevFlow)+": 2 2 0 0 0 0", string(queueFlowID)+": 2 2 25 10 40 50")
		same("by outcome", figures(allFlows, "FLOWS_OUTCOME_TYPE", named("FLOWS_OUTCOME")),
			"DROPPED: 1", "TRANSFERRED_TO_AGENT: 1", "TRANSFERRED_TO_QUEUE: 2")
		same("by step", figures(fmt.Sprintf(`{"FilterKey":"QUEUE","FilterValues":[%q]}`, seed.DevQueue), "ROUTING_STEP_EXPRESSION",
			named("PERCENT_CONTACTS_STEP_EXPIRED"), named("PERCENT_CONTACTS_STEP_JOINED")),
			"language:french >= 1 OR language:creole >= 2 <= 3: 0 100", "language:french >= 4: 50 0")
	})
}

// A flow that hands the contact on has ended, and a module is part of its flow.
func TestFlowsThatHandOnAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const other contact.FlowID = "b3110000-0000-4000-8000-0000000ff009"
		wait := func(seconds int, next string) string {
			return block("wait", "Wait", fmt.Sprintf(`{"TimeLimitSeconds":"%d"}`, seconds), next, "WaitCompleted->"+next, "!NoMatchingError->"+next)
		}
		srv := withFlows(t, flowOf(wait(20, "go"), block("go", "TransferToFlow", fmt.Sprintf(`{"ContactFlowId":%q}`, other), "bye", "!NoMatchingError->bye"), bye),
			map[contact.FlowID][2]string{
				other:    {string(flow.Inbound), flowOf(block("mod", "InvokeFlowModule", fmt.Sprintf(`{"FlowModuleId":%q}`, moduleID), "bye", "!NoMatchingError->bye"), bye)},
				moduleID: {string(flow.Module), flowOf(wait(30, "bye"), bye)},
			}, nil)
		begin := time.Now().Truncate(time.Second)
		srv.StartChat("Ada")
		pass(25 * time.Second)
		started, outcomes, longest := named("FLOWS_STARTED"), named("FLOWS_OUTCOME"), named("MAX_FLOW_TIME")
		check := func(when, grouping string, metrics []string, want ...string) {
			t.Helper()
			if diff := gocmp.Diff(want, pastFigures(srv, begin, allFlows, grouping, metrics...)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", when, diff)
			}
		}
		check("in the module", "FLOWS_RESOURCE_ID", []string{started, outcomes, longest}, string(seed.DevFlow)+": 1 1 20", string(other)+": 1 0 -")
		srv.Restart()
		pass(30 * time.Second)
		check("at the end", "FLOWS_RESOURCE_ID", []string{started, outcomes, longest}, string(seed.DevFlow)+": 1 1 20", string(other)+": 1 1 30")
		check("the outcomes", "FLOWS_OUTCOME_TYPE", []string{outcomes}, "DISCONNECTED_PARTICIPANT: 1", "TRANSFERRED_TO_FLOW: 1")
	})
}
