package centre_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/bus"
	"github.com/bellpull/bellpull/internal/centre"
	"github.com/bellpull/bellpull/internal/clock"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/pgtest"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/store"
	"github.com/bellpull/bellpull/internal/store/postgres"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// exchange carries announcements between nodes as a network does: written down,
// later, and without the states that they are about.
type exchange struct {
	nodes []*nodeBus
	cut   atomic.Bool // nothing gets through
	sent  sync.WaitGroup
}

// nodeBus is the bus of one node.
type nodeBus struct {
	bus.Local
	x     *exchange
	inbox chan []byte
	ended chan struct{}
}

// letter is what travels.
type letter struct {
	Topic bus.Topic
	Brief *bus.Brief
}

func (b *nodeBus) Announce(a *bus.Announcement) {
	b.Local.Announce(a)
	l := letter{Topic: a.Topic}
	if a.Chat != nil {
		l.Brief = bus.BriefOf(a.Chat)
	}
	text, err := json.Marshal(l)
	if err != nil {
		panic(err) // it is JSON
	}
	for _, other := range b.x.nodes {
		if other != b && !b.x.cut.Load() {
			b.x.sent.Add(1)
			select {
			case other.inbox <- text:
			case <-other.ended:
				b.x.sent.Done()
			}
		}
	}
}

func (b *nodeBus) run() {
	for {
		var text []byte
		select {
		case text = <-b.inbox:
		case <-b.ended:
			return
		}
		var l letter
		if err := json.Unmarshal(text, &l); err != nil {
			panic(err)
		}
		b.Local.Announce(&bus.Announcement{Topic: l.Topic, Brief: l.Brief, Remote: true})
		b.x.sent.Done()
	}
}

// cluster is some nodes on one database.
type cluster struct {
	*testing.T
	x     exchange
	clock clock.Stepped // of all nodes
	nodes []*node
}

type node struct {
	*centre.Centre
	store *postgres.Store
	slow  *slowStore
	stop  func() // ends the background work
}

// slowStore is a node's way to the store, on which something can happen
// elsewhere while items are read, or on the way of a commit.
type slowStore struct {
	store.Store
	meanwhile atomic.Pointer[func()] // once
	before    atomic.Pointer[func()] // a commit, once
	looked    atomic.Pointer[func()] // for a token, once
}

func (s *slowStore) Token(ctx context.Context, key string) (answer string, ok bool, err error) {
	answer, ok, err = s.Store.Token(ctx, key)
	if do := s.looked.Swap(nil); do != nil {
		(*do)()
	}
	return answer, ok, err
}

func (s *slowStore) Commit(ctx context.Context, changes ...*contact.Change) ([]store.Committed, error) {
	if do := s.before.Swap(nil); do != nil {
		(*do)()
	}
	return s.Store.Commit(ctx, changes...)
}

func (s *slowStore) Items(ctx context.Context, chat, from int64, limit int, backward bool) ([]contact.Item, error) {
	items, err := s.Store.Items(ctx, chat, from, limit, backward)
	if do := s.meanwhile.Swap(nil); do != nil {
		(*do)()
	}
	return items, err
}

// lostAfter is how long agents may be away in a cluster.
const lostAfter = 6 * time.Second

// newCluster starts nodes. Change, if not nil, changes the dev instance first.
func newCluster(t *testing.T, n int, change func(*directory.Directory)) *cluster {
	t.Helper()
	c := &cluster{T: t}
	url := pgtest.New(t)
	for range n {
		c.x.nodes = append(c.x.nodes, &nodeBus{x: &c.x, inbox: make(chan []byte, 1<<16), ended: make(chan struct{})})
	}
	for i := range n {
		st, err := postgres.Open(t.Context(), postgres.Options{URL: url})
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			dir := seed.Dev()
			if change != nil {
				change(dir)
			}
			if err := st.PutDirectory(t.Context(), dir); err != nil {
				t.Fatal(err)
			}
		}
		slow := &slowStore{Store: st}
		ctr, err := centre.New(t.Context(), centre.Options{
			Store: slow, Bus: c.x.nodes[i], Now: c.clock.Now, IDs: contact.NewIDs(), Ring: 20 * time.Second, LostAfter: lostAfter, Node: fmt.Sprint("node ", i), Callouts: new(shouting),
			Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError})),
		})
		if err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		group.Go(c.x.nodes[i].run)
		ctx, stop := context.WithCancel(context.Background())
		group.Go(func() {
			if err := ctr.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		c.nodes = append(c.nodes, &node{ctr, st, slow, stop})
		t.Cleanup(func() {
			stop()
			c.x.cut.Store(true)
			close(c.x.nodes[i].ended)
			group.Wait()
			if err := st.Close(); err != nil {
				t.Error(err)
			}
		})
		if i == 0 { // the first one gets all duties
			for _, duty := range []string{"timers", "matching"} {
				c.until("the first node has the duties", func() bool {
					return !must(st.Claim(t.Context(), duty, "a stranger", time.Millisecond))
				})
			}
		}
	}
	return c
}

