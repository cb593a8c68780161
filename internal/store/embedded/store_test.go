package embedded_test

import (
	"testing"

	"github.com/bellpull/bellpull/internal/store"
	"github.com/bellpull/bellpull/internal/store/embedded"
	"github.com/bellpull/bellpull/internal/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) func() store.Store {
		dir := t.TempDir()
		return func() store.Store {
			s, err := embedded.Open(t.Context(), embedded.Options{Path: dir})
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
	})
}
