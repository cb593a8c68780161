package server_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/outbox"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

// TestRandomTeamDays lets customers, agents and supervisors do what they like at
// the same time, above all hand chats on, ask colleagues and listen, and checks
// after each round what must always hold. BELLPULL_SEED repeats a day.
func TestRandomTeamDays(t *testing.T) {
	seeds := []uint64{rand.Uint64(), rand.Uint64()}
	if text := os.Getenv("BELLPULL_SEED"); text != "" {
		s, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		seeds = []uint64{s}
	}
	for _, s := range seeds {
		for _, hooked := range []bool{false, true} {
			t.Run(fmt.Sprintf("BELLPULL_SEED=%d,disconnect flow=%v", s, hooked), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { teamDay(t, s, hooked) })
			})
		}
	}
}

// teamDay is a random day of a team.
func teamDay(t *testing.T, seedOf uint64, hooked bool) {
	d := &day{t: t, dir: crowd(hooked), rng: rand.New(rand.NewPCG(seedOf, 0)), told: new(listener)}
	d.srv = servertest.Open(t, servertest.Options{Directory: d.dir, Sinks: []outbox.Sink{d.told}})
	for _, name := range []string{"ana", "ben", "eva", "boss0", "boss1"} {
		a := d.srv.Desk(name)
		a.SetState("Available")
		d.agents = append(d.agents, a)
	}
	for range 60 {
		d.round()
		time.Sleep(50 * time.Millisecond)
		synctest.Wait()
		d.check()
		if t.Failed() {
			t.Fatalf("what was done last: %q", d.done[max(0, len(d.done)-25):])
		}
	}
	for _, c := range d.chats {
		if c.Connection == "" {
			c.Connect()
		}
		c.Do("disconnect", struct{}{})
	}
	for _, a := range d.agents {
		d.note("the day ends for "+a.Username, a.TryState("Offline", false))
	}
	time.Sleep(time.Second)
	synctest.Wait()
	d.check()
	for _, c := range d.chats {
		checkRecords(t, d.told, chatOf(t, d.srv, c))
	}
	same(t, "agents told of", checkSteps(t, d.told), len(d.agents))
	if t.Failed() {
		t.Fatalf("what was done last: %q", d.done[max(0, len(d.done)-25):])
	}
}

// checkRecords holds what was told of contacts against how their chat ended:
// each has one beginning, one end, and one record.
func checkRecords(t *testing.T, l *listener, chat *contact.Chat) {
	t.Helper()
	counts := map[contact.ID]map[string]int{}
	count := func(id, what string) {
		if counts[contact.ID(id)] == nil {
			counts[contact.ID(id)] = map[string]int{}
		}
		counts[contact.ID(id)][what]++
	}
	for _, e := range told[contactEvent](t, l, contact.ContactEvent) {
		count(e.Detail.ContactID, e.Detail.EventType)
	}
	for _, r := range told[contactRecord](t, l, contact.ContactRecord) {
		count(r.ContactID, "record")
	}
	for _, s := range chat.Contacts {
		for _, once := range []string{"INITIATED", "DISCONNECTED", "COMPLETED", "record"} {
			if n := counts[s.ID][once]; n != 1 {
				t.Errorf("contact %+v: %d times %s", s, n, once)
			}
		}
	}
}

// crowd is the team with a third agent, whose chats are accepted by themselves,
// two supervisors, and perhaps a disconnect flow that queues customers again.
func crowd(hooked bool) *directory.Directory {
	d := team()
	bosses := supervised(2)
	for _, name := range []string{"boss0", "boss1"} {
		u := bosses.UserByName(name)
		d.Users[u.ID] = u
	}
	eva := *d.UserByName("ana")
	eva.ID, eva.Username, eva.FirstName, eva.PasswordHash = "b3110000-0000-4000-8000-00000000e003", "eva", "Eva", passwordHash("eva")
	eva.Supervisor, eva.AutoAccept, eva.AfterWorkLimit = false, true, 15*time.Second
	d.Users[eva.ID] = &eva
	for _, p := range d.Profiles {
		p.ChatConcurrency = 2
	}
	if hooked {
		d.Flows[disconnectFlowID] = &directory.Flow{ID: disconnectFlowID, Name: "Left", Type: "CONTACT_FLOW", Content: flowOf(into(seed.DevQueue)...)}
		d.Flows[d.Instance.DefaultFlow].Content = flowOf(append([]string{hook("h", "CustomerRemaining", disconnectFlowID, "set")}, into(seed.DevQueue)...)...)
	}
	return d
}