// until waits for something that other nodes bring about.
func (c *cluster) until(what string, is func() bool) {
	c.Helper()
	for began := time.Now(); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			c.Fatalf("waited in vain until %s", what)
		}
	}
}

// start starts a chat at a node; the customer comes at another one.
func (c *cluster) start(at, comes int) centre.Started {
	c.Helper()
	s, err := c.nodes[at].StartChat(c.Context(), contact.Opening{Instance: seed.DevInstance, Flow: seed.DevFlow, Name: "Ada", CustomerID: "ada"}, "")
	if err != nil {
		c.Fatal(err)
	}
	if err := c.nodes[comes].Connect(c.Context(), s.Chat, s.Customer); err != nil {
		c.Fatal(err)
	}
	return s
}

// say says something at a node.
func (c *cluster) say(at int, s centre.Started, text, token string) contact.Item {
	c.Helper()
	it, err := c.nodes[at].SendMessage(c.Context(), s.Chat, s.Customer, contact.PlainText, text, token)
	if err != nil {
		c.Fatalf("say %q at node %d: %v", text, at, err)
	}
	return it
}

// said reads what the customer has said, at a node.
func (c *cluster) said(at int, s centre.Started) (texts []string) {
	c.Helper()
	page, err := c.nodes[at].Transcript(c.Context(), s.Chat, s.Customer, centre.TranscriptQuery{Limit: 100})
	if err != nil {
		c.Fatal(err)
	}
	for i := range page.Items {
		if page.Items[i].By == s.Customer && page.Items[i].Kind == contact.Message {
			texts = append(texts, page.Items[i].Text)
		}
	}
	return texts
}

func TestNodesSeeWhatOthersDo(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 2, nil)
	s := c.start(0, 1)
	var want []string
	for n := range 10 { // either node has the chat in memory, and the other one goes on
		text := fmt.Sprint("message ", n)
		c.say(n%2, s, text, text)
		want = append(want, text)
		c.x.sent.Wait()
		for at := range c.nodes {
			equal(t, fmt.Sprint("transcript at node ", at), c.said(at, s), want)
		}
	}
	if err := c.nodes[0].Leave(t.Context(), s.Chat, s.Customer, ""); err != nil {
		t.Fatal(err)
	}
	c.x.sent.Wait()
	if err := c.nodes[1].MayConnect(t.Context(), s.Chat, s.Customer); err == nil {
		t.Error("who has left at one node may connect at the other")
	}
}

// A request that is repeated at another node, as a load balancer may do, has
// been answered.
func TestARepeatAtAnotherNodeIsTheSameMessage(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 2, nil)
	for _, cut := range []bool{false, true} {
		s := c.start(0, 1)
		c.say(1, s, "before", "before")
		c.say(0, s, "between", "between")
		c.x.cut.Store(cut)
		first := c.say(0, s, "once", "once")
		c.x.sent.Wait()
		c.said(1, s) // which reads the state again, if it has been told
		if second := c.say(1, s, "once", "once"); second.ID != first.ID {
			t.Errorf("cut off %t: the repeat is another message", cut)
		}
		c.x.cut.Store(false)
		c.say(1, s, "after", "")
		equal(t, "transcript", c.said(1, s), []string{"before", "between", "once", "after"})
	}
}

// A repeat that comes while the first node is still at it: it is heard of
// between the look for an answer and the decision.
func TestARepeatWhileTheFirstIsAnswered(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 2, nil)
	s := c.start(0, 1)
	c.say(0, s, "before", "before")
	c.x.sent.Wait()
	c.said(1, s) // which has it in memory, but has not looked for what was answered
	var first contact.Item
	c.nodes[1].slow.meanwhile.Store(new(func() {
		first = c.say(0, s, "once", "once")
		c.x.sent.Wait()
	}))
	if second := c.say(1, s, "once", "once"); first.Seq == 0 || second.ID != first.ID {
		t.Errorf("the first is message %s, the repeat %s", first.ID, second.ID)
	}
	equal(t, "transcript", c.said(1, s), []string{"before", "once"})
}

