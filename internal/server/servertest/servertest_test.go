package servertest_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/server/servertest"
)

func TestAChatFromStartToEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := servertest.New(t)
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		time.Sleep(time.Second)
		ana.Accept(ada)
		ada.Say("Hello")
		ana.Say(ada, "Hi Ada")
		ada.Leave()
		synctest.Wait()

		want := []string{
			"Ada joined", "SYSTEM_MESSAGE: Welcome. Please wait a moment, somebody will be with you.", "Ana joined",
			"Ada: Hello", "Ana: Hi Ada", "Ada left", "chat.ended",
		}
		if got := ada.Heard(); !slices.Equal(got, want) {
			t.Errorf("the customer heard %q, want %q", got, want)
		}
		if got := ana.Heard(ada); !slices.Equal(got, want[2:]) {
			t.Errorf("the agent heard %q, want %q", got, want[2:])
		}
	})
}

// Two runs in one process must not meet: what one bubble made is of no use in
// another.
func TestRunsAreAlike(t *testing.T) {
	var ids []string
	for range 2 {
		synctest.Test(t, func(t *testing.T) {
			srv := servertest.New(t)
			ids = append(ids, srv.StartChat("Ada").Contact)
		})
	}
	if ids[0] != ids[1] {
		t.Errorf("the same start makes the contacts %q", ids)
	}
}

func TestRestartKeepsTheChat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := servertest.New(t)
		ada := srv.StartChat("Ada")
		srv.Restart()
		if !ada.Socket.Over() {
			t.Error("the socket is open after the server has ended")
		}
		ada.Connect()
		ada.Say("Still here")
		synctest.Wait()
		if got, want := ada.Heard(), []string{"Ada: Still here"}; !slices.Equal(got, want) {
			t.Errorf("after the restart the customer heard %q, want %q", got, want)
		}
	})
}
