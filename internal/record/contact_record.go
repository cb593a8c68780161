package record

import (
	"maps"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
)

// none is the value of members that this server has nothing for: null.
type none = *struct{}

// contactRecord has all members that the service documents, in their order.
type contactRecord struct {
	Agent                              *recordAgent
	AgentConnectionAttempts            int
	AnsweringMachineDetectionStatus    none
	Attributes                         map[string]string
	AWSAccountID                       string `json:"AWSAccountId"`
	AWSContactTraceRecordFormatVersion string
	Campaign                           none
	Channel                            string
	ChatMetrics                        *chatMetrics
	ConnectedToSystemTimestamp         *string
	ContactAssociationID               string `json:"ContactAssociationId"`
	ContactDetails                     none
	ContactEvaluations                 none
	ContactID                          string `json:"ContactId"`
	ContactLens                        none
	CustomerEndpoint                   none
	CustomerID                         *string `json:"CustomerId"`
	CustomerVoiceActivity              none
	DisconnectDetails                  none
	DisconnectReason                   *string
	DisconnectTimestamp                *string
	InitialContactID                   *string `json:"InitialContactId"`
	InitiationMethod                   string
	InitiationTimestamp                *string
	InstanceARN                        string
	LastPausedTimestamp                none
	LastResumedTimestamp               none
	LastUpdateTimestamp                *string
	MediaStreams                       []mediaStream
	NextContactID                      *string `json:"NextContactId"`
	PreviousContactID                  *string `json:"PreviousContactId"`
	QualityMetrics                     none
	Queue                              *recordQueue
	Recording                          none
	Recordings                         []recording
	References                         []reference
	RelatedContactID                   *string `json:"RelatedContactId"`
	RoutingCriteria                    *routingCriteria
	ScheduledTimestamp                 none
	SegmentAttributes                  map[string]SegmentValue
	SystemEndpoint                     none
	Tags                               map[string]string
	TaskTemplateInfo                   none
	TotalPauseCount                    none
	TotalPauseDurationInSeconds        none
	TransferCompletedTimestamp         *string
	TransferredToEndpoint              none
	VoiceIDResult                      none `json:"VoiceIdResult"`
}

type recordAgent struct {
	ARN                            string
	Username                       string
	RoutingProfile                 *named
	HierarchyGroups                none
	ConnectedToAgentTimestamp      *string
	AgentInteractionDuration       *int64
	AfterContactWorkStartTimestamp *string
	AfterContactWorkEndTimestamp   *string
	AfterContactWorkDuration       *int64
	CustomerHoldDuration           int // chats know no hold
	LongestHoldDuration            int
	NumberOfHolds                  int
	AgentInitiatedHoldDuration     int
	AgentPauseDurationInSeconds    none
	DeviceInfo                     none
	StateTransitions               none
}

type recordQueue struct {
	named
	EnqueueTimestamp *string
	DequeueTimestamp *string
	Duration         *int64
}

type mediaStream struct{ Type string }

type recording struct {
	StorageType         string
	Location            string
	MediaStreamType     string
	ParticipantType     string
	Status              string
	StartTimestamp      *string
	StopTimestamp       *string
	DeletionReason      none
	FragmentStartNumber none
	FragmentStopNumber  none
}

type reference struct{ Name, Type, Value string }

// SegmentValue is the value of a segment attribute as records and desks show it.
type SegmentValue struct {
	Text   *string                 `json:"ValueString,omitempty"`
	ARN    *string                 `json:"ValueArn,omitempty"`
	Number *int32                  `json:"ValueInteger,omitempty"`
	List   []SegmentValue          `json:"ValueList,omitempty"`
	Fields map[string]SegmentValue `json:"ValueMap,omitempty"`
}

