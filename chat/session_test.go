package chat_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/chat"
)

// settle lets a moment pass: everything that needs no long pause has happened
// after it.
func settle() {
	time.Sleep(10 * time.Millisecond)
	synctest.Wait()
}

// told fails unless the session has told exactly want since the last time.
func told(t *testing.T, l *log, when string, want ...string) {
	t.Helper()
	settle()
	got := l.take()
	if diff := cmp.Diff(want, got); diff != "" && len(want)+len(got) > 0 {
		t.Errorf("%s: told (-want +got)\n%s", when, diff)
	}
}

func numbers(from, to int) []string {
	var list []string
	for n := from; n <= to; n++ {
		list = append(list, fmt.Sprint(n))
	}
	return list
}

func TestEveryItemComesOnceAndInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.say(numbers(1, 230)...)
		s := f.connect()
		defer s.Close()
		l := follow(s)
		told(t, l, "at first", append([]string{"connectionestablished"}, numbers(1, 230)...)...)

		f.say("231", "232")
		told(t, l, "live", "231", "232")

		f.with(func(f *fake) { f.refusing = true })
		f.drop()
		told(t, l, "in an outage", "connectionlost")
		f.say(numbers(233, 500)...)
		time.Sleep(3 * time.Second)
		f.with(func(f *fake) { f.refusing = false })
		time.Sleep(40 * time.Second)
		f.say("501")
		told(t, l, "after an outage", append([]string{"connectionestablished"}, numbers(233, 501)...)...)
	})
}

func TestLiveItemsWaitForTheGapToBeFilled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.say("1")
		s := f.connect()
		defer s.Close()
		l := follow(s)
		told(t, l, "at first", "connectionestablished", "1")

		f.with(func(f *fake) { f.slow["/participant/transcript"] = 3 * time.Second })
		f.drop()
		f.say("2") // nobody hears it
		settle()
		f.say("3")
		f.push(chat.Item{Type: chat.TypeMessageMetadata, ContentType: chat.EventMessageMetadata, MessageMetadata: &chat.MessageMetadata{
			MessageID: "item-1", Receipts: []chat.Receipt{{RecipientParticipantID: "ben", ReadTimestamp: time.Now()}},
		}})
		told(t, l, "while the transcript is read", "connectionlost", "connectionestablished")
		time.Sleep(3 * time.Second)
		told(t, l, "when it has been read", "2", "3", "read item-1")
	})
}

func TestTranscriptThatFailsIsReadAgainBeforeAnythingIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.say("1")
		f.with(func(f *fake) { f.status["/participant/transcript"] = 500 })
		s := f.connect()
		defer s.Close()
		l := follow(s)
		settle()
		f.say("2")
		time.Sleep(2 * time.Minute)
		told(t, l, "before it can be read", "connectionestablished")
		f.with(func(f *fake) { f.status["/participant/transcript"] = 0 })
		time.Sleep(time.Minute)
		told(t, l, "when it can be read", "1", "2")
	})
}

func TestSocketIsRenewedWithinTheHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		s := f.connect()
		defer s.Close()
		l := follow(s)
		told(t, l, "at first", "connectionestablished")

		time.Sleep(59*time.Minute - 20*time.Millisecond)
		f.with(func(f *fake) { f.deaf = 1 }) // the new socket is subscribed a second late
		time.Sleep(40 * time.Millisecond)
		synctest.Wait()
		if n := len(f.open()); n != 2 {
			t.Fatalf("after 59 minutes: %d sockets open, want 2", n)
		}
		f.say("1")
		told(t, l, "while both are open", "1")
		time.Sleep(time.Second)
		f.say("2")
		told(t, l, "after the change", "2")
		if got := f.sockets[0].closed; got != websocket.StatusNormalClosure {
			t.Errorf("the old socket was closed with %d, want 1000", got)
		}
		if n := len(f.open()); n != 1 {
			t.Errorf("after the change: %d sockets open, want 1", n)
		}
	})
}

func TestSilentSocketIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.with(func(f *fake) { f.mute = true })
		s := f.connect()
		defer s.Close()
		l := follow(s)
		settle()
		f.with(func(f *fake) { f.mute = false; f.sockets[0].frozen = true })
		f.say("1") // is lost
		time.Sleep(20 * time.Second)
		told(t, l, "after 20 s without heartbeat", "connectionestablished", "1")
		if n := len(f.open()); n != 1 {
			t.Errorf("%d sockets are open, want 1", n)
		}
	})
}

func TestSilentSocketThatCannotBeReplacedIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		s := f.connect()
		defer s.Close()
		l := follow(s)
		told(t, l, "at first", "connectionestablished")
		f.with(func(f *fake) {
			f.refusing = true
			f.sockets[0].frozen = true
		})
		f.client.CloseIdleConnections()
		time.Sleep(31 * time.Second)
		told(t, l, "after 30 s", "connectionlost")
	})
}

func TestSessionOutlastsOutages(t *testing.T) {
	faults := map[string]func(*fake, bool){
		"refused connections": func(f *fake, on bool) { f.refusing = on },
		"503": func(f *fake, on bool) {
			f.status["*"] = 0
			if on {
				f.status["*"] = 503
			}
		},
		"429": func(f *fake, on bool) {
			f.status["*"] = 0
			if on {
				f.status["*"] = 429
			}
		},
		"refused upgrades": func(f *fake, on bool) {
			f.status["/ws"] = 0
			if on {
				f.status["/ws"] = 403
			}
		},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake(t)
				s := f.connect()
				defer s.Close()
				l := follow(s)
				told(t, l, "at first", "connectionestablished")
				f.with(func(f *fake) { fault(f, true) })
				f.client.CloseIdleConnections()
				f.drop()
				before := f.count("/participant/connection")
				time.Sleep(5 * time.Minute)
				told(t, l, "in the outage", "connectionlost")
				if n := f.count("/participant/connection") - before; n > 25 {
					t.Errorf("%d attempts in 5 minutes, want at most 25", n)
				}
				f.say("1")
				f.with(func(f *fake) { fault(f, false) })
				time.Sleep(40 * time.Second)
				told(t, l, "afterwards", "connectionestablished", "1")
			})
		})
	}
}

// What notices first that an outage is over tells the others.
func TestRecoveryIsNoticedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		s := f.connect()
		defer s.Close()
		l := follow(s)
		told(t, l, "at first", "connectionestablished")
		for range 5 {
			f.with(func(f *fake) { f.refusing = true })
			f.client.CloseIdleConnections()
			f.drop()
			told(t, l, "in the outage", "connectionlost")
			sent := make(chan time.Time, 1)
			go func() {
				if _, err := s.SendMessage(t.Context(), chat.Message{Content: "hello"}); err != nil {
					t.Error(err)
				}
				sent <- time.Now()
			}()
			time.Sleep(5 * time.Minute)
			f.with(func(f *fake) { f.refusing = false })
			var up time.Time
			for up.IsZero() {
				time.Sleep(100 * time.Millisecond)
				synctest.Wait()
				if slices.Contains(l.take(), "connectionestablished") {
					up = time.Now()
				}
			}
			if d := up.Sub(<-sent).Abs(); d > 1200*time.Millisecond {
				t.Errorf("the message was sent and the connection established %v apart", d)
			}
			time.Sleep(time.Second)
			l.take()
		}
	})
}

func TestFlappingSocketIsNotTriedTooOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		s := f.connect()
		defer s.Close()
		follow(s)
		for range 600 {
			f.dropNow()
			time.Sleep(100 * time.Millisecond)
		}
		if n := f.count("/participant/connection"); n > 12 {
			t.Errorf("%d connections in a minute of sockets that break at once, want at most 12", n)
		}
	})
}

func TestRefusedReconnectMeansThatTheChatHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		s := f.connect()
		defer s.Close()
		l := follow(s)
		told(t, l, "at first", "connectionestablished")
		f.with(func(f *fake) { f.status["*"] = 403 })
		f.drop()
		told(t, l, "after the refusal", "connectionlost", "ended")
		<-l.done
		if err := s.Err(); !errors.Is(err, chat.ErrEnded) {
			t.Errorf("Err() = %v, want ErrEnded", err)
		}
		if _, err := s.SendMessage(t.Context(), chat.Message{Content: "hello?"}); !errors.Is(err, chat.ErrEnded) {
			t.Errorf("SendMessage after the end: %v, want ErrEnded", err)
		}
	})
}

func TestEndOfChatEndsTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		s := f.connect()
		l := follow(s)
		told(t, l, "at first", "connectionestablished")
		f.say("bye")
		f.push(chat.Item{Type: chat.TypeEvent, ContentType: chat.EventParticipantLeft, ParticipantID: "ben"})
		f.push(chat.Item{Type: chat.TypeEvent, ContentType: chat.EventChatEnded})
		told(t, l, "at the end", "bye", "left", "ended")
		<-l.done
		if got := f.sockets[0].closed; got != websocket.StatusNormalClosure {
			t.Errorf("the socket was closed with %d, want 1000", got)
		}
		requests := len(f.requests)
		s.Read("item-1")
		if err := s.Typing(t.Context()); !errors.Is(err, chat.ErrEnded) {
			t.Errorf("Typing after the end: %v, want ErrEnded", err)
		}
		if err := s.Disconnect(t.Context()); !errors.Is(err, chat.ErrEnded) {
			t.Errorf("Disconnect after the end: %v, want ErrEnded", err)
		}
		time.Sleep(time.Hour)
		if n := len(f.requests) - requests; n != 0 {
			t.Errorf("%d requests after the end, want none", n)
		}
		s.Close()
	})
}

// The chat ends while the session is catching up: the transcript is closed to
// the customer, but what came on the socket is told, the end last.
func TestEndWhileCatchingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		s := f.connect()
		defer s.Close()
		l := follow(s)
		told(t, l, "at first", "connectionestablished")
		f.with(func(f *fake) { f.slow["/participant/transcript"] = time.Second })
		f.drop()
		settle()
		f.say("bye")
		f.with(func(f *fake) {
			f.status["/participant/transcript"] = 403
			f.status["/participant/connection"] = 403
		})
		time.Sleep(time.Second)
		told(t, l, "when refused", "connectionlost", "connectionestablished", "bye")
		f.push(chat.Item{Type: chat.TypeEvent, ContentType: chat.EventChatEnded})
		told(t, l, "at the end", "ended")
	})
}

// The same, but the end was sent before the new socket was subscribed.
func TestEndThatNobodySent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		s := f.connect()
		defer s.Close()
		l := follow(s)
		told(t, l, "at first", "connectionestablished")
		f.with(func(f *fake) { f.slow["/participant/transcript"] = time.Second })
		f.drop()
		settle()
		f.with(func(f *fake) {
			f.status["/participant/transcript"] = 403
			f.status["/participant/connection"] = 403
		})
		time.Sleep(5 * time.Second)
		told(t, l, "when refused", "connectionlost", "connectionestablished")
		time.Sleep(2 * time.Second)
		told(t, l, "when nothing else came", "ended")
	})
}

// A contact that was transferred has an end of its own in the transcript.
func TestEndInTheMiddleOfATranscriptIsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.say("1")
		f.push(chat.Item{Type: chat.TypeEvent, ContentType: chat.EventChatEnded})
		f.say("2")
		s := f.connect()
		defer s.Close()
		told(t, follow(s), "at first", "connectionestablished", "1", "2")
	})
}

func TestGapWithinAGapIsFilledToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		s := f.connect(func(o *chat.Options) { o.Backlog = 20 })
		defer s.Close()
		l := follow(s)
		told(t, l, "at first", "connectionestablished")
		f.with(func(f *fake) { f.slow["/participant/transcript"] = 3 * time.Second })
		f.drop()
		settle()
		f.say(numbers(1, 30)...) // more than are held
		f.with(func(f *fake) { f.frozenTranscript = len(f.items) - 20 })
		time.Sleep(3 * time.Second)
		told(t, l, "when the transcript has been read, up to 10", append([]string{"connectionlost", "connectionestablished"}, numbers(1, 20)...)...)
		f.with(func(f *fake) { f.frozenTranscript = 0 })
		time.Sleep(3 * time.Second)
		told(t, l, "when it has been read again", numbers(21, 30)...)
	})
}

func TestConnectToAnEndedChat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.with(func(f *fake) { f.status["*"] = 403 })
		_, err := chat.Connect(t.Context(), ada, f.options())
		if !errors.Is(err, chat.ErrEnded) {
			t.Errorf("Connect: %v, want ErrEnded", err)
		}
		if e, ok := errors.AsType[*chat.Error](err); !ok || e.StatusCode != 403 || e.Type != "Injected" || e.RequestID != "request-1" {
			t.Errorf("Connect: %#v, want an Error with its status, type and request id", err)
		}
	})
}

