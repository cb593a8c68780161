package chat

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"
)

const (
	receiptPace   = 5 * time.Second        // between receipts of one kind
	deliveredWait = 300 * time.Millisecond // for a read receipt to make it needless
)

// Delivered acknowledges that a message of somebody else has arrived. It
// returns at once. The receipt goes out after 300 ms, unless the message has
// been read by then, and at most one goes out in 5 s: the one of the last
// message, which stands for those before it.
func (s *Session) Delivered(messageID string) { s.receipts.add(delivered, messageID) }

// Read acknowledges that a message of somebody else has been read, and so
// implies Delivered. It returns at once. At most one receipt goes out in 5 s:
// the first at once, then the one of the last message, which stands for those
// before it. A receipt that fails for good is dropped.
func (s *Session) Read(messageID string) { s.receipts.add(read, messageID) }

// receiptKind is delivered or read.
type receiptKind int

const (
	delivered receiptKind = iota
	read
)

func (k receiptKind) contentType() string {
	if k == read {
		return EventMessageRead
	}
	return EventMessageDelivered
}

// receipts sends a session's receipts at their pace.
type receipts struct {
	session *Session
	wake    chan struct{} // something was added

	mu    sync.Mutex
	order map[string]int // the places of the items told, by their ids
	kinds [2]pace
}

// pace is the state of one kind of receipt.
type pace struct {
	next string    // the message to acknowledge; empty if there is none
	due  time.Time // when
	free time.Time // when another may go out
	done int       // the position of the newest message acknowledged, or -1
}

func newReceipts(s *Session) *receipts {
	return &receipts{
		session: s,
		wake:    make(chan struct{}, 1),
		order:   map[string]int{},
		kinds:   [2]pace{{done: -1}, {done: -1}},
	}
}

// place notes the place of an item in the order of the chat.
func (r *receipts) place(id string, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.order[id] = n
}

// add schedules a receipt, unless one that was sent or waits says as much.
func (r *receipts) add(kind receiptKind, id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n, known := r.order[id]
	for k := kind; k <= read; k++ { // read says delivered too
		p := r.kinds[k]
		if known && (n <= p.done || p.next != "" && n <= r.order[p.next]) {
			return
		}
		if p.next == id {
			return
		}
	}
	p, now := &r.kinds[kind], r.session.opts.Now()
	if p.next == "" {
		p.due = p.free
		if soonest := now.Add(deliveredWait); kind == delivered && p.due.Before(soonest) {
			p.due = soonest
		}
	}
	p.next = id
	if kind == read {
		if d := &r.kinds[delivered]; d.next == id || known && d.next != "" && r.order[d.next] <= n {
			d.next = ""
		}
	}
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// take returns the receipt that is due, if any, and how long to wait
// otherwise: negative if there is nothing to wait for.
func (r *receipts) take() (kind receiptKind, id string, wait time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.session.opts.Now()
	wait = -1
	for k := range r.kinds {
		p := &r.kinds[k]
		if p.next == "" {
			continue
		}
		left := p.due.Sub(now)
		if left <= 0 {
			id, p.next = p.next, ""
			p.free = now.Add(receiptPace)
			if n, ok := r.order[id]; ok {
				p.done = n
			}
			return receiptKind(k), id, 0
		}
		if wait < 0 || left < wait {
			wait = left
		}
	}
	return 0, "", wait
}

// run sends receipts when they are due, until ctx ends.
func (r *receipts) run(ctx context.Context) {
	timer := stoppedTimer()
	defer timer.Stop()
	for {
		kind, id, wait := r.take()
		if id != "" {
			r.send(ctx, kind, id)
			continue
		}
		timer.Stop()
		if wait >= 0 {
			timer.Reset(wait)
		}
		select {
		case <-timer.C:
		case <-r.wake:
		case <-ctx.Done():
			return
		}
	}
}

func (r *receipts) send(ctx context.Context, kind receiptKind, id string) {
	_, err := r.session.SendEvent(ctx, Message{ContentType: kind.contentType(), Content: receiptContent(id)})
	// With more than two participants the service refuses all receipts.
	if e, ok := errors.AsType[*Error](err); err != nil && (!ok || e.StatusCode != http.StatusConflict) {
		r.session.opts.Logger.InfoContext(ctx, "receipt not sent", "error", err)
	}
}
