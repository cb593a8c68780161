package callout

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEventsHaveTheDocumentedShape(t *testing.T) {
	for file, e := range map[string]Event{
		"testdata/event_web_chat.json": {
			Attributes: map[string]string{"plan": "<gold>"}, ContactID: "c-2", InitialContactID: "c-1", PreviousContactID: "c-1",
			InitiationMethod: "API", InstanceARN: "arn:aws:connect:us-west-2:000000000000:instance/i-1", LanguageCode: "en-US",
			Queue:             &Queue{ARN: "arn:aws:connect:us-west-2:000000000000:instance/i-1/queue/q-1", Name: "BasicQueue"},
			References:        map[string]Reference{"order": {Type: "URL", Value: "https://shop.example.org/A-1"}},
			Tags:              map[string]string{"aws:connect:instanceId": "i-1"},
			SegmentAttributes: map[string]string{"connect:Subtype": "connect:Chat"},
			Parameters:        json.RawMessage(`{"orderNumber":"A-1"}`),
		},
		"testdata/event_least.json": {ContactID: "c-1", InitialContactID: "c-1"},
		"testdata/event_sms.json": {
			ContactID: "c-1", InitialContactID: "c-1", Name: "n", Description: "d", CustomerID: "u",
			CustomerEndpoint: &Endpoint{Address: "+15550100", Type: "TELEPHONE_NUMBER"},
			SystemEndpoint:   &Endpoint{Address: "+15550199", Type: "TELEPHONE_NUMBER"},
		},
	} {
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got, err := e.payload()
		if err != nil {
			t.Fatal(err)
		}
		var w, g any
		if err := json.Unmarshal(want, &w); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(got, &g); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(w, g); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}
