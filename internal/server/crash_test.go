package server_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/outbox"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server/servertest"
	"github.com/bellpull/bellpull/internal/store"
)

// mortal is a store that dies at a commit: before it is made, or after it, so
// that nobody hears of it. What comes later fails.
type mortal struct {
	store.Store
	after bool

	mu   sync.Mutex
	left int // commits until it dies; negative is never
	dead bool
}

var errDead = errors.New("the store is dead")

func (m *mortal) Commit(ctx context.Context, changes ...*contact.Change) ([]store.Committed, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead {
		return nil, errDead
	}
	m.left--
	if m.left != 0 {
		return m.Store.Commit(ctx, changes...)
	}
	m.dead = true
	if m.after {
		if _, err := m.Store.Commit(ctx, changes...); err != nil {
			return nil, err
		}
	}
	return nil, errDead
}

// story is a chat that goes through everything that moves slots: offered,
// missed, accepted, handed on, joined by a colleague, ended and cleared. Each
// step looks at where things stand and does what is next, so that it goes on
// after a crash; it reports whether there is nothing left to do.
func story(srv *servertest.Server, ada *servertest.Customer, ana, ben *servertest.Agent) (done bool) {
	chat, err := srv.Centre().Chat(context.Background(), contact.ID(ada.Contact))
	if err != nil {
		return false
	}
	for _, a := range []*servertest.Agent{ana, ben} {
		switch a.StateOf(ada) {
		case "connecting":
			if a == ben && chat.Current().ConnectionAttempt == 1 && chat.Length() == 2 {
				time.Sleep(21 * time.Second) // Ben misses the first one
				return false
			}
			a.On(ada, "AcceptContact")
			return false
		case "error", "rejected", "ended":
			a.On(ada, "ClearContact")
			return false
		}
	}
	switch {
	case chat.Over():
		return true
	case chat.Phase != contact.Connected:
		time.Sleep(time.Second)
	case chat.Length() == 1:
		ana.Transfer(ada, "TransferContact", toBen)
	case chat.Length() == 2 && chat.Transfer == nil:
		ben.Transfer(ada, "AddNewConnection", toAna)
	case chat.Length() == 3 && chat.Transfer == nil && ana.StateOf(ada) == "connected" && ben.StateOf(ada) == "connected":
		ben.Hangup(ada, "agent")
	case chat.Length() == 3 && chat.Transfer == nil:
		ana.Hangup(ada, "inbound")
	}
	return false
}

