package centre_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

// bubble runs a test against a whole server in virtual time. Change, if not
// nil, changes the dev instance first.
func bubble(t *testing.T, change func(*directory.Directory), test func(*testing.T, *servertest.Server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		dir := seed.Dev()
		if change != nil {
			change(dir)
		}
		test(t, servertest.Open(t, servertest.Options{Directory: dir}))
	})
}

// moment lets everything happen that is under way, pushes to desks included.
func moment() {
	time.Sleep(50 * time.Millisecond)
	synctest.Wait()
}

func wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// equal compares lists.
func equal(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

// same compares two values.
func same[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// refused checks the status and name of an error.
func refused(t *testing.T, what string, a servertest.Answer, status int, name string) {
	t.Helper()
	if a.Status != status || a.ErrorType() != name {
		t.Errorf("%s: got %d %s (%s), want %d %s", what, a.Status, a.ErrorType(), a.Body, status, name)
	}
}

// reason returns why a contact ended.
func reason(srv *servertest.Server, c *servertest.Customer) string {
	var out struct {
		Contact struct{ DisconnectReason string }
	}
	srv.Call("GET", "/contacts/"+string(seed.DevInstance)+"/"+c.Contact, "", &out)
	return out.Contact.DisconnectReason
}

const welcome = "SYSTEM_MESSAGE: Welcome. Please wait a moment, somebody will be with you."
