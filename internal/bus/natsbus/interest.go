package natsbus

import (
	"sync"

	"github.com/nats-io/nats.go"

	"github.com/bellpull/bellpull/internal/bus"
)

// interest is what this node wants to hear of.
//
// NATS takes a moment until every one of its servers knows of a subscription.
// What is announced meanwhile is lost, and no earlier than the subscriber's own
// first look at the store. So a topic is looked at once more a step after NATS
// is known to have the subscription: it is fresh until then, and settling for
// that step.
type interest struct {
	// subs belong to the goroutine that sends.
	subs map[bus.Topic]*nats.Subscription

	mu       sync.Mutex // guards what follows
	wanted   map[bus.Topic]int
	changed  []bus.Topic // begun or ended to be wanted
	topics   map[string]bus.Topic
	fresh    []bus.Topic
	settling []bus.Topic
}

func (i *interest) init() {
	i.subs, i.wanted, i.topics = map[bus.Topic]*nats.Subscription{}, map[bus.Topic]int{}, map[string]bus.Topic{}
}

// add notes one subscriber more or less.
func (i *interest) add(t bus.Topic, more int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	was := i.wanted[t]
	now := was + more
	if now == 0 {
		delete(i.wanted, t)
	} else {
		i.wanted[t] = now
	}
	if was == 0 || now == 0 {
		i.changed = append(i.changed, t)
	}
}

// take returns what has changed since it was last called: whether each topic is
// wanted.
func (i *interest) take() map[bus.Topic]bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.changed) == 0 {
		return nil
	}
	all := make(map[bus.Topic]bool, len(i.changed))
	for _, t := range i.changed {
		all[t] = i.wanted[t] > 0
	}
	i.changed = i.changed[:0]
	return all
}

// follow tells NATS of the interest that has begun and ended.
func (b *Bus) follow() {
	i := &b.interest
	for t, wanted := range i.take() {
		sub := i.subs[t]
		switch {
		case wanted && sub == nil:
			subject := b.subject(t)
			i.begin(subject, t) // before the first announcement may come
			sub, err := b.conn.ChanSubscribe(subject, b.inbox)
			if err != nil {
				b.log.Warn("subscribe to NATS", "error", err) // it is closed
				return
			}
			i.subs[t] = sub
		case !wanted && sub != nil:
			delete(i.subs, t)
			i.end(sub.Subject)
			_ = sub.Unsubscribe() // what has no connection has no subscription
		}
	}
}

func (i *interest) begin(subject string, t bus.Topic) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.topics[subject] = t
	i.fresh = append(i.fresh, t)
}

func (i *interest) end(subject string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.topics, subject)
}

func (i *interest) topicOf(subject string) (bus.Topic, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	t, ok := i.topics[subject]
	return t, ok
}

func (i *interest) unsettled() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.fresh)+len(i.settling) > 0
}

// takeFresh returns the topics that NATS has been told of since it was last
// called.
func (i *interest) takeFresh() []bus.Topic {
	i.mu.Lock()
	defer i.mu.Unlock()
	fresh := i.fresh
	i.fresh = nil
	return fresh
}

// settle begins to settle topics and returns those that have settled.
func (i *interest) settle(fresh []bus.Topic) (done []bus.Topic) {
	i.mu.Lock()
	defer i.mu.Unlock()
	done, i.settling = i.settling, fresh
	return done
}
