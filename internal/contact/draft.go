package contact

import (
	"time"
)

// Change is what one decision changes in one chat, all or nothing. It is the
// only way in which live state changes (see store.Store.Commit).
type Change struct {
	// Was is the state decided on; nil for a change of agents alone. A store
	// refuses the change when another has come in between: Next needs Was to be
	// the chat's version still, Items need Was.Seq to be its last item.
	Was *Chat
	// Next is the state that follows, or nil where only items are added. The
	// store gives it its Number, Version, Seq and LastAt.
	Next *Chat
	// Items are added to the transcript in this order, numbered from
	// Was.Seq + 1 on.
	Items []Item
	// Receipts are kept with the transcript; the store tells which were news.
	Receipts []Receipt
	// Agents are the next states of agents, each guarded by its Version.
	Agents []*Agent
	// AgentsWere are the states of those agents that were decided on.
	AgentsWere map[UserID]*Agent
	// Marks and OfferEnds are what is remembered of those agents' time.
	Marks     []AgentMark
	OfferEnds []OfferEnd
	// FlowMarks are the flows that began and ended.
	FlowMarks []FlowMark
	// Set and Clear arm and disarm timers of this chat. A timer that is set
	// replaces the one with the same key; a cleared one need not exist.
	Set   []Timer
	Clear []TimerKey
	// Tokens are idempotency keys that answer with this chat from now on.
	Tokens []Token
	// Outbox is what the world outside is told of all this.
	Outbox []Outgoing

	// Notices are told to the participants and not stored.
	Notices []Item
	// FlowLog are lines for the flow log, written after the commit.
	FlowLog [][]byte
}

// Empty reports whether there is nothing to commit.
func (c *Change) Empty() bool {
	return c.Next == nil && len(c.Items) == 0 && len(c.Receipts) == 0 && len(c.Agents) == 0 &&
		len(c.Set) == 0 && len(c.Clear) == 0 && len(c.Tokens) == 0 && len(c.Outbox) == 0
}

// Token remembers that a request with this key has been answered already.
type Token struct {
	Key    string // operation, caller and ClientToken
	Answer string // enough to give the same answer again
	At     time.Time
}

// TimerKind says what a timer is for.
type TimerKind string

// The timers of a chat.
const (
	ConnectTimer   TimerKind = "connect"    // the customer must have connected
	ExpireTimer    TimerKind = "expire"     // the chat's duration is over
	OfferTimer     TimerKind = "offer"      // the agent must have answered; Ref is the participant
	AfterWorkTimer TimerKind = "after-work" // after-contact work ends; Ref is the participant
	LostTimer      TimerKind = "lost"       // the agent must have been seen; Ref is the participant
)

// TimerKey names a timer within its chat.
type TimerKey struct {
	Kind TimerKind
	Ref  string
}

// Timer is a moment at which a chat is looked at again.
type Timer struct {
	TimerKey
	Chat ID
	Due  time.Time
}

// Draft is a decision in the making: rules write on it what they change. A
// Draft that is given up changes nothing.
type Draft struct {
	Now    time.Time
	change Change
	others []*Draft
}

// NewDraft starts a decision on chat at the given moment.
func NewDraft(chat *Chat, now time.Time) *Draft {
	return &Draft{Now: now.UTC().Truncate(time.Millisecond), change: Change{Was: chat}}
}

// Other returns the draft of another chat, which is committed together with this
// one. Items of it are not possible: nobody has them numbered.
func (d *Draft) Other(chat *Chat) *Draft {
	for _, o := range d.others {
		if o.Chat().ID == chat.ID {
			return o
		}
	}
	d.edit() // an empty change is not committed
	o := NewDraft(chat, d.Now)
	d.others = append(d.others, o)
	return o
}

// Others returns the changes of other chats.
func (d *Draft) Others() []*Change {
	var all []*Change
	for _, o := range d.others {
		if !o.change.Empty() {
			all = append(all, &o.change)
		}
	}
	return all
}

// Change returns what has been written. It is the draft's own: what is written
// later is in it, too.
func (d *Draft) Change() *Change {
	d.change.agentLog(d.Now)
	return &d.change
}

// Items counts the items written so far.
func (d *Draft) Items() int { return len(d.change.Items) }

// Chat returns the chat as the draft leaves it. It must not be written to.
func (d *Draft) Chat() *Chat {
	if d.change.Next != nil {
		return d.change.Next
	}
	return d.change.Was
}

// edit returns the chat for writing.
func (d *Draft) edit() *Chat {
	if d.change.Next == nil {
		d.change.Next = d.change.Was.clone()
	}
	d.change.Next.Updated = d.Now
	return d.change.Next
}

// Agent adds the next state of an agent who was read, or is in the draft, as
// was.
func (d *Draft) Agent(was, next *Agent) {
	for i, have := range d.change.Agents {
		if have.User == next.User {
			d.change.Agents[i] = next
			return
		}
	}
	if d.change.AgentsWere == nil {
		d.change.AgentsWere = map[UserID]*Agent{}
	}
	d.change.AgentsWere[was.User] = was
	d.change.Agents = append(d.change.Agents, next)
}

// AgentInDraft returns the state that the draft already gives the agent, or
// nil.
func (d *Draft) AgentInDraft(user UserID) *Agent {
	for _, a := range d.change.Agents {
		if a.User == user {
			return a
		}
	}
	return nil
}

// LogFlow adds a line to the flow log.
func (d *Draft) LogFlow(line []byte) { d.change.FlowLog = append(d.change.FlowLog, line) }

// Remember adds an idempotency key.
func (d *Draft) Remember(t Token) { d.change.Tokens = append(d.change.Tokens, t) }

func (d *Draft) set(kind TimerKind, ref string, due time.Time) {
	d.change.Set = append(d.change.Set, Timer{TimerKey: TimerKey{kind, ref}, Chat: d.Chat().ID, Due: due})
}

func (d *Draft) clear(kind TimerKind, ref string) {
	key := TimerKey{kind, ref}
	kept := d.change.Set[:0]
	for _, t := range d.change.Set {
		if t.TimerKey != key {
			kept = append(kept, t)
		}
	}
	d.change.Set = kept
	d.change.Clear = append(d.change.Clear, key)
}

// Drop disarms a timer that has fired.
func (d *Draft) Drop(key TimerKey) { d.clear(key.Kind, key.Ref) }

func (d *Draft) add(it Item) { d.change.Items = append(d.change.Items, it) }

func (d *Draft) notice(it Item) { d.change.Notices = append(d.change.Notices, it) }

// by returns an item of the given participant in the current contact.
func (d *Draft) by(p *Participant, kind Kind, contentType, text string) Item {
	return Item{
		Kind: kind, Type: contentType, Text: text,
		By: p.ID, Role: p.Role, Name: p.Name, Contact: d.Chat().Current().ID,
	}
}

// Stamp numbers, dates and names the items and notices. Times strictly
// increase within a chat, by a millisecond where the clock does not.
func (c *Change) Stamp(now time.Time, ids *IDs) {
	now = now.UTC().Truncate(time.Millisecond)
	seq, last := c.Was.Seq, c.Was.LastAt
	for i := range c.Items {
		it := &c.Items[i]
		seq++
		it.Seq = seq
		it.At = now
		if !it.At.After(last) {
			it.At = last.Add(time.Millisecond)
		}
		last = it.At
		it.ID = ids.At(it.At)
	}
	for i := range c.Notices {
		c.Notices[i].At = now
		c.Notices[i].ID = ids.At(now)
	}
}
