package postgres_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/pgtest"
	"github.com/bellpull/bellpull/internal/store"
	"github.com/bellpull/bellpull/internal/store/postgres"
)

var ids = contact.NewIDs()

// newChat stores a chat.
func newChat(t testing.TB, s store.Store, id contact.ID) *contact.Chat {
	t.Helper()
	out, err := s.Commit(context.Background(), &contact.Change{
		Was:  &contact.Chat{ID: id},
		Next: &contact.Chat{ID: id, Instance: "instance", Phase: contact.Connected, Contacts: []contact.Segment{{ID: id}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out[0].Chat
}

// message returns the change that adds messages to a chat.
func message(c *contact.Chat, texts ...string) *contact.Change {
	ch := &contact.Change{Was: c}
	for _, text := range texts {
		ch.Items = append(ch.Items, contact.Item{Kind: contact.Message, Type: contact.PlainText, Text: text, Contact: c.ID})
	}
	ch.Stamp(time.Now(), ids)
	return ch
}

// full returns a change of a chat that writes to many tables, with a message.
func full(c *contact.Chat, text string) *contact.Change {
	ch := message(c, text)
	next := *c
	next.CustomerID = text
	ch.Next = &next
	ch.Outbox = []contact.Outgoing{{Kind: contact.ContactEvent, ID: text, Key: string(c.ID)}}
	ch.Tokens = []contact.Token{{Key: text, Answer: text, At: time.Now()}}
	return ch
}

// proxy stands between a store and its database, and can cut connections.
type proxy struct {
	server string // the socket behind it
	// watch is called with what goes to the server; it says whether the connection
	// is cut, and whether what it saw still reaches the server first.
	watch func(sent []byte) (cut, forward bool)
}

// open returns the URL of the database by way of the proxy.
func (p *proxy) open(t *testing.T, c *pgtest.Cluster, database string) string {
	t.Helper()
	p.server = c.Socket()
	dir, err := os.MkdirTemp("", "px") //nolint:usetesting // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(dir, ".s.PGSQL.5432"))
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	group.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			group.Go(func() { p.serve(conn) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		group.Wait()
		os.RemoveAll(dir)
	})
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	u.RawQuery = "sslmode=disable&host=" + url.QueryEscape(dir)
	return u.String()
}

func (p *proxy) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("unix", p.server)
	if err != nil {
		return
	}
	defer server.Close()
	var group sync.WaitGroup
	defer group.Wait()
	var deaf atomic.Bool // answers no longer reach the client
	group.Go(func() {
		defer client.Close()
		buf := make([]byte, 64<<10)
		for {
			n, err := server.Read(buf)
			if n > 0 && !deaf.Load() {
				_, _ = client.Write(buf[:n])
			}
			if err != nil {
				return
			}
		}
	})
	defer server.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := client.Read(buf)
		if n > 0 {
			cut, forward := p.watch(buf[:n])
			if cut {
				deaf.Store(true)
				if forward {
					_, _ = server.Write(buf[:n])
					client.Close() // the server goes on with what it was told
				}
				return
			}
			if _, err := server.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// A connection that is lost while it commits leaves no doubt: whether the
// database heard of the commit or not, it is made once, and its caller told so.
func TestACommitThatIsCutOffHappensOnce(t *testing.T) {
	cluster := pgtest.Start(t)
	for _, forward := range []bool{true, false} {
		for name, change := range map[string]func(*contact.Chat, string) *contact.Change{
			"message": func(c *contact.Chat, text string) *contact.Change { return message(c, text) }, "state": full,
		} {
			t.Run(fmt.Sprintf("%s, the database is told: %t", name, forward), func(t *testing.T) {
				var seen, cuts atomic.Int64
				at := int64(1)
				if name == "state" {
					at = 2 // the outbox, and the commit with it
				}
				p := &proxy{watch: func(sent []byte) (bool, bool) {
					if !bytes.Contains(sent, []byte("cut here")) || seen.Add(1) != at {
						return false, false
					}
					cuts.Add(1)
					return true, forward
				}}
				direct := cluster.Database(t)
				s := open(t, postgres.Options{URL: p.open(t, cluster, direct)})
				defer s.Close()
				c := newChat(t, s, "c")
				out, err := s.Commit(t.Context(), full(c, "before")) // every statement is known now
				if err != nil {
					t.Fatal(err)
				}
				if out, err = s.Commit(t.Context(), message(out[0].Chat, "also before")); err != nil {
					t.Fatal(err)
				}
				c = out[0].Chat

				if out, err = s.Commit(t.Context(), change(c, "cut here")); err != nil {
					t.Fatal(err)
				}
				if cuts.Load() != 1 {
					t.Errorf("the connection was cut %d times, want 1", cuts.Load())
				}
				c = out[0].Chat
				if out, err = s.Commit(t.Context(), message(c, "after")); err != nil {
					t.Fatal(err)
				}
				items, err := s.Items(t.Context(), c.Number, 1, 10, false)
				if err != nil {
					t.Fatal(err)
				}
				var texts []string
				for i := range items {
					texts = append(texts, items[i].Text)
				}
				if got, want := strings.Join(texts, ", "), "before, also before, cut here, after"; got != want {
					t.Errorf("transcript %q, want %q", got, want)
				}
				now, err := s.Chat(t.Context(), "c")
				if err != nil {
					t.Fatal(err)
				}
				if now.Version != out[0].Chat.Version || now.Seq != 4 {
					t.Errorf("version %d, last item %d; the answers said %d, %d", now.Version, now.Seq, out[0].Chat.Version, out[0].Chat.Seq)
				}
			})
		}
	}
}

// A database that is away for a while, or crashes, costs time and nothing else.
func TestNothingAcknowledgedIsLostByACrashOfTheDatabase(t *testing.T) {
	cluster := pgtest.Start(t)
	s := open(t, postgres.Options{URL: cluster.Database(t)})
	defer s.Close()
	const writers, rounds = 12, 3
	chats := make([]*contact.Chat, writers)
	for i := range chats {
		chats[i] = newChat(t, s, contact.ID(fmt.Sprint("c", i)))
	}
	var acked [writers]atomic.Int64
	over, stop := context.WithCancel(t.Context())
	var group sync.WaitGroup
	for i := range chats {
		group.Go(func() {
			for n := 1; over.Err() == nil; n++ {
				text := fmt.Sprintf("%d/%d", i, n)
				ch := message(chats[i], text)
				if n%4 == 0 {
					ch = full(chats[i], text)
				}
				out, err := s.Commit(context.Background(), ch)
				if err != nil {
					t.Errorf("%s: %v", text, err)
					return
				}
				chats[i] = out[0].Chat
				acked[i].Add(1)
				if n%8 == 0 {
					if c, err := s.Chat(context.Background(), chats[i].ID); err != nil || c.Seq != chats[i].Seq {
						t.Errorf("chat after %s: last item %v, error %v", text, c, err)
					}
				}
			}
		})
	}
	progress := func() {
		var before [writers]int64
		for i := range before {
			before[i] = acked[i].Load()
		}
		for i := range before {
			for acked[i].Load() < before[i]+5 && !t.Failed() {
				time.Sleep(time.Millisecond)
			}
		}
	}
	for round := range rounds {
		progress()
		end := cluster.Kill
		if round == rounds-1 {
			end = cluster.Stop
		}
		if err := errors.Join(end(), cluster.Start()); err != nil {
			t.Fatal(err)
		}
	}
	progress()
	stop()
	group.Wait()
	told := map[string]int{}
	rows, err := s.Outbox(t.Context(), 0, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range rows {
		told[o.ID]++
	}
	for i, c := range chats {
		items, err := s.Items(t.Context(), c.Number, 1, 1<<20, false)
		if err != nil {
			t.Fatal(err)
		}
		if int64(len(items)) != acked[i].Load() {
			t.Errorf("chat %d has %d items, want the %d acknowledged", i, len(items), acked[i].Load())
		}
		for n := range items {
			text := fmt.Sprintf("%d/%d", i, n+1)
			if items[n].Text != text || items[n].Seq != int64(n+1) {
				t.Fatalf("item %d of chat %d is %d, %q", n+1, i, items[n].Seq, items[n].Text)
			}
			want := 0
			if (n+1)%4 == 0 {
				want = 1
			}
			if told[text] != want {
				t.Errorf("the outbox tells of %s %d times, want %d", text, told[text], want)
			}
		}
	}
}

// A database that stays away is an error, soon, and nothing is half done.
func TestADatabaseThatStaysAwayIsAnError(t *testing.T) {
	cluster := pgtest.Start(t)
	s := open(t, postgres.Options{URL: cluster.Database(t), Outage: 300 * time.Millisecond})
	defer s.Close()
	c := newChat(t, s, "c")
	if err := cluster.Stop(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		ch := full(c, "while it is away")
		if _, err := s.Commit(t.Context(), ch); err == nil || errors.Is(err, store.ErrStale) || errors.Is(err, store.ErrInDoubt) || fault.KindOf(err) != fault.Internal {
			t.Errorf("commit: error %v, want one that says that nothing was stored", err)
		}
		if _, err := s.Chat(t.Context(), "c"); err == nil || fault.KindOf(err) != fault.Internal {
			t.Errorf("read: error %v", err)
		}
	}
	if err := cluster.Start(); err != nil {
		t.Fatal(err)
	}
	if now, err := s.Chat(t.Context(), "c"); err != nil || now.Seq != 0 || now.Version != 1 {
		t.Errorf("afterwards the chat is %+v, error %v", now, err)
	}
	if _, err := s.Commit(t.Context(), full(c, "again")); err != nil {
		t.Errorf("commit when it is back: %v", err)
	}
}

// When the way is lost just as the commit is made, and stays lost, the caller is
// told that nobody knows.
func TestWhatCannotBeFoundOutIsSaid(t *testing.T) {
	cluster := pgtest.Start(t)
	var seen atomic.Int64
	var cut atomic.Bool
	p := &proxy{watch: func(sent []byte) (bool, bool) {
		if cut.Load() {
			return true, false
		}
		if bytes.Contains(sent, []byte("the text")) && seen.Add(1) == 2 { // the outbox, and the commit with it
			cut.Store(true)
			return true, true
		}
		return false, false
	}}
	s := open(t, postgres.Options{URL: p.open(t, cluster, cluster.Database(t)), Outage: 300 * time.Millisecond})
	c := newChat(t, s, "c")
	out, err := s.Commit(t.Context(), full(c, "before"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Commit(t.Context(), full(out[0].Chat, "the text")); !errors.Is(err, store.ErrInDoubt) {
		t.Errorf("error %v, want ErrInDoubt", err)
	}
	cut.Store(false)
	now, err := s.Chat(t.Context(), "c")
	if err != nil || now.Seq != 2 {
		t.Errorf("the chat is %+v, error %v; it was committed", now, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// What a synchronous standby does not have is not acknowledged, even if the
// connection is lost while the commit waits for it.
func TestACommitThatNoStandbyHasIsNotAcknowledged(t *testing.T) {
	cluster := pgtest.Start(t)
	direct := cluster.Database(t)
	standby := cluster.Standby(t)
	var cut atomic.Bool
	p := &proxy{watch: func(sent []byte) (bool, bool) {
		return bytes.Contains(sent, []byte("cut here")) && !cut.Swap(true), true
	}}
	s := open(t, postgres.Options{URL: p.open(t, cluster, direct), Outage: time.Second, CallLimit: 2 * time.Second})
	defer s.Close()
	out, err := s.Commit(t.Context(), message(newChat(t, s, "c"), "before"))
	if err != nil {
		t.Fatal(err)
	}
	c := out[0].Chat
	if err := standby.Stop(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := s.Commit(t.Context(), message(c, "cut here")); err == nil {
			t.Fatal("the commit was acknowledged while there was no standby")
		}
	}
	if now, err := s.Chat(t.Context(), "c"); err != nil || now.Seq != c.Seq {
		t.Errorf("before the standby has it the last item is %d, error %v; want %d", now.Seq, err, c.Seq)
	}
	if err := standby.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		now, err := s.Chat(t.Context(), "c")
		if err == nil && now.Seq == c.Seq+1 {
			_, err = s.Commit(t.Context(), message(now, "after"))
		}
		if err == nil && now.Seq == c.Seq+1 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("once the standby is back the chat is %+v, error %v", now, err)
		}
	}
}
