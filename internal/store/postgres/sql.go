package postgres

import (
	"strings"
	"time"
	"unicode/utf8"
)

// millis returns a time as it is stored: nil for the zero time.
func millis(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	return new(t.UnixMilli())
}

// timeAt reads a time that millis stored.
func timeAt(ms *int64) time.Time {
	if ms == nil {
		return time.Time{}
	}
	return time.UnixMilli(*ms).UTC()
}

// isText says whether PostgreSQL can hold s as a text. What it cannot hold it
// need not be asked for.
func isText(s string) bool {
	return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0
}
