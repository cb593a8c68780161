package chat

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// lastWords is how long a session waits for the end of a chat to arrive on its
// socket after it has learnt of the end by being refused.
const lastWords = 5 * time.Second

// follower is the state of Session.run, which alone touches it.
//
// It is either live, telling items as they come, or catching up: reading the
// transcript on from the last item told, while items that arrive are held.
type follower struct {
	*Session
	timeline *timeline

	queue    []Event // told, not yet taken
	behind   bool    // the queue was full, items have been dropped since
	finished bool    // nothing more will be told

	up, toldUp bool // the connection, and what was told of it
	lostBy     error

	catchingUp bool
	reading    bool   // a fetch is under way
	again      bool   // something may have been missed since it began
	first      bool   // nothing has been read yet: History applies
	held       []Item // arrived while catching up
	failures   int    // of fetches, in a row

	fetched chan fetched
	retry   *time.Timer
	giveUp  *time.Timer // the chat is over; waiting for its last items
}

// fetched is what a reading of the transcript gave.
type fetched struct {
	items []Item
	more  bool // the transcript goes on
	err   error
}

// run tells events until the chat is over and they are taken, or ctx ends.
func (s *Session) run(ctx context.Context, transport Transport) {
	defer close(s.events)
	f := &follower{
		Session:    s,
		timeline:   newTimeline(s.details.ParticipantID, s.opts.After),
		catchingUp: true, // until the first subscription
		first:      s.opts.After == "",
		fetched:    make(chan fetched),
		retry:      stoppedTimer(),
		giveUp:     stoppedTimer(),
	}
	defer f.retry.Stop()
	defer f.giveUp.Stop()

	listening, deafen := context.WithCancel(ctx)
	stop := transport.Listen(func(sig Signal) {
		select {
		case s.inbox <- sig:
		case <-listening.Done():
		}
	})
	// Hanging up may wait for the other side; no event has to wait for that.
	hangUp := sync.OnceFunc(func() {
		deafen()
		s.work.Go(func() {
			stop()
			if s.socket != nil {
				s.socket.Close()
			}
		})
	})
	defer hangUp()

	for {
		var out chan<- Event
		var head Event
		switch {
		case len(f.queue) > 0:
			out, head = s.events, f.queue[0]
		case f.finished:
			return
		}
		select {
		case <-ctx.Done():
			return
		case out <- head:
			f.taken(listening)
		case sig := <-s.inbox:
			f.hear(listening, sig)
		case got := <-f.fetched:
			f.read(listening, got)
		case <-f.retry.C:
			f.fetch(listening)
		case <-f.giveUp.C:
			f.end(Item{Type: TypeEvent, ContentType: EventChatEnded})
		}
		if f.finished {
			hangUp()
		}
	}
}

func stoppedTimer() *time.Timer {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}

// hear deals with a signal of the transport.
func (f *follower) hear(ctx context.Context, sig Signal) {
	if f.finished {
		return
	}
	switch sig.Kind {
	case Subscribed:
		f.up = true
		f.isUp()
		f.tellState()
		f.catchUp(ctx)
	case Lost:
		f.up, f.lostBy = false, sig.Err
		f.tellState()
	case Over:
		f.flush()
		f.end(Item{Type: TypeEvent, ContentType: EventChatEnded})
	case Pinged:
		if !f.full() {
			f.tell(DeepHeartbeat{Err: sig.Err})
		}
	case Frame:
		if sig.Topic != TopicChat {
			return
		}
		it, err := parseItem(sig.Content)
		if err != nil {
			f.opts.Logger.WarnContext(ctx, "item not understood", "error", err)
			return
		}
		f.arrived(it)
	}
}

// arrived deals with a live item.
func (f *follower) arrived(it Item) {
	switch {
	case !f.ours(it):
	case it.ContentType == EventTyping:
		if !f.full() { // of interest now or not at all
			f.tell(f.timeline.next(it)...)
		}
	case f.catchingUp || f.behind || f.full():
		f.behind = f.behind || f.full()
		f.hold(it)
	default:
		f.show(it)
	}
}

// hold keeps an item until the transcript has been read. One too many is
// dropped, and the transcript read again.
func (f *follower) hold(it Item) {
	if (f.behind || len(f.held) >= f.opts.Backlog) && it.ContentType != EventChatEnded {
		f.again = true
		return
	}
	f.held = append(f.held, it)
}

// ours reports whether an item belongs to this chat: a shared socket carries
// those of others too.
func (f *follower) ours(it Item) bool {
	if f.socket != nil {
		return true
	}
	initial := f.details.InitialContactID
	if initial == "" {
		initial = f.details.ContactID
	}
	if it.ContactID == "" && it.InitialContactID == "" {
		// ChatJS takes every receipt for its own; we know our messages.
		return it.MessageMetadata != nil && f.timeline.position(it.MessageMetadata.MessageID) >= 0
	}
	return it.InitialContactID == initial || it.ContactID == f.details.ContactID
}

