package bench

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// serve opens a line to a server with the given handler.
func serve(t *testing.T, h http.HandlerFunc) *line {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	u, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	l, err := openLine(t.Context(), u)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.close)
	return l
}

func TestLineReadsAnswersOfEveryLength(t *testing.T) {
	l := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Header.Get("X-Chunks") != "" {
			for len(body) > 0 {
				n := min(len(body), 5000)
				_, _ = w.Write(body[:n])
				body = body[n:]
				w.(http.Flusher).Flush()
			}
			return
		}
		_, _ = w.Write(body)
	})
	for _, size := range []int{0, 1, 100, 10_000, 200_000} {
		for _, headers := range []string{"", "X-Chunks: yes\r\n"} {
			want := bytes.Repeat([]byte("0123456789"), size/10+1)[:size]
			got, err := l.do("POST", "/", headers, want)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%d bytes with headers %q: got %d bytes, error %v", size, headers, len(got), err)
			}
		}
	}
}

func TestLineTellsRefusals(t *testing.T) {
	l := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "not you", http.StatusForbidden)
	})
	_, err := l.do("POST", "/participant/message", "", nil)
	no, ok := errors.AsType[*refused](err)
	if !ok || no.status != 403 || !strings.Contains(no.body, "not you") {
		t.Errorf("got error %v", err)
	}
}
