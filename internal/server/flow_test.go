package server_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/callout"
	"github.com/bellpull/bellpull/internal/config"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/flow"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

// block writes an action of a flow: what follows, and the other branches, are
// names of actions.
func block(id, kind, parameters, next string, branches ...string) string {
	var conditions, errs []string
	for _, b := range branches {
		what, to, _ := strings.Cut(b, "->")
		if name, ok := strings.CutPrefix(what, "!"); ok {
			errs = append(errs, fmt.Sprintf(`{"NextAction":%q,"ErrorType":%q}`, to, name))
		} else {
			conditions = append(conditions, fmt.Sprintf(`{"NextAction":%q,"Condition":{"Operator":"Equals","Operands":[%q]}}`, to, what))
		}
	}
	transitions := "{}"
	if next != "" {
		transitions = fmt.Sprintf(`{"NextAction":%q,"Conditions":[%s],"Errors":[%s]}`, next, strings.Join(conditions, ","), strings.Join(errs, ","))
	}
	return fmt.Sprintf(`{"Identifier":%q,"Type":%q,"Parameters":%s,"Transitions":%s}`, id, kind, parameters, transitions)
}

func say(id, text, next string) string {
	return block(id, "MessageParticipant", fmt.Sprintf(`{"Text":%q}`, text), next, "!NoMatchingError->"+next)
}

var (
	bye   = block("bye", "DisconnectParticipant", "{}", "")
	endIt = block("end", "EndFlowExecution", "{}", "")
)

