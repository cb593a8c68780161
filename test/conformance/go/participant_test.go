package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go/aws/awserr"
	"github.com/aws/aws-sdk-go/aws/credentials"
	"github.com/aws/aws-sdk-go/aws/session"
	"github.com/aws/aws-sdk-go/service/connectparticipant"
	"github.com/coder/websocket"

	awsv1 "github.com/aws/aws-sdk-go/aws"
)

// The participant service's client of the second SDK cannot be had; the first
// SDK's speaks the same wire.
func participants(t *testing.T) *connectparticipant.ConnectParticipant {
	t.Helper()
	s, err := session.NewSession(&awsv1.Config{
		Endpoint:    &server.URL,
		Region:      &server.Region,
		Credentials: credentials.NewStaticCredentials("any", "key", ""),
	})
	if err != nil {
		t.Fatal(err)
	}
	return connectparticipant.New(s)
}

type item map[string]any

func joined(i item) bool {
	return i["ContentType"] == "application/vnd.amazonaws.connect.event.participant.joined"
}

func ended(i item) bool {
	return i["ContentType"] == "application/vnd.amazonaws.connect.event.chat.ended"
}

// participant is somebody in a chat, with a subscribed socket.
type participant struct {
	client *connectparticipant.ConnectParticipant
	token  string
	conn   *websocket.Conn
	items  []item
}

// enter connects with a participant token and subscribes to the chat.
func enter(t *testing.T, participantToken string) *participant {
	t.Helper()
	c := participants(t)
	out, err := c.CreateParticipantConnectionWithContext(t.Context(), &connectparticipant.CreateParticipantConnectionInput{
		ParticipantToken: &participantToken,
		Type:             awsv1.StringSlice([]string{"WEBSOCKET", "CONNECTION_CREDENTIALS"}),
	})
	if err != nil {
		t.Fatalf("CreateParticipantConnection: %v", err)
	}
	conn, _, err := websocket.Dial(t.Context(), *out.Websocket.Url, nil)
	if err != nil {
		t.Fatalf("open the socket: %v", err)
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	p := &participant{client: c, token: *out.ConnectionCredentials.ConnectionToken, conn: conn}
	if err := conn.Write(t.Context(), websocket.MessageText, []byte(`{"topic":"aws/subscribe","content":{"topics":["aws/chat"]}}`)); err != nil {
		t.Fatalf("subscribe: %v", err)
	}
	if topic, _ := p.read(t); topic != "aws/subscribe" {
		t.Fatalf("first frame is about %q, want aws/subscribe", topic)
	}
	return p
}

// read takes the next frame and keeps its item, if it holds one.
func (p *participant) read(t *testing.T) (topic string, got item) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	_, data, err := p.conn.Read(ctx)
	if err != nil {
		t.Fatalf("read a frame after %v: %v", p.items, err)
	}
	var frame struct {
		Topic   string          `json:"topic"`
		Content json.RawMessage `json:"content"`
	}
	if err := json.Unmarshal(data, &frame); err != nil {
		t.Fatalf("frame %s: %v", data, err)
	}
	if frame.Topic != "aws/chat" {
		return frame.Topic, nil
	}
	var text string
	if err := json.Unmarshal(frame.Content, &text); err != nil {
		t.Fatalf("content of %s is not text: %v", data, err)
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatalf("item %s: %v", text, err)
	}
	p.items = append(p.items, got)
	return frame.Topic, got
}

// waitFor reads on until an item comes, or answers one that has come before.
func (p *participant) waitFor(t *testing.T, want func(item) bool) item {
	t.Helper()
	for _, i := range p.items {
		if want(i) {
			return i
		}
	}
	for {
		if _, i := p.read(t); i != nil && want(i) {
			return i
		}
	}
}

func (p *participant) send(t *testing.T, text string) *connectparticipant.SendMessageOutput {
	t.Helper()
	out, err := p.client.SendMessageWithContext(t.Context(), &connectparticipant.SendMessageInput{
		ConnectionToken: &p.token, ContentType: awsv1.String("text/plain"), Content: &text,
	})
	if err != nil {
		t.Fatalf("SendMessage: %v", err)
	}
	return out
}

func refusedV1(t *testing.T, err error, status int, name string) {
	t.Helper()
	failure, ok := errors.AsType[awserr.RequestFailure](err)
	if !ok {
		t.Fatalf("got %v, want a refusal", err)
	}
	if failure.StatusCode() != status || failure.Code() != name || failure.Message() == "" {
		t.Errorf("refused with %d %s %q, want %d %s and a message", failure.StatusCode(), failure.Code(), failure.Message(), status, name)
	}
	if !uuid.MatchString(failure.RequestID()) {
		t.Errorf("request id %q, want a UUID", failure.RequestID())
	}
}

func TestA14A15AMessageIsTheSameEverywhere(t *testing.T) {
	p := enter(t, aws.ToString(startChat(t).ParticipantToken))
	sent := p.send(t, "hello")
	pushed := p.waitFor(t, func(i item) bool { return i["Content"] == "hello" })
	if pushed["Id"] != *sent.Id || pushed["AbsoluteTime"] != *sent.AbsoluteTime {
		t.Errorf("pushed as %v at %v, answered %s at %s", pushed["Id"], pushed["AbsoluteTime"], *sent.Id, *sent.AbsoluteTime)
	}
	page, err := p.client.GetTranscriptWithContext(t.Context(), &connectparticipant.GetTranscriptInput{ConnectionToken: &p.token, MaxResults: awsv1.Int64(1)})
	if err != nil {
		t.Fatalf("GetTranscript: %v", err)
	}
	if got := *page.Transcript[0].Id; got != *sent.Id {
		t.Errorf("stored as %s, answered %s", got, *sent.Id)
	}
}

