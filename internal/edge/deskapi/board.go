package deskapi

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/bellpull/bellpull/internal/centre"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/metrics"
)

// board is an instance at a glance.
type board struct {
	At      *float64       `json:"at"`
	Queues  []boardQueue   `json:"queues"`
	Agents  []boardAgent   `json:"agents"`
	Waiting []boardWaiting `json:"waiting"`
}

// boardQueue counts agents by who serves the queue, whatever they do elsewhere,
// and contacts by the queue.
type boardQueue struct {
	ID             contact.QueueID `json:"id"`
	Name           string          `json:"name"`
	Waiting        int             `json:"waiting"`
	Oldest         *float64        `json:"oldest"`    // seconds
	Available      int             `json:"available"` // agents without a contact
	Staffed        int             `json:"staffed"`
	InContact      int             `json:"inContact"`
	Contacts       int             `json:"contacts"`       // connected or in after-contact work
	SlotsAvailable int             `json:"slotsAvailable"` // of those agents
	HandledToday   int             `json:"handledToday"`
	AbandonedToday int             `json:"abandonedToday"`
	ServiceLevel   *float64        `json:"serviceLevel"`
	Target         float64         `json:"target"` // seconds
}

type boardAgent struct {
	Username  string         `json:"username"`
	Name      string         `json:"name"`
	State     string         `json:"state"`
	StateType string         `json:"stateType"`
	NextState string         `json:"nextState,omitempty"`
	Since     *float64       `json:"since"`
	Capacity  int            `json:"capacity"`
	Contacts  []boardContact `json:"contacts"`
}

type boardContact struct {
	ContactID contact.ID `json:"contactId"`
	Customer  string     `json:"customer"`
	Queue     string     `json:"queue"`
	State     string     `json:"state"`
	Since     *float64   `json:"since"` // in the state
}

type boardWaiting struct {
	ContactID contact.ID      `json:"contactId"`
	QueueID   contact.QueueID `json:"queueId"`
	Queue     string          `json:"queue"`
	Customer  string          `json:"customer"`
	Since     *float64        `json:"since"`
	Position  int             `json:"position"`
	Rings     bool            `json:"rings"` // at an agent
}

// boards are the last boards that were drawn: many look at the same one.
type boards struct {
	mu sync.Mutex // guards of
	of map[contact.InstanceID]drawnBoard
}

type drawnBoard struct {
	from *centre.Board
	*board
}

// getBoard answers supervisors with all of it, and agents with the queues that
// they serve and who waits there.
func (a *API) getBoard(ctx context.Context, who caller, _ []byte) (any, error) {
	from, err := a.Centre.Board(ctx, who.dir)
	if err != nil {
		return nil, err
	}
	b := a.boards.drawn(a, from)
	if who.user.Supervisor {
		return b, nil
	}
	served := func(id contact.QueueID) bool { return who.dir.Serves(who.user, id) }
	own := board{At: b.At, Queues: []boardQueue{}, Agents: []boardAgent{}, Waiting: []boardWaiting{}}
	for _, q := range b.Queues {
		if served(q.ID) {
			own.Queues = append(own.Queues, q)
		}
	}
	for _, w := range b.Waiting {
		if served(w.QueueID) {
			own.Waiting = append(own.Waiting, w)
		}
	}
	return own, nil
}

func (bs *boards) drawn(a *API, from *centre.Board) *board {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	id := from.Directory.Instance.ID
	if last := bs.of[id]; last.from == from {
		return last.board
	}
	if bs.of == nil {
		bs.of = map[contact.InstanceID]drawnBoard{}
	}
	b := a.drawBoard(from)
	bs.of[id] = drawnBoard{from, b}
	return b
}

func (a *API) drawBoard(from *centre.Board) *board {
	b := &board{At: epoch(from.Now), Queues: []boardQueue{}, Agents: []boardAgent{}, Waiting: []boardWaiting{}}
	dir := from.Directory
	ids := map[contact.QueueID]bool{} // agents' own only where somebody waits
	for id, q := range dir.Queues {
		ids[id] = !q.Disabled
	}
	position := 0
	for i, line := 0, from.InLine(); i < len(line); i++ {
		w := &line[i]
		ids[w.Queue] = true
		if position++; i > 0 && line[i-1].Queue != w.Queue {
			position = 1
		}
		waiting := boardWaiting{ContactID: w.Segment, QueueID: w.Queue, Queue: queueLabel(dir, w.Queue), Since: epoch(w.Since), Position: position}
		if chat := from.Chats[w.ID]; chat != nil {
			waiting.Customer, waiting.Rings = chat.Customer().Name, !chat.Waiting()
		}
		b.Waiting = append(b.Waiting, waiting)
	}
	slices.SortStableFunc(b.Waiting, func(x, y boardWaiting) int { return cmp.Compare(*x.Since, *y.Since) })
	for id, shown := range ids {
		if shown {
			b.Queues = append(b.Queues, boardQueueOf(from, id))
		}
	}
	slices.SortFunc(b.Queues, func(x, y boardQueue) int { return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.ID, y.ID)) })
	b.Agents = a.boardAgents(from)
	return b
}

