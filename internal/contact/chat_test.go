package contact_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// world is one chat and the agents around it. It does to them what a store
// would, and tells in short what they are.
type world struct {
	t      *testing.T
	now    time.Time
	ids    *contact.IDs
	chat   *contact.Chat
	agents map[contact.UserID]*contact.Agent
	timers map[contact.TimerKey]time.Time
	items  []string
	limit  time.Duration // of after-contact work
}

// newWorld returns a chat that Ada has started, and the agents ana and ben, who
// are available.
func newWorld(t *testing.T) *world {
	w := &world{
		t: t, now: noon, ids: contact.SeededIDs(1), timers: map[contact.TimerKey]time.Time{}, limit: time.Minute,
		agents: map[contact.UserID]*contact.Agent{
			"ana": {User: "ana", Status: available}, "ben": {User: "ben", Status: available},
		},
	}
	w.apply(contact.Start(contact.Opening{
		ID: "chat", Flow: "flow", Customer: "ada", Name: "Ada", ContentTypes: []string{contact.PlainText},
		InitialType: contact.PlainText, InitialText: "Help",
	}, w.now))
	return w
}

var (
	available = contact.Status{ID: "available", Type: contact.Routable}
	onBreak   = contact.Status{ID: "break", Type: contact.Custom}
)

func (w *world) apply(d *contact.Draft) {
	ch := d.Change()
	ch.Stamp(w.now, w.ids)
	if ch.Next != nil {
		next := *ch.Next
		next.Version, next.Seq, next.LastAt = ch.Was.Version+1, ch.Was.Seq, ch.Was.LastAt
		w.chat = &next
	}
	for _, it := range ch.Items {
		w.chat.Seq, w.chat.LastAt = it.Seq, it.At
		w.items = append(w.items, short(it))
	}
	for _, a := range ch.Agents {
		w.agents[a.User] = a
	}
	for _, key := range ch.Clear {
		delete(w.timers, key)
	}
	for _, timer := range ch.Set {
		w.timers[timer.TimerKey] = timer.Due
	}
}

func short(it contact.Item) string {
	name := it.Type[strings.LastIndexByte(it.Type, '.')+1:]
	switch {
	case it.Kind == contact.Message:
		return it.Name + ": " + it.Text
	case it.Name != "":
		return it.Name + " " + name
	}
	return name
}

// agentsOf and limits are what rules ask for.
func (w *world) agentOf(user contact.UserID) (*contact.Agent, error) { return w.agents[user], nil }
func (w *world) limits(contact.UserID) time.Duration                 { return w.limit }

// participant returns an agent's participant of the newest work.
func (w *world) participant(user string) contact.ParticipantID {
	if a := w.agents[contact.UserID(user)]; a != nil && len(a.Work) > 0 {
		return a.Work[len(a.Work)-1].Participant
	}
	return contact.ParticipantID(user)
}

// do takes a step, a second after the last one: a verb and who.
func (w *world) do(step string) error {
	w.now = w.now.Add(time.Second)
	d := contact.NewDraft(w.chat, w.now)
	verb, who, _ := strings.Cut(step, " ")
	who, text, _ := strings.Cut(who, " ")
	agent, as := w.agents[contact.UserID(who)], w.participant(who)
	var err error
	switch verb {
	case "connect":
		_, err = d.Connect(as)
	case "invite":
		err = d.Invite(contact.ParticipantID(who), contact.CustomBot, strings.ToUpper(who[:1])+who[1:])
	case "say":
		err = d.Say(as, contact.PlainText, text, 0)
	case "queue":
		d.SetQueue("sales")
		err = d.Enqueue(nil, nil)
	case "enqueue": // without a queue
		err = d.Enqueue(nil, nil)
	case "offer":
		err = d.Offer(agent, contact.ParticipantID(fmt.Sprintf("%s-%d", who, w.chat.Current().ConnectionAttempt+1)), strings.ToUpper(who[:1])+who[1:], 20*time.Second)
	case "accept":
		err = d.Accept(agent, "chat")
	case "reject":
		d.Withdraw(agent, as, contact.Rejected)
	case "miss":
		d.Withdraw(agent, as, contact.MissedWork)
	case "clear":
		err = d.Clear(agent, as)
	case "leave":
		_, err = d.Leave(as, 0, w.agentOf, w.limits)
	case "stop":
		err = d.End(contact.ByAPI, w.agentOf, w.limits)
	default:
		w.t.Fatalf("nobody knows how to %q", step)
	}
	if err == nil {
		w.apply(d)
	}
	return err
}

