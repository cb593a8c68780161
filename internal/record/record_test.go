package record_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/record"
)

var update = flag.Bool("update", false, "rewrite the files in testdata")

var day = time.Date(2026, 1, 5, 10, 0, 0, 123e6, time.UTC)

func at(seconds int) time.Time { return day.Add(time.Duration(seconds) * time.Second) }

// shop is an instance with one queue and one agent.
func shop() *directory.Directory {
	d := directory.New()
	d.Instance = directory.Instance{ID: "instance-1", Alias: "shop", Region: "eu-west-1", AccountID: "111122223333"}
	d.Queues["q-sales"] = &directory.Queue{ID: "q-sales", Name: "Sales"}
	d.Queues["q-out"] = &directory.Queue{ID: "q-out", Name: "Out"}
	d.Profiles["p-1"] = &directory.RoutingProfile{
		ID: "p-1", Name: "Basic", ChatConcurrency: 3, Outbound: "q-out",
		Queues: []directory.ProfileQueue{{Queue: "q-sales", Priority: 1}},
		Others: []directory.Concurrency{{Channel: "TASK", Slots: 4}},
	}
	for id, s := range map[contact.StatusID]directory.Status{
		"s-available": {Name: "Available", Type: contact.Routable},
		"s-lunch":     {Name: "Lunch", Type: contact.Custom},
		"s-offline":   {Name: "Offline", Type: contact.Offline},
	} {
		s.ID = id
		d.Statuses[id] = &s
	}
	d.Users["u-ana"] = &directory.User{ID: "u-ana", Username: "ana", FirstName: "Ana", LastName: "Lima", Profile: "p-1"}
	return d
}

// second is a chat in its second contact, which has ended and is cleared.
func second() *contact.Chat {
	return &contact.Chat{
		ID: "c-1", Instance: "instance-1", Version: 9, Phase: contact.Ended, Started: at(0), Updated: at(90), EndedAt: at(60),
		CustomerID: "customer-7", Related: "c-past", Association: "c-root", Attributes: map[string]string{"tier": "gold"},
		SegmentAttributes: map[string]contact.SegmentValue{
			"mine": {Fields: map[string]contact.SegmentValue{"n": {Number: new(int32(3))}}},
			"list": {List: []contact.SegmentValue{{ARN: new("arn:aws:x")}}},
		},
		Participants: []contact.Participant{
			{ID: "p-ada", Role: contact.Customer, Name: "Ada", Contact: "c-1", Presence: contact.Gone, Joined: at(1), Left: at(60)},
			{ID: "p-ana", Role: contact.AgentRole, Name: "Ana", User: "u-ana", Contact: "c-2", Presence: contact.Gone, Joined: at(20), Left: at(60)},
		},
		Contacts: []contact.Segment{
			{
				ID: "c-1", Method: "API", Initiated: at(0), Connected: at(1), Queue: "q-out", Enqueued: at(2), Dequeued: at(10), Disconnected: at(10),
			},
			{
				ID: "c-2", Previous: "c-1", Method: "QUEUE_TRANSFER", Initiated: at(10), Connected: at(10), Queue: "q-sales", Enqueued: at(11),
				Dequeued: at(20), Agent: "u-ana", AgentConnected: at(20), AfterWorkStarted: at(60), AfterWorkEnded: at(90),
				Disconnected: at(60), Reason: contact.ByCustomer, ConnectionAttempt: 2,
			},
		},
		Details: contact.Details{
			Tags:       map[string]string{"team": "red"},
			References: map[string]contact.Reference{"order": {Type: "URL", Value: "https://shop.example.org/7"}},
		},
	}
}

// said returns the items of the chat's second contact.
func said() []contact.Item {
	ids := contact.SeededIDs(1)
	var items []contact.Item
	add := func(seconds int, kind contact.Kind, contentType, text string, by contact.ParticipantID, role contact.Role, name string) {
		items = append(items, contact.Item{
			Seq: int64(len(items) + 1), ID: ids.At(at(seconds)), At: at(seconds), Kind: kind, Type: contentType, Text: text,
			By: by, Role: role, Name: name, Contact: "c-2",
		})
	}
	customer := func(seconds int, text string) {
		add(seconds, contact.Message, contact.PlainText, text, "p-ada", contact.Customer, "Ada")
	}
	agent := func(seconds int, text string) {
		add(seconds, contact.Message, contact.PlainText, text, "p-ana", contact.AgentRole, "Ana")
	}
	add(12, contact.Message, contact.PlainText, "Please wait", "c-1", contact.System, contact.SystemName)
	customer(15, "Hallo?")
	add(20, contact.Event, contact.ParticipantJoined, "", "p-ana", contact.AgentRole, "Ana")
	agent(25, "Grüß Gott")
	add(26, contact.Event, contact.ParticipantInvited, "", "p-ana", contact.AgentRole, "Ana")
	agent(27, "How can I help?")
	customer(40, "It broke")
	customer(42, "Yesterday")
	agent(48, "Oh")
	customer(50, "So?")
	add(60, contact.Event, contact.ParticipantLeft, "", "p-ada", contact.Customer, "Ada")
	add(60, contact.Event, contact.ChatEnded, "", "", "", "")
	return items
}

