// Package bus carries announcements: a chat or an agent has moved. It only
// hurries readers along. The store is the truth, so an announcement that is
// lost or doubled costs a moment and never a message. Local is the bus of one
// process, natsbus that of several nodes; bustest is what "implements Bus" means.
package bus

import (
	"maps"
	"slices"
	"sync"

	"github.com/bellpull/bellpull/internal/contact"
)

// Topic is what an announcement is about.
type Topic string

// Chat is the topic of a chat, named by its first contact.
func Chat(id contact.ID) Topic { return Topic("chat/" + id) }

// Agent is the topic of an agent.
func Agent(id contact.UserID) Topic { return Topic("agent/" + id) }

// Announcement tells that something has been committed. It is shared by all who
// receive it, who must not write to it.
type Announcement struct {
	Topic Topic
	// Chat is the state that was committed, on the topic of a chat. It does not
	// travel: an announcement of another node has a Brief in its place.
	Chat  *contact.Chat
	Brief *Brief
	// Items, Notices and Receipts are set on the topic of a chat. Items continue
	// each other; a reader whose position they do not continue reads the store.
	Items    []contact.Item
	Notices  []contact.Item
	Receipts []contact.Receipt
	// Trace says under which span what was announced came about, for
	// tracing.Follow; it is empty where that was not traced.
	Trace string
	// Remote says that another node has announced it: what is kept here of the
	// chat or agent is out of date.
	Remote bool
	// Missed says that announcements on the topic may have been lost, and tells
	// nothing else: look at the store again. It is Remote, too.
	Missed bool
}

// Brief is what of a chat's state comes with an announcement of another node.
type Brief struct {
	// Number, Version and Seq are those of the state after the commit.
	Number, Version, Seq int64
	// Current is the id of the chat's current contact.
	Current contact.ID
	// Present are the participants who have not gone.
	Present []contact.ParticipantID
}

// BriefOf returns what is worth knowing of a chat elsewhere.
func BriefOf(c *contact.Chat) *Brief {
	b := &Brief{Number: c.Number, Version: c.Version, Seq: c.Seq, Current: c.Current().ID}
	for i := range c.Participants {
		if p := &c.Participants[i]; p.Presence != contact.Gone {
			b.Present = append(b.Present, p.ID)
		}
	}
	return b
}

// Current returns the id of the chat's current contact, or "" where the
// announcement does not say.
func (a *Announcement) Current() contact.ID {
	switch {
	case a.Chat != nil:
		return a.Chat.Current().ID
	case a.Brief != nil:
		return a.Brief.Current
	}
	return ""
}

// Gone reports whether a participant has nothing to do with the chat any more:
// one who has left, or to whom it was only offered.
func (a *Announcement) Gone(id contact.ParticipantID) bool {
	switch {
	case a.Chat != nil:
		p := a.Chat.Participant(id)
		return p == nil || p.Presence == contact.Gone
	case a.Brief != nil:
		return !slices.Contains(a.Brief.Present, id)
	}
	return false
}

// Bus carries announcements to subscribers.
type Bus interface {
	// Announce hands a to the subscribers of its topic: to those of this node
	// before it returns, to those of other nodes soon after. It waits for nobody.
	Announce(a *Announcement)
	// Subscribe calls fn, which must not block, for each announcement on the
	// topic until cancel is called. A call may still be under way then. What one
	// node announces comes in its order. What another node announces may be lost;
	// wherever that is possible, which includes the first moments of a
	// subscription, an announcement that says Missed follows.
	Subscribe(topic Topic, fn func(*Announcement)) (cancel func())
	// Elsewhere calls fn, which must not block, for each Remote announcement on
	// topics that have a subscriber here, before the subscribers are called. So
	// what is kept of the topic here can be dropped before anybody asks for it.
	Elsewhere(fn func(*Announcement)) (cancel func())
}

// Local is a Bus within one process: Announce calls the subscribers itself, in
// the caller's goroutine. Its zero value is ready to use.
type Local struct {
	mu        sync.RWMutex
	subs      map[Topic][]*subscriber // slices are replaced, never written to
	elsewhere []*subscriber           // so is this one
}

type subscriber struct{ fn func(*Announcement) }

// Announce calls the subscribers one after the other.
func (l *Local) Announce(a *Announcement) {
	l.mu.RLock()
	subs := l.subs[a.Topic]
	var first []*subscriber
	if a.Remote && len(subs) > 0 {
		first = l.elsewhere
	}
	l.mu.RUnlock()
	for _, s := range first {
		s.fn(a)
	}
	for _, s := range subs {
		s.fn(a)
	}
}

// Subscribe adds a subscriber.
func (l *Local) Subscribe(topic Topic, fn func(*Announcement)) (cancel func()) {
	s := &subscriber{fn}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.subs == nil {
		l.subs = map[Topic][]*subscriber{}
	}
	l.subs[topic] = append(slices.Clone(l.subs[topic]), s)
	return sync.OnceFunc(func() { l.remove(topic, s) })
}

func (l *Local) remove(topic Topic, s *subscriber) {
	l.mu.Lock()
	defer l.mu.Unlock()
	rest := without(l.subs[topic], s)
	if len(rest) == 0 {
		delete(l.subs, topic)
		return
	}
	l.subs[topic] = rest
}

// Elsewhere adds a subscriber of all that is announced as Remote, which a
// driver for several nodes does.
func (l *Local) Elsewhere(fn func(*Announcement)) (cancel func()) {
	s := &subscriber{fn}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.elsewhere = append(slices.Clone(l.elsewhere), s)
	return sync.OnceFunc(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.elsewhere = without(l.elsewhere, s)
	})
}

func without(all []*subscriber, s *subscriber) []*subscriber {
	return slices.DeleteFunc(slices.Clone(all), func(o *subscriber) bool { return o == s })
}

// Topics returns the topics that have subscribers, in no certain order.
func (l *Local) Topics() []Topic {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return slices.Collect(maps.Keys(l.subs))
}
