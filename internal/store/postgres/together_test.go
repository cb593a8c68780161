package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/pgtest"
	"github.com/bellpull/bellpull/internal/store"
	"github.com/bellpull/bellpull/internal/store/postgres"
)

// lockItems keeps commits of messages waiting until it is called again.
func lockItems(t *testing.T, url string) (unlock func()) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), `LOCK TABLE items IN EXCLUSIVE MODE`); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := errors.Join(tx.Rollback(context.Background()), conn.Close(context.Background())); err != nil {
			t.Error(err)
		}
	}
}

// One call that is stale, or that holds what cannot be stored, does not disturb
// those that share its transaction.
func TestACallThatFailsFailsAlone(t *testing.T) {
	url := pgtest.New(t)
	s := open(t, postgres.Options{URL: url})
	defer s.Close()
	chats := make([]*contact.Chat, 40)
	for i := range chats {
		chats[i] = newChat(t, s, contact.ID(fmt.Sprint("chat ", i)))
	}
	if _, err := s.Commit(t.Context(), message(chats[0], "first")); err != nil {
		t.Fatal(err)
	}
	unlock := lockItems(t, url)
	errs := make([]error, len(chats)+1)
	var group sync.WaitGroup
	group.Go(func() { _, errs[len(chats)] = s.Commit(t.Context(), message(newer(chats[0]), "holds the others up")) })
	for i := range chats {
		group.Go(func() {
			ch := message(chats[i], "hello")
			switch i % 4 {
			case 1:
				ch = full(chats[i], fmt.Sprint("text ", i))
			case 2: // stale half way
				ch = full(chats[i], fmt.Sprint("text ", i))
				ch.Agents = []*contact.Agent{{User: "nobody", Version: 5}}
			case 3: // no text of PostgreSQL's
				ch.Agents = []*contact.Agent{{User: contact.UserID(fmt.Sprint("bad \x00", i))}}
			}
			_, errs[i] = s.Commit(context.Background(), ch)
		})
	}
	time.Sleep(100 * time.Millisecond) // most have gathered; the outcome is the same if not
	unlock()
	group.Wait()
	for i, err := range errs {
		stale := i == 0 || i < len(chats) && i%4 == 2
		bad := i < len(chats) && i%4 == 3
		if errors.Is(err, store.ErrStale) != stale || (err != nil) != (stale || bad) {
			t.Errorf("call %d: error %v, want stale %t, refused %t", i, err, stale, bad)
		}
	}
	for i, want := range []int64{2, 1, 0, 0, 1, 1, 0, 0} {
		c, err := s.Chat(t.Context(), contact.ID(fmt.Sprint("chat ", i)))
		if err != nil {
			t.Fatal(err)
		}
		if c.Seq != want {
			t.Errorf("chat %d has %d items, want %d", i, c.Seq, want)
		}
	}
}

// newer is a chat after another message.
func newer(c *contact.Chat) *contact.Chat {
	next := *c
	next.Seq++
	return &next
}

