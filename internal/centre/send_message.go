package centre

import (
	"context"
	"hash/fnv"

	"github.com/bellpull/bellpull/internal/contact"
)

// SendMessage adds a participant's message to the transcript. A repeat with
// the same client token gets the first one's item back and adds nothing.
// A customer or bot who has not connected yet does so by speaking
// (docs/fidelity.md#connecting).
func (c *Centre) SendMessage(ctx context.Context, chat contact.ID, by contact.ParticipantID, contentType, text, clientToken string) (contact.Item, error) {
	token := hashToken(clientToken, "message", string(by))
	items, err := c.change(ctx, chat, token, func(d *contact.Draft) error {
		if p := d.Chat().Participant(by); p != nil && p.Presence == contact.Invited {
			if err := c.connect(ctx, d, by); err != nil {
				return err
			}
		}
		return d.Say(by, contentType, text, token)
	})
	return last(items), err
}

// SendTyping tells the others that a participant is typing. Nothing is stored.
func (c *Centre) SendTyping(ctx context.Context, chat contact.ID, by contact.ParticipantID, clientToken string) (contact.Item, error) {
	token := hashToken(clientToken, "typing", string(by))
	items, err := c.change(ctx, chat, token, func(d *contact.Draft) error { return d.Type(by, token) })
	return last(items), err
}

// hashToken returns the idempotency key of a participant's request, or 0
// without a token.
func hashToken(clientToken string, scope ...string) uint64 {
	if clientToken == "" {
		return 0
	}
	h := fnv.New64a()
	for _, part := range append(scope, clientToken) {
		_, _ = h.Write([]byte(part))
		_, _ = h.Write([]byte{0})
	}
	return max(h.Sum64(), 1)
}

func last(items []contact.Item) contact.Item {
	if len(items) == 0 {
		return contact.Item{}
	}
	return items[len(items)-1]
}
