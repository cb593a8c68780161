package agent_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/agent"
	"github.com/bellpull/bellpull/chat"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

// The whole server, and ana's desk at it, through a restart.
func TestDeskAndServerAgree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := servertest.New(t)
		ctx := t.Context()
		d, err := agent.SignIn(ctx, agent.Options{Endpoint: servertest.URL, Username: "ana", Password: "ana-rings-twice", HTTPClient: srv.HTTPClient()})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		l := follow(d)
		settle := func() {
			time.Sleep(100 * time.Millisecond) // changes of the desk are gathered for a moment
			synctest.Wait()
		}
		do := func(err error) {
			t.Helper()
			if err != nil {
				t.Error(err)
			}
			settle()
		}
		settle()
		told(t, l, "at first", "connectionestablished", "state >Offline")
		do(d.SetState(ctx, agent.State{Type: agent.Routable}))
		told(t, l, "when available", "state Offline>Available")

		ada := srv.StartChat("Ada")
		settle()
		told(t, l, "when it rings", "appeared "+ada.Contact, "connecting "+ada.Contact)
		do(d.Accept(ctx, ada.Contact))
		told(t, l, "when accepted", "connected "+ada.Contact)
		if err := d.SetState(ctx, agent.State{Name: "Break"}); err == nil {
			t.Error("a state that chats stand in the way of: no error")
		}
		do(d.SetNextState(ctx, agent.State{Name: "Break"}))
		told(t, l, "when a break is to follow", "nextstate Break")
		do(d.SetNextState(ctx, agent.State{Name: "Available"}))
		told(t, l, "when it is not any more", "nextstatecleared Break")

		s, err := d.Chat(ctx, ada.Contact)
		if err != nil {
			t.Fatal(err)
		}
		var heard []string
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			for ev := range s.Events() {
				if m, ok := ev.(chat.MessageEvent); ok && m.ParticipantRole != chat.RoleSystem {
					heard = append(heard, m.Content)
				}
			}
		}()
		ada.Say("one")
		srv.Restart()
		time.Sleep(time.Minute)
		told(t, l, "through a restart", "connectionlost", "connectionestablished")
		if _, err := s.SendMessage(ctx, chat.Message{Content: "two"}); err != nil {
			t.Error(err)
		}
		settle()

		bob := srv.StartChat("Bob")
		settle()
		told(t, l, "when another rings", "appeared "+bob.Contact, "connecting "+bob.Contact)
		time.Sleep(time.Minute)
		told(t, l, "when nobody answers", "missed "+bob.Contact, "ended "+bob.Contact)
		do(d.Clear(ctx, bob.Contact))
		l.take() // it is offered again

		do(d.End(ctx, ada.Contact))
		<-ended
		do(d.Clear(ctx, ada.Contact))
		if len(heard) != 2 || heard[0] != "one" || heard[1] != "two" {
			t.Errorf("heard %q", heard)
		}
		snapshot, err := d.Refresh(ctx)
		if _, still := snapshot.Contact(ada.Contact); still || err != nil {
			t.Errorf("at last the desk has %v, %v", snapshot.Contacts, err)
		}
		do(d.Reject(ctx, bob.Contact))
		told(t, l, "at last", "ended "+ada.Contact, "destroyed "+ada.Contact, "rejected "+bob.Contact, "ended "+bob.Contact)
	})
}

// Ana asks Ben to join, and later hands the chat on to him.
func TestColleaguesAreAskedAndHandedChats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := servertest.New(t)
		ctx := t.Context()
		desks, logs := map[string]*agent.Desk{}, map[string]*log{}
		do := func(err error) {
			t.Helper()
			if err != nil {
				t.Error(err)
			}
			time.Sleep(100 * time.Millisecond)
			synctest.Wait()
		}
		for _, name := range []string{"ana", "ben"} {
			desk, err := agent.SignIn(ctx, agent.Options{
				Endpoint: servertest.URL, Username: name, Password: name + "-rings-twice", HTTPClient: srv.HTTPClient(),
			})
			if err != nil {
				t.Fatal(err)
			}
			defer desk.Close()
			desks[name], logs[name] = desk, follow(desk)
		}
		do(desks["ana"].SetState(ctx, agent.State{Type: agent.Routable}))
		ada := srv.StartChat("Ada")
		do(desks["ana"].Accept(ctx, ada.Contact))
		do(desks["ben"].SetState(ctx, agent.State{Type: agent.Routable}))
		logs["ana"].take()
		logs["ben"].take()

		all, err := desks["ana"].QuickConnects(ctx)
		i := slices.IndexFunc(all, func(q agent.QuickConnect) bool { return q.Type == agent.ToAgent && q.Name == "ben" })
		if i < 0 || err != nil {
			t.Fatalf("quick connects %v, %v", all, err)
		}
		ben := all[i]
		_, err = desks["ana"].AddParticipant(ctx, ada.Contact, ben)
		do(err)
		rings := desks["ben"].Snapshot()
		if len(rings.Contacts) != 1 || rings.Contacts[0].InitialID != ada.Contact {
			t.Fatalf("Ben's desk has %v", rings.Contacts)
		}
		asked := rings.Contacts[0].ID
		do(desks["ben"].Accept(ctx, asked))
		told(t, logs["ben"], "when he was asked", "appeared "+asked, "connecting "+asked, "connected "+asked)
		snapshot := desks["ana"].Snapshot()
		c, _ := snapshot.Contact(ada.Contact)
		var seen []string
		for _, con := range c.Connections {
			seen = append(seen, con.Type+" "+con.Name+" "+con.State)
		}
		if diff := cmp.Diff([]string{"agent  connected", "inbound Ada connected", "outbound Ben connected"}, seen); diff != "" {
			t.Errorf("connections on Ana's desk (-want +got)\n%s", diff)
		}
		do(desks["ben"].End(ctx, asked))
		do(desks["ben"].Clear(ctx, asked))
		told(t, logs["ben"], "when he leaves", "ended "+asked, "destroyed "+asked)
		told(t, logs["ana"], "meanwhile")

		s, err := desks["ana"].Chat(ctx, ada.Contact)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for range s.Events() { // until it is transferred
			}
		}()
		do(desks["ana"].Transfer(ctx, ada.Contact, ben))
		told(t, logs["ana"], "when she has handed it on", "ended "+ada.Contact)
		given := desks["ben"].Snapshot().Contacts
		if len(given) != 1 || given[0].InitialID != ada.Contact || given[0].ID == ada.Contact || given[0].Method != "transfer" {
			t.Fatalf("Ben's desk has %v", given)
		}
	})
}
