package servertest

import (
	"encoding/json"
	"net/http"
	"testing/synctest"

	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/seed"
)

// Agent is an agent who has signed in, and one desk of theirs.
type Agent struct {
	srv      *Server
	Username string
	Access   string // token
	// Socket has both topics, chats and snapshots; nil before OpenDesk.
	Socket *Socket
}

// passwordOf returns the password of a user of the dev instance. Other
// directories give their users the name as password.
func passwordOf(username string) string {
	for _, a := range seed.DevAgents {
		if a.Username == username {
			return a.Password
		}
	}
	return username
}

// SignIn signs an agent in and opens a desk.
func (s *Server) SignIn(username string) *Agent {
	s.t.Helper()
	a := s.Desk(username)
	a.OpenDesk()
	return a
}

// Desk signs an agent in without a socket.
func (s *Server) Desk(username string) *Agent {
	s.t.Helper()
	var out struct{ AccessToken string }
	answer := s.Do(http.MethodPost, "/auth/token", nil, jsonText(map[string]string{"username": username, "password": passwordOf(username)}))
	s.must(answer, "sign in as "+username)
	answer.Into(s.t, &out)
	return &Agent{srv: s, Username: username, Access: out.AccessToken}
}

// OpenDesk opens a socket with both topics.
func (a *Agent) OpenDesk() {
	a.srv.t.Helper()
	a.Socket = a.srv.OpenSocket(a.SocketURL())
	a.Socket.Send(`{"topic":"aws/subscribe","content":{"topics":["aws/chat","agent/snapshot"]}}`)
	synctest.Wait()
	a.srv.subscribed(a.Socket)
}

// SocketURL returns the URL for a socket.
func (a *Agent) SocketURL() string {
	a.srv.t.Helper()
	var out struct{ WebSocketTransport struct{ URL string } }
	a.must("CreateTransport", map[string]string{"transportType": "web_socket"}, &out)
	return out.WebSocketTransport.URL
}

// Do calls an operation of the agent API.
func (a *Agent) Do(operation string, in any) Answer {
	a.srv.t.Helper()
	return a.srv.Do(http.MethodPost, "/api", http.Header{
		"X-Amz-Bearer": {a.Access}, "X-Amz-Target": {"AmazonConnectCTIService." + operation}, "Content-Type": {"application/json"},
	}, jsonText(in))
}

// must is Do for calls that must succeed.
func (a *Agent) must(operation string, in, out any) {
	a.srv.t.Helper()
	answer := a.Do(operation, in)
	a.srv.must(answer, operation)
	if out != nil {
		answer.Into(a.srv.t, out)
	}
}

// State is a status as the agent API shows it.
type State struct {
	ARN  string `json:"agentStateARN"`
	Name string `json:"name"`
	Type string `json:"type"`
}

// state returns the status with the given name, as pages get it.
func (a *Agent) state(name string) State {
	a.srv.t.Helper()
	var out struct{ States []State }
	a.must("GetAgentStates", struct{}{}, &out)
	for _, s := range out.States {
		if s.Name == name {
			return s
		}
	}
	a.srv.t.Fatalf("there is no agent status %q", name)
	return State{}
}

// SetState puts the agent into a status.
func (a *Agent) SetState(name string) {
	a.srv.t.Helper()
	a.srv.must(a.TryState(name, false), "PutAgentState "+name)
}

// TryState asks for a status, or with later for one that follows the work.
func (a *Agent) TryState(name string, later bool) Answer {
	a.srv.t.Helper()
	return a.Do("PutAgentState", map[string]any{"state": a.state(name), "enqueueNextState": later})
}

// Snapshot is what a desk shows.
type Snapshot struct {
	State     State  `json:"state"`
	NextState *State `json:"nextState"`
	Contacts  []Work `json:"contacts"`
	// NextToken is the token to wait with for another snapshot.
	NextToken string `json:"-"`
}

// Work is a contact on a desk.
type Work struct {
	ContactID        string  `json:"contactId"`
	InitialContactID *string `json:"initialContactId"`
	State            struct {
		Type string `json:"type"`
	} `json:"state"`
	Connections []struct {
		ConnectionID  string `json:"connectionId"`
		Type          string `json:"type"`
		ChatMediaInfo struct {
			AgentName      *string `json:"agentName"`
			ConnectionData *string `json:"connectionData"`
		} `json:"chatMediaInfo"`
		State struct {
			Type string `json:"type"`
		} `json:"state"`
	} `json:"connections"`
}

// Snapshot returns what the desk shows now.
func (a *Agent) Snapshot() Snapshot {
	a.srv.t.Helper()
	return a.decode(a.Do("GetAgentSnapshot", map[string]any{"timeout": 0}).Body)
}

// Await waits for a snapshot other than the one with the given token, as long
// as the server lets it.
func (a *Agent) Await(token string) Snapshot {
	a.srv.t.Helper()
	return a.decode(a.Do("GetAgentSnapshot", map[string]any{"nextToken": token}).Body)
}

func (a *Agent) decode(body []byte) Snapshot {
	a.srv.t.Helper()
	var out struct {
		Snapshot  *Snapshot
		NextToken string
	}
	if err := json.Unmarshal(body, &out); err != nil || out.Snapshot == nil {
		a.srv.t.Fatalf("no snapshot: %s", body)
	}
	out.Snapshot.NextToken = out.NextToken
	return *out.Snapshot
}

// Pushed returns the snapshots that have arrived on the socket since Pushed or
// Socket.Frames was last called.
func (a *Agent) Pushed() (pushed []Snapshot) {
	a.srv.t.Helper()
	for _, f := range a.Socket.Frames() {
		if content, ok := topicContent(f, "agent/snapshot"); ok {
			pushed = append(pushed, a.decode([]byte(content)))
		}
	}
	return pushed
}

