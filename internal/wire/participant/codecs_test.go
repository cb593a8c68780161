package participant_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/wire"
	"github.com/bellpull/bellpull/internal/wire/participant"
	"github.com/bellpull/bellpull/internal/wire/wiretest"
)

func TestCodecsAgreeWithEncodingJSON(t *testing.T) {
	for _, v := range []wiretest.Codec{
		new(participant.CancelParticipantAuthenticationRequest), new(participant.CancelParticipantAuthenticationResponse),
		new(participant.CompleteAttachmentUploadRequest), new(participant.CompleteAttachmentUploadResponse),
		new(participant.CreateParticipantConnectionRequest), new(participant.CreateParticipantConnectionResponse),
		new(participant.DescribeViewRequest), new(participant.DescribeViewResponse),
		new(participant.DisconnectParticipantRequest), new(participant.DisconnectParticipantResponse),
		new(participant.GetAttachmentRequest), new(participant.GetAttachmentResponse),
		new(participant.GetAuthenticationUrlRequest), new(participant.GetAuthenticationUrlResponse),
		new(participant.GetTranscriptRequest), new(participant.GetTranscriptResponse),
		new(participant.SendEventRequest), new(participant.SendEventResponse),
		new(participant.SendMessageRequest), new(participant.SendMessageResponse),
		new(participant.StartAttachmentUploadRequest), new(participant.StartAttachmentUploadResponse),
	} {
		t.Run(reflect.TypeOf(v).Elem().Name(), func(t *testing.T) {
			wiretest.Fill(v, "ConnectionToken", "ParticipantToken", "ViewToken")
			wiretest.CheckEncoder(t, v)
			wiretest.CheckDecoder(t, v)
		})
	}
}

func TestEveryRequestTakesItsToken(t *testing.T) {
	for _, in := range []wire.Input{
		new(participant.CancelParticipantAuthenticationRequest), new(participant.CompleteAttachmentUploadRequest),
		new(participant.DescribeViewRequest), new(participant.DisconnectParticipantRequest), new(participant.GetAttachmentRequest),
		new(participant.GetAuthenticationUrlRequest), new(participant.GetTranscriptRequest), new(participant.SendEventRequest),
		new(participant.SendMessageRequest), new(participant.StartAttachmentUploadRequest), new(participant.CreateParticipantConnectionRequest),
	} {
		r := &wire.Request{
			Header: http.Header{"X-Amz-Bearer": {"tok"}}, Params: []string{"a/b=="},
			Body: []byte(`{"ConnectionToken":"from the body","ParticipantToken":"from the body"}`),
		}
		if err := in.DecodeRequest(r); err != nil {
			t.Fatalf("%T: %v", in, err)
		}
		v := reflect.ValueOf(in).Elem()
		token := v.FieldByName("ConnectionToken")
		if !token.IsValid() {
			token = v.FieldByName("ParticipantToken")
		}
		if token.String() != "tok" {
			t.Errorf("%T has the token %q, want that of the header", in, token)
		}
	}
}

func TestAbsentMembersAreLeftOut(t *testing.T) {
	for _, tt := range []struct {
		out  wire.Output
		want string
	}{
		{&participant.SendMessageResponse{}, `{}`},
		{&participant.SendMessageResponse{Id: "i"}, `{"Id":"i"}`},
		{&participant.DisconnectParticipantResponse{}, `{}`},
		{&participant.GetTranscriptResponse{}, `{"Transcript":[]}`},
		{&participant.GetTranscriptResponse{Transcript: []participant.Item{{Id: "i", MessageMetadata: &participant.MessageMetadata{MessageId: "i", Receipts: []participant.Receipt{}}}}}, `{"Transcript":[{"Id":"i","MessageMetadata":{"MessageId":"i","Receipts":[]}}]}`},
		{&participant.GetAttachmentResponse{AttachmentSizeInBytes: new(int64(0))}, `{"AttachmentSizeInBytes":0}`},
		{&participant.AccessDeniedException{Message: "Access denied"}, `{"__type":"AccessDeniedException","message":"Access denied"}`},
		{&participant.ResourceNotFoundException{Message: "m", ResourceId: "r", ResourceType: participant.ResourceTypeContact}, `{"__type":"ResourceNotFoundException","message":"m","ResourceId":"r","ResourceType":"CONTACT"}`},
		{&wire.Empty{}, `{}`},
	} {
		if got := string(tt.out.AppendJSON(nil)); got != tt.want {
			t.Errorf("%T: %s, want %s", tt.out, got, tt.want)
		}
	}
}

