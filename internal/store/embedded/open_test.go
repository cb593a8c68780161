package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/store"
	"github.com/bellpull/bellpull/internal/store/storetest"
)

// openIn opens a store and closes it when the test is over.
func openIn(t testing.TB, o Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func TestPathIsADirectoryOrAFile(t *testing.T) {
	dir := t.TempDir()
	openIn(t, Options{Path: filepath.Join(dir, "some", "data")})
	openIn(t, Options{Path: filepath.Join(dir, "other", "chats.db")})
	for _, name := range []string{"some/data/bellpull.db", "other/chats.db"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %o, want 600: it holds secrets", name, mode)
		}
	}
}

func TestASecondOpenIsRefusedAtOnce(t *testing.T) {
	dir := t.TempDir()
	first := openIn(t, Options{Path: dir})
	began := time.Now()
	if _, err := Open(t.Context(), Options{Path: dir}); !errors.Is(err, ErrInUse) {
		t.Errorf("second open: error %v, want ErrInUse", err)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("it took %v to say so", took)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	openIn(t, Options{Path: dir})
}

func TestAFileThatIsNoDatabaseIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.db")
	if err := os.WriteFile(file, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // and the lock is given back
		if _, err := Open(t.Context(), Options{Path: file}); err == nil || errors.Is(err, ErrInUse) {
			t.Errorf("error %v, want one about the file", err)
		}
	}
}

func TestADatabaseOfANewerProgramIsRefused(t *testing.T) {
	dir := t.TempDir()
	s := openIn(t, Options{Path: dir})
	if err := s.write(t.Context(), func(w *writer) error { return exec(w.conn, `PRAGMA user_version = 9999`) }); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{Path: dir}); err == nil || !strings.Contains(err.Error(), "version 9999") {
		t.Errorf("error %v, want one that names version 9999", err)
	}
}

func TestMigrationsAreAppliedOnceAndInOrder(t *testing.T) {
	c, err := openConn(filepath.Join(t.TempDir(), "x.db"), sqlite.OpenReadWrite|sqlite.OpenCreate)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}()
	steps := fstest.MapFS{"migrations/0001_a.sql": {Data: []byte(`CREATE TABLE a (x); INSERT INTO a VALUES (1);`)}}
	check := func(want string) {
		t.Helper()
		var got string
		if err := query(c, `SELECT (SELECT user_version FROM pragma_user_version) || ': ' || (SELECT group_concat(x) FROM a)`, nil, func(r row) error {
			got = r.ColumnText(0)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("version and rows %q, want %q", got, want)
		}
	}
	for range 2 {
		if err := migrate(c, steps); err != nil {
			t.Fatal(err)
		}
		check("1: 1")
	}
	steps["migrations/0002_b.sql"] = &fstest.MapFile{Data: []byte(`INSERT INTO a VALUES (2);`)}
	steps["migrations/0003_c.sql"] = &fstest.MapFile{Data: []byte(`INSERT INTO a VALUES (3); INSERT INTO nowhere VALUES (1);`)}
	if err := migrate(c, steps); err == nil || !strings.Contains(err.Error(), "0003_c.sql") {
		t.Errorf("error %v, want one that names the failed migration", err)
	}
	check("2: 1,2")
}