// Work returns the states of the contacts on the desk, by contact id.
func (a *Agent) Work() map[string]string {
	a.srv.t.Helper()
	work := map[string]string{}
	for _, w := range a.Snapshot().Contacts {
		work[w.ContactID] = w.State.Type
	}
	return work
}

// work returns the newest contact of a customer's chat on the desk, or nil.
func (a *Agent) work(c *Customer) (newest *Work) {
	a.srv.t.Helper()
	all := a.Snapshot().Contacts
	for i := range all {
		if w := &all[i]; w.ContactID == c.Contact || w.InitialContactID != nil && *w.InitialContactID == c.Contact {
			newest = w
		}
	}
	return newest
}

// Contact returns the id of the newest contact of a customer's chat on the desk,
// or that of the chat where there is none.
func (a *Agent) Contact(c *Customer) string {
	a.srv.t.Helper()
	if w := a.work(c); w != nil {
		return w.ContactID
	}
	return c.Contact
}

// StateOf returns the state of a customer's newest contact on the desk, or "".
func (a *Agent) StateOf(c *Customer) string {
	a.srv.t.Helper()
	if w := a.work(c); w != nil {
		return w.State.Type
	}
	return ""
}

// Connections returns who is in a customer's chat as the desk shows it, such as
// "outbound Ben connecting".
func (a *Agent) Connections(c *Customer) (all []string) {
	a.srv.t.Helper()
	w := a.work(c)
	if w == nil {
		return nil
	}
	for _, k := range w.Connections {
		text := k.Type + " "
		if name := k.ChatMediaInfo.AgentName; name != nil {
			text += *name + " "
		}
		all = append(all, text+k.State.Type)
	}
	return all
}

// On does an operation that needs a contact and no more, such as AcceptContact.
func (a *Agent) On(c *Customer, operation string) Answer {
	a.srv.t.Helper()
	return a.Do(operation, map[string]string{"contactId": a.Contact(c)})
}

// Accept accepts a customer's chat that rings.
func (a *Agent) Accept(c *Customer) {
	a.srv.t.Helper()
	a.srv.must(a.On(c, "AcceptContact"), "AcceptContact")
}

// Reject gives the chat back.
func (a *Agent) Reject(c *Customer) {
	a.srv.t.Helper()
	a.srv.must(a.On(c, "RejectContact"), "RejectContact")
}

// Clear takes a chat that is over off the desk.
func (a *Agent) Clear(c *Customer) {
	a.srv.t.Helper()
	a.srv.must(a.On(c, "ClearContact"), "ClearContact")
}

// connection returns a connection of a customer's contact on the desk.
func (a *Agent) connection(c *Customer, kind string) (id, data string) {
	a.srv.t.Helper()
	if w := a.work(c); w != nil {
		for _, conn := range w.Connections {
			if conn.Type == kind {
				if conn.ChatMediaInfo.ConnectionData != nil {
					data = *conn.ChatMediaInfo.ConnectionData
				}
				return conn.ConnectionID, data
			}
		}
	}
	a.srv.t.Fatalf("%s's desk has no %s connection with %s", a.Username, kind, c.Name)
	return "", ""
}

// ID returns the agent's participant id in a customer's chat.
func (a *Agent) ID(c *Customer) string {
	a.srv.t.Helper()
	id, _ := a.connection(c, "agent")
	return id
}

// Token returns the agent's participant token in a customer's chat.
func (a *Agent) Token(c *Customer) string {
	a.srv.t.Helper()
	var data struct{ ConnectionAuthenticationToken string }
	_, text := a.connection(c, "agent")
	if err := json.Unmarshal([]byte(text), &data); err != nil {
		a.srv.t.Fatal(err)
	}
	return data.ConnectionAuthenticationToken
}

// Connection returns the agent's connection token in a customer's chat.
func (a *Agent) Connection(c *Customer) string {
	a.srv.t.Helper()
	var out struct {
		ChatTokenTransport struct{ ParticipantToken string }
	}
	a.must("CreateTransport", map[string]string{
		"transportType": "chat_token", "contactId": a.Contact(c), "participantId": a.ID(c),
	}, &out)
	return out.ChatTokenTransport.ParticipantToken
}

// Say sends a message to a customer and returns its id.
func (a *Agent) Say(c *Customer, text string) string {
	a.srv.t.Helper()
	return a.srv.say(a.Connection(c), text)
}

// Hangup ends a connection of a customer's contact: "agent" is the agent's
// own, "inbound" the customer's, "outbound" a colleague's.
func (a *Agent) Hangup(c *Customer, kind string) Answer {
	a.srv.t.Helper()
	id, _ := a.connection(c, kind)
	return a.Do("DestroyConnection", map[string]string{"contactId": a.Contact(c), "connectionId": id})
}

// Transfer does CreateAdditionalConnection, TransferContact or AddNewConnection
// with a quick connect.
func (a *Agent) Transfer(c *Customer, operation string, to directory.QuickConnectID) Answer {
	a.srv.t.Helper()
	arn := a.srv.o.Directory.Instance.ARN("transfer-destination", string(to))
	return a.Do(operation, map[string]any{
		"contactId": a.Contact(c), "endpoint": map[string]string{"endpointARN": arn, "type": "agent", "name": "somewhere"},
	})
}

// Items returns what has arrived on the desk's socket about a customer's chat.
func (a *Agent) Items(c *Customer) (items []Item) {
	for _, it := range a.Socket.Items() {
		if it.InitialContactID == c.Contact {
			items = append(items, it)
		}
	}
	return items
}

// Heard returns Items in short.
func (a *Agent) Heard(c *Customer) []string { return tell(a.Items(c)) }
