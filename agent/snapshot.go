package agent

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// StateType is a kind of State.
type StateType string

// The kinds of state that an agent can choose.
const (
	Routable    StateType = "routable"     // chats are offered
	NotRoutable StateType = "not_routable" // signed in and busy otherwise
	Offline     StateType = "offline"
)

// State is something an agent can be, such as available.
type State struct {
	ARN   string
	Type  StateType
	Name  string
	Since time.Time // zero where it is only to choose from
}

// Snapshot is how a desk is. Neither it nor what it refers to must be changed.
type Snapshot struct {
	At        time.Time // by the server's clock
	State     State
	NextState *State // what follows when the chats at hand are done; nil is none
	Contacts  []Contact
}

// Contact returns the contact with an id.
func (s *Snapshot) Contact(id string) (Contact, bool) {
	i := slices.IndexFunc(s.Contacts, func(c Contact) bool { return c.ID == id })
	if i < 0 {
		return Contact{}, false
	}
	return s.Contacts[i], true
}

// ContactState is how far a contact on a desk has got.
type ContactState string

// The states of a contact. The last four are over for the agent and take up
// room on the desk until they are cleared.
const (
	Connecting ContactState = "connecting" // it rings
	Connected  ContactState = "connected"
	Ended      ContactState = "ended" // after-contact work
	Missed     ContactState = "missed"
	Rejected   ContactState = "rejected" // or its customer left while it rang
	Failed     ContactState = "error"    // what a missed contact shows by default
)

// Over reports whether a contact in this state waits to be cleared.
func (s ContactState) Over() bool {
	return s == Ended || s == Missed || s == Rejected || s == Failed
}

// Contact is a chat on a desk.
type Contact struct {
	ID          string
	InitialID   string // of the first contact of the chain that a transferred chat is; else ID
	State       ContactState
	Since       time.Time // that it is in its state
	Method      string    // how it began: api, transfer, queue_transfer, disconnect …
	Queue       Queue
	Queued      time.Time // when it began to wait there; zero if it never did
	AutoAccept  bool      // the server accepts it for the agent
	Attributes  map[string]string
	Connections []Connection
}

// Own returns the agent's own connection.
func (c *Contact) Own() Connection {
	return c.connection(func(con *Connection) bool { return con.Type == OwnConnection })
}

// Customer returns the customer's connection.
func (c *Contact) Customer() Connection {
	return c.connection(func(con *Connection) bool { return con.Initial })
}

func (c *Contact) connection(is func(*Connection) bool) Connection {
	for i := range c.Connections {
		if is(&c.Connections[i]) {
			return c.Connections[i]
		}
	}
	return Connection{}
}

// The types of a Connection, as seen from this desk.
const (
	OwnConnection      = "agent"
	CustomerConnection = "inbound"
	OtherConnection    = "outbound" // another agent's
)

// Connection is a participant of a Contact.
type Connection struct {
	ID      string // the participant's
	Type    string // OwnConnection, CustomerConnection or OtherConnection
	Initial bool   // the customer's
	State   string // connecting, connected, disconnected; of a supervisor silent_monitor or barge
	Since   time.Time
	Name    string // of the customer or of another agent, where it is known
	Token   string // the agent's own participant token, which buys connections
}

// Queue is where contacts wait.
type Queue struct {
	ARN  string
	Name string // empty for an agent's own queue
}

// parseSnapshot reads what GetAgentSnapshot answers and the socket pushes.
func parseSnapshot(content []byte) (s Snapshot, token string, err error) {
	var w struct {
		Snapshot  *wireSnapshot
		NextToken string
	}
	if err := json.Unmarshal(content, &w); err != nil {
		return Snapshot{}, "", fmt.Errorf("parse snapshot: %w", err)
	}
	if w.Snapshot == nil {
		return Snapshot{}, "", errors.New("parse snapshot: there is none")
	}
	return w.Snapshot.snapshot(), w.NextToken, nil
}

// epoch is a time as the agent API writes it: Unix seconds, with a fraction.
type epoch float64

func (e epoch) time() time.Time {
	if e == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(float64(e)*1000 + 0.5)).UTC()
}

type wireState struct {
	ARN   string    `json:"agentStateARN"`
	Type  StateType `json:"type"`
	Name  string    `json:"name"`
	Since epoch     `json:"startTimestamp,omitempty"`
}

func (w wireState) state() State { return State{w.ARN, w.Type, w.Name, w.Since.time()} }

type wireQueue struct {
	ARN  string `json:"queueARN"`
	Name string `json:"name"`
}

type wireSnapshot struct {
	State             wireState
	NextState         *wireState
	SnapshotTimestamp epoch
	Contacts          []struct {
		ContactID        string
		InitialContactID string
		InitiationMethod string
		State            struct {
			Type      ContactState
			Timestamp epoch
		}
		Queue                      wireQueue
		QueueTimestamp             epoch
		Attributes                 map[string]struct{ Value string }
		AgentContactHandlingConfig struct{ AutoAccept bool }
		Connections                []wireConnection
	}
}

type wireConnection struct {
	ConnectionID string
	Type         string
	Initial      bool
	State        struct {
		Type      string
		Timestamp epoch
	}
	QuickConnectName string
	ChatMediaInfo    struct{ CustomerName, AgentName, ConnectionData string }
}

func (w *wireSnapshot) snapshot() Snapshot {
	s := Snapshot{At: w.SnapshotTimestamp.time(), State: w.State.state()}
	if w.NextState != nil {
		s.NextState = new(w.NextState.state())
	}
	for i := range w.Contacts {
		from := &w.Contacts[i]
		c := Contact{
			ID:         from.ContactID,
			InitialID:  from.InitialContactID,
			State:      from.State.Type,
			Since:      from.State.Timestamp.time(),
			Method:     from.InitiationMethod,
			Queue:      Queue(from.Queue),
			Queued:     from.QueueTimestamp.time(),
			AutoAccept: from.AgentContactHandlingConfig.AutoAccept,
			Attributes: make(map[string]string, len(from.Attributes)),
		}
		if c.InitialID == "" {
			c.InitialID = c.ID
		}
		for name, a := range from.Attributes {
			c.Attributes[name] = a.Value
		}
		for j := range from.Connections {
			c.Connections = append(c.Connections, from.Connections[j].connection())
		}
		s.Contacts = append(s.Contacts, c)
	}
	return s
}

func (w *wireConnection) connection() Connection {
	c := Connection{ID: w.ConnectionID, Type: w.Type, Initial: w.Initial, State: w.State.Type, Since: w.State.Timestamp.time()}
	for _, name := range []string{w.ChatMediaInfo.CustomerName, w.ChatMediaInfo.AgentName, w.QuickConnectName} {
		if c.Name == "" {
			c.Name = name
		}
	}
	var data struct{ ConnectionAuthenticationToken string }
	if json.Unmarshal([]byte(w.ChatMediaInfo.ConnectionData), &data) == nil { // there need not be any
		c.Token = data.ConnectionAuthenticationToken
	}
	return c
}
