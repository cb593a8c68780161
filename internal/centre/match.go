package centre

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/routing"
	"github.com/bellpull/bellpull/internal/store"
	"github.com/bellpull/bellpull/internal/tally"
)

// matchCheck is how long matching sleeps at the most without being woken, and
// how often it compares what it knows with the store. So what it was not told
// of costs a moment and never a contact.
const matchCheck = time.Minute

// offersAtOnce is how many offers are made at the same time; their commits share
// flushes.
const offersAtOnce = 16

// matching is what the matching loop knows.
type matching struct {
	mu     sync.Mutex // guards floors and what is in them
	floors map[contact.InstanceID]*floor

	here  atomic.Bool // where there are other nodes: this one matches
	heard heard

	news struct { // what has been told since the loop last looked
		mu     sync.Mutex
		chats  map[contact.ID]*contact.Chat
		agents map[contact.UserID]*contact.Agent
		first  tally.Watch // since the oldest came on which no round has begun
	}
}

// floor is an instance as routing sees it. The store is the truth; an offer that
// turns out to be impossible puts the truth back on the board.
type floor struct {
	dir      *directory.Directory
	profiles map[directory.ProfileID]*routing.Profile
	board    *routing.Board
	agents   map[contact.UserID]*contact.Agent // the newest states known
	checked  time.Time                         // when it was last compared with the store
	refused  map[contact.ID]contact.UserID     // offers of the last round that could not be made
}

// newFloor returns a floor on which nobody is.
func newFloor(dir *directory.Directory) *floor {
	f := &floor{
		dir: dir, board: routing.NewBoard(routing.LongestIdle),
		profiles: make(map[directory.ProfileID]*routing.Profile, len(dir.Profiles)),
		agents:   map[contact.UserID]*contact.Agent{},
	}
	for id, p := range dir.Profiles {
		f.profiles[id] = profile(p)
	}
	return f
}

// profile describes a routing profile to routing.
func profile(p *directory.RoutingProfile) *routing.Profile {
	out := &routing.Profile{Slots: []routing.Slots{{Channel: routing.Chat, Most: p.ChatConcurrency, Alone: p.ChatAlone}}}
	for _, o := range p.Others {
		out.Slots = append(out.Slots, routing.Slots{Channel: routing.Channel(o.Channel), Most: o.Slots, Alone: o.Alone})
	}
	for _, q := range p.Queues {
		out.Pairs = append(out.Pairs, routing.Pair{Queue: q.Queue, Channel: routing.Chat, Priority: q.Priority, Delay: q.Delay})
	}
	return out
}

// waitingContact describes a chat that waits to routing.
func waitingContact(chat *contact.Chat) routing.Contact {
	s := chat.Queueing()
	c := routing.Contact{
		ID: chat.ID, Number: chat.Number, Queue: s.Queue, Channel: routing.Chat, Since: s.Enqueued,
		Priority: chat.Details.Priority, Adjustment: chat.Details.Adjustment, Criteria: chat.Details.Criteria,
	}
	if c.Priority == 0 {
		c.Priority = contact.DefaultPriority
	}
	return c
}

// seat describes an agent to routing; ok is false for one who is not open for
// contacts.
func (f *floor) seat(a *contact.Agent) (r routing.Agent, ok bool) {
	u := f.dir.Users[a.User]
	if u == nil || !a.Open() || f.profiles[u.Profile] == nil {
		return r, false
	}
	// Chats come in, so that either timer of a profile is reset by them.
	r = routing.Agent{User: a.User, Profile: f.profiles[u.Profile], Idle: a.Idle}
	for _, p := range u.Proficiencies {
		r.Proficiencies = append(r.Proficiencies, routing.Proficiency(p))
	}
	for _, w := range a.Work {
		on := routing.Work{Contact: w.Chat, Channel: routing.Chat}
		if w.Monitor != "" {
			on.Channel = "" // takes no slot
		}
		if w.State == contact.AfterWork && !w.HandedOn {
			on.Contact = "" // the chat may come again, as another contact
		}
		r.Work = append(r.Work, on)
	}
	return r, true
}

