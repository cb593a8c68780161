package record

import (
	"maps"
	"reflect"
	"strconv"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
)

// The types of contact event.
const (
	initiated         = "INITIATED"
	connectedToSystem = "CONNECTED_TO_SYSTEM"
	dataUpdated       = "CONTACT_DATA_UPDATED"
	queued            = "QUEUED"
	connectedToAgent  = "CONNECTED_TO_AGENT"
	disconnected      = "DISCONNECTED"
	completed         = "COMPLETED"
)

// contactEvents returns the types of what happened to a contact, in the order
// in which it goes through them. A contact that is new was the zero Segment.
func contactEvents(was, next *contact.Segment, updated, complete bool) []string {
	var out []string
	for _, e := range []struct {
		name     string
		happened bool
	}{
		{initiated, was.ID == ""},
		{connectedToSystem, was.Connected.IsZero() && !next.Connected.IsZero()},
		{dataUpdated, updated && was.ID != ""},
		{queued, !next.Enqueued.IsZero() && !next.Enqueued.Equal(was.Enqueued)},
		{connectedToAgent, !next.AgentConnected.IsZero() && !next.AgentConnected.Equal(was.AgentConnected)},
		{disconnected, was.Disconnected.IsZero() && !next.Disconnected.IsZero()},
		{completed, complete},
	} {
		if e.happened {
			out = append(out, e.name)
		}
	}
	return out
}

// dataDiffers reports whether what is kept with a chat has changed: attributes,
// tags, names, references or whom it may go to.
func dataDiffers(was, next *contact.Chat) bool {
	a, b := was.Details, next.Details
	return !maps.Equal(was.Attributes, next.Attributes) || !maps.Equal(a.Tags, b.Tags) || !maps.Equal(a.References, b.References) ||
		a.Name != b.Name || a.Description != b.Description || was.CustomerID != next.CustomerID ||
		!reflect.DeepEqual(a.Criteria, b.Criteria) ||
		len(was.SegmentAttributes)+len(next.SegmentAttributes) > 0 && !reflect.DeepEqual(was.SegmentAttributes, next.SegmentAttributes)
}

// envelope is what EventBridge wraps an event in.
type envelope struct {
	Version    string        `json:"version"`
	ID         string        `json:"id"`
	DetailType string        `json:"detail-type"`
	Source     string        `json:"source"`
	Account    string        `json:"account"`
	Time       *string       `json:"time"`
	Region     string        `json:"region"`
	Resources  []string      `json:"resources"`
	Detail     contactDetail `json:"detail"`
}

// contactDetail is a contact event. What is not there is left out.
type contactDetail struct {
	EventType                  string                  `json:"eventType"`
	ContactID                  string                  `json:"contactId"`
	InitialContactID           *string                 `json:"initialContactId,omitempty"`
	PreviousContactID          *string                 `json:"previousContactId,omitempty"`
	RelatedContactID           *string                 `json:"relatedContactId,omitempty"`
	Channel                    string                  `json:"channel"`
	InstanceARN                string                  `json:"instanceArn"`
	InitiationMethod           string                  `json:"initiationMethod"`
	InitiationTimestamp        *string                 `json:"initiationTimestamp,omitempty"`
	ConnectedToSystemTimestamp *string                 `json:"connectedToSystemTimestamp,omitempty"`
	DisconnectTimestamp        *string                 `json:"disconnectTimestamp,omitempty"`
	DisconnectReason           *string                 `json:"disconnectReason,omitempty"`
	QueueInfo                  *queueInfo              `json:"queueInfo,omitempty"`
	AgentInfo                  *agentInfo              `json:"agentInfo,omitempty"`
	SegmentAttributes          map[string]segmentValue `json:"segmentAttributes"`
	Tags                       map[string]string       `json:"tags"`
}

type queueInfo struct {
	QueueARN         string  `json:"queueArn"`
	QueueType        string  `json:"queueType"`
	EnqueueTimestamp *string `json:"enqueueTimestamp,omitempty"`
}

