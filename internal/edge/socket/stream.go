package socket

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/token"
)

const (
	// beatEvery is how often a stream says something. Clients notice by the
	// silence that one is dead, so it is no comment, which their scripts cannot see.
	beatEvery = 5 * time.Second
	// reopenAfter is how long a client should wait before it comes back by itself.
	reopenAfter = time.Second
	// How long a poll waits, and at most: proxies cut off what takes a minute.
	pollWait    = 25 * time.Second
	maxPollWait = 50 * time.Second
	// late is for how long the end of a chat can still be heard by who was in it.
	late = 5 * time.Minute
)

// stream is a participant's line where there is no WebSocket: server-sent
// events, or a poll, which is a stream until the first news. Its request's own
// goroutine writes; what comes meanwhile waits.
type stream struct {
	hub    *Hub
	claims token.Claims
	heard  atomic.Int64  // when something was last taken off our hands, by the hub's watch
	ready  chan struct{} // has a token when there is something to take, or the stream is dead
	rd     *reader       // set before the stream listens

	mu      sync.Mutex // guards what follows
	dead    bool
	waiting []told
	bytes   int // of what waits
}

// told is news as a stream sends them.
type told struct {
	position int64
	last     bool
	content  []byte
}

func (s *stream) who() *token.Claims { return &s.claims }
func (s *stream) hear()              { s.heard.Store(int64(s.hub.awake.Elapsed())) }

func (s *stream) silent() time.Duration {
	return s.hub.awake.Elapsed() - time.Duration(s.heard.Load())
}

// goAway implements line: clients come back where a stream just ends.
func (s *stream) goAway() { s.kill() }

func (s *stream) tell(n *news) {
	content := n.asContent()
	s.mu.Lock()
	if s.dead {
		s.mu.Unlock()
		return
	}
	s.hub.sent.Add(1)
	if len(s.waiting) >= maxWaitingFrames || s.bytes+len(content) > maxWaitingBytes {
		s.mu.Unlock()
		s.hub.dropped.Add(1)
		s.hub.Log.Warn("stream closed: the client reads too slowly", "holder", s.claims.Holder)
		s.kill()
		return
	}
	s.waiting = append(s.waiting, told{n.position, n.last, content})
	s.bytes += len(content)
	s.mu.Unlock()
	s.nudge()
}

func (s *stream) kill() {
	s.mu.Lock()
	s.dead, s.waiting, s.bytes = true, nil, 0
	s.mu.Unlock()
	s.nudge()
}

func (s *stream) nudge() {
	select {
	case s.ready <- struct{}{}:
	default:
	}
}

// take returns what waits. It reports false when the stream is dead.
func (s *stream) take() ([]told, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.waiting
	s.waiting, s.bytes = nil, 0
	return all, !s.dead
}

func (s *stream) detachAll() {
	if s.rd != nil {
		s.rd.quit()
	}
}

// position returns where a client wants to go on: behind the item of that
// number, or with what follows now (-1). A browser that comes back by itself
// says so in a header.
func position(r *http.Request) (int64, error) {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = r.URL.Query().Get("after")
	}
	if text == "" {
		return -1, nil
	}
	after, err := strconv.ParseInt(text, 10, 64)
	if err != nil || after < 0 {
		return 0, fault.Newf(fault.Invalid, "after must be the position of an item")
	}
	return after, nil
}

// listen opens the stream that a request asks for, and counts as connecting. It
// returns the position from which on the stream tells. Leave must be called
// where there is no error.
func (h *Hub) listen(r *http.Request) (_ *stream, at int64, err error) {
	claims, err := h.Tokens.Verify(r.URL.Query().Get("token"), token.Connection)
	if err != nil {
		return nil, 0, err
	}
	after, err := position(r)
	if err != nil {
		return nil, 0, err
	}
	s := &stream{hub: h, claims: claims, ready: make(chan struct{}, 1)}
	s.hear()
	if !h.enter(s) {
		return nil, 0, fault.Newf(fault.Throttled, "the server is about to stop")
	}
	if at, err = s.join(r.Context(), after); err != nil {
		h.end(s)
		return nil, 0, err
	}
	return s, at, nil
}