// Figures go back to before there was anything to make them from.
func TestFiguresOfChatsThatWereThereBefore(t *testing.T) {
	s := openIn(t, Options{Path: t.TempDir()})
	at := func(ms int64) time.Time { return time.UnixMilli(1_770_000_000_000 + ms).UTC() }
	chat := &contact.Chat{ID: "a", Instance: "in", Phase: contact.Queued, Started: at(0), CustomerID: "c-7", Contacts: []contact.Segment{
		{ID: "a", Method: "API", Initiated: at(0), Queue: "sales", Enqueued: at(1), Dequeued: at(2001), Disconnected: at(2001)},
		{
			ID: "b", Previous: "a", Method: contact.FromQueueFlow, Initiated: at(2001), Queue: "help", Enqueued: at(2001), Dequeued: at(5000),
			Agent: "ana", AgentConnected: at(5000), AfterWorkStarted: at(9999), AfterWorkEnded: at(10999), Disconnected: at(9999),
			Reason: contact.ByAgent, Transferred: at(9999),
		},
		{ID: "c", Previous: "b", Method: contact.FromTransfer, Initiated: at(9000), Queue: "sales", Enqueued: at(9999)},
	}}
	chat.Participants = []contact.Participant{{ID: "p", Role: contact.Customer, Name: "Ada"}}
	agent := &contact.Agent{
		User: "ana", Instance: "in", Status: contact.Status{ID: "s", Type: contact.Routable, Since: at(-500)},
		Work: []contact.Work{{Contact: "b", State: contact.AfterWork}},
	}
	if _, err := s.Commit(t.Context(), &contact.Change{Was: &contact.Chat{ID: "a", Instance: "in"}, Next: chat, Agents: []*contact.Agent{agent}}); err != nil {
		t.Fatal(err)
	}
	var script []byte
	for _, name := range []string{"0003_metrics", "0004_flow_metrics", "0005_find_contacts"} {
		part, err := migrations.ReadFile("migrations/" + name + ".sql")
		if err != nil {
			t.Fatal(err)
		}
		script = append(script, part...)
	}
	if err := s.write(t.Context(), func(w *writer) error { // on what a program of before would have left
		for _, table := range []string{"legs", "agent_marks", "offer_ends", "flow_marks"} {
			if err := exec(w.conn, `DROP TABLE `+table); err != nil {
				return err
			}
		}
		return sqlitex.ExecuteScript(w.conn, string(script), nil)
	}); err != nil {
		t.Fatal(err)
	}
	got := map[string]contact.Leg{}
	if err := s.Legs(t.Context(), "in", at(0), at(20000), func(l *contact.Leg) { got[l.Method] = *l }); err != nil {
		t.Fatal(err)
	}
	for _, want := range chat.Legs() {
		want.Contact, want.Name, want.CustomerID = "", "", "" // figures need none
		if got[want.Method] != want {
			t.Errorf("got %+v, want %+v", got[want.Method], want)
		}
	}
	found, err := s.RecentLegs(t.Context(), store.LegQuery{Instance: "in", CustomerID: "c-7", Limit: 10})
	if want := chat.Legs(); err != nil || len(found) != 3 || found[0] != want[2] || found[2] != want[0] {
		t.Errorf("contacts found %+v, error %v, want %+v, newest first", found, err, want)
	}
	marks, err := s.AgentMarks(t.Context(), "in", at(0), at(20000))
	want := contact.AgentMark{User: "ana", Instance: "in", At: at(-500), Activity: agent.Activity()}
	if err != nil || len(marks) != 1 || marks[0] != want {
		t.Errorf("marks %+v, error %v, want %+v", marks, err, want)
	}
}