// So it may be when the customer comes with the message, so that it is not the
// first thing that happens, and the first node is faster.
func TestARepeatThatLosesToTheFirst(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 2, nil)
	s, err := c.nodes[0].StartChat(t.Context(), contact.Opening{Instance: seed.DevInstance, Flow: seed.DevFlow, Name: "Ada"}, "")
	if err != nil {
		t.Fatal(err)
	}
	var first contact.Item
	c.nodes[1].slow.before.Store(new(func() { first = c.say(0, s, "once", "once") }))
	if second := c.say(1, s, "once", "once"); first.Seq == 0 || second.ID != first.ID {
		t.Errorf("the first is message %s, the repeat %s", first.ID, second.ID)
	}
	c.x.sent.Wait()
	equal(t, "transcript", c.said(1, s), []string{"once"})
}

// A request to make something that is repeated at another node gets the first
// one's answer, also where there is no room for a second one.
func TestARepeatThatHasNoRoom(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 2, nil)
	s := c.start(0, 1)
	invite := func(at int, token string) contact.ParticipantID {
		t.Helper()
		_, p, err := c.nodes[at].InviteParticipant(t.Context(), seed.DevInstance, s.Chat, contact.CustomBot, "Bot", token)
		if err != nil {
			t.Fatalf("invite %s: %v", token, err)
		}
		return p
	}
	for n := 1; n < contact.MaxParticipants-1; n++ {
		invite(1, fmt.Sprint(n))
	}
	c.x.sent.Wait()
	var first contact.ParticipantID
	c.nodes[1].slow.looked.Store(new(func() { first = invite(0, "last") }))
	if second := invite(1, "last"); first == "" || second != first {
		t.Errorf("the first request invited %q, the repeat %q", first, second)
	}
}

// A desk at a node that has not heard of a contact yet shows it.
func TestAContactIsOnTheDeskAtANodeThatWasNotTold(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, nil)
	ana, ben := c.user("ana"), c.user("ben")
	for _, user := range []contact.UserID{ana, ben} {
		defer c.nodes[1].Here(user)()
	}
	c.available(1, ben)
	s := c.start(1, 1)
	c.until("the chat rings", func() bool { return c.rings(ben, s) })
	if err := c.nodes[1].Accept(t.Context(), seed.DevInstance, ben, s.Chat); err != nil {
		t.Fatal(err)
	}
	c.available(1, ana)
	c.x.sent.Wait()
	for at := range c.nodes {
		c.said(at, s) // which has it in memory from now on
	}
	c.x.cut.Store(true)
	id, err := c.nodes[0].Monitor(t.Context(), seed.DevInstance, s.Chat, ana, false, "")
	if err != nil {
		t.Fatal(err)
	}
	if described := must(c.nodes[2].DescribeContact(t.Context(), seed.DevInstance, id)); described.Segment(id) == nil {
		t.Error("the contact is not found in its chat")
	}
	_, chats, err := c.nodes[1].Desk(t.Context(), seed.DevInstance, ana)
	if err != nil || len(chats) != 1 {
		t.Fatalf("error %v, and %d chats are on the desk", err, len(chats))
	}
	if chats[0].Segment(id) == nil {
		t.Error("the chat on the desk does not have the contact")
	}
}

// A chat that another node has ended can be gone on from.
func TestAChatThatEndedGoesOnAtANodeThatWasNotTold(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 2, nil)
	s := c.start(0, 1)
	c.x.sent.Wait()
	c.said(1, s) // which has it in memory from now on
	c.x.cut.Store(true)
	if err := c.nodes[0].Leave(t.Context(), s.Chat, s.Customer, ""); err != nil {
		t.Fatal(err)
	}
	if last, err := c.nodes[1].LastChat(t.Context(), seed.DevInstance, "ada"); err != nil || last != s.Chat {
		t.Errorf("error %v, and the last chat is %q", err, last)
	}
	next, err := c.nodes[1].StartChat(t.Context(), contact.Opening{
		Instance: seed.DevInstance, Flow: seed.DevFlow, Name: "Ada", Source: s.Chat, Rehydration: contact.EntirePastSession,
	}, "")
	if err != nil || next.ContinuedFrom != s.Chat {
		t.Errorf("error %v, and it goes on from contact %q", err, next.ContinuedFrom)
	}
}

