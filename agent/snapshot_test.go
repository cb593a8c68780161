package agent_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/agent"
)

func TestSnapshotIsRead(t *testing.T) {
	got, token, err := agent.ParseSnapshot([]byte(`{"snapshot":{"state":{"agentStateARN":"arn:1","type":"routable","name":"Available","startTimestamp":1795334380.1},
		"nextState":{"agentStateARN":"arn:2","type":"offline","name":"Offline"},"snapshotTimestamp":1795334388.2,
		"contacts":[{"contactId":"c-2","initialContactId":"c-1","initiationMethod":"transfer","state":{"type":"connecting","timestamp":1795334387.9},
		"queue":{"queueARN":"arn:q","name":"Support"},"queueTimestamp":1795334380.0,"attributes":{"orderId":{"name":"orderId","value":"4711"}},
		"agentContactHandlingConfig":{"autoAccept":true},"connections":[
		{"connectionId":"p-2","type":"agent","initial":false,"state":{"type":"connecting","timestamp":1795334387.9},
		 "chatMediaInfo":{"customerName":null,"agentName":null,"connectionData":"{\"ConnectionAuthenticationToken\":\"t\"}"}},
		{"connectionId":"p-3","type":"outbound","initial":false,"state":{"type":"connected","timestamp":1795334387.9},
		 "quickConnectName":"Ben","chatMediaInfo":{"customerName":null,"agentName":null,"connectionData":null}},
		{"connectionId":"p-1","type":"inbound","initial":true,"state":{"type":"disconnected","timestamp":null},"chatMediaInfo":{"customerName":"Bob","connectionData":null}}]},
		{"contactId":"c-3","initialContactId":null,"state":{"type":"ended"},"queue":{"queueARN":"arn:own","name":null},"attributes":null,"connections":[]}]},
		"nextToken":"v42"}`))
	if err != nil {
		t.Fatal(err)
	}
	at := func(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
	want := agent.Snapshot{
		At:        at(1795334388200),
		State:     agent.State{ARN: "arn:1", Type: agent.Routable, Name: "Available", Since: at(1795334380100)},
		NextState: &agent.State{ARN: "arn:2", Type: agent.Offline, Name: "Offline"},
		Contacts: []agent.Contact{
			{
				ID: "c-2", InitialID: "c-1", State: agent.Connecting, Since: at(1795334387900), Method: "transfer",
				Queue: agent.Queue{ARN: "arn:q", Name: "Support"}, Queued: at(1795334380000), AutoAccept: true,
				Attributes: map[string]string{"orderId": "4711"},
				Connections: []agent.Connection{
					{ID: "p-2", Type: agent.OwnConnection, State: "connecting", Since: at(1795334387900), Token: "t"},
					{ID: "p-3", Type: agent.OtherConnection, State: "connected", Since: at(1795334387900), Name: "Ben"},
					{ID: "p-1", Type: agent.CustomerConnection, Initial: true, State: "disconnected", Name: "Bob"},
				},
			},
			{ID: "c-3", InitialID: "c-3", State: agent.Ended, Queue: agent.Queue{ARN: "arn:own"}, Attributes: map[string]string{}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" || token != "v42" {
		t.Errorf("token %q, snapshot (-want +got)\n%s", token, diff)
	}
	c := got.Contacts[0]
	if c.Own().ID != "p-2" || c.Customer().Name != "Bob" {
		t.Errorf("own %q, customer %q", c.Own().ID, c.Customer().Name)
	}
	if none := got.Contacts[1].Own(); none != (agent.Connection{}) {
		t.Errorf("a contact without connections has %v", none)
	}
}

func TestWhatIsNoSnapshotIsRefused(t *testing.T) {
	for _, bad := range []string{`{}`, `[]`, `{"snapshot":null}`, ``, `{"snapshot":{"contacts":{}}}`} {
		if _, _, err := agent.ParseSnapshot([]byte(bad)); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}

func FuzzSnapshot(f *testing.F) {
	f.Add(`{"snapshot":`+deskOf("Available>Lunch", "c-1 connecting")+`}`, `{"snapshot":`+deskOf("Offline")+`}`)
	f.Add(`{"snapshot":{"contacts":[{}]}}`, `{"snapshot":{"contacts":[{},{}],"state":{"startTimestamp":1e300}}}`)
	f.Fuzz(func(t *testing.T, old, now string) {
		a, _, err := agent.ParseSnapshot([]byte(old))
		if err != nil {
			return
		}
		b, _, err := agent.ParseSnapshot([]byte(now))
		if err != nil {
			return
		}
		if events := agent.DiffOf(&a, &b); len(events) == 0 {
			t.Error("no event for a snapshot")
		}
	})
}
