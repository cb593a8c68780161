package agent_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/agent"
	"github.com/bellpull/bellpull/chat"
)

// told fails unless the desk has told exactly want since the last time.
func told(t *testing.T, l *log, when string, want ...string) {
	t.Helper()
	if got := l.take(); len(want)+len(got) > 0 {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: told (-want +got)\n%s", when, diff)
		}
	}
}

func TestDeskTellsWhatHappens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		d := f.signIn()
		l := follow(d)
		told(t, l, "at first", "connectionestablished", "state >Offline")
		f.show("Available", "c-1 connecting")
		told(t, l, "when it rings", "state Offline>Available", "appeared c-1", "connecting c-1")
		f.show("Available", "c-1 ended")
		told(t, l, "when it ends", "ended c-1")
		if s := d.Snapshot(); len(s.Contacts) != 1 || s.Contacts[0].State != agent.Ended {
			t.Errorf("the snapshot has %v", s.Contacts)
		}
		f.show("Available")
		told(t, l, "when it is cleared", "destroyed c-1")
		if n := f.count(polls); n > 0 {
			t.Errorf("%d polls beside the socket", n)
		}
		d.Close()
		<-l.done
		if !errors.Is(d.Err(), agent.ErrClosed) {
			t.Errorf("after Close: %v", d.Err())
		}
		if err := d.Accept(t.Context(), "c-1"); !errors.Is(err, agent.ErrClosed) {
			t.Errorf("a command after Close: %v", err)
		}
		if _, err := d.Chat(t.Context(), "c-1"); !errors.Is(err, agent.ErrClosed) {
			t.Errorf("a chat after Close: %v", err)
		}
	})
}

func TestConfigurationIsKeptUpToDate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		d := f.signIn()
		defer d.Close()
		want := agent.Configuration{
			Name: "Ana Bell", Username: "ana", ARN: "arn:ana", Permissions: []string{"outboundCall"},
			States: []agent.State{
				{ARN: "arn:1", Type: agent.Routable, Name: "Available"},
				{ARN: "arn:2", Type: agent.Offline, Name: "Offline"},
				{ARN: "arn:3", Type: agent.NotRoutable, Name: "Lunch"},
			},
			Profile: agent.RoutingProfile{ARN: "arn:p", Name: "Chat", Chats: 5, Queues: []agent.Queue{{ARN: "arn:q", Name: "Support"}, {ARN: "arn:own"}}},
		}
		if diff := cmp.Diff(want, d.Configuration()); diff != "" {
			t.Errorf("configuration (-want +got)\n%s", diff)
		}
		l := follow(d)
		l.take()
		f.push("agent/configuration", f.answers["GetAgentConfiguration"])
		told(t, l, "when it is the same")
		f.push("agent/configuration", `{}`)
		told(t, l, "when it is none")
		f.push("agent/configuration", `{"configuration":{"name":"Anna"}}`)
		told(t, l, "when it is another", "configuration Anna")
		if got := d.Configuration().Name; got != "Anna" {
			t.Errorf("the name is %q then", got)
		}
	})
}

func TestOutageIsToldAsADifference(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		d := f.signIn()
		defer d.Close()
		l := follow(d)
		f.show("Available", "c-1 connecting", "c-2 connected")
		l.take()
		f.with(func(f *fake) { f.down = true })
		f.client.CloseIdleConnections()
		f.drop()
		told(t, l, "at once", "connectionlost")
		f.show("Available", "c-1 connected", "c-3 connecting")
		time.Sleep(5 * time.Minute)
		told(t, l, "while the server is away")
		f.with(func(f *fake) { f.down = false })
		time.Sleep(time.Minute)
		got := slices.DeleteFunc(l.take(), func(line string) bool { return line == "connectionestablished" }) // sooner or later
		want := []string{"ended c-2", "destroyed c-2", "appeared c-3", "connecting c-3", "connected c-1"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("when it is back: told (-want +got)\n%s", diff)
		}
		if n := f.count(openSockets); n != 1 {
			t.Errorf("%d sockets when the server is back", n)
		}
	})
}

func TestWithoutASocketThereAreLongPolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.noSocket = true
		d := f.signIn()
		defer d.Close()
		l := follow(d)
		time.Sleep(9 * time.Second)
		told(t, l, "before it is clear that there is no socket")
		time.Sleep(2 * time.Second)
		told(t, l, "when it is", "state >Offline")
		f.show("Available", "c-1 connecting")
		told(t, l, "at once when the desk changes", "state Offline>Available", "appeared c-1", "connecting c-1")
		time.Sleep(10 * time.Minute)
		if n := f.count(polls); n > 30 {
			t.Errorf("%d polls in ten quiet minutes", n)
		}
		f.with(func(f *fake) { f.status["GetAgentSnapshot"] = 503 })
		f.show("Available")
		time.Sleep(time.Minute)
		if n := f.count(polls); n > 50 {
			t.Errorf("%d polls after a minute of failures", n)
		}
		f.with(func(f *fake) { f.status["GetAgentSnapshot"] = 0 })
		time.Sleep(10 * time.Second)
		told(t, l, "when polls succeed again", "ended c-1", "destroyed c-1")

		f.with(func(f *fake) { f.noSocket = false })
		time.Sleep(time.Minute)
		told(t, l, "with a socket again", "connectionestablished")
		before := f.count(polls)
		time.Sleep(10 * time.Minute)
		if n := f.count(polls); n != before {
			t.Errorf("%d polls beside the socket", n-before)
		}
	})
}

func TestRefusedTokenIsRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		d := f.signIn()
		defer d.Close()
		l := follow(d)
		l.take()
		expire := func() { f.with(func(f *fake) { f.access = "another" }) }
		expire()
		if err := d.Accept(t.Context(), "c-1"); err != nil {
			t.Errorf("a command with an expired token: %v", err)
		}
		f.with(func(f *fake) { f.stale = true })
		expire()
		if err := d.Accept(t.Context(), "c-2"); err != nil {
			t.Errorf("with an expired refresh token too: %v", err)
		}
		want := []string{"ana:secret", "refresh-1", "refresh-2", "ana:secret"}
		if diff := cmp.Diff(want, f.signIns); diff != "" {
			t.Errorf("signed in with (-want +got)\n%s", diff)
		}
		told(t, l, "meanwhile")
	})
}

func TestAgentWhoIsNotLetInIsSignedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		d := f.signIn()
		defer d.Close()
		l := follow(d)
		f.show("Available", "c-1 connected")
		s, err := d.Chat(t.Context(), "c-1")
		if err != nil {
			t.Fatal(err)
		}
		f.with(func(f *fake) { f.refuse, f.stale, f.access = true, true, "another" })
		if err := d.Accept(t.Context(), "c-1"); !errors.Is(err, agent.ErrSignedOut) {
			t.Errorf("a command: %v", err)
		}
		f.drop()
		<-l.done
		if !errors.Is(d.Err(), agent.ErrSignedOut) {
			t.Errorf("the desk is over because of %v", d.Err())
		}
		for range s.Events() { // until the session is over as well
		}
		n := f.count(signIns)
		time.Sleep(time.Hour)
		if f.count(signIns) != n {
			t.Error("it goes on trying to sign in")
		}
	})
}

func TestSlowReaderIsToldTheDifference(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		d := f.signIn(func(o *agent.Options) { o.Backlog = 2 })
		defer d.Close()
		synctest.Wait()
		f.show("Available", "c-1 connecting")
		f.show("Available", "c-1 connected", "c-2 connecting")
		f.show("Lunch", "c-2 error")
		told(t, follow(d), "afterwards", "connectionestablished", "state >Offline",
			"state Offline>Lunch", "appeared c-2", "missed c-2", "ended c-2")
	})
}

func TestChatsShareTheSocket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		d := f.signIn(func(o *agent.Options) { o.Chat.History = -1 })
		defer d.Close()
		follow(d)
		f.show("Available", "c-1 connected", "c-2 connected")
		said := make(chan string, 10)
		var sessions []*chat.Session
		for _, id := range []string{"c-1", "c-2"} {
			s, err := d.Chat(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := d.Chat(t.Context(), id); again != s || err != nil {
				t.Errorf("a second call gives another session, %v", err)
			}
			sessions = append(sessions, s)
			go func() {
				for ev := range s.Events() {
					if m, ok := ev.(chat.MessageEvent); ok {
						said <- id + " " + m.Content
					}
				}
				said <- id + " closed"
			}()
		}
		synctest.Wait()
		f.push(chat.TopicChat, `{"Id":"i-1","Type":"MESSAGE","Content":"hello","ContactId":"c-2","InitialContactId":"c-2","AbsoluteTime":"2026-01-02T03:04:05.000Z"}`)
		if got := <-said; got != "c-2 hello" || len(said) > 0 {
			t.Errorf("the message came as %q, and %d more", got, len(said))
		}
		if _, err := sessions[0].SendMessage(t.Context(), chat.Message{Content: "hi"}); err != nil {
			t.Error(err)
		}
		if !slices.Contains(f.calls, "chat-token /participant/message") {
			t.Errorf("sent by none of %q", f.calls)
		}
		if n := f.count(openSockets); n != 1 {
			t.Errorf("%d sockets", n)
		}

		sessions[1].Close()
		<-said
		if s, err := d.Chat(t.Context(), "c-2"); s == sessions[1] || err != nil {
			t.Errorf("a session that was closed is not opened anew: %v", err)
		}
		f.show("Available", "c-2 connected")
		if got := <-said; got != "c-1 closed" || !errors.Is(sessions[0].Err(), chat.ErrClosed) {
			t.Errorf("after the contact left the desk: %q, %v", got, sessions[0].Err())
		}
	})
}

func TestCallsEndWithTheirContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		d := f.signIn()
		defer d.Close()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := d.Accept(ctx, "c-1"); !errors.Is(err, context.Canceled) {
			t.Errorf("a call whose context is over: %v", err)
		}
	})
}
