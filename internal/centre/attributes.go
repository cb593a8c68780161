package centre

import (
	"context"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
)

// DescribeContact returns the chat to which a contact of the instance belongs.
func (c *Centre) DescribeContact(ctx context.Context, instance contact.InstanceID, id contact.ID) (*contact.Chat, error) {
	return c.contactOf(ctx, instance, id)
}

// UpdateAttributes merges contact attributes that a client gives, also after the
// contact's end.
func (c *Centre) UpdateAttributes(ctx context.Context, instance contact.InstanceID, id contact.ID, attributes map[string]string) error {
	return c.annotate(ctx, instance, id, func(d *contact.Draft) error {
		if err := contact.CheckAttributes(attributes); err != nil {
			return err
		}
		return d.SetAttributes(attributes)
	})
}

// Describe changes what is said of a contact, also after its end.
func (c *Centre) Describe(ctx context.Context, instance contact.InstanceID, id contact.ID, about contact.About) error {
	return c.annotate(ctx, instance, id, func(d *contact.Draft) error {
		d.Describe(about)
		return nil
	})
}

// Tag adds tags to a contact, also after its end.
func (c *Centre) Tag(ctx context.Context, instance contact.InstanceID, id contact.ID, tags map[string]string) error {
	return c.annotate(ctx, instance, id, func(d *contact.Draft) error { return d.Tag(tags) })
}

// Untag removes tags of a contact, also after its end.
func (c *Centre) Untag(ctx context.Context, instance contact.InstanceID, id contact.ID, keys []string) error {
	return c.annotate(ctx, instance, id, func(d *contact.Draft) error {
		d.Untag(keys)
		return nil
	})
}

// annotate changes a contact of the instance, whether it has ended or not.
func (c *Centre) annotate(ctx context.Context, instance contact.InstanceID, id contact.ID, decide func(*contact.Draft) error) error {
	if _, err := c.contactOf(ctx, instance, id); err != nil {
		return err
	}
	_, err := c.change(ctx, id, 0, decide)
	return err
}

// InviteParticipant adds a custom participant to the chat of a contact and
// returns the ids of both. The same client token gets the same participant
// again.
func (c *Centre) InviteParticipant(ctx context.Context, instance contact.InstanceID, id contact.ID, role contact.Role, name, clientToken string) (contact.ID, contact.ParticipantID, error) {
	chat, err := c.contactOf(ctx, instance, id)
	if err != nil {
		return "", "", err
	}
	p := contact.ParticipantID(c.IDs.New())
	answer, err := c.once(ctx, tokenKey(clientToken, "invite", string(chat.ID)), string(p), func(t contact.Token) error {
		_, err := c.change(ctx, chat.ID, 0, func(d *contact.Draft) error {
			if d.Chat().Parties() >= contact.MaxParticipants {
				return fault.Newf(fault.Quota, "a chat has at most %d participants", contact.MaxParticipants)
			}
			if err := c.remember(ctx, d, t); err != nil {
				return err
			}
			return d.Invite(p, role, name)
		})
		return err
	})
	return chat.ID, contact.ParticipantID(answer), err
}
