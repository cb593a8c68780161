package agent_test

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/agent"
	"github.com/bellpull/bellpull/chat"
)

func TestCommandsAreOperationsOfTheAPI(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		d := f.signIn()
		defer d.Close()
		f.show("Available", "c-1 connected")
		ctx := t.Context()
		sales := agent.QuickConnect{ARN: "arn:qc", Type: agent.ToQueue, Name: "Sales", Queue: agent.Queue{ARN: "arn:s", Name: "Sales"}}
		f.with(func(f *fake) { f.answers["AddNewConnection"] = `{"participantId":"p-9"}` })
		for _, err := range []error{
			d.Accept(ctx, "c-1"),
			d.Reject(ctx, "c-2"),
			d.End(ctx, "c-1"),
			d.Clear(ctx, "c-1"),
			d.Disconnect(ctx, "c-1", "customer"),
			d.SetState(ctx, agent.State{Type: agent.Routable}),
			d.SetNextState(ctx, agent.State{Name: "Lunch"}),
			d.SetState(ctx, agent.State{ARN: "arn:9", Type: agent.NotRoutable, Name: "Tea"}),
			d.Transfer(ctx, "c-1", sales),
			d.Monitor(ctx, "c-1"),
			d.Barge(ctx, "c-1"),
			d.Call(ctx, "NotifyContactIssue", map[string]string{"contactId": "c-1"}, nil),
		} {
			if err != nil {
				t.Error(err)
			}
		}
		who, err := d.AddParticipant(ctx, "c-1", agent.QuickConnect{ARN: "arn:ben", Type: agent.ToAgent, Name: "Ben"})
		if who != "p-9" || err != nil {
			t.Errorf("AddParticipant = %q, %v", who, err)
		}
		want := []string{
			`AcceptContact {"contactId":"c-1"}`,
			`RejectContact {"contactId":"c-2"}`,
			`DestroyConnection {"connectionId":"p-c-1","contactId":"c-1"}`,
			`ClearContact {"contactId":"c-1"}`,
			`DestroyConnection {"connectionId":"customer","contactId":"c-1"}`,
			`PutAgentState {"enqueueNextState":false,"state":{"agentStateARN":"arn:1","name":"Available","type":"routable"}}`,
			`PutAgentState {"enqueueNextState":true,"state":{"agentStateARN":"arn:3","name":"Lunch","type":"not_routable"}}`,
			`PutAgentState {"enqueueNextState":false,"state":{"agentStateARN":"arn:9","name":"Tea","type":"not_routable"}}`,
			`TransferContact {"contactId":"c-1","endpoint":{"endpointARN":"arn:qc","type":"queue","name":"Sales","phoneNumber":null,"agentLogin":null,"queue":{"queueARN":"arn:s","name":"Sales"}}}`,
			`UpdateMonitorParticipantState {"contactId":"c-1","targetMonitorMode":"SILENT_MONITOR"}`,
			`UpdateMonitorParticipantState {"contactId":"c-1","targetMonitorMode":"BARGE"}`,
			`NotifyContactIssue {"contactId":"c-1"}`,
			`AddNewConnection {"contactId":"c-1","endpoint":{"endpointARN":"arn:ben","type":"agent","name":"Ben","phoneNumber":null,"agentLogin":null,"queue":null}}`,
		}
		if diff := cmp.Diff(want, f.calls); diff != "" {
			t.Errorf("calls (-want +got)\n%s", diff)
		}
	})
}

func TestUnknownStatesAndContactsAreRefusedHere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		d := f.signIn()
		defer d.Close()
		for _, s := range []agent.State{{}, {Name: "Tea"}, {Name: "Lunch", Type: agent.Offline}} {
			if err := d.SetState(t.Context(), s); err == nil {
				t.Errorf("SetState(%v): no error", s)
			}
		}
		if err := d.End(t.Context(), "c-9"); !errors.Is(err, agent.ErrNoContact) {
			t.Errorf("End of an unknown contact: %v", err)
		}
		if _, err := d.Chat(t.Context(), "c-9"); !errors.Is(err, agent.ErrNoContact) {
			t.Errorf("Chat of an unknown contact: %v", err)
		}
		if len(f.calls) > 0 {
			t.Errorf("the server was asked for %q", f.calls)
		}
	})
}

func TestQuickConnectsComeInPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		d := f.signIn()
		defer d.Close()
		f.with(func(f *fake) {
			f.answers["GetEndpoints"] = `{"endpoints":[{"endpointARN":"arn:s","type":"queue","name":"Sales","queue":{"queueARN":"arn:sq","name":"Sales queue"}},
			{"endpointARN":"arn:b","type":"agent","name":"Ben","agentLogin":"ben","queue":null}],"nextToken":null}`
		})
		got, err := d.QuickConnects(t.Context())
		want := []agent.QuickConnect{
			{ARN: "arn:s", Type: agent.ToQueue, Name: "Sales", Queue: agent.Queue{ARN: "arn:sq", Name: "Sales queue"}},
			{ARN: "arn:b", Type: agent.ToAgent, Name: "Ben"},
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v, quick connects (-want +got)\n%s", err, diff)
		}
		f.with(func(f *fake) {
			f.answers["GetEndpoints"] = `{"endpoints":[{"endpointARN":"arn:s","type":"queue","name":"Sales"}],"nextToken":"more"}`
		})
		f.with(func(f *fake) {
			f.onCall = func(calls int) {
				if calls > 2 {
					f.status["GetEndpoints"] = 400
				}
			}
		})
		if _, err := d.QuickConnects(t.Context(), "arn:x"); err == nil {
			t.Error("an error on the second page: no error")
		}
		wantCalls := []string{
			`GetEndpoints {"maxResults":500,"nextToken":null,"queueARNs":["arn:q","arn:own"]}`,
			`GetEndpoints {"maxResults":500,"nextToken":null,"queueARNs":["arn:x"]}`,
			`GetEndpoints {"maxResults":500,"nextToken":"more","queueARNs":["arn:x"]}`,
		}
		if diff := cmp.Diff(wantCalls, f.calls); diff != "" {
			t.Errorf("calls (-want +got)\n%s", diff)
		}
	})
}

func TestErrorsAreNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		d := f.signIn()
		defer d.Close()
		f.with(func(f *fake) { f.status["AcceptContact"], f.status["ClearContact"] = 400, 503 })
		got, _ := errors.AsType[*chat.Error](d.Accept(t.Context(), "c-1"))
		want := &chat.Error{Operation: "AcceptContact", Type: "InvalidStateException", Message: "not now", StatusCode: 400}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if got, _ := errors.AsType[*chat.Error](d.Clear(t.Context(), "c-1")); got == nil || !got.Temporary() {
			t.Errorf("an error that passes: %v", got)
		}
		_, err := agent.SignIn(t.Context(), agent.Options{Endpoint: "http://fake", Username: "ana", Password: "guess", HTTPClient: f.client})
		if e, _ := errors.AsType[*chat.Error](err); e == nil || e.StatusCode != http.StatusForbidden {
			t.Errorf("a wrong password: %v", err)
		}
	})
}