// Nodes that do not hear of each other still decide right.
func TestNodesThatAreCutOffDecideRight(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 2, nil)
	s := c.start(0, 0)
	c.said(1, s) // which has it in memory from now on
	c.x.cut.Store(true)
	for n := range 6 {
		c.say(n%2, s, fmt.Sprint(n), "")
	}
	equal(t, "transcript", c.said(1, s), strings.Split("0 1 2 3 4 5", " "))

	// Somebody comes at one node of whom the other one knows nothing.
	_, p, err := c.nodes[0].InviteParticipant(t.Context(), seed.DevInstance, s.Chat, contact.CustomBot, "Bot", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.nodes[1].MayConnect(t.Context(), s.Chat, p); err != nil {
		t.Errorf("the node that was not told: %v", err)
	}
	if err := c.nodes[0].Leave(t.Context(), s.Chat, s.Customer, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := c.nodes[1].SendMessage(t.Context(), s.Chat, s.Customer, contact.PlainText, "late", ""); err == nil || fault.KindOf(err) == fault.Internal {
		t.Errorf("a message after the end: error %v, want a refusal", err)
	}
}

// A node that has not heard of an offer yet lets the agent accept it.
func TestAnOfferIsAcceptedAtANodeThatWasNotTold(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 2, nil)
	ana := c.agent()
	s := c.start(1, 1)
	c.until("the chat waits", func() bool { return must(c.nodes[1].Chat(t.Context(), s.Chat)).Waiting() })
	c.x.sent.Wait()
	c.x.cut.Store(true)
	c.available(0, ana)
	c.until("the chat rings", func() bool {
		return must(c.nodes[0].Agent(t.Context(), seed.DevInstance, ana)).Find(s.Chat) != nil
	})
	if err := c.nodes[1].Accept(t.Context(), seed.DevInstance, ana, s.Chat); err != nil {
		t.Error(err)
	}
}

// The node that matches finds a chat that waits, though it has it in memory as it
// was before.
func TestAChatThatWaitsIsFoundByANodeThatWasNotTold(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 2, nil)
	ana := c.agent()
	s, err := c.nodes[0].StartChat(t.Context(), contact.Opening{Instance: seed.DevInstance, Flow: seed.DevFlow, Name: "Ada"}, "")
	if err != nil {
		t.Fatal(err)
	}
	c.x.sent.Wait()
	c.x.cut.Store(true)
	if err := c.nodes[1].Connect(t.Context(), s.Chat, s.Customer); err != nil {
		t.Fatal(err)
	}
	c.until("the chat waits", func() bool { return must(c.nodes[1].store.Chat(t.Context(), s.Chat)).Waiting() })
	c.available(0, ana)
	// The store is asked, as it is every minute.
	c.x.nodes[0].Local.Announce(&bus.Announcement{Topic: bus.Floor(seed.DevInstance), Remote: true, Missed: true})
	c.until("the chat rings", func() bool { return c.rings(ana, s) })
}

// available lets an agent take chats.
func (c *cluster) available(at int, user contact.UserID) {
	c.Helper()
	dir, err := c.nodes[at].Instance(seed.DevInstance)
	if err != nil {
		c.Fatal(err)
	}
	for id, s := range dir.Statuses {
		if s.Type == contact.Routable {
			if err := c.nodes[at].SetStatus(c.Context(), seed.DevInstance, user, id, false); err != nil {
				c.Fatal(err)
			}
			return
		}
	}
	c.Fatal("there is no routable status")
}

// rings reports whether a chat rings at an agent.
func (c *cluster) rings(user contact.UserID, s centre.Started) bool {
	a, err := c.nodes[len(c.nodes)-1].Agent(c.Context(), seed.DevInstance, user)
	if err != nil {
		c.Fatal(err)
	}
	w := a.Find(s.Chat)
	return w != nil && w.State == contact.Ringing
}

// agent returns an agent of the dev instance, who is a supervisor, too.
func (c *cluster) agent() contact.UserID { return c.user("ana") }

// user returns a user of the dev instance.
func (c *cluster) user(name string) contact.UserID {
	c.Helper()
	u := must(c.nodes[0].Instance(seed.DevInstance)).UserByName(name)
	if u == nil {
		c.Fatalf("there is no %s", name)
	}
	return u.ID
}

