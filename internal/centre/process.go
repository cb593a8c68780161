package centre

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/bellpull/bellpull/internal/bus"
	"github.com/bellpull/bellpull/internal/callout"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/flow"
)

// A message that a processor has to see is not acknowledged before that has
// been: until then nothing of it is kept, so that none can be lost, and the
// sender's repeat after a failure is the first there is. What is acknowledged is
// in the transcript, in that order. Messages of a chat are processed beside each
// other, and said in the order in which they came, at whichever node: where there
// are several the line is kept with the chat.

// processLimit is how long a processor may take for a message.
const processLimit = 5 * time.Second

// What a message processor answers.
const (
	processedStatus = "PROCESSED" // said as the processor has it
	approvedStatus  = "APPROVED"  // said as it is
	rejectedStatus  = "REJECTED"
	failedStatus    = "FAILED"
)

// Withheld says that a message processor kept a message from being said.
type Withheld struct {
	Status string // REJECTED or FAILED
	ID     contact.ItemID
	At     time.Time
}

func (w *Withheld) Error() string {
	return "the message was withheld by the message processor: " + w.Status
}

// errToProcess says that a processor has to see the message first.
var errToProcess = errors.New("a message processor has to see the message")

// line is the messages of a chat that are being processed, in the order in
// which they came.
type line struct {
	mu   sync.Mutex
	last chan struct{} // closed when the last one has been said; nil: there is none
}

// enter takes the last place. Before is closed when all before it have been
// said; leave must be called after that.
func (l *line) enter() (before <-chan struct{}, leave func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	last, mine := l.last, make(chan struct{})
	if last == nil {
		last = make(chan struct{})
		close(last)
	}
	l.last = mine
	return last, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.last == mine {
			l.last = nil
		}
		close(mine)
	}
}

func (l *line) busy() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last != nil
}

// How long a message may stand in a line that nodes share, which is more than one
// takes whose node lives, and how often it is looked whether its turn has come,
// besides when somebody says something.
const (
	standLimit = processLimit + 5*time.Second
	turnCheck  = 250 * time.Millisecond
)

// turn is a message's place in the line of its chat.
type turn struct {
	id    string        // among nodes
	chat  *contact.Chat // as it was when the message came
	wait  func() error
	leave func()
}

// lineUp takes the last place in a chat's line. Leave must be called.
func (c *Centre) lineUp(ctx context.Context, e *entry, ct *contact.Chat) (*turn, error) {
	if c.Node == "" {
		before, leave := e.line.enter()
		return &turn{chat: ct, wait: func() error { <-before; return nil }, leave: leave}, nil
	}
	t := &turn{id: c.IDs.New()}
	_, err := c.change(ctx, e.id, 0, func(d *contact.Draft) error {
		t.chat = d.Chat()
		d.LineUp(t.id, d.Now.Add(standLimit))
		return nil
	})
	if err != nil {
		return nil, err
	}
	t.wait = func() error { return c.await(ctx, e, t.id) }
	t.leave = func() {
		_, err := c.change(ctx, e.id, 0, func(d *contact.Draft) error {
			d.LeaveLine(t.id)
			return nil
		})
		c.trouble(ctx, "leave the line of messages", err)
	}
	return t, nil
}

// await waits until all have been said, or given up, that stand before a message
// in a line that nodes share.
func (c *Centre) await(ctx context.Context, e *entry, id string) error {
	moved := make(chan struct{}, 1)
	defer c.Bus.Subscribe(bus.Chat(e.id), func(*bus.Announcement) { wake(moved) })()
	for {
		chat, err := c.load(ctx, e)
		if err != nil || chat.Turn(id, c.Now()) {
			return err
		}
		if !pause(ctx, turnCheck, moved) {
			return ctx.Err()
		}
		e.chat.CompareAndSwap(chat, nil) // nobody may have told what another node did
	}
}

// process shows a message to the chat's processor, if it has one, and says what
// comes of it when those before it have been said. The processor that counts is
// the one there was when the message came. It goes on when the sender
// has gone, so that nobody overtakes.
func (c *Centre) process(ctx context.Context, e *entry, ct *contact.Chat, m message) (contact.Item, error) {
	if p := ct.Participant(m.by); p != nil && p.Presence == contact.Invited && p.Role != contact.AgentRole {
		return contact.Item{}, errToProcess // when they have connected
	}
	if it, ok, err := c.said(ctx, e, m.token); err != nil || ok {
		return it, err
	}
	now := c.Now()
	if err := contact.NewDraft(ct, now).Say(m.by, m.contentType, m.text, m.token); err != nil {
		return contact.Item{}, err
	}
	ctx = context.WithoutCancel(ctx)
	t, err := c.lineUp(ctx, e, ct)
	if err != nil {
		return contact.Item{}, err
	}
	defer t.leave()
	ct = t.chat
	status := ""
	if ct.Processor != nil {
		m, status = c.processed(ctx, ct, m, now)
	}
	if err := t.wait(); err != nil {
		return contact.Item{}, err
	}
	if status != "" {
		return contact.Item{}, &Withheld{status, c.IDs.At(now), now}
	}
	return c.say(ctx, e, m, t)
}