type day struct {
	t      *testing.T
	dir    *directory.Directory
	srv    *servertest.Server
	told   *listener
	rng    *rand.Rand
	agents []*servertest.Agent
	chats  []*servertest.Customer

	mu   sync.Mutex // guards done
	done []string
}

// round lets some do one thing each, at the same time, and then perhaps time pass.
func (d *day) round() {
	var doing []func()
	if len(d.chats) < 12 && d.rng.IntN(3) == 0 {
		c := d.srv.NewChat(fmt.Sprintf("C%d", len(d.chats)+1))
		d.chats = append(d.chats, c)
		doing = append(doing, func() { c.Connect() })
	}
	for _, c := range d.chats {
		if c.Connection != "" && d.rng.IntN(60) == 0 {
			doing = append(doing, func() { d.note(c.Name+" leaves", c.Do("disconnect", struct{}{})) })
		}
	}
	for _, a := range d.agents {
		doing = append(doing, d.agentDoes(a), d.agentDoes(a)) // at two desks
	}
	var group sync.WaitGroup
	for _, do := range doing {
		group.Go(do)
	}
	group.Wait()
	switch d.rng.IntN(10) {
	case 0:
		d.did("21 seconds pass")
		time.Sleep(21 * time.Second)
	case 1, 2:
		time.Sleep(time.Duration(d.rng.IntN(9000)) * time.Millisecond)
	case 3:
		d.did("the server restarts")
		d.srv.Stop()
		d.srv.Start()
	}
}

// agentDoes returns one thing that an agent does, sensible or not.
func (d *day) agentDoes(a *servertest.Agent) func() {
	n, m, k := d.rng.IntN(16), d.rng.IntN(1000), d.rng.IntN(1000)
	connects := []directory.QuickConnectID{toBen, toAna, toSales, slowlyToBen, toNowhere}
	states := []string{"Available", "Available", "Available", "Break", "Offline"}
	return func() {
		work := a.Snapshot().Contacts
		if n == 0 {
			d.note(a.Username+" chooses "+states[m%5], a.TryState(states[m%5], k%2 == 0))
			return
		}
		if n == 1 && len(d.chats) > 0 {
			c := d.chats[m%len(d.chats)]
			d.note(a.Username+" listens to "+c.Name, monitor(d.srv, d.dir, c, a.Username, ""))
			return
		}
		if len(work) == 0 {
			return
		}
		w := work[m%len(work)]
		in := map[string]any{"contactId": w.ContactID}
		operation := []string{
			"AcceptContact", "AcceptContact", "AcceptContact", "RejectContact", "ClearContact", "ClearContact", "DestroyConnection",
			"TransferContact", "TransferContact", "AddNewConnection", "AddNewConnection", "AddNewConnection",
			"UpdateMonitorParticipantState", "UpdateMonitorParticipantState",
		}[n-2]
		switch operation {
		case "DestroyConnection":
			in["connectionId"] = w.Connections[k%len(w.Connections)].ConnectionID
		case "TransferContact", "AddNewConnection":
			in["endpoint"] = map[string]string{"endpointARN": d.dir.Instance.ARN("transfer-destination", string(connects[k%len(connects)]))}
		case "UpdateMonitorParticipantState":
			in["targetMonitorMode"] = []string{"BARGE", "SILENT_MONITOR"}[k%2]
		}
		d.note(fmt.Sprintf("%s: %s %v of %s", a.Username, operation, in, w.State.Type), a.Do(operation, in))
	}
}

func (d *day) did(what string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.done = append(d.done, what)
}

// note writes down what was done. It may be refused, but must not break anything.
func (d *day) note(what string, a servertest.Answer) {
	d.did(fmt.Sprintf("%s: %d", what, a.Status))
	if a.Status >= 500 {
		d.t.Errorf("%s: answer %d %s", what, a.Status, a.Body)
	}
}

