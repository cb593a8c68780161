package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/outbox"
	"github.com/bellpull/bellpull/internal/store"
	"github.com/bellpull/bellpull/internal/store/embedded"
)

// inbox is a receiver that keeps what it gets, unless refuse says no.
type inbox struct {
	name   string
	limits outbox.Limits
	kinds  []contact.OutgoingKind // wanted; none: all
	refuse func(contact.Outgoing) error

	mu       sync.Mutex
	got      []string // ids
	bodies   map[string]string
	attempts int
}

func (b *inbox) Name() string          { return b.name }
func (b *inbox) Limits() outbox.Limits { return b.limits }

func (b *inbox) Wants(k contact.OutgoingKind) bool {
	return len(b.kinds) == 0 || slices.Contains(b.kinds, k)
}

func (b *inbox) Deliver(ctx context.Context, batch []contact.Outgoing) error {
	if len(batch) > b.limits.Batch {
		return fmt.Errorf("a batch of %d", len(batch))
	}
	b.mu.Lock()
	b.attempts++
	refuse := b.refuse
	b.mu.Unlock()
	for _, o := range batch {
		if refuse == nil {
			continue
		}
		if err := refuse(o); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, o := range batch {
		b.got = append(b.got, o.ID)
		if b.bodies == nil {
			b.bodies = map[string]string{}
		}
		b.bodies[o.ID] = string(o.Body)
	}
	return nil
}

func (b *inbox) has() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.got)
}

func (b *inbox) refuses(refuse func(contact.Outgoing) error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refuse = refuse
}

func (b *inbox) tried() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.attempts
}

func batches(name string) *inbox {
	return &inbox{name: name, limits: outbox.Limits{Batch: 100, Lanes: 1}}
}

func lanes(name string) *inbox {
	return &inbox{name: name, limits: outbox.Limits{Batch: 1, Lanes: 4}}
}

var errRefused = errors.New("refused")

func no(contact.Outgoing) error { return errRefused }

// about refuses what is about one key.
func about(key string) func(contact.Outgoing) error {
	return func(o contact.Outgoing) error {
		if o.Key == key {
			return errRefused
		}
		return nil
	}
}

// post is a store with an outbox, and a deliverer that can be stopped.
type post struct {
	*testing.T
	st     store.Store
	d      *outbox.Deliverer
	cancel context.CancelFunc
	done   chan error
	log    strings.Builder
}

func bubble(t *testing.T, test func(*post)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		st, err := embedded.Open(t.Context(), embedded.Options{Path: t.TempDir(), Sync: embedded.Normal})
		if err != nil {
			t.Fatal(err)
		}
		p := &post{T: t, st: st}
		defer func() {
			p.stop()
			if err := st.Close(); err != nil {
				t.Error(err)
			}
		}()
		test(p)
	})
}

// start starts delivering.
func (p *post) start(sinks ...outbox.Sink) {
	ctx, cancel := context.WithCancel(context.Background())
	p.d = outbox.New(outbox.Options{
		Store: p.st, Sinks: sinks, Now: time.Now, Log: slog.New(slog.NewTextHandler(io.MultiWriter(&p.log, p.Output()), nil)),
		Compose: func(_ context.Context, o *contact.Outgoing) ([]byte, error) {
			switch o.Contact {
			case "gone":
				return nil, fault.Newf(fault.NotFound, "no such contact")
			case "panic":
				panic("cannot be composed")
			}
			return []byte("composed of " + o.Contact), nil
		},
	})
	p.cancel, p.done = cancel, make(chan error, 1)
	d := p.d
	go func() { p.done <- d.Run(ctx) }()
}

func (p *post) stop() {
	if p.cancel == nil {
		return
	}
	p.cancel()
	if err := <-p.done; err != nil {
		p.Error(err)
	}
	p.cancel = nil
}

// tell commits rows, given as key/id, each in a commit of its own.
func (p *post) tell(rows ...string) {
	p.Helper()
	for _, r := range rows {
		key, _, _ := strings.Cut(r, "/")
		p.commit(contact.Outgoing{Kind: contact.ContactEvent, ID: r, Key: key, At: time.Now(), Body: []byte("{}")})
	}
}

func (p *post) commit(rows ...contact.Outgoing) {
	p.Helper()
	if _, err := p.st.Commit(p.Context(), &contact.Change{Outbox: rows}); err != nil {
		p.Fatal(err)
	}
	if p.cancel != nil {
		p.d.Wake()
	}
}

