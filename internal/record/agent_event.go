package record

import (
	"reflect"
	"slices"

	"github.com/bellpull/bellpull/internal/contact"
)

// The types of agent event.
const (
	login       = "LOGIN"
	logout      = "LOGOUT"
	stateChange = "STATE_CHANGE"
	heartBeat   = "HEART_BEAT"
)

// agentEvents returns the types of what happened to an agent. There is no
// signing in apart from a status here: an agent comes by leaving Offline.
func (m *Moment) agentEvents(was, next *contact.Agent) []string {
	if was.Status == next.Status && reflect.DeepEqual(was.Next, next.Next) && slices.Equal(was.Work, next.Work) {
		return nil
	}
	off, offNext := was.Status.Type == contact.Offline, next.Status.Type == contact.Offline
	switch {
	case off && !offNext:
		return []string{login, stateChange}
	case !off && offNext:
		return []string{stateChange, logout}
	}
	return []string{stateChange}
}

// HeartBeat returns the event that an agent of whom there is nothing new is
// there still.
func (m *Moment) HeartBeat(a *contact.Agent) contact.Outgoing {
	return m.agentEvent(heartBeat, a, a)
}

type agentEvent struct {
	Version               string
	EventID               string `json:"EventId"`
	EventType             string
	EventTimestamp        *string
	AWSAccountID          string `json:"AWSAccountId"`
	InstanceARN           string
	AgentARN              string
	CurrentAgentSnapshot  *agentSnapshot
	PreviousAgentSnapshot *agentSnapshot
}

type agentSnapshot struct {
	AgentStatus     agentStatus
	NextAgentStatus *nextStatus
	Configuration   agentConfiguration
	Contacts        []agentContact
}

type agentStatus struct {
	ARN            string
	Name           *string
	Type           contact.StatusType
	StartTimestamp *string
}

type nextStatus struct {
	ARN               string
	Name              *string
	Type              contact.StatusType
	EnqueuedTimestamp *string
}

type agentConfiguration struct {
	Username             string
	FirstName            *string
	LastName             *string
	AgentHierarchyGroups *struct{} // there are none
	RoutingProfile       *routingProfile
}

type routingProfile struct {
	named
	DefaultOutboundQueue *channelQueue
	InboundQueues        []channelQueue
	Concurrency          []concurrency
}

type channelQueue struct {
	named
	Channels []string
}

type concurrency struct {
	Channel        string
	AvailableSlots int
	MaximumSlots   int
}

type agentContact struct {
	ContactID                 string  `json:"ContactId"`
	InitialContactID          *string `json:"InitialContactId"`
	Channel                   string
	InitiationMethod          *string
	State                     string
	StateStartTimestamp       *string
	QueueTimestamp            *string
	ConnectedToAgentTimestamp *string
	Queue                     *named
}

var workStates = map[contact.WorkState]string{
	contact.Ringing: "CONNECTING", contact.Talking: "CONNECTED", contact.AfterWork: "ENDED",
	contact.MissedWork: "MISSED", contact.Rejected: "REJECTED", contact.FailedWork: "ERROR",
}

func (m *Moment) agentEvent(event string, was, next *contact.Agent) contact.Outgoing {
	in := &m.Directory.Instance
	o := m.outgoing(contact.AgentEvent, string(next.User))
	e := agentEvent{
		Version: "2017-10-01", EventID: o.ID, EventType: event, EventTimestamp: stamp(m.Now),
		AWSAccountID: in.AccountID, InstanceARN: in.ARN(), AgentARN: agentARN(m.Directory, next.User),
		CurrentAgentSnapshot: m.snapshot(next, m.Change.Next),
	}
	if event != login {
		e.PreviousAgentSnapshot = m.snapshot(was, m.Change.Was)
	}
	o.Body = encode(e)
	return o
}

// snapshot shows an agent. The chat of the change is as given; nil where the
// change leaves it as it was.
func (m *Moment) snapshot(a *contact.Agent, chat *contact.Chat) *agentSnapshot {
	s := &agentSnapshot{
		AgentStatus:   agentStatus{m.statusARN(a.Status), m.statusName(a.Status), a.Status.Type, stamp(a.Status.Since)},
		Configuration: m.configuration(a),
		Contacts:      make([]agentContact, len(a.Work)),
	}
	if n := a.Next; n != nil {
		s.NextAgentStatus = &nextStatus{m.statusARN(*n), m.statusName(*n), n.Type, stamp(n.Since)}
	}
	for i := range a.Work {
		w := &a.Work[i]
		of := chat
		if of == nil {
			of = m.Change.Was
		}
		if of == nil || of.ID != w.Chat {
			of = m.Chat(w.Chat)
		}
		s.Contacts[i] = m.agentContact(w, of)
	}
	return s
}

func (m *Moment) statusARN(s contact.Status) string {
	return m.Directory.Instance.ARN("agent-state", string(s.ID))
}

func (m *Moment) statusName(s contact.Status) *string {
	if kept := m.Directory.Statuses[s.ID]; kept != nil {
		return &kept.Name
	}
	return nil
}

func (m *Moment) agentContact(w *contact.Work, chat *contact.Chat) agentContact {
	c := agentContact{
		ContactID: string(w.Contact), Channel: channel, State: workStates[w.State], StateStartTimestamp: stamp(w.Since),
		ConnectedToAgentTimestamp: stamp(w.Answered), Queue: queue(m.Directory, w.Queue),
	}
	if chat == nil {
		return c
	}
	if s := chat.Segment(w.Contact); s != nil {
		c.InitialContactID, c.InitiationMethod, c.QueueTimestamp = initial(chat, s), text(s.Method), stamp(s.Enqueued)
	}
	return c
}

func (m *Moment) configuration(a *contact.Agent) agentConfiguration {
	d, u := m.Directory, user(m.Directory, a.User)
	c := agentConfiguration{Username: u.Username, FirstName: text(u.FirstName), LastName: text(u.LastName)}
	n, p := profile(d, &u), d.Profiles[u.Profile]
	if p == nil {
		return c
	}
	c.RoutingProfile = &routingProfile{
		named:       *n,
		Concurrency: []concurrency{{channel, max(0, p.ChatConcurrency-a.Used()), p.ChatConcurrency}},
	}
	if out := queue(d, p.Outbound); out != nil {
		c.RoutingProfile.DefaultOutboundQueue = &channelQueue{*out, []string{"VOICE"}}
	}
	for _, q := range p.Queues {
		c.RoutingProfile.InboundQueues = append(c.RoutingProfile.InboundQueues, channelQueue{*queue(d, q.Queue), []string{channel}})
	}
	own := queue(d, contact.AgentQueue(a.User))
	c.RoutingProfile.InboundQueues = append(c.RoutingProfile.InboundQueues, channelQueue{*own, []string{channel}})
	for _, o := range p.Others {
		c.RoutingProfile.Concurrency = append(c.RoutingProfile.Concurrency, concurrency{o.Channel, o.Slots, o.Slots})
	}
	return c
}
