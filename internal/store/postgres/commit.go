package postgres

import (
	"context"
	"fmt"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/store"
	"github.com/bellpull/bellpull/internal/store/driver"
)

// job is a call that waits for its commit: an item, or work.
type job = driver.Job[*work]

// work is the changes of one call.
type work struct {
	changes []driver.Prepared
	touches []touch
}

// touch names something that only one job of a transaction may change.
type touch struct {
	kind byte
	place
	text string
}

// The kinds of touch.
const (
	touchState   = 's' // of a chat
	touchItem    = 'i'
	touchContact = 'c'
	touchReceipt = 'r'
	touchAgent   = 'a'
	touchTimer   = 't'
	touchToken   = 'k'
)

// Commit implements store.Store.
func (s *Store) Commit(ctx context.Context, changes ...*contact.Change) ([]store.Committed, error) {
	if len(changes) == 1 && driver.IsPlain(changes[0]) {
		return s.commitPlain(ctx, changes[0])
	}
	w := &work{changes: make([]driver.Prepared, len(changes))}
	for i, ch := range changes {
		var err error
		if w.changes[i], err = driver.Prepare(ch); err != nil {
			return nil, fmt.Errorf("commit: %w", err)
		}
	}
	if !w.touch() {
		return nil, store.ErrStale // the second of two that change the same comes too late
	}
	j := s.queue.NewJob()
	j.Size, j.Work = max(1, len(changes)), w
	if err := s.queue.Do(ctx, j); err != nil {
		return nil, err
	}
	out := make([]store.Committed, len(changes))
	for i := range w.changes {
		out[i] = w.changes[i].Out
	}
	return out, nil
}

func (s *Store) commitPlain(ctx context.Context, ch *contact.Change) ([]store.Committed, error) {
	it := &ch.Items[0]
	j := s.queue.NewJob()
	j.Chat, j.Seq = ch.Was.Number, it.Seq
	j.Body = driver.AppendItem(j.Body, it)
	if err := s.queue.Do(ctx, j); err != nil {
		return nil, err
	}
	return driver.Plain(ch), nil
}

// touch notes what the changes touch. It reports false when two of them give
// the same its next state.
func (w *work) touch() bool {
	seen := map[touch]bool{}
	alone := func(t touch) bool {
		if seen[t] {
			return false
		}
		seen[t] = true
		w.touches = append(w.touches, t)
		return true
	}
	ok := true
	for i := range w.changes {
		p := &w.changes[i]
		if p.Next != nil {
			ok = ok && (p.Number == 0 || alone(touch{kind: touchState, place: place{p.Number, 0}}))
			for _, id := range p.NewContacts() {
				ok = ok && alone(touch{kind: touchContact, text: string(id)})
			}
		}
		for k := range p.Items {
			ok = ok && (p.Number == 0 || alone(touch{kind: touchItem, place: place{p.Number, p.Items[k].Seq}}))
		}
		for _, a := range p.Agents {
			ok = ok && alone(touch{kind: touchAgent, text: string(a.User)})
		}
		for _, t := range p.Tokens {
			ok = ok && alone(touch{kind: touchToken, text: t.Key})
		}
		for _, r := range p.Receipts { // several of one message are merged
			alone(touch{touchReceipt, place{p.Number, r.Seq}, string(r.By)})
		}
		for _, t := range p.Set { // of several the last one counts
			alone(touch{touchTimer, place{p.Number, 0}, string(t.Kind) + "/" + t.Ref})
		}
		for _, key := range p.Clear {
			alone(touch{touchTimer, place{p.Number, 0}, string(key.Kind) + "/" + key.Ref})
		}
	}
	return ok
}

// apart splits jobs into those that can share a transaction and those that
// touch what an earlier one touches: they are judged by what comes of it.
func apart(jobs []*job, touched map[touch]struct{}) (now, later []*job) {
	clear(touched)
	now = jobs[:0]
	for _, j := range jobs {
		if free(j, touched) {
			now = append(now, j)
		} else {
			later = append(later, j)
		}
	}
	return now, later
}

// free reports whether a job touches nothing that is touched, and touches it.
func free(j *job, touched map[touch]struct{}) bool {
	one := [1]touch{{kind: touchItem, place: place{j.Chat, j.Seq}}}
	all := one[:]
	if j.Work != nil {
		all = j.Work.touches
	}
	for _, t := range all {
		if _, ok := touched[t]; ok {
			return false
		}
	}
	for _, t := range all {
		touched[t] = struct{}{}
	}
	return true
}
