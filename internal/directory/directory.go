// Package directory holds what an administrator keeps: instances, queues,
// routing profiles, agent statuses, users, flows and access keys. It is pure.
// Start reading at Directory, the whole of one instance.
package directory

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
)

// Directory is everything that is kept of one instance. It is never written to
// once published; a change makes another one.
type Directory struct {
	Instance Instance
	Hours    map[HoursID]*Hours
	Queues   map[contact.QueueID]*Queue
	Connects map[QuickConnectID]*QuickConnect
	Profiles map[ProfileID]*RoutingProfile
	Statuses map[contact.StatusID]*Status
	Users    map[contact.UserID]*User
	Flows    map[contact.FlowID]*Flow
	Modules  map[contact.FlowID]*Flow // flow modules
	Views    map[ViewID]*View
	Keys     map[string]*AccessKey // by access key id
	// Associations are the functions and bots that flows may call, by ARN.
	Associations map[string]*Association
	// QuickResponses are what agents say often.
	QuickResponses map[QuickResponseID]*QuickResponse
}

// New returns an empty directory.
func New() *Directory {
	return &Directory{
		Hours:    map[HoursID]*Hours{},
		Queues:   map[contact.QueueID]*Queue{},
		Connects: map[QuickConnectID]*QuickConnect{},
		Profiles: map[ProfileID]*RoutingProfile{},
		Statuses: map[contact.StatusID]*Status{},
		Users:    map[contact.UserID]*User{},
		Flows:    map[contact.FlowID]*Flow{},
		Modules:  map[contact.FlowID]*Flow{},
		Views:    map[ViewID]*View{},
		Keys:     map[string]*AccessKey{},

		Associations:   map[string]*Association{},
		QuickResponses: map[QuickResponseID]*QuickResponse{},
	}
}

// ProfileID names a routing profile.
type ProfileID string

// Instance is a contact centre.
type Instance struct {
	ID        contact.InstanceID
	Alias     string
	Region    string
	AccountID string // twelve digits
	// DefaultFlow is what a chat without a flow of its own starts with.
	DefaultFlow contact.FlowID
	// MultiParty lets agents add further agents to a chat.
	MultiParty bool
	// Retired are contents of flows and modules that have been deleted, for chats
	// that still wait in them.
	Retired []EarlierContent
}

// Queue is where contacts wait.
type Queue struct {
	ID          contact.QueueID
	Name        string
	Description string
	// Hours are when it is served; empty: nobody has said.
	Hours HoursID
	// MaxContacts is the most that may wait; 0 is no limit but the instance's.
	MaxContacts int
	Disabled    bool
	// Connects are what its contacts may be handed on to.
	Connects []QuickConnectID
}

// RoutingProfile says which queues an agent serves, and how many chats at once.
type RoutingProfile struct {
	ID              ProfileID
	Name            string
	Description     string
	ChatConcurrency int // 1 to 10
	// ChatAlone keeps other channels away from an agent who is in a chat.
	ChatAlone bool
	// Others are what is kept for the channels that are not served here.
	Others []Concurrency
	Queues []ProfileQueue
	// Outbound is the default outbound queue, which every profile names.
	Outbound contact.QueueID
	// Timer says what ends an agent's idleness; "" is SinceLastActivity.
	Timer AvailabilityTimer
}

// AvailabilityTimer says since when an agent counts as idle.
type AvailabilityTimer string

// The timers. Chats come in, so that they reset both of them.
const (
	SinceLastActivity AvailabilityTimer = "TIME_SINCE_LAST_ACTIVITY"
	SinceLastInbound  AvailabilityTimer = "TIME_SINCE_LAST_INBOUND"
)

// Concurrency is how much an agent does at once in another channel.
type Concurrency struct {
	Channel string // VOICE, TASK …
	Slots   int
	Alone   bool // keeps the other channels away meanwhile
}

// ProfileQueue is one queue of a routing profile.
type ProfileQueue struct {
	Queue    contact.QueueID
	Priority int           // 1 is served first
	Delay    time.Duration // how long a contact waits before this profile's agents get it
}

// QuickConnectID names a quick connect.
type QuickConnectID string