// story takes steps that must succeed.
func (w *world) story(steps string) {
	w.t.Helper()
	for step := range strings.SplitSeq(steps, ", ") {
		if err := w.do(step); err != nil {
			w.t.Fatalf("%s: %v", step, err)
		}
	}
}

// work tells what is on the agents' desks.
func (w *world) work() string {
	var out []string
	for _, user := range slices.Sorted(maps.Keys(w.agents)) {
		for _, job := range w.agents[user].Work {
			out = append(out, string(user)+" "+string(job.State))
		}
	}
	return strings.Join(out, ", ")
}

// pending tells which timers are armed, and when they fire after the last step.
func (w *world) pending() string {
	var out []string
	for key, due := range w.timers {
		out = append(out, strings.TrimSpace(string(key.Kind)+" "+key.Ref)+" in "+due.Sub(w.now).String())
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func TestStories(t *testing.T) {
	for _, c := range []struct {
		name, steps          string
		phase                contact.Phase
		reason               contact.Reason
		items, work, pending string
	}{
		{
			name: "connecting starts the flow, with the customer's first words", steps: "connect ada",
			phase: contact.InFlow, items: "Ada joined, Ada: Help", pending: "expire in 24h59m59s",
		},
		{
			name: "connecting again changes nothing", steps: "connect ada, connect ada",
			phase: contact.InFlow, items: "Ada joined, Ada: Help", pending: "expire in 24h59m58s",
		},
		{
			name: "a queued contact waits", steps: "connect ada, queue",
			phase: contact.Queued, items: "Ada joined, Ada: Help", pending: "expire in 24h59m58s",
		},
		{
			name: "an offer rings", steps: "connect ada, queue, offer ana",
			phase: contact.Offered, items: "Ada joined, Ada: Help", work: "ana connecting",
			pending: "expire in 24h59m57s, offer ana-1 in 20s",
		},
		{
			name: "accepting joins", steps: "connect ada, queue, offer ana, accept ana",
			phase: contact.Connected, items: "Ada joined, Ada: Help, Ana joined", work: "ana connected",
			pending: "expire in 24h59m56s",
		},
		{
			name: "accepting again changes nothing", steps: "connect ada, queue, offer ana, accept ana, accept ana",
			phase: contact.Connected, items: "Ada joined, Ada: Help, Ana joined", work: "ana connected",
			pending: "expire in 24h59m55s",
		},
		{
			name: "an agent's socket does not accept", steps: "connect ada, queue, offer ana, connect ana",
			phase: contact.Offered, items: "Ada joined, Ada: Help", work: "ana connecting",
			pending: "expire in 24h59m56s, offer ana-1 in 19s",
		},
		{
			name: "a missed offer waits on, and the agent's slot is taken", steps: "connect ada, queue, offer ana, miss ana",
			phase: contact.Queued, items: "Ada joined, Ada: Help", work: "ana missed", pending: "expire in 24h59m56s",
		},
		{
			name: "an offer that is over cannot be missed", steps: "connect ada, queue, offer ana, accept ana, miss ana",
			phase: contact.Connected, items: "Ada joined, Ada: Help, Ana joined", work: "ana connected",
			pending: "expire in 24h59m55s",
		},
		{
			name: "what one agent missed another gets", steps: "connect ada, queue, offer ana, miss ana, offer ben, accept ben, clear ana",
			phase: contact.Connected, items: "Ada joined, Ada: Help, Ben joined", work: "ben connected",
			pending: "expire in 24h59m53s",
		},
		{
			name: "a rejected offer waits on", steps: "connect ada, queue, offer ana, reject ana, clear ana",
			phase: contact.Queued, items: "Ada joined, Ada: Help", pending: "expire in 24h59m55s",
		},
		{
			name: "the customer's leaving ends it all", steps: "connect ada, queue, offer ana, accept ana, leave ada",
			phase: contact.Ended, reason: contact.ByCustomer, items: "Ada joined, Ada: Help, Ana joined, Ada left, ended",
			work: "ana ended", pending: "after-work ana-1 in 1m0s",
		},
		{
			name: "the last agent's leaving ends it too", steps: "connect ada, queue, offer ana, accept ana, leave ana",
			phase: contact.Ended, reason: contact.ByAgent, items: "Ada joined, Ada: Help, Ana joined, Ana left, ended",
			work: "ana ended", pending: "after-work ana-1 in 1m0s",
		},
		{
			name: "clearing ends the work", steps: "connect ada, queue, offer ana, accept ana, leave ada, clear ana, clear ana",
			phase: contact.Ended, reason: contact.ByCustomer, items: "Ada joined, Ada: Help, Ana joined, Ada left, ended",
		},
		{
			name: "a customer who leaves while it rings takes the offer back", steps: "connect ada, queue, offer ana, leave ada",
			phase: contact.Ended, reason: contact.ByCustomer, items: "Ada joined, Ada: Help, Ada left, ended", work: "ana rejected",
		},
		{
			name: "stopping ends it for the customer", steps: "connect ada, queue, stop",
			phase: contact.Ended, reason: contact.ByAPI, items: "Ada joined, Ada: Help, Ada left, ended",
		},
		{
			name: "stopping it before anybody came says only that", steps: "stop",
			phase: contact.Ended, reason: contact.ByAPI, items: "ended",
		},
		{
			name: "stopping again changes nothing", steps: "stop, stop",
			phase: contact.Ended, reason: contact.ByAPI, items: "ended",
		},
		{
			name: "a bot comes and goes", steps: "connect ada, invite bot, connect bot, say bot Hi, leave bot",
			phase: contact.InFlow, items: "Ada joined, Ada: Help, Bot joined, Bot: Hi, Bot left", pending: "expire in 24h59m55s",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.story(c.steps)
			for _, x := range []struct{ what, got, want string }{
				{"phase", string(w.chat.Phase), string(c.phase)},
				{"reason", string(w.chat.Reason), string(c.reason)},
				{"items", strings.Join(w.items, ", "), c.items},
				{"work", w.work(), c.work},
				{"timers", w.pending(), c.pending},
			} {
				if x.got != x.want {
					t.Errorf("%s: got %q, want %q", x.what, x.got, x.want)
				}
			}
		})
	}
}

func TestWhatIsRefused(t *testing.T) {
	for _, c := range []struct {
		name, before, step string
		want               fault.Kind
	}{
		{"queueing without a queue", "connect ada", "enqueue", fault.Conflict},
		{"offering what does not wait", "connect ada", "offer ana", fault.Conflict},
		{"offering what rings already", "connect ada, queue, offer ana", "offer ben", fault.Conflict},
		{"accepting what was not offered", "connect ada, queue, offer ana", "accept ben", fault.NotFound},
		{"accepting what was missed", "connect ada, queue, offer ana, miss ana", "accept ana", fault.Conflict},
		{"accepting what was rejected", "connect ada, queue, offer ana, reject ana", "accept ana", fault.Conflict},
		{"accepting what has ended", "connect ada, queue, offer ana, leave ada", "accept ana", fault.Conflict},
		{"clearing what rings", "connect ada, queue, offer ana", "clear ana", fault.Conflict},
		{"clearing what goes on", "connect ada, queue, offer ana, accept ana", "clear ana", fault.Conflict},
		{"speaking before connecting", "connect ada, queue", "say ana Hi", fault.Denied},
		{"speaking while it rings", "connect ada, queue, offer ana", "say ana Hi", fault.Denied},
		{"speaking after leaving", "connect ada, invite bot, connect bot, leave bot", "say bot Hi", fault.Denied},
		{"speaking after the end", "connect ada, leave ada", "say ada Hi", fault.Denied},
		{"speaking in after-contact work", "connect ada, queue, offer ana, accept ana, leave ada", "say ana Hi", fault.Denied},
		{"a stranger's speaking", "connect ada", "say eve Hi", fault.Denied},
		{"a stranger's connecting", "connect ada", "connect eve", fault.Denied},
		{"connecting after leaving", "connect ada, invite bot, connect bot, leave bot", "connect bot", fault.Denied},
		{"connecting after the end", "connect ada, leave ada", "connect ada", fault.Denied},
		{"an agent's connecting after clearing", "connect ada, queue, offer ana, accept ana, leave ada, clear ana", "connect ana", fault.Denied},
		{"leaving before coming", "connect ada, invite bot", "leave bot", fault.Denied},
		{"leaving again", "connect ada, leave ada", "leave ada", fault.Denied},
		{"inviting to a chat that has ended", "stop", "invite bot", fault.Conflict},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.story(c.before)
			was, items := w.chat, len(w.items)
			err := w.do(c.step)
			if fault.KindOf(err) != c.want {
				t.Errorf("%s: got %v, want a fault of kind %v", c.step, err, c.want)
			}
			if w.chat != was || len(w.items) != items {
				t.Error("what was refused has changed something")
			}
		})
	}
}

