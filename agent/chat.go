package agent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bellpull/bellpull/chat"
)

// Chat returns the agent's session in the chat of a contact that is on the
// desk, and opens it on the first call. It tells what was said before, within
// Options.Chat.History, and shares the desk's socket. When the contact leaves
// the desk the desk closes the session; the end of the chat comes before that
// if the contact is not cleared sooner.
func (d *Desk) Chat(ctx context.Context, contactID string) (*chat.Session, error) {
	c, err := d.contact(ctx, contactID)
	if err != nil {
		return nil, err
	}
	own := c.Own()
	opts := d.opts.Chat
	opts.Role, opts.Transport = chat.RoleAgent, d.socket
	opts.Token = func(ctx context.Context) (chat.Token, error) { return d.chatToken(ctx, c.ID, own.ID) }

	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		return nil, d.err
	}
	if s := d.sessions[c.ID]; s != nil {
		if s.Details().ParticipantID == own.ID && !errors.Is(s.Err(), chat.ErrClosed) {
			return s, nil
		}
		d.work.Go(s.Close)
	}
	details := chat.Details{ContactID: c.ID, InitialContactID: c.InitialID, ParticipantID: own.ID, ParticipantToken: own.Token}
	s, err := chat.Connect(ctx, details, opts) // which makes no request before it returns
	if err != nil {
		return nil, fmt.Errorf("chat of contact %s: %w", c.ID, err)
	}
	d.sessions[c.ID] = s
	return s, nil
}

// chatToken obtains a connection token for one chat.
func (d *Desk) chatToken(ctx context.Context, contactID, participantID string) (chat.Token, error) {
	var out struct {
		ChatTokenTransport struct {
			ParticipantToken string
			Expiry           time.Time
		}
	}
	err := d.Call(ctx, "CreateTransport", map[string]string{
		"transportType": "chat_token", "contactId": contactID, "participantId": participantID,
	}, &out)
	t := out.ChatTokenTransport
	if err == nil && t.ParticipantToken == "" {
		err = errors.New("CreateTransport: the answer has no token")
	}
	return chat.Token{Value: t.ParticipantToken, Expiry: t.Expiry}, err
}
