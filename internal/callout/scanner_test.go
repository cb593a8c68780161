package callout_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/bellpull/bellpull/internal/callout"
)

func scan(t *testing.T, c callout.ScannerConfig, content io.Reader) (bool, error) {
	t.Helper()
	if c.Timeout == 0 {
		c.Timeout = 10 * time.Second
	}
	s, err := callout.NewScanner(c, callout.Config{AllowPrivate: true}, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	return s.Scan(t.Context(), callout.ScanRequest{ID: "id-1", Name: "Größe.png", ContentType: "image/png", Size: 7, Content: content})
}

func TestScanByCommand(t *testing.T) {
	for _, c := range []struct {
		name, script string
		good         bool
		want         error
	}{
		{"a good file", `[ "$(cat)" = content ] && [ "$BELLPULL_ATTACHMENT_NAME $BELLPULL_ATTACHMENT_ID $BELLPULL_ATTACHMENT_TYPE $BELLPULL_ATTACHMENT_SIZE" = "Größe.png id-1 image/png 7" ]`, true, nil},
		{"a bad file", "cat >/dev/null; exit 1", false, nil},
		{"a bad file of which little is read", "exit 1", false, nil},
		{"no judgement", "exit 2", false, callout.ErrFailed},
		{"a scanner that is killed", "kill -9 $$", false, callout.ErrFailed},
	} {
		t.Run(c.name, func(t *testing.T) {
			good, err := scan(t, callout.ScannerConfig{Command: []string{"sh", "-c", c.script}}, strings.NewReader("content"))
			if good != c.good || !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
				t.Errorf("got %v %v, want %v %v", good, err, c.good, c.want)
			}
		})
	}
	if good, err := scan(t, callout.ScannerConfig{Command: []string{"/there/is/none"}}, strings.NewReader("x")); good || !errors.Is(err, callout.ErrFailed) {
		t.Errorf("a scanner that is not there: %v %v", good, err)
	}
	// A file of which only a part could be read is not good because that part is.
	if good, err := scan(t, callout.ScannerConfig{Command: []string{"sh", "-c", "cat >/dev/null"}}, iotest.ErrReader(io.ErrUnexpectedEOF)); good || err == nil {
		t.Errorf("a file that cannot be read: %v %v", good, err)
	}
	if good, err := scan(t, callout.ScannerConfig{Command: []string{"sleep", "60"}, Timeout: 50 * time.Millisecond}, strings.NewReader("x")); good || !errors.Is(err, callout.ErrTimeLimit) {
		t.Errorf("a scanner that takes too long: %v %v", good, err)
	}
}

func TestScanByHTTP(t *testing.T) {
	for _, c := range []struct {
		name, answer string
		status       int
		good         bool
		want         error
	}{
		{"a good file", `{"status":"APPROVED"}`, 200, true, nil},
		{"a bad file", `{"status":"REJECTED"}`, 200, false, nil},
		{"an answer that is none", `{"status":"FINE"}`, 200, false, callout.ErrAnswer},
		{"no JSON", `fine`, 200, false, callout.ErrAnswer},
		{"a failure", `{"status":"APPROVED"}`, 500, false, callout.ErrFailed},
	} {
		t.Run(c.name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil || string(body) != "content" || r.Header.Get("Content-Type") != "image/png" || r.Header.Get("Bellpull-Attachment-Id") != "id-1" {
					t.Errorf("got %q %v, error %v", body, r.Header, err)
				}
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.answer)
			}))
			defer srv.Close()
			good, err := scan(t, callout.ScannerConfig{HTTP: srv.URL}, strings.NewReader("content"))
			if good != c.good || !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
				t.Errorf("got %v %v, want %v %v", good, err, c.good, c.want)
			}
		})
	}
	srv := httptest.NewServer(http.NotFoundHandler())
	defer srv.Close()
	s, err := callout.NewScanner(callout.ScannerConfig{HTTP: srv.URL, Timeout: time.Second}, callout.Config{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if good, err := s.Scan(context.Background(), callout.ScanRequest{Content: strings.NewReader("")}); good || !errors.Is(err, callout.ErrForbidden) {
		t.Errorf("a private address: %v %v, want that it is forbidden", good, err)
	}
}
