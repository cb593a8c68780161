package contact_test

import (
	"regexp"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
)

func TestIDs(t *testing.T) {
	ids, again, others := contact.SeededIDs(1), contact.SeededIDs(1), contact.NewIDs()
	if a, b, c := ids.New(), again.New(), others.New(); a != b || a == c {
		t.Errorf("two sources of one seed give %s and %s, a secret one %s", a, b, c)
	}
	if id := ids.New(); !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(id) {
		t.Errorf("%s is no UUID of version 4", id)
	}
	at := noon.Add(1234567 * time.Microsecond)
	id := ids.At(at)
	if got, want := id.Time(), at.Truncate(time.Millisecond); !got.Equal(want) {
		t.Errorf("the id of %v is of %v", want, got)
	}
	if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(id.String()) {
		t.Errorf("%s is no UUID of version 7", id)
	}
	if later := ids.At(at.Add(time.Millisecond)); later.String() <= id.String() {
		t.Errorf("%s is later than %s and does not sort so", later, id)
	}
}

func FuzzParseItemID(f *testing.F) {
	f.Add(contact.SeededIDs(1).At(noon).String())
	f.Add("00000000-0000-0000-0000-000000000000")
	f.Add("00000000-0000-0000-0000-00000000000g")
	f.Add("000000000000000000000000000000000000")
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		id, ok := contact.ParseItemID(s)
		if !ok {
			return
		}
		if again, ok := contact.ParseItemID(id.String()); !ok || again != id {
			t.Errorf("%q is read as %s and then as %s", s, id, again)
		}
	})
}
