package deskapi

import (
	"cmp"
	"context"
	"encoding/json"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/record"
	"github.com/bellpull/bellpull/internal/token"
)

type snapshot struct {
	State                  agentState   `json:"state"`
	NextState              *agentState  `json:"nextState"`
	AgentAvailabilityState availability `json:"agentAvailabilityState"`
	SnapshotTimestamp      *float64     `json:"snapshotTimestamp,omitempty"`
	Contacts               []deskWork   `json:"contacts"`
}

type availability struct {
	State     string   `json:"state"`
	TimeStamp *float64 `json:"timeStamp"`
}

type workState struct {
	Type      string   `json:"type"`
	Timestamp *float64 `json:"timestamp"`
}

type namedValue struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// refersTo is something that a contact refers to.
type refersTo struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

// text is s, or nil when it is empty.
func text[S ~string](s S) *string {
	if s == "" {
		return nil
	}
	return new(string(s))
}

// deskWork is a contact on the desk. Members that are always null belong to
// other channels; pages expect them to be there.
type deskWork struct {
	ContactID                  string                `json:"contactId"`
	InitialContactID           *string               `json:"initialContactId"`
	RelatedContactID           *string               `json:"relatedContactId"`
	ContactAssociationID       string                `json:"contactAssociationId"`
	Type                       string                `json:"type"`
	InitiationMethod           string                `json:"initiationMethod"`
	State                      workState             `json:"state"`
	Queue                      queue                 `json:"queue"`
	QueueTimestamp             *float64              `json:"queueTimestamp"`
	Attributes                 map[string]namedValue `json:"attributes"`
	SegmentAttributes          any                   `json:"segmentAttributes"`
	ContactFeatures            features              `json:"contactFeatures"`
	AgentContactHandlingConfig map[string]bool       `json:"agentContactHandlingConfig"`
	ContactDuration            string                `json:"contactDuration"`
	Name                       *string               `json:"name"`
	Description                *string               `json:"description"`
	References                 map[string]refersTo   `json:"references"`
	ChannelContext             *string               `json:"channelContext"`
	CustomerEndpoint           *string               `json:"customerEndpoint"`
	ConnectSystemEndpoint      *string               `json:"connectSystemEndpoint"`
	LanguageCode               string                `json:"languageCode"`
	Connections                []connection          `json:"connections"`
	Own                        ownFacts              `json:"bellpull"`
}

// ownFacts are what our desk shows of a contact besides. Other pages do not look
// at them.
type ownFacts struct {
	Customer   string `json:"customer"` // by what name the customer goes
	CustomerID string `json:"customerId,omitempty"`
	// Since when the chat is there, the customer connected, the contact queued, and
	// the agent connected.
	StartedSince   *float64 `json:"startedSince"`
	ConnectedSince *float64 `json:"connectedSince"`
	WaitedSince    *float64 `json:"waitedSince"`
	AnsweredSince  *float64 `json:"answeredSince"`
	RingsUntil     *float64 `json:"ringsUntil,omitempty"` // of offers
	Opening        string   `json:"opening,omitempty"`    // what the customer said first, of offers
	// Monitoring is of contacts that a supervisor listens to.
	Monitoring *monitoring `json:"monitoring,omitempty"`
}

// monitoring says whom a supervisor listens to, and how.
type monitoring struct {
	Mode     contact.Monitor `json:"mode"`
	MayBarge bool            `json:"mayBarge"`
	Agents   []string        `json:"agents"` // usernames
}

