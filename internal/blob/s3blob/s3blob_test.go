package s3blob_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/bellpull/bellpull/internal/blob"
	"github.com/bellpull/bellpull/internal/blob/blobtest"
	"github.com/bellpull/bellpull/internal/blob/s3blob"
	"github.com/bellpull/bellpull/internal/fault"
)

// bucket is an S3 server with one bucket, which remembers what is asked of it.
type bucket struct {
	*s3mem.Backend
	url string

	mu     sync.Mutex // guards what follows
	asked  []string   // method and path
	signed []string   // headers
	broken bool
}

func newBucket(t *testing.T) *bucket {
	b := &bucket{Backend: s3mem.New()}
	if err := b.CreateBucket("files"); err != nil {
		t.Fatal(err)
	}
	s3 := gofakes3.New(b.Backend).Server()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		b.asked = append(b.asked, r.Method+" "+r.URL.Path)
		b.signed = append(b.signed, r.Header.Get("Authorization"))
		broken := b.broken
		b.mu.Unlock()
		if broken {
			http.Error(w, "out of order", http.StatusServiceUnavailable)
			return
		}
		s3.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	b.url = srv.URL
	return b
}

func (b *bucket) store(t *testing.T, prefix string) *s3blob.Store {
	t.Helper()
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("very-secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := s3blob.New(s3blob.Config{
		Endpoint: b.url, Bucket: "files", Prefix: prefix, Region: "eu-central-1", AccessKey: "bellpull", SecretFile: secret,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStore(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) blob.Store { return newBucket(t).store(t, "a/prefix") })
}

func TestKeysLieBelowThePrefix(t *testing.T) {
	b := newBucket(t)
	for _, prefix := range []string{"", "one", "/two/deep/"} {
		if err := b.store(t, prefix).Put(t.Context(), "k.json", strings.NewReader("{}")); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"PUT /files/k.json", "PUT /files/one/k.json", "PUT /files/two/deep/k.json"}
	if !slices.Equal(b.asked, want) {
		t.Errorf("asked for %q, want %q", b.asked, want)
	}
	if s := b.signed[0]; !strings.Contains(s, "Credential=bellpull/") || !strings.Contains(s, "/eu-central-1/s3/") {
		t.Errorf("signed %q", s)
	}
}

// A blob that is larger than what is kept in memory comes in parts, and all of
// it or nothing is there.
func TestLargeBlob(t *testing.T) {
	b := newBucket(t)
	s := b.store(t, "")
	big := strings.Repeat("0123456789abcdef", 20<<20/16) + "end"
	if err := s.Put(t.Context(), "big", io.MultiReader(strings.NewReader(big))); err != nil {
		t.Fatal(err)
	}
	r, err := s.Get(t.Context(), "big")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || string(got) != big {
		t.Errorf("got %d bytes, %v; want the %d that were put", len(got), err, len(big))
	}
	cause := errors.New("the line is cut")
	if err := s.Put(t.Context(), "big", io.MultiReader(strings.NewReader(big), errorReader{cause})); !errors.Is(err, cause) {
		t.Errorf("put what cannot be read to its end: error %v, want %v", err, cause)
	}
	if err := s.Put(t.Context(), "other", io.MultiReader(strings.NewReader(big), errorReader{cause})); err == nil {
		t.Error("what cannot be read to its end was put")
	}
	if _, err := s.Get(t.Context(), "other"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("part of a blob is there: %v", err)
	}
}

type errorReader struct{ error }

func (r errorReader) Read([]byte) (int, error) { return 0, r.error }

// A server that is out of order is not one that has nothing.
func TestServerOutOfOrder(t *testing.T) {
	b := newBucket(t)
	s := b.store(t, "")
	if err := s.Put(t.Context(), "k", strings.NewReader("v")); err != nil {
		t.Fatal(err)
	}
	b.mu.Lock()
	b.broken = true
	b.mu.Unlock()
	_, err := s.Get(t.Context(), "k")
	for what, err := range map[string]error{
		"get": err, "put": s.Put(t.Context(), "k", strings.NewReader("w")), "delete": s.Delete(t.Context(), "k"),
	} {
		if err == nil || fault.KindOf(err) == fault.NotFound {
			t.Errorf("%s: error %v, want one that is not NotFound", what, err)
		}
	}
}

func TestBucketThatIsNotThere(t *testing.T) {
	b := newBucket(t)
	if err := b.DeleteBucket("files"); err != nil {
		t.Fatal(err)
	}
	s := b.store(t, "")
	if err := s.Put(t.Context(), "k", strings.NewReader("v")); err == nil {
		t.Error("put into a bucket that is not there")
	}
	if _, err := s.Get(t.Context(), "k"); err == nil || fault.KindOf(err) == fault.NotFound {
		t.Errorf("get: error %v, want one that is about the bucket", err)
	}
}

func TestSecretFileIsNeeded(t *testing.T) {
	if _, err := s3blob.New(s3blob.Config{Endpoint: "https://s3.example.org", Bucket: "b", AccessKey: "k", SecretFile: "none"}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v, want that the file is not there", err)
	}
}
