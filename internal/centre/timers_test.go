package centre_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/server/servertest"
	"github.com/bellpull/bellpull/internal/store"
)

// Every timer fires, although the server was away when it was due.
func TestTimersSurviveARestart(t *testing.T) {
	limited := func(d *directory.Directory) {
		for _, u := range d.Users {
			u.AfterWorkLimit = 10 * time.Minute
		}
	}
	away := func(srv *servertest.Server, d time.Duration) {
		srv.Stop()
		wait(d)
		srv.Start()
		moment()
	}
	t.Run("connect", func(t *testing.T) {
		bubble(t, nil, func(t *testing.T, srv *servertest.Server) {
			ada := srv.NewChat("Ada")
			away(srv, 6*time.Minute)
			same(t, "reason", reason(srv, ada), "CUSTOMER_CONNECTION_NOT_ESTABLISHED")
		})
	})
	t.Run("expire", func(t *testing.T) {
		bubble(t, nil, func(t *testing.T, srv *servertest.Server) {
			ada := srv.StartChat("Ada")
			away(srv, 24*time.Hour)
			same(t, "reason after a day", reason(srv, ada), "")
			away(srv, 2*time.Hour)
			same(t, "reason after 26 hours", reason(srv, ada), "EXPIRED")
		})
	})
	t.Run("offer", func(t *testing.T) {
		bubble(t, nil, func(t *testing.T, srv *servertest.Server) {
			ana := srv.SignIn("ana")
			ana.SetState("Available")
			ada := srv.StartChat("Ada")
			moment()
			away(srv, 10*time.Second)
			same(t, "rings on", ana.StateOf(ada), "connecting")
			away(srv, 10*time.Second)
			same(t, "missed", ana.StateOf(ada), "error")
		})
	})
	t.Run("after-contact work", func(t *testing.T) {
		bubble(t, limited, func(t *testing.T, srv *servertest.Server) {
			ana := srv.SignIn("ana")
			ana.SetState("Available")
			ada := srv.StartChat("Ada")
			moment()
			ana.Accept(ada)
			ada.Leave()
			away(srv, 5*time.Minute)
			same(t, "after five minutes", ana.StateOf(ada), "ended")
			away(srv, 5*time.Minute)
			same(t, "after ten minutes", ana.StateOf(ada), "")
		})
	})
	t.Run("waiting", func(t *testing.T) {
		bubble(t, nil, func(t *testing.T, srv *servertest.Server) {
			ada := srv.StartChat("Ada")
			away(srv, time.Minute)
			ana := srv.SignIn("ana")
			ana.SetState("Available")
			moment()
			same(t, "who waited is offered", ana.StateOf(ada), "connecting")
		})
	})
}

// A timer that is further off than the loop sleeps, and one that is set when it
// sleeps, fire in time.
func TestTimersFireInTime(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *servertest.Server) {
		first := srv.NewChat("First")
		wait(3 * time.Minute)
		second := srv.NewChat("Second")
		for _, c := range []struct {
			after time.Duration
			chat  *servertest.Customer
			want  string
		}{
			{2*time.Minute - time.Second, first, ""},
			{time.Second, first, "CUSTOMER_CONNECTION_NOT_ESTABLISHED"},
			{3*time.Minute - time.Second, second, ""},
			{time.Second, second, "CUSTOMER_CONNECTION_NOT_ESTABLISHED"},
		} {
			wait(c.after)
			same(t, c.chat.Name+" ended by", reason(srv, c.chat), c.want)
		}
	})
}

// damaged is a store that cannot read some chats.
type damaged struct {
	store.Store
	chats map[contact.ID]bool
	asked atomic.Int64 // for those
}

func (d *damaged) Chat(ctx context.Context, id contact.ID) (*contact.Chat, error) {
	if d.chats[id] {
		d.asked.Add(1)
		return nil, errors.New("the stored row is damaged")
	}
	return d.Store.Chat(ctx, id)
}

// There may be more chats that cannot be read than timers are looked at in a
// round. The others' timers fire in time, and those are left alone for a while.
func TestTimersOfUnreadableChatsHoldUpNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &damaged{chats: map[contact.ID]bool{}}
		srv := servertest.Open(t, servertest.Options{Wrap: func(inner store.Store) store.Store {
			st.Store = inner
			return st
		}})
		const bad = 210
		var lost *servertest.Customer
		ids := make([]contact.ID, bad)
		for i := range ids {
			lost = srv.NewChat(fmt.Sprint("Lost ", i))
			ids[i] = contact.ID(lost.Contact)
		}
		wait(time.Minute)
		good := srv.NewChat("Good")
		srv.Stop() // who starts anew has no chat in memory
		for _, id := range ids {
			st.chats[id] = true
		}
		srv.Start()
		wait(4*time.Minute - time.Second)
		st.asked.Store(0)
		wait(time.Minute)
		same(t, "a second before it is due", reason(srv, good), "")
		wait(time.Second)
		same(t, "the other chat", reason(srv, good), "CUSTOMER_CONNECTION_NOT_ESTABLISHED")
		if n := st.asked.Load(); n < bad || n > 2*bad {
			t.Errorf("chats that cannot be read were asked for %d times in a minute, want once or twice for each of %d", n, bad)
		}

		srv.Stop()
		clear(st.chats) // they have been mended
		srv.Start()
		wait(time.Minute)
		same(t, "one that was mended", reason(srv, lost), "CUSTOMER_CONNECTION_NOT_ESTABLISHED")
	})
}

// readOnly is a store that takes nothing for a while, as a standby does.
type readOnly struct {
	store.Store
	on             atomic.Bool
	rounds, writes atomic.Int64 // meanwhile
}

var errReadOnly = errors.New("the store takes nothing")

func (r *readOnly) refused() error {
	if !r.on.Load() {
		return nil
	}
	r.writes.Add(1)
	return errReadOnly
}

func (r *readOnly) DueTimers(ctx context.Context, now time.Time, limit int) ([]contact.Timer, time.Time, error) {
	if r.on.Load() {
		r.rounds.Add(1)
	}
	return r.Store.DueTimers(ctx, now, limit)
}

func (r *readOnly) Commit(ctx context.Context, changes ...*contact.Change) ([]store.Committed, error) {
	if err := r.refused(); err != nil {
		return nil, err
	}
	return r.Store.Commit(ctx, changes...)
}

func (r *readOnly) PutOffTimer(ctx context.Context, t contact.Timer, until time.Time) error {
	if err := r.refused(); err != nil {
		return err
	}
	return r.Store.PutOffTimer(ctx, t, until)
}

// While the store takes nothing, one timer finds that out for all, once in each
// second. They fire as soon as it does.
func TestTimersWaitForAStoreThatIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &readOnly{}
		srv := servertest.Open(t, servertest.Options{Wrap: func(inner store.Store) store.Store {
			st.Store = inner
			return st
		}})
		chats := make([]*servertest.Customer, 30)
		for i := range chats {
			chats[i] = srv.NewChat(fmt.Sprint("Ada ", i))
		}
		wait(5*time.Minute - time.Second)
		st.on.Store(true)
		wait(time.Minute)
		rounds, writes := st.rounds.Load(), st.writes.Load()
		if rounds < 55 || rounds > 65 || writes > 2*rounds {
			t.Errorf("in a minute the timers were looked at %d times, and %d writes were tried, want 60 times and two in each", rounds, writes)
		}
		st.on.Store(false)
		wait(time.Second)
		for _, c := range chats {
			same(t, c.Name, reason(srv, c), "CUSTOMER_CONNECTION_NOT_ESTABLISHED")
		}
	})
}
