package chat_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/chat"
)

// roundTrip answers requests without a network.
type roundTrip func(*http.Request) *http.Response

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }

// backend is a client whose every request is answered so.
func backend(status int, body string, seen *map[string]any) *http.Client {
	return &http.Client{Transport: roundTrip(func(r *http.Request) *http.Response {
		text, err := io.ReadAll(r.Body)
		if err == nil && seen != nil {
			err = json.Unmarshal(text, seen)
		}
		if err != nil {
			panic(err)
		}
		rec := httptest.NewRecorder()
		rec.WriteHeader(status)
		_, _ = rec.WriteString(body)
		return rec.Result()
	})}
}

func TestStart(t *testing.T) {
	for name, body := range map[string]string{
		"as samples answer": `{"data":{"startChatResult":{"ContactId":"c","ParticipantId":"p","ParticipantToken":"t","$metadata":{}},"featurePermissions":{}}}`,
		"in other letters":  `{"data":{"startChatResult":{"contactId":"c","participantId":"p","participantToken":"t"}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			var seen map[string]any
			got, err := chat.Start(t.Context(), "http://backend/", chat.StartRequest{
				ParticipantDetails: chat.ParticipantDetails{DisplayName: "Ada"},
				InitialMessage:     &chat.InitialMessage{ContentType: chat.TextPlain, Content: "hi"},
			}, backend(200, body, &seen))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(chat.Details{ContactID: "c", ParticipantID: "p", ParticipantToken: "t"}, got); diff != "" {
				t.Errorf("details (-want +got)\n%s", diff)
			}
			want := map[string]any{
				"ParticipantDetails": map[string]any{"DisplayName": "Ada"},
				"InitialMessage":     map[string]any{"ContentType": "text/plain", "Content": "hi"},
			}
			if diff := cmp.Diff(want, seen); diff != "" {
				t.Errorf("request (-want +got)\n%s", diff)
			}
		})
	}
}

func TestStartFails(t *testing.T) {
	start := func(status int, body string) error {
		_, err := chat.Start(t.Context(), "http://backend/", chat.StartRequest{}, backend(status, body, nil))
		return err
	}
	err := start(404, `{"data":{"Error":{"message":"no such flow","code":"ResourceNotFoundException","statusCode":404}}}`)
	got, _ := errors.AsType[*chat.Error](err)
	want := &chat.Error{Operation: "start chat", Type: "ResourceNotFoundException", Message: "no such flow", StatusCode: 404}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if err := start(200, `<html>`); err == nil {
		t.Error("a page instead of JSON: no error")
	}
	if err := start(200, `{}`); err == nil || !strings.Contains(err.Error(), "participant token") {
		t.Errorf("an answer without a token: %v", err)
	}
}
