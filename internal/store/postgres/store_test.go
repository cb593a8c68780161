package postgres_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/pgtest"
	"github.com/bellpull/bellpull/internal/store"
	"github.com/bellpull/bellpull/internal/store/embedded"
	"github.com/bellpull/bellpull/internal/store/postgres"
	"github.com/bellpull/bellpull/internal/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) func() store.Store {
		url := pgtest.New(t)
		return func() store.Store { return open(t, postgres.Options{URL: url}) }
	})
}

// The database of a test is on the same machine, whose clock it must tell to the
// millisecond.
func TestTimeIsTheDatabases(t *testing.T) {
	s := open(t, postgres.Options{URL: pgtest.New(t)})
	defer s.Close()
	before := time.Now()
	at, err := s.Time(t.Context())
	if after := time.Now(); err != nil || at.Before(before.Add(-time.Millisecond)) || at.After(after.Add(time.Millisecond)) {
		t.Errorf("the database's time is %s, error %v; want %s to %s", at, err, before, after)
	}
}

// What one driver keeps can be moved to the other one, and back.
func TestMove(t *testing.T) {
	both := func(t *testing.T) (pg, file store.Store) {
		pg = open(t, postgres.Options{URL: pgtest.New(t)})
		file, err := embedded.Open(t.Context(), embedded.Options{Path: t.TempDir(), Sync: embedded.Normal})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := errors.Join(pg.Close(), file.Close()); err != nil {
				t.Error(err)
			}
		})
		return pg, file
	}
	t.Run("from the embedded store", func(t *testing.T) {
		pg, file := both(t)
		storetest.Move(t, file, pg)
	})
	t.Run("to the embedded store", func(t *testing.T) {
		pg, file := both(t)
		storetest.Move(t, pg, file)
	})
}

// What is the matter with a chat keeps nobody from putting its timers off.
func TestTimersOfUnreadableChats(t *testing.T) {
	for name, sql := range map[string]string{
		"a state that is no JSON": `UPDATE chats SET doc = '{' WHERE number = $1`,
		"a contact that is gone":  `DELETE FROM contacts WHERE chat = $1`,
	} {
		t.Run(name, func(t *testing.T) {
			url := pgtest.New(t)
			s := open(t, postgres.Options{URL: url})
			defer s.Close()
			storetest.UnreadableChat(t, s, func(chat int64) {
				conn, err := pgx.Connect(t.Context(), url)
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close(t.Context())
				if _, err := conn.Exec(t.Context(), sql, chat); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

// Contacts that were there before they could be found are found.
func TestContactsOfBeforeAreFound(t *testing.T) {
	url := pgtest.New(t)
	s := open(t, postgres.Options{URL: url})
	at := func(ms int64) time.Time { return time.UnixMilli(1_770_000_000_000 + ms).UTC() }
	chat := &contact.Chat{
		ID: "a", Instance: "in", Phase: contact.Queued, Started: at(0), CustomerID: "c-7",
		Participants: []contact.Participant{{ID: "s", Role: contact.System}, {ID: "p", Role: contact.Customer, Name: "Ad\x00a \\u0000"}},
		Contacts:     []contact.Segment{{ID: "a", Method: contact.FromAPI, Initiated: at(0)}, {ID: "b", Method: contact.FromTransfer, Initiated: at(1)}},
	}
	if _, err := s.Commit(t.Context(), &contact.Change{Was: &contact.Chat{ID: "a", Instance: "in"}, Next: chat}); err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile("migrations/0005_find_contacts.sql")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), `DROP INDEX legs_new, legs_of_agent, legs_of_customer; ALTER TABLE legs DROP id, DROP name, DROP customer;`+string(script),
		pgx.QueryExecModeSimpleProtocol); err != nil {
		t.Fatal(err)
	}
	found, err := s.RecentLegs(t.Context(), store.LegQuery{Instance: "in", CustomerID: "c-7", Limit: 10})
	if err != nil || len(found) != 2 || found[0].Contact != "b" || found[1].Contact != "a" || !strings.HasPrefix(found[0].Name, "Ad\uFFFDa") {
		t.Errorf("found %+v, error %v", found, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// open opens a store.
func open(t testing.TB, o postgres.Options) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
