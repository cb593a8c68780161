package centre

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/store"
)

// rememberTokens is how long the client tokens of requests that make something
// are remembered.
const rememberTokens = 7 * 24 * time.Hour

// ErrTooManyChats is returned when the instance has as many active chats as it
// may.
var ErrTooManyChats = fault.Newf(fault.Quota, "the instance has reached its limit of active chats")

// Started says who is who in a chat that was started.
type Started struct {
	Chat     contact.ID
	Customer contact.ParticipantID
	// ContinuedFrom is the contact that a persistent chat goes on from.
	ContinuedFrom contact.ID
}

// StartChat starts a chat; o's ID and Customer are filled in. The same client
// token gets the same chat again.
func (c *Centre) StartChat(ctx context.Context, o contact.Opening, clientToken string) (Started, error) {
	dir, err := c.Instance(o.Instance)
	if err != nil {
		return Started{}, err
	}
	if f := dir.Flows[o.Flow]; f == nil {
		return Started{}, fault.Newf(fault.NotFound, "there is no flow %s", o.Flow)
	}
	if err := c.link(ctx, &o); err != nil {
		return Started{}, err
	}
	o.ID, o.Customer = contact.ID(c.IDs.New()), contact.ParticipantID(c.IDs.New())
	key := tokenKey(clientToken, "start", string(o.Instance))
	answer, err := c.once(ctx, key, string(o.ID)+" "+string(o.Customer), func(t contact.Token) error {
		if err := c.takesChats(ctx, o.Instance); err != nil {
			return err
		}
		d := contact.Start(o, c.Now())
		if err := c.remember(ctx, d, t); err != nil {
			return err
		}
		ch := d.Change()
		if err := c.write(ctx, ch, d.Now); err != nil {
			return err
		}
		done, err := c.store(ctx, ch)
		if err != nil {
			return err
		}
		c.adopt(done[0].Chat, true).used.Store(c.Now().Unix())
		c.tell(ctx, ch, done[0])
		return nil
	})
	chat, customer, _ := strings.Cut(answer, " ")
	started := Started{Chat: contact.ID(chat), Customer: contact.ParticipantID(customer)}
	if o.Source != "" {
		started.ContinuedFrom = o.Related
	}
	return started, err
}

// takesChats refuses new chats while there are too many, or too much to do.
func (c *Centre) takesChats(ctx context.Context, instance contact.InstanceID) error {
	if c.strain.over() {
		return fault.Newf(fault.Throttled, "the server is overloaded and takes no new chats at the moment")
	}
	if c.MaxActiveChats <= 0 {
		return nil
	}
	n, err := c.Store.Active(ctx, instance)
	if err == nil && n >= c.MaxActiveChats {
		err = ErrTooManyChats
	}
	return err
}

// tokenKey returns the idempotency key of a request, or "" without a token.
func tokenKey(clientToken string, scope ...string) string {
	if clientToken == "" {
		return ""
	}
	return strings.Join(append(scope, clientToken), "\x00")
}

// once calls do, which must commit the token, unless a request with the same
// key has been answered already. It returns the answer that counts. What do
// refuses may be refused because of the other request, as where there is no
// room for a second chat: so it is looked for once more.
func (c *Centre) once(ctx context.Context, key, answer string, do func(contact.Token) error) (string, error) {
	var refused error
	for {
		if key != "" {
			if known, ok, err := c.Store.Token(ctx, key); err != nil || ok {
				return known, err
			}
		}
		if refused != nil {
			return "", refused
		}
		err := do(contact.Token{Key: key, Answer: answer, At: c.Now()})
		switch {
		case err == nil || key == "":
			return answer, err
		case !errors.Is(err, store.ErrStale): // else somebody else was first
			refused = err
		}
	}
}

// remember adds the token, if there is one, to a decision. It is ErrStale when
// the token has been taken since once looked.
func (c *Centre) remember(ctx context.Context, d *contact.Draft, t contact.Token) error {
	if t.Key == "" {
		return nil
	}
	_, taken, err := c.Store.Token(ctx, t.Key)
	if err != nil {
		return err
	}
	if taken {
		return store.ErrStale
	}
	d.Remember(t)
	return nil
}