func (a *API) ownFacts(ctx context.Context, who caller, w *contact.Work, chat *contact.Chat, segment *contact.Segment) (ownFacts, error) {
	customer := chat.Customer()
	out := ownFacts{
		Customer: customer.Name, CustomerID: chat.CustomerID, StartedSince: epoch(chat.Started), ConnectedSince: epoch(customer.Joined),
		WaitedSince: epoch(segment.Enqueued), AnsweredSince: epoch(w.Answered),
	}
	if w.State == contact.Ringing {
		out.RingsUntil = epoch(w.Offered.Add(a.Centre.Ring))
		var err error
		if out.Opening, err = a.Centre.Opening(ctx, chat); err != nil {
			return ownFacts{}, err
		}
	}
	if w.Monitor == "" {
		return out, nil
	}
	out.Monitoring = &monitoring{Mode: w.Monitor, MayBarge: w.MayBarge, Agents: []string{}}
	for i := range chat.Participants {
		if p := &chat.Participants[i]; p.Role == contact.AgentRole && p.Takes() {
			username, _ := userLabels(who.dir, p.User)
			out.Monitoring.Agents = append(out.Monitoring.Agents, username)
		}
	}
	return out, nil
}

type features struct {
	AttachmentsEnabled          bool `json:"attachmentsEnabled"`
	MessagingMarkdownEnabled    bool `json:"messagingMarkdownEnabled"`
	MultiPartyConferenceEnabled bool `json:"multiPartyConferenceEnabled"`
}

type connection struct {
	ConnectionID  string    `json:"connectionId"` // the participant's id
	Type          string    `json:"type"`
	Initial       bool      `json:"initial"`
	Endpoint      *endpoint `json:"endpoint"`
	State         workState `json:"state"`
	ChatMediaInfo chatMedia `json:"chatMediaInfo"`
	// QuickConnectName is by what a colleague was asked.
	QuickConnectName    *string  `json:"quickConnectName,omitempty"`
	MonitorStatus       *string  `json:"monitorStatus,omitempty"` // of a supervisor
	MonitorCapabilities []string `json:"monitorCapabilities,omitempty"`
}

type endpoint struct {
	Type        string  `json:"type"`
	EndpointARN *string `json:"endpointARN"`
	Name        *string `json:"name"`
}

type chatMedia struct {
	ChatAutoAccept *bool   `json:"chatAutoAccept"`
	CustomerName   *string `json:"customerName"`
	AgentName      *string `json:"agentName"`
	ConnectionData *string `json:"connectionData"` // JSON in a string
}

type snapshotAnswer struct {
	Snapshot  snapshot `json:"snapshot"`
	NextToken string   `json:"nextToken"`
}

// maxPoll is how long a snapshot may be waited for.
const maxPoll = 30 * time.Second

// getAgentSnapshot answers at once when the desk is not as nextToken says, and
// else when it changes, or after timeout milliseconds.
func (a *API) getAgentSnapshot(ctx context.Context, who caller, body []byte) (any, error) {
	var in struct {
		NextToken *string `json:"nextToken"`
		Timeout   *int64  `json:"timeout"` // milliseconds
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	wait := maxPoll
	if in.Timeout != nil {
		wait = max(0, min(wait, time.Duration(*in.Timeout)*time.Millisecond))
	}
	changed := make(chan struct{}, 1)
	defer a.Centre.WatchAgent(who.user.ID, func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	})()
	over := time.NewTimer(wait)
	defer over.Stop()
	for {
		s, err := a.snapshot(ctx, who)
		if err != nil {
			return nil, err
		}
		if wait == 0 || in.NextToken == nil || *in.NextToken != s.NextToken {
			return s, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-over.C:
			wait = 0
		case <-a.Closing:
			wait = 0
		case <-changed: // the directory, perhaps
			if who, err = a.user(who.dir.Instance.ID, who.user.ID); err != nil {
				return nil, err
			}
		}
	}
}

// Snapshot returns what is pushed on the topic agent/snapshot: the same as
// GetAgentSnapshot answers.
func (a *API) Snapshot(ctx context.Context, instance contact.InstanceID, user contact.UserID) ([]byte, error) {
	who, err := a.user(instance, user)
	if err != nil {
		return nil, err
	}
	s, err := a.snapshot(ctx, who)
	if err != nil {
		return nil, err
	}
	return json.Marshal(s)
}

