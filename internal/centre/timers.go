package centre

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/tally"
)

// How the timer loop paces itself.
const (
	timerBatch = 100
	timerCheck = time.Minute // how long it sleeps at the most
	// What other nodes arm nobody wakes this one for.
	timerCheckAmongOthers = 200 * time.Millisecond
	retryAfter            = time.Second // after a failure
	// One that failed is put off for so long. Where a file cannot be removed the
	// others cannot either for a while, and a chat that cannot be read stays so
	// until somebody mends it: those are put off for longer. Where files were kept
	// nobody says before the next start, if at all.
	putOffFor    = 5 * time.Second
	putOffLong   = time.Minute
	putOffDay    = 24 * time.Hour
	removeWithin = 5 * time.Second
)

// errUnreadable says that a timer's own chat cannot be read.
var errUnreadable = errors.New("the chat cannot be read")

// runTimers fires the timers that are due and sleeps until the next one is.
func (c *Centre) runTimers(ctx context.Context) error {
	var noFiles error // why files cannot be removed for now
	var since tally.Watch
	for {
		sleep := timerCheck
		if c.Node != "" {
			sleep = timerCheckAmongOthers
		}
		due, next, err := c.Store.DueTimers(ctx, c.Now(), timerBatch)
		// What refuses one may take the next. What does not answer is left alone
		// for a while, since everybody waits meanwhile.
		if !errors.Is(noFiles, context.DeadlineExceeded) || since.Elapsed() > putOffLong/2 {
			noFiles = nil
		}
		for _, t := range due { // one that fails must not hold up the others
			c.figures.TimerLag.Took(c.Now().Sub(t.Due))
			failed, tried := noFiles, !ofFile(t.Kind) || noFiles == nil
			if tried {
				failed = guarded(func() error { return c.fire(ctx, t) })
				if ofFile(t.Kind) && !errors.Is(failed, errUnreadable) && !errors.Is(failed, errNoPlace) {
					noFiles, since = failed, tally.Start()
				}
			}
			if failed == nil || ctx.Err() != nil {
				continue
			}
			by := putOffFor
			switch {
			case errors.Is(failed, errNoPlace):
				by = putOffDay
			case ofFile(t.Kind) || errors.Is(failed, errUnreadable):
				by = putOffLong
			}
			until := c.Now().Add(by)
			// Those that fail again and again come first by their times, and would
			// leave no turn to the others. Where not even this is stored, the store is
			// away, or takes nothing, and the others would fail as well.
			if err = c.Store.PutOffTimer(ctx, t, until); err != nil {
				break
			}
			if tried {
				c.Log.ErrorContext(ctx, "a timer failed and will be tried again", "timer", t.Kind, "contact", t.Chat, "at", until, "error", failed)
			}
			if next.IsZero() || until.Before(next) {
				next = until
			}
		}
		switch {
		case err != nil:
			c.trouble(ctx, "fire timers", err)
			sleep = retryAfter
		case len(due) == timerBatch:
			sleep = 0
		case !next.IsZero():
			sleep = max(0, min(sleep, next.Sub(c.Now())))
		}
		if !pause(ctx, sleep, c.wakeTimer) {
			return nil
		}
	}
}

// ofFile says whether a timer removes the bytes of a file.
func ofFile(k contact.TimerKind) bool {
	return k == contact.UploadTimer || k == contact.ScanTimer || k == contact.KeepTimer
}

// fire does what a timer is for. The timer goes in the same commit, so that it
// fires once, and again after a crash that came first.
func (c *Centre) fire(ctx context.Context, t contact.Timer) error {
	if _, err := c.Chat(ctx, t.Chat); err != nil {
		return fmt.Errorf("%w: %w", errUnreadable, err)
	}
	if ofFile(t.Kind) { // bytes go before what is known of them
		within, done := context.WithTimeout(ctx, removeWithin)
		err := c.removeBytes(within, t)
		done()
		if err != nil {
			return err
		}
	}
	_, err := c.change(ctx, t.Chat, 0, func(d *contact.Draft) error {
		d.Drop(t.TimerKey)
		switch t.Kind {
		case contact.ConnectTimer:
			if d.Chat().Phase == contact.Created {
				return c.end(ctx, d, contact.NotConnected)
			}
		case contact.ExpireTimer:
			return c.end(ctx, d, contact.Expired)
		case contact.OfferTimer:
			if d.Chat().Flow.Whisper == contact.ParticipantID(t.Ref) { // accepted since the timer was read, or put off
				return nil
			}
			return c.missed(ctx, d, contact.ParticipantID(t.Ref))
		case contact.AfterWorkTimer:
			return c.clear(ctx, d, contact.ParticipantID(t.Ref))
		case contact.FlowTimer:
			return c.waited(ctx, d, t.Ref)
		case contact.CallTimer:
			return c.callLost(ctx, d, t.Ref)
		case contact.AsyncTimer:
			return c.asyncLost(ctx, d, t.Ref)
		case contact.WhisperTimer:
			return c.missed(ctx, d, contact.ParticipantID(t.Ref))
		case contact.IdleTimer, contact.LeaveTimer:
			return c.silent(ctx, d, t.Kind, contact.Role(t.Ref))
		case contact.StepTimer:
			d.ExpireStep()
		case contact.UploadTimer:
			d.ClearUpload(contact.FileID(t.Ref))
		case contact.ScanTimer:
			c.scanLate(d, contact.FileID(t.Ref))
		case contact.KeepTimer:
			d.Forget(contact.FileID(t.Ref))
		case contact.LostTimer:
			return c.lost(ctx, d, contact.ParticipantID(t.Ref))
		}
		return nil
	})
	return err
}
