package token

import (
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/fault"
)

var (
	noon  = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	old   = Key{ID: 1, Secret: []byte("0123456789abcdef0123456789abcdef")}
	fresh = Key{ID: 2, Secret: []byte("fedcba9876543210fedcba9876543210")}
)

func claims(kind Kind) Claims {
	return Claims{
		Kind: kind, Expires: noon.Add(time.Hour), Nonce: 7,
		Realm: "b3110000-0000-4000-8000-000000000001", Holder: "c3110000-0000-4000-8000-0000000000ff",
	}
}

func at(t time.Time) func() time.Time { return func() time.Time { return t } }

func TestATokenSaysWhatWasMinted(t *testing.T) {
	ring := NewKeyring(at(noon), old)
	want := claims(Connection)
	got, err := ring.Verify(ring.Mint(want), Participant, Connection)
	if err != nil {
		t.Fatal(err)
	}
	if !got.Expires.Equal(want.Expires) {
		t.Errorf("expires %v, want %v", got.Expires, want.Expires)
	}
	got.Expires = want.Expires
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestWhatIsRefused(t *testing.T) {
	ring := NewKeyring(at(noon), old)
	good := ring.Mint(claims(Connection))
	late := claims(Connection)
	late.Expires = noon
	for name, token := range map[string]string{
		"nothing":          "",
		"garbage":          "garbage",
		"a shorter token":  good[:len(good)-1],
		"a longer token":   good + "A",
		"another kind":     ring.Mint(claims(Participant)),
		"an expired token": ring.Mint(late),
		"an unknown key":   NewKeyring(at(noon), fresh).Mint(claims(Connection)),
	} {
		if _, err := ring.Verify(token, Connection); fault.KindOf(err) != fault.Denied {
			t.Errorf("%s: error %v, want denied", name, err)
		}
	}
	for i := range good {
		b := []byte(good)
		b[i] ^= 1
		if _, err := ring.Verify(string(b), Connection); err == nil {
			t.Errorf("a token with character %d changed was accepted", i)
		}
	}
}

func TestAfterRotationBothKeysAreGood(t *testing.T) {
	ring := NewKeyring(at(noon), old)
	before := ring.Mint(claims(Socket))
	ring.Rotate(fresh)
	for name, token := range map[string]string{"before": before, "after": ring.Mint(claims(Socket))} {
		if _, err := ring.Verify(token, Socket); err != nil {
			t.Errorf("minted %s the rotation: %v", name, err)
		}
	}
}

func FuzzVerify(f *testing.F) {
	ring := NewKeyring(at(noon), old)
	good := ring.Mint(claims(Connection))
	f.Add(good)
	f.Add("AQ")
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := ring.Verify(token, Connection); err == nil && token != good {
			t.Errorf("forged: %q", token)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	ring := NewKeyring(at(noon), old)
	token := ring.Mint(claims(Connection))
	b.ReportAllocs()
	for b.Loop() {
		_, _ = ring.Verify(token, Connection)
	}
}
