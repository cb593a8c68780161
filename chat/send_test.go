package chat_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/chat"
)

func TestMessageIsSentOnce(t *testing.T) {
	for name, fault := range map[string]func(*fake){
		"at once":            func(*fake) {},
		"after lost answers": func(f *fake) { f.loseAnswer["/participant/message"] = 3 },
		"after throttling":   func(f *fake) { f.status["/participant/message"] = 429 },
		"after failures":     func(f *fake) { f.status["/participant/message"] = 502 },
		"after an outage":    func(f *fake) { f.refusing = true },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake(t)
				s := f.connect()
				defer s.Close()
				l := follow(s)
				told(t, l, "at first", "connectionestablished")
				f.with(fault)
				f.client.CloseIdleConnections()
				time.AfterFunc(time.Minute, func() {
					f.with(func(f *fake) { f.refusing, f.status["/participant/message"] = false, 0 })
				})
				sent, err := s.SendMessage(t.Context(), chat.Message{Content: "hello"})
				if err != nil || sent.ID != "item-1" || sent.AbsoluteTime.IsZero() {
					t.Errorf("SendMessage = %+v, %v", sent, err)
				}
				told(t, l, "afterwards", "hello")
				requests := f.got("/participant/message")
				for _, r := range requests {
					if r.body["ClientToken"] == "" || r.body["ClientToken"] != requests[0].body["ClientToken"] {
						t.Errorf("client tokens differ between attempts: %v", requests)
					}
				}
				if len(requests) > 20 {
					t.Errorf("%d attempts in a minute, want at most 20", len(requests))
				}
			})
		})
	}
}

func TestMessageThatIsRefusedIsNotTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		s := f.connect()
		defer s.Close()
		f.with(func(f *fake) { f.status["/participant/message"] = 400 })
		_, err := s.SendMessage(t.Context(), chat.Message{Content: "hello"})
		want := &chat.Error{Operation: "SendMessage", Type: "Injected", Message: "no", StatusCode: 400, RequestID: "request-1"}
		got, _ := errors.AsType[*chat.Error](err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("SendMessage (-want +got)\n%s", diff)
		}
		if n := f.count("/participant/message"); n != 1 {
			t.Errorf("%d attempts, want 1", n)
		}
	})
}

func TestCallsEndWithTheirContextAndTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		s := f.connect()
		f.with(func(f *fake) { f.status["/participant/message"] = 503 })
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := s.SendMessage(ctx, chat.Message{Content: "hello"}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("SendMessage past its deadline: %v", err)
		}
		time.AfterFunc(time.Minute, func() { s.Close() })
		if _, err := s.SendMessage(t.Context(), chat.Message{Content: "hello"}); !errors.Is(err, chat.ErrClosed) {
			t.Errorf("SendMessage while closing: %v, want ErrClosed", err)
		}
	})
}

func TestTokenIsRenewedBeforeItExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.with(func(f *fake) { f.tokenLife = 10 * time.Minute })
		s := f.connect()
		defer s.Close()
		bearer := func() string {
			t.Helper()
			if _, err := s.SendMessage(t.Context(), chat.Message{Content: "hello"}); err != nil {
				t.Fatal(err)
			}
			all := f.got("/participant/message")
			return all[len(all)-1].bearer
		}
		if got := bearer(); got != "token-1" {
			t.Errorf("at first: %s", got)
		}
		time.Sleep(8 * time.Minute)
		if got := bearer(); got != "token-1" {
			t.Errorf("two minutes before it expires: %s", got)
		}
		time.Sleep(time.Minute)
		if got := bearer(); got != "token-2" {
			t.Errorf("a minute before it expires: %s", got)
		}
		f.with(func(f *fake) { f.badTokens["token-2"] = true })
		if got := bearer(); got != "token-3" {
			t.Errorf("after a refusal: %s", got)
		}
	})
}

func TestWrongExpiryDoesNotMakeEveryCallFetchAToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.with(func(f *fake) { f.tokenLife = -time.Hour })
		s := f.connect()
		defer s.Close()
		for range 100 {
			if _, err := s.SendMessage(t.Context(), chat.Message{Content: "hello"}); err != nil {
				t.Fatal(err)
			}
		}
		if n := f.count("/participant/connection"); n != 1 {
			t.Errorf("%d connections for 100 messages, want 1", n)
		}
	})
}

func TestTypingIsPaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		s := f.connect()
		defer s.Close()
		typing := func(when string, want int) {
			t.Helper()
			for range 5 {
				if err := s.Typing(t.Context()); err != nil {
					t.Error(err)
				}
			}
			if n := f.count("/participant/event"); n != want {
				t.Errorf("%s: %d typing events, want %d", when, n, want)
			}
		}
		typing("at once", 1)
		time.Sleep(9 * time.Second)
		typing("after 9 s", 1)
		time.Sleep(time.Second)
		typing("after 10 s", 2)
		if _, err := s.SendMessage(t.Context(), chat.Message{Content: "hello"}); err != nil {
			t.Error(err)
		}
		typing("after a message", 3)
	})
}

// receipts lists the receipts that the fake got, with the time since start.
func receipts(f *fake, start time.Time) []string {
	var list []string
	for _, r := range f.got("/participant/event") {
		kind := r.body["ContentType"].(string)
		list = append(list, fmt.Sprintf("%v %s %s", r.at.Sub(start).Round(100*time.Millisecond), kind[len(kind)-4:], r.body["Content"]))
	}
	return list
}

func TestReceiptsArePaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.say(numbers(1, 9)...)
		s := f.connect()
		defer s.Close()
		follow(s)
		settle()
		start := time.Now()
		s.Delivered("item-1") // goes out after 300 ms
		time.Sleep(time.Second)
		s.Delivered("item-2") // is overtaken by item 3
		s.Delivered("item-3") // waits until 5 s have passed
		s.Delivered("item-2") // says less
		time.Sleep(6 * time.Second)
		s.Delivered("item-4")
		time.Sleep(200 * time.Millisecond)
		s.Read("item-4") // makes delivered needless, and goes out at once
		synctest.Wait()
		s.Read("item-5")
		s.Read("item-6") // 5 s later
		s.Delivered("item-5")
		time.Sleep(time.Minute)
		s.Read("item-3") // was said by 6
		s.Read("item-6")
		s.Delivered("item-6")
		time.Sleep(time.Minute)
		want := []string{
			`300ms ered {"messageId":"item-1"}`,
			`5.3s ered {"messageId":"item-3"}`,
			`7.2s read {"messageId":"item-4"}`,
			`12.2s read {"messageId":"item-6"}`,
		}
		if diff := cmp.Diff(want, receipts(f, start)); diff != "" {
			t.Errorf("receipts (-want +got)\n%s", diff)
		}
	})
}

func TestReceiptsSurviveAnOutageAndAConflict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.say("1", "2")
		s := f.connect()
		defer s.Close()
		follow(s)
		settle()
		f.with(func(f *fake) { f.status["/participant/event"] = 409 })
		s.Read("item-1")
		time.Sleep(time.Minute)
		if n := f.count("/participant/event"); n != 1 {
			t.Errorf("a receipt answered with a conflict was sent %d times, want 1", n)
		}
		f.with(func(f *fake) { f.status["/participant/event"] = 500 })
		s.Read("item-2")
		time.Sleep(time.Minute)
		f.with(func(f *fake) { f.status["/participant/event"] = 0 })
		time.Sleep(time.Minute)
		all := f.got("/participant/event")
		if last := all[len(all)-1]; last.at.Before(time.Now().Add(-time.Minute)) {
			t.Error("a receipt that failed was not sent again")
		}
	})
}

func TestTranscriptItems(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.say(numbers(1, 25)...)
		s := f.connect()
		defer s.Close()
		var newest []string
		for it, err := range s.TranscriptItems(t.Context(), chat.TranscriptQuery{MaxResults: 10, ScanDirection: chat.Backward}) {
			if err != nil {
				t.Fatal(err)
			}
			if newest = append(newest, it.Content); len(newest) == 13 {
				break
			}
		}
		want := numbers(13, 25)
		for i, j := 0, len(want)-1; i < j; i, j = i+1, j-1 {
			want[i], want[j] = want[j], want[i]
		}
		if diff := cmp.Diff(want, newest); diff != "" {
			t.Errorf("backward (-want +got)\n%s", diff)
		}
		var rest []string
		q := chat.TranscriptQuery{ScanDirection: chat.Forward, SortOrder: chat.Ascending, StartPosition: &chat.StartPosition{ID: "item-3"}}
		for it, err := range s.TranscriptItems(t.Context(), q) {
			if err != nil {
				t.Fatal(err)
			}
			rest = append(rest, it.Content)
		}
		if diff := cmp.Diff(numbers(3, 25), rest); diff != "" {
			t.Errorf("forward (-want +got)\n%s", diff)
		}
		f.with(func(f *fake) { f.status["/participant/transcript"] = 400 })
		for _, err := range s.TranscriptItems(t.Context(), chat.TranscriptQuery{}) {
			if _, ok := errors.AsType[*chat.Error](err); !ok {
				t.Errorf("a refused page gives %v, want an *Error", err)
			}
		}
	})
}

func TestAttachment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		s := f.connect()
		defer s.Close()
		f.with(func(f *fake) { f.status["/files"] = 503 })
		time.AfterFunc(10*time.Second, func() { f.with(func(f *fake) { f.status["/files"] = 0 }) })
		id, err := s.SendAttachment(t.Context(), chat.File{Name: "a.txt", ContentType: "text/plain", Data: []byte("hello")})
		if err != nil || id != "file-1" {
			t.Fatalf("SendAttachment = %q, %v", id, err)
		}
		if n := f.count("/participant/complete-attachment-upload"); n != 1 {
			t.Errorf("completed %d times, want once", n)
		}
		d, err := s.DownloadAttachment(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		if got, err := io.ReadAll(d); string(got) != "text/plain 1 hello" {
			t.Errorf("downloaded %q, %v, want the headers and the content", got, err)
		}
		f.with(func(f *fake) { f.status["/files"] = 403 })
		if _, err := s.SendAttachment(t.Context(), chat.File{Name: "a.txt", ContentType: "text/plain", Data: []byte("hello")}); err == nil {
			t.Error("an upload that was refused gives no error")
		}
		if n := f.count("/participant/complete-attachment-upload"); n != 1 {
			t.Error("an upload that was refused was completed")
		}
	})
}

func TestViewsAndAuthentication(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		s := f.connect()
		defer s.Close()
		if _, err := s.DescribeView(t.Context(), "a/b=="); err != nil {
			t.Error(err)
		}
		if n := f.count("/participant/views/a/b=="); n != 1 {
			t.Error("the view's token did not arrive")
		}
		if _, err := s.AuthenticationURL(t.Context(), "session", "https://shop.example/"); err != nil {
			t.Error(err)
		}
		if err := s.CancelAuthentication(t.Context(), "session"); err != nil {
			t.Error(err)
		}
		if got := f.got("/participant/authentication-url"); len(got) != 1 || got[0].body["RedirectUri"] != "https://shop.example/" {
			t.Errorf("requests for the authentication URL: %v", got)
		}
	})
}