// flowOf puts blocks together; the first one is the start.
func flowOf(blocks ...string) string {
	var first struct{ Identifier string }
	if err := json.Unmarshal([]byte(blocks[0]), &first); err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{"Version":"2019-10-30","StartAction":%q,"Actions":[%s]}`, first.Identifier, strings.Join(blocks, ","))
}

// into queues the chat, as the last blocks of an inbound flow.
func into(queue contact.QueueID) []string {
	return []string{
		block("set", "UpdateContactTargetQueue", fmt.Sprintf(`{"QueueId":%q}`, queue), "in", "!NoMatchingError->bye"),
		block("in", "TransferContactToQueue", "{}", "bye", "!QueueAtCapacity->bye", "!NoMatchingError->bye"),
		bye,
	}
}

// hook sets a flow for an occasion.
func hook(id, occasion string, f contact.FlowID, next string) string {
	return block(id, "UpdateContactEventHooks", fmt.Sprintf(`{"EventHooks":{%q:%q}}`, occasion, f), next, "!NoMatchingError->"+next)
}

const (
	queueFlowID      contact.FlowID = "b3110000-0000-4000-8000-0000000ff001"
	agentWhisperID   contact.FlowID = "b3110000-0000-4000-8000-0000000ff002"
	customerSideID   contact.FlowID = "b3110000-0000-4000-8000-0000000ff003"
	disconnectFlowID contact.FlowID = "b3110000-0000-4000-8000-0000000ff004"
	moduleID         contact.FlowID = "b3110000-0000-4000-8000-0000000ff005"
)

// withFlows returns a server whose default flow is inbound; more are by id, as
// type and content.
func withFlows(t *testing.T, inbound string, more map[contact.FlowID][2]string, cfg *config.Config) *servertest.Server {
	t.Helper()
	dir := seed.Dev()
	put := func(id contact.FlowID, kind, content string) {
		if _, err := flow.Read(content); err != nil {
			t.Fatalf("flow %s: %v", id, err)
		}
		if kind == string(flow.Module) {
			dir.Modules[id] = &directory.Flow{ID: id, Name: string(id), Content: content}
			return
		}
		dir.Flows[id] = &directory.Flow{ID: id, Name: string(id), Type: kind, Content: content}
	}
	put(seed.DevFlow, string(flow.Inbound), inbound)
	for id, f := range more {
		put(id, f[0], f[1])
	}
	return servertest.Open(t, servertest.Options{Directory: dir, Config: cfg})
}

func TestAFlowWaitsForDaysAcrossRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const week = "604800"
		srv := withFlows(t, flowOf(
			block("wait", "Wait", `{"TimeLimitSeconds":"`+week+`","Events":["CustomerReturned"]}`, "bye",
				"WaitCompleted->late", "CustomerReturned->back", "!NoMatchingError->bye"),
			say("back", "You said something.", "wait2"),
			block("wait2", "Wait", `{"TimeLimitSeconds":"86000"}`, "bye", "WaitCompleted->late", "!NoMatchingError->bye"),
			say("late", "Nobody came.", "bye"), bye), nil, nil)
		ada := srv.StartChat("Ada")
		srv.Restart()
		ada.Connect()
		ada.Say("Hello?")
		synctest.Wait()
		srv.Restart()
		ada.Connect()
		time.Sleep(23 * time.Hour)
		synctest.Wait()
		if got, want := ada.Events(), []string(nil); !slices.Equal(got, want) {
			t.Errorf("before the time is over: %q", got)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if got, want := strings.Join(ada.Heard(), " | "), "Nobody came."; !strings.Contains(got, want) {
			t.Errorf("heard %q, want %q in it", got, want)
		}
		if got, want := ada.LastEvent(), "chat.ended"; got != want {
			t.Errorf("last event %q, want %q", got, want)
		}
	})
}

func TestABotTalksUntilItKnows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := withFlows(t, flowOf(append([]string{
			block("ask", "ConnectParticipantWithLexBot", fmt.Sprintf(`{"Text":"How can we help?","LexV2Bot":{"AliasArn":%q},"LexTimeoutSeconds":{"Text":"600"}}`, callout.DemoBotARN),
				"set", "SpeakToAgent->set", "OpeningHours->more", "OrderStatus->more", "!InputTimeLimitExceeded->slow", "!NoMatchingCondition->more", "!NoMatchingError->bye"),
			say("more", "Intent was $.Lex.IntentName.", "ask"),
			say("slow", "Are you there?", "bye"),
		}, into(seed.DevQueue)...)...), nil, nil)
		ada := srv.StartChat("Ada")
		synctest.Wait()
		ada.Say("when are you open")
		synctest.Wait()
		srv.Restart() // the conversation is in the store
		ada.Connect()
		ada.Say("Harbour Street")
		synctest.Wait()
		ada.Say("I want to talk to a human")
		synctest.Wait()
		ada.Say("yes")
		synctest.Wait()
		heard := strings.Join(texts(ada.Transcript()), "\n")
		for _, want := range []string{"How can we help?", "Intent was OpeningHours."} {
			if !strings.Contains(heard, want) {
				t.Errorf("%q was not said in:\n%s", want, heard)
			}
		}
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		synctest.Wait()
		if got, want := ana.StateOf(ada), "connecting"; got != want {
			t.Errorf("after asking for a human the chat is %q at the desk, want %q", got, want)
		}
		ben := srv.StartChat("Ben")
		synctest.Wait()
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if got := strings.Join(texts(ben.Items()), "\n"); !strings.Contains(got, "Are you there?") {
			t.Errorf("a silent customer heard:\n%s", got)
		}
	})
}

func texts(items []servertest.Item) (said []string) {
	for _, it := range items {
		if it.Type == "MESSAGE" {
			said = append(said, it.Content)
		}
	}
	return said
}

func TestAFunctionAnswersAFlow(t *testing.T) {
	dir := t.TempDir()
	event := filepath.Join(dir, "event.json")
	script := filepath.Join(dir, "orders")
	if err := os.WriteFile(script, []byte("#!/bin/sh\ncat > "+event+"\necho '{\"state\":\"on its way\",\"days\":2}'\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	cfg := config.Default()
	cfg.FlowLog = filepath.Join(dir, "flow.log")
	cfg.Callouts.Functions = []callout.FunctionRule{{ARN: "arn:aws:lambda:*:function:orders", Command: []string{script}}}
	synctest.Test(t, func(t *testing.T) { functionAnswers(t, &cfg, event) })
}

// functionAnswers has a flow call a function that answers and one that is not
// there.
func functionAnswers(t *testing.T, cfg *config.Config, event string) {
	srv := withFlows(t, flowOf(
		block("log", "UpdateFlowLoggingBehavior", `{"FlowLoggingBehavior":"Enabled"}`, "call"),
		block("call", "InvokeLambdaFunction", `{"LambdaFunctionARN":"arn:aws:lambda:us-west-2:000000000000:function:orders","InvocationTimeLimitSeconds":"8","LambdaInvocationAttributes":{"order":4711,"place":{"a":"x"}}}`,
			"tell", "!NoMatchingError->failed"),
		say("tell", "Your order is $.External.state, $.External.days days.", "none"),
		block("none", "InvokeLambdaFunction", `{"LambdaFunctionARN":"arn:aws:lambda:us-west-2:000000000000:function:nobody","InvocationTimeLimitSeconds":"8"}`,
			"failed", "!NoMatchingError->failed"),
		say("failed", "That one failed.", "bye"), bye), nil, cfg)
	ada := srv.StartChat("Ada")
	synctest.Wait()
	heard := strings.Join(texts(ada.Items()), " | ")
	if want := "Your order is on its way, 2 days. | That one failed."; heard != want {
		t.Errorf("heard %q, want %q", heard, want)
	}
	var got struct {
		Details struct {
			ContactData struct {
				ContactID string `json:"ContactId"`
				Channel   string
			}
			Parameters struct {
				Order string
				Place struct{ A string }
			}
		}
	}
	raw, err := os.ReadFile(event)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if got.Details.ContactData.ContactID != ada.Contact || got.Details.ContactData.Channel != "CHAT" ||
		got.Details.Parameters.Order != "4711" || got.Details.Parameters.Place.A != "x" {
		t.Errorf("the function was told %s", raw)
	}
	log, err := os.ReadFile(cfg.FlowLog)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(log)), "\n")
	for _, line := range lines {
		var entry struct {
			ContactID string `json:"ContactId"`
			Flow      string `json:"ContactFlowId"`
			Kind      string `json:"ContactFlowModuleType"`
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil || entry.ContactID != ada.Contact || entry.Kind == "" ||
			entry.Flow != seed.Dev().Instance.ARN("contact-flow", string(seed.DevFlow)) {
			t.Errorf("a line of the flow log is %s", line)
		}
	}
	if len(lines) < 4 {
		t.Errorf("the flow log has %d lines:\n%s", len(lines), log)
	}
}

func TestAQueueFlowMovesTheContactOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const second contact.QueueID = "b3110000-0000-4000-8000-00000000a002"
		dirFlows := map[contact.FlowID][2]string{
			queueFlowID: {string(flow.CustomerQueue), flowOf(
				block("which", "Compare", `{"ComparisonValue":"$.Queue.Name"}`, "hold", "Second->second", "!NoMatchingCondition->hold"),
				say("hold", "Please hold.", "wait"),
				block("wait", "Wait", `{"TimeLimitSeconds":"30"}`, "move", "WaitCompleted->move", "!NoMatchingError->end"),
				block("move", "DequeueContactAndTransferToQueue", fmt.Sprintf(`{"QueueId":%q}`, second), "end", "!QueueAtCapacity->end", "!NoMatchingError->end"),
				say("second", "You are in the second queue.", "end"),
				endIt)},
		}
		dir := seed.Dev()
		dir.Queues[second] = &directory.Queue{ID: second, Name: "Second"}
		for _, p := range dir.Profiles {
			p.Queues = []directory.ProfileQueue{{Queue: second, Priority: 1}}
		}
		dir.Flows[seed.DevFlow].Content = flowOf(append([]string{hook("hook", "CustomerQueue", queueFlowID, "set")}, into(seed.DevQueue)...)...)
		for id, f := range dirFlows {
			dir.Flows[id] = &directory.Flow{ID: id, Name: "q", Type: f[0], Content: f[1]}
		}
		srv := servertest.Open(t, servertest.Options{Directory: dir})
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		synctest.Wait()
		if got := texts(ada.Items()); !slices.Equal(got, []string{"Please hold."}) {
			t.Errorf("in the first queue: %q", got)
		}
		if len(ana.Work()) != 0 {
			t.Errorf("an agent of the second queue got a contact of the first: %v", ana.Work())
		}
		time.Sleep(31 * time.Second)
		synctest.Wait()
		if got := texts(ada.Items()); !slices.Equal(got, []string{"Please hold.", "You are in the second queue."}) {
			t.Errorf("in the second queue: %q", got)
		}
		chat, err := srv.Centre().Chat(t.Context(), contact.ID(ada.Contact))
		if err != nil {
			t.Fatal(err)
		}
		if n := len(chat.Contacts); n != 2 || chat.Current().Method != "QUEUE_TRANSFER" || chat.Current().Previous != chat.ID {
			t.Errorf("after the move the chat has %d contacts, the last %+v", n, *chat.Current())
		}
		work := ana.Work()
		if len(work) != 1 || work[string(chat.Current().ID)] != "connecting" {
			t.Errorf("the desk of the second queue's agent shows %v", work)
		}
	})
}

// An agent's own queue is served by that agent alone, before all other queues.
func TestAgentsHaveQueuesOfTheirOwn(t *testing.T) {
	dir := seed.Dev()
	ben := dir.UserByName("ben")
	for _, name := range []string{"ben", string(ben.ID), dir.Instance.ARN("agent", string(ben.ID))} {
		t.Run(name, func(t *testing.T) {
			ownQueue(t, fmt.Sprintf(`{"AgentId":%q}`, name), ben)
		})
	}
	t.Run("by the queue's ARN", func(t *testing.T) {
		ownQueue(t, fmt.Sprintf(`{"QueueId":%q}`, dir.Instance.ARN("queue", "agent", string(ben.ID))), ben)
	})
}

func ownQueue(t *testing.T, target string, ben *directory.User) {
	synctest.Test(t, func(t *testing.T) {
		dir := seed.Dev()
		for _, p := range dir.Profiles {
			p.ChatConcurrency = 1
		}
		// The first contact goes to the common queue, the others to Ben's.
		dir.Flows[seed.DevFlow].Content = flowOf(
			block("any", "CheckMetricData", fmt.Sprintf(`{"MetricType":"NumberOfContactsInQueue","QueueId":%q}`, seed.DevQueue), "bye",
				"0->common", "!NoMatchingCondition->own", "!NoMatchingError->bye"),
			block("common", "UpdateContactTargetQueue", fmt.Sprintf(`{"QueueId":%q}`, seed.DevQueue), "in", "!NoMatchingError->bye"),
			block("own", "UpdateContactTargetQueue", target, "hours", "!NoMatchingError->bye"),
			block("hours", "CheckHoursOfOperation", "{}", "bye", "True->bye", "False->bye", "!NoMatchingError->in"),
			block("in", "TransferContactToQueue", "{}", "bye", "!QueueAtCapacity->full", "!NoMatchingError->bye"),
			say("full", "Too many wait for Ben.", "bye"), bye)
		srv := servertest.Open(t, servertest.Options{Directory: dir})
		common, own := srv.StartChat("Ada"), srv.StartChat("Bea")
		synctest.Wait()
		work := func(a *servertest.Agent) []string { return slices.Collect(maps.Keys(a.Work())) }
		b := srv.SignIn("ben")
		b.SetState("Available")
		synctest.Wait()
		if got := work(b); !slices.Equal(got, []string{own.Contact}) {
			t.Fatalf("Ben's desk shows %v, want %s of his own queue", got, own.Contact)
		}
		snapshot := string(b.Do("GetAgentSnapshot", map[string]int{"timeout": 0}).Body)
		if !strings.Contains(snapshot, "/queue/agent/"+string(ben.ID)+`","name":null}`) {
			t.Errorf("the desk does not name the queue: %s", snapshot)
		}
		another := srv.StartChat("Cat")
		synctest.Wait()
		a := srv.SignIn("ana")
		a.SetState("Available")
		synctest.Wait()
		if got := work(a); !slices.Equal(got, []string{common.Contact}) {
			t.Errorf("Ana's desk shows %v, want %s of the common queue", got, common.Contact)
		}
		a.Reject(common)
		a.SetState("Offline")
		for range directory.MaxAgentQueue - 1 { // with Cat, who waits
			srv.StartChat("Dee")
		}
		late := srv.StartChat("Eve")
		synctest.Wait()
		if got := texts(late.Items()); !slices.Equal(got, []string{"Too many wait for Ben."}) {
			t.Errorf("the contact over the limit heard %q", got)
		}
		b.Accept(own)
		b.Hangup(own, "agent")
		b.Clear(own)
		synctest.Wait()
		if got := work(b); !slices.Equal(got, []string{another.Contact}) {
			t.Errorf("Ben's desk shows %v, want %s, which waited longest", got, another.Contact)
		}
	})
}

func TestWhispersComeBeforeTheAgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := withFlows(t, flowOf(append([]string{
			hook("h1", "AgentWhisper", agentWhisperID, "h2"), hook("h2", "CustomerWhisper", customerSideID, "set"),
		}, into(seed.DevQueue)...)...), map[contact.FlowID][2]string{
			agentWhisperID: {string(flow.AgentWhisper), flowOf(say("w", "From $.Queue.Name for $.Agent.UserName", "end"), endIt)},
			customerSideID: {string(flow.CustomerWhisper), flowOf(say("w", "You will talk to $.Agent.FirstName", "end"), endIt)},
		}, nil)
		ana := srv.SignIn("ana")
		ana.OpenDesk()
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		synctest.Wait()
		ana.Accept(ada)
		synctest.Wait()
		if got, want := ana.StateOf(ada), "connected"; got != want {
			t.Errorf("after the whispers the chat is %q, want %q", got, want)
		}
		agentSide, customerSide := strings.Join(texts(ana.Items(ada)), " | "), strings.Join(texts(ada.Items()), " | ")
		if !strings.Contains(agentSide, "From BasicQueue for ana") || strings.Contains(agentSide, "You will talk") {
			t.Errorf("the agent heard %q", agentSide)
		}
		if !strings.Contains(customerSide, "You will talk to Ana") || strings.Contains(customerSide, "From BasicQueue") {
			t.Errorf("the customer heard %q", customerSide)
		}
		for _, said := range texts(ada.Transcript()) {
			t.Errorf("a whisper is in the transcript: %q", said)
		}
	})
}

