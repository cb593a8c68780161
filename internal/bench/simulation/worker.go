package simulation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/bellpull/bellpull/agent"
	"github.com/bellpull/bellpull/chat"
	"github.com/bellpull/bellpull/internal/bench"
)

// worker is one agent at work.
type worker struct {
	*simulation
	desk *agent.Desk
	work sync.WaitGroup

	mu    sync.Mutex
	room  int       // how many more contacts the desk takes
	since time.Time // when there was room
}

// signIn signs all agents in and makes them available.
func (s *simulation) signIn(ctx context.Context) error {
	s.workers = make([]*worker, len(s.Agents))
	for i := range s.workers {
		s.workers[i] = &worker{simulation: s}
	}
	known := make(map[*worker]bench.Agent, len(s.workers))
	for i, a := range s.workers {
		known[a] = s.Agents[i]
	}
	return s.eachWorker(func(a *worker) error {
		err := a.signIn(ctx, known[a])
		if err != nil {
			err = fmt.Errorf("sign in as %s: %w", known[a].Username, err)
		}
		return err
	})
}

// signInPause is how long to wait when the server is asked too often.
const signInPause = time.Second

func (a *worker) signIn(ctx context.Context, who bench.Agent) (err error) {
	o := agent.Options{Endpoint: a.URL, Username: who.Username, Password: who.Password, HTTPClient: a.http}
	for {
		desk, err := agent.SignIn(ctx, o)
		if err == nil {
			a.desk = desk
			break
		}
		if e, ok := errors.AsType[*chat.Error](err); !ok || !e.Temporary() || !wait(ctx, signInPause) {
			return err
		}
	}
	a.room, a.since = a.desk.Configuration().Profile.Chats, now()
	if err := a.desk.SetState(ctx, agent.State{Type: agent.Routable}); err != nil {
		return err
	}
	a.work.Go(func() { a.run(ctx) })
	return nil
}

// findConnect looks for a quick connect to transfer by, if transfers are wanted.
func (s *simulation) findConnect(ctx context.Context) error {
	if s.Transfer == 0 || len(s.workers) == 0 {
		return nil
	}
	all, err := s.workers[0].desk.QuickConnects(ctx)
	if err != nil {
		return fmt.Errorf("look for quick connects: %w", err)
	}
	if i := slices.IndexFunc(all, func(q agent.QuickConnect) bool { return q.Type == agent.ToQueue }); i >= 0 {
		s.connect = &all[i]
	}
	return nil
}

// signOff makes the agents unavailable and closes their desks.
func (s *simulation) signOff() {
	_ = s.eachWorker(func(a *worker) error {
		if a.desk == nil {
			return nil
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = a.desk.SetNextState(ctx, agent.State{Type: agent.Offline}) // the run is over, whatever becomes of it
		a.desk.Close()
		a.work.Wait()
		return nil
	})
}

// run is the agent's working day.
func (a *worker) run(ctx context.Context) {
	for ev := range a.desk.Events() {
		switch ev := ev.(type) {
		case agent.AppearedEvent:
			a.offered(ev.Contact)
		case agent.ConnectingEvent:
			a.answer(ctx, ev.Contact)
		case agent.ConnectedEvent:
			a.work.Go(func() { a.converse(ctx, ev.Contact) })
		case agent.MissedEvent:
			a.count(func(t *tally) { t.missed++ })
		case agent.RejectedEvent:
			a.count(func(t *tally) { t.rejected++ })
		case agent.EndedEvent:
			a.talk(ev.InitialID).over()
			a.work.Go(func() { a.clear(ctx, ev.Contact) })
		case agent.ConnectionLost:
			a.fail("keep an agent's socket", ev.Err)
		}
	}
}

// offered notes that a contact has come.
func (a *worker) offered(c agent.Contact) {
	o := offer{at: now(), free: a.takes()}
	a.count(func(t *tally) { t.offered++ })
	a.matched(a.talk(c.InitialID).offered(o))
}

// answer accepts a contact that rings, or lets it ring.
func (a *worker) answer(ctx context.Context, c agent.Contact) {
	if a.happens(a.Miss) {
		return
	}
	a.work.Go(func() {
		// The customer may have left meanwhile.
		if err := a.desk.Accept(ctx, c.ID); err != nil && !isState(err) {
			a.fail("accept", err)
		}
	})
}

// isState reports whether the server refused because of how the contact is now.
func isState(err error) bool {
	e, ok := errors.AsType[*chat.Error](err)
	return ok && e.Type == "InvalidStateException"
}

// takes notes a contact on the desk, and returns since when there was room for
// it.
func (a *worker) takes() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.room--
	return a.since
}

// makesRoom notes that a contact is about to leave the desk.
func (a *worker) makesRoom() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.room <= 0 {
		a.since = now()
	}
	a.room++
}

// free is how many more contacts the desk takes.
func (a *worker) free() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return max(0, a.room)
}

// clear does the after-contact work of a contact and takes it off the desk.
func (a *worker) clear(ctx context.Context, c agent.Contact) {
	if c.State == agent.Ended {
		a.pause(ctx, a.exponential(a.AfterWork))
	}
	a.makesRoom()
	if c.State.Over() {
		a.fail("clear", a.desk.Clear(ctx, c.ID))
	}
}

// pause waits for d, or until nobody is waited for any longer.
func (a *worker) pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-a.over:
	case <-ctx.Done():
	}
}

// converse is the agent's part in a chat: it speaks and listens in turns until
// the handle time is over, and then ends the chat or hands it on.
func (a *worker) converse(ctx context.Context, c agent.Contact) {
	session, err := a.desk.Chat(ctx, c.ID)
	if err != nil {
		if !errors.Is(err, agent.ErrNoContact) {
			a.fail("open a chat", err)
		}
		return
	}
	t := a.talk(c.InitialID)
	part := t.next()
	end := now().Add(a.exponential(a.Handle))
	handsOn := part == 1 && a.connect != nil && a.happens(a.Transfer)
	say := func(n int) {
		a.fail("say something", t.say(ctx, session, remark{agent: true, part: part, n: n, last: !now().Before(end)}))
	}
	say(1)
	for ev := range session.Events() {
		m, ok := ev.(chat.MessageEvent)
		if !ok {
			continue
		}
		r, ok := parseRemark(m.Content)
		if !ok || r.agent || r.part != part {
			continue
		}
		t.hears(r)
		if r.last {
			a.finish(ctx, t, c.ID, handsOn)
			continue // to the end of the session
		}
		a.work.Go(func() {
			a.pause(ctx, min(a.Pace, end.Sub(now())))
			say(r.n + 1)
		})
	}
}

// finish ends the agent's part. The customer may have left meanwhile.
func (a *worker) finish(ctx context.Context, t *talk, contactID string, handsOn bool) {
	var err error
	doing := "end a chat"
	if handsOn {
		doing = "transfer"
		a.matched(t.waits(now()))
		if err = a.desk.Transfer(ctx, contactID, *a.connect); err == nil {
			a.count(func(t *tally) { t.transferred++ })
		}
	} else {
		err = a.desk.End(ctx, contactID)
	}
	if err != nil && !isState(err) {
		a.fail(doing, err)
	}
}
