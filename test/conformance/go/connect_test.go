package conformance

import (
	"context"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/connect"
	"github.com/aws/aws-sdk-go-v2/service/connect/types"
	"github.com/aws/smithy-go"
)

const unknownID = "00000000-0000-4000-8000-000000000000"

var (
	uuid    = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	isoTime = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)
)

// client returns the control plane's client with the key of the ready file.
func client(options ...func(*connect.Options)) *connect.Client {
	return connect.New(connect.Options{
		BaseEndpoint: aws.String(server.URL),
		Region:       server.Region,
		Credentials:  key(server.AccessKeyID, server.SecretAccessKey, ""),
	}, options...)
}

func key(id, secret, session string) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: id, SecretAccessKey: secret, SessionToken: session}, nil
	})
}

func chat() *connect.StartChatContactInput {
	return &connect.StartChatContactInput{
		InstanceId:         &server.InstanceID,
		ContactFlowId:      &server.ContactFlowID,
		ParticipantDetails: &types.ParticipantDetails{DisplayName: aws.String("Ada")},
	}
}

func startChat(t *testing.T, change ...func(*connect.StartChatContactInput)) *connect.StartChatContactOutput {
	t.Helper()
	in := chat()
	for _, f := range change {
		f(in)
	}
	out, err := client().StartChatContact(t.Context(), in)
	if err != nil {
		t.Fatalf("StartChatContact: %v", err)
	}
	return out
}

// refused checks what the SDK makes of a refusal: its name, its status, its
// words and its request id.
func refused(t *testing.T, err error, status int, names ...string) {
	t.Helper()
	apiErr, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		t.Fatalf("got %v, want a refusal", err)
	}
	found := false
	for _, name := range names {
		found = found || apiErr.ErrorCode() == name
	}
	if !found {
		t.Errorf("refused as %s, want %v", apiErr.ErrorCode(), names)
	}
	if apiErr.ErrorMessage() == "" {
		t.Error("the refusal has no message")
	}
	if resp, ok := errors.AsType[*awshttp.ResponseError](err); !ok || resp.HTTPStatusCode() != status {
		t.Errorf("refused with %v, want status %d", err, status)
	} else if !uuid.MatchString(resp.ServiceRequestID()) {
		t.Errorf("request id %q, want a UUID", resp.ServiceRequestID())
	}
}

func TestH1StartChatContact(t *testing.T) {
	out := startChat(t)
	for name, got := range map[string]*string{"ContactId": out.ContactId, "ParticipantId": out.ParticipantId} {
		if !uuid.MatchString(aws.ToString(got)) {
			t.Errorf("%s is %q, want a UUID", name, aws.ToString(got))
		}
	}
	if aws.ToString(out.ParticipantToken) == "" {
		t.Error("no ParticipantToken")
	}
}

func TestH2TheInstanceMayBeNamedByItsARN(t *testing.T) {
	out := startChat(t, func(in *connect.StartChatContactInput) { in.InstanceId = &server.InstanceARN })
	described, err := client().DescribeContact(t.Context(), &connect.DescribeContactInput{InstanceId: &server.InstanceARN, ContactId: out.ContactId})
	if err != nil {
		t.Fatalf("DescribeContact by ARN: %v", err)
	}
	if got, want := aws.ToString(described.Contact.Id), aws.ToString(out.ContactId); got != want {
		t.Errorf("described contact %q, want %q", got, want)
	}
	if _, err := client().GetContactAttributes(t.Context(), &connect.GetContactAttributesInput{InstanceId: &server.InstanceARN, InitialContactId: out.ContactId}); err != nil {
		t.Errorf("GetContactAttributes by ARN: %v", err)
	}
}

func TestH3AWrongSecretIsRefused(t *testing.T) {
	_, err := client(func(o *connect.Options) { o.Credentials = key(server.AccessKeyID, "wrong", "") }).StartChatContact(t.Context(), chat())
	refused(t, err, http.StatusForbidden, "InvalidSignatureException")
}

func TestH4ARequestWithoutASignatureIsRefused(t *testing.T) {
	_, err := client(func(o *connect.Options) { o.Credentials = aws.AnonymousCredentials{} }).StartChatContact(t.Context(), chat())
	refused(t, err, http.StatusForbidden, "MissingAuthenticationTokenException")
}

// meddler changes requests after they were signed.
type meddler func(*http.Request)

func (m meddler) Do(r *http.Request) (*http.Response, error) {
	m(r)
	return http.DefaultClient.Do(r)
}

func TestH5ABodyChangedAfterSigningIsRefused(t *testing.T) {
	change := meddler(func(r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(strings.Replace(string(body), "Ada", "Eve", 1)))
	})
	_, err := client(func(o *connect.Options) { o.HTTPClient = change }).StartChatContact(t.Context(), chat())
	refused(t, err, http.StatusForbidden, "InvalidSignatureException")
}