// Processes that share a database lose races against each other, and nothing
// else: no message, no state, no number of the outbox that is seen late.
func TestProcessesShareADatabase(t *testing.T) {
	url := pgtest.New(t)
	const processes, chats, each = 3, 4, 15
	stores := make([]*postgres.Store, processes)
	var opening sync.WaitGroup
	for i := range stores {
		opening.Go(func() { // together, so that they migrate together
			var err error
			if stores[i], err = postgres.Open(t.Context(), postgres.Options{URL: url}); err != nil {
				t.Error(err)
			}
		})
	}
	opening.Wait()
	if t.Failed() {
		return
	}
	for _, s := range stores {
		defer s.Close()
	}
	for i := range chats {
		newChat(t, stores[0], contact.ID(fmt.Sprint("c", i)))
	}
	over, stop := context.WithCancel(t.Context())
	var reading, writing sync.WaitGroup
	reading.Go(func() {
		for last := int64(0); over.Err() == nil; {
			rows, err := stores[0].Outbox(t.Context(), last, 1000)
			if err != nil {
				t.Error(err)
				return
			}
			for _, o := range rows {
				if o.Number != last+1 {
					t.Errorf("row %d of the outbox follows row %d", o.Number, last)
				}
				last = o.Number
			}
		}
	})
	for p, s := range stores {
		for w := range chats * 2 {
			writing.Go(func() {
				for n := range each {
					// Two chats in either order, so that transactions get in each other's way.
					a, b := contact.ID(fmt.Sprint("c", (w+n)%chats)), contact.ID(fmt.Sprint("c", (w+n+1+n%2)%chats))
					text := fmt.Sprintf("%d/%d/%d", p, w, n)
					for {
						one, err1 := s.Chat(t.Context(), a)
						two, err2 := s.Chat(t.Context(), b)
						if err := errors.Join(err1, err2); err != nil {
							t.Error(err)
							return
						}
						next := *two
						_, err := s.Commit(t.Context(), full(one, text), &contact.Change{Was: two, Next: &next})
						if errors.Is(err, store.ErrStale) {
							continue
						}
						if err != nil {
							t.Error(err)
						}
						break
					}
				}
			})
		}
	}
	writing.Wait()
	stop()
	reading.Wait()
	seen := map[string]int{}
	for i := range chats {
		c, err := stores[1].Chat(t.Context(), contact.ID(fmt.Sprint("c", i)))
		if err != nil {
			t.Fatal(err)
		}
		items, err := stores[2].Items(t.Context(), c.Number, 1, 1<<20, false)
		if err != nil {
			t.Fatal(err)
		}
		for n := range items {
			seen[items[n].Text]++
			if items[n].Seq != int64(n+1) {
				t.Errorf("item %d of chat %d is numbered %d", n+1, i, items[n].Seq)
			}
		}
	}
	if want := processes * chats * 2 * each; len(seen) != want {
		t.Errorf("%d messages, want %d", len(seen), want)
	}
	for text, n := range seen {
		if n != 1 {
			t.Errorf("%s is there %d times", text, n)
		}
	}
}

// An ordinary message is one inserted row; nothing else is read or written.
func TestAMessageIsOneRow(t *testing.T) {
	url := pgtest.New(t)
	s := open(t, postgres.Options{URL: url})
	c := newChat(t, s, "c")
	if err := s.Close(); err != nil { // what a process did is counted when it has gone
		t.Fatal(err)
	}
	// The server counts a moment after the connection has ended.
	counted := func(table string, n int64) (all map[string]counts) {
		for range 200 {
			if all = touched(t, url); all[table].inserted >= n {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		return all
	}
	before := counted("chats", 1)
	s = open(t, postgres.Options{URL: url})
	const messages = 20
	for range messages {
		out, err := s.Commit(t.Context(), message(c, "hello"))
		if err != nil {
			t.Fatal(err)
		}
		c = out[0].Chat
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	after := counted("items", before["items"].inserted+messages)
	if got := after["items"].inserted - before["items"].inserted; got != messages {
		t.Errorf("%d messages inserted %d items", messages, got)
	}
	for table := range after {
		a, b := after[table], before[table]
		if table == "items" {
			a.inserted, b.inserted = 0, 0
		}
		if table == "migrated" || table == "committers" {
			continue // opening reads them
		}
		if a != b {
			t.Errorf("%s: %+v before the messages, %+v after", table, b, a)
		}
	}
}

// counts are what has been done with a table's rows.
type counts struct{ inserted, updated, deleted, read int64 }

func touched(t *testing.T, url string) map[string]counts {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	rows, err := conn.Query(t.Context(), `SELECT relname::text, n_tup_ins, n_tup_upd, n_tup_del, seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables`)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]counts{}
	for rows.Next() {
		var table string
		var c counts
		if err := rows.Scan(&table, &c.inserted, &c.updated, &c.deleted, &c.read); err != nil {
			t.Fatal(err)
		}
		all[table] = c
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestADatabaseOfANewerProgramIsRefused(t *testing.T) {
	url := pgtest.New(t)
	s := open(t, postgres.Options{URL: url})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), `UPDATE migrated SET version = 9999`); err != nil {
		t.Fatal(err)
	}
	if _, err := postgres.Open(t.Context(), postgres.Options{URL: url}); err == nil || !strings.Contains(err.Error(), "version 9999") {
		t.Errorf("error %v, want one that names version 9999", err)
	}
}
