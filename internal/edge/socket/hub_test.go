package socket_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/edge/socket"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

// bubble runs a test against a whole server in virtual time.
func bubble(t *testing.T, test func(*testing.T, *servertest.Server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, servertest.New(t)) })
}

// moment lets everything happen that is under way, pushes to desks included.
func moment() {
	time.Sleep(50 * time.Millisecond)
	synctest.Wait()
}

// talk returns a chat of Ada and Ana.
func talk(srv *servertest.Server) (ada *servertest.Customer, ana *servertest.Agent) {
	ana = srv.SignIn("ana")
	ana.SetState("Available")
	ada = srv.StartChat("Ada")
	moment()
	ana.Accept(ada)
	moment()
	return ada, ana
}

// said returns the messages among items, without who said them.
func said(items []servertest.Item) (texts []string) {
	for _, it := range items {
		if it.Type == "MESSAGE" && it.ParticipantRole != "SYSTEM" {
			texts = append(texts, it.Content)
		}
	}
	return texts
}

func numbers(from, to int) (texts []string) {
	for n := from; n <= to; n++ {
		texts = append(texts, fmt.Sprint(n))
	}
	return texts
}

// Tabs that are all alive do not replace each other's sockets one after the
// other: there is room for one more, which a renewal needs.
func TestLiveSocketsAreLeftAlone(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ada := srv.NewChat("Ada")
		var open []*servertest.Socket
		for range socket.MaxPerParticipant + 1 {
			ada.Connect()
			open = append(open, ada.Socket)
		}
		synctest.Wait()
		for i, s := range open {
			if s.Over() {
				t.Errorf("socket %d was closed", i+1)
			}
		}
		ada.Connect()
		synctest.Wait()
		if !open[0].Over() {
			t.Error("with one more the oldest is still open")
		}
	})
}

// An agent may have many pages, and not any number of them.
func TestPagesOfOneAgent(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ana := srv.SignIn("ana")
		var open []*servertest.Socket
		for range socket.MaxPerAgent + 2 {
			ana.OpenDesk()
			open = append(open, ana.Socket)
		}
		synctest.Wait()
		for i, s := range open {
			if s.Over() != (i == 0) {
				t.Errorf("socket %d: closed %v", i+1, s.Over())
			}
		}
	})
}

func TestSixthSocketReplacesTheSilentOne(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ada := srv.NewChat("Ada")
		var open []*servertest.Socket
		for range socket.MaxPerParticipant {
			ada.Connect()
			open = append(open, ada.Socket)
			time.Sleep(time.Second)
		}
		time.Sleep(25 * time.Second)
		for i, s := range open {
			if i != 2 {
				s.Send(`{"topic":"aws/heartbeat"}`)
			}
		}
		synctest.Wait()

		asked := time.Now()
		ada.Connect()
		if took := time.Since(asked); took != time.Second {
			t.Errorf("asking for one more socket took %v, want a second, so that tabs do not chase each other", took)
		}
		for i, s := range open {
			if s.Over() != (i == 2) {
				t.Errorf("socket %d: closed %v", i+1, s.Over())
			}
		}
		if ada.Socket.Over() {
			t.Error("the new socket is closed")
		}
		ada.Say("Hello")
		synctest.Wait()
		for i, s := range append(open, ada.Socket) {
			if got := said(s.Items()); i != 2 && !slices.Equal(got, []string{"Hello"}) {
				t.Errorf("socket %d heard %q", i+1, got)
			}
		}
	})
}

// long is a message that takes as much room as one can: quotes are escaped
// again in each of the layers around them.
var long = `["` + strings.Repeat(`\"`, 5998) + `"]`

func TestLongMessageArrivesWhole(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ada := srv.StartChat("Ada")
		if a := ada.Do("message", map[string]string{"ContentType": "application/json", "Content": long}); a.Status != 200 {
			t.Fatalf("answer %d %s", a.Status, a.Body)
		}
		synctest.Wait()
		if got := said(ada.Items()); len(got) != 1 || got[0] != long {
			t.Errorf("heard %d messages, the first of %d characters, want one of %d", len(got), len(strings.Join(got, "")), len(long))
		}
	})
}

