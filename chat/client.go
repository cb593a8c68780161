package chat

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// attemptLimit bounds one HTTP request, its answer included. A server that
// is short of time holds a request rather than refuse it.
const attemptLimit = 30 * time.Second

// call is one request of the participant service.
type call struct {
	operation string
	method    string // empty means POST
	path      string
	token     string
	in, out   any // JSON bodies; in may be nil, out too if nobody reads it
}

// do makes the request once. The error is an *Error if the service answered.
func (o *Options) do(ctx context.Context, c call) error {
	ctx, cancel := context.WithTimeout(ctx, attemptLimit)
	defer cancel()
	var body []byte
	method := http.MethodPost
	if c.method != "" {
		method = c.method
	} else {
		var err error
		if body, err = json.Marshal(c.in); err != nil {
			return fmt.Errorf("%s: %w", c.operation, err)
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, o.Endpoint+c.path, bytes.NewReader(body))
	if err != nil {
		return &Error{Operation: c.operation, Type: "InvalidAddress", Message: err.Error()}
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("X-Amz-Bearer", c.token)
	resp, err := o.HTTPClient.Do(req)
	if err != nil {
		return fmt.Errorf("%s: %w", c.operation, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return errorOf(c.operation, resp)
	}
	var answer bytes.Buffer
	if _, err := answer.ReadFrom(resp.Body); err != nil {
		return fmt.Errorf("%s: read the answer: %w", c.operation, err)
	}
	if c.out == nil || answer.Len() == 0 {
		return nil
	}
	if err := json.Unmarshal(answer.Bytes(), c.out); err != nil {
		return &Error{Operation: c.operation, Type: "SyntaxError", Message: err.Error(), StatusCode: resp.StatusCode}
	}
	return nil
}

// connection is the answer of CreateParticipantConnection.
type connection struct {
	Websocket *struct {
		URL string `json:"Url"`
	}
	ConnectionCredentials *struct {
		ConnectionToken string
		Expiry          string
	}
}

// The sections that CreateParticipantConnection can answer with.
const (
	sectionWebsocket   = "WEBSOCKET"
	sectionCredentials = "CONNECTION_CREDENTIALS"
)

// createConnection asks once for the given sections. A refusal means that the
// chat is over, or over for this participant, and is ErrEnded.
func (o *Options) createConnection(ctx context.Context, participantToken string, sections ...string) (connection, error) {
	in := struct {
		Type               []string `json:",omitempty"`
		ConnectParticipant bool     `json:",omitempty"`
	}{sections, o.Role != RoleCustomer}
	var out connection
	err := o.do(ctx, call{
		operation: "CreateParticipantConnection",
		path:      "/participant/connection",
		token:     participantToken,
		in:        in,
		out:       &out,
	})
	if denied(err) {
		return connection{}, fmt.Errorf("%w: %w", ErrEnded, err)
	}
	return out, err
}
