package centre

import (
	"context"
	"errors"

	"github.com/bellpull/bellpull/internal/contact"
)

// message is what a participant wants to say.
type message struct {
	by                contact.ParticipantID
	contentType, text string
	token             uint64
}

// SendMessage adds a participant's message to the transcript. A repeat with
// the same client token gets the first one's item back and adds nothing.
// A customer or bot who has not connected yet does so by speaking
// (docs/fidelity.md#connecting). Where the chat has a message processor, that
// sees the message first, and may withhold it: the error is *Withheld then.
func (c *Centre) SendMessage(ctx context.Context, chat contact.ID, by contact.ParticipantID, contentType, text, clientToken string) (contact.Item, error) {
	m := message{by, contentType, text, hashToken(clientToken, "message", string(by))}
	e, err := c.entry(ctx, chat)
	if err != nil {
		return contact.Item{}, err
	}
	for {
		ct, err := c.load(ctx, e)
		if err != nil {
			return contact.Item{}, err
		}
		var it contact.Item
		if ct.Processor == nil && len(ct.Line) == 0 && !e.line.busy() {
			it, err = c.say(ctx, e, m, nil)
		} else {
			it, err = c.process(ctx, e, ct, m)
		}
		if !errors.Is(err, errToProcess) {
			return it, err
		}
		if err := c.Connect(ctx, chat, by); err != nil { // the flow that starts then may have set it
			return contact.Item{}, err
		}
	}
}

// say adds a message whose turn has come. One without a turn, which no processor
// has seen, is not said where there is one, nor before those that are seen.
func (c *Centre) say(ctx context.Context, e *entry, m message, t *turn) (contact.Item, error) {
	place := 0 // of the message among what comes of it
	items, err := c.change(ctx, e.id, m.token, func(d *contact.Draft) error {
		if err := c.arrive(ctx, d, m.by); err != nil {
			return err
		}
		if t == nil && (d.Chat().Processor != nil || len(d.Chat().Line) > 0) {
			return errToProcess
		}
		if t != nil {
			d.LeaveLine(t.id)
		}
		kept := m.text
		answer, answers := answersView(d.Chat(), m.by, m.contentType, m.text)
		if answers && d.Chat().Flow.Expects(viewAnsweredHidden) {
			var err error
			if kept, err = answer.hidden(); err != nil {
				return err
			}
		}
		if err := d.Say(m.by, m.contentType, kept, m.token); err != nil {
			return err
		}
		place = d.Items() - 1
		if answers {
			return c.resumeFlow(ctx, d, answer.outcome())
		}
		return c.heard(ctx, d, m.by, m.contentType, m.text)
	})
	if err != nil {
		return contact.Item{}, err
	}
	if place >= len(items) { // another node has answered the same request since the message had its place
		place = 0
	}
	return items[place], nil
}

// SendTyping tells the others that a participant is typing. Nothing is stored.
func (c *Centre) SendTyping(ctx context.Context, chat contact.ID, by contact.ParticipantID, clientToken string) (contact.Item, error) {
	token := hashToken(clientToken, "typing", string(by))
	items, err := c.change(ctx, chat, token, func(d *contact.Draft) error {
		if err := c.arrive(ctx, d, by); err != nil {
			return err
		}
		return d.Type(by, token)
	})
	return last(items), err
}

// SendInvited tells the agents that a participant has invited somebody.
func (c *Centre) SendInvited(ctx context.Context, chat contact.ID, by contact.ParticipantID, clientToken string) (contact.Item, error) {
	token := hashToken(clientToken, "invited", string(by))
	items, err := c.change(ctx, chat, token, func(d *contact.Draft) error {
		if err := c.arrive(ctx, d, by); err != nil {
			return err
		}
		return d.Inviting(by, token)
	})
	return last(items), err
}

// arrive connects a participant who speaks without having connected.
func (c *Centre) arrive(ctx context.Context, d *contact.Draft, by contact.ParticipantID) error {
	if p := d.Chat().Participant(by); p == nil || p.Presence != contact.Invited {
		return nil
	}
	return c.connect(ctx, d, by)
}

// hashToken returns the idempotency key of a participant's request, or 0
// without a token.
func hashToken(clientToken string, scope ...string) uint64 {
	if clientToken == "" {
		return 0
	}
	h := uint64(fnvOffset)
	for _, part := range scope {
		h = addString(h, part)
	}
	return max(addString(h, clientToken), 1)
}

// The parameters of FNV-1a of 64 bits. The standard library's needs bytes, and
// memory for them.
const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

// addString adds a string, and the byte 0 that ends it, to a hash.
func addString(h uint64, s string) uint64 {
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * fnvPrime
	}
	return h * fnvPrime
}

func last(items []contact.Item) contact.Item {
	if len(items) == 0 {
		return contact.Item{}
	}
	return items[len(items)-1]
}
