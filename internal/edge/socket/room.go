package socket

import (
	"context"
	"slices"
	"sync"

	"go.opentelemetry.io/otel/attribute"

	"github.com/bellpull/bellpull/internal/bus"
	"github.com/bellpull/bellpull/internal/contact"
)

// room is a chat that somebody here listens to.
type room struct {
	hub    *Hub
	id     contact.ID
	cancel func()

	mu      sync.Mutex
	number  int64 // of the chat in the store
	last    int64 // the newest item that was announced
	readers []*reader

	users int // guarded by the hub's mutex
}

// reader is a line's position in a chat. Its fields are guarded by the room's
// mutex.
type reader struct {
	line   line
	room   *room
	role   contact.Role
	as     []contact.ParticipantID // who the line's holder is in the chat
	cursor int64                   // the last item that was sent
	behind bool                    // it reads from the store until it has caught up
	left   bool                    // its participant has left the chat
}

// attach lets a session listen to a chat as one of its participants: to what
// follows item from, or, when from is negative, to what follows now. Nobody (an
// empty participant) only hears of the end. First, if any, is sent before
// everything else. A session that listens already only gets first; one that
// comes after the end still gets chat.ended, which is the last item.
func (s *session) attach(chat *contact.Chat, role contact.Role, as contact.ParticipantID, from int64, first []byte) {
	r := s.hub.room(chat)
	r.mu.Lock()
	defer r.mu.Unlock()
	defer func() { // when the position is known: what comes later is delivered
		if first != nil {
			s.send(first)
		}
	}()
	s.mu.Lock()
	already := s.reader(chat.ID)
	if s.dead || already != nil {
		s.mu.Unlock()
		if already != nil && as != "" && !slices.Contains(already.as, as) {
			already.as, already.left = append(already.as, as), false
		}
		r.release()
		return
	}
	rd := &reader{line: s, room: r, role: role, as: []contact.ParticipantID{as}, cursor: from, left: as == ""}
	s.at = append(s.at, rd)
	s.mu.Unlock()
	r.admit(rd, chat)
}

// admit lets a reader listen, from its position on or, where that is negative,
// to what follows now. The room's mutex is held.
func (r *room) admit(rd *reader, chat *contact.Chat) {
	// A state is published before it is announced, so what this one does not
	// hold yet will be announced to the reader.
	if fresh, err := r.hub.Centre.Chat(r.hub.ctx, chat.ID); err == nil && fresh.Seq >= chat.Seq {
		chat = fresh
	}
	r.last = max(r.last, chat.Seq)
	if rd.cursor < 0 {
		rd.cursor = r.last
		if chat.Over() {
			rd.cursor = chat.Seq - 1
		}
	}
	r.readers = append(r.readers, rd)
	if rd.cursor < r.last {
		rd.fallBehind()
	}
}

// room returns the room of a chat, opened where need be; its release must be
// called.
func (h *Hub) room(chat *contact.Chat) *room {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.rooms[chat.ID]
	if r == nil {
		r = &room{hub: h, id: chat.ID, number: chat.Number}
		r.cancel = h.Bus.Subscribe(bus.Chat(chat.ID), r.deliver)
		h.rooms[chat.ID] = r
	}
	r.users++
	return r
}

// release closes the room when nobody uses it any more.
func (r *room) release() {
	r.hub.mu.Lock()
	defer r.hub.mu.Unlock()
	if r.users--; r.users == 0 {
		delete(r.hub.rooms, r.id)
		r.cancel()
	}
}

// detach ends a session's listening to a chat.
func (s *session) detach(id contact.ID) {
	s.mu.Lock()
	rd := s.reader(id)
	s.at = slices.DeleteFunc(s.at, func(o *reader) bool { return o == rd })
	s.mu.Unlock()
	if rd != nil {
		rd.quit()
	}
}

// quit ends a reader's listening.
func (rd *reader) quit() {
	r := rd.room
	r.mu.Lock()
	for i, o := range r.readers {
		if o == rd {
			r.readers = append(r.readers[:i:i], r.readers[i+1:]...)
			break
		}
	}
	r.mu.Unlock()
	r.release()
}