func all(contact.OutgoingKind) bool { return true }

// moment returns a change with ids that count.
func moment(ch *contact.Change, before ...*contact.Agent) *record.Moment {
	n := 0
	ch.AgentsWere = map[contact.UserID]*contact.Agent{}
	for _, a := range before {
		ch.AgentsWere[a.User] = a
	}
	return &record.Moment{
		Directory: shop(), Change: ch, Now: at(95), Wants: all,
		NewID: func() string { n++; return "event-" + string(rune('0'+n)) },
		Chat:  func(contact.ID) *contact.Chat { return nil },
	}
}

// golden compares JSON with a file in testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, got, "", "  "); err != nil {
		t.Fatalf("%s: %v in %s", name, err, got)
	}
	pretty.WriteByte('\n')
	file := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(file, pretty.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), pretty.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// members returns the names of a JSON object's members at a path.
func members(t *testing.T, doc []byte, path ...string) []string {
	t.Helper()
	for _, p := range path {
		var v any
		if err := json.Unmarshal(doc, &v); err != nil {
			t.Fatal(err)
		}
		if list, ok := v.([]any); ok {
			v = list[0]
		}
		var err error
		if doc, err = json.Marshal(v.(map[string]any)[p]); err != nil {
			t.Fatal(err)
		}
	}
	var object map[string]json.RawMessage
	if doc[0] == '[' {
		var list []json.RawMessage
		if err := json.Unmarshal(doc, &list); err != nil {
			t.Fatal(err)
		}
		doc = list[0]
	}
	if err := json.Unmarshal(doc, &object); err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(maps.Keys(object))
}

// hasMembers checks that an object has exactly the documented members, given
// as text with spaces between.
func hasMembers(t *testing.T, doc []byte, documented string, path ...string) {
	t.Helper()
	want := strings.Fields(documented)
	slices.Sort(want)
	if diff := cmp.Diff(want, members(t, doc, path...)); diff != "" {
		t.Errorf("members of %v (-documented +got):\n%s", path, diff)
	}
}

func TestContactRecord(t *testing.T) {
	chat := second()
	got := record.Contact(shop(), chat, &chat.Contacts[1], said(), "connect/shop/t.json")
	golden(t, "contact_record", got)
	hasMembers(t, got, `Agent AgentConnectionAttempts AnsweringMachineDetectionStatus Attributes AWSAccountId
		AWSContactTraceRecordFormatVersion Campaign Channel ChatMetrics ConnectedToSystemTimestamp ContactAssociationId ContactDetails
		ContactEvaluations ContactId ContactLens CustomerEndpoint CustomerId CustomerVoiceActivity DisconnectDetails DisconnectReason
		DisconnectTimestamp InitialContactId InitiationMethod InitiationTimestamp InstanceARN LastPausedTimestamp LastResumedTimestamp
		LastUpdateTimestamp MediaStreams NextContactId PreviousContactId QualityMetrics Queue Recording Recordings References
		RelatedContactId RoutingCriteria ScheduledTimestamp SegmentAttributes SystemEndpoint Tags TaskTemplateInfo TotalPauseCount
		TotalPauseDurationInSeconds TransferCompletedTimestamp TransferredToEndpoint VoiceIdResult`)
	hasMembers(t, got, `ARN Username RoutingProfile HierarchyGroups ConnectedToAgentTimestamp AgentInteractionDuration
		AfterContactWorkStartTimestamp AfterContactWorkEndTimestamp AfterContactWorkDuration CustomerHoldDuration LongestHoldDuration
		NumberOfHolds AgentInitiatedHoldDuration AgentPauseDurationInSeconds DeviceInfo StateTransitions`, "Agent")
	hasMembers(t, got, "ARN Name", "Agent", "RoutingProfile")
	hasMembers(t, got, "ARN Name EnqueueTimestamp DequeueTimestamp Duration", "Queue")
	hasMembers(t, got, `StorageType Location MediaStreamType ParticipantType Status StartTimestamp StopTimestamp DeletionReason
		FragmentStartNumber FragmentStopNumber`, "Recordings")
	hasMembers(t, got, "ChatContactMetrics AgentMetrics CustomerMetrics", "ChatMetrics")
	hasMembers(t, got, `MultiParty TotalMessages TotalBotMessages TotalBotMessageLengthInChars ConversationCloseTimeInMillis
		ConversationTurnCount AgentFirstResponseTimestamp AgentFirstResponseTimeInMillis`, "ChatMetrics", "ChatContactMetrics")
	for _, who := range []string{"AgentMetrics", "CustomerMetrics"} {
		hasMembers(t, got, `ParticipantId ParticipantType ConversationAbandon MessagesSent NumResponses MessageLengthInChars
			TotalResponseTimeInMillis MaxResponseTimeInMillis LastMessageTimestamp`, "ChatMetrics", who)
	}
}