func TestTheDisconnectFlowTakesTheCustomerBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := withFlows(t, flowOf(append([]string{hook("h", "CustomerRemaining", disconnectFlowID, "set")}, into(seed.DevQueue)...)...),
			map[contact.FlowID][2]string{
				disconnectFlowID: {string(flow.Inbound), flowOf(append([]string{
					say("gone", "The agent has left. Write if there is more.", "wait"),
					block("wait", "Wait", `{"TimeLimitSeconds":"900","Events":["CustomerReturned"]}`, "bye",
						"CustomerReturned->set", "WaitCompleted->bye", "!NoMatchingError->bye"),
				}, into(seed.DevQueue)...)...)},
			}, nil)
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		synctest.Wait()
		ana.Accept(ada)
		if a := ana.Hangup(ada, "agent"); a.Status != 200 {
			t.Fatalf("hang up: %d %s", a.Status, a.Body)
		}
		synctest.Wait()
		if got, want := ana.StateOf(ada), "ended"; got != want {
			t.Errorf("the agent's contact is %q, want %q", got, want)
		}
		if got := ada.LastEvent(); got != "participant.left" {
			t.Errorf("last event %q, want participant.left: the chat goes on", got)
		}
		ana.Clear(ada)
		srv.Restart()
		ada.Connect()
		ada.Say("One more thing")
		synctest.Wait()
		chat, err := srv.Centre().Chat(t.Context(), contact.ID(ada.Contact))
		if err != nil {
			t.Fatal(err)
		}
		if chat.Current().Method != "DISCONNECT" || chat.Phase != contact.Offered {
			t.Errorf("after writing again the chat is %s by %s, want offered by DISCONNECT", chat.Phase, chat.Current().Method)
		}
		if n := len(ana.Work()); n != 1 {
			t.Errorf("the desk has %d contacts, want the new one", n)
		}
	})
}

func TestAModuleReturnsToItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := withFlows(t, flowOf(
			block("mod", "InvokeFlowModule", fmt.Sprintf(`{"FlowModuleId":%q}`, moduleID), "after", "!NoMatchingError->bye"),
			say("after", "Back from the module.", "bye"), bye),
			map[contact.FlowID][2]string{
				moduleID: {string(flow.Module), flowOf(
					say("in", "In the module.", "w"),
					block("w", "Wait", `{"TimeLimitSeconds":"60"}`, "out", "WaitCompleted->out", "!NoMatchingError->out"),
					block("out", "EndFlowModuleExecution", "{}", ""))},
			}, nil)
		ada := srv.StartChat("Ada")
		synctest.Wait()
		srv.Restart()
		ada.Connect()
		time.Sleep(61 * time.Second)
		synctest.Wait()
		if got, want := strings.Join(texts(ada.Items()), " | "), "Back from the module."; got != want {
			t.Errorf("after the restart heard %q, want %q", got, want)
		}
	})
}

// What a path or a qualifier leads to may be of another type, or not be there.
func TestWhatDoesNotFitTakesTheErrorBranch(t *testing.T) {
	for name, action := range map[string]string{
		"a hook that runs flows of another type": block("do", "UpdateContactEventHooks", fmt.Sprintf(`{"EventHooks":{"CustomerQueue":%q}}`, agentWhisperID), "fits", "!NoMatchingError->error"),
		"a version that is not there":            block("do", "InvokeFlowModule", fmt.Sprintf(`{"FlowModuleId":"%s:7"}`, moduleID), "fits", "!NoMatchingError->error"),
		"an alias that is not there":             block("do", "InvokeFlowModule", fmt.Sprintf(`{"FlowModuleId":"%s:nobody"}`, moduleID), "fits", "!NoMatchingError->error"),
		"a flow that is transferred to":          block("do", "TransferToFlow", fmt.Sprintf(`{"ContactFlowId":"%s"}`, agentWhisperID), "fits", "!NoMatchingError->error"),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := withFlows(t, flowOf(action, say("fits", "It fits.", "bye"), say("error", "It does not fit.", "bye"), bye),
					map[contact.FlowID][2]string{
						agentWhisperID: {string(flow.AgentWhisper), flowOf(endIt)},
						moduleID:       {string(flow.Module), flowOf(block("out", "EndFlowModuleExecution", "{}", ""))},
					}, nil)
				ada := srv.StartChat("Ada")
				synctest.Wait()
				if got := texts(ada.Items()); !slices.Equal(got, []string{"It does not fit."}) {
					t.Errorf("heard %q", got)
				}
			})
		})
	}
}

