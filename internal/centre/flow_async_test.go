package centre_test

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/bus"
	"github.com/bellpull/bellpull/internal/callout"
	"github.com/bellpull/bellpull/internal/centre"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/store"
	"github.com/bellpull/bellpull/internal/store/embedded"
)

// functions are asynchronous functions, the first so many calls of which are
// lost with the process that made them.
type functions struct {
	mu    sync.Mutex
	lose  int
	takes time.Duration // each of the others
	ids   []string
}

func (f *functions) Knows(string) bool { return true }

func (f *functions) RecognizeText(context.Context, callout.RecognizeRequest) (callout.RecognizeAnswer, error) {
	panic("nobody asks a bot")
}

func (f *functions) Invoke(_ context.Context, r callout.InvokeRequest) (callout.InvokeAnswer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ids = append(f.ids, r.ID)
	if len(f.ids) > f.lose {
		go func() {
			time.Sleep(f.takes)
			r.Done(callout.InvokeAnswer{Values: callout.Values{}, RequestID: r.ID}, nil)
		}()
	}
	return callout.InvokeAnswer{RequestID: r.ID}, nil
}

const waitsForFunction = `{"Version":"2019-10-30","StartAction":"call","Actions":[
{"Identifier":"call","Type":"InvokeLambdaFunction","Parameters":{"LambdaFunctionARN":"f","InvocationTimeLimitSeconds":"30","InvocationType":"ASYNCHRONOUS"},"Transitions":{"NextAction":"wait","Errors":[{"ErrorType":"NoMatchingError","NextAction":"bye"}]}},
{"Identifier":"wait","Type":"Wait","Parameters":{"TimeLimitSeconds":"600","Events":["LambdaReturned"]},"Transitions":{"NextAction":"bye","Conditions":[{"NextAction":"bye","Condition":{"Operator":"Equals","Operands":["WaitCompleted"]}},{"NextAction":"said","Condition":{"Operator":"Equals","Operands":["LambdaReturned"]}}],"Errors":[{"ErrorType":"NoMatchingError","NextAction":"failed"}]}},
{"Identifier":"said","Type":"MessageParticipant","Parameters":{"Text":"It has returned."},"Transitions":{"NextAction":"bye"}},
{"Identifier":"failed","Type":"MessageParticipant","Parameters":{"Text":"It has failed."},"Transitions":{"NextAction":"bye"}},
{"Identifier":"bye","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}`

// An asynchronous call that is lost with its process is made once more, under
// the same id, by the next one; then it is given up.
func TestALostCallIsMadeOnceMore(t *testing.T) {
	for _, test := range []struct {
		name  string
		lose  int
		calls int
		said  string
	}{{"nothing lost", 0, 1, "It has returned."}, {"once", 1, 2, "It has returned."}, {"twice", 2, 2, "It has failed."}} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := storeWith(t, waitsForFunction)
				calls := &functions{lose: test.lose}
				first, stop := running(t, st, calls)
				started := begin(t, first, contact.Opening{})
				stop()
				second, stop := running(t, st, calls)
				time.Sleep(5 * time.Minute)
				synctest.Wait()
				stop()
				chat, err := second.Chat(t.Context(), started.Chat)
				if err != nil {
					t.Fatal(err)
				}
				if got := said(t, st, chat); !slices.Contains(got, test.said) {
					t.Errorf("%q was not said: %q", test.said, got)
				}
				if len(calls.ids) != test.calls || calls.ids[0] != calls.ids[len(calls.ids)-1] {
					t.Errorf("calls %q, want %d of the same id", calls.ids, test.calls)
				}
			})
		})
	}
}

// stalled is a store whose timers of lost calls are handed out once more, as they
// are by a node that had read them before another one fired them.
type stalled struct {
	store.Store
	read []contact.Timer
}

func (s *stalled) DueTimers(ctx context.Context, now time.Time, limit int) ([]contact.Timer, time.Time, error) {
	due, next, err := s.Store.DueTimers(ctx, now, limit)
	again := s.read
	s.read = slices.DeleteFunc(slices.Clone(due), func(t contact.Timer) bool { return t.Kind != contact.AsyncTimer })
	if len(s.read) > 0 {
		next = now // when they are handed out again
	}
	return append(due, again...), next, err
}

// A call that was lost is waited for when it is made once more, though two nodes
// find that it was lost.
func TestTwoNodesFindThatACallWasLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &stalled{Store: storeWith(t, waitsForFunction)}
		calls := &functions{lose: 1, takes: time.Second}
		c, stop := running(t, st, calls)
		started := begin(t, c, contact.Opening{})
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		stop()
		chat, err := c.Chat(t.Context(), started.Chat)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "said", said(t, st, chat), []string{"It has returned."})
		same(t, "calls", len(calls.ids), 2)
	})
}

// storeWith returns a store that holds an instance in which chats begin with
// the given flow.
func storeWith(t *testing.T, content string) *embedded.Store {
	t.Helper()
	st, err := embedded.Open(t.Context(), embedded.Options{Path: t.TempDir(), Sync: embedded.Normal})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	dir := seed.Dev()
	dir.Flows[seed.DevFlow].Content = content
	if err := st.PutDirectory(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	return st
}

// said returns what has been said in a chat, by whomever.
func said(t *testing.T, st store.Store, chat *contact.Chat) (texts []string) {
	t.Helper()
	items, err := st.Items(t.Context(), chat.Number, 1, 50, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range items {
		if it.Kind == contact.Message {
			texts = append(texts, it.Text)
		}
	}
	return texts
}

// begin starts a chat and connects its customer.
func begin(t *testing.T, c *centre.Centre, o contact.Opening) centre.Started {
	t.Helper()
	o.Instance, o.Flow, o.Name = seed.DevInstance, seed.DevFlow, "Ada"
	started, err := c.StartChat(t.Context(), o, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Connect(t.Context(), started.Chat, started.Customer); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	return started
}

// running returns a centre that does its background work, and what stops it.
func running(t *testing.T, st store.Store, calls centre.Callouts) (*centre.Centre, func()) {
	t.Helper()
	c, err := centre.New(t.Context(), centre.Options{
		Store: st, Bus: new(bus.Local), Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Now: time.Now,
		IDs: contact.NewIDs(), Ring: time.Minute, Callouts: calls,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	synctest.Wait()
	return c, func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
