package agentclient

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// TopicSnapshot is the topic of a desk's socket that carries its snapshots.
const TopicSnapshot = "agent/snapshot"

// State is something an agent can be, such as available.
type State struct {
	ARN  string `json:"agentStateARN"`
	Type string `json:"type"` // routable, not_routable or offline
	Name string `json:"name"`
}

// Configuration says who an agent is.
type Configuration struct {
	Name        string  `json:"name"`
	Username    string  `json:"username"`
	AgentStates []State `json:"agentStates"`
}

// Snapshot is how a desk is.
type Snapshot struct {
	State     State     `json:"state"`
	NextState *State    `json:"nextState"`
	Contacts  []Contact `json:"contacts"`
}

// ContactState is how far a contact on a desk has got.
type ContactState string

// The states of a contact. Missed ones show as ContactError by default.
const (
	Connecting   ContactState = "connecting"
	Connected    ContactState = "connected"
	Ended        ContactState = "ended"
	Missed       ContactState = "missed"
	Rejected     ContactState = "rejected"
	ContactError ContactState = "error"
)

// Contact is a chat on a desk.
type Contact struct {
	ContactID        string `json:"contactId"`
	InitialContactID string `json:"initialContactId"` // empty unless transferred
	State            struct {
		Type      ContactState `json:"type"`
		Timestamp float64      `json:"timestamp"` // Unix seconds
	} `json:"state"`
	Queue struct {
		Name string `json:"name"`
	} `json:"queue"`
	Attributes map[string]struct {
		Value string `json:"value"`
	} `json:"attributes"`
	Connections []Connection `json:"connections"`
}

// Connection is a participant of a Contact.
type Connection struct {
	ConnectionID  string `json:"connectionId"` // the participant's id
	Type          string `json:"type"`         // agent, inbound or outbound
	Initial       bool   `json:"initial"`      // the customer's
	ChatMediaInfo struct {
		CustomerName   string `json:"customerName"`
		ConnectionData string `json:"connectionData"`
	} `json:"chatMediaInfo"`
}

// Agent returns the agent's own connection.
func (c Contact) Agent() Connection {
	for _, con := range c.Connections {
		if con.Type == "agent" {
			return con
		}
	}
	return Connection{}
}

// Customer returns the customer's name.
func (c Contact) Customer() string {
	for _, con := range c.Connections {
		if con.Initial && con.ChatMediaInfo.CustomerName != "" {
			return con.ChatMediaInfo.CustomerName
		}
	}
	return "Customer"
}

// Since returns when the contact got into its state.
func (c Contact) Since() time.Time { return time.UnixMilli(int64(c.State.Timestamp * 1000)) }

// ParticipantToken returns the agent's token for the participant service.
func (c Connection) ParticipantToken() string {
	var data struct{ ConnectionAuthenticationToken string }
	if json.Unmarshal([]byte(c.ChatMediaInfo.ConnectionData), &data) != nil {
		return "" // there need not be any
	}
	return data.ConnectionAuthenticationToken
}

// ParseSnapshot reads the content of a frame of TopicSnapshot.
func ParseSnapshot(content []byte) (Snapshot, error) {
	var out struct{ Snapshot *Snapshot }
	if err := json.Unmarshal(content, &out); err != nil {
		return Snapshot{}, fmt.Errorf("parse snapshot: %w", err)
	}
	if out.Snapshot == nil {
		return Snapshot{}, errors.New("parse snapshot: there is none")
	}
	return *out.Snapshot, nil
}
