package pgtest_test

import (
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/bellpull/bellpull/internal/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// count makes a table, unless it is there, adds a row and counts.
func count(t *testing.T, url string) (n int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for _, sql := range []string{"CREATE TABLE IF NOT EXISTS t (x int)", "INSERT INTO t VALUES (1)"} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM t").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestEachTestHasADatabaseOfItsOwn(t *testing.T) {
	a, b := pgtest.New(t), pgtest.New(t)
	for i, n := range []int{count(t, a), count(t, a), count(t, b)} {
		if want := []int{1, 2, 1}[i]; n != want {
			t.Errorf("database %d has %d rows, want %d", i, n, want)
		}
	}
}

func TestAServerThatWasKilledComesBackWithItsData(t *testing.T) {
	c := pgtest.Start(t)
	url := c.Database(t)
	count(t, url)
	for _, end := range []func() error{c.Kill, c.Stop} {
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
	}
	if n := count(t, url); n != 2 {
		t.Errorf("%d rows, want 2", n)
	}
}

func TestAStandbyHasWhatWasCommitted(t *testing.T) {
	primary := pgtest.Start(t)
	database := primary.Database(t)
	count(t, database)
	standby := primary.Standby(t)
	count(t, database)
	either, err := pgtest.Either(database, primary, standby)
	if err != nil {
		t.Fatal(err)
	}
	if n := count(t, either); n != 3 {
		t.Errorf("%d rows at the primary, want 3", n)
	}
	if err := primary.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := standby.Promote(); err != nil {
		t.Fatal(err)
	}
	if n := count(t, either); n != 4 {
		t.Errorf("%d rows at the promoted standby, want 4", n)
	}
}