func TestRecordOfAContactWithoutAgent(t *testing.T) {
	chat := second()
	golden(t, "contact_record_no_agent", record.Contact(shop(), chat, &chat.Contacts[0], nil, ""))
}

// An attachment is named with the state that it has now, and its bytes lie
// elsewhere.
func TestTranscriptNamesAttachments(t *testing.T) {
	chat := second()
	chat.Files = []contact.File{{ID: "f-1", State: contact.Approved}}
	it := contact.Item{
		Seq: 1, At: at(1), Kind: contact.Attachment, By: "p-ada", Role: contact.Customer, Name: "Ada", Contact: "c-2",
		Text: `{"ID":"f-1","Name":"a.png","Type":"image/png","State":"scanning"}`,
	}
	got := string(record.Transcript(shop(), chat, &chat.Contacts[1], []contact.Item{it}))
	want := `"ContentType":"image/png","Id":"00000000-0000-0000-0000-000000000000","Type":"ATTACHMENT","ParticipantId":"p-ada","DisplayName":"Ada","ParticipantRole":"CUSTOMER",` +
		`"Attachments":[{"AttachmentId":"f-1","AttachmentName":"a.png","ContentType":"image/png","Status":"APPROVED"}]}`
	if !strings.Contains(got, want) {
		t.Errorf("got %s, want %s in it", got, want)
	}
}

func TestTranscript(t *testing.T) {
	chat := second()
	got := record.Transcript(shop(), chat, &chat.Contacts[1], said())
	golden(t, "transcript", got)
	hasMembers(t, got, "Version AWSAccountId InstanceId InitialContactId ContactId Participants Transcript")
	in := shop().Instance
	for alias, want := range map[string]string{
		"shop":    "connect/shop/ChatTranscripts/2026/01/05/c-2_20260105T10:01_UTC.json",
		"a/../b ": "connect/a----b-/ChatTranscripts/2026/01/05/c-2_20260105T10:01_UTC.json",
		"":        "connect/instance-1/ChatTranscripts/2026/01/05/c-2_20260105T10:01_UTC.json",
	} {
		in.Alias = alias
		if key := record.TranscriptKey(&in, &chat.Contacts[1]); key != want {
			t.Errorf("alias %q: key %q, want %q", alias, key, want)
		}
	}
}

func TestContactEvent(t *testing.T) {
	next := second()
	was := second()
	was.Contacts[1].AfterWorkEnded = time.Time{}
	out := moment(&contact.Change{Was: was, Next: next}).Outgoing()
	if got, want := kinds(out), []string{"COMPLETED", "contact-record c-2"}; !slices.Equal(got, want) {
		t.Fatalf("clearing tells %q, want %q", got, want)
	}
	golden(t, "contact_event", out[0].Body)
	hasMembers(t, out[0].Body, "version id detail-type source account time region resources detail")
	hasMembers(t, out[0].Body, `eventType contactId initialContactId previousContactId relatedContactId channel instanceArn initiationMethod
		initiationTimestamp connectedToSystemTimestamp disconnectTimestamp disconnectReason queueInfo agentInfo segmentAttributes tags`, "detail")
	hasMembers(t, out[0].Body, "queueArn queueType enqueueTimestamp", "detail", "queueInfo")
	hasMembers(t, out[0].Body, `agentArn connectedToAgentTimestamp afterContactWorkStartTimestamp afterContactWorkEndTimestamp
		afterContactWorkDuration`, "detail", "agentInfo")
	if o := out[0]; o.Key != "c-1" || o.ID != "event-1" || !o.At.Equal(at(95)) || o.Instance != "instance-1" {
		t.Errorf("the event is %+v", o)
	}
}

