package servertest

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing/synctest"

	"github.com/bellpull/bellpull/internal/seed"
)

// Customer is a customer and their chat.
type Customer struct {
	srv  *Server
	Name string
	// Contact and ID name the chat and the customer in it.
	Contact, ID string
	// Token is the participant token, Connection the connection token.
	Token, Connection string
	// Socket is the one that was opened last; nil before.
	Socket *Socket
}

// NewChat starts a chat of which the customer knows no more than the token.
func (s *Server) NewChat(name string) *Customer {
	s.t.Helper()
	return s.NewChatWith(name, nil)
}

// NewChatWith is NewChat with further members of the request.
func (s *Server) NewChatWith(name string, more map[string]any) *Customer {
	s.t.Helper()
	var out struct{ ContactID, ParticipantID, ParticipantToken string }
	in := map[string]any{
		"InstanceId": seed.DevInstance, "ContactFlowId": s.o.Directory.Instance.DefaultFlow,
		"ParticipantDetails":             map[string]string{"DisplayName": name},
		"SupportedMessagingContentTypes": []string{"text/plain", "text/markdown"},
	}
	maps.Copy(in, more)
	s.Call(http.MethodPut, "/contact/chat", jsonText(in), &out)
	return &Customer{srv: s, Name: name, Contact: out.ContactID, ID: out.ParticipantID, Token: out.ParticipantToken}
}

// Adopt makes a customer whose chat was started otherwise one of this server.
func (s *Server) Adopt(c *Customer) { c.srv = s }

// StartChat starts a chat whose customer is connected.
func (s *Server) StartChat(name string) *Customer {
	s.t.Helper()
	c := s.NewChat(name)
	c.Connect()
	return c
}

// Connect gets a connection token and opens a subscribed socket, beside those
// that are open.
func (c *Customer) Connect() {
	c.srv.t.Helper()
	c.Socket = c.srv.OpenSocket(c.SocketURL())
	c.Socket.Send(Subscribe)
	synctest.Wait()
	c.srv.subscribed(c.Socket)
}

// SocketURL gets a connection token, and returns the URL that came with it.
func (c *Customer) SocketURL() string {
	c.srv.t.Helper()
	var out struct {
		Websocket             struct{ URL string }
		ConnectionCredentials struct{ ConnectionToken string }
	}
	c.srv.participant(c.Token, "connection", map[string]any{"Type": []string{"WEBSOCKET", "CONNECTION_CREDENTIALS"}}, &out)
	c.Connection = out.ConnectionCredentials.ConnectionToken
	return out.Websocket.URL
}

// subscribed checks that the server has said yes.
func (s *Server) subscribed(k *Socket) {
	s.t.Helper()
	for _, f := range k.Frames() {
		if strings.HasPrefix(f.String(), `{"topic":"aws/subscribe","content":{"status":"success"`) {
			return
		}
	}
	s.t.Fatal("the server did not answer the subscription")
}

// Do calls an operation of the participant service with the connection token.
func (c *Customer) Do(operation string, in any) Answer {
	c.srv.t.Helper()
	return c.srv.Participant(c.Connection, operation, in)
}

// Say sends a message and returns its id.
func (c *Customer) Say(text string) string {
	c.srv.t.Helper()
	return c.srv.say(c.Connection, text)
}

// Leave ends the chat as the customer does.
func (c *Customer) Leave() {
	c.srv.t.Helper()
	c.srv.participant(c.Connection, "disconnect", struct{}{}, nil)
}

// Transcript returns the newest items as GetTranscript has them, oldest first.
func (c *Customer) Transcript() []Item {
	c.srv.t.Helper()
	return c.srv.Transcript(c.Connection)
}

// Items returns what has arrived on the socket that was opened last.
func (c *Customer) Items() []Item { return c.Socket.Items() }

// Heard returns Items in short: "Ada joined", "Ana: Hello", "chat.ended".
func (c *Customer) Heard() []string { return tell(c.Items()) }

// Events returns the events among Items, without their common prefix.
func (c *Customer) Events() []string { return events(c.Items()) }

// LastEvent returns the last of Events, or "".
func (c *Customer) LastEvent() string { return last(c.Events()) }

// Participant calls an operation of the participant service by the last part
// of its path.
func (s *Server) Participant(token, operation string, in any) Answer {
	s.t.Helper()
	return s.Do(http.MethodPost, "/participant/"+operation, http.Header{
		"X-Amz-Bearer": {token}, "Content-Type": {"application/json"},
	}, jsonText(in))
}

// participant is Participant for calls that must succeed.
func (s *Server) participant(token, operation string, in, out any) {
	s.t.Helper()
	a := s.Participant(token, operation, in)
	s.must(a, operation)
	if out != nil {
		a.Into(s.t, out)
	}
}

func (s *Server) say(token, text string) (id string) {
	s.t.Helper()
	var out struct{ ID string }
	s.participant(token, "message", map[string]string{"ContentType": "text/plain", "Content": text}, &out)
	return out.ID
}

// Transcript returns the newest items that a connection token may read, oldest
// first.
func (s *Server) Transcript(token string) []Item {
	s.t.Helper()
	var out struct{ Transcript []Item }
	s.participant(token, "transcript", map[string]any{"MaxResults": 100, "SortOrder": "ASCENDING"}, &out)
	return out.Transcript
}

func events(items []Item) (names []string) {
	for _, it := range items {
		if it.Type == "EVENT" {
			names = append(names, strings.TrimPrefix(it.ContentType, eventPrefix))
		}
	}
	return names
}

func last(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return names[len(names)-1]
}

func jsonText(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // a test handed in what is no JSON
	}
	return string(b)
}