// A decision edits a copy: whoever holds a state holds it as it was.
func TestPublishedStatesDoNotChange(t *testing.T) {
	w := newWorld(t)
	type kept struct {
		chat  *contact.Chat
		agent *contact.Agent
		as    string
	}
	var all []kept
	for _, step := range []string{"connect ada", "queue", "offer ana", "accept ana", "leave ada", "clear ana"} {
		all = append(all, kept{w.chat, w.agents["ana"], fmt.Sprintf("%+v %+v", *w.chat, *w.agents["ana"])})
		w.story(step)
	}
	for i, k := range all {
		if now := fmt.Sprintf("%+v %+v", *k.chat, *k.agent); now != k.as {
			t.Errorf("state %d was %s and is %s", i, k.as, now)
		}
	}
}

// A request to leave that is repeated succeeds and changes nothing.
func TestLeavingAgainWithTheSameToken(t *testing.T) {
	w := newWorld(t)
	w.story("connect ada")
	for i := range 2 {
		d := contact.NewDraft(w.chat, w.now)
		if _, err := d.Leave("ada", 7, w.agentOf, w.limits); err != nil {
			t.Fatalf("time %d: %v", i+1, err)
		}
		w.apply(d)
	}
	if got, want := strings.Join(w.items, ", "), "Ada joined, Ada: Help, Ada left, ended"; got != want {
		t.Errorf("items: got %q, want %q", got, want)
	}
	d := contact.NewDraft(w.chat, w.now)
	if _, err := d.Leave("ada", 8, w.agentOf, w.limits); fault.KindOf(err) != fault.Denied {
		t.Errorf("with another token: got %v, want a refusal", err)
	}
}