// An override has a branch of its own where the flow wants that.
func TestHoursOfADayHaveABranchByName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := seed.Dev()
		today := time.Now().UTC().Format(time.DateOnly)
		hours := dir.Hours[dir.Queues[seed.DevQueue].Hours]
		hours.Overrides = []directory.HoursOverride{{Name: "Easter", From: today, Till: today}}
		id := fmt.Sprintf(`{"HoursOfOperationId":%q}`, hours.ID)
		dir.Flows[seed.DevFlow].Content = flowOf(
			block("named", "CheckHoursOfOperation", id, "bye", "True->bye", "False->bye", "Whitsun->bye", "Easter->eggs", "!NoMatchingError->bye"),
			say("eggs", "Happy Easter.", "plain"),
			block("plain", "CheckHoursOfOperation", id, "bye", "True->bye", "False->shut", "Whitsun->bye", "!NoMatchingError->bye"),
			say("shut", "We are closed.", "bye"), bye)
		srv := servertest.Open(t, servertest.Options{Directory: dir})
		ada := srv.StartChat("Ada")
		synctest.Wait()
		if got := texts(ada.Items()); !slices.Equal(got, []string{"Happy Easter.", "We are closed."}) {
			t.Errorf("heard %q", got)
		}
	})
}

// later is a flow that calls the function "orders", talks, waits for it, and
// says what it returned.
var later = flowOf(
	block("call", "InvokeLambdaFunction", `{"LambdaFunctionARN":"arn:aws:lambda:us-west-2:000000000000:function:orders","InvocationTimeLimitSeconds":"30","InvocationType":"ASYNCHRONOUS","LambdaInvocationAttributes":{"order":"4711"}}`,
		"talk", "!NoMatchingError->failed"),
	say("talk", "We are looking.", "wait"),
	block("wait", "Wait", `{"TimeLimitSeconds":"300","Events":["LambdaReturned"]}`, "bye",
		"WaitCompleted->late", "LambdaReturned->load", "!NoMatchingError->failed"),
	block("load", "LoadLambdaResult", `{}`, "tell", "!NoMatchingError->failed"),
	say("tell", "Your order is $.External.state.", "stay"),
	say("late", "That takes too long.", "stay"),
	say("failed", "That failed.", "stay"),
	block("stay", "Wait", `{"TimeLimitSeconds":"86400"}`, "bye", "WaitCompleted->bye", "!NoMatchingError->bye"), bye)

