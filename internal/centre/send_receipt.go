package centre

import (
	"context"

	"github.com/bellpull/bellpull/internal/contact"
)

// SendReceipt records that a participant received a message, or has read it. A
// receipt for a message that is unknown, or one's own, changes nothing; client
// tokens do not matter, since real clients send the same one with every receipt
// (docs/fidelity.md#receipts). The returned item has only an ID and a time.
func (c *Centre) SendReceipt(ctx context.Context, chat contact.ID, by contact.ParticipantID, message contact.ItemID, read bool) (contact.Item, error) {
	ct, err := c.Chat(ctx, chat)
	if err != nil {
		return contact.Item{}, err
	}
	about, _, err := c.item(ctx, ct, message)
	if err != nil {
		return contact.Item{}, err
	}
	var stamp contact.Item
	_, err = c.change(ctx, chat, 0, func(d *contact.Draft) error {
		stamp = contact.Item{ID: c.IDs.At(d.Now), At: d.Now}
		if err := c.arrive(ctx, d, by); err != nil {
			return err
		}
		return d.Confirm(by, about, read)
	})
	return stamp, err
}

// item finds a transcript item by its id.
func (c *Centre) item(ctx context.Context, chat *contact.Chat, id contact.ItemID) (contact.Item, bool, error) {
	seq, err := c.Store.SeqAt(ctx, chat.Number, id.Time())
	if err != nil {
		return contact.Item{}, false, err
	}
	items, err := c.Store.Items(ctx, chat.Number, seq, 1, false)
	if err != nil || len(items) == 0 || items[0].ID != id {
		return contact.Item{}, false, err
	}
	return items[0], true, nil
}
