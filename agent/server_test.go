package agent_test

import (
	"testing"
	"testing/synctest"
	"time"

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