func TestNoLimitOfAfterContactWork(t *testing.T) {
	w := newWorld(t)
	w.limit = 0
	w.story("connect ada, queue, offer ana, accept ana, leave ada")
	if got := w.pending(); got != "" {
		t.Errorf("timers %q are left", got)
	}
}

// An agent whose state cannot be had ends the decision.
func TestTroubleWithAgentsIsReported(t *testing.T) {
	w := newWorld(t)
	w.story("connect ada, queue, offer ana, accept ana")
	trouble := errors.New("disk on fire")
	d := contact.NewDraft(w.chat, w.now)
	err := d.End(contact.Expired, func(contact.UserID) (*contact.Agent, error) { return nil, trouble }, w.limits)
	if !errors.Is(err, trouble) {
		t.Errorf("got %v, want %v", err, trouble)
	}
}

func TestTimesStrictlyIncrease(t *testing.T) {
	w := newWorld(t)
	w.story("connect ada")
	ch := contact.Change{Was: w.chat, Items: make([]contact.Item, 3), Notices: make([]contact.Item, 1)}
	ch.Stamp(w.chat.LastAt.Add(-time.Hour), w.ids) // a clock that went back
	last := w.chat.LastAt
	for i, it := range ch.Items {
		if it.Seq != w.chat.Seq+int64(i)+1 {
			t.Errorf("item %d has number %d", i, it.Seq)
		}
		if want := last.Add(time.Millisecond); !it.At.Equal(want) || !it.ID.Time().Equal(want) {
			t.Errorf("item %d is of %v, its id of %v; want %v", i, it.At, it.ID.Time(), want)
		}
		last = it.At
	}
	if n := ch.Notices[0]; n.Seq != 0 || n.ID == (contact.ItemID{}) {
		t.Errorf("the notice has number %d and id %v", n.Seq, n.ID)
	}
}