// One node matches; agents and chats are at others. When it dies, another one
// goes on.
func TestMatchingGoesOnElsewhere(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, nil)
	ana := c.agent()
	c.available(1, ana)
	first := c.start(2, 1)
	c.until("the first chat rings", func() bool { return c.rings(ana, first) })
	if err := c.nodes[2].Accept(t.Context(), seed.DevInstance, ana, first.Chat); err != nil {
		t.Fatal(err)
	}

	c.nodes[0].stop() // with all duties
	second := c.start(1, 2)
	began := time.Now()
	c.until("the second chat rings", func() bool { return c.rings(ana, second) })
	t.Logf("another node went on after %v", time.Since(began))
	if n := must(c.nodes[1].Agent(t.Context(), seed.DevInstance, ana)).Used(); n != 2 {
		t.Errorf("ana has %d slots in use, want 2", n)
	}
}

// An agent whose desk is open at one node is not lost to another one, though the
// clock of all is set, and is when it has been closed.
func TestAnAgentIsHereWhereverTheDeskIs(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 2, nil)
	ana := c.agent()
	gone := c.nodes[1].Here(ana)
	c.available(1, ana)
	s := c.start(1, 1)
	c.until("the chat rings", func() bool { return c.rings(ana, s) })
	if err := c.nodes[1].Accept(t.Context(), seed.DevInstance, ana, s.Chat); err != nil {
		t.Fatal(err)
	}
	talks := func() bool {
		a := must(c.nodes[1].Agent(t.Context(), seed.DevInstance, ana))
		w := a.Find(s.Chat)
		return w != nil && w.State == contact.Talking
	}
	for _, step := range []time.Duration{0, time.Hour} {
		if _, err := c.clock.Step(step); err != nil {
			t.Fatal(err)
		}
		for began := time.Now(); time.Since(began) < 2*lostAfter; time.Sleep(20 * time.Millisecond) {
			if !talks() {
				t.Fatalf("%v after a step of the clock by %v the agent is lost, whose desk is open", time.Since(began), step)
			}
		}
	}
	gone()
	c.until("the agent is lost", func() bool { return !talks() })
}

// Who has said something is not silent, also to a node that was not told of it.
func TestWhoIsHeardAtAnotherNodeIsNotSilent(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 2, nil)
	ana := c.agent()
	defer c.nodes[0].Here(ana)()
	s := c.start(0, 0)
	err := c.nodes[0].SetSilence(t.Context(), seed.DevInstance, s.Chat, func(all map[contact.Role]contact.Silence) {
		all[contact.Customer] = contact.Silence{Idle: contact.MinSilence}
	})
	if err != nil {
		t.Fatal(err)
	}
	c.available(0, ana)
	c.until("the chat rings", func() bool { return c.rings(ana, s) })
	if err := c.nodes[0].Accept(t.Context(), seed.DevInstance, ana, s.Chat); err != nil {
		t.Fatal(err)
	}
	c.x.sent.Wait()
	c.x.cut.Store(true)
	step := func(d time.Duration) {
		t.Helper()
		if _, err := c.clock.Step(d); err != nil {
			t.Fatal(err)
		}
	}
	step(contact.MinSilence - time.Minute)
	heard := c.say(1, s, "I am here", "").At
	step(time.Minute + time.Second)
	c.until("the timer has fired", func() bool {
		due, _, err := c.nodes[1].store.DueTimers(t.Context(), heard.Add(contact.MinSilence), 100)
		return err == nil && !slices.ContainsFunc(due, func(t contact.Timer) bool {
			return t.Kind == contact.IdleTimer && t.Due.Before(heard.Add(contact.MinSilence))
		})
	})
	if silent := must(c.nodes[1].store.Chat(t.Context(), s.Chat)).Customer().Silent; !silent.IsZero() {
		t.Errorf("the customer is silent since %v, who was heard at %v", silent, heard)
	}
}

// A timer that one node has armed is fired by whichever has the duty.
func TestTimersOfAnyNodeFire(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 2, nil)
	s, err := c.nodes[1].StartChat(t.Context(), contact.Opening{
		Instance: seed.DevInstance, Flow: seed.DevFlow, Name: "Ada", Duration: time.Second,
	}, "")
	if err != nil {
		t.Fatal(err)
	}
	c.until("the chat has expired", func() bool { return must(c.nodes[1].Chat(t.Context(), s.Chat)).Over() })
}

// What an administrator changes at one node holds at all.
func TestTheDirectoryIsReadAnewEverywhere(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 2, nil)
	dir := must(c.nodes[0].store.Directory(t.Context(), seed.DevInstance))
	dir.Instance.Alias = "renamed"
	if err := c.nodes[0].store.PutDirectory(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if err := c.nodes[0].Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.until("the other node knows", func() bool { return must(c.nodes[1].Instance(seed.DevInstance)).Instance.Alias == "renamed" })
}

// must returns what a call that must succeed returns.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