func TestConnectWaitsForTheService(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.with(func(f *fake) { f.refusing = true })
		time.AfterFunc(2*time.Minute, func() { f.with(func(f *fake) { f.refusing = false }) })
		s := f.connect()
		defer s.Close()

		f.with(func(f *fake) { f.refusing = true })
		f.client.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := chat.Connect(ctx, ada, f.options()); err == nil {
			t.Error("Connect to nothing, with a deadline: no error")
		}
		if ctx.Err() == nil {
			t.Error("Connect gave up before its deadline")
		}
	})
}

func TestConnectRefusesNonsense(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.with(func(f *fake) { f.status["*"] = 400 })
		if _, err := chat.Connect(t.Context(), ada, f.options()); err == nil || f.count("/participant/connection") != 1 {
			t.Errorf("Connect answered with 400: %v after %d attempts, want an error after 1", err, f.count("/participant/connection"))
		}
	})
}

func TestSubscriptionIsSentAgain(t *testing.T) {
	for name, fault := range map[string]func(*fake){
		"unanswered three times":       func(f *fake) { f.deaf = 3 },
		"unanswered by a whole socket": func(f *fake) { f.deaf = 4 },
		"refused four times":           func(f *fake) { f.failSubs = 4 },
		"refused by a whole socket":    func(f *fake) { f.failSubs = 5 },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake(t)
				f.with(fault)
				s := f.connect()
				defer s.Close()
				l := follow(s)
				time.Sleep(7 * time.Second)
				told(t, l, "after 7 s", "connectionestablished")
			})
		})
	}
}

func TestSlowReaderGetsEverythingLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		s := f.connect(func(o *chat.Options) { o.Backlog = 8 })
		defer s.Close()
		settle()
		f.say(numbers(1, 50)...)
		f.drop()
		settle()
		f.say(numbers(51, 100)...)
		time.Sleep(time.Minute) // heartbeats do not pile up either
		l := follow(s)
		time.Sleep(time.Second)
		settle()
		got := slices.DeleteFunc(l.take(), func(s string) bool { return s == "connectionlost" || s == "connectionestablished" })
		if diff := cmp.Diff(numbers(1, 100), got); diff != "" {
			t.Errorf("a reader who was slow gets (-want +got)\n%s", diff)
		}
		f.say("101")
		told(t, l, "when it is live again", "101")
	})
}

func TestSlowReaderLearnsOfTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		s := f.connect(func(o *chat.Options) { o.Backlog = 4 })
		defer s.Close()
		settle()
		f.say(numbers(1, 10)...)
		f.push(chat.Item{Type: chat.TypeEvent, ContentType: chat.EventChatEnded})
		settle()
		l := follow(s)
		told(t, l, "late", append(append([]string{"connectionestablished"}, numbers(1, 10)...), "ended")...)
	})
}

func TestHistory(t *testing.T) {
	for _, test := range []struct {
		name string
		opts chat.Options
		want []string
	}{
		{"all", chat.Options{}, numbers(1, 6)},
		{"the newest two", chat.Options{History: 2}, numbers(5, 6)},
		{"none", chat.Options{History: -1}, nil},
		{"behind the fourth", chat.Options{After: "item-4", History: -1}, numbers(5, 6)},
		{"behind an item that is not known", chat.Options{After: "item-x"}, numbers(1, 6)},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake(t)
				f.push(chat.Item{ID: "past", Type: chat.TypeMessage, Content: "past", RelatedContactID: "contact-0"})
				f.with(func(f *fake) { f.items[0].ContactID = "" })
				for n := range 6 {
					f.push(chat.Item{ID: fmt.Sprintf("item-%d", n+1), Type: chat.TypeMessage, Content: fmt.Sprint(n + 1)})
				}
				s := f.connect(func(o *chat.Options) { o.History, o.After = test.opts.History, test.opts.After })
				defer s.Close()
				l := follow(s)
				told(t, l, "at first", append([]string{"connectionestablished"}, test.want...)...)
				f.drop()
				f.say("7")
				told(t, l, "after a gap", "connectionlost", "connectionestablished", "7")
			})
		})
	}
}

