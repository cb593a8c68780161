package chat

import (
	"context"
	"errors"
	"sync"
	"time"
)

// credentials hold a session's connection token, and obtain the next one a
// minute before it expires. They do so when a call needs it, not by a timer:
// an idle session asks nothing.
type credentials struct {
	opts             *Options
	participantToken string

	mu      sync.Mutex // held while a new token is fetched, so that one call fetches for all
	token   string
	renewAt time.Time
}

// get returns a token that has at least a minute to live.
func (c *credentials) get(ctx context.Context) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.token != "" && c.opts.Now().Before(c.renewAt) {
		return c.token, nil
	}
	if c.opts.Token != nil {
		t, err := c.opts.Token(ctx)
		if err == nil {
			c.setLocked(t)
			return t.Value, nil
		}
		if c.participantToken == "" {
			return "", err
		}
		c.opts.Logger.WarnContext(ctx, "token source failed", "error", err)
	}
	conn, err := c.opts.createConnection(ctx, c.participantToken, sectionCredentials)
	if err != nil {
		return "", err
	}
	return c.token, c.takeLocked(conn)
}

// drop forgets a token that was refused, unless it has been replaced already.
func (c *credentials) drop(token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.token == token {
		c.token = ""
	}
}

// connect asks for a socket's address and keeps the token that comes along.
func (c *credentials) connect(ctx context.Context) (string, error) {
	conn, err := c.opts.createConnection(ctx, c.participantToken, sectionWebsocket, sectionCredentials)
	if err != nil {
		return "", err
	}
	if conn.Websocket == nil || conn.Websocket.URL == "" {
		return "", errors.New("CreateParticipantConnection: the answer has no socket address")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return conn.Websocket.URL, c.takeLocked(conn)
}

func (c *credentials) takeLocked(conn connection) error {
	cc := conn.ConnectionCredentials
	if cc == nil || cc.ConnectionToken == "" {
		return errors.New("CreateParticipantConnection: the answer has no connection token")
	}
	c.setLocked(Token{Value: cc.ConnectionToken, Expiry: parseTime(cc.Expiry)})
	return nil
}

// setLocked keeps a token until a minute before it expires, but for a minute
// at least: a wrong clock or expiry must not make every call fetch another.
func (c *credentials) setLocked(t Token) {
	c.token = t.Value
	c.renewAt = t.Expiry.Add(-time.Minute)
	if soonest := c.opts.Now().Add(time.Minute); c.renewAt.Before(soonest) {
		c.renewAt = soonest
	}
}