func TestH5AHeaderChangedAfterSigningIsRefused(t *testing.T) {
	change := meddler(func(r *http.Request) {
		r.Header.Set("X-Amz-Date", time.Now().UTC().Add(time.Minute).Format("20060102T150405Z"))
	})
	_, err := client(func(o *connect.Options) { o.HTTPClient = change }).StartChatContact(t.Context(), chat())
	refused(t, err, http.StatusForbidden, "InvalidSignatureException")
}

func TestH8SessionCredentialsAreAccepted(t *testing.T) {
	c := client(func(o *connect.Options) {
		o.Credentials = key(server.AccessKeyID, server.SecretAccessKey, "a session/token+with=signs")
	})
	if _, err := c.StartChatContact(t.Context(), chat()); err != nil {
		t.Errorf("StartChatContact with session credentials: %v", err)
	}
}

func TestH9ANameOfAnyScriptIsKept(t *testing.T) {
	const name = `Zoë 山田 🔔 "x" \ /`
	out := startChat(t, func(in *connect.StartChatContactInput) { in.ParticipantDetails.DisplayName = aws.String(name) })
	p := enter(t, aws.ToString(out.ParticipantToken))
	if got := p.waitFor(t, joined)["DisplayName"]; got != name {
		t.Errorf("joined as %q, want %q", got, name)
	}
}

func TestStartChatContactRefuses(t *testing.T) {
	big := map[string]string{}
	for n := range strings.SplitSeq(strings.Repeat("abcdefghij", 4), "") {
		big[n+strings.Repeat("x", len(big)+1)] = strings.Repeat("x", 1000)
	}
	tests := []struct {
		name   string
		change func(*connect.StartChatContactInput)
		status int
		names  []string
	}{
		{"H10 content types without plain text", func(in *connect.StartChatContactInput) {
			in.SupportedMessagingContentTypes = []string{"text/markdown"}
		}, 400, []string{"InvalidRequestException", "InvalidParameterException"}},
		{"H12 a chat of 59 minutes", func(in *connect.StartChatContactInput) { in.ChatDurationInMinutes = aws.Int32(59) }, 400, []string{"InvalidRequestException", "InvalidParameterException"}},
		{"H12 a chat of 10081 minutes", func(in *connect.StartChatContactInput) { in.ChatDurationInMinutes = aws.Int32(10081) }, 400, []string{"InvalidRequestException", "InvalidParameterException"}},
		{"H13 more than 32 KB of attributes", func(in *connect.StartChatContactInput) { in.Attributes = big }, 400, []string{"InvalidRequestException", "InvalidParameterException"}},
		{"an unknown flow", func(in *connect.StartChatContactInput) { in.ContactFlowId = aws.String(unknownID) }, 404, []string{"ResourceNotFoundException"}},
		{"an unknown instance", func(in *connect.StartChatContactInput) { in.InstanceId = aws.String(unknownID) }, 404, []string{"ResourceNotFoundException"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := chat()
			tt.change(in)
			_, err := client().StartChatContact(t.Context(), in)
			refused(t, err, tt.status, tt.names...)
		})
	}
}

func TestH11TheSameClientTokenStartsOneChat(t *testing.T) {
	same := func(in *connect.StartChatContactInput) { in.ClientToken = aws.String("token of " + t.Name()) }
	first, again := startChat(t, same), startChat(t, same)
	if *first.ContactId != *again.ContactId || *first.ParticipantId != *again.ParticipantId {
		t.Errorf("started %s and %s, want one chat", *first.ContactId, *again.ContactId)
	}
}

func TestH17StopContactEndsAChat(t *testing.T) {
	out := startChat(t)
	p := enter(t, aws.ToString(out.ParticipantToken))
	stop := func(id *string) error {
		_, err := client().StopContact(t.Context(), &connect.StopContactInput{InstanceId: &server.InstanceID, ContactId: id})
		return err
	}
	if err := stop(out.ContactId); err != nil {
		t.Fatalf("StopContact: %v", err)
	}
	p.waitFor(t, ended)
	if err := stop(out.ContactId); err != nil {
		refused(t, err, http.StatusGone, "ContactNotFoundException")
	}
}