// checkSlots holds the agents' work against the chat: nothing is leaked, and
// nothing is lost.
func checkSlots(t *testing.T, srv *servertest.Server, ada *servertest.Customer) {
	t.Helper()
	chat := chatOf(t, srv, ada)
	ringing := 0
	work := map[contact.ParticipantID]contact.WorkState{}
	dir := team()
	for _, name := range []string{"ana", "ben"} {
		a, err := srv.Centre().Agent(t.Context(), seed.DevInstance, dir.UserByName(name).ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range a.Work {
			work[w.Participant] = w.State
			p := chat.Participant(w.Participant)
			switch {
			case w.State == contact.Ringing:
				ringing++
				if p == nil || p.Presence != contact.Invited {
					t.Errorf("%s rings for %+v", name, p)
				}
			case w.State == contact.Talking && (p == nil || p.Presence != contact.Present):
				t.Errorf("%s talks as %+v", name, p)
			case w.State == contact.AfterWork && (p == nil || p.Presence != contact.After):
				t.Errorf("%s has after-contact work as %+v", name, p)
			}
		}
	}
	for i := range chat.Participants {
		p := &chat.Participants[i]
		if _, ok := work[p.ID]; p.Role == contact.AgentRole && !ok && p.Presence != contact.Gone {
			t.Errorf("%s is %s without a slot", p.Name, p.Presence)
		}
	}
	offered := chat.Phase == contact.Offered || chat.Transfer != nil && chat.Transfer.Phase == contact.Offered
	if (ringing == 1) != offered || ringing > 1 {
		t.Errorf("the chat is %s (%+v) and rings %d times", chat.Phase, chat.Transfer, ringing)
	}
}

// checkTold holds what receivers have been told against how the chat ended: of
// each contact its whole life and one record, and of each agent every step.
func checkTold(t *testing.T, l *listener, chat *contact.Chat) {
	t.Helper()
	events, records := map[string][]string{}, map[string]int{}
	for _, e := range told[contactEvent](t, l, contact.ContactEvent) {
		events[e.Detail.ContactID] = append(events[e.Detail.ContactID], e.Detail.EventType)
	}
	for _, r := range told[contactRecord](t, l, contact.ContactRecord) {
		records[r.ContactID]++
	}
	for _, s := range chat.Contacts {
		id := string(s.ID)
		equal(t, "events of contact "+id, events[id], []string{
			"INITIATED", "CONNECTED_TO_SYSTEM", "QUEUED", "CONNECTED_TO_AGENT", "DISCONNECTED", "COMPLETED",
		})
		same(t, "records of contact "+id, records[id], 1)
	}
	same(t, "agents told of", checkSteps(t, l), 2)
}

// checkSteps checks that each event of an agent goes on from the one before, and
// returns how many agents there are events of.
func checkSteps(t *testing.T, l *listener) int {
	t.Helper()
	last := map[string]string{}
	for _, e := range told[agentEvent](t, l, contact.AgentEvent) {
		if e.EventType == "LOGIN" || e.EventType == "LOGOUT" {
			continue // it says what the STATE_CHANGE beside it says
		}
		before, now := fmt.Sprint(*e.PreviousAgentSnapshot), fmt.Sprint(*e.CurrentAgentSnapshot)
		if was, ok := last[e.AgentARN]; ok && was != before {
			t.Errorf("%s: after %s comes %s from %s to %s", e.AgentARN, was, e.EventType, before, now)
		}
		last[e.AgentARN] = now
	}
	return len(last)
}

// However far a chat has come when the process dies, it goes on after a restart
// to the same end.
func TestACrashAtAnyCommitLeaksNothing(t *testing.T) {
	for _, after := range []bool{false, true} {
		for n := 1; ; n++ {
			died := true
			t.Run(fmt.Sprintf("commit=%d,made=%v", n, after), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { died = crashAt(t, n, after) })
			})
			if t.Failed() {
				return
			}
			if !died {
				if n < 15 {
					t.Errorf("the story has %d commits", n-1)
				}
				break
			}
		}
	}
}

func crashAt(t *testing.T, n int, after bool) (died bool) {
	m := &mortal{left: -1, after: after}
	l := new(listener)
	srv := servertest.Open(t, servertest.Options{Directory: team(), Sinks: []outbox.Sink{l}, Wrap: func(st store.Store) store.Store {
		m.Store = st
		return m
	}})
	ana, ben := srv.SignIn("ana"), srv.SignIn("ben")
	ana.SetState("Available")
	ben.SetState("Available")
	ada := srv.StartChat("Ada")
	m.mu.Lock()
	m.left = n
	m.mu.Unlock()
	for range 60 {
		if story(srv, ada, ana, ben) {
			break
		}
		synctest.Wait()
		m.mu.Lock()
		dead := m.dead
		m.mu.Unlock()
		if dead {
			died = true
			srv.Stop()
			m.dead, m.left = false, -1
			srv.Start()
			ana.OpenDesk()
			ben.OpenDesk()
			if !chatOf(t, srv, ada).Over() {
				ada.Connect()
			}
			time.Sleep(time.Second)
			synctest.Wait()
		}
		checkSlots(t, srv, ada)
	}
	chat := chatOf(t, srv, ada)
	if !chat.Over() {
		t.Errorf("in the end the chat is %s with %d contacts, %+v on the way", chat.Phase, len(chat.Contacts), chat.Transfer)
	}
	same(t, "the desks", len(ana.Work())+len(ben.Work()), 0)
	for _, s := range chat.Contacts {
		if s.Open() {
			t.Errorf("contact %s is open", s.ID)
		}
	}
	pass(time.Minute)
	checkTold(t, l, chat)
	return died
}
