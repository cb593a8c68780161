package connectapi

import (
	"fmt"
	"slices"
	"testing"
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