func TestAnOrdinaryMessageIsOneInsert(t *testing.T) {
	s := openIn(t, Options{Path: t.TempDir()})
	c := newChat(t, s, "chat")
	// Without its rows in the other tables the chat can still be written to.
	if err := s.write(t.Context(), func(w *writer) error {
		return errors.Join(exec(w.conn, `DELETE FROM chats`), exec(w.conn, `DELETE FROM contacts`))
	}); err != nil {
		t.Fatal(err)
	}
	changes := func() (n int) {
		if err := s.write(t.Context(), func(w *writer) error {
			return query(w.conn, `SELECT total_changes()`, nil, func(r row) error { n = r.ColumnInt(0); return nil })
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := changes()
	say(t, s, c, "hello")
	if n := changes() - before; n != 1 {
		t.Errorf("a message changed %d rows, want 1", n)
	}
}

// A full disk fails the calls that meet it, and no more.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	s := openIn(t, Options{Path: dir})
	limit := func(pages string) {
		t.Helper()
		if err := s.write(t.Context(), func(w *writer) error { return exec(w.conn, `PRAGMA max_page_count = `+pages) }); err != nil {
			t.Fatal(err)
		}
	}
	chats := make([]*contact.Chat, 8)
	for i := range chats {
		chats[i] = newChat(t, s, contact.ID(fmt.Sprint("chat ", i)))
	}
	for round := range 3 {
		limit("1") // SQLite makes it the present size
		errs := make(chan error, len(chats))
		for i := range chats {
			go func() {
				for {
					c, err := trySay(s, chats[i], strings.Repeat("x", 3000))
					if err != nil {
						errs <- err
						return
					}
					chats[i] = c
				}
			}()
		}
		for range chats {
			if err := <-errs; sqlite.ErrCode(err) != sqlite.ResultFull {
				t.Errorf("on a full disk: error %v, want SQLITE_FULL", err)
			}
		}
		several := message(chats[0], "a", strings.Repeat("y", 10000))
		several.Next = chats[0]
		several.Set = []contact.Timer{{Due: time.UnixMilli(0)}}
		if _, err := s.Commit(t.Context(), several); sqlite.ErrCode(err) != sqlite.ResultFull {
			t.Errorf("a change of several rows on a full disk: error %v, want SQLITE_FULL", err)
		}
		for i, c := range chats { // reading goes on
			if got, err := s.Chat(t.Context(), contact.ID(fmt.Sprint("chat ", i))); err != nil || got.Seq != c.Seq || got.Version != c.Version {
				t.Fatalf("round %d, chat %d: item %d version %d (%v), want %d and %d", round, i, got.Seq, got.Version, err, c.Seq, c.Version)
			}
		}
		limit("1000000")
		for i := range chats {
			chats[i] = say(t, s, chats[i], "there is space again")
		}
	}
	if due, _, err := s.DueTimers(t.Context(), time.Now(), 10); err != nil || len(due) > 0 {
		t.Errorf("timers of failed calls: %v, error %v", due, err)
	}
}

// One stale call does not disturb those that share its transaction.
func TestStaleCallFailsAlone(t *testing.T) {
	s := openIn(t, Options{Path: t.TempDir()})
	chats := make([]*contact.Chat, 30)
	for i := range chats {
		chats[i] = newChat(t, s, contact.ID(fmt.Sprint("chat ", i)))
	}
	said := say(t, s, chats[0], "first")

	release := holdUp(s)
	type answer struct {
		i   int
		err error
	}
	answers := make(chan answer)
	for i := range chats {
		go func() {
			ch := message(chats[i], "hello")
			if i%3 == 1 {
				ch = message(chats[i], "one", "two")
			}
			if i%3 == 2 { // stale half way
				ch = message(chats[i], "one")
				ch.Agents = []*contact.Agent{{User: "nobody", Version: 5}}
			}
			_, err := s.Commit(context.Background(), ch)
			answers <- answer{i, err}
		}()
	}
	for waiting := 0; waiting < len(chats); time.Sleep(time.Millisecond) {
		waiting = s.queue.Len()
	}
	release()
	for range chats {
		a := <-answers
		if wantStale := a.i == 0 || a.i%3 == 2; errors.Is(a.err, store.ErrStale) != wantStale || (a.err != nil && !wantStale) {
			t.Errorf("call %d: error %v, want stale %t", a.i, a.err, wantStale)
		}
	}
	for i, want := range []int64{said.Seq, 2, 0, 1, 2, 0} {
		c, err := s.Chat(t.Context(), contact.ID(fmt.Sprint("chat ", i)))
		if err != nil {
			t.Fatal(err)
		}
		if c.Seq != want {
			t.Errorf("chat %d has %d items, want %d", i, c.Seq, want)
		}
	}
}

// holdUp has the committing goroutine wait until release is called.
func holdUp(s *Store) (release func()) {
	hold, held := make(chan struct{}), make(chan struct{})
	go func() {
		_ = s.write(context.Background(), func(*writer) error { close(held); <-hold; return nil })
	}()
	<-held
	return func() { close(hold) }
}

// What came before a stale call in its transaction is done once more, and is what
// it would have been.
func TestWhatASharedTransactionDoesAgain(t *testing.T) {
	s := openIn(t, Options{Path: t.TempDir()})
	old := newChat(t, s, "old")
	stale := message(old, "one")
	stale.Agents = []*contact.Agent{{User: "nobody", Version: 5}}
	begins := opening("new")
	begins.Agents = []*contact.Agent{{User: "ana", Instance: "instance"}}
	release := holdUp(s)
	type answer struct {
		out []store.Committed
		err error
	}
	var answers []chan answer
	for _, ch := range []*contact.Change{begins, message(old, "hello"), stale} {
		answered := make(chan answer, 1)
		answers = append(answers, answered)
		go func() {
			out, err := s.Commit(context.Background(), ch)
			answered <- answer{out, err}
		}()
		for s.queue.Len() < len(answers) {
			time.Sleep(time.Millisecond)
		}
	}
	release()
	if a := <-answers[0]; a.err != nil || a.out[0].Chat.Number <= old.Number || len(a.out[0].Agents) != 1 {
		t.Errorf("a chat that begins: %+v, error %v", a.out, a.err)
	}
	if a := <-answers[1]; a.err != nil || a.out[0].Chat.Seq != 1 {
		t.Errorf("a message: %+v, error %v", a.out, a.err)
	}
	if a := <-answers[2]; !errors.Is(a.err, store.ErrStale) {
		t.Errorf("the stale call: error %v", a.err)
	}
	if c, err := s.Chat(t.Context(), "new"); err != nil || c.Version != 1 {
		t.Errorf("the chat that began is %+v, error %v", c, err)
	}
}

var testIDs = contact.NewIDs()

func newChat(t testing.TB, s *Store, id contact.ID) *contact.Chat {
	t.Helper()
	out, err := s.Commit(t.Context(), opening(id))
	if err != nil {
		t.Fatal(err)
	}
	return out[0].Chat
}

// opening returns a change that begins a chat.
func opening(id contact.ID) *contact.Change {
	return &contact.Change{
		Was:  &contact.Chat{ID: id},
		Next: &contact.Chat{ID: id, Instance: "instance", Phase: contact.Connected, Contacts: []contact.Segment{{ID: id}}},
	}
}

func message(c *contact.Chat, texts ...string) *contact.Change {
	ch := &contact.Change{Was: c}
	for _, text := range texts {
		ch.Items = append(ch.Items, contact.Item{Kind: contact.Message, Type: contact.PlainText, Text: text, Contact: c.ID})
	}
	ch.Stamp(time.Now(), testIDs)
	return ch
}

func trySay(s *Store, c *contact.Chat, text string) (*contact.Chat, error) {
	out, err := s.Commit(context.Background(), message(c, text))
	if err != nil {
		return nil, err
	}
	return out[0].Chat, nil
}

func say(t testing.TB, s *Store, c *contact.Chat, text string) *contact.Chat {
	t.Helper()
	next, err := trySay(s, c, text)
	if err != nil {
		t.Fatal(err)
	}
	return next
}

// What is the matter with a chat keeps nobody from putting its timers off.
func TestTimersOfUnreadableChats(t *testing.T) {
	for name, sql := range map[string]string{
		"a state that is no JSON": `UPDATE chats SET doc = '{' WHERE number = ?`,
		"a contact that is gone":  `DELETE FROM contacts WHERE chat = ?`,
	} {
		t.Run(name, func(t *testing.T) {
			s := openIn(t, Options{Path: t.TempDir()})
			storetest.UnreadableChat(t, s, func(chat int64) {
				if err := s.write(t.Context(), func(w *writer) error { return exec(w.conn, sql, chat) }); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

// No question that is asked often reads a whole table or sorts.
func TestQuestionsUseTheirIndexes(t *testing.T) {
	s := openIn(t, Options{Path: t.TempDir()})
	for _, sql := range []string{
		chatQuery, waitingQuery, activeQuery, itemsForthQuery, itemsBackQuery, lastItemQuery, dueQuery, putOffTimer, routableAgentsQuery, legsQuery, offerEndsQuery, flowMarksQuery,
		recentLegsQuery, recentOfAgentQuery, recentOfCustomerQuery, recentOfBothQuery,
	} {
		err := s.read(t.Context(), func(c *sqlite.Conn) error {
			stmt, err := c.Prepare("EXPLAIN QUERY PLAN " + sql)
			if err != nil {
				return err
			}
			for {
				more, err := stmt.Step()
				if err != nil || !more {
					return errors.Join(err, stmt.Reset())
				}
				detail := stmt.ColumnText(3)
				inOrder := strings.Contains(detail, "timers_due") // read from its beginning
				if strings.HasPrefix(detail, "USE TEMP") || (strings.HasPrefix(detail, "SCAN") && !inOrder) {
					t.Errorf("%s\n%s", sql, detail)
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
