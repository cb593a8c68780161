package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

const (
	requestLimit = 30 * time.Second // for one request, beside the time that it asks the server to wait
	answerLimit  = 16 << 20         // bytes
	target       = "AmazonConnectCTIService."
)

// client makes the requests of one agent and keeps the agent signed in.
type client struct {
	opts *Options

	mu      sync.Mutex // held while signing in, so that one call does it for all
	access  string     // token
	refresh string     // token
	over    error      // why nothing is signed in with any more
}

// call does one operation, and does it again with a new token if the token was
// refused. wait is how long the server is asked to take.
func (c *client) call(ctx context.Context, operation string, wait time.Duration, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, requestLimit+wait)
	defer cancel()
	for refused := ""; ; {
		token, err := c.token(ctx, refused)
		if err != nil {
			return err
		}
		err = c.post(ctx, operation, "/api", token, in, out)
		if !hasStatus(err, http.StatusUnauthorized) || refused != "" {
			return err
		}
		refused = token
	}
}

// token returns an access token other than the one that was refused.
func (c *client) token(ctx context.Context, refused string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over != nil || c.access != refused {
		return c.access, c.over
	}
	if c.refresh != "" {
		err := c.enterLocked(ctx, map[string]string{"refreshToken": c.refresh})
		if !refusal(err) {
			return c.access, err
		}
		c.refresh = ""
	}
	err := c.enterLocked(ctx, map[string]string{"username": c.opts.Username, "password": c.opts.Password})
	if refusal(err) {
		err = fmt.Errorf("%w: %w", ErrSignedOut, err)
		c.over = err
	}
	return c.access, err
}

// signIn signs in with the password.
func (c *client) signIn(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.enterLocked(ctx, map[string]string{"username": c.opts.Username, "password": c.opts.Password})
}

// enterLocked trades what proves who the agent is for tokens.
func (c *client) enterLocked(ctx context.Context, proof any) error {
	ctx, cancel := context.WithTimeout(ctx, requestLimit)
	defer cancel()
	var out struct{ AccessToken, RefreshToken string }
	err := c.post(ctx, "SignIn", "/auth/token", "", proof, &out)
	if err == nil && out.AccessToken == "" {
		err = errors.New("SignIn: the answer has no access token")
	}
	if err == nil {
		c.access, c.refresh = out.AccessToken, out.RefreshToken
	}
	return err
}

// post sends JSON and reads JSON. Answers other than success are *chat.Error.
func (c *client) post(ctx context.Context, operation, path, token string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("%s: %w", operation, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.opts.Endpoint+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%s: %w", operation, err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Content-Type", "application/x-amz-json-1.0")
		req.Header.Set("X-Amz-Target", target+operation)
		req.Header.Set("X-Amz-Bearer", token)
	}
	resp, err := c.opts.HTTPClient.Do(req)
	if err != nil {
		return fmt.Errorf("%s: %w", operation, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, answerLimit))
	if err != nil {
		return fmt.Errorf("%s: read the answer: %w", operation, err)
	}
	if resp.StatusCode != http.StatusOK {
		return errorOf(operation, resp, text)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("%s: the answer: %w", operation, err)
	}
	return nil
}