// kinds returns the types of events, and the kinds of what is composed later.
func kinds(out []contact.Outgoing) (names []string) {
	for _, o := range out {
		var e struct {
			EventType string `json:"EventType"`
			Detail    struct {
				EventType string `json:"eventType"`
			} `json:"detail"`
		}
		switch {
		case o.Body == nil:
			names = append(names, string(o.Kind)+" "+string(o.Contact))
		case json.Unmarshal(o.Body, &e) != nil:
			names = append(names, "no JSON")
		default:
			names = append(names, e.Detail.EventType+e.EventType)
		}
	}
	return names
}

// Every change of a contact has its events, and no other change has any.
func TestWhatAChangeTells(t *testing.T) {
	chat := func(version int64, s ...contact.Segment) *contact.Chat {
		return &contact.Chat{ID: s[0].ID, Instance: "instance-1", Version: version, Phase: contact.InFlow, Contacts: s}
	}
	over := func(c *contact.Chat) *contact.Chat {
		c.Phase = contact.Ended
		return c
	}
	first := contact.Segment{ID: "c-1", Method: "API", Initiated: at(0)}
	with := func(s contact.Segment, edits ...func(*contact.Segment)) contact.Segment {
		for _, e := range edits {
			e(&s)
		}
		return s
	}
	connected := func(s *contact.Segment) { s.Connected = at(1) }
	queued := func(s *contact.Segment) { s.Queue, s.Enqueued = "q-sales", at(2) }
	offered := func(s *contact.Segment) { s.ConnectionAttempt++ }
	agent := func(s *contact.Segment) { s.Agent, s.AgentConnected, s.Dequeued = "u-ana", at(3), at(3) }
	ended := func(s *contact.Segment) { s.Disconnected, s.Reason = at(4), contact.ByAgent }
	work := func(s *contact.Segment) { s.AfterWorkStarted = at(4) }
	cleared := func(s *contact.Segment) { s.AfterWorkEnded = at(5) }
	talking := with(first, connected, queued, agent)
	next := contact.Segment{ID: "c-2", Previous: "c-1", Method: "QUEUE_TRANSFER", Initiated: at(4), Connected: at(4)}
	listening := contact.Segment{
		ID: "c-3", Previous: "c-1", Method: contact.FromMonitor, Initiated: at(3), Connected: at(3), Agent: "u-ben", AgentConnected: at(3),
	}
	gold := func(c *contact.Chat) *contact.Chat {
		c.Attributes = map[string]string{"tier": "gold"}
		return c
	}
	tagged := func(c *contact.Chat) *contact.Chat {
		c.Details.Tags = map[string]string{"team": "red"}
		return c
	}
	for _, c := range []struct {
		name      string
		was, next *contact.Chat
		want      string
	}{
		{"a chat starts", &contact.Chat{ID: "c-1", Instance: "instance-1"}, chat(0, first), "INITIATED"},
		{"a chat starts with attributes", &contact.Chat{ID: "c-1"}, gold(chat(0, first)), "INITIATED"},
		{"the customer connects", chat(1, first), chat(1, with(first, connected)), "CONNECTED_TO_SYSTEM"},
		{"connects and waits at once", chat(1, first), chat(1, with(first, connected, queued)), "CONNECTED_TO_SYSTEM, QUEUED"},
		{"it rings", chat(1, with(first, connected, queued)), chat(1, with(first, connected, queued, offered)), ""},
		{"an agent accepts", chat(1, with(first, connected, queued)), chat(1, talking), "CONNECTED_TO_AGENT"},
		{"attributes are set", chat(1, talking), gold(chat(1, talking)), "CONTACT_DATA_UPDATED"},
		{"attributes stay", gold(chat(1, talking)), gold(chat(1, talking)), ""},
		{"tags are set", chat(1, talking), tagged(chat(1, talking)), "CONTACT_DATA_UPDATED"},
		{"the agent ends it", chat(1, talking), over(chat(1, with(talking, ended, work))), "DISCONNECTED, transcript c-1"},
		{
			"the work is cleared", over(chat(1, with(talking, ended, work))), over(chat(1, with(talking, ended, work, cleared))),
			"COMPLETED, contact-record c-1",
		},
		{
			"it ends without an agent", chat(1, with(first, connected)), over(chat(1, with(first, connected, ended))),
			"DISCONNECTED, COMPLETED, transcript c-1, contact-record c-1",
		},
		{
			"attributes are set after all", over(chat(1, with(first, ended))), gold(over(chat(1, with(first, ended)))),
			"CONTACT_DATA_UPDATED, contact-record c-1",
		},
		{
			"it moves to another queue", chat(1, with(first, connected, queued)), chat(1, with(first, connected, queued, ended), with(next, queued)),
			"DISCONNECTED, COMPLETED, transcript c-1, contact-record c-1, INITIATED, CONNECTED_TO_SYSTEM, QUEUED",
		},
		{
			"an agent hands it on", chat(1, talking), chat(1, with(talking, ended, work), next),
			"DISCONNECTED, transcript c-1, INITIATED, CONNECTED_TO_SYSTEM",
		},
		{
			"the work of the one before is cleared", chat(1, with(talking, ended, work), next), chat(1, with(talking, ended, work, cleared), next),
			"COMPLETED, contact-record c-1",
		},
		{
			"a supervisor listens", chat(1, talking), chat(1, talking, listening),
			"INITIATED, CONNECTED_TO_SYSTEM, CONNECTED_TO_AGENT",
		},
		{
			"a supervisor leaves", chat(1, talking, listening), chat(1, talking, with(listening, ended)),
			"DISCONNECTED, COMPLETED, contact-record c-3",
		},
		{
			"attributes are set while a supervisor listens", chat(1, talking, listening), gold(chat(1, talking, listening)),
			"CONTACT_DATA_UPDATED",
		},
		{
			"one of two agents leaves", chat(1, talking, with(next, queued, agent)), chat(1, with(talking, ended, work), with(next, queued, agent)),
			"DISCONNECTED, transcript c-1",
		},
		{"a disconnect flow runs on", chat(1, talking), chat(1, with(talking, ended, work)), "DISCONNECTED"},
		{"the work is cleared meanwhile", chat(1, with(talking, ended, work)), chat(1, with(talking, ended, work, cleared)), ""},
		{
			"the disconnect flow ends", chat(1, with(talking, ended, work, cleared)), over(chat(1, with(talking, ended, work, cleared))),
			"COMPLETED, transcript c-1, contact-record c-1",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := moment(&contact.Change{Was: c.was, Next: c.next}).Outgoing()
			if got := strings.Join(kinds(out), ", "); got != c.want {
				t.Errorf("told %q, want %q", got, c.want)
			}
		})
	}
}

