package connect_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/wire"
	"github.com/bellpull/bellpull/internal/wire/connect"
	"github.com/bellpull/bellpull/internal/wire/wiretest"
)

func TestDecodersAgreeWithEncodingJSON(t *testing.T) {
	for _, v := range []interface{ DecodeJSON(*wire.Scanner) }{
		new(connect.StartChatContactRequest), new(connect.StopContactRequest), new(connect.UpdateContactAttributesRequest),
		new(connect.CreateParticipantRequest), new(connect.TagContactRequest), new(connect.UpdateContactRequest),
		new(connect.PutUserStatusRequest), new(connect.DismissUserContactRequest), new(connect.UpdateParticipantRoleConfigRequest),
		new(connect.SearchContactFlowsRequest), new(connect.AssociateBotRequest),
	} {
		t.Run(reflect.TypeOf(v).Elem().Name(), func(t *testing.T) {
			except := []string{}
			if path := "ContactId InstanceId UserId"; strings.Contains("UpdateContactRequest UpdateParticipantRoleConfigRequest", reflect.TypeOf(v).Elem().Name()) {
				except = strings.Fields(path)
			} else if _, ok := v.(*connect.AssociateBotRequest); ok {
				except = []string{"InstanceId"}
			} else if strings.Contains("PutUserStatusRequest DismissUserContactRequest", reflect.TypeOf(v).Elem().Name()) {
				except = []string{"InstanceId", "UserId"}
			}
			wiretest.Fill(v, except...)
			wiretest.CheckDecoder(t, v)
		})
	}
}

func TestEncodersAgreeWithEncodingJSON(t *testing.T) {
	for _, v := range []wire.Output{
		new(connect.StartChatContactResponse), new(connect.StopContactResponse), new(connect.DescribeContactResponse),
		new(connect.UpdateContactAttributesResponse), new(connect.GetContactAttributesResponse), new(connect.CreateParticipantResponse),
		new(connect.TagContactResponse), new(connect.ListContactReferencesResponse), new(connect.ListAssociatedContactsResponse),
		new(connect.DescribeContactFlowResponse), new(connect.ListContactFlowsResponse), new(connect.SearchContactFlowModulesResponse),
		new(connect.ListBotsResponse), new(connect.ListTagsForResourceResponse), new(connect.DescribeContactFlowModuleAliasResponse),
	} {
		t.Run(reflect.TypeOf(v).Elem().Name(), func(t *testing.T) {
			wiretest.Fill(v)
			wiretest.CheckEncoder(t, v)
		})
	}
}