func TestChecks(t *testing.T) {
	long := strings.Repeat("é", 16385)
	tests := []struct {
		name string
		in   wire.Input
		want string
	}{
		{"a message", &participant.SendMessageRequest{ContentType: "text/plain", Content: long[2:]}, ""},
		{"a message without a type", &participant.SendMessageRequest{Content: "x"}, "ContentType: is required and must have at least 1 character"},
		{"a message without content", &participant.SendMessageRequest{ContentType: "text/plain"}, "Content: is required and must have at least 1 character"},
		{"a message that is too long", &participant.SendMessageRequest{ContentType: "text/plain", Content: long}, "Content: must have at most 16384 characters"},
		{"typing with empty content", &participant.SendEventRequest{ContentType: "typing", Content: ""}, ""},
		{"a client token that is too long", &participant.SendEventRequest{ContentType: "typing", ClientToken: strings.Repeat("x", 501)}, "ClientToken: must have at most 500 characters"},
		{"a transcript with an empty position", &participant.GetTranscriptRequest{StartPosition: &participant.StartPosition{}}, ""},
		{"no results at all", &participant.GetTranscriptRequest{MaxResults: new(int32(0))}, ""},
		{"too many results", &participant.GetTranscriptRequest{MaxResults: new(int32(101))}, "MaxResults: must be at most 100"},
		{"a negative position", &participant.GetTranscriptRequest{StartPosition: &participant.StartPosition{MostRecent: new(int32(-1))}}, "StartPosition.MostRecent: must be at least 0"},
		{"an unknown direction", &participant.GetTranscriptRequest{ScanDirection: "SIDEWAYS"}, "ScanDirection: must be one of FORWARD, BACKWARD"},
		{"a connection without types", &participant.CreateParticipantConnectionRequest{}, ""},
		{"an empty list of types", &participant.CreateParticipantConnectionRequest{Type: []string{}}, "Type: must have at least 1 member"},
		{"an unknown type", &participant.CreateParticipantConnectionRequest{Type: []string{"WEBSOCKET", "TELEX"}}, "Type[1]: must be one of WEBSOCKET, CONNECTION_CREDENTIALS, WEBRTC_CONNECTION"},
		{"two attachments", &participant.CompleteAttachmentUploadRequest{ClientToken: "t", AttachmentIds: []string{"a", "b"}}, "AttachmentIds: must have at most 1 member"},
		{"an upload without a size", &participant.StartAttachmentUploadRequest{ContentType: "t", AttachmentName: "n", ClientToken: "t"}, "AttachmentSizeInBytes: is required"},
		{"an upload of nothing", &participant.StartAttachmentUploadRequest{ContentType: "t", AttachmentName: "n", ClientToken: "t", AttachmentSizeInBytes: new(int64(0))}, "AttachmentSizeInBytes: must be at least 1"},
		{"a session id of another length", &participant.CancelParticipantAuthenticationRequest{SessionId: "x"}, "SessionId: must have at least 36 characters"},
		{"a disconnect", &participant.DisconnectParticipantRequest{}, ""},
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

func TestOperations(t *testing.T) {
	if len(participant.Operations) != 11 {
		t.Errorf("%d operations, want 11", len(participant.Operations))
	}
	for _, op := range participant.Operations {
		if op.Auth != wire.Bearer || op.Status != 200 || op.Service != "participant" || !strings.HasPrefix(op.Path, "/participant/") {
			t.Errorf("odd operation %+v", op)
		}
	}
	want := wire.Operation{
		Service: "participant", Name: "DescribeView", Method: "GET", Path: "/participant/views/{ViewToken}", Auth: wire.Bearer, Status: 200,
		Errors: []wire.ErrorShape{
			{Name: "AccessDeniedException", Status: 403},
			{Name: "InternalServerException", Status: 500},
			{Name: "ThrottlingException", Status: 429},
			{Name: "ResourceNotFoundException", Status: 404},
			{Name: "ValidationException", Status: 400},
		},
	}
	if diff := cmp.Diff(want, participant.DescribeView); diff != "" {
		t.Error(diff)
	}
}

// A SendMessage as ChatJS sends it, of about 200 bytes.
var sendMessage = []byte(`{"ClientToken":"6f9f3a52-6a5e-4d6c-9b1e-2f0f7a3a9d11","Content":"Hello, I ordered a lamp last week and it has not arrived yet. Could you look into it? Thanks \ud83d\ude00","ContentType":"text/plain"}`)

func BenchmarkDecodeSendMessage(b *testing.B) {
	r := &wire.Request{Header: http.Header{"X-Amz-Bearer": {"tok"}}, Body: sendMessage}
	b.SetBytes(int64(len(sendMessage)))
	b.ReportAllocs()
	for b.Loop() {
		var in participant.SendMessageRequest
		if err := in.DecodeRequest(r); err != nil {
			b.Fatal(err)
		}
		if err := in.Check(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeSendMessageEncodingJSON(b *testing.B) {
	b.SetBytes(int64(len(sendMessage)))
	b.ReportAllocs()
	for b.Loop() {
		var in participant.SendMessageRequest
		if err := json.Unmarshal(sendMessage, &in); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendTranscriptOf100(b *testing.B) {
	out := &participant.GetTranscriptResponse{InitialContactId: "6f9f3a52-6a5e-4d6c-9b1e-2f0f7a3a9d11"}
	for range 100 {
		out.Transcript = append(out.Transcript, participant.Item{
			AbsoluteTime: "2026-01-02T03:04:05.678Z", Content: "Hello, I ordered a lamp last week and it has not arrived yet.", ContentType: "text/plain",
			Id: "6f9f3a52-6a5e-4d6c-9b1e-2f0f7a3a9d11", Type: "MESSAGE", ParticipantId: "6f9f3a52-6a5e-4d6c-9b1e-2f0f7a3a9d12",
			DisplayName: "Jane", ParticipantRole: "CUSTOMER", ContactId: "6f9f3a52-6a5e-4d6c-9b1e-2f0f7a3a9d13",
			MessageMetadata: &participant.MessageMetadata{MessageId: "6f9f3a52-6a5e-4d6c-9b1e-2f0f7a3a9d11", Receipts: []participant.Receipt{}},
		})
	}
	buf := out.AppendJSON(nil)
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		buf = out.AppendJSON(buf[:0])
	}
}
