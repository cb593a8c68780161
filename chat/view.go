package chat

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
)

// View is a form or page that a flow shows to a participant.
type View struct {
	ID      string `json:"Id"`
	ARN     string `json:"Arn"`
	Name    string
	Version int
	Content ViewContent
}

// ViewContent is what a View shows and takes. Template and InputSchema are
// JSON.
type ViewContent struct {
	InputSchema string
	Template    string
	Actions     []string
}

// DescribeView gets the view behind a token of an interactive message.
func (s *Session) DescribeView(ctx context.Context, viewToken string) (View, error) {
	var out struct{ View View }
	err := s.call(ctx, call{
		operation: "DescribeView",
		method:    http.MethodGet,
		path:      "/participant/views/" + url.PathEscape(viewToken),
		out:       &out,
	})
	return out.View, err
}

// AuthenticationURL returns where the customer signs in who was asked to by an
// AuthenticationEvent with this session id; within a minute of it. After
// signing in the customer is sent to redirectURI.
func (s *Session) AuthenticationURL(ctx context.Context, sessionID, redirectURI string) (string, error) {
	var out struct {
		AuthenticationURL string `json:"AuthenticationUrl"`
	}
	err := s.call(ctx, call{
		operation: "GetAuthenticationUrl",
		path:      "/participant/authentication-url",
		in:        map[string]string{"SessionId": sessionID, "RedirectUri": redirectURI},
		out:       &out,
	})
	return out.AuthenticationURL, err
}

// CancelAuthentication tells the service that the customer will not sign in.
func (s *Session) CancelAuthentication(ctx context.Context, sessionID string) error {
	return s.call(ctx, call{
		operation: "CancelParticipantAuthentication",
		path:      "/participant/cancel-authentication",
		in:        map[string]string{"SessionId": sessionID},
	})
}

// InteractiveReply returns the message that answers an interactive one by an
// action, with data that the action defines. A choice from a list, in
// contrast, is answered by its title as plain text.
func InteractiveReply(action string, data any) (Message, error) {
	text, err := json.Marshal(struct {
		Version string `json:"version"`
		Action  string `json:"action"`
		Data    any    `json:"data,omitempty"`
	}{"1.0", action, data})
	return Message{ContentType: InteractiveResponse, Content: string(text)}, err
}