// snapshot describes the caller's desk. Its token is a hash of what it shows, so
// that it is good after a restart, and on every node.
func (a *API) snapshot(ctx context.Context, who caller) (*snapshotAnswer, error) {
	agent, chats, err := a.Centre.Desk(ctx, who.dir.Instance.ID, who.user.ID)
	if err != nil {
		return nil, err
	}
	s := snapshot{State: stateOf(who.dir, agent.Status), Contacts: []deskWork{}}
	s.AgentAvailabilityState = availability{s.State.Name, s.State.StartTimestamp}
	if agent.Next != nil {
		s.NextState = new(stateOf(who.dir, *agent.Next))
	}
	for i := range agent.Work {
		w, err := a.work(ctx, who, &agent.Work[i], chats[i])
		if err != nil {
			return nil, err
		}
		s.Contacts = append(s.Contacts, w)
	}
	shown := s
	if agent.Version == 0 { // a status that nobody has set begins now, each time
		shown.State.StartTimestamp, shown.AgentAvailabilityState.TimeStamp = nil, nil
	}
	text, err := json.Marshal(shown)
	if err != nil {
		return nil, err
	}
	h := fnv.New64a()
	_, _ = h.Write(text)
	s.SnapshotTimestamp = epoch(a.Centre.Now())
	return &snapshotAnswer{s, strconv.FormatUint(h.Sum64(), 36)}, nil
}

func (a *API) work(ctx context.Context, who caller, w *contact.Work, chat *contact.Chat) (deskWork, error) {
	segment := chat.Segment(w.Contact)
	state := workState{a.stateName(w.State), epoch(w.Since)}
	out := deskWork{
		ContactID:                  string(w.Contact),
		RelatedContactID:           text(chat.Related),
		ContactAssociationID:       string(chat.Root()),
		Type:                       "chat",
		InitiationMethod:           initiation[segment.Method],
		State:                      state,
		Queue:                      queueOf(who.dir, w.Queue),
		QueueTimestamp:             epoch(segment.Enqueued),
		Attributes:                 map[string]namedValue{},
		SegmentAttributes:          record.SegmentAttributes(chat),
		ContactFeatures:            a.featuresOf(chat),
		AgentContactHandlingConfig: map[string]bool{"autoAccept": who.user.AutoAccept},
		ContactDuration:            "0",
		Name:                       text(chat.Details.Name),
		Description:                text(chat.Details.Description),
		References:                 map[string]refersTo{},
		LanguageCode:               cmp.Or(chat.Details.Language, "en-US"),
	}
	if chat.ID != w.Contact {
		out.InitialContactID = new(string(chat.ID))
	}
	for k, v := range chat.Attributes {
		out.Attributes[k] = namedValue{k, v}
	}
	for name, ref := range chat.Details.References {
		out.References[name] = refersTo{strings.ToUpper(ref.Type), ref.Value} // flows write small letters
	}
	out.ContactFeatures.MultiPartyConferenceEnabled = who.dir.Instance.MultiParty
	out.Connections = append(out.Connections, a.ownConnection(who, w, chat))
	if w.Monitor != "" {
		out.Attributes = nil
	}
	customer := chat.Customer()
	out.Connections = append(out.Connections, connection{
		ConnectionID: string(customer.ID), Type: "inbound", Initial: true,
		State:         customerConnection(customer),
		ChatMediaInfo: chatMedia{CustomerName: new(customer.Name)},
	})
	out.Connections = append(out.Connections, colleagues(w, chat)...)
	var err error
	out.Own, err = a.ownFacts(ctx, who, w, chat, segment)
	return out, err
}

// ownConnection is the connection of whose desk it is. A supervisor's tells how
// the chat is monitored.
func (a *API) ownConnection(who caller, w *contact.Work, chat *contact.Chat) connection {
	data := a.connectionData(chat, w)
	out := connection{
		ConnectionID: string(w.Participant), Type: "agent",
		Endpoint:      &endpoint{Type: "agent"},
		State:         workState{agentConnection[w.State], epoch(w.Since)},
		ChatMediaInfo: chatMedia{ChatAutoAccept: new(who.user.AutoAccept), ConnectionData: &data},
	}
	if w.Monitor != "" {
		out.MonitorStatus = new(string(w.Monitor))
		out.MonitorCapabilities = []string{string(contact.Listening)}
		if w.MayBarge {
			out.MonitorCapabilities = append(out.MonitorCapabilities, string(contact.Barging))
		}
		out.State.Type = strings.ToLower(string(w.Monitor))
	}
	return out
}