func (p *post) same(what string, got, want []string) {
	p.Helper()
	if !slices.Equal(got, want) {
		p.Errorf("%s: %q, want %q", what, got, want)
	}
}

// of returns what is about one key.
func of(key string, got []string) (out []string) {
	for _, id := range got {
		if strings.HasPrefix(id, key+"/") {
			out = append(out, id)
		}
	}
	return out
}

// left returns what the outbox still holds.
func (p *post) left() (ids []string) {
	p.Helper()
	rows, err := p.st.Outbox(p.Context(), 0, 1<<20)
	if err != nil {
		p.Fatal(err)
	}
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	return ids
}

func wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestEverythingIsDeliveredInOrderAndThenRemoved(t *testing.T) {
	bubble(t, func(p *post) {
		p.tell("a/1", "b/1")
		file, hook := batches("file"), lanes("hook")
		p.start(file, hook)
		wait(0)
		p.tell("a/2", "a/3", "b/2")
		wait(0)
		p.same("the file", file.has(), []string{"a/1", "b/1", "a/2", "a/3", "b/2"})
		p.same("the hook, of a", of("a", hook.has()), []string{"a/1", "a/2", "a/3"})
		p.same("the hook, of b", of("b", hook.has()), []string{"b/1", "b/2"})
		p.same("the outbox", p.left(), nil)
	})
}

func TestADeadReceiverHoldsUpNobodyElse(t *testing.T) {
	bubble(t, func(p *post) {
		file, hook := batches("file"), lanes("hook")
		hook.refuses(no)
		p.start(file, hook)
		p.tell("a/1", "b/1")
		wait(0)
		p.same("the file", file.has(), []string{"a/1", "b/1"})
		wait(72 * time.Hour)
		p.tell("a/2")
		p.same("the outbox", p.left(), []string{"a/1", "b/1", "a/2"})
		hook.refuses(nil)
		wait(2 * time.Minute)
		p.same("the hook, of a", of("a", hook.has()), []string{"a/1", "a/2"})
		p.same("the hook, of b", of("b", hook.has()), []string{"b/1"})
		p.same("the file", file.has(), []string{"a/1", "b/1", "a/2"})
		p.same("the outbox", p.left(), nil)
	})
}

func TestAReceiverThatFailsIsTriedLessAndLess(t *testing.T) {
	bubble(t, func(p *post) {
		file := batches("file")
		file.refuses(no)
		p.start(file)
		p.tell("a/1")
		wait(10 * time.Second)
		if n := file.tried(); n < 4 || n > 8 {
			t.Errorf("tried %d times in 10 seconds", n)
		}
		before := file.tried()
		wait(time.Hour)
		if n := file.tried() - before; n < 50 || n > 90 {
			t.Errorf("tried %d times in the hour after that, want about one a minute", n)
		}
	})
}

func TestARefusedEventHoldsUpItsOwnChatAlone(t *testing.T) {
	bubble(t, func(p *post) {
		hook := lanes("hook")
		hook.refuses(about("a"))
		p.start(hook)
		p.tell("a/1", "b/1", "a/2", "b/2")
		wait(0)
		p.same("the hook", hook.has(), []string{"b/1", "b/2"})
		wait(time.Hour)
		hook.refuses(nil)
		wait(2 * time.Minute)
		p.same("the hook", hook.has(), []string{"b/1", "b/2", "a/1", "a/2"})
		p.same("the outbox", p.left(), nil)
	})
}

func TestAnEventThatIsRefusedForADayIsDropped(t *testing.T) {
	bubble(t, func(p *post) {
		hook := lanes("hook")
		hook.refuses(func(o contact.Outgoing) error {
			if o.ID == "a/1" {
				return errRefused
			}
			return nil
		})
		p.start(hook)
		p.tell("a/1", "a/2")
		wait(time.Hour)
		p.tell("b/1") // which is taken
		wait(22 * time.Hour)
		p.same("the hook, before a day is over", hook.has(), []string{"b/1"})
		wait(2 * time.Hour)
		p.same("the hook", hook.has(), []string{"b/1", "a/2"})
		p.same("the outbox", p.left(), nil)
		if !strings.Contains(p.log.String(), "event=a/1") || !strings.Contains(p.log.String(), "dropped") {
			t.Errorf("the log does not say what was dropped: %s", p.log.String())
		}
	})
}

