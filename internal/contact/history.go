package contact

import "time"

// Had reports whether a user takes part in the chat, has been asked to, or took
// part.
func (c *Chat) Had(user UserID) bool {
	for i := range c.Participants {
		if c.Participants[i].User == user {
			return true
		}
	}
	return false
}

// LeftBy returns when a user left the chat for good; zero for one who has not.
func (c *Chat) LeftBy(user UserID) (left time.Time) {
	for i := range c.Participants {
		switch p := &c.Participants[i]; {
		case p.User != user:
		case p.Presence != Gone:
			return time.Time{}
		case p.Left.After(left):
			left = p.Left
		}
	}
	return left
}

// SameCustomer reports whether both chats are known to be of one customer: one
// goes on from the other or is about it, or both say the same customer.
func (c *Chat) SameCustomer(other *Chat) bool {
	return c.Instance == other.Instance &&
		(c.Root() == other.Root() || c.CustomerID != "" && c.CustomerID == other.CustomerID)
}