// end forgets a stream.
func (h *Hub) end(s *stream) {
	h.leave(s)
	h.running.Done()
}

// join lets the stream listen from a position on.
func (s *stream) join(ctx context.Context, after int64) (at int64, err error) {
	id, p := contact.ID(s.claims.Realm), contact.ParticipantID(s.claims.Holder)
	chat, err := s.hub.Centre.Chat(ctx, id)
	if err != nil {
		return 0, err
	}
	if after > chat.Seq { // by another node, which knows more, or by mistake
		if chat, err = s.hub.Centre.Store.Chat(ctx, id); err != nil {
			return 0, err
		}
		after = min(after, chat.Seq)
	}
	left := false
	refusal := chat.MayConnect(p)
	if refusal != nil {
		if left, err = s.hub.hasLeft(ctx, chat, p, after); err != nil {
			return 0, err
		}
		if !s.hub.mayHearTheEnd(chat, p, after) {
			return 0, refusal
		}
	}
	room := s.hub.room(chat)
	room.mu.Lock()
	s.rd = &reader{line: s, room: room, role: chat.Participant(p).Role, as: []contact.ParticipantID{p}, cursor: after, left: left}
	room.admit(s.rd, chat)
	at = s.rd.cursor
	room.mu.Unlock()
	if refusal != nil {
		return at, nil
	}
	if err := s.hub.Centre.Connect(ctx, id, p); err != nil && fault.KindOf(err) != fault.Denied {
		return 0, err
	}
	return at, nil // where it was denied the chat has ended, which is what the client hears
}

// mayHearTheEnd reports whether a participant who may no longer connect may
// still hear what was said last: they were in the chat when it ended, which is
// not long ago, and have not heard it yet.
func (h *Hub) mayHearTheEnd(chat *contact.Chat, p contact.ParticipantID, after int64) bool {
	who := chat.Participant(p)
	return who != nil && chat.Over() && after < chat.Seq && h.Now().Sub(who.Left) < late
}

// hasLeft reports whether a participant had left the chat before the item behind
// a position. Only chat.ended is for them then.
func (h *Hub) hasLeft(ctx context.Context, chat *contact.Chat, p contact.ParticipantID, after int64) (bool, error) {
	who := chat.Participant(p)
	if who == nil || who.Presence != contact.Gone || after == 0 {
		return false, nil
	}
	if after < 0 {
		return true, nil
	}
	items, err := h.Centre.Store.Items(ctx, chat.Number, after, 1, false)
	return len(items) == 0 || !items[0].At.Before(who.Left), err
}

// Events answers GET /events: the news of a chat as server-sent events. The id
// of an event is the position of its item; what is passing, such as typing, has
// none. The first event, position, says where the stream begins, and beat comes
// every few seconds. The stream ends with the chat.
func (h *Hub) Events(w http.ResponseWriter, r *http.Request) {
	s, at, err := h.listen(r)
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	defer h.end(s)
	h.streams[0].Add(1)
	defer h.streams[0].Add(-1)
	out := newEventWriter(w)
	out.comment("retry: " + strconv.FormatInt(reopenAfter.Milliseconds(), 10))
	out.event("position", at, []byte(`{"position":`+strconv.FormatInt(at, 10)+`}`))
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	for out.flush() {
		s.hear()
		select {
		case <-r.Context().Done():
			return
		case <-h.Closing:
			return
		case <-beat.C:
			out.event("beat", 0, []byte("{}"))
		case <-s.ready:
		}
		all, alive := s.take()
		if !alive {
			return
		}
		for i := range all {
			out.event("", all[i].position, all[i].content)
			if all[i].last {
				out.flush()
				return
			}
		}
	}
}

// eventWriter writes events; nothing is written after a failure.
type eventWriter struct {
	to     http.ResponseWriter
	limits *http.ResponseController
	buffer []byte
}

