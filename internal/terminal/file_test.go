package terminal

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/chat"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

// screen is what a console has written.
type screen struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// A customer sends a file to a server, and saves it under another name.
func TestFilesAreSentAndSaved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		from, to := filepath.Join(dir, "a.pdf"), filepath.Join(dir, "b.pdf")
		if err := os.WriteFile(from, []byte("%PDF-1.7"), 0o600); err != nil {
			t.Fatal(err)
		}
		srv := servertest.New(t)
		s, err := chat.Connect(t.Context(), chat.Details{ParticipantToken: srv.NewChat("Ada").Token}, chat.Options{Endpoint: servertest.URL, HTTPClient: srv.HTTPClient()})
		if err != nil {
			t.Fatal(err)
		}
		typed, keys := io.Pipe()
		var out screen
		console, err := Open(typed, &out)
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		c := Customer{Console: console}
		go func() { done <- c.Run(t.Context(), s) }()
		time.Sleep(time.Second)
		for _, step := range []struct{ line, want string }{
			{"/save", "/save: nobody has sent a file"},
			{"/send", "/send: name a file"},
			{"/send " + from + ".none", "no such file"},
			{"/send " + from, "You sent the file a.pdf\n"},
			{"/save " + to, "saved " + to + ", 8 bytes"},
			{"/save " + to, "file exists"},
		} {
			if _, err := io.WriteString(keys, step.line+"\n"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			synctest.Wait()
			if got := out.String(); !strings.Contains(got, step.want) {
				t.Errorf("after %s: %s does not say %s", step.line, got, step.want)
			}
		}
		if b, err := os.ReadFile(to); err != nil || string(b) != "%PDF-1.7" {
			t.Errorf("saved %q, %v", b, err)
		}
		_ = keys.Close() // it cannot fail
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// The name of somebody else's file leads nowhere.
func TestSavedFilesStayHere(t *testing.T) {
	for name, want := range map[string]string{
		"a.png": "a.png", "../../etc/passwd": "passwd", "..": "attachment", "/": "attachment", ".profile": "profile", "": "attachment",
	} {
		if got := localName(name); got != want {
			t.Errorf("%q is saved as %q, want %q", name, got, want)
		}
	}
}
