package callout

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Event is what a function learns about the contact.
type Event struct {
	Attributes        map[string]string
	Channel           string // CHAT if empty
	ContactID         string
	InitialContactID  string
	PreviousContactID string
	CustomerEndpoint  *Endpoint
	SystemEndpoint    *Endpoint
	CustomerID        string
	Name              string
	Description       string
	InitiationMethod  string
	InstanceARN       string
	LanguageCode      string
	Queue             *Queue
	References        map[string]Reference
	Tags              map[string]string
	SegmentAttributes map[string]string
	// Parameters are the LambdaInvocationAttributes of the flow's action: a JSON
	// object, or nil for none.
	Parameters json.RawMessage
}

// Endpoint is one end of a contact that has addresses, as that of an SMS.
type Endpoint struct{ Address, Type string }

// Queue is the working queue.
type Queue struct {
	ARN, Name        string
	OutboundCallerID *Endpoint
}

// Reference is something that a contact refers to.
type Reference struct{ Type, Value string }

// maxEvent is the most bytes of an event.
const maxEvent = 256 << 10

// The documented shape of the event. What is not known is null, except for maps.
type (
	wireEvent struct {
		Name    string
		Details struct {
			ContactData wireContactData
			Parameters  json.RawMessage
		}
	}
	wireContactData struct {
		Attributes        map[string]string
		Channel           string
		ContactID         string `json:"ContactId"`
		CustomerEndpoint  *Endpoint
		CustomerID        *string `json:"CustomerId"`
		Description       *string
		InitialContactID  string `json:"InitialContactId"`
		InitiationMethod  string
		InstanceARN       string
		LanguageCode      *string
		MediaStreams      wireMediaStreams
		Name              *string
		PreviousContactID string `json:"PreviousContactId"`
		Queue             *wireQueue
		References        map[string]Reference
		SegmentAttributes map[string]wireSegment
		SystemEndpoint    *Endpoint
		Tags              map[string]string
	}
	wireMediaStreams struct{ Customer struct{ Audio *struct{} } }
	wireQueue        struct {
		ARN              string
		Name             string
		OutboundCallerID *Endpoint `json:"OutboundCallerId"`
	}
	wireSegment struct{ ValueString string }
)

// payload returns the event as functions get it.
func (e Event) payload() ([]byte, error) {
	data := wireContactData{
		Attributes:        orEmpty(e.Attributes),
		Channel:           "CHAT",
		ContactID:         e.ContactID,
		CustomerEndpoint:  e.CustomerEndpoint,
		CustomerID:        orNull(e.CustomerID),
		Description:       orNull(e.Description),
		InitialContactID:  e.InitialContactID,
		InitiationMethod:  e.InitiationMethod,
		InstanceARN:       e.InstanceARN,
		LanguageCode:      orNull(e.LanguageCode),
		Name:              orNull(e.Name),
		PreviousContactID: e.PreviousContactID,
		References:        orEmpty(e.References),
		SegmentAttributes: make(map[string]wireSegment, len(e.SegmentAttributes)),
		SystemEndpoint:    e.SystemEndpoint,
		Tags:              orEmpty(e.Tags),
	}
	if e.Channel != "" {
		data.Channel = e.Channel
	}
	for k, v := range e.SegmentAttributes {
		data.SegmentAttributes[k] = wireSegment{v}
	}
	if q := e.Queue; q != nil {
		data.Queue = &wireQueue{q.ARN, q.Name, q.OutboundCallerID}
	}
	w := wireEvent{Name: "ContactFlowEvent"}
	w.Details.ContactData = data
	if w.Details.Parameters = e.Parameters; e.Parameters == nil {
		w.Details.Parameters = json.RawMessage("{}")
	}
	return encode(w)
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func orEmpty[V any](m map[string]V) map[string]V {
	if m == nil {
		return map[string]V{}
	}
	return m
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
