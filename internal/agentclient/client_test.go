package agentclient

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/chat"
)

// fake is an agent API that notes what it is asked and answers by script.
type fake struct {
	calls   []string
	signIns int
	expired bool // the next call's token is refused
	answer  map[string]string
	status  int
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body map[string]any
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		panic(err)
	}
	if r.URL.Path == "/auth/token" {
		f.signIns++
		if body["username"] != "ana" || body["password"] != "secret" {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `{"__type":"AccessDeniedException","message":"wrong"}`)
			return
		}
		fmt.Fprintf(w, `{"accessToken":"access-%d","refreshToken":"r","expiration":1767322800000}`, f.signIns)
		return
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	f.calls = append(f.calls, r.Header.Get("X-Amz-Bearer")+" "+r.Header.Get("X-Amz-Target")+" "+string(text))
	switch {
	case f.expired:
		f.expired = false
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"__type":"UnauthorizedException","message":"expired"}`)
	case f.status != 0:
		w.WriteHeader(f.status)
		fmt.Fprint(w, f.answer["error"])
	default:
		fmt.Fprint(w, f.answer[r.Header.Get("X-Amz-Target")])
	}
}

func start(t *testing.T, f *fake) *Client {
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return New(server.URL+"/", "ana", "secret", server.Client())
}

func TestCommandsAreOperationsOfTheAPI(t *testing.T) {
	f := &fake{answer: map[string]string{}}
	c := start(t, f)
	ctx := t.Context()
	for _, err := range []error{
		c.Accept(ctx, "c-1"),
		c.Reject(ctx, "c-2"),
		c.End(ctx, "c-1", "p-1"),
		c.Clear(ctx, "c-1"),
		c.SetState(ctx, State{"arn:1", "offline", "Offline"}),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	want := []string{
		`access-1 AmazonConnectCTIService.AcceptContact {"contactId":"c-1"}`,
		`access-1 AmazonConnectCTIService.RejectContact {"contactId":"c-2"}`,
		`access-1 AmazonConnectCTIService.DestroyConnection {"connectionId":"p-1","contactId":"c-1"}`,
		`access-1 AmazonConnectCTIService.ClearContact {"contactId":"c-1"}`,
		`access-1 AmazonConnectCTIService.PutAgentState {"enqueueNextState":true,"state":{"agentStateARN":"arn:1","name":"Offline","type":"offline"}}`,
	}
	if diff := cmp.Diff(want, f.calls); diff != "" {
		t.Errorf("calls (-want +got)\n%s", diff)
	}
}

func TestAnswersAreRead(t *testing.T) {
	f := &fake{answer: map[string]string{
		"AmazonConnectCTIService.CreateTransport":       `{"webSocketTransport":{"url":"ws://x/","expiry":"…"},"chatTokenTransport":{"participantToken":"t","expiry":"2026-11-22T08:59:48.108Z"}}`,
		"AmazonConnectCTIService.GetAgentConfiguration": `{"configuration":{"name":"Ana","username":"ana","agentStates":[{"agentStateARN":"arn:1","type":"routable","name":"Available"}]}}`,
		"AmazonConnectCTIService.GetAgentSnapshot":      `{"snapshot":{"state":{"name":"Available"},"nextState":null,"contacts":[]},"nextToken":"v1"}`,
	}}
	c := start(t, f)
	if got, err := c.SocketURL(t.Context()); got != "ws://x/" || err != nil {
		t.Errorf("SocketURL = %q, %v", got, err)
	}
	token, err := c.ChatToken(t.Context(), "c-1", "p-1")
	if want := (chat.Token{Value: "t", Expiry: time.Date(2026, 11, 22, 8, 59, 48, 108e6, time.UTC)}); token != want || err != nil {
		t.Errorf("ChatToken = %v, %v, want %v", token, err, want)
	}
	conf, err := c.Configuration(t.Context())
	if diff := cmp.Diff(Configuration{"Ana", "ana", []State{{"arn:1", "routable", "Available"}}}, conf); diff != "" || err != nil {
		t.Errorf("Configuration: %v (-want +got)\n%s", err, diff)
	}
	if s, err := c.Snapshot(t.Context()); s.State.Name != "Available" || err != nil {
		t.Errorf("Snapshot = %v, %v", s, err)
	}
}

func TestExpiredSessionIsRenewedOnce(t *testing.T) {
	f := &fake{answer: map[string]string{}}
	c := start(t, f)
	if err := c.Accept(t.Context(), "c-1"); err != nil {
		t.Fatal(err)
	}
	f.expired = true
	if err := c.Accept(t.Context(), "c-2"); err != nil {
		t.Errorf("a call with an expired token: %v", err)
	}
	if got := f.calls[len(f.calls)-1]; got != `access-2 AmazonConnectCTIService.AcceptContact {"contactId":"c-2"}` {
		t.Errorf("the call was repeated as %s", got)
	}
	f.status = http.StatusUnauthorized
	if err := c.Accept(t.Context(), "c-3"); err == nil {
		t.Error("a call that is refused twice: no error")
	}
	if f.signIns != 3 {
		t.Errorf("%d sign-ins, want 3", f.signIns)
	}
}

func TestErrorsAreNamed(t *testing.T) {
	f := &fake{status: 400, answer: map[string]string{"error": `{"__type":"InvalidStateException","message":"not ringing"}`}}
	c := start(t, f)
	got, _ := errors.AsType[*chat.Error](c.Accept(t.Context(), "c-1"))
	want := &chat.Error{Operation: "AcceptContact", Type: "InvalidStateException", Message: "not ringing", StatusCode: 400}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	f.status, f.answer["error"] = 502, "<html>"
	if got, _ := errors.AsType[*chat.Error](c.Accept(t.Context(), "c-1")); got == nil || got.Type != "Bad Gateway" {
		t.Errorf("an error of a proxy: %v", got)
	}
	c.password = "guess"
	c.token = ""
	if err := c.SignIn(t.Context()); err == nil {
		t.Error("SignIn with a wrong password: no error")
	}
}

func TestParseSnapshot(t *testing.T) {
	s, err := ParseSnapshot([]byte(`{"snapshot":{"state":{"agentStateARN":"arn:1","type":"routable","name":"Available"},"nextState":null,
		"contacts":[{"contactId":"c-1","initialContactId":null,"state":{"type":"connecting","timestamp":1795334387.9},
		"queue":{"name":"Support"},"attributes":{"orderId":{"name":"orderId","value":"4711"}},"connections":[
		{"connectionId":"p-2","type":"agent","initial":false,"chatMediaInfo":{"customerName":null,"connectionData":"{\"ConnectionAuthenticationToken\":\"t\"}"}},
		{"connectionId":"p-1","type":"inbound","initial":true,"chatMediaInfo":{"customerName":"Bob","connectionData":null}}]}]},"nextToken":"v42"}`))
	if err != nil {
		t.Fatal(err)
	}
	c := s.Contacts[0]
	got := []any{c.ContactID, c.InitialContactID, c.State.Type, c.Queue.Name, c.Attributes["orderId"].Value, c.Customer(), c.Agent().ConnectionID, c.Agent().ParticipantToken(), c.Since().UnixMilli()}
	want := []any{"c-1", "", Connecting, "Support", "4711", "Bob", "p-2", "t", int64(1795334387900)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for _, bad := range []string{`{}`, `[]`, `{"snapshot":null}`, ``} {
		if _, err := ParseSnapshot([]byte(bad)); err == nil {
			t.Errorf("ParseSnapshot(%q): no error", bad)
		}
	}
}
