package postgres_test

import (
	"errors"
	"os"
	"testing"

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

// open opens a store.
func open(t testing.TB, o postgres.Options) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