func TestSlowReaderIsDisconnectedAndHoldsNobodyUp(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ada, ana := talk(srv)
		slow := ada.Socket
		slow.Hold()
		ada.Connect()

		begun := time.Now()
		const messages = 120 // of 50 KB and more; 4 MB may wait
		for range messages {
			if a := ada.Do("message", map[string]string{"ContentType": "application/json", "Content": long}); a.Status != 200 {
				t.Fatalf("answer %d %s", a.Status, a.Body)
			}
		}
		synctest.Wait()
		if took := time.Since(begun); took != 0 {
			t.Errorf("speaking took %v with a slow reader", took)
		}
		slow.Release()
		synctest.Wait()
		if !slow.Over() {
			t.Error("the slow reader is still connected")
		}
		if got := len(said(slow.Items())); got >= messages {
			t.Errorf("the slow reader got %d messages", got)
		}
		if got := len(said(ada.Items())); got != messages || ada.Socket.Over() {
			t.Errorf("the other socket got %d messages of %d, closed: %v", got, messages, ada.Socket.Over())
		}
		if got := len(said(ana.Items(ada))); got != messages {
			t.Errorf("the agent got %d messages of %d", got, messages)
		}
		ada.Connect() // it comes back
		ada.Say("back")
		synctest.Wait()
		if got, want := said(ada.Items()), []string{"back"}; !slices.Equal(got, want) {
			t.Errorf("who came back heard %d messages, want one", len(got))
		}
	})
}

// A client that says nothing is asked whether it is there. Only one that does not
// answer is taken for gone.
func TestOnlyAVanishedClientIsClosed(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ada := srv.StartChat("Ada")
		vanished := ada.Socket
		ada.Connect()
		vanished.Hold()
		time.Sleep(4 * time.Minute)
		synctest.Wait()
		if vanished.Over() || ada.Socket.Over() {
			t.Error("a socket was closed too soon")
		}
		time.Sleep(2 * time.Minute)
		vanished.Release()
		synctest.Wait()
		if !vanished.Over() {
			t.Error("the socket of a client that has vanished is still open")
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if ada.Socket.Over() {
			t.Error("a silent client that answers was closed")
		}
	})
}

func TestStuckReaderIsDisconnected(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ada := srv.StartChat("Ada")
		stuck := ada.Socket
		stuck.Hold()
		for range 3 {
			ada.Say("Hello")
		}
		time.Sleep(31 * time.Second)
		stuck.Release()
		synctest.Wait()
		if !stuck.Over() {
			t.Error("a socket that takes nothing for half a minute is still open")
		}
	})
}

// While a client changes over from one socket to another, each hears every
// item once: the old one all, the new one all from some item on.
func TestOverlapOfTwoSockets(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ada := srv.StartChat("Ada")
		old := ada.Socket
		const n = 150
		var group sync.WaitGroup
		group.Go(func() {
			for i := range n {
				srv.Participant(ada.Connection, "message", map[string]string{"ContentType": "text/plain", "Content": fmt.Sprint(i + 1)})
			}
		})
		var others []*servertest.Socket
		for range 4 {
			s := srv.OpenSocket(again(t, srv, ada))
			s.Send(servertest.Subscribe)
			others = append(others, s)
		}
		group.Wait()
		synctest.Wait()
		if got := said(old.Items()); !slices.Equal(got, numbers(1, n)) {
			t.Errorf("the old socket heard %q", got)
		}
		for i, s := range others {
			got := said(s.Items())
			if !slices.Equal(got, numbers(n-len(got)+1, n)) {
				t.Errorf("new socket %d heard %q, want the last ones without a gap", i+1, got)
			}
			frames := s.Frames()
			if len(frames) == 0 || !strings.HasPrefix(frames[0].String(), `{"topic":"aws/subscribe"`) {
				t.Errorf("new socket %d: the first frame is not the answer to its subscription", i+1)
			}
		}
	})
}

// again returns another socket URL, and leaves the customer's token alone.
func again(t *testing.T, srv *servertest.Server, c *servertest.Customer) string {
	t.Helper()
	var out struct{ Websocket struct{ URL string } }
	srv.Participant(c.Token, "connection", map[string]any{"Type": []string{"WEBSOCKET"}}).Into(t, &out)
	return out.Websocket.URL
}

func TestEverybodyHearsTheSameOrder(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ada, ana := talk(srv)
		second := srv.OpenSocket(again(t, srv, ada))
		second.Send(servertest.Subscribe)
		synctest.Wait()
		tokens := []string{ada.Connection, ana.Connection(ada)}
		var group sync.WaitGroup
		for side, token := range tokens {
			for part := range 2 {
				group.Go(func() {
					for i := range 50 {
						srv.Participant(token, "message", map[string]string{"ContentType": "text/plain", "Content": fmt.Sprint(side, part, i)})
					}
				})
			}
		}
		group.Wait()
		synctest.Wait()
		want := said(ada.Items())
		if len(want) != 200 {
			t.Fatalf("heard %d messages of 200", len(want))
		}
		if got := said(second.Items()); !slices.Equal(got, want) {
			t.Error("the second socket heard another order")
		}
		if got := said(ana.Items(ada)); !slices.Equal(got, want) {
			t.Error("the agent heard another order")
		}
		kept := said(ada.Transcript())
		if !slices.Equal(kept, want[len(want)-len(kept):]) {
			t.Error("the transcript has another order")
		}
		var times []string
		for _, it := range ada.Items() {
			times = append(times, it.AbsoluteTime)
		}
		if !slices.IsSorted(times) || len(slices.Compact(times)) != len(ada.Items()) {
			t.Error("the times do not strictly increase")
		}
	})
}

