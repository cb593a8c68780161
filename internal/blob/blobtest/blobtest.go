// Package blobtest is what "implements blob.Store" means: a suite that every
// driver passes.
package blobtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/bellpull/bellpull/internal/blob"
	"github.com/bellpull/bellpull/internal/fault"
)

// Run runs the suite. Fresh returns an empty store.
func Run(t *testing.T, fresh func(t *testing.T) blob.Store) {
	for name, test := range map[string]func(*testing.T, blob.Store){
		"what is put is got":                     putAndGet,
		"a key is put anew in one step":          replace,
		"what cannot be read leaves what was":    broken,
		"what is removed is gone":                remove,
		"a key that leads elsewhere is refused":  badKeys,
		"a call whose context is over is undone": cancelled,
	} {
		t.Run(name, func(t *testing.T) { test(t, fresh(t)) })
	}
}

const key = "connect/shop/ChatTranscripts/2026/01/05/c-1_20260105T10:00_UTC.json"

func put(t *testing.T, s blob.Store, key, text string) {
	t.Helper()
	if err := s.Put(t.Context(), key, strings.NewReader(text)); err != nil {
		t.Fatalf("put %s: %v", key, err)
	}
}

func get(t *testing.T, s blob.Store, key string) string {
	t.Helper()
	r, err := s.Get(t.Context(), key)
	if err != nil {
		t.Fatalf("get %s: %v", key, err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("read %s: %v", key, err)
	}
	return string(b)
}

func holds(t *testing.T, s blob.Store, key, want string) {
	t.Helper()
	if got := get(t, s, key); got != want {
		t.Errorf("%s holds %q, want %q", key, got, want)
	}
}

func missing(t *testing.T, s blob.Store, key string) {
	t.Helper()
	if _, err := s.Get(t.Context(), key); err == nil || fault.KindOf(err) != fault.NotFound {
		t.Errorf("get %s: error %v, want one of kind NotFound", key, err)
	}
}

func putAndGet(t *testing.T, s blob.Store) {
	missing(t, s, key)
	put(t, s, key, "one")
	put(t, s, "other", "")
	big := strings.Repeat("0123456789abcdef", 1<<16)
	put(t, s, "big/file", big)
	holds(t, s, key, "one")
	holds(t, s, "other", "")
	if get(t, s, "big/file") != big {
		t.Error("a MiB is not what was put")
	}
	missing(t, s, "big")
	missing(t, s, "connect/shop")
}

func replace(t *testing.T, s blob.Store) {
	texts := []string{strings.Repeat("a", 1<<16), strings.Repeat("b", 1<<17)}
	put(t, s, key, texts[0])
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for range 10 {
				if err := s.Put(t.Context(), key, strings.NewReader(texts[i%2])); err != nil {
					t.Error(err)
				}
				r, err := s.Get(t.Context(), key)
				if err != nil {
					t.Error(err)
					return
				}
				b, err := io.ReadAll(r)
				r.Close()
				if text := string(b); err != nil || text != texts[0] && text != texts[1] {
					t.Errorf("read a mixture of %d bytes, %v", len(text), err)
				}
			}
		})
	}
	group.Wait()
}

func broken(t *testing.T, s blob.Store) {
	put(t, s, key, "before")
	cause := errors.New("the line is cut")
	half := io.MultiReader(strings.NewReader("half"), iotest.ErrReader(cause))
	if err := s.Put(t.Context(), key, half); !errors.Is(err, cause) {
		t.Errorf("put what cannot be read: error %v, want %v", err, cause)
	}
	holds(t, s, key, "before")
	if err := s.Put(t.Context(), "new", iotest.ErrReader(cause)); err == nil {
		t.Error("what cannot be read was put")
	}
	missing(t, s, "new")
}

func remove(t *testing.T, s blob.Store) {
	put(t, s, key, "one")
	put(t, s, key+"2", "two")
	for range 2 { // the second time it is gone already
		if err := s.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	missing(t, s, key)
	holds(t, s, key+"2", "two")
}

func badKeys(t *testing.T, s blob.Store) {
	for _, bad := range []string{
		"", "/", "/etc/passwd", "a//b", "a/", "..", "a/../../b", "./a", "a/.hidden", "a\\b", "a b", "a\x00b", "ü",
		strings.Repeat("a", blob.MaxKey+1),
	} {
		_, err := s.Get(t.Context(), bad)
		for what, err := range map[string]error{
			"put": s.Put(t.Context(), bad, bytes.NewReader(nil)), "get": err, "delete": s.Delete(t.Context(), bad),
		} {
			if err == nil || fault.KindOf(err) != fault.Invalid {
				t.Errorf("%s %q: error %v, want one of kind Invalid", what, bad, err)
			}
		}
	}
}

func cancelled(t *testing.T, s blob.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Get(ctx, key)
	for what, err := range map[string]error{
		"put": s.Put(ctx, key, strings.NewReader("late")), "get": err, "delete": s.Delete(ctx, key),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v, want %v", what, fmt.Sprint(err), context.Canceled)
		}
	}
	missing(t, s, key)
}