type agentInfo struct {
	AgentARN                       string  `json:"agentArn"`
	ConnectedToAgentTimestamp      *string `json:"connectedToAgentTimestamp,omitempty"`
	AfterContactWorkStartTimestamp *string `json:"afterContactWorkStartTimestamp,omitempty"`
	AfterContactWorkEndTimestamp   *string `json:"afterContactWorkEndTimestamp,omitempty"`
	AfterContactWorkDuration       *string `json:"afterContactWorkDuration,omitempty"` // whole seconds
}

// segmentValue is the value of a segment attribute in an event.
type segmentValue struct {
	Text   *string                 `json:"valueString,omitempty"`
	ARN    *string                 `json:"valueArn,omitempty"`
	Number *int32                  `json:"valueInteger,omitempty"`
	List   []segmentValue          `json:"valueList,omitempty"`
	Fields map[string]segmentValue `json:"valueMap,omitempty"`
}

// contactEvent returns an event of a contact as it will be.
func (m *Moment) contactEvent(event string, chat *contact.Chat, s *contact.Segment) contact.Outgoing {
	in := &m.Directory.Instance
	o := m.outgoing(contact.ContactEvent, string(chat.ID))
	o.Body = encode(envelope{
		Version: "0", ID: o.ID, DetailType: "Amazon Connect Contact Event", Source: "aws.connect",
		Account: in.AccountID, Time: second(m.Now), Region: in.Region,
		Resources: []string{in.ARN("contact", string(s.ID)), in.ARN()},
		Detail: contactDetail{
			EventType: event, ContactID: string(s.ID), InitialContactID: initial(chat, s), PreviousContactID: text(s.Previous),
			RelatedContactID: text(chat.Related), Channel: channel, InstanceARN: in.ARN(), InitiationMethod: s.Method,
			InitiationTimestamp: stamp(s.Initiated), ConnectedToSystemTimestamp: stamp(s.Connected),
			DisconnectTimestamp: stamp(s.Disconnected), DisconnectReason: text(s.Reason),
			QueueInfo: queueInfoOf(in, s), AgentInfo: agentInfoOf(m.Directory, s),
			SegmentAttributes: eventValues(segmentAttributes(chat)), Tags: tags(in, chat),
		},
	})
	return o
}

func queueInfoOf(in *directory.Instance, s *contact.Segment) *queueInfo {
	if s.Queue == "" {
		return nil
	}
	q := &queueInfo{QueueARN: in.ARN("queue", string(s.Queue)), QueueType: "STANDARD", EnqueueTimestamp: stamp(s.Enqueued)}
	if s.Queue.Agent() != "" {
		q.QueueType = "AGENT"
	}
	return q
}

func agentInfoOf(d *directory.Directory, s *contact.Segment) *agentInfo {
	if s.Agent == "" {
		return nil
	}
	a := &agentInfo{
		AgentARN: agentARN(d, s.Agent), ConnectedToAgentTimestamp: stamp(s.AgentConnected),
		AfterContactWorkStartTimestamp: stamp(s.AfterWorkStarted), AfterContactWorkEndTimestamp: stamp(s.AfterWorkEnded),
	}
	if n := seconds(s.AfterWorkStarted, s.AfterWorkEnded); n != nil {
		a.AfterContactWorkDuration = new(strconv.FormatInt(*n, 10))
	}
	return a
}

func eventValues(in map[string]contact.SegmentValue) map[string]segmentValue {
	if len(in) == 0 {
		return nil
	}
	out := make(map[string]segmentValue, len(in))
	for k, v := range in {
		out[k] = eventValue(v)
	}
	return out
}

func eventValue(v contact.SegmentValue) segmentValue {
	out := segmentValue{Text: v.Text, ARN: v.ARN, Number: v.Number, Fields: eventValues(v.Fields)}
	for _, e := range v.List {
		out.List = append(out.List, eventValue(e))
	}
	return out
}