func TestAgentHearsAChatFromItsOfferOn(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ana, ben := srv.SignIn("ana"), srv.SignIn("ben")
		ada := srv.StartChat("Ada")
		ada.Say("before the offer")
		ana.SetState("Available")
		synctest.Wait()
		ada.Say("with the offer") // before the desk has been looked at
		moment()
		ada.Say("while it rings")
		bob := srv.StartChat("Bob")
		moment()
		ana.Accept(ada)
		ana.Accept(bob)
		bob.Say("from another chat")
		ada.Leave()
		moment()
		ana.Clear(ada)
		moment()

		want := []string{"Ada: with the offer", "Ada: while it rings", "Ana joined", "Ada left", "chat.ended"}
		if got := ana.Heard(ada); !slices.Equal(got, want) {
			t.Errorf("of Ada's chat the agent heard %q, want %q", got, want)
		}
		if got, want := ana.Heard(bob), []string{"Ana joined", "Bob: from another chat"}; !slices.Equal(got, want) {
			t.Errorf("of Bob's chat the agent heard %q, want %q", got, want)
		}
		if got := ben.Socket.Items(); len(got) > 0 {
			t.Errorf("an agent whom nothing was offered to heard %v", got)
		}
	})
}

func TestAgentHearsNothingMoreOfAChatThatWasRejected(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		moment()
		ana.Reject(ada)
		moment()
		ada.Say("secret")
		moment()
		if got := ana.Heard(ada); len(got) > 0 {
			t.Errorf("heard %q after rejecting", got)
		}
	})
}

func TestWhoHasLeftHearsNothingMore(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ada := srv.StartChat("Ada")
		var out struct {
			ParticipantCredentials struct{ ParticipantToken string }
		}
		srv.Call("POST", "/contact/create-participant", `{"InstanceId":"b3110000-0000-4000-8000-000000000001","ContactId":"`+ada.Contact+
			`","ParticipantDetails":{"ParticipantRole":"CUSTOM_BOT","DisplayName":"Helper"}}`, &out)
		bot := *ada
		bot.Token = out.ParticipantCredentials.ParticipantToken
		bot.Connect()
		ada.Say("Hello")
		bot.Leave()
		ada.Say("Is it gone?")
		synctest.Wait()
		if got, want := bot.Heard(), []string{"Helper joined", "Ada: Hello", "Helper left"}; !slices.Equal(got, want) {
			t.Errorf("heard %q, want %q", got, want)
		}
	})
}

func TestLateSubscriberIsToldOfTheEnd(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ada := srv.StartChat("Ada")
		late := srv.OpenSocket(again(t, srv, ada))
		ada.Leave()
		late.Send(servertest.Subscribe)
		synctest.Wait()
		if got := late.Items(); len(got) != 1 || got[0].String() != "chat.ended" {
			t.Errorf("heard %v, want chat.ended", got)
		}
	})
}

func TestStoppingTheServerClosesSockets(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ada, ana := talk(srv)
		srv.Stop()
		synctest.Wait()
		if !ada.Socket.Over() || !ana.Socket.Over() {
			t.Error("a socket is open after the server has ended")
		}
	})
}

// A desk may subscribe to its topics one after the other, and again.
func TestSubscribingAgain(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ana := srv.Desk("ana")
		ana.Socket = srv.OpenSocket(ana.SocketURL())
		for _, topics := range []string{`"aws/chat"`, `"agent/snapshot"`, `"aws/chat","agent/snapshot"`} {
			ana.Socket.Send(`{"topic":"aws/subscribe","content":{"topics":[` + topics + `]}}`)
			synctest.Wait()
		}
		var yes int
		for _, f := range ana.Socket.Frames() {
			if strings.HasPrefix(f.String(), `{"topic":"aws/subscribe","content":{"status":"success"`) {
				yes++
			}
		}
		if yes != 3 {
			t.Errorf("%d of 3 subscriptions succeeded", yes)
		}
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		moment()
		ana.Accept(ada)
		moment()
		if got, want := ana.Heard(ada), []string{"Ana joined"}; !slices.Equal(got, want) {
			t.Errorf("heard %q, want %q", got, want)
		}
		pushed := ana.Pushed()
		if len(pushed) == 0 || len(pushed[len(pushed)-1].Contacts) != 1 {
			t.Errorf("the last of %d snapshots does not show the chat", len(pushed))
		}
	})
}
