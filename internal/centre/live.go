package centre

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
)

// Chats that nobody touches are forgotten after a while; the store has them.
const (
	forgetAfter   = 10 * time.Minute
	janitorPeriod = time.Minute
)

// live holds the chats that are being talked in, by the id of their first
// contact. A state that is out of date here loses the store's check and is
// read again, so that nothing but speed depends on it.
type live struct {
	mu    sync.RWMutex
	chats map[contact.ID]*entry
}

// entry is one live chat. Its mutex puts decisions of this process in order, so
// that they do not lose races against each other.
type entry struct {
	id   contact.ID
	mu   sync.Mutex
	chat atomic.Pointer[contact.Chat] // nil: to be read
	told atomic.Pointer[position]     // by another node; nil: nothing that has not been read
	said recent                       // guarded by mu
	tail tail
	line line
	// unfollow, where there are other nodes, ends hearing of what they do.
	unfollow func()
	used     atomic.Int64 // Unix seconds
}

// entry returns the entry of the chat to which a contact belongs.
func (c *Centre) entry(ctx context.Context, id contact.ID) (*entry, error) {
	e := c.live.get(id)
	if e == nil {
		chat, err := c.Store.Chat(ctx, id)
		if err != nil {
			return nil, err
		}
		e = c.adopt(chat, false)
		e.put(chat) // it may be there already, without the contact
	}
	e.used.Store(c.Now().Unix())
	return e, nil
}

// adopt takes a chat into memory, if it is not there.
func (c *Centre) adopt(chat *contact.Chat, bornHere bool) *entry {
	e, isNew := c.live.add(chat, bornHere)
	if isNew {
		c.follow(e)
	}
	return e
}

// get returns the entry of a chat, or nil where there is none.
func (l *live) get(id contact.ID) *entry {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.chats[id]
}

// add returns the entry of chat, making it where there is none. Born here
// means that nobody can have said anything in it yet.
func (l *live) add(chat *contact.Chat, bornHere bool) (e *entry, isNew bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.chats[chat.ID]; e != nil {
		return e, false
	}
	e = &entry{id: chat.ID, said: recent{complete: bornHere, last: chat.Seq}}
	e.chat.Store(chat)
	l.chats[chat.ID] = e
	return e, true
}

// forget drops what has turned out to be out of date. The entry must be locked.
func (e *entry) forget() {
	e.chat.Store(nil)
	e.said = recent{}
}

// load returns the chat of the entry, from the store where need be.
func (c *Centre) load(ctx context.Context, e *entry) (*contact.Chat, error) {
	told := e.told.Load()
	if chat := e.chat.Load(); chat != nil && !told.beyond(chat) {
		return chat, nil
	}
	chat, err := c.Store.Chat(ctx, e.id)
	if err != nil {
		return nil, err
	}
	if told != nil {
		e.told.CompareAndSwap(told, nil) // it has been read
	}
	return e.put(chat), nil
}

// put makes chat the state that is known, unless a newer one is, which it
// returns. Of two that have come further than each other, as when another node
// changed the state and this one the transcript, none is kept.
func (e *entry) put(chat *contact.Chat) *contact.Chat {
	for {
		have := e.chat.Load()
		next, out := chat, chat
		if have != nil && (have.Version > chat.Version || have.Seq > chat.Seq) {
			if chat.Version > have.Version || chat.Seq > have.Seq {
				next = nil
			} else {
				next, out = have, have
			}
		}
		if e.chat.CompareAndSwap(have, next) {
			return out
		}
	}
}

// Chat returns the chat to which a contact belongs.
func (c *Centre) Chat(ctx context.Context, id contact.ID) (*contact.Chat, error) {
	e, err := c.entry(ctx, id)
	if err != nil {
		return nil, err
	}
	return c.load(ctx, e)
}

// runJanitor forgets chats that nobody has touched for a while.
func (c *Centre) runJanitor(ctx context.Context) error {
	for pause(ctx, janitorPeriod, nil) {
		before := c.Now().Add(-forgetAfter).Unix()
		c.live.mu.Lock()
		for id, e := range c.live.chats {
			if e.used.Load() < before && !e.line.busy() {
				delete(c.live.chats, id)
				c.closeTail(e)
				if e.unfollow != nil {
					e.unfollow()
				}
			}
		}
		c.live.mu.Unlock()
		c.trouble(ctx, "forget old idempotency keys", c.Store.ForgetTokens(ctx, c.Now().Add(-rememberTokens)))
	}
	return nil
}

// recent remembers what the latest requests that carried a client token were
// answered, so that a repeated one gets the same answer and does nothing. What
// it does not remember it finds among the chat's last items, where each item
// keeps the token it came with.
type recent struct {
	complete bool  // the last items have been looked through
	last     int64 // the number of the last of them
	// Tokens are looked through for every message, and lie close together for
	// that; answers has the answer to each, at the same place.
	tokens  []uint64
	answers []answer
}

type answer struct {
	id  contact.ItemID
	at  int64 // Unix milliseconds
	seq int64
}

// How much is remembered of each chat, and looked through after a restart.
const (
	rememberAnswers = 1024
	lookBack        = 256
)

func (r *recent) find(token uint64) (contact.Item, bool) {
	i := slices.Index(r.tokens, token)
	if i < 0 {
		return contact.Item{}, false
	}
	a := r.answers[i]
	return contact.Item{ID: a.id, At: time.UnixMilli(a.at).UTC(), Seq: a.seq}, true
}

func (r *recent) add(items ...contact.Item) {
	for i := range items {
		it := &items[i]
		if it.Token == 0 {
			continue
		}
		if len(r.tokens) >= rememberAnswers {
			r.tokens = append(r.tokens[:0], r.tokens[rememberAnswers/2:]...)
			r.answers = append(r.answers[:0], r.answers[rememberAnswers/2:]...)
		}
		r.tokens = append(r.tokens, it.Token)
		r.answers = append(r.answers, answer{it.ID, it.At.UnixMilli(), it.Seq})
	}
}

// follow adds items that have been committed. What is known is no longer
// complete if they are not the next ones.
func (r *recent) follow(items []contact.Item) {
	if len(items) == 0 {
		return
	}
	r.add(items...)
	r.complete = r.complete && items[0].Seq == r.last+1
	r.last = items[len(items)-1].Seq
}

// answered returns what a request with this token was answered before, up to a
// state of the chat. Who goes on must decide on that same state: by the next one
// another node may have answered the request.
func (c *Centre) answered(ctx context.Context, e *entry, chat *contact.Chat, token uint64) (contact.Item, bool, error) {
	if token == 0 {
		return contact.Item{}, false, nil
	}
	if !e.said.complete || e.said.last != chat.Seq { // another node has said something
		items, err := c.Store.Items(ctx, chat.Number, chat.Seq, lookBack, true)
		if err != nil {
			return contact.Item{}, false, err
		}
		e.said = recent{complete: true, last: chat.Seq}
		e.said.add(items...)
	}
	it, ok := e.said.find(token)
	return it, ok, nil
}
