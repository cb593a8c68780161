package password

import "testing"

var cheap = Cost{MemoryKiB: 64, Passes: 1, Threads: 1}

func TestOnlyTheRightPasswordIsAccepted(t *testing.T) {
	hash := Hash("bell", cheap)
	if !Valid(hash) {
		t.Errorf("%q does not count as a hash", hash)
	}
	for password, want := range map[string]bool{"bell": true, "Bell": false, "": false, "bell ": false} {
		if got, err := Check(hash, password); got != want || err != nil {
			t.Errorf("Check(%q) = %v, %v, want %v", password, got, err, want)
		}
	}
}

func TestHashesOfOnePasswordDiffer(t *testing.T) {
	if one, other := Hash("bell", cheap), Hash("bell", cheap); one == other {
		t.Error("two hashes are equal: there is no salt")
	}
}

func TestWhatIsNoHashIsAnError(t *testing.T) {
	for _, hash := range []string{
		"", "bell", "$argon2i$v=19$m=64,t=1,p=1$AAAA$AAAA",
		"$argon2id$v=19$m=64,t=0,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=99999999,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$",
	} {
		if ok, err := Check(hash, "bell"); ok || err == nil {
			t.Errorf("Check(%q) = %v, %v, want an error", hash, ok, err)
		}
		if Valid(hash) {
			t.Errorf("%q counts as a hash", hash)
		}
	}
}
