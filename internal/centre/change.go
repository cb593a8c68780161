package centre

import (
	"context"
	"errors"
	"slices"

	"github.com/bellpull/bellpull/internal/bus"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/store"
	"github.com/bellpull/bellpull/internal/tally"
	"github.com/bellpull/bellpull/internal/tracing"
)

// change is the one way a chat changes: decide, commit, tell. A decision that
// lost a race is taken again on what won it. A request that carries a token and
// has been answered before gets that answer again.
func (c *Centre) change(ctx context.Context, id contact.ID, token uint64, decide func(*contact.Draft) error) (_ []contact.Item, err error) {
	ctx, span := tracing.Start(ctx, "change")
	defer func() { tracing.End(span, err) }()
	e, err := c.entry(ctx, id)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for again := false; ; {
		chat, err := c.load(ctx, e)
		if err != nil {
			return nil, err
		}
		if it, ok, err := c.answered(ctx, e, chat, token); err != nil || ok {
			return []contact.Item{it}, err
		}
		d := contact.NewDraft(chat, c.Now())
		if err := decide(d); err != nil {
			if !again && c.Node != "" { // another node may know better
				again = true
				e.chat.CompareAndSwap(chat, nil)
				continue
			}
			return nil, err
		}
		items, err := c.commit(ctx, e, d)
		if err != nil {
			e.forget()
		}
		if errors.Is(err, store.ErrStale) {
			continue
		}
		return items, err
	}
}

// commit stores a decision and tells everybody whom it concerns. It returns
// the items and notices that came of it.
func (c *Centre) commit(ctx context.Context, e *entry, d *contact.Draft) ([]contact.Item, error) {
	ch := d.Change()
	ch.Stamp(d.Now, c.IDs)
	others := d.Others()
	var done store.Committed
	if err := c.write(ctx, ch, d.Now); err != nil {
		return nil, err
	}
	if !ch.Empty() {
		took := tally.Start()
		all, err := c.store(ctx, append([]*contact.Change{ch}, others...)...)
		c.strain.committed(took.Elapsed())
		if errors.Is(err, store.ErrStale) {
			c.forgetOthers(others)
		}
		if err != nil {
			return nil, err
		}
		c.tellOthers(ctx, others, all[1:])
		done = all[0]
		e.put(done.Chat)
		e.said.follow(ch.Items)
		c.lengthen(e, ch.Items)
	} else {
		done.Chat = ch.Was
	}
	e.said.add(ch.Notices...)
	c.tell(ctx, ch, done)
	return append(ch.Items, ch.Notices...), nil
}

// store commits changes.
func (c *Centre) store(ctx context.Context, changes ...*contact.Change) ([]store.Committed, error) {
	ctx, span := tracing.Start(ctx, "commit")
	done, err := c.Store.Commit(ctx, changes...)
	tracing.End(span, err)
	return done, err
}

// forgetOthers lets the chats that were to be changed with another one be read
// anew.
func (c *Centre) forgetOthers(others []*contact.Change) {
	for _, ch := range others {
		if e := c.live.get(ch.Was.ID); e != nil {
			e.chat.CompareAndSwap(ch.Was, nil)
		}
	}
}

// tellOthers announces what was changed with another chat. Their entries are
// not locked: where somebody was faster, the state is read anew.
func (c *Centre) tellOthers(ctx context.Context, others []*contact.Change, done []store.Committed) {
	for i, ch := range others {
		if e := c.live.get(ch.Was.ID); e != nil && !e.chat.CompareAndSwap(ch.Was, done[i].Chat) {
			e.chat.Store(nil)
		}
		c.tell(ctx, ch, done[i])
	}
}

// tell announces a change that has been committed. Of ctx only the span counts.
func (c *Centre) tell(ctx context.Context, ch *contact.Change, done store.Committed) {
	if done.Chat != nil && (ch.Next != nil || len(ch.Items)+len(ch.Notices)+len(done.News) > 0) {
		c.Bus.Announce(&bus.Announcement{
			Topic: bus.Chat(done.Chat.ID), Chat: done.Chat,
			Items: ch.Items, Notices: ch.Notices, Receipts: done.News, Trace: tracing.Carry(ctx),
		})
	}
	if done.Chat != nil {
		c.tellFloor(ch, done.Chat)
	}
	if len(ch.Set) > 0 {
		wake(c.wakeTimer)
	}
	if len(ch.Outbox) > 0 {
		c.Outbox.Wake()
		c.beats.heard(ch)
	}
	if c.FlowLog != nil {
		for _, line := range ch.FlowLog {
			c.FlowLog(line)
		}
	}
	if ch.Next == nil && len(done.Agents) == 0 {
		return
	}
	if ch.Next != nil {
		c.startCalls(ch.Was, done.Chat)
	}
	for _, user := range concerned(ch) {
		c.Bus.Announce(&bus.Announcement{Topic: bus.Agent(user)})
	}
	if (c.Node == "" || c.matching.here.Load()) && c.matching.moved(ch, done) {
		wake(c.wakeMatch)
	}
}

// concerned returns the agents whose desk shows something else after a change.
func concerned(ch *contact.Change) []contact.UserID {
	var users []contact.UserID
	add := func(user contact.UserID) {
		if user != "" && !slices.Contains(users, user) {
			users = append(users, user)
		}
	}
	for _, a := range ch.Agents {
		add(a.User)
	}
	if ch.Next != nil {
		for i := range ch.Next.Participants {
			if p := &ch.Next.Participants[i]; p.Presence != contact.Gone {
				add(p.User)
			}
		}
	}
	return users
}