func TestStreamedAnswerGrows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		s := f.connect()
		defer s.Close()
		l := follow(s)
		told(t, l, "at first", "connectionestablished")
		part := func(number int, done bool, text string) {
			f.push(chat.Item{
				ID: "answer", Type: chat.TypeMessage, ContentType: chat.TextPlain, Content: text, ParticipantRole: chat.RoleSystem,
				MessageMetadata: &chat.MessageMetadata{MessageID: "answer", ChunkNumber: number, MessageCompleted: &done},
			})
		}
		part(2, false, "too early")
		part(1, false, "Your ")
		part(2, false, "order ")
		part(2, false, "order ")
		part(4, false, "too late")
		told(t, l, "while it is written", "Your …", "Your order …")
		part(0, true, "Your order is on its way.")
		part(3, false, "is ")
		part(0, true, "Your order is on its way.")
		told(t, l, "when it is finished", "Your order is on its way.")
	})
}

func TestSessionsShareASocket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		socket := chat.OpenSocket(func(context.Context) (string, error) { return "ws://fake/ws", nil },
			chat.SocketOptions{HTTPClient: f.client, Topics: []string{chat.TopicChat, "agent/snapshot"}})
		defer socket.Close()
		connect := func(contact string) *chat.Session {
			opts := f.options()
			opts.Role, opts.Transport, opts.History = chat.RoleAgent, socket, -1
			opts.Token = func(context.Context) (chat.Token, error) {
				return chat.Token{Value: "agent-token", Expiry: time.Now().Add(time.Hour)}, nil
			}
			s, err := chat.Connect(t.Context(), chat.Details{ContactID: contact, ParticipantID: "ben", ParticipantToken: ada.ParticipantToken}, opts)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		one, two := connect("contact-1"), connect("contact-2")
		defer one.Close()
		defer two.Close()
		l1, l2 := follow(one), follow(two)
		told(t, l1, "at first", "connectionestablished")
		told(t, l2, "at first", "connectionestablished")
		if diff := cmp.Diff([]string{chat.TopicChat, "agent/snapshot"}, f.sockets[0].subscribed); diff != "" {
			t.Errorf("subscribed (-want +got)\n%s", diff)
		}

		for _, r := range f.got("/participant/connection") {
			if diff := cmp.Diff(map[string]any{"ConnectParticipant": true}, r.body); diff != "" {
				t.Errorf("acknowledged (-want +got)\n%s", diff)
			}
		}
		if n := f.count("/participant/connection"); n != 2 {
			t.Errorf("%d sessions acknowledged that they are connected, want 2", n)
		}

		f.push(chat.Item{Type: chat.TypeMessage, Content: "to one", ContactID: "contact-1", InitialContactID: "contact-1"})
		f.push(chat.Item{Type: chat.TypeMessage, Content: "to two", ContactID: "contact-9", InitialContactID: "contact-2"})
		f.push(chat.Item{Type: chat.TypeMessage, Content: "to nobody", ContactID: "contact-3"})
		told(t, l1, "its own", "to one")
		told(t, l2, "its own", "to two")

		f.push(chat.Item{Type: chat.TypeEvent, ContentType: chat.EventTransferSucceeded, InitialContactID: "contact-1"})
		told(t, l1, "on a transfer", "transfer true")
		<-l1.done
		if err := one.Err(); !errors.Is(err, chat.ErrTransferred) {
			t.Errorf("Err() = %v, want ErrTransferred", err)
		}
		told(t, l2, "on the other's transfer")
		if n := len(f.open()); n != 1 {
			t.Errorf("%d sockets are open, want 1", n)
		}
	})
}

func TestPings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		s := f.connect()
		defer s.Close()
		var good, bad int
		start := time.Now()
		done := make(chan struct{})
		go func() {
			defer close(done)
			for ev := range s.Events() {
				switch ev := ev.(type) {
				case chat.DeepHeartbeat:
					switch {
					case time.Since(start) < time.Second: // the first may come before anybody listens
					case ev.Err == nil:
						good++
					default:
						bad++
					}
				case chat.ConnectionLost:
					t.Error("connection was lost")
				}
			}
		}()
		time.Sleep(35 * time.Second) // after those of 10, 20 and 30 s
		f.with(func(f *fake) { f.noPing = true })
		time.Sleep(20 * time.Second) // the one of 40 s is missed at 50 s
		s.Close()
		<-done
		if good != 3 || bad != 1 {
			t.Errorf("%d pings were answered and %d not, want 3 and 1", good, bad)
		}
	})
}
