// Package centre is what happens in a chat: each file is one thing that can be
// done. Every change takes the same road, in change.go: decide, commit, tell.
package centre

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bellpull/bellpull/internal/blob"
	"github.com/bellpull/bellpull/internal/bus"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/duty"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/metrics"
	"github.com/bellpull/bellpull/internal/store"
	"github.com/bellpull/bellpull/internal/tally"
)

// Options are what a Centre is made of.
type Options struct {
	Store store.Store
	Bus   bus.Bus
	Log   *slog.Logger
	Now   func() time.Time
	IDs   *contact.IDs
	// Ring is how long an offer rings.
	Ring time.Duration
	// LostAfter is how long an agent in a chat may be away, without a desk or a
	// call, before the customer is not left to wait any longer; 0 is for ever.
	LostAfter time.Duration
	// MaxActiveChats is the most chats of an instance that have not ended; 0 is
	// no limit.
	MaxActiveChats int
	// KeepReports is how long what figures of the past are made from is kept; 0 is
	// for ever.
	KeepReports time.Duration
	// Callouts are what flows call; nil when they can call nothing.
	Callouts Callouts
	// ViewToken mints the token with which a client asks for a view that a flow
	// shows in a chat; nil where flows can show none.
	ViewToken func(chat contact.ID, view ViewMark) string
	// FlowLog, if set, is given each line of the flow log: JSON without a
	// newline.
	FlowLog func([]byte)
	// Files, if set, keeps the files that people send.
	Files *Files
	// FormerFiles, where Files is nil, is where files were kept before, whose bytes
	// still go in their time; nil where that is not known.
	FormerFiles blob.Store
	// Outbox, if set, is where the world outside is told of what happens.
	Outbox Outbox
	// Node is this process, unlike any other, where others share the store; empty
	// where none do.
	Node string
	// EventIDs are the ids of events, apart from IDs so that those of chats do not
	// depend on who listens.
	EventIDs *contact.IDs
}

// Outbox hands out what is committed to the store's outbox.
type Outbox interface {
	// Wants reports whether anybody listens for a kind.
	Wants(contact.OutgoingKind) bool
	// Wake tells that something has been committed.
	Wake()
}

// Centre does what the doors ask for and what timers and routing bring about.
type Centre struct {
	Options
	live      live
	tails     tails
	reloading sync.Mutex // so that what was read last is what counts
	instances atomic.Pointer[map[contact.InstanceID]*directory.Directory]
	flows     flows
	beats     beats
	calls     calls
	paces     shared[contact.InstanceID, *metrics.Paces]
	boards    boards
	snapshots shared[contact.InstanceID, *metrics.Snapshot]
	presence  presence
	strain    strain
	matching  matching
	figures   *Figures
	wakeTimer chan struct{} // an earlier timer may have been set
	wakeMatch chan struct{} // somebody may wait, or be free
	wakeBeats chan struct{} // the clock has been moved
	// wakeReload says that another node has changed the directory.
	wakeReload chan struct{}
	duties     duty.Roster
	unlisten   func()
}

// New returns a centre on what the store holds. Run does its background work.
func New(ctx context.Context, o Options) (*Centre, error) {
	c := &Centre{
		Options:   o,
		wakeTimer: make(chan struct{}, 1),
		wakeMatch: make(chan struct{}, 1),
		wakeBeats: make(chan struct{}, 1),

		wakeReload: make(chan struct{}, 1),
		duties:     duty.Roster{Claims: o.Store, Node: o.Node, Log: o.Log},
	}
	c.figures = newFigures()
	c.live.chats = map[contact.ID]*entry{}
	c.presence.begin(c.Now())
	c.strain.awake = tally.Start()
	if err := c.reload(ctx); err != nil {
		return nil, err
	}
	c.unlisten = c.listen()
	return c, nil
}

// Run fires timers, matches contacts with agents and forgets idle chats until
// ctx ends. It is called once.
func (c *Centre) Run(ctx context.Context) error {
	defer c.unlisten()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return c.duties.Run(ctx, "timers", c.runTimers) })
	g.Go(func() error { return c.duties.Run(ctx, "matching", c.runMatching) })
	g.Go(func() error { return c.runReload(ctx) })
	g.Go(func() error { return c.runPresence(ctx) })
	g.Go(func() error { return c.runJanitor(ctx) })
	g.Go(func() error { return c.runTrimming(ctx) })
	g.Go(func() error { return c.runCalls(ctx) })
	g.Go(func() error { return c.duties.Run(ctx, "heart beats", c.runHeartBeats) })
	return g.Wait()
}

// reloadCheck is how often the directory is read anew without being told that
// it has changed.
const reloadCheck = time.Hour

// Reload reads the directory, which has been changed, anew, and lets other nodes
// do so.
func (c *Centre) Reload(ctx context.Context) error {
	if err := c.reload(ctx); err != nil {
		return err
	}
	c.Bus.Announce(&bus.Announcement{Topic: bus.Directory})
	return nil
}

func (c *Centre) reload(ctx context.Context) error {
	c.reloading.Lock()
	defer c.reloading.Unlock()
	ids, err := c.Store.Instances(ctx)
	if err != nil {
		return err
	}
	all := make(map[contact.InstanceID]*directory.Directory, len(ids))
	for _, id := range ids {
		if all[id], err = c.Store.Directory(ctx, id); err != nil {
			return err
		}
	}
	c.instances.Store(&all)
	wake(c.wakeMatch)
	for _, dir := range all { // desks show what the directory says
		for user := range dir.Users {
			c.Bus.Announce(&bus.Announcement{Topic: bus.Agent(user)})
		}
	}
	return nil
}

// Instance returns the directory of an instance.
func (c *Centre) Instance(id contact.InstanceID) (*directory.Directory, error) {
	if d := (*c.instances.Load())[id]; d != nil {
		return d, nil
	}
	return nil, fault.Newf(fault.NotFound, "there is no instance %s", id)
}

// Instances returns the directories of all instances.
func (c *Centre) Instances() []*directory.Directory {
	all := make([]*directory.Directory, 0, 1)
	for _, d := range maps.All(*c.instances.Load()) {
		all = append(all, d)
	}
	return all
}

// Wake makes timers and matching look again. Call it when the clock that was
// handed in has been moved.
func (c *Centre) Wake() {
	wake(c.wakeTimer)
	wake(c.wakeMatch)
	wake(c.wakeBeats)
}

// wake tells a loop to look again; a loop that is about to look needs no
// second telling.
func wake(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// pause waits for d or for a wake-up, whichever comes first. It reports false
// when ctx is over.
func pause(ctx context.Context, d time.Duration, wake <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
	case <-wake:
	}
	return true
}

// guarded calls do; a panic of it becomes an error.
func guarded(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return do()
}

// trouble reports a failure of background work. The end of ctx is none.
func (c *Centre) trouble(ctx context.Context, doing string, err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		c.Log.ErrorContext(ctx, "background work failed and will be tried again", "doing", doing, "error", err)
	}
}
