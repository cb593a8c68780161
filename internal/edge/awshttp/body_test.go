package awshttp

import (
	"bytes"
	"io"
	"net/http/httptest"
	"testing"
)

// A length that is announced costs no room before it has come, and what comes is
// read whole.
func TestABodyIsNotBelievedBeforeItComes(t *testing.T) {
	body := bytes.Repeat([]byte("0123456789"), 10_000)
	for _, come := range []int{0, 1, believed, believed + 1, 3 * believed, len(body)} {
		r := httptest.NewRequest("POST", "/", io.NopCloser(bytes.NewReader(body[:come])))
		r.ContentLength = int64(len(body))
		got, err := readBody(r, nil, defaultMaxBody)
		if whole := come == len(body); whole != (err == nil) || whole && !bytes.Equal(got, body) {
			t.Errorf("of %d bytes %d came: read %d, error %v", len(body), come, len(got), err)
		}
		if most := max(believed, 3*come); cap(got) > most {
			t.Errorf("when %d bytes had come there was room for %d, want %d at the most", come, cap(got), most)
		}
	}
}
