package outbox_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/callout"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/outbox"
	"github.com/bellpull/bellpull/internal/store/embedded"
)

const secret = "shared-with-the-receiver"

func webhook(t *testing.T, url string, private bool) *outbox.Webhook {
	t.Helper()
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	hook, err := callout.NewWebhook(callout.WebhookConfig{URL: url, SecretFile: file, Timeout: 200 * time.Millisecond},
		callout.Config{AllowPrivate: private}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	w := outbox.NewWebhook(hook)
	t.Cleanup(func() { w.Close() })
	return w
}

// signed checks a post as a receiver would.
func signed(r *http.Request, body []byte) error {
	at, sum, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("Bellpull-Signature"), "t="), ",v1=")
	h := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(h, "%s.%s", at, body)
	if want := hex.EncodeToString(h.Sum(nil)); sum != want {
		return fmt.Errorf("signature %q of %q, want %q", sum, body, want)
	}
	return nil
}

// A receiver that fails for a while, in all ways there are, gets everything, and
// the events of a chat in order.
func TestWebhookThatFailsForAWhile(t *testing.T) {
	var mu sync.Mutex
	var got []string
	tries := map[string]int{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = signed(r, body)
		}
		if err != nil {
			t.Error(err)
		}
		id := r.Header.Get("Bellpull-Event-Id")
		if want := `{"text":"` + id + `"}`; string(body) != want || r.Header.Get("Bellpull-Event-Kind") != "contact-event" {
			t.Errorf("event %s of kind %s: %s", id, r.Header.Get("Bellpull-Event-Kind"), body)
		}
		mu.Lock()
		tries[id]++
		n := tries[id]
		mu.Unlock()
		switch {
		case id == "a/1" && n == 1:
			w.WriteHeader(http.StatusServiceUnavailable)
		case id == "a/1" && n == 2:
			panic(http.ErrAbortHandler) // the connection breaks
		case id == "b/2" && n == 1:
			<-r.Context().Done() // no answer
		case id == "b/2" && n == 2:
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		default:
			mu.Lock()
			got = append(got, id)
			mu.Unlock()
			w.WriteHeader(http.StatusNoContent)
		}
	}))
	defer srv.Close()
	st, err := embedded.Open(t.Context(), embedded.Options{Path: t.TempDir(), Sync: embedded.Normal})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	want := []string{"a/1", "b/1", "a/2", "b/2", "c/1", "a/3", "b/3"}
	all := rows(want...)
	for i := range all {
		all[i].Key, _, _ = strings.Cut(all[i].ID, "/")
	}
	if _, err := st.Commit(t.Context(), &contact.Change{Outbox: all}); err != nil {
		t.Fatal(err)
	}
	d := outbox.New(outbox.Options{
		Store: st, Sinks: []outbox.Sink{webhook(t, srv.URL, true)}, Now: time.Now, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if left, err := st.Outbox(t.Context(), 0, 1); err != nil || len(left) == 0 {
			break
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	mu.Lock()
	defer mu.Unlock()
	for _, key := range []string{"a", "b", "c"} {
		if !slices.Equal(of(key, got), of(key, want)) {
			t.Errorf("of %s came %q, want %q", key, of(key, got), of(key, want))
		}
	}
	if tries["a/1"] != 3 || tries["b/2"] != 3 || tries["c/1"] != 1 {
		t.Errorf("tries %v", tries)
	}
}

func TestWebhookMayNotBePrivate(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was reached") }))
	defer srv.Close()
	if err := webhook(t, srv.URL, false).Deliver(t.Context(), rows("1")); !errors.Is(err, callout.ErrForbidden) {
		t.Errorf("error %v, want %v", err, callout.ErrForbidden)
	}
}
