package centre_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/bus"
	"github.com/bellpull/bellpull/internal/centre"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/store/embedded"
)

var worlds = flag.Int("worlds", 60, "how many random worlds there are")

// TestWorldsLeaveNobodyWaiting lets customers, agents, flows and administrators
// do what comes to their minds, several at once, in small contact centres that
// now and then die and come back. Fifty milliseconds later nobody waits for whom
// an agent is free, nobody is on two offers, and slots are what is worked on.
// BELLPULL_SEED makes the same worlds again. (Many more worlds are in routing.)
func TestWorldsLeaveNobodyWaiting(t *testing.T) {
	from := rand.Uint64()
	if text := os.Getenv("BELLPULL_SEED"); text != "" {
		var err error
		if from, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("BELLPULL_SEED=%d", from)
	served := 0
	for n := range *worlds {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, rand.New(rand.NewPCG(from, uint64(n))))
			defer w.close()
			for range 8 + w.rng.IntN(16) {
				w.round()
				w.check()
				if t.Failed() {
					t.Fatalf("world %d: what happened:\n%s", n, strings.Join(w.happened, "\n"))
				}
			}
			w.ends()
			if t.Failed() {
				t.Fatalf("world %d, at its end: what happened:\n%s", n, strings.Join(w.happened, "\n"))
			}
			served += w.served
		})
		if t.Failed() {
			return
		}
	}
	if served < *worlds/2 { // about two in each are to be expected
		t.Errorf("%d contacts were served in %d worlds: too little happens in them", served, *worlds)
	}
}

// world is a small contact centre.
type world struct {
	t     *testing.T
	rng   *rand.Rand
	store *embedded.Store
	dir   *directory.Directory
	ids   *contact.IDs

	centre *centre.Centre
	stop   context.CancelFunc
	done   chan error
	chats  []centre.Started
	served int

	mu       sync.Mutex // guards happened
	happened []string
}

func newWorld(t *testing.T, rng *rand.Rand) *world {
	t.Helper()
	st, err := embedded.Open(context.Background(), embedded.Options{Path: t.TempDir(), Sync: embedded.Normal})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, rng: rng, store: st, ids: contact.SeededIDs(int64(rng.Uint64() >> 1))}
	w.dir = w.directory()
	if err := st.PutDirectory(t.Context(), w.dir); err != nil {
		t.Fatal(err)
	}
	w.start()
	return w
}

