package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// openers is how many chats are opened and ended at a time.
const openers = 16

// chat is one conversation: a customer, who speaks, and another side.
type chat struct {
	index   int
	contact string
	line    *line  // the customer's
	bearer  string // the customer's header line
	sockets []*socket

	// What was acknowledged belongs to the sender until it is done.
	acked   []said
	echoed  *sink // the customer's own socket
	arrived *sink // the other side's
}

// open opens all chats.
func (b *bench) open(ctx context.Context) error {
	b.makeChats()
	if err := b.openDesks(ctx); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	if err := each(ctx, openers, b.chats, b.openChat); err != nil {
		return fmt.Errorf("open chats: %w", err)
	}
	return b.awaitDesks(ctx)
}

func (b *bench) makeChats() {
	b.chats = make([]*chat, b.Chats)
	for i := range b.chats {
		b.chats[i] = &chat{index: i, echoed: new(sink), arrived: new(sink)}
	}
}

// each does something with every chat, so many at a time, until it fails.
func each(ctx context.Context, atATime int, chats []*chat, do func(context.Context, *chat) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(atATime, len(chats)) {
		group.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(chats) {
					return
				}
				if err := do(ctx, chats[i]); err != nil {
					cancel(err)
				}
			}
		})
	}
	group.Wait()
	return context.Cause(ctx)
}

func (b *bench) openChat(ctx context.Context, c *chat) (err error) {
	if c.line, err = openLine(ctx, b.url); err != nil {
		return err
	}
	var started struct{ ContactId, ParticipantToken string }
	if err := b.control(c.line, "PUT", "/contact/chat", map[string]any{
		"InstanceId": b.Instance, "ContactFlowId": b.Flow,
		"ParticipantDetails": map[string]string{"DisplayName": "Customer"},
	}, &started); err != nil {
		return err
	}
	c.contact = started.ContactId
	if len(b.desks) == 0 && b.Mode != Start {
		if err := b.invite(ctx, c); err != nil {
			return err
		}
	}
	token, err := b.connect(ctx, c, started.ParticipantToken, c.echoed)
	c.bearer = bearer(token)
	if b.Mode == Idle {
		c.line.close()
		c.line = nil
	}
	return err
}

// invite brings a bot in as the other side.
func (b *bench) invite(ctx context.Context, c *chat) error {
	var invited struct {
		ParticipantCredentials struct{ ParticipantToken string }
	}
	if err := b.control(c.line, "POST", "/contact/create-participant", map[string]any{
		"InstanceId": b.Instance, "ContactId": c.contact,
		"ParticipantDetails": map[string]string{"ParticipantRole": "CUSTOM_BOT", "DisplayName": "Bot"},
	}, &invited); err != nil {
		return err
	}
	_, err := b.connect(ctx, c, invited.ParticipantCredentials.ParticipantToken, c.arrived)
	return err
}

// control calls an operation of the control plane.
func (b *bench) control(l *line, method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return call(l, method, path, b.Key.sign(method, b.url.Host, path, body, now()), body, out)
}

func call(l *line, method, path, headers string, body []byte, out any) error {
	answer, err := l.do(method, path, headers, body)
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(answer, out)
}

func bearer(token string) string { return "X-Amz-Bearer: " + token + "\r\n" }

// connect opens a participant's socket, which fills s, and returns the token to
// act with.
func (b *bench) connect(ctx context.Context, c *chat, token string, s *sink) (connection string, err error) {
	var made struct {
		Websocket             struct{ Url string }
		ConnectionCredentials struct{ ConnectionToken string }
	}
	if err := call(c.line, "POST", "/participant/connection", bearer(token),
		[]byte(`{"Type":["WEBSOCKET","CONNECTION_CREDENTIALS"],"ConnectParticipant":true}`), &made); err != nil {
		return "", err
	}
	ws, err := subscribe(ctx, made.Websocket.Url)
	if err != nil {
		return "", err
	}
	c.sockets = append(c.sockets, ws)
	s.follow(ws, func(int) *sink { return s })
	return made.ConnectionCredentials.ConnectionToken, nil
}

// subscribe opens a socket for what is said in chats. It has the server's
// consent when it returns.
func subscribe(ctx context.Context, url string) (*socket, error) {
	ws, err := openSocket(ctx, url)
	if err != nil {
		return nil, err
	}
	if err := ws.write(textFrame, []byte(`{"topic":"aws/subscribe","content":{"topics":["aws/chat"]}}`)); err != nil {
		ws.close()
		return nil, err
	}
	for {
		f, err := ws.read()
		if err != nil {
			ws.close()
			return nil, fmt.Errorf("subscribe: %w", err)
		}
		if bytes.Contains(f, []byte(`"aws/subscribe"`)) {
			if !bytes.Contains(f, []byte(`"success"`)) {
				ws.close()
				return nil, fmt.Errorf("the server refused to let a socket subscribe: %s", f)
			}
			return ws, ws.conn.SetReadDeadline(time.Time{})
		}
	}
}

// close ends the chats and closes every connection.
func (b *bench) close() {
	if !b.Partial {
		// What cannot be ended ends by itself.
		_ = each(context.Background(), openers, b.chats, func(_ context.Context, c *chat) error {
			if c.line != nil && c.bearer != "" {
				_, _ = c.line.do("POST", "/participant/disconnect", c.bearer, []byte("{}"))
			}
			return nil
		})
	}
	for _, c := range b.chats {
		if c.line != nil {
			c.line.close()
		}
		for _, s := range c.sockets {
			s.close()
		}
		c.echoed.ended.Wait()
		c.arrived.ended.Wait()
	}
	for _, d := range b.desks {
		d.close()
	}
}