func TestH18DescribeContact(t *testing.T) {
	out := startChat(t)
	enter(t, aws.ToString(out.ParticipantToken)).waitFor(t, joined)
	described, err := client().DescribeContact(t.Context(), &connect.DescribeContactInput{InstanceId: &server.InstanceID, ContactId: out.ContactId})
	if err != nil {
		t.Fatalf("DescribeContact: %v", err)
	}
	c := described.Contact
	if c.Channel != types.ChannelChat || c.InitiationMethod != types.ContactInitiationMethodApi {
		t.Errorf("described as %s started by %s, want CHAT by API", c.Channel, c.InitiationMethod)
	}
	if c.InitiationTimestamp == nil || time.Since(*c.InitiationTimestamp).Abs() > time.Minute {
		t.Errorf("initiated at %v, want a moment ago", c.InitiationTimestamp)
	}
	if got, want := aws.ToString(c.Arn), server.InstanceARN+"/contact/"+*out.ContactId; got != want {
		t.Errorf("ARN %q, want %q", got, want)
	}
}

func TestDescribeContactOfNobodyIsNotFound(t *testing.T) {
	_, err := client().DescribeContact(t.Context(), &connect.DescribeContactInput{InstanceId: &server.InstanceID, ContactId: aws.String(unknownID)})
	refused(t, err, http.StatusNotFound, "ResourceNotFoundException")
}

func TestH19CreateParticipant(t *testing.T) {
	out := startChat(t)
	ada := enter(t, aws.ToString(out.ParticipantToken))
	ada.waitFor(t, joined)
	made, err := client().CreateParticipant(t.Context(), &connect.CreateParticipantInput{
		InstanceId:         &server.InstanceID,
		ContactId:          out.ContactId,
		ParticipantDetails: &types.ParticipantDetailsToAdd{ParticipantRole: types.ParticipantRoleCustomBot, DisplayName: aws.String("Helper")},
	})
	if err != nil {
		t.Fatalf("CreateParticipant: %v", err)
	}
	if got := aws.ToString(made.ParticipantCredentials.Expiry); !isoTime.MatchString(got) {
		t.Errorf("Expiry %q, want ISO time with three decimals", got)
	}
	bot := enter(t, aws.ToString(made.ParticipantCredentials.ParticipantToken))
	bot.send(t, "I can help")
	item := ada.waitFor(t, func(i item) bool { return i["Content"] == "I can help" })
	if item["ParticipantRole"] != "CUSTOM_BOT" || item["ParticipantId"] != *made.ParticipantId {
		t.Errorf("the message is by %v %v, want CUSTOM_BOT %s", item["ParticipantRole"], item["ParticipantId"], *made.ParticipantId)
	}
}

func TestH21AttributesAreMergedAndStay(t *testing.T) {
	out := startChat(t, func(in *connect.StartChatContactInput) { in.Attributes = map[string]string{"a": "1", "b": "2"} })
	update := func(attributes map[string]string) {
		t.Helper()
		if _, err := client().UpdateContactAttributes(t.Context(), &connect.UpdateContactAttributesInput{InstanceId: &server.InstanceID, InitialContactId: out.ContactId, Attributes: attributes}); err != nil {
			t.Fatalf("UpdateContactAttributes: %v", err)
		}
	}
	want := func(a, b string) {
		t.Helper()
		got, err := client().GetContactAttributes(t.Context(), &connect.GetContactAttributesInput{InstanceId: &server.InstanceID, InitialContactId: out.ContactId})
		if err != nil {
			t.Fatalf("GetContactAttributes: %v", err)
		}
		if got.Attributes["a"] != a || got.Attributes["b"] != b {
			t.Errorf("attributes %v, want a=%s b=%s", got.Attributes, a, b)
		}
	}
	update(map[string]string{"b": "3"})
	want("1", "3")
	if _, err := client().StopContact(t.Context(), &connect.StopContactInput{InstanceId: &server.InstanceID, ContactId: out.ContactId}); err != nil {
		t.Fatalf("StopContact: %v", err)
	}
	want("1", "3")
}

// What is not there yet must be refused as the operation itself would refuse.
func TestOperationsThatAreNotThereAreRefused(t *testing.T) {
	c := client()
	calls := map[string]func() error{
		"H22 StartContactStreaming": func() error {
			_, err := c.StartContactStreaming(t.Context(), &connect.StartContactStreamingInput{
				InstanceId: &server.InstanceID, ContactId: aws.String(unknownID),
				ChatStreamingConfiguration: &types.ChatStreamingConfiguration{StreamingEndpointArn: aws.String("arn:aws:sns:us-west-2:000000000000:topic")},
			})
			return err
		},
		"ListQueues": func() error {
			_, err := c.ListQueues(t.Context(), &connect.ListQueuesInput{InstanceId: &server.InstanceID})
			return err
		},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			err := call()
			apiErr, ok := errors.AsType[smithy.APIError](err)
			if !ok {
				t.Fatalf("got %v, want a refusal", err)
			}
			status := map[string]int{
				"InvalidRequestException": 400, "InvalidParameterException": 400,
				"ResourceNotFoundException": 404, "AccessDeniedException": 403,
			}[apiErr.ErrorCode()]
			refused(t, err, status, apiErr.ErrorCode())
		})
	}
}
