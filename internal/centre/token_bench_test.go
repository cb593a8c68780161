package centre

import (
	"fmt"
	"hash/fnv"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
)

// Hashes are kept with the items, so that they must stay what they are.
func TestTokensAreHashedAsTheLibraryDoes(t *testing.T) {
	for _, parts := range [][]string{{"a"}, {"message", "somebody", "token"}, {"", "", "x"}, {"typing", "jemand", "Glückwunsch"}} {
		h := fnv.New64a()
		for _, p := range parts {
			_, _ = h.Write(append([]byte(p), 0))
		}
		last := len(parts) - 1
		if got, want := hashToken(parts[last], parts[:last]...), h.Sum64(); got != want {
			t.Errorf("%q: got %x, want %x", parts, got, want)
		}
	}
	if got := hashToken("", "message"); got != 0 {
		t.Errorf("without a token: got %x, want 0", got)
	}
}

func TestTheLatestAnswersAreRemembered(t *testing.T) {
	var r recent
	at := time.UnixMilli(1_700_000_000_123).UTC()
	const all = 3 * rememberAnswers
	for i := range int64(all) {
		r.add(contact.Item{Seq: i + 1, ID: contact.ItemID{byte(i)}, At: at, Token: uint64(i) + 1, Text: "long"}, contact.Item{Seq: i})
	}
	for _, back := range []uint64{0, 1, rememberAnswers/2 - 1} {
		token := all - back
		got, ok := r.find(token)
		if want := (contact.Item{Seq: int64(token), ID: contact.ItemID{byte(token - 1)}, At: at}); !ok || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("token %d: got %v, %t, want %v", token, got, ok, want)
		}
	}
	if _, ok := r.find(1); ok {
		t.Error("the first of very many is remembered still")
	}
}

// BenchmarkFind looks for a token that is new, as nearly all are, in a chat in
// which much has been said.
func BenchmarkFind(b *testing.B) {
	var r recent
	for i := range uint64(rememberAnswers) {
		r.add(contact.Item{Token: i + 1})
	}
	for b.Loop() {
		if _, ok := r.find(hashToken("bench-1", "message", "somebody")); ok {
			b.Fatal("found")
		}
	}
}
