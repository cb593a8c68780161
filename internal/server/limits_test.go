package server_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/config"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server/servertest"
	"github.com/bellpull/bellpull/internal/store"
)

// tired is a store whose commits take as long as it is told.
type tired struct {
	store.Store
	takes atomic.Int64
}

func (s *tired) Commit(ctx context.Context, changes ...*contact.Change) ([]store.Committed, error) {
	time.Sleep(time.Duration(s.takes.Load()))
	return s.Store.Commit(ctx, changes...)
}

const startOne = `{"InstanceId":"` + string(seed.DevInstance) + `","ContactFlowId":"` + string(seed.DevFlow) + `","ParticipantDetails":{"DisplayName":"Bob"}}`

func TestAnOverloadedServerTakesNoNewChatsAndServesTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := new(tired)
		srv := servertest.Open(t, servertest.Options{Wrap: func(inner store.Store) store.Store {
			st.Store = inner
			return st
		}})
		ada := srv.StartChat("Ada")
		st.takes.Store(int64(3 * time.Second))
		for range 5 {
			ada.Say("Is anybody there?")
		}
		a := srv.Call(http.MethodPut, "/contact/chat", startOne, nil)
		if a.Status != http.StatusTooManyRequests {
			t.Errorf("a new chat: %d %s", a.Status, a.Body)
		}
		ada.Say("Still here") // goes on
		st.takes.Store(0)
		time.Sleep(6 * time.Second)
		if a := srv.Call(http.MethodPut, "/contact/chat", startOne, nil); a.Status != http.StatusOK {
			t.Errorf("a new chat afterwards: %d %s", a.Status, a.Body)
		}
	})
}

func TestRatesDelayBeforeTheyRefuse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := config.Default()
		cfg.Limits.Rates = "strict"
		srv := servertest.Open(t, servertest.Options{Config: &cfg})
		ada := srv.StartChat("Ada")
		begun := time.Now()
		for range 25 {
			ada.Say("Hello")
		}
		if took := time.Since(begun); took < time.Second || took > 1100*time.Millisecond {
			t.Errorf("25 messages took %s", took)
		}
		for range 12 { // coming back is never refused
			ada.SocketURL()
		}
		refused := 0
		for range 20 {
			if a := srv.Call(http.MethodGet, "/contacts/"+string(seed.DevInstance)+"/"+ada.Contact, "", nil); a.ErrorType() == "ThrottlingException" {
				refused++
			}
		}
		if refused != 0 {
			t.Errorf("%d calls that waited for each other were refused", refused)
		}
	})
}

func TestStrictQuotasAreTheServices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for mode, want := range map[string]int{"strict": 500, "relaxed": 0, "off": 0} {
			cfg := config.Default()
			cfg.Limits.Quotas = mode
			srv := servertest.Open(t, servertest.Options{Config: &cfg})
			if got := srv.Centre().MaxActiveChats; got != want {
				t.Errorf("%s: %d chats at once, want %d", mode, got, want)
			}
		}
	})
}
