package simulation

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/bellpull/bellpull/chat"
)

// beCustomer is one customer, from arriving to the end of the chat.
func (s *simulation) beCustomer(ctx context.Context, n int) {
	s.count(func(t *tally) { t.customers++ })
	arrived := now()
	details, err := s.startChat(ctx, fmt.Sprintf("Customer %d", n))
	if err != nil {
		s.fail("start a chat", err)
		return
	}
	t := s.talk(details.ContactID)
	s.matched(t.waits(arrived))
	session, err := chat.Connect(ctx, details, chat.Options{Endpoint: s.URL, HTTPClient: s.http})
	if err != nil {
		s.fail("connect a customer", err)
		return
	}
	defer session.Close()
	c := &customer{simulation: s, talk: t, session: session, arrived: arrived}
	c.run(ctx)
}

func (s *simulation) matched(took []time.Duration) {
	s.count(func(t *tally) { t.matched = append(t.matched, took...) })
}

// customer is a customer in a chat.
type customer struct {
	*simulation
	talk     *talk
	session  *chat.Session
	arrived  time.Time
	answered bool
}

func (c *customer) run(ctx context.Context) {
	var givesUp <-chan time.Time
	if c.Patience > 0 {
		t := time.NewTimer(c.exponential(c.Patience))
		defer t.Stop()
		givesUp = t.C
	}
	over := c.over
	late := time.NewTimer(0) // when a chat that the customer left should long have ended
	late.Stop()
	defer late.Stop()
	leave := func() {
		late.Reset(patience)
		c.leave(ctx)
	}
	for {
		select {
		case ev, ok := <-c.session.Events():
			if !ok {
				return
			}
			c.hear(ctx, ev)
		case <-givesUp:
			givesUp = nil
			if !c.answered {
				c.count(func(t *tally) { t.abandoned++ })
				leave()
			}
		case <-over:
			over = nil
			if !c.answered {
				free := c.free() > 0 && c.talk.idle()
				c.count(func(t *tally) {
					t.unserved++
					if free {
						t.stuck++
					}
				})
			}
			leave()
		case <-late.C:
			c.fail("leave a chat", fmt.Errorf("it did not end within %v", patience))
			return
		case <-ctx.Done():
			c.leave(context.WithoutCancel(ctx))
			return
		}
	}
}

func (c *customer) hear(ctx context.Context, ev chat.Event) {
	switch ev := ev.(type) {
	case chat.JoinedEvent:
		if ev.ParticipantRole == chat.RoleAgent && !c.answered {
			c.answered = true
			took := now().Sub(c.arrived)
			c.count(func(t *tally) {
				t.answered++
				t.waited = append(t.waited, took)
			})
		}
	case chat.MessageEvent:
		r, ok := parseRemark(ev.Content)
		if !ok || !r.agent {
			return
		}
		c.talk.hears(r)
		r.agent = false
		c.fail("answer an agent", c.talk.say(ctx, c.session, r))
	}
}

// leave ends the chat for the customer. Whoever is refused has left already.
func (c *customer) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := c.session.Disconnect(ctx); err != nil && !ended(c.session, err) {
		c.fail("leave a chat", err)
	}
}

// say says a remark. A chat that has ended meanwhile is no failure.
func (t *talk) say(ctx context.Context, session *chat.Session, r remark) error {
	_, err := session.SendMessage(ctx, chat.Message{Content: r.String()})
	if err == nil {
		t.acknowledged(r)
	}
	if ended(session, err) {
		return nil
	}
	return err
}

// ended reports whether a call failed because the chat is over, of which the
// session may hear a moment after it was refused.
func ended(session *chat.Session, err error) bool {
	if e, ok := errors.AsType[*chat.Error](err); session.Err() != nil || ok && e.StatusCode == http.StatusForbidden {
		return true
	}
	for _, over := range []error{chat.ErrEnded, chat.ErrClosed, chat.ErrTransferred} {
		if errors.Is(err, over) {
			return true
		}
	}
	return false
}