func TestNobodyIsToldWhatNobodyWants(t *testing.T) {
	was := second()
	was.Contacts[1].AfterWorkEnded = time.Time{}
	m := moment(&contact.Change{Was: was, Next: second()})
	m.Wants = func(k contact.OutgoingKind) bool { return k == contact.ContactRecord }
	if got, want := kinds(m.Outgoing()), []string{"contact-record c-2"}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}

// ana is an agent who talks in the chat's second contact.
func ana() *contact.Agent {
	return &contact.Agent{
		User: "u-ana", Instance: "instance-1", Version: 4, Status: contact.Status{ID: "s-available", Type: contact.Routable, Since: at(-10)},
		Work: []contact.Work{{
			Chat: "c-1", Contact: "c-2", Participant: "p-ana", Queue: "q-sales", State: contact.Talking, Since: at(20), Offered: at(12), Answered: at(20),
		}},
	}
}

func TestAgentEvent(t *testing.T) {
	was, next := ana(), ana()
	next.Next = &contact.Status{ID: "s-lunch", Type: contact.Custom, Since: at(95)}
	next.Work[0].State, next.Work[0].Since = contact.AfterWork, at(60)
	next.Work = append(next.Work, contact.Work{Chat: "c-9", Contact: "c-9", Queue: contact.AgentQueue("u-ana"), State: contact.Ringing, Since: at(90)})
	m := moment(&contact.Change{Agents: []*contact.Agent{next}}, was)
	m.Chat = func(id contact.ID) *contact.Chat {
		if id == "c-1" {
			return second()
		}
		return nil
	}
	out := m.Outgoing()
	if got, want := kinds(out), []string{"STATE_CHANGE"}; !slices.Equal(got, want) {
		t.Fatalf("told %q, want %q", got, want)
	}
	golden(t, "agent_event", out[0].Body)
	hasMembers(t, out[0].Body, `Version EventId EventType EventTimestamp AWSAccountId InstanceARN AgentARN CurrentAgentSnapshot PreviousAgentSnapshot`)
	const snapshot = "CurrentAgentSnapshot"
	hasMembers(t, out[0].Body, "AgentStatus NextAgentStatus Configuration Contacts", snapshot)
	hasMembers(t, out[0].Body, "ARN Name Type StartTimestamp", snapshot, "AgentStatus")
	hasMembers(t, out[0].Body, "ARN Name Type EnqueuedTimestamp", snapshot, "NextAgentStatus")
	hasMembers(t, out[0].Body, "Username FirstName LastName AgentHierarchyGroups RoutingProfile", snapshot, "Configuration")
	hasMembers(t, out[0].Body, "ARN Name DefaultOutboundQueue InboundQueues Concurrency", snapshot, "Configuration", "RoutingProfile")
	hasMembers(t, out[0].Body, "ARN Name Channels", snapshot, "Configuration", "RoutingProfile", "InboundQueues")
	hasMembers(t, out[0].Body, "Channel AvailableSlots MaximumSlots", snapshot, "Configuration", "RoutingProfile", "Concurrency")
	hasMembers(t, out[0].Body, `ContactId InitialContactId Channel InitiationMethod State StateStartTimestamp QueueTimestamp
		ConnectedToAgentTimestamp Queue`, snapshot, "Contacts")
	if o := out[0]; o.Key != "u-ana" || o.Kind != contact.AgentEvent {
		t.Errorf("the event is %s of %q", o.Kind, o.Key)
	}
	golden(t, "agent_heart_beat", m.HeartBeat(was).Body)
}