// withFunction returns a configuration in which the function of that name is a
// shell script, which finds its directory in $DIR.
func withFunction(t *testing.T, name, script string) (cfg *config.Config, dir string) {
	t.Helper()
	dir = t.TempDir()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte("#!/bin/sh\nDIR="+dir+"\n"+script+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	cfg = new(config.Default())
	cfg.Callouts.Functions = []callout.FunctionRule{{ARN: "arn:aws:lambda:*:function:" + name, Command: []string{file}}}
	return cfg, dir
}

func TestAFlowWaitsForAnAsynchronousFunction(t *testing.T) {
	for _, test := range []struct{ name, script, want string }{
		{"that answers", `cat > $DIR/event; echo '{"state":"on its way"}'`, "We are looking. | Your order is on its way."},
		{"that fails", `exit 1`, "We are looking. | That failed."},
		{"that answers with what is no map of texts", `echo '{"state":{"a":1}}'`, "We are looking. | That failed."},
	} {
		t.Run(test.name, func(t *testing.T) {
			cfg, dir := withFunction(t, "orders", test.script)
			synctest.Test(t, func(t *testing.T) {
				ada := withFlows(t, later, nil, cfg).StartChat("Ada")
				synctest.Wait()
				if got := strings.Join(texts(ada.Transcript()), " | "); got != test.want {
					t.Errorf("heard %q, want %q", got, test.want)
				}
				if event, err := os.ReadFile(filepath.Join(dir, "event")); err == nil && !strings.Contains(string(event), `"order":"4711"`) {
					t.Errorf("the function was told %s", event)
				}
			})
		})
	}
}

// What is asked for by the last act of a flow is done after the contact's end.
func TestAnAsynchronousCallOutlivesItsContact(t *testing.T) {
	cfg, dir := withFunction(t, "orders", `cat > $DIR/event; echo '{}'`)
	synctest.Test(t, func(t *testing.T) {
		srv := withFlows(t, flowOf(
			block("call", "InvokeLambdaFunction", `{"LambdaFunctionARN":"arn:aws:lambda:us-west-2:000000000000:function:orders","InvocationTimeLimitSeconds":"30","InvocationType":"ASYNCHRONOUS"}`,
				"bye", "!NoMatchingError->bye"), bye), nil, cfg)
		ada := srv.StartChat("Ada")
		synctest.Wait()
		if _, err := os.Stat(filepath.Join(dir, "event")); err != nil {
			t.Errorf("the function was not called: %v", err)
		}
		chat, err := srv.Centre().Chat(t.Context(), contact.ID(ada.Contact))
		if err != nil || !chat.Over() || len(chat.Flow.Calls) != 0 {
			t.Errorf("the chat is %s with calls %+v (%v)", chat.Phase, chat.Flow.Calls, err)
		}
	})
}

// Deleting a flow takes nothing from the chats that are in it.
func TestADeletedFlowGoesOnForThoseWhoAreInIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const other contact.FlowID = "b3110000-0000-4000-8000-00000000ffe1"
		srv := withFlows(t, flowOf(
			block("go", "TransferToFlow", fmt.Sprintf(`{"ContactFlowId":%q}`, other), "bye", "!NoMatchingError->bye"), bye),
			map[contact.FlowID][2]string{other: {string(flow.Inbound), flowOf(
				block("wait", "Wait", `{"TimeLimitSeconds":"60"}`, "bye", "WaitCompleted->late", "!NoMatchingError->bye"),
				say("late", "I waited.", "bye"), bye)}}, nil)
		ada := srv.StartChat("Ada")
		synctest.Wait()
		if a := srv.Call("DELETE", "/contact-flows/"+string(seed.DevInstance)+"/"+string(other), "", nil); a.Status != 200 {
			t.Fatalf("delete: %d %s", a.Status, a.Body)
		}
		srv.Restart()
		ada.Connect()
		time.Sleep(61 * time.Second)
		synctest.Wait()
		if got := texts(ada.Items()); !slices.Contains(got, "I waited.") {
			t.Errorf("after the flow was deleted ada heard %q", got)
		}
	})
}