// QuickConnect is what an agent can hand a contact on to: a queue or a user, by
// way of a flow.
type QuickConnect struct {
	ID          QuickConnectID
	Name        string
	Description string
	Queue       contact.QueueID // of queue quick connects
	User        contact.UserID  // of user quick connects
	Flow        contact.FlowID  // a queue transfer, or agent transfer, flow
	Phone       string          // of those to the outside, which chats cannot use
}

// ByName orders quick connects.
func ByName(a, b *QuickConnect) int {
	return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(string(a.ID), string(b.ID)))
}

// Status is an agent status.
type Status struct {
	ID          contact.StatusID
	Name        string
	Description string
	Type        contact.StatusType
	Order       int
	Disabled    bool // cannot be chosen
}

// User is somebody who signs in.
type User struct {
	ID           contact.UserID
	Username     string
	FirstName    string
	LastName     string
	PasswordHash string // argon2id, in its usual text form
	Profile      ProfileID
	// AutoAccept takes offered chats without asking.
	AutoAccept bool
	// AfterWorkLimit ends after-contact work; 0 is no limit.
	AfterWorkLimit time.Duration
	// Proficiencies are what the user is good at, for routing criteria.
	Proficiencies []Proficiency
	// Supervisor lets the user monitor chats and join them.
	Supervisor bool
	// Preferences are what the user's programs keep, such as LANGUAGE.
	Preferences map[string]string
}

// Proficiency says how good a user is at something, such as a language.
type Proficiency struct {
	Attribute string
	Value     string
	Level     float64 // 1 to 5
}

// MaxProficiencies is the most that a user may have.
const MaxProficiencies = 10

// DisplayName is the name that customers see.
func (u *User) DisplayName() string {
	if u.FirstName != "" {
		return u.FirstName
	}
	return u.Username
}

// Flow is a flow, or a flow module.
type Flow struct {
	ID          contact.FlowID
	Name        string
	Type        string // CONTACT_FLOW …; empty for modules
	Description string
	Archived    bool
	// Content is what runs; it has been checked. It is empty for a flow that
	// has never been published.
	Content string
	// Saved is the draft, which is not checked; empty: there is none but
	// Content.
	Saved    string
	Versions []FlowVersion // oldest first
	// Earlier are contents that were in force before, for chats that began with
	// them and still wait.
	Earlier  []EarlierContent
	Aliases  []FlowAlias // of modules
	Settings string      // of modules: JSON
	Tags     map[string]string
	Modified time.Time
}

// FlowVersion is a flow's content as it was published once.
type FlowVersion struct {
	Number      int64 // from 1
	Description string
	Content     string
	Created     time.Time
}

// EarlierContent is a content that another has replaced.
type EarlierContent struct {
	Content  string
	Replaced time.Time
}

// KeepEarlier is how long an earlier content is kept: longer than any chat.
const KeepEarlier = contact.MaxDuration + 24*time.Hour

// Publish puts another content in force and keeps the one before it.
func (f *Flow) Publish(content string, now time.Time) {
	if f.Content != "" && f.Content != content {
		f.Retire(f.Content, now)
	}
	f.Content, f.Modified = content, now
}

// Retire keeps a content that no longer runs for new chats, and forgets those
// that no chat can be in any more.
func (f *Flow) Retire(content string, now time.Time) {
	kept := []EarlierContent{{content, now}}
	for _, e := range f.Earlier {
		if e.Content != content && now.Sub(e.Replaced) < KeepEarlier {
			kept = append(kept, e)
		}
	}
	f.Earlier = kept
}

// Same reports whether nothing that an administrator sets differs.
func (in *Instance) Same(other *Instance) bool {
	a, b := *in, *other
	a.Retired, b.Retired = nil, nil
	return reflect.DeepEqual(a, b)
}

// Retire keeps the contents of a flow that is being deleted, and forgets those
// that no chat can be in any more.
func (in *Instance) Retire(f *Flow, now time.Time) {
	kept := slices.DeleteFunc(slices.Clone(in.Retired), func(e EarlierContent) bool { return now.Sub(e.Replaced) >= KeepEarlier })
	keep := func(content string) {
		if content != "" && !slices.ContainsFunc(kept, func(e EarlierContent) bool { return e.Content == content }) {
			kept = append(kept, EarlierContent{content, now})
		}
	}
	keep(f.Content)
	for _, v := range f.Versions {
		keep(v.Content)
	}
	for _, e := range f.Earlier {
		keep(e.Content)
	}
	in.Retired = kept
}