// putChat puts the present state of a chat on the board.
func (f *floor) putChat(chat *contact.Chat) {
	if chat.Waiting() {
		f.board.Wait(waitingContact(chat))
	} else {
		f.board.Leave(chat.ID)
	}
}

// putAgent puts the state of an agent on the board, unless a newer one is known.
func (f *floor) putAgent(a *contact.Agent) {
	if known := f.agents[a.User]; known != nil && known.Version > a.Version {
		return
	}
	f.agents[a.User] = a
	if r, ok := f.seat(a); ok {
		f.board.Staff(r)
	} else {
		f.board.Dismiss(a.User)
	}
}

// under returns the floor under another directory.
func (f *floor) under(dir *directory.Directory) *floor {
	next := newFloor(dir)
	next.checked = f.checked
	for _, id := range f.board.Contacts() {
		c, _ := f.board.Contact(id)
		next.board.Wait(c)
	}
	for _, a := range f.agents {
		next.putAgent(a)
	}
	return next
}

// moved keeps what a commit changed for the matching loop, and reports whether
// that was anything.
func (m *matching) moved(ch *contact.Change, done store.Committed) bool {
	waits := ch.Next != nil && (ch.Next.Waiting() || ch.Was.Waiting())
	if !waits && len(done.Agents) == 0 {
		return false
	}
	if waits {
		m.note(done.Chat, done.Agents...)
	} else {
		m.note(nil, done.Agents...)
	}
	return true
}

// note adds states to the news, unless newer ones are there.
func (m *matching) note(chat *contact.Chat, agents ...*contact.Agent) {
	if chat == nil && len(agents) == 0 {
		return
	}
	m.news.mu.Lock()
	defer m.news.mu.Unlock()
	if m.news.chats == nil {
		m.news.chats, m.news.agents = map[contact.ID]*contact.Chat{}, map[contact.UserID]*contact.Agent{}
	}
	if !m.news.first.Running() {
		m.news.first = tally.Start()
	}
	if chat != nil {
		if have := m.news.chats[chat.ID]; have == nil || have.Version <= chat.Version {
			m.news.chats[chat.ID] = chat
		}
	}
	for _, a := range agents {
		if have := m.news.agents[a.User]; have == nil || have.Version < a.Version {
			m.news.agents[a.User] = a
		}
	}
}

// takeOver and giveOver are called where there are other nodes, when it becomes this
// one's turn to match and when it is no longer.
func (m *matching) takeOver() {
	m.heard.take()
	m.here.Store(true)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.take()
	m.floors = nil // what is not known is asked of the store
}

func (m *matching) giveOver() {
	m.here.Store(false)
	m.take()
}

// take returns the news and forgets them.
func (m *matching) take() (chats map[contact.ID]*contact.Chat, agents map[contact.UserID]*contact.Agent) {
	m.news.mu.Lock()
	defer m.news.mu.Unlock()
	chats, agents = m.news.chats, m.news.agents
	m.news.chats, m.news.agents = nil, nil
	return chats, agents
}

// begin begins a round: it returns since when the oldest news wait for it.
func (m *matching) begin() tally.Watch {
	m.news.mu.Lock()
	defer m.news.mu.Unlock()
	first := m.news.first
	m.news.first = tally.Watch{}
	return first
}

// runMatching offers waiting contacts to free agents whenever somebody may
// have begun to wait or to be free.
func (c *Centre) runMatching(ctx context.Context) error {
	if c.Node != "" {
		c.matching.takeOver()
		defer c.matching.giveOver()
	}
	attended := c.instances.Load()
	unattend := c.attend()
	defer func() { unattend() }()
	for {
		if now := c.instances.Load(); now != attended {
			unattend()
			attended, unattend = now, c.attend()
		}
		sleep := matchCheck
		news := c.matching.begin()
		next, err := c.match(ctx)
		if news.Running() {
			c.figures.Match.Took(news.Elapsed())
		}
		if err != nil {
			c.trouble(ctx, "match contacts with agents", err)
			sleep = retryAfter
		}
		if !next.IsZero() {
			sleep = max(0, min(sleep, next.Sub(c.Now())))
		}
		if !pause(ctx, sleep, c.wakeMatch) {
			return nil
		}
	}
}