func (w *world) start() {
	var err error
	w.centre, err = centre.New(context.Background(), centre.Options{
		Store: w.store, Bus: new(bus.Local), Log: slog.New(slog.NewTextHandler(w.t.Output(), &slog.HandlerOptions{Level: slog.LevelError})),
		Now: time.Now, IDs: w.ids, Ring: 20 * time.Second,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	w.stop, w.done = stop, make(chan error, 1)
	c, done := w.centre, w.done
	go func() { done <- c.Run(ctx) }()
}

// crash ends a centre, which forgets everything.
func (w *world) crash() {
	w.stop()
	if err := <-w.done; err != nil {
		w.t.Error(err)
	}
}

func (w *world) close() {
	w.crash()
	if err := w.store.Close(); err != nil {
		w.t.Error(err)
	}
}

// The queues and the proficiencies there are, and the flow of those who wait.
var worldQueues = []contact.QueueID{"q0", "q1", "q2"}

const worldQueueFlow contact.FlowID = "queue-flow"

// directory returns a random instance. Its flows put a contact into the queue
// that its attributes name, with the criteria in them, and perhaps take it to
// another one later.
func (w *world) directory() *directory.Directory {
	d := directory.New()
	d.Instance = directory.Instance{ID: seed.DevInstance, Region: "us-west-2", AccountID: "000000000000"}
	for _, id := range worldQueues {
		d.Queues[id] = &directory.Queue{ID: id, Name: string(id)}
	}
	for i, s := range []contact.StatusType{contact.Routable, contact.Custom, contact.Offline} {
		id := contact.StatusID(fmt.Sprintf("s%d", i))
		d.Statuses[id] = &directory.Status{ID: id, Name: string(s), Type: s}
	}
	for i := range 1 + w.rng.IntN(3) {
		id := directory.ProfileID(fmt.Sprintf("p%d", i))
		d.Profiles[id] = w.profile(id)
	}
	for i := range 2 + w.rng.IntN(3) {
		u := &directory.User{ID: contact.UserID(fmt.Sprintf("u%d", i)), Username: fmt.Sprintf("u%d", i), AutoAccept: w.rng.IntN(4) == 0}
		u.Profile = directory.ProfileID(fmt.Sprintf("p%d", w.rng.IntN(len(d.Profiles))))
		if w.rng.IntN(3) == 0 {
			u.AfterWorkLimit = 10 * time.Second
		}
		for _, skill := range []string{"boats", "french"} {
			if w.rng.IntN(2) == 0 {
				u.Proficiencies = append(u.Proficiencies, directory.Proficiency{Attribute: "skill", Value: skill, Level: float64(1 + w.rng.IntN(5))})
			}
		}
		d.Users[u.ID] = u
	}
	flows := map[contact.FlowID]string{
		seed.DevFlow: `{"Version":"2019-10-30","StartAction":"hook","Actions":[
			{"Identifier":"hook","Type":"UpdateContactEventHooks","Parameters":{"EventHooks":{"CustomerQueue":"queue-flow"}},"Transitions":{"NextAction":"ask","Errors":[{"NextAction":"ask","ErrorType":"NoMatchingError"}]}},
			{"Identifier":"ask","Type":"UpdateRoutingCriteria","Parameters":{"RoutingCriteria":"$.Attributes.criteria"},"Transitions":{"NextAction":"set","Errors":[{"NextAction":"set","ErrorType":"NoMatchingError"}]}},
			{"Identifier":"set","Type":"UpdateContactTargetQueue","Parameters":{"QueueId":"$.Attributes.queue"},"Transitions":{"NextAction":"in","Errors":[{"NextAction":"bye","ErrorType":"NoMatchingError"}]}},
			{"Identifier":"in","Type":"TransferContactToQueue","Parameters":{},"Transitions":{"NextAction":"bye","Errors":[{"NextAction":"bye","ErrorType":"QueueAtCapacity"},{"NextAction":"bye","ErrorType":"NoMatchingError"}]}},
			{"Identifier":"bye","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}`,
		worldQueueFlow: `{"Version":"2019-10-30","StartAction":"wait","Actions":[
			{"Identifier":"wait","Type":"Wait","Parameters":{"TimeLimitSeconds":"` + strconv.Itoa(5+w.rng.IntN(40)) + `"},"Transitions":{"NextAction":"end","Conditions":[{"NextAction":"route","Condition":{"Operator":"Equals","Operands":["WaitCompleted"]}}],"Errors":[{"NextAction":"end","ErrorType":"NoMatchingError"}]}},
			{"Identifier":"route","Type":"RouteContactToAgent","Parameters":{"AgentId":"$.Attributes.agent"},"Transitions":{"NextAction":"move","Errors":[{"NextAction":"move","ErrorType":"NoMatchingError"}]}},
			{"Identifier":"move","Type":"DequeueContactAndTransferToQueue","Parameters":{"QueueId":"$.Attributes.then"},"Transitions":{"NextAction":"end","Errors":[{"NextAction":"end","ErrorType":"QueueAtCapacity"},{"NextAction":"end","ErrorType":"NoMatchingError"}]}},
			{"Identifier":"end","Type":"EndFlowExecution","Parameters":{},"Transitions":{}}]}`,
	}
	for id, content := range flows {
		kind := "CONTACT_FLOW"
		if id == worldQueueFlow {
			kind = "CUSTOMER_QUEUE"
		}
		d.Flows[id] = &directory.Flow{ID: id, Name: string(id), Type: kind, Content: content}
	}
	return d
}

func (w *world) profile(id directory.ProfileID) *directory.RoutingProfile {
	p := &directory.RoutingProfile{ID: id, Name: string(id), ChatConcurrency: 1 + w.rng.IntN(3)}
	for _, q := range worldQueues {
		if w.rng.IntN(3) > 0 {
			p.Queues = append(p.Queues, directory.ProfileQueue{Queue: q, Priority: 1 + w.rng.IntN(2), Delay: time.Duration(max(0, w.rng.IntN(30)-15)) * time.Second})
		}
	}
	return p
}

func (w *world) did(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.happened = append(w.happened, time.Now().Format("15:04:05.000 ")+fmt.Sprintf(format, args...))
}

// note writes down what was done. It may be refused, but not break.
func (w *world) note(err error, format string, args ...any) {
	if err != nil && fault.KindOf(err) == 0 {
		w.t.Errorf("%s: %v", fmt.Sprintf(format, args...), err)
	}
	w.did("%s: %v", fmt.Sprintf(format, args...), err)
}

// round lets some things happen at the same time, then time pass, and then
// everything come to rest.
func (w *world) round() {
	var group sync.WaitGroup
	for range 1 + w.rng.IntN(4) {
		group.Go(w.happens())
	}
	group.Wait()
	switch w.rng.IntN(10) {
	case 0:
		w.did("a crash")
		w.crash()
		time.Sleep(time.Duration(w.rng.IntN(30)) * time.Second)
		w.start()
	case 1, 2, 3, 4:
		by := time.Duration(w.rng.IntN(25000)) * time.Millisecond
		time.Sleep(by)
		w.did("%s have passed", by)
	}
	time.Sleep(50 * time.Millisecond)
	synctest.Wait()
}

// happens returns something that somebody does. Everything random is chosen
// beforehand, so that a seed makes the same things happen.
func (w *world) happens() func() {
	ctx := w.t.Context()
	user := contact.UserID(fmt.Sprintf("u%d", w.rng.IntN(len(w.dir.Users))))
	n, m := w.rng.IntN(12), w.rng.IntN(1000)
	switch {
	case n < 3 && len(w.chats) < 15 || len(w.chats) == 0:
		return w.begins()
	case n == 3:
		chat := w.chats[m%len(w.chats)]
		return func() {
			w.note(w.centre.Leave(ctx, chat.Chat, chat.Customer, ""), "%s leaves", chat.Chat)
		}
	case n == 4:
		chat, data := w.chats[m%len(w.chats)], centre.RoutingData{Priority: new(int64(1 + m%9)), Adjustment: new(time.Duration(m%60) * time.Second)}
		if m%2 == 0 {
			data.Criteria = w.criteria()
		}
		return func() {
			w.note(w.centre.UpdateRoutingData(ctx, seed.DevInstance, chat.Chat, data), "%s is routed otherwise", chat.Chat)
		}
	case n == 5 && m%3 == 0:
		return w.administers(m)
	case n < 8:
		status, later := contact.StatusID([]string{"s0", "s0", "s0", "s1", "s2"}[m%5]), m%3 == 0
		return func() {
			w.note(w.centre.SetStatus(ctx, seed.DevInstance, user, status, later), "%s chooses %s, later: %v", user, w.dir.Statuses[status].Name, later)
		}
	}
	return func() { w.works(ctx, user, n, m) }
}

// begins starts a chat.
func (w *world) begins() func() {
	attributes := map[string]string{
		"queue": string(worldQueues[w.rng.IntN(3)]), "then": string(worldQueues[w.rng.IntN(3)]),
		"agent": fmt.Sprintf("u%d", w.rng.IntN(len(w.dir.Users))),
	}
	if c := w.criteria(); c != nil && len(c.Steps) > 0 {
		attributes["criteria"] = asJSON(c)
	}
	if w.rng.IntN(5) == 0 {
		attributes["queue"] = "arn:aws:connect:us-west-2:000000000000:instance/" + string(seed.DevInstance) + "/queue/agent/" + attributes["agent"]
	}
	s, err := w.centre.StartChat(w.t.Context(), contact.Opening{Instance: seed.DevInstance, Flow: seed.DevFlow, Name: "Ada", Attributes: attributes}, "")
	if err != nil {
		w.t.Fatal(err)
	}
	w.chats = append(w.chats, s)
	return func() {
		w.note(w.centre.Connect(w.t.Context(), s.Chat, s.Customer), "%s comes, with %v", s.Chat, attributes)
	}
}

// criteria returns random criteria, or nil, or some without steps.
func (w *world) criteria() *contact.Criteria {
	if w.rng.IntN(2) == 0 {
		return nil
	}
	c := &contact.Criteria{}
	for range w.rng.IntN(3) {
		cond := &contact.Condition{Attribute: "skill", Value: []string{"boats", "french"}[w.rng.IntN(2)], Least: float64(1 + w.rng.IntN(5))}
		if w.rng.IntN(4) == 0 {
			cond = &contact.Condition{Agents: []contact.UserID{contact.UserID(fmt.Sprintf("u%d", w.rng.IntN(len(w.dir.Users))))}}
		}
		c.Steps = append(c.Steps, contact.Step{Expression: contact.Expression{Condition: cond}, Lasts: time.Duration(w.rng.IntN(30)) * time.Second})
	}
	return c
}

// asJSON writes criteria of plain conditions as flows do.
func asJSON(c *contact.Criteria) string {
	type obj = map[string]any
	var steps []obj
	for _, s := range c.Steps {
		cond := s.Expression.Condition
		asked := obj{"Name": cond.Attribute, "Value": cond.Value, "ProficiencyLevel": strconv.FormatFloat(cond.Least, 'f', -1, 64), "ComparisonOperator": "NumberGreaterOrEqualTo"}
		if len(cond.Agents) > 0 {
			asked = obj{"ComparisonOperator": "Match", "MatchCriteria": obj{"AgentsCriteria": obj{"AgentIds": cond.Agents}}}
		}
		step := obj{"Expression": obj{"AttributeCondition": asked}}
		if s.Lasts > 0 {
			step["Expiry"] = obj{"DurationInSeconds": int(s.Lasts / time.Second)}
		}
		steps = append(steps, step)
	}
	text, err := json.Marshal(obj{"Steps": steps})
	if err != nil {
		panic(err) // it is JSON
	}
	return string(text)
}

// administers changes a profile, of which the centre hears later.
func (w *world) administers(m int) func() {
	next := directory.New()
	next.Instance = w.dir.Instance
	id := directory.ProfileID(fmt.Sprintf("p%d", m%len(w.dir.Profiles)))
	p := w.profile(id)
	next.Profiles[id] = p
	w.dir.Profiles[id] = p
	if err := w.store.PutDirectory(w.t.Context(), next); err != nil {
		w.t.Fatal(err)
	}
	return func() {
		w.note(w.centre.Reload(w.t.Context()), "profile %s changes: %+v", id, *p)
	}
}

// works lets an agent do something with a contact on the desk.
func (w *world) works(ctx context.Context, user contact.UserID, n, m int) {
	a, err := w.centre.Agent(ctx, seed.DevInstance, user)
	if err != nil || len(a.Work) == 0 {
		return
	}
	work := a.Work[m%len(a.Work)]
	switch {
	case n < 10 && work.State == contact.Ringing:
		w.note(w.centre.Accept(ctx, seed.DevInstance, user, work.Contact), "%s accepts %s", user, work.Chat)
	case work.State == contact.Ringing:
		w.note(w.centre.Reject(ctx, seed.DevInstance, user, work.Contact), "%s rejects %s", user, work.Chat)
	case work.State == contact.Talking:
		w.note(w.centre.Leave(ctx, work.Chat, work.Participant, ""), "%s leaves %s", user, work.Chat)
	default:
		w.note(w.centre.Clear(ctx, seed.DevInstance, user, work.Contact), "%s clears %s", user, work.Chat)
	}
}

// check checks what must hold when everything is at rest.
func (w *world) check() {
	ctx := w.t.Context()
	waiting, err := w.store.Waiting(ctx, seed.DevInstance)
	if err != nil {
		w.t.Fatal(err)
	}
	var agents []*contact.Agent
	rings, talks := map[contact.ID]int{}, map[contact.ID]int{}
	for id := range w.dir.Users {
		a, err := w.centre.Agent(ctx, seed.DevInstance, id)
		if err != nil {
			w.t.Fatal(err)
		}
		agents = append(agents, a)
		for _, work := range a.Work {
			switch work.State {
			case contact.Ringing:
				rings[work.Chat]++
			case contact.Talking:
				talks[work.Chat]++
			}
			w.checkWork(ctx, a, work)
		}
	}
	waits := map[contact.ID]bool{}
	for _, x := range waiting {
		waits[x.Chat] = true
	}
	for _, s := range w.chats {
		chat, err := w.store.Chat(ctx, s.Chat)
		if err != nil {
			w.t.Fatal(err)
		}
		if ringing := chat.Phase == contact.Offered; rings[s.Chat] > 1 || ringing != (rings[s.Chat] == 1) || waits[s.Chat] != (chat.Phase == contact.Queued) {
			w.t.Errorf("%s is %s, waits: %v, and rings at %d agents", s.Chat, chat.Phase, waits[s.Chat], rings[s.Chat])
		}
		if talking := chat.Phase == contact.Connected; talking != (talks[s.Chat] == 1) {
			w.t.Errorf("%s is %s and talks with %d agents", s.Chat, chat.Phase, talks[s.Chat])
		}
		for _, a := range agents {
			if chat.Phase == contact.Queued && w.mayHave(a, chat) {
				w.t.Errorf("%s waits in %s although %s is free", s.Chat, chat.Current().Queue, a.User)
				why, err := w.centre.Why(ctx, seed.DevInstance, s.Chat)
				w.did("why: %+v %v", why, err)
			}
		}
	}
}

// checkWork checks that a slot is taken by something.
func (w *world) checkWork(ctx context.Context, a *contact.Agent, work contact.Work) {
	chat, err := w.store.Chat(ctx, work.Chat)
	if err != nil {
		w.t.Fatal(err)
	}
	p := chat.Participant(work.Participant)
	want := map[contact.WorkState]contact.Presence{contact.Ringing: contact.Invited, contact.Talking: contact.Present, contact.AfterWork: contact.After}[work.State]
	switch {
	case want == "" && p != nil:
		w.t.Errorf("%s has %s work on %s and is in it: %+v", a.User, work.State, work.Chat, p)
	case want != "" && (p == nil || p.Presence != want || p.User != a.User):
		w.t.Errorf("%s has %s work on %s and is %+v in it", a.User, work.State, work.Chat, p)
	case work.Live() && chat.Over():
		w.t.Errorf("%s has %s work on %s, which has ended", a.User, work.State, work.Chat)
	}
}

// mayHave says, in its own words, whether an agent could be given a chat.
func (w *world) mayHave(a *contact.Agent, chat *contact.Chat) bool {
	u, s := w.dir.Users[a.User], chat.Current()
	p := w.dir.Profiles[u.Profile]
	if a.Status.Type != contact.Routable || a.Next != nil || len(a.Work) >= p.ChatConcurrency {
		return false
	}
	for _, work := range a.Work {
		if work.Chat == chat.ID {
			return false
		}
	}
	if s.Queue == contact.QueueID("agent/"+string(a.User)) {
		return true
	}
	i := slices.IndexFunc(p.Queues, func(q directory.ProfileQueue) bool { return q.Queue == s.Queue })
	if i < 0 || time.Since(s.Enqueued) < p.Queues[i].Delay {
		return false
	}
	c := chat.Details.Criteria
	if c == nil {
		return true
	}
	until := c.Activated
	for _, step := range c.Steps {
		until = until.Add(step.Lasts)
		if step.Lasts > 0 && !time.Now().Before(until) {
			continue
		}
		cond := step.Expression.Condition
		return slices.Contains(cond.Agents, a.User) || slices.ContainsFunc(u.Proficiencies, func(p directory.Proficiency) bool {
			return len(cond.Agents) == 0 && p.Value == cond.Value && p.Level >= cond.Least
		})
	}
	return true
}

// ends lets everybody go home, and looks whether anything is left.
func (w *world) ends() {
	ctx := w.t.Context()
	for _, s := range w.chats {
		chat, err := w.store.Chat(ctx, s.Chat)
		if err != nil {
			w.t.Fatal(err)
		}
		if slices.ContainsFunc(chat.Contacts, func(s contact.Segment) bool { return !s.AgentConnected.IsZero() }) {
			w.served++
		}
		w.note(w.centre.StopContact(ctx, seed.DevInstance, s.Chat, contact.ByAPI), "%s is stopped", s.Chat)
	}
	for id := range w.dir.Users {
		a, err := w.centre.Agent(ctx, seed.DevInstance, id)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, work := range a.Work {
			w.note(w.centre.Clear(ctx, seed.DevInstance, id, work.Contact), "%s clears %s", id, work.Chat)
		}
		if a, err = w.centre.Agent(ctx, seed.DevInstance, id); err != nil || len(a.Work) > 0 || a.Next != nil {
			w.t.Errorf("%s has a slot taken by nothing: %+v %v", id, a, err)
		}
	}
	waiting, err := w.store.Waiting(ctx, seed.DevInstance)
	if err != nil || len(waiting) > 0 {
		w.t.Errorf("there are still waiting %v (%v)", waiting, err)
	}
}
