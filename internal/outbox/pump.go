package outbox

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
)

// How a pump paces itself.
const (
	window = 1024 // rows that it has in hand
	check  = time.Minute
	// Of what other nodes add nobody tells.
	checkAmongOthers = 500 * time.Millisecond
	firstPause       = 200 * time.Millisecond // after a failure, doubled from time to time
	longPause        = time.Minute
	// giveUpAfter is how long a sink may refuse one thing while it takes others.
	// Then that is dropped, so that what comes after it about the same chat or
	// agent is not held up for ever. A sink that takes nothing loses nothing.
	giveUpAfter = 24 * time.Hour
)

// pump delivers to one sink. Its fields belong to the goroutine of run.
type pump struct {
	*Deliverer
	index  int
	sink   Sink
	limits Limits
	wake   chan struct{}
	ended  chan *flight

	rows     []*row // in hand, in order; the first one is not done
	read     int64  // the last number in hand, or before
	position int64  // everything up to it is done
	stored   int64  // position in the store
	opened   bool   // position has been read
	more     bool   // the outbox may hold more
	lanes    map[string]*lane
	flying   int

	lastTaken time.Time // when the sink last took something
	lastTold  time.Time // when its failure was last logged

	figures Figures
}

// row is something to be delivered.
type row struct {
	contact.Outgoing
	lane string
	done bool
}

// lane is what must stay in order. One that has nothing under way and has not
// failed is forgotten.
type lane struct {
	flying   bool
	failures int
	since    time.Time // of the first failure
	until    time.Time // when it is tried again
}

// flight is a batch under way.
type flight struct {
	rows []*row
	err  error
}

func newPump(d *Deliverer, index int, s Sink) *pump {
	return &pump{
		Deliverer: d, index: index, sink: s, limits: s.Limits(),
		wake: make(chan struct{}, 1), ended: make(chan *flight), lanes: map[string]*lane{}, more: true,
	}
}

// run delivers while ctx lasts. It begins where whoever delivered last has come
// to.
func (p *pump) run(ctx context.Context) error {
	p.begin()
	defer p.land(context.WithoutCancel(ctx))
	for {
		pause := check
		if p.Node != "" {
			pause = checkAmongOthers
		}
		if err := p.advance(ctx); err != nil {
			p.trouble(ctx, err)
			pause = min(pause, time.Second)
		}
		if !p.wait(ctx, min(pause, p.nextTry())) {
			return nil
		}
	}
}

// begin forgets what was in hand when it was last this node's turn.
func (p *pump) begin() {
	p.rows, p.read, p.position, p.stored, p.opened, p.more = nil, 0, 0, 0, false, true
	p.lanes, p.flying = map[string]*lane{}, 0
}

// advance takes rows in hand, sends off what can be, and stores how far it came.
func (p *pump) advance(ctx context.Context) error {
	if !p.opened {
		position, err := p.Store.OutboxPosition(ctx, p.sink.Name())
		if err != nil {
			return err
		}
		p.read, p.position, p.stored, p.opened = position, position, position, true
		p.came(p.index, position)
	}
	for {
		if p.more && len(p.rows) < window {
			if err := p.take(ctx); err != nil {
				return err
			}
		}
		p.send(ctx)
		if err := p.store(ctx); err != nil {
			return err
		}
		if !p.more || len(p.rows) >= window {
			return nil
		}
	}
}

// take takes further rows in hand.
func (p *pump) take(ctx context.Context) error {
	most := window - len(p.rows)
	got, err := p.Store.Outbox(ctx, p.read, most)
	if err != nil {
		return err
	}
	p.more = len(got) == most
	for _, o := range got {
		p.read = o.Number
		r := &row{Outgoing: o, done: !p.sink.Wants(o.Kind)}
		if p.limits.Lanes > 1 {
			r.lane = o.Key
		}
		p.rows = append(p.rows, r)
	}
	p.settle()
	return nil
}

// settle lets go of the rows that are done, as far as all before them are.
func (p *pump) settle() {
	n := 0
	for n < len(p.rows) && p.rows[n].done {
		p.position = p.rows[n].Number
		n++
	}
	p.rows = p.rows[n:]
	var oldest int64
	if len(p.rows) > 0 {
		oldest = p.rows[0].At.UnixNano()
	}
	p.figures.oldest.Store(oldest)
	p.figures.InHand.Store(int64(len(p.rows)))
}

// send sends off the first rows of each lane that is free.
func (p *pump) send(ctx context.Context) {
	now := p.Now()
	for i := 0; i < len(p.rows) && p.flying < p.limits.Lanes; i++ {
		r := p.rows[i]
		l := p.lanes[r.lane]
		if r.done || l != nil && (l.flying || l.until.After(now)) {
			continue
		}
		if l == nil {
			l = &lane{}
			p.lanes[r.lane] = l
		}
		l.flying = true
		p.flying++
		f := &flight{rows: p.batch(i)}
		go func() {
			defer func() { p.ended <- f }()
			f.err = guarded(func() error { return p.deliver(ctx, f.rows) })
		}()
	}
}

