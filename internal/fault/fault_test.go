package fault

import (
	"errors"
	"fmt"
	"testing"
)

func TestKindOfSeesThroughWrapping(t *testing.T) {
	err := fmt.Errorf("send message: %w", Newf(Denied, "participant %s has left", "p-1"))
	if got, want := KindOf(err), Denied; got != want {
		t.Errorf("KindOf(%v) = %v, want %v", err, got, want)
	}
	if got, want := err.Error(), "send message: participant p-1 has left"; got != want {
		t.Errorf("message %q, want %q", got, want)
	}
}

func TestAnUnclassifiedErrorIsInternal(t *testing.T) {
	for _, err := range []error{errors.New("disk on fire"), nil} {
		if got := KindOf(err); got != Internal {
			t.Errorf("KindOf(%v) = %v, want internal", err, got)
		}
	}
}
