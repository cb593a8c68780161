package centre

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/bellpull/bellpull/internal/bus"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
)

// In a cluster each node has chats in memory, and learns by the bus when another
// one has changed them. Until it has, a change that it decides loses the store's
// check, and what it would refuse is decided again on what the store says.

// position is how far another node says that a chat has come.
type position struct{ version, seq int64 }

// unknown is beyond everything: only the store knows.
var unknown = position{math.MaxInt64, math.MaxInt64}

// beyond reports whether a chat has come further than a state of it.
func (p *position) beyond(chat *contact.Chat) bool {
	return p != nil && (p.version > chat.Version || p.seq > chat.Seq)
}

// listen has this node hear of what others do, until cancel is called.
func (c *Centre) listen() (cancel func()) {
	if c.Node == "" {
		return func() {}
	}
	stop := c.Bus.Elsewhere(func(a *bus.Announcement) {
		id, ok := strings.CutPrefix(string(a.Topic), string(bus.Chat("")))
		if !ok {
			return
		}
		if e := c.live.get(contact.ID(id)); e != nil {
			e.hear(a)
		}
	})
	stopDirectory := c.Bus.Subscribe(bus.Directory, func(a *bus.Announcement) {
		if a.Remote {
			wake(c.wakeReload)
		}
	})
	return func() {
		stop()
		stopDirectory()
	}
}

// hear notes what another node has announced of a chat.
func (e *entry) hear(a *bus.Announcement) {
	told := unknown
	if a.Brief != nil && !a.Missed {
		told = position{a.Brief.Version, a.Brief.Seq}
		if before := e.told.Load(); before != nil { // of two, what neither is beyond
			told.version, told.seq = max(told.version, before.version), max(told.seq, before.seq)
		}
	}
	e.told.Store(&told)
}

// follow lets this node hear of a chat while it has it in memory.
func (c *Centre) follow(e *entry) {
	if c.Node != "" {
		e.unfollow = c.Bus.Subscribe(bus.Chat(e.id), func(*bus.Announcement) {})
	}
}

// runReload reads the directory anew when another node has changed it.
func (c *Centre) runReload(ctx context.Context) error {
	if c.Node == "" {
		return nil
	}
	for pause(ctx, reloadCheck, c.wakeReload) {
		c.trouble(ctx, "read the directory", c.reload(ctx))
	}
	return nil
}

// checked returns a chat that check has nothing against. A refusal is not taken
// from a state that another node may have changed.
func (c *Centre) checked(ctx context.Context, id contact.ID, check func(*contact.Chat) error) (*contact.Chat, error) {
	for again := false; ; again = true {
		e, err := c.entry(ctx, id)
		if err != nil {
			return nil, err
		}
		chat, err := c.load(ctx, e)
		if err != nil {
			return nil, err
		}
		if err = check(chat); err == nil || again || c.Node == "" {
			return chat, err
		}
		e.chat.CompareAndSwap(chat, nil)
	}
}

// attend has the node that matches hear what others do to its floors, until
// cancel is called.
func (c *Centre) attend() (cancel func()) {
	if c.Node == "" {
		return func() {}
	}
	var all []func()
	for _, dir := range c.Instances() {
		all = append(all, c.Bus.Subscribe(bus.Floor(dir.Instance.ID), func(a *bus.Announcement) {
			switch {
			case !a.Remote:
			case a.Missed || a.Brief == nil:
				c.matching.heard.missed(dir.Instance.ID)
				wake(c.wakeMatch)
			default:
				c.matching.heard.chat(a.Brief.Current)
				wake(c.wakeMatch)
			}
		}))
		for user := range dir.Users {
			all = append(all, c.Bus.Subscribe(bus.Agent(user), func(a *bus.Announcement) {
				if a.Remote {
					c.matching.heard.agent(user)
					wake(c.wakeMatch)
				}
			}))
		}
	}
	return func() {
		for _, stop := range all {
			stop()
		}
	}
}

// tellFloor announces a chat that begins or ends to wait to the node that
// matches.
func (c *Centre) tellFloor(ch *contact.Change, now *contact.Chat) {
	if c.Node != "" && ch.Next != nil && (ch.Next.Waiting() || ch.Was.Waiting()) {
		c.Bus.Announce(&bus.Announcement{Topic: bus.Floor(now.Instance), Chat: now})
	}
}

// heard is what other nodes have announced and this one has not looked at yet.
type heard struct {
	mu     sync.Mutex // guards what follows
	chats  map[contact.ID]bool
	agents map[contact.UserID]bool
	floors map[contact.InstanceID]bool // of which something may have been missed
}

func (h *heard) chat(id contact.ID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.chats == nil {
		h.chats = map[contact.ID]bool{}
	}
	h.chats[id] = true
}

func (h *heard) agent(user contact.UserID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.agents == nil {
		h.agents = map[contact.UserID]bool{}
	}
	h.agents[user] = true
}

func (h *heard) missed(id contact.InstanceID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.floors == nil {
		h.floors = map[contact.InstanceID]bool{}
	}
	h.floors[id] = true
}

// take returns what was heard and forgets it.
func (h *heard) take() (chats map[contact.ID]bool, agents map[contact.UserID]bool, floors map[contact.InstanceID]bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	chats, agents, floors = h.chats, h.agents, h.floors
	h.chats, h.agents, h.floors = nil, nil, nil
	return chats, agents, floors
}

// catchUp reads what other nodes have announced and puts it among the news.
// After a failure the floors are compared with the store.
func (c *Centre) catchUp(ctx context.Context) (err error) {
	if c.Node == "" {
		return nil
	}
	m := &c.matching
	chats, agents, floors := m.heard.take()
	var states []*contact.Agent
	for id := range chats {
		chat, err2 := c.Store.Chat(ctx, id)
		if err = errors.Join(err, err2); err2 == nil {
			m.note(chat)
		}
	}
	for user := range agents {
		a, err2 := c.Store.Agent(ctx, user)
		if fault.KindOf(err2) == fault.NotFound && err2 != nil {
			continue // whose settings have changed, and who never signed in
		}
		if err = errors.Join(err, err2); err2 == nil {
			states = append(states, a)
		}
	}
	m.note(nil, states...)
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, f := range m.floors {
		if floors[id] || err != nil {
			f.checked = time.Time{}
		}
	}
	return err
}