// Contact returns the record of one contact. Items are those of the contact and
// those that its agent said, in their order (see Counts). Transcript is where its transcript file is kept; empty: nowhere.
func Contact(d *directory.Directory, chat *contact.Chat, s *contact.Segment, items []contact.Item, transcript string) []byte {
	in := &d.Instance
	r := contactRecord{
		Agent: recordAgentOf(d, s), AgentConnectionAttempts: s.ConnectionAttempt,
		Attributes: map[string]string{}, AWSAccountID: in.AccountID, AWSContactTraceRecordFormatVersion: "2017-03-10",
		Channel: channel, ChatMetrics: metrics(chat, s, items), ConnectedToSystemTimestamp: second(s.Connected),
		ContactAssociationID: string(chat.Root()), ContactID: string(s.ID), CustomerID: text(chat.CustomerID),
		DisconnectReason: text(s.Reason), DisconnectTimestamp: second(s.Disconnected),
		InitialContactID: initial(chat, s), InitiationMethod: s.Method, InitiationTimestamp: second(s.Initiated),
		InstanceARN: in.ARN(), LastUpdateTimestamp: second(chat.Updated), MediaStreams: []mediaStream{{channel}},
		NextContactID: text(chat.Next(s)), PreviousContactID: text(s.Previous), Queue: recordQueueOf(d, s),
		References: []reference{}, RelatedContactID: text(chat.Related), RoutingCriteria: criteriaOf(chat, s), SegmentAttributes: SegmentAttributes(chat), Tags: tags(in, chat),
		TransferCompletedTimestamp: second(s.Transferred),
	}
	maps.Copy(r.Attributes, chat.Attributes)
	for _, name := range sorted(chat.Details.References) {
		ref := chat.Details.References[name]
		r.References = append(r.References, reference{name, ref.Type, ref.Value})
	}
	if transcript != "" {
		r.Recordings = []recording{{
			StorageType: "S3", Location: transcript, MediaStreamType: channel, ParticipantType: "ALL", Status: "AVAILABLE",
			StartTimestamp: second(s.Connected), StopTimestamp: second(s.Disconnected),
		}}
	}
	return encode(r)
}

func recordAgentOf(d *directory.Directory, s *contact.Segment) *recordAgent {
	if s.Agent == "" {
		return nil
	}
	u := user(d, s.Agent)
	left := s.AfterWorkStarted
	if left.IsZero() {
		left = s.Disconnected
	}
	return &recordAgent{
		ARN: agentARN(d, s.Agent), Username: u.Username, RoutingProfile: profile(d, &u),
		ConnectedToAgentTimestamp: second(s.AgentConnected), AgentInteractionDuration: seconds(s.AgentConnected, left),
		AfterContactWorkStartTimestamp: second(s.AfterWorkStarted), AfterContactWorkEndTimestamp: second(s.AfterWorkEnded),
		AfterContactWorkDuration: seconds(s.AfterWorkStarted, s.AfterWorkEnded),
	}
}

func recordQueueOf(d *directory.Directory, s *contact.Segment) *recordQueue {
	q := queue(d, s.Queue)
	if q == nil {
		return nil
	}
	return &recordQueue{
		named: *q, EnqueueTimestamp: second(s.Enqueued), DequeueTimestamp: second(s.Dequeued),
		Duration: seconds(s.Enqueued, s.Dequeued),
	}
}

// SegmentAttributes returns the attributes of a chat's segments.
func SegmentAttributes(chat *contact.Chat) map[string]SegmentValue {
	return recordValues(segmentAttributes(chat))
}

func recordValues(in map[string]contact.SegmentValue) map[string]SegmentValue {
	if len(in) == 0 {
		return nil
	}
	out := make(map[string]SegmentValue, len(in))
	for k, v := range in {
		out[k] = recordValueOf(v)
	}
	return out
}

func recordValueOf(v contact.SegmentValue) SegmentValue {
	out := SegmentValue{Text: v.Text, ARN: v.ARN, Number: v.Number, Fields: recordValues(v.Fields)}
	for _, e := range v.List {
		out.List = append(out.List, recordValueOf(e))
	}
	return out
}
