package socket

import (
	"context"
	"sync"
	"time"

	"github.com/bellpull/bellpull/internal/bus"
)

// lookers is how many rooms look at the store at the same time. All of them may
// want to, when a cluster finds together again.
const lookers = 8

// looks are the rooms whose readers may have missed something. Each looks at the
// store once, however often it was told to meanwhile.
type looks struct {
	hub *Hub

	mu      sync.Mutex
	waiting []*room
	queued  map[*room]bool
	running int
}

func (l *looks) add(r *room) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.queued[r] || l.hub.ctx.Err() != nil {
		return
	}
	if l.queued == nil {
		l.queued = map[*room]bool{}
	}
	l.queued[r] = true
	l.waiting = append(l.waiting, r)
	if l.running < lookers {
		l.running++
		l.hub.running.Add(1)
		go l.run(l.hub.ctx)
	}
}

func (l *looks) run(ctx context.Context) {
	defer l.hub.running.Done()
	for r := l.next(); r != nil; r = l.next() {
		r.look(ctx)
	}
}

func (l *looks) next() *room {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == 0 {
		l.waiting = nil
		l.running--
		return nil
	}
	r := l.waiting[0]
	l.waiting = l.waiting[1:]
	delete(l.queued, r) // what is missed from now on needs another look
	return r
}

// look lets the readers go on with what the store has and nobody announced here.
func (r *room) look(ctx context.Context) {
	if !r.inUse() {
		return
	}
	chat, err := r.hub.Centre.Store.Chat(ctx, r.id)
	if err != nil {
		r.hub.Log.WarnContext(ctx, "a chat cannot be read and will be tried again", "contact", r.id, "error", err)
		if pause(ctx, lookAgain) {
			r.hub.looks.add(r)
		}
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = max(r.last, chat.Seq)
	for _, rd := range r.readers {
		switch {
		case rd.behind:
		case rd.cursor < r.last:
			rd.fallBehind() // and learns from the items who has left
		default:
			rd.dismiss(&bus.Announcement{Chat: chat})
		}
	}
}

// lookAgain is how long a store that answered nothing is left alone.
const lookAgain = time.Second

// pause waits for d. It reports false when ctx is over first.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

func (r *room) inUse() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.readers) > 0
}
