package centre

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/store"
)

// Search says which contacts are looked for. What is empty leaves all of them.
type Search struct {
	Agent      contact.UserID
	Queue      contact.QueueID
	CustomerID string
	// Text is a contact's id, or words that all are parts of the customer's name
	// or id, in whatever case.
	Text     string
	From, To time.Time // when it was initiated; To itself is out
	// After is where the page before ended.
	After SearchPlace
	Limit int
}

// SearchPlace is where a page of a search ends; zero: there is nothing further.
type SearchPlace struct {
	At time.Time
	ID contact.ID
}

// How many contacts a search looks at in one go, and for one answer.
const (
	searchChunk  = 500
	SearchLooked = 10_000
)

// SearchContacts returns contacts of an instance, those that were initiated last
// first, and where the next page begins. It looks at SearchLooked contacts at the
// most: a page may have fewer than there are, or none, and another follow.
func (c *Centre) SearchContacts(ctx context.Context, instance contact.InstanceID, s Search) (found []contact.Leg, next SearchPlace, err error) {
	words := strings.Fields(strings.ToLower(s.Text))
	if len(words) == 1 && len(words[0]) == len("00000000-0000-4000-8000-000000000000") {
		if leg, err := c.leg(ctx, instance, contact.ID(words[0])); leg != nil || err != nil {
			if leg != nil && s.has(leg, nil) {
				found = append(found, *leg)
			}
			return found, next, err
		}
	}
	q := store.LegQuery{
		Instance: instance, Agent: s.Agent, CustomerID: s.CustomerID, From: s.From,
		Before: s.To, Limit: searchChunk,
	}
	if !s.After.At.IsZero() {
		q.Before, q.BeforeID = s.After.At, s.After.ID
	}
	if len(words) == 0 && s.Queue == "" {
		q.Limit = min(q.Limit, s.Limit+1)
	}
	for looked := 0; looked < SearchLooked; looked += q.Limit {
		legs, err := c.Store.RecentLegs(ctx, q)
		if err != nil {
			return nil, next, err
		}
		for i := range legs {
			if len(found) == s.Limit {
				return found, SearchPlace{q.Before, q.BeforeID}, nil
			}
			l := &legs[i]
			q.Before, q.BeforeID = l.Initiated, l.Contact
			if s.has(l, words) {
				found = append(found, *l)
			}
		}
		if len(legs) < q.Limit {
			return found, next, nil
		}
	}
	return found, SearchPlace{q.Before, q.BeforeID}, nil
}

// has reports whether a contact is one of those that are looked for.
func (s *Search) has(l *contact.Leg, words []string) bool {
	if l.Method == contact.FromMonitor || s.Queue != "" && l.Queue != s.Queue || s.Agent != "" && l.Agent != s.Agent ||
		s.CustomerID != "" && l.CustomerID != s.CustomerID || l.Initiated.Before(s.From) || !s.To.IsZero() && !l.Initiated.Before(s.To) {
		return false
	}
	who := strings.ToLower(l.Name + "\n" + l.CustomerID)
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(who, w) })
}

// leg returns one contact, or nil where the instance has none of that id.
func (c *Centre) leg(ctx context.Context, instance contact.InstanceID, id contact.ID) (*contact.Leg, error) {
	chat, err := c.contactOf(ctx, instance, id)
	if fault.KindOf(err) == fault.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	legs := chat.Legs()
	if i := slices.IndexFunc(legs, func(l contact.Leg) bool { return l.Contact == id }); i >= 0 {
		return &legs[i], nil
	}
	return nil, nil
}

// maxEarlier is the most earlier chats of a customer that are told.
const maxEarlier = 20

// Earlier returns the chats of the same customer that began before a chat, the
// newest first: those that it goes on from or is about, and those that say the
// same customer.
func (c *Centre) Earlier(ctx context.Context, chat *contact.Chat) ([]*contact.Chat, error) {
	ids := map[contact.ID]bool{chat.Related: true, chat.Root(): true}
	for _, p := range chat.Past {
		ids[p.Chat] = true
	}
	if chat.CustomerID != "" {
		legs, err := c.Store.RecentLegs(ctx, store.LegQuery{
			Instance: chat.Instance, CustomerID: chat.CustomerID, Before: chat.Started, Limit: 5 * maxEarlier,
		})
		if err != nil {
			return nil, err
		}
		for i := range legs {
			ids[legs[i].Chat] = true
		}
	}
	delete(ids, "")
	earlier := map[contact.ID]*contact.Chat{}
	for id := range ids {
		other, err := c.contactOf(ctx, chat.Instance, id)
		if fault.KindOf(err) == fault.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		if other.ID != chat.ID && other.Started.Before(chat.Started) {
			earlier[other.ID] = other
		}
	}
	all := make([]*contact.Chat, 0, len(earlier))
	for _, other := range earlier {
		all = append(all, other)
	}
	slices.SortFunc(all, func(a, b *contact.Chat) int { return b.Started.Compare(a.Started) })
	return all[:min(len(all), maxEarlier)], nil
}

// Reading is what a user may see of a chat.
type Reading struct {
	Chat *contact.Chat
	// Until is when a user left for good who has nothing more to do with the
	// customer: what was said later is not theirs. Zero: they may read all.
	Until time.Time

	as   contact.ParticipantID
	role contact.Role
}

// Reading returns what a user may see of the chat of a contact. Supervisors see all
// of them; agents those that they have or had, and, while they have to do with a
// customer, the customer's others. It is Denied to everybody else.
func (c *Centre) Reading(ctx context.Context, dir *directory.Directory, u *directory.User, id contact.ID) (v Reading, err error) {
	chat, err := c.contactOf(ctx, dir.Instance.ID, id)
	if err != nil {
		return v, err
	}
	v = Reading{Chat: chat, role: contact.AgentRole}
	for i := range chat.Participants {
		if p := &chat.Participants[i]; p.User == u.ID {
			v.as = p.ID
		}
	}
	if u.Supervisor {
		v.role = contact.Supervisor
		return v, nil
	}
	had := chat.Had(u.ID)
	if v.Until = chat.LeftBy(u.ID); had && v.Until.IsZero() {
		return v, nil
	}
	_, chats, err := c.Desk(ctx, dir.Instance.ID, u.ID)
	if err != nil {
		return v, err
	}
	switch {
	case slices.ContainsFunc(chats, chat.SameCustomer):
		v.Until = time.Time{}
		return v, nil
	case had:
		return v, nil
	}
	return Reading{}, fault.Newf(fault.Denied, "contact %s is not one of user %s", id, u.Username)
}

// ReadTranscript returns a page of what a user may see, from an item on (seq, 0:
// the newest) towards older ones.
func (c *Centre) ReadTranscript(ctx context.Context, v Reading, seq int64, limit int) (Page, error) {
	page := Page{Chat: v.Chat}
	if seq == 0 {
		seq = v.Chat.Seq
	}
	err := c.gather(ctx, &page, seq, TranscriptQuery{Limit: limit, Back: true}, func(it *contact.Item) bool {
		return it.VisibleTo(v.as, v.role) && (v.Until.IsZero() || !it.At.After(v.Until))
	})
	if err != nil {
		return Page{}, err
	}
	return c.withReceipts(ctx, page)
}