// said is answered for one who does not hold the chat.
func (c *Centre) said(ctx context.Context, e *entry, token uint64) (contact.Item, bool, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	chat, err := c.load(ctx, e)
	if err != nil {
		return contact.Item{}, false, err
	}
	return c.answered(ctx, e, chat, token)
}

// processed returns the message as the processor has it, or why it is
// withheld.
func (c *Centre) processed(ctx context.Context, ct *contact.Chat, m message, now time.Time) (out message, withheld string) {
	out, status, err := c.callProcessor(ctx, ct, m, now)
	if err == nil && status == processedStatus {
		err = contact.NewDraft(ct, now).Say(out.by, out.contentType, out.text, 0)
	}
	switch {
	case err == nil && (status == processedStatus || status == approvedStatus):
		return out, ""
	case err == nil && status == rejectedStatus:
		return m, rejectedStatus
	case err == nil:
		err = fmt.Errorf("the message processor answers %q", status)
	}
	c.Log.WarnContext(ctx, "a message processor failed", "contact", ct.ID, "function", ct.Processor.Function, "error", err)
	if ct.Processor.DeliverUnprocessed {
		return m, ""
	}
	return m, failedStatus
}

// What a message processor is told, and what it answers.
type (
	toProcess struct {
		Version               string      `json:"version"`
		InstanceID            string      `json:"instanceId"`
		AssociatedResourceARN string      `json:"associatedResourceArn"`
		ChatContent           chatContent `json:"chatContent"`
	}
	chatContent struct {
		AbsoluteTime     string `json:"absoluteTime"`
		Content          string `json:"content"`
		ContentType      string `json:"contentType"`
		ID               string `json:"id"`
		ParticipantID    string `json:"participantId"`
		DisplayName      string `json:"displayName"`
		ParticipantRole  string `json:"participantRole"`
		InitialContactID string `json:"initialContactId"`
		ContactID        string `json:"contactId"`
	}
	fromProcessor struct {
		Status string `json:"status"`
		Result struct {
			ProcessedChatContent struct {
				Content     string `json:"content"`
				ContentType string `json:"contentType"`
			} `json:"processedChatContent"`
		} `json:"result"`
	}
)

func (c *Centre) callProcessor(ctx context.Context, ct *contact.Chat, m message, now time.Time) (out message, status string, err error) {
	dir, err := c.Instance(ct.Instance)
	if err != nil {
		return m, "", err
	}
	if c.Callouts == nil {
		return m, "", errors.New("nothing can be called")
	}
	p, s := ct.Participant(m.by), ct.Current()
	payload, err := json.Marshal(toProcess{"1.0", string(ct.Instance), dir.Instance.ARN("contact", string(s.ID)), chatContent{
		now.UTC().Format("2006-01-02T15:04:05.000Z"), m.text, m.contentType, c.IDs.At(now).String(),
		string(p.ID), p.Name, string(p.Role), string(ct.ID), string(s.ID),
	}})
	if err != nil {
		return m, "", err
	}
	answer, err := c.Callouts.Invoke(ctx, callout.InvokeRequest{
		ARN: ct.Processor.Function, Payload: payload, ResponseType: callout.JSON, Limit: processLimit,
	})
	if err != nil {
		return m, "", err
	}
	raw, err := json.Marshal(answer.Values)
	if err != nil {
		return m, "", err
	}
	var got fromProcessor
	if err := json.Unmarshal(raw, &got); err != nil {
		return m, "", err
	}
	if got.Status == processedStatus {
		m.text = got.Result.ProcessedChatContent.Content
		if t := got.Result.ProcessedChatContent.ContentType; t != "" {
			m.contentType = t
		}
	}
	return m, got.Status, nil
}

// setProcessor does what a flow asks for.
func (r *run) setProcessor(do flow.SetProcessor) bool {
	if !do.Enabled {
		r.d.SetProcessor(nil)
		return true
	}
	if r.centre.Callouts == nil || !r.centre.Callouts.Knows(do.Function) {
		return false
	}
	r.d.SetProcessor(&contact.Processor{Function: do.Function, DeliverUnprocessed: do.DeliverUnprocessed})
	return true
}

// SetProcessor lets a function see what is said in a contact's chat from now
// on; nil lets none. The function must be associated with the instance. A
// contact that has ended is Gone.
func (c *Centre) SetProcessor(ctx context.Context, instance contact.InstanceID, id contact.ID, p *contact.Processor) error {
	if _, err := c.contactOf(ctx, instance, id); err != nil {
		return err
	}
	dir, err := c.Instance(instance)
	if err != nil {
		return err
	}
	if p != nil {
		as := dir.Associations[p.Function]
		if as == nil || as.Kind != directory.LambdaFunction || c.Callouts == nil || !c.Callouts.Knows(p.Function) {
			return fault.Newf(fault.Invalid, "%s is no function that is associated with the instance and can be called", p.Function)
		}
	}
	_, err = c.change(ctx, id, 0, func(d *contact.Draft) error {
		if d.Chat().Over() {
			return fault.Newf(fault.Gone, "contact %s has ended", id)
		}
		d.SetProcessor(p)
		return nil
	})
	return err
}