func TestTimesAreSecondsAsNumbers(t *testing.T) {
	out := &connect.DescribeContactResponse{Contact: &connect.Contact{
		Id: "c1", InitiationTimestamp: time.UnixMilli(1767323045678), DisconnectTimestamp: time.UnixMilli(1767323046000),
	}}
	got := string(out.AppendJSON(nil))
	want := `{"Contact":{"DisconnectTimestamp":1767323046,"Id":"c1","InitiationTimestamp":1767323045.678}}`
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestValuesContainValues(t *testing.T) {
	in := new(connect.StartChatContactRequest)
	r := &wire.Request{Body: []byte(`{"SegmentAttributes":{"a":{"ValueMap":{"b":{"ValueList":[{"ValueString":"x"},{"ValueInteger":5}]}}}}}`)}
	if err := in.DecodeRequest(r); err != nil {
		t.Fatal(err)
	}
	want := map[string]connect.SegmentAttributeValue{"a": {ValueMap: map[string]connect.SegmentAttributeValue{
		"b": {ValueList: []connect.SegmentAttributeValue{{ValueString: new("x")}, {ValueInteger: new(int32(5))}}},
	}}}
	if diff := cmp.Diff(want, in.SegmentAttributes); diff != "" {
		t.Error(diff)
	}
}

func TestRequestsComeFromPathAndQuery(t *testing.T) {
	tests := []struct {
		name      string
		in        wire.Input
		r         wire.Request
		want      wire.Input
		wantError string
	}{
		{
			name: "the path", in: new(connect.DescribeContactRequest),
			r:    wire.Request{Params: []string{"arn:aws:connect:…/i", "c1"}, Body: []byte("ignored, there is no body")},
			want: &connect.DescribeContactRequest{InstanceId: "arn:aws:connect:…/i", ContactId: "c1"},
		},
		{
			name: "repeated keys", in: new(connect.ListContactReferencesRequest),
			r:    wire.Request{Params: []string{"i", "c"}, RawQuery: "referenceTypes=URL&referenceTypes=ATTACHMENT&nextToken=a%2Bb"},
			want: &connect.ListContactReferencesRequest{InstanceId: "i", ContactId: "c", ReferenceTypes: []string{"URL", "ATTACHMENT"}, NextToken: "a+b"},
		},
		{
			name: "a number", in: new(connect.ListAssociatedContactsRequest),
			r:    wire.Request{Params: []string{"i"}, RawQuery: "contactId=c&maxResults=5"},
			want: &connect.ListAssociatedContactsRequest{InstanceId: "i", ContactId: "c", MaxResults: new(int32(5))},
		},
		{
			name: "a number that is none", in: new(connect.ListAssociatedContactsRequest),
			r:         wire.Request{Params: []string{"i"}, RawQuery: "contactId=c&maxResults=five"},
			wantError: "MaxResults: must be a whole number of 32 bits",
		},
		{
			name: "path and body", in: new(connect.UpdateContactRequest),
			r:    wire.Request{Params: []string{"i", "c"}, Body: []byte(`{"Name":"","ContactId":"of the body"}`)},
			want: &connect.UpdateContactRequest{InstanceId: "i", ContactId: "c", Name: new("")},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.r.Header = http.Header{}
			err := tt.in.DecodeRequest(&tt.r)
			if tt.wantError != "" {
				if err == nil || err.Error() != tt.wantError {
					t.Fatalf("error %v, want %s", err, tt.wantError)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, tt.in); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestChecks(t *testing.T) {
	start := func(change func(*connect.StartChatContactRequest)) wire.Input {
		in := &connect.StartChatContactRequest{
			InstanceId: "i", ContactFlowId: "f", ParticipantDetails: &connect.ParticipantDetails{DisplayName: "Ada"},
		}
		change(in)
		return in
	}
	tests := []struct {
		name string
		in   interface{ Check() error }
		want string
	}{
		{"a chat", start(func(*connect.StartChatContactRequest) {}), ""},
		{"a chat without an instance", start(func(in *connect.StartChatContactRequest) { in.InstanceId = "" }), "InstanceId: is required and must have at least 1 character"},
		{"a chat without a flow", start(func(in *connect.StartChatContactRequest) { in.ContactFlowId = "" }), "ContactFlowId: is required"},
		{"a chat with nobody", start(func(in *connect.StartChatContactRequest) { in.ParticipantDetails = nil }), "ParticipantDetails: is required"},
		{"a chat without a name", start(func(in *connect.StartChatContactRequest) { in.ParticipantDetails.DisplayName = "" }), "ParticipantDetails.DisplayName: is required and must have at least 1 character"},
		{"a chat that is too short", start(func(in *connect.StartChatContactRequest) { in.ChatDurationInMinutes = new(int32(59)) }), "ChatDurationInMinutes: must be at least 60"},
		{"an attribute without a name", start(func(in *connect.StartChatContactRequest) { in.Attributes = map[string]string{"": "x"} }), `Attributes[""]: must have at least 1 character`},
		{"an attribute without a value", start(func(in *connect.StartChatContactRequest) { in.Attributes = map[string]string{"x": ""} }), ""},
		{"a value deep inside", start(func(in *connect.StartChatContactRequest) {
			in.SegmentAttributes = map[string]connect.SegmentAttributeValue{"a": {ValueList: []connect.SegmentAttributeValue{{}, {ValueString: new(strings.Repeat("x", 1025))}}}}
		}), `SegmentAttributes["a"].ValueList[1].ValueString: must have at most 1024 characters`},
		{"a tag", &connect.TagContactRequest{ContactId: "c", InstanceId: "i", Tags: map[string]string{"team": "a"}}, ""},
		{"a reserved tag", &connect.TagContactRequest{ContactId: "c", InstanceId: "i", Tags: map[string]string{"aws:team": "a"}}, `Tags["aws:team"]: must match the pattern ^(?!aws:)[a-zA-Z+-=._:/]+$`},
		{"a timer without a value", &connect.UpdateParticipantRoleConfigRequest{
			InstanceId: "i", ContactId: "c",
			ChannelConfiguration: &connect.UpdateParticipantRoleConfigChannelInfo{Chat: &connect.ChatParticipantRoleConfig{
				ParticipantTimerConfigList: []connect.ParticipantTimerConfiguration{{ParticipantRole: "CUSTOMER", TimerType: "IDLE"}},
			}},
		}, "ChannelConfiguration.Chat.ParticipantTimerConfigList[0].TimerValue: is required"},
		{"a timer with two values", &connect.UpdateParticipantRoleConfigRequest{
			InstanceId: "i", ContactId: "c",
			ChannelConfiguration: &connect.UpdateParticipantRoleConfigChannelInfo{Chat: &connect.ChatParticipantRoleConfig{
				ParticipantTimerConfigList: []connect.ParticipantTimerConfiguration{{
					ParticipantRole: "CUSTOMER", TimerType: "IDLE",
					TimerValue: &connect.ParticipantTimerValue{ParticipantTimerAction: "Unset", ParticipantTimerDurationInMinutes: new(int32(5))},
				}},
			}},
		}, "ChannelConfiguration.Chat.ParticipantTimerConfigList[0].TimerValue: must have exactly one member"},
		{"references without types", &connect.ListContactReferencesRequest{InstanceId: "i", ContactId: "c"}, "ReferenceTypes: is required"},
		{"a good password", &connect.CreateUserRequest{Username: "ana", Password: "Abcdefg1", InstanceId: "i", RoutingProfileId: "r", SecurityProfileIds: []string{"s"}, PhoneConfig: &connect.UserPhoneConfig{}}, ""},
		{"a weak password", &connect.CreateUserRequest{Username: "ana", Password: "abcdefgh", InstanceId: "i", RoutingProfileId: "r", SecurityProfileIds: []string{"s"}, PhoneConfig: &connect.UserPhoneConfig{}}, "Password: must match the pattern /^(?=.*[a-z])(?=.*[A-Z])(?=.*\\d)[a-zA-Z\\d\\S]{8,64}$/"},
		{"a queue", &connect.CreateQueueRequest{InstanceId: "i", Name: "Sales", HoursOfOperationId: "h"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if err := tt.in.Check(); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("Check() = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestExceptionsCarryWhatTheModelSays(t *testing.T) {
	var err wire.Exception = &connect.InvalidContactFlowException{Message: "1 problem", Problems: []connect.ProblemDetail{{Message: "no such action"}}}
	if got, want := string(err.AppendJSON(nil)), `{"__type":"InvalidContactFlowException","message":"1 problem","problems":[{"message":"no such action"}]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	err = &connect.ContactNotFoundException{Message: "gone"}
	if err.StatusCode() != 410 || err.ErrorName() != "ContactNotFoundException" || !json.Valid(err.AppendJSON(nil)) {
		t.Errorf("ContactNotFoundException is %d %s", err.StatusCode(), err.ErrorName())
	}
}

func TestOperations(t *testing.T) {
	if len(connect.Operations) != 370 {
		t.Errorf("%d operations, want 370", len(connect.Operations))
	}
	for _, op := range connect.Operations {
		if op.Auth != wire.SigV4 || op.Service != "connect" || len(op.Errors) == 0 {
			t.Errorf("odd operation %+v", op)
		}
		for _, e := range op.Errors {
			if e.Status < 400 || e.Status > 599 {
				t.Errorf("%s declares %s with status %d", op.Name, e.Name, e.Status)
			}
		}
	}
}
