package agent

import (
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"time"

	"github.com/bellpull/bellpull/chat"
)

const (
	// pollAfter is how long the socket may be down before polls take its place.
	pollAfter = 10 * time.Second
	// pollWait is how long the server holds a poll back while nothing happens.
	pollWait = 30 * time.Second
	// pollPause is between a poll that failed and the next, 30 % more or less.
	pollPause = 5 * time.Second
)

// follower is the state of Desk.run, which alone touches it.
type follower struct {
	*Desk
	queue []Event   // told, not yet taken
	told  *Snapshot // what the queue leads up to
	newer *Snapshot // what has not been told yet, because the queue was full

	reconfigured bool // and not told yet

	up, toldUp bool // the socket, and what was told of it
	lostBy     error

	down     *time.Timer        // runs while the socket is down and nothing polls
	polled   chan polled        // of the present poll, so that what an earlier one gives is not heard
	stopPoll context.CancelFunc // nil while nothing polls
}

// polled is what a poll gave.
type polled struct {
	snapshot Snapshot
	err      error
}

// run tells events until the desk is over or ctx ends.
func (d *Desk) run(ctx context.Context) {
	defer close(d.events)
	f := &follower{Desk: d, told: new(Snapshot), down: time.NewTimer(pollAfter)}
	defer f.down.Stop()
	defer f.endPoll()
	listening, deafen := context.WithCancel(ctx)
	inbox := make(chan chat.Signal, 4)
	stop := d.socket.Listen(func(sig chat.Signal) {
		if sig.Kind == chat.Pinged || sig.Kind == chat.Frame && sig.Topic == chat.TopicChat {
			return
		}
		select {
		case inbox <- sig:
		case <-listening.Done():
		}
	})
	defer stop()
	defer deafen()
	close(d.heard)

	for d.Err() == nil || len(f.queue) > 0 {
		var out chan<- Event
		var head Event
		if len(f.queue) > 0 {
			out, head = d.events, f.queue[0]
		}
		select {
		case <-ctx.Done():
			return
		case out <- head:
			f.taken()
		case sig := <-inbox:
			f.hear(ctx, sig)
		case <-f.down.C:
			f.startPoll(ctx)
		case p := <-f.polled:
			f.answered(p)
		}
	}
}

// hear deals with a signal of the socket.
func (f *follower) hear(ctx context.Context, sig chat.Signal) {
	switch sig.Kind {
	case chat.Subscribed:
		f.up = true
		f.down.Stop()
		f.endPoll()
		f.tellState()
	case chat.Lost:
		f.up, f.lostBy = false, sig.Err
		f.down.Reset(pollAfter)
		f.tellState()
	case chat.Over:
		f.finish(sig.Err)
	case chat.Frame:
		if err := f.read(sig.Topic, sig.Content); err != nil {
			f.opts.Logger.WarnContext(ctx, "frame not understood", "topic", sig.Topic, "error", err)
		}
	case chat.Pinged:
	}
}

// read deals with a frame.
func (f *follower) read(topic string, content []byte) error {
	switch topic {
	case topicSnapshot:
		s, _, err := parseSnapshot(content)
		if err != nil {
			return err
		}
		f.see(&s)
	case topicConfiguration:
		c, err := parseConfiguration(content)
		if err != nil {
			return err
		}
		f.mu.Lock()
		news := !reflect.DeepEqual(c, f.config)
		f.config = c
		f.mu.Unlock()
		f.reconfigured = f.reconfigured || news
		f.tellNewer()
	}
	return nil
}

// startPoll asks for snapshots until endPoll.
func (f *follower) startPoll(ctx context.Context) {
	ctx, f.stopPoll = context.WithCancel(ctx)
	answers := make(chan polled)
	f.polled = answers
	f.work.Go(func() {
		failed := false
		for token := ""; ctx.Err() == nil; {
			var p polled
			p.snapshot, token, p.err = f.client.fetch(ctx, token, pollWait)
			select {
			case answers <- p:
			case <-ctx.Done():
			}
			if failed && p.err == nil {
				f.socket.Hurry() // the server is back
			}
			if failed = p.err != nil; failed {
				pause(ctx)
			}
		}
	})
}

func (f *follower) endPoll() {
	if f.stopPoll != nil {
		f.stopPoll()
		f.stopPoll, f.polled = nil, nil
	}
}

// pause waits for about pollPause, or until ctx ends.
func pause(ctx context.Context) {
	t := time.NewTimer(time.Duration(float64(pollPause) * (0.7 + 0.6*rand.Float64())))
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// answered deals with a poll's answer.
func (f *follower) answered(p polled) {
	switch {
	case errors.Is(p.err, ErrSignedOut):
		f.finish(p.err)
	case p.err != nil:
		f.opts.Logger.Info("snapshot not read", "error", p.err)
	default:
		f.see(&p.snapshot)
	}
}

// see takes in a snapshot, and tells what is new unless too much waits.
func (f *follower) see(s *Snapshot) {
	f.mu.Lock()
	f.snapshot = *s
	f.mu.Unlock()
	f.newer = s
	f.forget(s)
	f.tellNewer()
}

// forget closes the sessions of contacts that are off the desk.
func (f *follower) forget(s *Snapshot) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, session := range f.sessions {
		if c, ok := s.Contact(id); !ok || c.Own().ID != session.Details().ParticipantID {
			delete(f.sessions, id)
			f.work.Go(session.Close)
		}
	}
}

// tellNewer tells what is new, where there is room.
func (f *follower) tellNewer() {
	if f.reconfigured && len(f.queue) < f.opts.Backlog {
		f.reconfigured = false
		f.queue = append(f.queue, ConfigurationEvent{f.Configuration()})
	}
	if f.newer != nil && len(f.queue) < f.opts.Backlog {
		f.queue = append(f.queue, diff(f.told, f.newer)...)
		f.told, f.newer = f.newer, nil
	}
}

// tellState tells how the connection is, if that is news.
func (f *follower) tellState() {
	switch {
	case f.up == f.toldUp || len(f.queue) >= f.opts.Backlog:
		return
	case f.up:
		f.queue = append(f.queue, ConnectionEstablished{})
	default:
		f.queue = append(f.queue, ConnectionLost{Err: f.lostBy})
	}
	f.toldUp = f.up
}

// taken removes the head of the queue, which makes room for what has happened
// meanwhile.
func (f *follower) taken() {
	f.queue[0] = nil
	f.queue = f.queue[1:]
	f.tellState()
	f.tellNewer()
}
