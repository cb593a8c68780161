// Package storetest is what "implements store.Store" means: a suite that every
// driver passes. A bug found in one driver becomes a case here. Start reading
// at Run.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/store"
)

// Run runs the suite. fresh makes an empty place for one test's data and
// returns the function that opens a store there; it is called again, after
// Close, to see what has been kept. The suite closes what it opens.
func Run(t *testing.T, fresh func(t *testing.T) (open func() store.Store)) {
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := &kit{T: t, open: fresh(t), ids: contact.SeededIDs(1), now: day}
			k.Store = k.open()
			k.another = func() store.Store {
				st := fresh(t)()
				t.Cleanup(func() {
					if err := st.Close(); err != nil {
						t.Errorf("close: %v", err)
					}
				})
				return st
			}
			t.Cleanup(func() {
				if err := k.Store.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
			test(k)
		})
	}
}

var tests = map[string]func(*kit){
	"a chat is found by each of its contacts":              chatByContact,
	"every field of a chat is kept":                        chatFields,
	"what is committed is told":                            committedIsTold,
	"a commit leaves the caller's values alone":            callersValues,
	"a change decided on an old state is refused":          staleChanges,
	"a state without items needs no certain last item":     stateWithoutItems,
	"a chat starts once":                                   chatStartsOnce,
	"a change that makes no sense is refused":              senselessChanges,
	"changes of one call are kept together or not at all":  allOrNothing,
	"of writers with the same state one wins":              oneWins,
	"writers that try again leave no gap":                  noGaps,
	"every field of an item is kept":                       itemFields,
	"any text is kept as it is":                            anyText,
	"items are read in pages both ways":                    pages,
	"an item is found by its time":                         seqAt,
	"receipts are merged, and news are told":               receipts,
	"an idempotency key is kept once":                      tokens,
	"timers are set, replaced, cleared and found when due": timers,
	"waiting chats come longest first":                     waiting,
	"chats are active until they end":                      active,
	"an agent has one present state":                       agents,
	"routable agents are found":                            routable,
	"the outbox is read in the order of commits":           outbox,
	"a change that fails leaves nothing in the outbox":     outboxOfFailed,
	"an agent's change alone fills the outbox, too":        outboxOfAgents,
	"receivers of the outbox go at their own pace":         outboxPositions,
	"numbers of the outbox are not given again":            outboxNumbers,
	"contacts are found by when they went on":              legs,
	"contacts are found, the newest first":                 recentLegs,
	"flows that began and ended are remembered":            flowMarks,
	"agents' time is remembered":                           agentLog,
	"what is older than reports ask for is removed":        trimReports,
	"a contact whose row was removed may change":           trimmedChanges,
	"a claim is one holder's":                              claims,
	"a claim ends unless it is renewed":                    claimsEnd,
	"when agents were last here is known":                  lastHere,
	"of those who claim together one holds":                oneClaims,
	"every field of a directory is kept":                   directoryFields,
	"directory entries are replaced one by one":            directoryReplaces,
	"signing keys come newest first":                       signingKeys,
	"what is exported is the same after an import":         exported,
	"an export is of one moment":                           exportedUnderLoad,
	"an export ends when it is told to":                    exportEndsEarly,
	"a damaged export is refused":                          damagedImports,
	"what is not there is not found":                       notFound,
	"everything is there after opening again":              reopened,
	"a call whose context is over does nothing":            cancelled,
	"a commit that is cut short happens whole or not":      cutShort,
	"a closed store refuses, and keeps what it promised":   closing,
}

// day is when the tests take place.
var day = time.Date(2026, 3, 29, 9, 0, 0, 0, time.UTC)

// kit is what a test works with.
type kit struct {
	*testing.T
	store.Store
	open func() store.Store
	// another opens an empty store elsewhere.
	another func() store.Store

	ids *contact.IDs
	now time.Time
}

// reopen closes the store and opens it again.
func (k *kit) reopen() {
	k.Helper()
	if err := k.Store.Close(); err != nil {
		k.Fatalf("close: %v", err)
	}
	k.Store = k.open()
}

// commit stores changes that must succeed, stamped.
func (k *kit) commit(changes ...*contact.Change) []store.Committed {
	k.Helper()
	out, err := k.tryCommit(changes...)
	if err != nil {
		k.Fatalf("commit: %v", err)
	}
	if len(out) != len(changes) {
		k.Fatalf("commit of %d changes answered %d times", len(changes), len(out))
	}
	return out
}

func (k *kit) tryCommit(changes ...*contact.Change) ([]store.Committed, error) {
	for _, ch := range changes {
		if ch.Was != nil {
			ch.Stamp(k.now, k.ids)
		}
	}
	return k.Commit(k.Context(), changes...)
}