func newEventWriter(w http.ResponseWriter) *eventWriter {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // proxies that know it pass events on at once
	h.Set("Access-Control-Allow-Origin", "*")
	c := http.NewResponseController(w)
	_ = c.SetReadDeadline(time.Time{}) // the request has been read; where it cannot be set there is none
	return &eventWriter{to: w, limits: c}
}

func (e *eventWriter) comment(line string) { e.buffer = append(append(e.buffer, line...), '\n') }

func (e *eventWriter) event(name string, id int64, data []byte) {
	if name != "" {
		e.comment("event: " + name)
	}
	if id > 0 || name == "position" {
		e.comment("id: " + strconv.FormatInt(id, 10))
	}
	e.buffer = append(e.buffer, "data: "...)
	e.buffer = append(e.buffer, data...)
	e.buffer = append(e.buffer, "\n\n"...)
}

// flush sends what has been written. It reports false when nobody takes it.
func (e *eventWriter) flush() bool {
	_ = e.limits.SetWriteDeadline(time.Now().Add(writeLimit)) //nolint:forbidigo // the network's clock; where it cannot be set there is none
	_, err := e.to.Write(e.buffer)
	e.buffer = e.buffer[:0]
	return err == nil && e.limits.Flush() == nil
}

// polled is the answer to a poll.
type polled struct {
	Position int64    `json:"position"`
	Items    []string `json:"items"`
}

// Poll answers GET /events/poll: the news of a chat behind a position, as soon
// as there are any. Without a position it tells at once where the chat is.
func (h *Hub) Poll(w http.ResponseWriter, r *http.Request) {
	wait := pollWait
	if text := r.URL.Query().Get("wait"); text != "" {
		seconds, err := strconv.Atoi(text)
		if err != nil || seconds < 0 {
			h.refuse(w, r, fault.Newf(fault.Invalid, "wait must be a number of seconds"))
			return
		}
		wait = time.Duration(min(seconds, int(maxPollWait/time.Second))) * time.Second
	}
	s, at, err := h.listen(r)
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	defer h.end(s)
	h.streams[1].Add(1)
	defer h.streams[1].Add(-1)
	if after, _ := position(r); after < 0 { // it has been read without an error
		wait = 0
	}
	patience := time.NewTimer(wait)
	defer patience.Stop()
	select {
	case <-r.Context().Done():
		return
	case <-h.Closing:
	case <-patience.C:
	case <-s.ready:
	}
	out := polled{Position: at, Items: []string{}}
	all, _ := s.take()
	for i := range all {
		out.Position = max(out.Position, all[i].position)
		out.Items = append(out.Items, string(all[i].content))
	}
	answer(w, out)
}

// answer writes an answer in JSON that is good for now only.
func answer(w http.ResponseWriter, v any) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("Access-Control-Allow-Origin", "*")
	_ = json.NewEncoder(w).Encode(v) // a client that is gone needs no answer
}

// refuse answers a request with an error as the Participant Service names it.
func (h *Hub) refuse(w http.ResponseWriter, r *http.Request, err error) {
	head := w.Header()
	head.Set("Access-Control-Expose-Headers", "x-amzn-ErrorType,x-amzn-RequestId,Retry-After")
	head.Set("Cache-Control", "no-store")
	switch fault.KindOf(err) {
	case fault.Invalid:
		refuse(w, http.StatusBadRequest, "ValidationException", err.Error())
	case fault.Throttled:
		if head.Get("Retry-After") == "" {
			head.Set("Retry-After", "1")
		}
		refuse(w, http.StatusTooManyRequests, "ThrottlingException", err.Error())
	case fault.Denied, fault.Gone, fault.NotFound:
		refuse(w, http.StatusForbidden, "AccessDeniedException", "Access denied")
	default:
		if r.Context().Err() == nil {
			h.Log.ErrorContext(r.Context(), "stream failed", "error", err)
		}
		refuse(w, http.StatusInternalServerError, "InternalServerException", "internal failure")
	}
}