// deliver sends what was announced to the readers.
func (r *room) deliver(a *bus.Announcement) {
	if a.Missed {
		r.hub.looks.add(r)
		return
	}
	span := r.hub.Tracer.Follow(a.Trace, "deliver")
	defer span.End()
	r.mu.Lock()
	defer r.mu.Unlock()
	if span.IsRecording() {
		span.SetAttributes(attribute.Int("bellpull.readers", len(r.readers)), attribute.Int("bellpull.items", len(a.Items)))
	}
	for i := range a.Notices { // what is told goes before what comes of it
		r.broadcast(&a.Notices[i], ofItem(r.id, &a.Notices[i]))
	}
	for i := range a.Items {
		it := &a.Items[i]
		r.last = max(r.last, it.Seq)
		var shared *news
		for _, rd := range r.readers {
			if rd.behind || it.Seq <= rd.cursor {
				continue
			}
			if it.Seq > rd.cursor+1 {
				rd.fallBehind()
				continue
			}
			if rd.take(it) {
				if shared == nil {
					shared = ofItem(r.id, it)
				}
				rd.line.tell(shared)
			}
		}
	}
	for _, rd := range r.readers {
		rd.dismiss(a)
	}
	for i := range a.Receipts {
		r.broadcast(new(contact.Item), ofReceipt(r.id, a.Current(), &a.Receipts[i], r.hub.Centre.IDs.At(r.hub.Now()), r.hub.Now()))
	}
}

// dismiss notes whether the reader's participant has left the chat.
func (rd *reader) dismiss(a *bus.Announcement) {
	rd.left = rd.left || participant(rd.line) && a.Gone(contact.ParticipantID(rd.line.who().Holder))
}

// broadcast sends what has no place in the order of items, to those who may see
// it.
func (r *room) broadcast(it *contact.Item, n *news) {
	for _, rd := range r.readers {
		if !rd.left && rd.sees(it) {
			rd.line.tell(n)
		}
	}
}

// sees reports whether an item is for the reader.
func (rd *reader) sees(it *contact.Item) bool {
	if it.Visibility == contact.ToAuthor {
		return slices.Contains(rd.as, it.By)
	}
	return it.VisibleTo("", rd.role)
}

// take moves the reader on to an item and reports whether to send it. Somebody
// who has left hears of the end and of nothing else.
func (rd *reader) take(it *contact.Item) bool {
	rd.cursor = it.Seq
	if !rd.sees(it) || rd.left && it.Type != contact.ChatEnded {
		return false
	}
	if it.Type == contact.ParticipantLeft && it.Role != contact.Supervisor { // who may go on to listen
		was := len(rd.as)
		rd.as = slices.DeleteFunc(rd.as, func(p contact.ParticipantID) bool { return p == it.By })
		rd.left = rd.left || was > 0 && len(rd.as) == 0
	}
	return true
}

// catchUpPage is how many items a reader that is behind reads at a time.
const catchUpPage = 100

// fallBehind lets a reader go on from the store. The room's mutex is held.
func (rd *reader) fallBehind() {
	rd.behind = true
	rd.room.hub.behind.Add(1)
	rd.room.hub.running.Add(1)
	go rd.catchUp(rd.room.hub.ctx)
}

// catchUp sends what the store has after the reader's position until that is
// all that was announced.
func (rd *reader) catchUp(ctx context.Context) {
	r := rd.room
	defer r.hub.running.Done()
	for {
		r.mu.Lock()
		from := rd.cursor + 1
		if from > r.last {
			rd.behind = false
			r.mu.Unlock()
			return
		}
		r.mu.Unlock()
		items, err := r.hub.Centre.Store.Items(ctx, r.number, from, catchUpPage, false)
		if err != nil || len(items) == 0 {
			if ctx.Err() == nil {
				r.hub.Log.ErrorContext(ctx, "line closed: its chat cannot be read", "contact", r.id, "error", err)
			}
			rd.line.kill() // the client comes back and reads the transcript
			return
		}
		r.mu.Lock()
		for i := range items {
			if rd.take(&items[i]) {
				rd.line.tell(ofItem(r.id, &items[i]))
			}
		}
		r.mu.Unlock()
	}
}