func boardQueueOf(from *centre.Board, id contact.QueueID) boardQueue {
	f := from.Count(&metrics.Scope{Queues: []contact.QueueID{id}})
	q := boardQueue{
		ID: id, Name: queueLabel(from.Directory, id), Waiting: f.InQueue, Available: f.Available, Staffed: f.Staffed, InContact: f.OnContact,
		Contacts: f.SlotsActive, SlotsAvailable: f.SlotsAvailable, Target: centre.ServiceTarget.Seconds(),
	}
	if f.InQueue > 0 {
		q.Oldest = new(f.Oldest.Seconds())
	}
	today := from.Today[id]
	q.HandledToday, q.AbandonedToday = today.Handled, today.Abandoned
	if today.OK {
		q.ServiceLevel = &today.Level
	}
	return q
}

// boardAgents are all users; those who never signed in are offline.
func (a *API) boardAgents(from *centre.Board) []boardAgent {
	dir := from.Directory
	offline := boardAgent{StateType: stateTypes[contact.Offline]}
	for _, s := range dir.Statuses {
		if s.Type == contact.Offline {
			offline.State = s.Name
		}
	}
	known := make(map[contact.UserID]*contact.Agent, len(from.Snapshot.Agents))
	for _, agent := range from.Snapshot.Agents {
		known[agent.User] = agent
	}
	all := make([]boardAgent, 0, len(dir.Users))
	for _, u := range dir.Users {
		row := offline
		if agent := known[u.ID]; agent != nil {
			state := stateOf(dir, agent.Status)
			row.State, row.StateType, row.Since = state.Name, state.Type, state.StartTimestamp
			if agent.Next != nil {
				row.NextState = stateOf(dir, *agent.Next).Name
			}
			row.Contacts = a.boardContacts(from, agent)
		}
		row.Username, row.Name = u.Username, nameOf(u)
		if p := dir.Profiles[u.Profile]; p != nil {
			row.Capacity = p.ChatConcurrency
		}
		if row.Contacts == nil {
			row.Contacts = []boardContact{}
		}
		all = append(all, row)
	}
	slices.SortFunc(all, func(x, y boardAgent) int { return cmp.Compare(x.Username, y.Username) })
	return all
}

// boardContacts is the work of an agent, but for what is listened to.
func (a *API) boardContacts(from *centre.Board, agent *contact.Agent) (all []boardContact) {
	for i := range agent.Work {
		w := &agent.Work[i]
		if w.Monitor != "" {
			continue
		}
		row := boardContact{ContactID: w.Contact, Queue: queueLabel(from.Directory, w.Queue), State: a.stateName(w.State), Since: epoch(w.Since)}
		if chat := from.Chats[w.Chat]; chat != nil {
			row.Customer = chat.Customer().Name
		}
		all = append(all, row)
	}
	return all
}

// nameOf is the whole name of a user.
func nameOf(u *directory.User) string {
	return cmp.Or(strings.TrimSpace(u.FirstName+" "+u.LastName), u.Username)
}

// trendBucket is a part of a trend; waits are in seconds, null where nobody was
// handled.
type trendBucket struct {
	Start     *float64 `json:"start"`
	Arrived   int      `json:"arrived"`
	Handled   int      `json:"handled"`
	Abandoned int      `json:"abandoned"`
	WaitP50   *float64 `json:"waitP50"`
	WaitP95   *float64 `json:"waitP95"`
}

// defaultTrend is how many minutes a trend tells of unless it is said.
const defaultTrend = 60

func (a *API) getTrend(ctx context.Context, who caller, body []byte) (any, error) {
	var in struct {
		Minutes int `json:"minutes"`
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	t, err := a.Centre.Trend(ctx, who.dir, cmp.Or(in.Minutes, defaultTrend))
	if err != nil {
		return nil, err
	}
	out := struct {
		Buckets []trendBucket `json:"buckets"`
		Seconds int           `json:"seconds"`
	}{make([]trendBucket, len(t.Buckets)), int(t.Bucket / time.Second)}
	for i := range t.Buckets {
		b := &t.Buckets[i]
		out.Buckets[i] = trendBucket{epoch(b.Start), b.Arrived, b.Handled, b.Abandoned, waitOf(b, 0.5), waitOf(b, 0.95)}
	}
	return out, nil
}

func waitOf(b *metrics.Bucket, share float64) *float64 {
	if wait, ok := b.Wait(share); ok {
		return new(wait.Seconds())
	}
	return nil
}