// colleagues are the connections of the other agents of the chat: those who take
// part, have been asked, or have left since this one came. A colleague who is
// still looked for goes by the id of the contact that begins.
func colleagues(w *contact.Work, chat *contact.Chat) (out []connection) {
	add := func(id, name, connect, state string, at time.Time) {
		out = append(out, connection{
			ConnectionID: id, Type: "outbound", Endpoint: &endpoint{Type: "agent", Name: &name},
			State: workState{state, epoch(at)}, QuickConnectName: &connect, ChatMediaInfo: chatMedia{AgentName: &name},
		})
	}
	if w.State != contact.Talking {
		return nil
	}
	t := chat.Transfer
	for i := range chat.Participants {
		p := &chat.Participants[i]
		if p.Role != contact.AgentRole && p.Role != contact.Supervisor || p.ID == w.Participant {
			continue
		}
		switch {
		case p.Takes():
			add(string(p.ID), p.Name, p.Name, "connected", p.Joined)
		case p.Presence == contact.Invited && t != nil:
			add(string(p.ID), p.Name, t.Name, "connecting", t.Begun)
		case p.Left.After(w.Answered) && p.Monitor != contact.Listening:
			add(string(p.ID), p.Name, p.Name, "disconnected", p.Left)
		}
	}
	if t != nil && t.Adds && t.Phase != contact.Offered {
		add(string(t.Contact), t.Name, t.Name, "connecting", t.Begun)
	}
	return out
}

var initiation = map[string]string{
	contact.FromAPI: "api", contact.FromTransfer: "transfer", contact.FromQueueFlow: "queue_transfer",
	contact.FromDisconnect: "disconnect", contact.FromMonitor: "monitor",
}

// stateName names a state of work. A missed chat shows as an error by default.
func (a *API) stateName(s contact.WorkState) string {
	if s == contact.MissedWork {
		return a.MissedAs
	}
	return string(s)
}

// agentConnection is the state of the agent's own connection.
var agentConnection = map[contact.WorkState]string{
	contact.Ringing:    "connecting",
	contact.Talking:    "connected",
	contact.AfterWork:  "disconnected",
	contact.MissedWork: "disconnected",
	contact.Rejected:   "disconnected",
	contact.FailedWork: "disconnected",
}

func customerConnection(p *contact.Participant) workState {
	if p.Presence == contact.Present {
		return workState{"connected", epoch(p.Joined)}
	}
	return workState{"disconnected", epoch(p.Left)}
}

func queueOf(dir *directory.Directory, id contact.QueueID) queue {
	arn := dir.Instance.ARN("queue", string(id))
	q := queue{ARN: arn, ID: arn}
	if kept := dir.Queues[id]; kept != nil {
		q.Name = new(kept.Name)
	}
	return q
}

func (a *API) featuresOf(chat *contact.Chat) (f features) {
	f.AttachmentsEnabled = a.Centre.TakesFiles()
	for _, t := range chat.ContentTypes {
		if t == contact.Markdown {
			f.MessagingMarkdownEnabled = true
		}
	}
	return f
}

// connectionData holds the agent's participant token. It is the same each time,
// so that the snapshot is.
func (a *API) connectionData(chat *contact.Chat, w *contact.Work) string {
	t := a.Tokens.Mint(token.Claims{
		Kind: token.Participant, Realm: string(chat.ID), Holder: string(w.Participant),
		Expires: chat.Expires.Add(24 * time.Hour),
	})
	return `{"ConnectionAuthenticationToken":"` + t + `"}`
}
