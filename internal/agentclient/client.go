// Package agentclient speaks the agent API: sign-in, the operations of a desk,
// and the snapshots that say how the desk is.
package agentclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/bellpull/bellpull/chat"
)

// requestLimit bounds one request.
const requestLimit = 30 * time.Second

// Client is an agent's access to the agent API. It signs in again when its
// session has run out.
type Client struct {
	base, username, password string
	http                     *http.Client

	mu    sync.Mutex // held while signing in, so that one call does it for all
	token string
}

// New returns a client for the server at base. httpClient may be nil.
func New(base, username, password string, httpClient *http.Client) *Client {
	if httpClient == nil {
		httpClient = http.DefaultClient
	}
	return &Client{base: strings.TrimRight(base, "/"), username: username, password: password, http: httpClient}
}

// SignIn checks the name and the password. Calling it is optional.
func (c *Client) SignIn(ctx context.Context) error {
	_, err := c.access(ctx, "")
	return err
}

// access returns an access token other than the one that was refused.
func (c *Client) access(ctx context.Context, refused string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.token != refused {
		return c.token, nil
	}
	var out struct{ AccessToken string }
	in := map[string]string{"username": c.username, "password": c.password}
	if err := c.post(ctx, "SignIn", "/auth/token", nil, in, &out); err != nil {
		return "", err
	}
	if out.AccessToken == "" {
		return "", errors.New("SignIn: the answer has no access token")
	}
	c.token = out.AccessToken
	return c.token, nil
}

// Call does one operation. in must be JSON's object; out may be nil.
func (c *Client) Call(ctx context.Context, operation string, in, out any) error {
	refused := ""
	for {
		token, err := c.access(ctx, refused)
		if err != nil {
			return err
		}
		err = c.post(ctx, operation, "/api", http.Header{
			"Content-Type": {"application/x-amz-json-1.0"},
			"X-Amz-Target": {"AmazonConnectCTIService." + operation},
			"X-Amz-Bearer": {token},
		}, in, out)
		if e, ok := errors.AsType[*chat.Error](err); ok && e.StatusCode == http.StatusUnauthorized && refused == "" {
			refused = token
			continue
		}
		return err
	}
}

// post sends JSON and reads JSON. Answers other than success are *chat.Error.
func (c *Client) post(ctx context.Context, operation, path string, header http.Header, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, requestLimit)
	defer cancel()
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("%s: %w", operation, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%s: %w", operation, err)
	}
	req.Header.Set("Content-Type", "application/json")
	maps.Copy(req.Header, header)
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("%s: %w", operation, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	if err != nil {
		return fmt.Errorf("%s: read the answer: %w", operation, err)
	}
	if resp.StatusCode != http.StatusOK {
		e := &chat.Error{
			Operation:  operation,
			Type:       http.StatusText(resp.StatusCode),
			StatusCode: resp.StatusCode,
			RequestID:  resp.Header.Get("X-Amzn-Requestid"),
		}
		var named struct {
			Type    string `json:"__type"`
			Message string
		}
		if json.Unmarshal(text, &named) == nil && named.Type != "" {
			e.Type, e.Message = named.Type, named.Message
		}
		return e
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("%s: the answer: %w", operation, err)
	}
	return nil
}

// Configuration says who the agent is and which states there are.
func (c *Client) Configuration(ctx context.Context) (Configuration, error) {
	var out struct{ Configuration Configuration }
	err := c.Call(ctx, "GetAgentConfiguration", struct{}{}, &out)
	return out.Configuration, err
}

// Snapshot returns how the desk is now.
func (c *Client) Snapshot(ctx context.Context) (Snapshot, error) {
	var out struct{ Snapshot Snapshot }
	err := c.Call(ctx, "GetAgentSnapshot", map[string]int{"timeout": 0}, &out)
	return out.Snapshot, err
}

// SetState puts the agent in a state, or lets it follow when the chats at hand
// are done.
func (c *Client) SetState(ctx context.Context, s State) error {
	return c.Call(ctx, "PutAgentState", map[string]any{
		"state":            map[string]string{"agentStateARN": s.ARN, "type": s.Type, "name": s.Name},
		"enqueueNextState": true,
	}, nil)
}

// Accept takes the chat that rings.
func (c *Client) Accept(ctx context.Context, contactID string) error {
	return c.Call(ctx, "AcceptContact", map[string]string{"contactId": contactID}, nil)
}

// Reject declines the chat that rings.
func (c *Client) Reject(ctx context.Context, contactID string) error {
	return c.Call(ctx, "RejectContact", map[string]string{"contactId": contactID}, nil)
}

// Clear puts a chat that is over off the desk.
func (c *Client) Clear(ctx context.Context, contactID string) error {
	return c.Call(ctx, "ClearContact", map[string]string{"contactId": contactID}, nil)
}

// End ends the agent's part in a chat.
func (c *Client) End(ctx context.Context, contactID, connectionID string) error {
	return c.Call(ctx, "DestroyConnection", map[string]string{"contactId": contactID, "connectionId": connectionID}, nil)
}

// SocketURL returns the address of a fresh socket of the desk.
func (c *Client) SocketURL(ctx context.Context) (string, error) {
	var out struct{ WebSocketTransport struct{ URL string } }
	err := c.Call(ctx, "CreateTransport", map[string]string{"transportType": "web_socket"}, &out)
	if err == nil && out.WebSocketTransport.URL == "" {
		err = errors.New("CreateTransport: the answer has no socket address")
	}
	return out.WebSocketTransport.URL, err
}

// ChatToken returns a connection token for one chat.
func (c *Client) ChatToken(ctx context.Context, contactID, participantID string) (chat.Token, error) {
	var out struct {
		ChatTokenTransport struct {
			ParticipantToken string
			Expiry           time.Time
		}
	}
	err := c.Call(ctx, "CreateTransport", map[string]string{
		"transportType": "chat_token", "contactId": contactID, "participantId": participantID,
	}, &out)
	t := out.ChatTokenTransport
	if err == nil && t.ParticipantToken == "" {
		err = errors.New("CreateTransport: the answer has no token")
	}
	return chat.Token{Value: t.ParticipantToken, Expiry: t.Expiry}, err
}
