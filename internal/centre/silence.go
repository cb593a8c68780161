package centre

import (
	"context"
	"maps"
	"math"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
)

// SetSilence changes how long the participants of a contact may be silent; what
// it does not name stays as it is.
func (c *Centre) SetSilence(ctx context.Context, instance contact.InstanceID, id contact.ID, change func(map[contact.Role]contact.Silence)) error {
	if _, err := c.contactOf(ctx, instance, id); err != nil {
		return err
	}
	_, err := c.change(ctx, id, 0, func(d *contact.Draft) error {
		all := map[contact.Role]contact.Silence{}
		maps.Copy(all, d.Chat().Silence)
		change(all)
		return d.SetSilence(all)
	})
	return err
}

// silent does what a timer of silence is for.
func (c *Centre) silent(ctx context.Context, d *contact.Draft, kind contact.TimerKind, role contact.Role) error {
	chat := d.Chat()
	if chat.Over() {
		return nil
	}
	last, err := c.lastHeard(ctx, chat, func(it *contact.Item) bool { return it.Role == role })
	if err != nil {
		return err
	}
	if kind == contact.IdleTimer {
		d.FallSilent(role, last)
		return nil
	}
	remains, err := d.DropSilent(role, last, c.agents(ctx, chat.Instance), c.afterWork(chat.Instance))
	if err != nil {
		return err
	}
	return c.afterLeaving(ctx, d, remains)
}

// lastHeard returns when somebody of those meant last said something since
// silence is heeded; zero when nobody has. What another node has added counts, of
// which the state need not know: a message does not change it, so that what is
// decided without one would hold.
func (c *Centre) lastHeard(ctx context.Context, chat *contact.Chat, by func(*contact.Item) bool) (time.Time, error) {
	from := chat.Seq
	if c.Node != "" {
		from = math.MaxInt64
	}
	for from > 0 {
		items, err := c.items(ctx, chat, from, tailItems, true)
		if err != nil || len(items) == 0 {
			return time.Time{}, err
		}
		for i := len(items) - 1; i >= 0; i-- {
			it := &items[i]
			if it.At.Before(chat.HeededSince) {
				return time.Time{}, nil
			}
			if by(it) && it.Kind != contact.Event {
				return it.At, nil
			}
		}
		from = items[0].Seq - 1
	}
	return time.Time{}, nil
}