// batch returns the rows from i on that go together.
func (p *pump) batch(i int) []*row {
	var rows []*row
	for _, r := range p.rows[i:] {
		if !r.done && r.lane == p.rows[i].lane {
			rows = append(rows, r)
		}
		if len(rows) == p.limits.Batch {
			break
		}
	}
	return rows
}

// deliver hands rows to the sink, composed. What there is nothing left to tell
// of is left out.
func (p *pump) deliver(ctx context.Context, rows []*row) error {
	batch := make([]contact.Outgoing, 0, len(rows))
	for _, r := range rows {
		o := r.Outgoing
		if o.Body == nil {
			var err error
			if o.Body, err = p.Compose(ctx, &o); fault.KindOf(err) == fault.NotFound && err != nil {
				p.Log.WarnContext(ctx, "what was to be told is no longer there", "sink", p.sink.Name(), "kind", o.Kind, "contact", o.Contact, "error", err)
				continue
			} else if err != nil {
				return err
			}
		}
		batch = append(batch, o)
	}
	if len(batch) == 0 {
		return nil
	}
	return p.sink.Deliver(ctx, batch)
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

// landed takes note of a batch that has ended.
func (p *pump) landed(ctx context.Context, f *flight) {
	p.flying--
	name := f.rows[0].lane
	l := p.lanes[name]
	l.flying = false
	now := p.Now()
	if f.err != nil && ctx.Err() == nil && !p.givesUp(ctx, l, f, now) {
		p.failed(ctx, l, f, now)
		return
	}
	if f.err != nil && ctx.Err() != nil {
		return // it was cut short, and is delivered again after the next start
	}
	if f.err == nil {
		p.lastTaken, p.lastTold = now, time.Time{}
		p.figures.Delivered.Add(int64(len(f.rows)))
	} else {
		p.figures.Dropped.Add(int64(len(f.rows)))
	}
	delete(p.lanes, name)
	for _, r := range f.rows {
		r.done = true
	}
	p.settle()
}

// failed lets a lane wait for longer each time. A part of the pause is chance,
// so that a sink that comes back does not get everything at once.
func (p *pump) failed(ctx context.Context, l *lane, f *flight, now time.Time) {
	if l.failures == 0 {
		l.since = now
	}
	pause := min(longPause, firstPause<<min(l.failures, 12))
	pause = pause*3/4 + rand.N(pause/2)
	l.failures++
	p.figures.Failures.Add(1)
	l.until = now.Add(pause)
	if now.Sub(p.lastTold) >= check {
		p.lastTold = now
		p.Log.WarnContext(ctx, "a receiver of events fails; it will be tried again", "sink", p.sink.Name(),
			"event", f.rows[0].ID, "failures", l.failures, "error", f.err)
	}
}

// givesUp reports whether what a sink refuses is dropped.
func (p *pump) givesUp(ctx context.Context, l *lane, f *flight, now time.Time) bool {
	if l.failures == 0 || now.Sub(l.since) < giveUpAfter || !p.lastTaken.After(l.since) {
		return false
	}
	for _, r := range f.rows {
		p.Log.ErrorContext(ctx, "an event was refused for too long and is dropped", "sink", p.sink.Name(), "event", r.ID,
			"kind", r.Kind, "about", r.Key, "error", f.err)
	}
	return true
}

// store stores how far the sink has come, when there is nothing better to do or
// it is far.
func (p *pump) store(ctx context.Context) error {
	if p.position == p.stored || p.flying > 0 && p.position-p.stored < window/4 {
		return nil
	}
	if err := p.pass(ctx, p.index, p.position, len(p.rows) == 0 && !p.more); err != nil {
		return err
	}
	p.stored = p.position
	return nil
}

// nextTry is how long it takes until a lane that has failed is tried again.
func (p *pump) nextTry() time.Duration {
	next := check
	for _, l := range p.lanes {
		if !l.flying {
			next = min(next, max(0, l.until.Sub(p.Now())))
		}
	}
	if p.flying >= p.limits.Lanes {
		return check // whatever lands first makes room
	}
	return next
}

// wait waits for something to do, or for so long. It reports false when ctx is
// over.
func (p *pump) wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-p.wake:
		p.more = true
	case f := <-p.ended:
		p.landed(ctx, f)
	case <-timer.C:
		p.more = true
	}
	return true
}

// land waits for what is under way and stores how far it came.
func (p *pump) land(ctx context.Context) {
	for p.flying > 0 {
		f := <-p.ended
		if f.err != nil {
			p.flying--
			continue
		}
		p.landed(ctx, f)
	}
	if err := p.store(ctx); err != nil {
		p.trouble(ctx, err)
	}
}

func (p *pump) trouble(ctx context.Context, err error) {
	if !errors.Is(err, context.Canceled) {
		p.Log.ErrorContext(ctx, "the outbox cannot be read or moved on in and will be tried again", "sink", p.sink.Name(), "error", err)
	}
}