func TestWhatAnAgentsChangeTells(t *testing.T) {
	status := func(id contact.StatusID, kind contact.StatusType) *contact.Agent {
		return &contact.Agent{User: "u-ana", Status: contact.Status{ID: id, Type: kind, Since: at(1)}}
	}
	offline, available, lunch := status("s-offline", contact.Offline), status("s-available", contact.Routable), status("s-lunch", contact.Custom)
	queued := *available
	queued.Next = &lunch.Status
	busier := *available
	busier.Work = []contact.Work{{Chat: "c-1", Contact: "c-1", State: contact.Ringing}}
	later := *available
	later.Idle, later.Version = at(9), 7
	for _, c := range []struct {
		name      string
		was, next *contact.Agent
		want      []string
	}{
		{"comes", offline, available, []string{"LOGIN", "STATE_CHANGE"}},
		{"comes to have lunch", offline, lunch, []string{"LOGIN", "STATE_CHANGE"}},
		{"has lunch", available, lunch, []string{"STATE_CHANGE"}},
		{"will have lunch", available, &queued, []string{"STATE_CHANGE"}},
		{"takes that back", &queued, available, []string{"STATE_CHANGE"}},
		{"gets an offer", available, &busier, []string{"STATE_CHANGE"}},
		{"goes", lunch, offline, []string{"STATE_CHANGE", "LOGOUT"}},
		{"stays away", offline, offline, nil},
		{"was busy until later", available, &later, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := moment(&contact.Change{Agents: []*contact.Agent{c.next}}, c.was).Outgoing()
			if got := kinds(out); !slices.Equal(got, c.want) {
				t.Errorf("told %q, want %q", got, c.want)
			}
		})
	}
}

// A user, a profile, a queue or a status that has been removed is told of by
// its id alone.
func TestRemovedEntries(t *testing.T) {
	was, chat := ana(), second()
	next := ana()
	next.Status = contact.Status{ID: "s-gone", Type: contact.Custom, Since: at(1)}
	m := moment(&contact.Change{Was: chat, Next: chat, Agents: []*contact.Agent{next}}, was)
	m.Directory = directory.New()
	for _, o := range m.Outgoing() {
		if !json.Valid(o.Body) {
			t.Errorf("%s is no JSON", o.Body)
		}
	}
	for i := range chat.Contacts {
		if got := record.Contact(m.Directory, chat, &chat.Contacts[i], said(), ""); !json.Valid(got) {
			t.Errorf("%s is no JSON", got)
		}
	}
}
