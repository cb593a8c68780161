package contact

import (
	"slices"

	"github.com/bellpull/bellpull/internal/fault"
)

// Past is a past chat, or the beginning of one, that another chat goes on from.
// It is read with that chat's transcript.
type Past struct {
	Chat     ID
	Through  ID  // the last contact that belongs to it
	Contacts int // how many do
}

// How much of a past chat belongs to what goes on from it.
const (
	EntirePastSession = "ENTIRE_PAST_SESSION"
	FromSegment       = "FROM_SEGMENT" // the given contact and what was before
)

// MaxPast is the most past contacts that a chat goes on from; earlier chats are
// left out.
const MaxPast = 100

// Continue returns what a new chat goes on from: the chat of which source is a
// contact, and what that went on from itself, newest first; and the contact on
// which it follows.
func (c *Chat) Continue(source ID, rehydration string) ([]Past, ID, error) {
	if !c.Over() {
		return nil, "", fault.Newf(fault.Conflict, "contact %s has not ended", source)
	}
	through := len(c.Contacts) - 1
	switch rehydration {
	case EntirePastSession:
	case FromSegment:
		through = slices.IndexFunc(c.Contacts, func(s Segment) bool { return s.ID == source })
		if through < 0 {
			return nil, "", fault.Newf(fault.NotFound, "there is no contact %s", source)
		}
	default:
		return nil, "", fault.Newf(fault.Invalid, "RehydrationType: must be %s or %s", EntirePastSession, FromSegment)
	}
	past := []Past{{c.ID, c.Contacts[through].ID, through + 1}}
	n := past[0].Contacts
	for _, p := range c.Past {
		if n += p.Contacts; n > MaxPast {
			break
		}
		past = append(past, p)
	}
	return past, c.Contacts[through].ID, nil
}

// Root returns the contact that all related ones go back to.
func (c *Chat) Root() ID {
	if c.Association != "" {
		return c.Association
	}
	return c.ID
}

// Rehydrate lets a chat go on from a past one, once.
func (d *Draft) Rehydrate(past []Past, from, root ID) error {
	switch c := d.Chat(); {
	case c.Over():
		return fault.Newf(fault.Conflict, "the chat has ended")
	case len(c.Past) > 0:
		return fault.Newf(fault.Conflict, "the chat goes on from a past one already")
	}
	c := d.edit()
	c.Past, c.Related, c.Association = past, from, root
	if c.Phase != Created { // else it is said when the customer comes
		d.rehydrated()
	}
	return nil
}

func (d *Draft) rehydrated() {
	d.add(Item{Kind: Event, Type: ChatRehydrated, Contact: d.Chat().Current().ID})
}