func TestNothingIsSkippedByStopping(t *testing.T) {
	bubble(t, func(p *post) {
		var want []string
		for i := range 300 {
			want = append(want, fmt.Sprintf("k%d/%d", i%7, i))
		}
		file, hook := batches("file"), lanes("hook")
		n := 0
		var mu sync.Mutex
		hook.refuses(func(contact.Outgoing) error { // slow, and fails each tenth time
			time.Sleep(10 * time.Millisecond)
			mu.Lock()
			defer mu.Unlock()
			if n++; n%10 == 0 {
				return errRefused
			}
			return nil
		})
		for i, r := range want {
			if i%50 == 0 {
				p.start(file, hook)
			}
			p.tell(r)
			if i%50 == 49 {
				wait(time.Duration(i) * time.Millisecond)
				p.stop()
			}
		}
		p.start(file, hook)
		wait(10 * time.Minute)
		p.same("the outbox", p.left(), nil)
		p.same("the file", once(file.has()), want)
		for i := range 7 {
			key := fmt.Sprint("k", i)
			p.same("the hook, of "+key, once(of(key, hook.has())), of(key, want))
		}
	})
}

// once returns the ids in the order in which they came first.
func once(ids []string) (out []string) {
	seen := map[string]bool{}
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}

// A process that dies has told its receivers more than it has stored.
func TestWhatWasDeliveredButNotStoredIsDeliveredAgain(t *testing.T) {
	bubble(t, func(p *post) {
		hook := lanes("hook")
		hook.refuses(about("a"))
		p.start(hook)
		p.tell("a/1", "b/1")
		wait(time.Second)
		p.stop() // b/1 has been taken; the position is before a/1
		hook.refuses(nil)
		p.start(hook)
		wait(time.Second)
		got := hook.has()
		slices.Sort(got)
		p.same("the hook", got, []string{"a/1", "b/1", "b/1"})
		p.same("the outbox", p.left(), nil)
	})
}

func TestMoreThanCanBeInHand(t *testing.T) {
	bubble(t, func(p *post) {
		var rows []contact.Outgoing
		for i := range 5000 {
			key := fmt.Sprint("k", i%100)
			rows = append(rows, contact.Outgoing{Kind: contact.ContactEvent, ID: fmt.Sprint(key, "/", i), Key: key, At: time.Now(), Body: []byte("{}")})
		}
		hook, file := lanes("hook"), batches("file")
		hook.refuses(about("k0"))
		p.start(hook, file)
		p.commit(rows...)
		wait(time.Minute)
		if n := len(hook.has()); n < 900 || n >= 5000 {
			t.Errorf("beside the one that is stuck %d were delivered", n)
		}
		if n := len(file.has()); n != 5000 {
			t.Errorf("the file got %d, want 5000", n)
		}
		hook.refuses(nil)
		wait(2 * time.Minute)
		if n := len(hook.has()); n != 5000 {
			t.Errorf("the hook got %d, want 5000", n)
		}
		if !slices.IsSortedFunc(of("k0", hook.has()), func(a, b string) int { return len(a) - len(b) }) {
			t.Error("the one that was stuck is out of order")
		}
		p.same("the outbox", p.left(), nil)
	})
}

func TestBodiesAreComposedWhenDue(t *testing.T) {
	bubble(t, func(p *post) {
		records, files := batches("records"), lanes("files")
		records.kinds, files.kinds = []contact.OutgoingKind{contact.ContactRecord}, []contact.OutgoingKind{contact.TranscriptFile}
		p.start(records, files)
		if !p.d.Wants(contact.ContactRecord) || p.d.Wants(contact.AgentEvent) {
			t.Error("what is wanted is not what the receivers want")
		}
		row := func(kind contact.OutgoingKind, id string, of contact.ID) contact.Outgoing {
			return contact.Outgoing{Kind: kind, ID: id, Key: string(of), Contact: of, At: time.Now()}
		}
		p.commit(
			row(contact.ContactRecord, "r0", "gone"), row(contact.ContactRecord, "r1", "c-1"),
			row(contact.TranscriptFile, "t0", "panic"), row(contact.TranscriptFile, "t1", "c-1"),
		)
		wait(time.Second)
		p.same("records", records.has(), []string{"r1"})
		p.same("transcripts", files.has(), []string{"t1"})
		if got := records.bodies["r1"]; got != "composed of c-1" {
			t.Errorf("the record is %q", got)
		}
		if got := p.left(); !slices.Contains(got, "t0") {
			t.Errorf("the outbox holds %q, want t0 among them, which cannot be composed now", got)
		}
	})
}
