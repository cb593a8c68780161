package connectapi

import (
	"context"
	"slices"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/wire/connect"
)

// contentTypes are what a client may say that it supports.
var contentTypes = []string{
	contact.PlainText, contact.Markdown, contact.JSON, contact.Interactive, contact.InteractiveResponse,
}

// StartChatContact answers PUT /contact/chat.
func (a *API) StartChatContact(ctx context.Context, in *connect.StartChatContactRequest) (*connect.StartChatContactResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	o, err := opening(in)
	if err != nil {
		return nil, err
	}
	o.Instance = dir.Instance.ID
	started, err := a.centre.StartChat(ctx, o, in.ClientToken)
	if err != nil {
		return nil, err
	}
	t, _ := a.participantToken(started.Chat, started.Customer)
	return &connect.StartChatContactResponse{
		ContactId:        string(started.Chat),
		ParticipantId:    string(started.Customer),
		ParticipantToken: t,

		ContinuedFromContactId: string(started.ContinuedFrom),
	}, nil
}

// opening translates a request and checks what its model does not say.
func opening(in *connect.StartChatContactRequest) (contact.Opening, error) {
	o := contact.Opening{
		Flow:         contact.FlowID(directory.BareID(in.ContactFlowId)),
		Name:         in.ParticipantDetails.DisplayName,
		CustomerID:   in.CustomerId,
		Attributes:   in.Attributes,
		ContentTypes: in.SupportedMessagingContentTypes,
	}
	if in.PersistentChat != nil && in.RelatedContactId != "" {
		return o, fault.Newf(fault.Invalid, "PersistentChat and RelatedContactId exclude each other")
	}
	o.Related = contactID(in.RelatedContactId)
	if p := in.PersistentChat; p != nil {
		if p.SourceContactId == "" || p.RehydrationType == "" {
			return o, fault.Newf(fault.Invalid, "PersistentChat: SourceContactId and RehydrationType are required")
		}
		o.Source, o.Rehydration = contactID(p.SourceContactId), p.RehydrationType
	}
	if err := contact.CheckAttributes(in.Attributes); err != nil {
		return o, err
	}
	if len(o.ContentTypes) == 0 {
		o.ContentTypes = []string{contact.PlainText}
	}
	if !slices.Contains(o.ContentTypes, contact.PlainText) {
		return o, fault.Newf(fault.Invalid, "SupportedMessagingContentTypes: must contain %s", contact.PlainText)
	}
	for _, t := range o.ContentTypes {
		if !slices.Contains(contentTypes, t) {
			return o, fault.Newf(fault.Invalid, "SupportedMessagingContentTypes: unknown content type %q", t)
		}
	}
	if m := in.ChatDurationInMinutes; m != nil {
		o.Duration = time.Duration(*m) * time.Minute
	}
	if m := in.InitialMessage; m != nil {
		if err := contact.CheckContent(m.ContentType, m.Content); err != nil {
			return o, err
		}
		o.InitialType, o.InitialText = m.ContentType, m.Content
	}
	if in.ParticipantConfiguration != nil {
		o.ResponseMode = in.ParticipantConfiguration.ResponseMode
	}
	o.DisconnectOnCustomerExit = len(in.DisconnectOnCustomerExit) > 0
	o.SegmentAttributes = segmentValues(in.SegmentAttributes)
	return o, nil
}

func segmentValues(in map[string]connect.SegmentAttributeValue) map[string]contact.SegmentValue {
	if in == nil {
		return nil
	}
	out := make(map[string]contact.SegmentValue, len(in))
	for k, v := range in {
		out[k] = segmentValue(v)
	}
	return out
}

func segmentValue(v connect.SegmentAttributeValue) contact.SegmentValue {
	out := contact.SegmentValue{Text: v.ValueString, ARN: v.ValueArn, Number: v.ValueInteger, Fields: segmentValues(v.ValueMap)}
	for _, e := range v.ValueList {
		out.List = append(out.List, segmentValue(e))
	}
	return out
}
