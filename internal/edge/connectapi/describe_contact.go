package connectapi

import (
	"cmp"
	"context"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/wire/connect"
)

// DescribeContact answers GET /contacts/{InstanceId}/{ContactId}.
func (a *API) DescribeContact(ctx context.Context, in *connect.DescribeContactRequest) (*connect.DescribeContactResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	id := contactID(in.ContactId)
	chat, err := a.centre.DescribeContact(ctx, dir.Instance.ID, id)
	if err != nil {
		return nil, err
	}
	s := chat.Segment(id)
	if s == nil {
		return nil, fault.Newf(fault.NotFound, "there is no contact %s", id)
	}
	return &connect.DescribeContactResponse{Contact: describe(dir, chat, s, a.now())}, nil
}

// describe returns one contact of a chat as the API shows it now.
func describe(dir *directory.Directory, chat *contact.Chat, s *contact.Segment, now time.Time) *connect.Contact {
	c := &connect.Contact{
		Arn:                        dir.Instance.ARN("contact", string(s.ID)),
		Id:                         string(s.ID),
		InitialContactId:           string(chat.ID),
		PreviousContactId:          string(s.Previous),
		ContactAssociationId:       string(chat.Root()),
		RelatedContactId:           string(chat.Related),
		InitiationMethod:           s.Method,
		Channel:                    "CHAT",
		InitiationTimestamp:        s.Initiated,
		ConnectedToSystemTimestamp: s.Connected,
		DisconnectTimestamp:        s.Disconnected,
		DisconnectReason:           string(s.Reason),
		LastUpdateTimestamp:        chat.Updated,
		CustomerId:                 chat.CustomerID,
		Name:                       chat.Details.Name,
		Description:                chat.Details.Description,
		Tags:                       chat.Details.Tags,
		Attributes:                 chat.Attributes,
		SegmentAttributes:          segmentAttributes(chat),
	}
	if s.Queue != "" {
		c.QueueInfo = &connect.QueueInfo{Id: cmp.Or(string(s.Queue.Agent()), string(s.Queue)), EnqueueTimestamp: s.Enqueued}
	}
	if p := chat.Details.Priority; p != 0 {
		c.QueuePriority = &p
	}
	if by := chat.Details.Adjustment; by != 0 {
		c.QueueTimeAdjustmentSeconds = new(int32(by / time.Second))
	}
	c.RoutingCriteria = wireCriteria(chat.Details.Criteria, s.AgentConnected, now)
	if s.Agent != "" {
		c.AgentInfo = &connect.AgentInfo{
			Id:                             string(s.Agent),
			ConnectedToAgentTimestamp:      s.AgentConnected,
			AfterContactWorkStartTimestamp: s.AfterWorkStarted,
			AfterContactWorkEndTimestamp:   s.AfterWorkEnded,
		}
		if !s.AfterWorkEnded.IsZero() {
			c.AgentInfo.AfterContactWorkDuration = new(int32(s.AfterWorkEnded.Sub(s.AfterWorkStarted) / time.Second))
		}
	}
	return c
}

// segmentAttributes returns what was given at the start, and the subtype that
// every chat has.
func segmentAttributes(chat *contact.Chat) map[string]connect.SegmentAttributeValue {
	out := wireSegmentValues(chat.SegmentAttributes)
	if out == nil {
		out = map[string]connect.SegmentAttributeValue{}
	}
	if _, ok := out[subtype]; !ok {
		out[subtype] = connect.SegmentAttributeValue{ValueString: new(chatSubtype)}
	}
	return out
}

const (
	subtype     = "connect:Subtype"
	chatSubtype = "connect:Chat"
)

func wireSegmentValues(in map[string]contact.SegmentValue) map[string]connect.SegmentAttributeValue {
	if in == nil {
		return nil
	}
	out := make(map[string]connect.SegmentAttributeValue, len(in))
	for k, v := range in {
		out[k] = wireSegmentValue(v)
	}
	return out
}

func wireSegmentValue(v contact.SegmentValue) connect.SegmentAttributeValue {
	out := connect.SegmentAttributeValue{ValueString: v.Text, ValueArn: v.ARN, ValueInteger: v.Number, ValueMap: wireSegmentValues(v.Fields)}
	for _, e := range v.List {
		out.ValueList = append(out.ValueList, wireSegmentValue(e))
	}
	return out
}
