// Package bus carries announcements: a chat or an agent has moved. It only
// hurries readers along. The store is the truth, so an announcement that is
// lost or doubled costs a moment and never a message.
package bus

import (
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
	// Chat, Items, Notices and Receipts are set on the topic of a chat. Items
	// continue each other; a reader whose position they do not continue reads
	// the store.
	Chat     *contact.Chat
	Items    []contact.Item
	Notices  []contact.Item
	Receipts []contact.Receipt
	// Trace says under which span what was announced came about, for
	// tracing.Follow; it is empty where that was not traced.
	Trace string
}

// Bus carries announcements to subscribers.
type Bus interface {
	// Announce hands a to the subscribers of its topic. It does not wait for
	// slow ones.
	Announce(a *Announcement)
	// Subscribe calls fn, which must not block, for each announcement on the
	// topic until cancel is called. A call may still be under way then.
	Subscribe(topic Topic, fn func(*Announcement)) (cancel func())
}

// Local is a Bus within one process: Announce calls the subscribers itself, in
// the caller's goroutine. Its zero value is ready to use.
type Local struct {
	mu   sync.RWMutex
	subs map[Topic][]*subscriber // slices are replaced, never written to
}

type subscriber struct{ fn func(*Announcement) }

// Announce calls the subscribers one after the other.
func (l *Local) Announce(a *Announcement) {
	l.mu.RLock()
	subs := l.subs[a.Topic]
	l.mu.RUnlock()
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
	rest := slices.DeleteFunc(slices.Clone(l.subs[topic]), func(o *subscriber) bool { return o == s })
	if len(rest) == 0 {
		delete(l.subs, topic)
		return
	}
	l.subs[topic] = rest
}
