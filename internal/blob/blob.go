// Package blob is the contract for keeping whole files, such as transcripts.
// File keeps them in a directory; blobtest is what "implements Store" means.
package blob

import (
	"context"
	"io"
	"strings"

	"github.com/bellpull/bellpull/internal/fault"
)

// Store keeps blobs by their keys. All methods may be called from many
// goroutines. A key that is no CheckKey's is a fault of kind Invalid.
type Store interface {
	// Put keeps what r holds, durably and in one step: whoever reads the key gets
	// all that was there before or all of the new, and after an error what was
	// there before.
	Put(ctx context.Context, key string, r io.Reader) error
	// Get returns a blob, which the caller closes. One that is not there is a
	// fault of kind NotFound.
	Get(ctx context.Context, key string) (io.ReadCloser, error)
	// Delete removes a blob. Removing what is not there is no error.
	Delete(ctx context.Context, key string) error
}

// MaxKey is the longest key, in bytes.
const MaxKey = 512

// CheckKey checks a key: parts of letters, digits and the signs -_.:=@+ between
// single slashes, none of which begins with a full stop.
func CheckKey(key string) error {
	if len(key) > MaxKey {
		return fault.Newf(fault.Invalid, "a key may have %d bytes", MaxKey)
	}
	for part := range strings.SplitSeq(key, "/") {
		if part == "" || part[0] == '.' || strings.IndexFunc(part, func(r rune) bool { return !keyRune(r) }) >= 0 {
			return fault.Newf(fault.Invalid, "%q cannot be a key", key)
		}
	}
	return nil
}

func keyRune(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_.:=@+", r)
}