// FlowAlias is a name for a version of a flow module.
type FlowAlias struct {
	ID          string
	Name        string
	Description string
	Version     int64
	Modified    time.Time
}

// Association is a function or a bot that flows may call.
type Association struct {
	ARN    string // or, for a bot of the old kind, name@region
	Kind   AssociationKind
	Name   string // of a bot of the old kind
	Region string // likewise
}

// AssociationKind says what is associated.
type AssociationKind string

// The kinds.
const (
	LambdaFunction AssociationKind = "LAMBDA_FUNCTION"
	LexV1Bot       AssociationKind = "LEX_V1"
	LexV2Bot       AssociationKind = "LEX_V2"
)

// Kind is a kind of entry of a directory.
type Kind string

// The kinds, as stores keep them.
const (
	InstanceKind   Kind = "instance"
	HoursKind      Kind = "hours"
	QueueKind      Kind = "queue"
	ConnectKind    Kind = "quick-connect"
	ProfileKind    Kind = "profile"
	StatusKind     Kind = "status"
	UserKind       Kind = "user"
	FlowKind       Kind = "flow"
	ModuleKind     Kind = "module"
	ViewKind       Kind = "view"
	KeyKind        Kind = "key"
	AssociationKey Kind = "association"

	QuickResponseKind Kind = "quick-response"
)

// Ref names an entry.
type Ref struct {
	Kind Kind
	ID   string
}

// AccessKey lets a program call the control plane.
type AccessKey struct {
	ID     string
	Secret string
}

// MaxAgentQueue is the most contacts that may wait in an agent's own queue.
const MaxAgentQueue = 10

// Queue returns the queue with the given id, an agent's own among them, or nil.
func (d *Directory) Queue(id contact.QueueID) *Queue {
	if user := id.Agent(); user != "" && d.Users[user] != nil {
		return &Queue{ID: id, MaxContacts: MaxAgentQueue}
	}
	return d.Queues[id]
}

// FindQueue returns the queue that a flow names by id or ARN, or nil.
func (d *Directory) FindQueue(name string) *Queue {
	id := contact.QueueID(BareID(name))
	if strings.HasSuffix(strings.TrimSuffix(name, string(id)), "/queue/agent/") {
		id = contact.AgentQueue(contact.UserID(id))
	}
	return d.Queue(id)
}

// FindUser returns the user whom a flow names by id, ARN or sign-in name, or
// nil.
func (d *Directory) FindUser(name string) *User {
	if u := d.Users[contact.UserID(BareID(name))]; u != nil {
		return u
	}
	return d.UserByName(name)
}

// Serves reports whether a user gets contacts of a queue.
func (d *Directory) Serves(u *User, q contact.QueueID) bool {
	p := d.Profiles[u.Profile]
	return p != nil && (q == contact.AgentQueue(u.ID) || slices.ContainsFunc(p.Queues, func(pq ProfileQueue) bool { return pq.Queue == q }))
}

// UserByName returns the user with the given sign-in name, or nil.
func (d *Directory) UserByName(name string) *User {
	for _, u := range d.Users {
		if u.Username == name {
			return u
		}
	}
	return nil
}

// ARN returns the ARN of the instance, or of something in it: ARN("queue", id).
func (in *Instance) ARN(parts ...string) string {
	arn := "arn:aws:connect:" + in.Region + ":" + in.AccountID + ":instance/" + string(in.ID)
	return strings.Join(append([]string{arn}, parts...), "/")
}

// BareID returns the id that s names: s itself, or what follows the last slash
// of an ARN. A qualifier such as ":$LATEST" is cut off.
func BareID(s string) string {
	if strings.HasPrefix(s, "arn:") {
		s = s[strings.LastIndexByte(s, '/')+1:]
	}
	id, _, _ := strings.Cut(s, ":")
	return id
}