// stale says that a commit must be refused as decided on an old state.
func (k *kit) stale(what string, changes ...*contact.Change) {
	k.Helper()
	if _, err := k.tryCommit(changes...); !errors.Is(err, store.ErrStale) {
		k.Errorf("%s: error %v, want ErrStale", what, err)
	}
}

// opening returns the change that starts a chat, without timers.
func (k *kit) opening(instance contact.InstanceID) *contact.Change {
	id := contact.ID(k.ids.New())
	return &contact.Change{
		Was: &contact.Chat{ID: id, Instance: instance},
		Next: &contact.Chat{
			ID: id, Instance: instance, Phase: contact.Created, Started: k.now,
			Participants: []contact.Participant{{ID: contact.ParticipantID(k.ids.New()), Role: contact.Customer, Name: "Ada", Contact: id}},
			Contacts:     []contact.Segment{{ID: id, Method: "API", Initiated: k.now}},
		},
	}
}

// chat starts a chat.
func (k *kit) chat() *contact.Chat {
	k.Helper()
	return k.commit(k.opening("instance"))[0].Chat
}

// say returns the change that adds messages to a chat.
func say(c *contact.Chat, texts ...string) *contact.Change {
	ch := &contact.Change{Was: c}
	for _, text := range texts {
		ch.Items = append(ch.Items, contact.Item{
			Kind: contact.Message, Type: contact.PlainText, Text: text,
			By: c.Participants[0].ID, Role: contact.Customer, Name: "Ada", Contact: c.ID,
		})
	}
	return ch
}

// edit returns the change that gives a chat another state.
func edit(c *contact.Chat, how func(*contact.Chat)) *contact.Change {
	next := *c
	how(&next)
	return &contact.Change{Was: c, Next: &next}
}

// in returns an edit that puts the chat into a phase.
func in(p contact.Phase) func(*contact.Chat) {
	return func(c *contact.Chat) { c.Phase = p }
}

// present reads a chat as it now is.
func (k *kit) present(id contact.ID) *contact.Chat {
	k.Helper()
	return must(k.Chat(k.Context(), id))(k)
}

// texts reads the whole transcript and checks its numbers and the order of its
// times.
func (k *kit) texts(c *contact.Chat) []string {
	k.Helper()
	items := must(k.Items(k.Context(), c.Number, 1, 1<<20, false))(k)
	var texts []string
	for i := range items {
		if got, want := items[i].Seq, int64(i+1); got != want {
			k.Fatalf("item %d of chat %d is numbered %d", want, c.Number, got)
		}
		if i > 0 && !items[i].At.After(items[i-1].At) {
			k.Errorf("item %d of chat %d is not later than the one before", i+1, c.Number)
		}
		texts = append(texts, items[i].Text)
	}
	return texts
}

// same compares what was read with what was wanted. An empty list or map is as
// good as none.
func (k *kit) same(what string, got, want any) {
	k.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		k.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// must unwraps the result of a call that must succeed.
func must[T any](v T, err error) func(*kit) T {
	return func(k *kit) T {
		k.Helper()
		if err != nil {
			k.Fatal(err)
		}
		return v
	}
}

// isNotFound checks that what was asked for is unknown.
func (k *kit) isNotFound(what string, err error) {
	k.Helper()
	if err == nil || fault.KindOf(err) != fault.NotFound {
		k.Errorf("%s: error %v, want one of kind NotFound", what, err)
	}
}

// together runs n goroutines that start at the same moment and returns their
// errors.
func together(n int, each func(i int) error) []error {
	var group sync.WaitGroup
	start := make(chan struct{})
	errs := make([]error, n)
	for i := range n {
		group.Go(func() {
			<-start
			errs[i] = each(i)
		})
	}
	close(start)
	group.Wait()
	return errs
}

// expectOneWinner checks that one of the calls succeeded and the others were
// stale.
func (k *kit) expectOneWinner(what string, errs []error) {
	k.Helper()
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, store.ErrStale):
			k.Errorf("%s: error %v, want ErrStale", what, err)
		}
	}
	if won != 1 {
		k.Errorf("%s: %d of %d writers won, want 1", what, won, len(errs))
	}
}

// retry commits what decide makes of the chat's present state until it is not
// stale.
func (k *kit) retry(ctx context.Context, id contact.ID, decide func(*contact.Chat) *contact.Change) error {
	for {
		c, err := k.Chat(ctx, id)
		if err != nil {
			return err
		}
		ch := decide(c)
		ch.Stamp(k.now, k.ids)
		switch _, err := k.Commit(ctx, ch); {
		case errors.Is(err, store.ErrStale):
		case err != nil:
			return fmt.Errorf("commit: %w", err)
		default:
			return nil
		}
	}
}