// A ring that is read, or put off, when the agent accepts must not end what is
// whispered then.
func TestALateRingEndsNoWhisper(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := withFlows(t, flowOf(append([]string{hook("hook", "AgentWhisper", agentWhisperID, "set")}, into(seed.DevQueue)...)...),
			map[contact.FlowID][2]string{
				agentWhisperID: {string(flow.AgentWhisper), flowOf(
					block("wait", "Wait", `{"TimeLimitSeconds":"60"}`, "end", "WaitCompleted->end", "!NoMatchingError->end"), endIt)},
			}, nil)
		ada, ana := together(srv)
		c := srv.Centre()
		chat, err := c.Chat(t.Context(), contact.ID(ada.Contact))
		if err != nil {
			t.Fatal(err)
		}
		ring := contact.Timer{TimerKey: contact.TimerKey{Kind: contact.OfferTimer, Ref: string(chat.Flow.Whisper)}, Chat: chat.ID, Due: c.Now()}
		if _, err := c.Store.Commit(t.Context(), &contact.Change{Was: chat, Set: []contact.Timer{ring}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(61 * time.Second)
		synctest.Wait()
		if got, want := ana.StateOf(ada), "connected"; got != want {
			t.Errorf("after the whisper the chat is %q, want %q", got, want)
		}
	})
}

// An offer that ends while it is whispered puts the customer back into the
// queue's flow.
func TestAWhisperThatIsCutShortGivesTheQueueFlowBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const whisper contact.FlowID = "b3110000-0000-4000-8000-00000000ffe2"
		srv := withFlows(t, flowOf(append([]string{
			hook("hook", "CustomerQueue", queueFlowID, "hook2"), hook("hook2", "AgentWhisper", whisper, "set"),
		}, into(seed.DevQueue)...)...),
			map[contact.FlowID][2]string{
				queueFlowID: {string(flow.CustomerQueue), flowOf(say("hold", "Please hold.", "end"), endIt)},
				whisper: {string(flow.AgentWhisper), flowOf(
					block("wait", "Wait", `{"TimeLimitSeconds":"60"}`, "end", "WaitCompleted->end", "!NoMatchingError->end"), endIt)},
			}, nil)
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		synctest.Wait()
		ana.Accept(ada)
		synctest.Wait()
		if got := texts(ada.Items()); !slices.Equal(got, []string{"Please hold."}) {
			t.Fatalf("ada heard %q", got)
		}
		ana.Reject(ada)
		synctest.Wait()
		if got := texts(ada.Items()); !slices.Equal(got, []string{"Please hold.", "Please hold."}) {
			t.Errorf("after the whisper was cut short ada heard %q", got)
		}
	})
}