func TestA6A7EachTokenHasItsPlace(t *testing.T) {
	participantToken := startChat(t).ParticipantToken
	p := enter(t, aws.ToString(participantToken))
	_, err := p.client.CreateParticipantConnection(&connectparticipant.CreateParticipantConnectionInput{ParticipantToken: &p.token, Type: awsv1.StringSlice([]string{"WEBSOCKET"})})
	refusedV1(t, err, http.StatusForbidden, "AccessDeniedException")
	_, err = p.client.SendMessage(&connectparticipant.SendMessageInput{ConnectionToken: participantToken, ContentType: awsv1.String("text/plain"), Content: awsv1.String("x")})
	refusedV1(t, err, http.StatusForbidden, "AccessDeniedException")
}

func TestD1AFileIsSent(t *testing.T) {
	p := enter(t, aws.ToString(startChat(t).ParticipantToken))
	up, err := p.client.StartAttachmentUploadWithContext(t.Context(), &connectparticipant.StartAttachmentUploadInput{
		ConnectionToken: &p.token, AttachmentName: awsv1.String("a.txt"), ContentType: awsv1.String("text/plain"), AttachmentSizeInBytes: awsv1.Int64(5),
		ClientToken: awsv1.String("start"),
	})
	if err != nil {
		t.Fatalf("StartAttachmentUpload: %v", err)
	}
	put, err := http.NewRequestWithContext(t.Context(), http.MethodPut, *up.UploadMetadata.Url, strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range up.UploadMetadata.HeadersToInclude {
		put.Header.Set(name, *value)
	}
	if status, body := answered(t, put); status != http.StatusOK {
		t.Fatalf("PUT: %d %s", status, body)
	}
	if _, err := p.client.CompleteAttachmentUploadWithContext(t.Context(), &connectparticipant.CompleteAttachmentUploadInput{
		ConnectionToken: &p.token, AttachmentIds: []*string{up.AttachmentId}, ClientToken: awsv1.String("complete"),
	}); err != nil {
		t.Fatalf("CompleteAttachmentUpload: %v", err)
	}
	p.waitFor(t, func(i item) bool { return i["Type"] == "ATTACHMENT" })
	out, err := p.client.GetAttachmentWithContext(t.Context(), &connectparticipant.GetAttachmentInput{ConnectionToken: &p.token, AttachmentId: up.AttachmentId})
	if err != nil {
		t.Fatalf("GetAttachment: %v", err)
	}
	get, err := http.NewRequestWithContext(t.Context(), http.MethodGet, *out.Url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if status, body := answered(t, get); status != http.StatusOK || body != "hello" {
		t.Errorf("GET: %d %s", status, body)
	}
}

// answered makes a request and returns the status and the body.
func answered(t *testing.T, r *http.Request) (status int, body string) {
	t.Helper()
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

func TestA17LongTextIsRefused(t *testing.T) {
	p := enter(t, aws.ToString(startChat(t).ParticipantToken))
	_, err := p.client.SendMessage(&connectparticipant.SendMessageInput{ConnectionToken: &p.token, ContentType: awsv1.String("text/plain"), Content: awsv1.String(string(make([]byte, 1025)))})
	refusedV1(t, err, http.StatusBadRequest, "ValidationException")
}

func TestA23TypingIsPushedAndNotStored(t *testing.T) {
	p := enter(t, aws.ToString(startChat(t).ParticipantToken))
	typing := "application/vnd.amazonaws.connect.event.typing"
	if _, err := p.client.SendEventWithContext(t.Context(), &connectparticipant.SendEventInput{ConnectionToken: &p.token, ContentType: &typing}); err != nil {
		t.Fatalf("SendEvent: %v", err)
	}
	page, err := p.client.GetTranscriptWithContext(t.Context(), &connectparticipant.GetTranscriptInput{ConnectionToken: &p.token, MaxResults: awsv1.Int64(100)})
	if err != nil {
		t.Fatalf("GetTranscript: %v", err)
	}
	for _, i := range page.Transcript {
		if awsv1.StringValue(i.ContentType) == typing {
			t.Error("typing was stored")
		}
	}
}

func TestA27A28DisconnectingEndsTheChat(t *testing.T) {
	participantToken := startChat(t).ParticipantToken
	p := enter(t, aws.ToString(participantToken))
	if _, err := p.client.DisconnectParticipantWithContext(t.Context(), &connectparticipant.DisconnectParticipantInput{ConnectionToken: &p.token}); err != nil {
		t.Fatalf("DisconnectParticipant: %v", err)
	}
	p.waitFor(t, ended)
	_, err := p.client.CreateParticipantConnection(&connectparticipant.CreateParticipantConnectionInput{ParticipantToken: participantToken, Type: awsv1.StringSlice([]string{"WEBSOCKET"})})
	refusedV1(t, err, http.StatusForbidden, "AccessDeniedException")
}

func TestB19ThePaginatorComesToAnEnd(t *testing.T) {
	p := enter(t, aws.ToString(startChat(t).ParticipantToken))
	for range 25 {
		p.send(t, "hello")
	}
	seen := map[string]bool{}
	err := p.client.GetTranscriptPagesWithContext(t.Context(), &connectparticipant.GetTranscriptInput{ConnectionToken: &p.token, MaxResults: awsv1.Int64(7)},
		func(page *connectparticipant.GetTranscriptOutput, _ bool) bool {
			for _, i := range page.Transcript {
				if seen[*i.Id] {
					t.Errorf("item %s came twice", *i.Id)
				}
				seen[*i.Id] = true
			}
			return len(seen) < 100
		})
	if err != nil || len(seen) < 26 || len(seen) >= 100 {
		t.Errorf("%d items and %v, want all of them once", len(seen), err)
	}
}
