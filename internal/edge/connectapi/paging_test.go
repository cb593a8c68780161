package connectapi

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func FuzzNextToken(f *testing.F) {
	f.Add(writeToken("A name\x00b3110000"))
	f.Add("")
	f.Add("AQ")
	f.Add("====")
	f.Fuzz(func(t *testing.T, token string) {
		place, err := readToken(token)
		if err != nil {
			return
		}
		if again, err := readToken(writeToken(place)); err != nil || again != place {
			t.Fatalf("readToken(%q) = %q, which comes back as %q, %v", token, place, again, err)
		}
	})
}

func FuzzResultsToken(f *testing.F) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	_, good, err := pageOf([]int{1, 2, 3}, new(int32(2)), 100, "", "asked", now)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(writeToken("-1.0.x"))
	f.Add(writeToken("9223372036854775807.0.x"))
	f.Add("")
	f.Fuzz(func(t *testing.T, token string) {
		part, next, err := pageOf([]int{1, 2, 3}, new(int32(2)), 100, token, "asked", now)
		if err == nil && (len(part) > 2 || next != "" && len(part) != 2) {
			t.Fatalf("pageOf with %q = %v, %q", token, part, next)
		}
	})
}

// Whatever the size of the pages, each entry is seen once, in order.
func TestPagesHaveEachEntryOnce(t *testing.T) {
	var all []string
	for i := range 23 {
		all = append(all, fmt.Sprintf("%02d", i))
	}
	for size := int32(1); size < 30; size++ {
		var seen []string
		for token := ""; ; {
			part, next, err := page(all, func(s string) string { return s }, &size, 7, token)
			if err != nil || len(part) == 0 || len(part) > int(size) {
				t.Fatalf("pages of %d: %v, %v after %v", size, part, err, seen)
			}
			seen = append(seen, part...)
			if token = next; token == "" {
				break
			}
		}
		if !slices.Equal(seen, all) {
			t.Errorf("pages of %d: saw %v", size, seen)
		}
	}
	if part, next, err := page(all, func(s string) string { return s }, nil, 7, writeToken("21x")); err != nil || len(part) != 1 || next != "" {
		t.Errorf("behind what has gone: %v, %q, %v", part, next, err)
	}
}