// match makes the offers that are possible now and returns when another may
// become so by the passing of time.
func (c *Centre) match(ctx context.Context) (next time.Time, err error) {
	err = c.catchUp(ctx)
	for _, dir := range c.Instances() {
		f, err2 := c.floor(ctx, dir, matchCheck)
		if err2 != nil {
			err = errors.Join(err, err2)
			continue
		}
		c.matching.mu.Lock()
		matches, soon := f.board.Match(c.Now())
		c.matching.mu.Unlock()
		if !soon.IsZero() && (next.IsZero() || soon.Before(next)) {
			next = soon
		}
		err = errors.Join(err, c.offerAll(ctx, f, matches))
	}
	return next, err
}

// floor returns the floor of an instance with all news on it. One that was not
// compared with the store for so long is compared first.
func (c *Centre) floor(ctx context.Context, dir *directory.Directory, check time.Duration) (*floor, error) {
	m := &c.matching
	m.mu.Lock()
	defer m.mu.Unlock()
	if c.Node != "" && !m.here.Load() {
		check = 0 // there are no news here
	}
	f := m.floors[dir.Instance.ID]
	switch {
	case f == nil:
		f = newFloor(dir)
	case f.dir != dir:
		f = f.under(dir)
	}
	if m.floors == nil {
		m.floors = map[contact.InstanceID]*floor{}
	}
	m.floors[dir.Instance.ID] = f
	if now := c.Now(); f.checked.IsZero() || now.Sub(f.checked) >= check {
		if err := c.compare(ctx, f); err != nil {
			return nil, err
		}
		f.checked = now
	}
	chats, agents := m.take()
	for _, chat := range chats {
		if on := m.floors[chat.Instance]; on != nil { // else it will be read
			on.putChat(chat)
		}
	}
	for _, a := range agents {
		if on := m.floors[a.Instance]; on != nil {
			on.putAgent(a)
		}
	}
	return f, nil
}

// errNotWaiting says that a chat does not wait.
var errNotWaiting = errors.New("the chat does not wait")

// compare puts on a floor what the store says. News that come meanwhile are put
// on it afterwards.
func (c *Centre) compare(ctx context.Context, f *floor) error {
	waiting, err := c.Store.Waiting(ctx, f.dir.Instance.ID)
	if err != nil {
		return err
	}
	agents, err := c.Store.RoutableAgents(ctx, f.dir.Instance.ID)
	if err != nil {
		return err
	}
	waits := make(map[contact.ID]bool, len(waiting))
	for _, w := range waiting {
		waits[w.Chat] = true
		if have, ok := f.board.Contact(w.Chat); ok && have.Queue == w.Queue && have.Since.Equal(w.Since) {
			continue
		}
		chat, err := c.checked(ctx, w.Chat, func(chat *contact.Chat) error {
			if !chat.Waiting() {
				return errNotWaiting
			}
			return nil
		})
		if err != nil && !errors.Is(err, errNotWaiting) { // of what came between there are news
			return err
		}
		f.putChat(chat)
	}
	for _, id := range f.board.Contacts() {
		if !waits[id] {
			f.board.Leave(id)
		}
	}
	routable := make(map[contact.UserID]bool, len(agents))
	for _, a := range agents {
		routable[a.User] = true
		f.putAgent(a)
	}
	for _, user := range f.board.Agents() {
		if !routable[user] {
			f.board.Dismiss(user)
			delete(f.agents, user)
		}
	}
	return nil
}