// catchUp reads on in the transcript, once more if it is being read already.
func (f *follower) catchUp(ctx context.Context) {
	f.catchingUp = true
	if f.reading {
		f.again = true
		return
	}
	f.fetch(ctx)
}

// fetch starts reading the transcript. read gets the outcome.
func (f *follower) fetch(ctx context.Context) {
	f.retry.Stop()
	f.reading, f.again = true, false
	after, limit := f.timeline.last, 0
	if f.first {
		limit = f.opts.History
	}
	f.work.Go(func() {
		var got fetched
		if after == "" {
			got.items, got.err = f.past(ctx, limit)
		} else {
			got.items, got.more, got.err = f.since(ctx, after)
		}
		select {
		case f.fetched <- got:
		case <-ctx.Done():
		}
	})
}

// read deals with what a fetch gave.
func (f *follower) read(ctx context.Context, got fetched) {
	f.reading = false
	if got.err != nil {
		f.unread(ctx, got.err)
		return
	}
	f.failures = 0
	if f.first && f.opts.History < 0 {
		for _, it := range got.items {
			if !slices.ContainsFunc(f.held, func(h Item) bool { return h.ID == it.ID }) {
				f.timeline.skip(it)
			}
		}
		got.items = nil
	}
	f.first = false
	if !got.more {
		got.items = merge(got.items, f.held)
		f.held = nil
	}
	f.showAll(got.items)
	switch {
	case f.finished || f.behind: // a slow reader's progress catches up
	case got.more || f.again:
		f.fetch(ctx)
	default:
		f.catchingUp = false
	}
}

// unread deals with a transcript that could not be read. What is held waits
// for as long as reading may succeed later.
func (f *follower) unread(ctx context.Context, err error) {
	ending := slices.ContainsFunc(f.held, func(it Item) bool { return it.ContentType == EventChatEnded })
	switch {
	case errors.Is(err, ErrEnded) || denied(err) && ending:
		f.catchingUp, f.first = false, false
		f.flush()
		f.giveUp.Reset(lastWords)
	case temporary(err) || denied(err): // an agent who has not accepted yet is denied
		f.failures++
		f.opts.Logger.InfoContext(ctx, "transcript not read", "failures", f.failures, "error", err)
		f.retry.Reset(pause(f.failures, firstPause))
	default:
		f.opts.Logger.ErrorContext(ctx, "transcript cannot be read", "error", err)
		f.catchingUp, f.first = false, false
		f.flush()
	}
}

// flush tells what was held, in order.
func (f *follower) flush() {
	held := f.held
	f.held = nil
	f.showAll(merge(nil, held))
}

// showAll tells items while there is room. A chat has ended only if nothing
// follows: in a chain of contacts an earlier one may have an end of its own.
func (f *follower) showAll(items []Item) {
	for i, it := range items {
		if f.finished {
			return
		}
		if f.full() {
			f.behind = true
			if end := items[len(items)-1]; end.ContentType == EventChatEnded {
				f.held = append(f.held, end)
			}
			return
		}
		if it.ContentType == EventChatEnded && slices.ContainsFunc(items[i+1:], later) {
			continue
		}
		f.show(it)
	}
}

// later reports whether an item behind the end of a contact shows that the
// chat went on.
func later(it Item) bool { return it.stored() && it.ContentType != EventChatEnded }

// show tells an item.
func (f *follower) show(it Item) {
	events := f.timeline.next(it)
	if n := f.timeline.position(it.ID); n >= 0 {
		f.receipts.place(it.ID, n)
	}
	for _, ev := range events {
		switch ev := ev.(type) {
		case EndedEvent:
			f.end(ev.Item)
		case TransferEvent:
			f.tell(ev)
			if ev.Succeeded && f.opts.Role != RoleCustomer {
				f.finished = true
				f.finish(ErrTransferred)
			}
		default:
			f.tell(ev)
		}
	}
}

// end tells that the chat is over.
func (f *follower) end(it Item) {
	if !f.finished {
		f.finished = true
		f.finish(ErrEnded)
		f.tell(EndedEvent{it})
	}
}

// tellState tells how the connection is, if that is news.
func (f *follower) tellState() {
	switch {
	case f.up == f.toldUp || f.finished:
		return
	case f.full():
		f.behind = true // and tell it when there is room
		return
	case f.up:
		f.tell(ConnectionEstablished{})
	default:
		f.tell(ConnectionLost{Err: f.lostBy})
	}
	f.toldUp = f.up
}

// tell queues events for the reader.
func (f *follower) tell(events ...Event) { f.queue = append(f.queue, events...) }

func (f *follower) full() bool { return len(f.queue) >= f.opts.Backlog }

// taken removes the head of the queue. A reader that was behind and has taken
// half of its backlog gets what was dropped.
func (f *follower) taken(ctx context.Context) {
	f.queue[0] = nil
	f.queue = f.queue[1:]
	if f.behind && !f.finished && len(f.queue) <= f.opts.Backlog/2 {
		f.behind = false
		f.tellState()
		f.catchUp(ctx)
	}
}