// check checks what must hold whenever nothing is under way.
func (d *day) check() {
	rings := map[contact.ID]int{}
	work := map[contact.ParticipantID]*contact.Work{}
	for _, u := range d.dir.Users {
		a, err := d.srv.Centre().Agent(d.t.Context(), seed.DevInstance, u.ID)
		if err != nil {
			d.t.Fatal(err)
		}
		if a.Used() > 2 {
			d.t.Errorf("%s has %d chats, which is more than two", u.Username, a.Used())
		}
		if a.Next != nil && len(a.Work) == 0 {
			d.t.Errorf("%s has nothing to do and still waits for another status", u.Username)
		}
		for i := range a.Work {
			w := &a.Work[i]
			work[w.Participant] = w
			if w.State == contact.Ringing {
				rings[w.Chat]++
			}
		}
	}
	for _, c := range d.chats {
		d.checkChat(c.Name, chatOf(d.t, d.srv, c), rings, work)
	}
}

// presenceOf is how agents take part in the chats of their work.
var presenceOf = map[contact.WorkState]contact.Presence{
	contact.Ringing: contact.Invited, contact.Talking: contact.Present, contact.AfterWork: contact.After, contact.FailedWork: contact.After,
}

func (d *day) checkChat(name string, chat *contact.Chat, rings map[contact.ID]int, work map[contact.ParticipantID]*contact.Work) {
	offered := chat.Phase == contact.Offered || chat.Transfer != nil && chat.Transfer.Phase == contact.Offered
	if rings[chat.ID] > 1 || (rings[chat.ID] == 1) != offered {
		d.t.Errorf("%s is %s (%+v) and rings at %d agents", name, chat.Phase, chat.Transfer, rings[chat.ID])
	}
	staffed, parties := 0, 0
	onContact := map[contact.ID]bool{}
	for i := range chat.Participants {
		p := &chat.Participants[i]
		if p.Takes() || p.Presence == contact.Invited {
			parties++
		}
		if p.User == "" {
			continue
		}
		w := work[p.ID]
		switch {
		case p.Presence != contact.Gone && w == nil:
			d.t.Errorf("%s has %s %s (%s), who has no such work", name, p.Role, p.Name, p.Presence)
		case w != nil && presenceOf[w.State] != p.Presence:
			d.t.Errorf("%s is %s in %s, as work %s", p.Name, p.Presence, name, w.State)
		}
		if p.Takes() {
			staffed++
			onContact[p.Contact] = true
		}
	}
	if parties > contact.MaxParticipants {
		d.t.Errorf("%s has %d participants", name, parties)
	}
	if chat.Length() > contact.MaxContacts {
		d.t.Errorf("%s has %d contacts", name, chat.Length())
	}
	switch {
	case chat.Phase == contact.Connected && staffed == 0:
		d.t.Errorf("%s is connected to nobody", name)
	case chat.Phase != contact.Connected && staffed > 0:
		d.t.Errorf("%s is %s with %d of the house", name, chat.Phase, staffed)
	case chat.Phase != contact.Connected && chat.Transfer != nil && chat.Phase != contact.InFlow:
		d.t.Errorf("%s is %s during a transfer", name, chat.Phase)
	}
	waits := chat.Queueing()
	for i := range chat.Contacts {
		s := &chat.Contacts[i]
		if !s.Open() || s.Method == contact.FromMonitor || onContact[s.ID] || chat.Queued() && s == waits {
			continue
		}
		if chat.Phase == contact.Connected || chat.Phase == contact.Queued || chat.Phase == contact.Offered || chat.Over() {
			d.t.Errorf("%s is %s, and contact %+v is open with nobody on it", name, chat.Phase, s)
		}
	}
	if chat.Queued() && (!waits.Open() || waits.Enqueued.IsZero() || !waits.Dequeued.IsZero()) {
		d.t.Errorf("%s waits as contact %+v", name, waits)
	}
	if chat.Phase == contact.InFlow && !chat.Flow.Running() {
		d.t.Errorf("%s is in a flow that does not run", name)
	}
	if slices.ContainsFunc(chat.Contacts, func(s contact.Segment) bool { return !s.AgentConnected.IsZero() && s.Agent == "" }) {
		d.t.Errorf("%s has contacts %+v", name, chat.Contacts)
	}
}