// offerAll makes the offers of matches, those to one agent one after another. One
// that fails holds up no other.
func (c *Centre) offerAll(ctx context.Context, f *floor, matches []routing.Match) error {
	type offer struct {
		routing.Match
		as contact.ParticipantID
	}
	byAgent := map[contact.UserID][]offer{}
	for _, m := range matches {
		byAgent[m.User] = append(byAgent[m.User], offer{m, contact.ParticipantID(c.IDs.New())})
	}
	var (
		mu      sync.Mutex // guards what follows
		failed  error
		refused []routing.Match
	)
	var group errgroup.Group
	group.SetLimit(offersAtOnce)
	for _, offers := range byAgent {
		group.Go(func() error {
			for _, o := range offers {
				err := guarded(func() error { return c.offer(ctx, o.Match, o.as) })
				if err == nil {
					c.figures.Offers.Add(1)
					continue
				}
				c.figures.OffersFailed.Add(1)
				mu.Lock()
				refused = append(refused, o.Match)
				if fault.KindOf(err) != fault.Conflict {
					failed = errors.Join(failed, err)
				}
				mu.Unlock()
			}
			return nil
		})
	}
	_ = group.Wait() // what failed is in failed
	return errors.Join(failed, c.putBack(ctx, f, refused))
}

// putBack puts the truth about offers that could not be made back on the board,
// and lets it be looked at again: at once, unless the same was tried before.
func (c *Centre) putBack(ctx context.Context, f *floor, refused []routing.Match) (err error) {
	c.matching.mu.Lock()
	defer c.matching.mu.Unlock()
	before := f.refused
	f.refused = make(map[contact.ID]contact.UserID, len(refused))
	for _, m := range refused {
		f.refused[m.Contact.ID] = m.User
		if before[m.Contact.ID] == m.User {
			err = errors.Join(err, fault.Newf(fault.Conflict, "contact %s cannot be offered to %s", m.Contact.ID, m.User))
		} else {
			wake(c.wakeMatch)
		}
		chat, err2 := c.Chat(ctx, m.Contact.ID)
		if err2 == nil {
			f.putChat(chat)
		}
		a, err3 := c.Agent(ctx, f.dir.Instance.ID, m.User)
		if err3 == nil {
			f.putAgent(a)
		}
		if err2 = errors.Join(err2, err3); err2 != nil {
			err = errors.Join(err, err2)
			f.checked = time.Time{} // the store will say
		}
	}
	return err
}

// offer rings at an agent. What is no longer as it was when the two were matched
// is a Conflict.
func (c *Centre) offer(ctx context.Context, m routing.Match, as contact.ParticipantID) error {
	_, err := c.change(ctx, m.Contact.ID, 0, func(d *contact.Draft) error {
		if now := waitingContact(d.Chat()); now.Queue != m.Contact.Queue || now.Criteria != m.Contact.Criteria {
			return fault.Newf(fault.Conflict, "the contact waits elsewhere")
		}
		dir, err := c.Instance(d.Chat().Instance)
		if err != nil {
			return err
		}
		u, err := user(dir, m.User)
		if err != nil {
			return err
		}
		a, err := c.Agent(ctx, dir.Instance.ID, m.User)
		if err != nil {
			return err
		}
		if !free(dir, a) {
			return fault.Newf(fault.Conflict, "the agent is not free")
		}
		if err := d.Offer(a, as, u.DisplayName(), c.Ring); err != nil || !u.AutoAccept {
			return err
		}
		ringing := d.AgentInDraft(m.User)
		return c.accept(ctx, d, ringing, ringing.On(as))
	})
	return err
}

// free reports whether an agent is open for contacts and has a slot.
func free(dir *directory.Directory, a *contact.Agent) bool {
	u := dir.Users[a.User]
	if u == nil || !a.Open() {
		return false
	}
	p := dir.Profiles[u.Profile]
	return p != nil && a.Used() < p.ChatConcurrency
}
