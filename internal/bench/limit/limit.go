// Package limit is the smallest server that does the work of a chat message:
// decode a POST, append it to a log and flush that, answer, and write a frame
// to each of the chat's two sockets. It knows no users, no rules and no
// database; it is what other servers are compared with. Start reading at
// Server.message.
package limit

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/lxzan/gws"
)

// Server keeps the latest messages of each chat in memory and all of them in a
// log that it never reads.
type Server struct {
	url string // of its sockets, a token is appended
	log *journal
	up  *gws.Upgrader

	mu    sync.RWMutex
	chats map[string]*chat
}

// Run serves on l, with the log in a new file, until ctx is over.
func Run(ctx context.Context, l net.Listener, file string) error {
	j, err := openJournal(file)
	if err != nil {
		return err
	}
	s := &Server{url: "ws://" + l.Addr().String() + "/ws?t=", log: j, chats: map[string]*chat{}}
	s.up = gws.NewUpgrader(listener{}, &gws.ServerOption{ReadBufferSize: 512})
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /contact/chat", s.start)
	mux.HandleFunc("POST /contact/create-participant", s.invite)
	mux.HandleFunc("POST /participant/connection", s.connect)
	mux.HandleFunc("POST /participant/message", s.message)
	mux.HandleFunc("POST /participant/transcript", s.transcript)
	mux.HandleFunc("GET /ws", s.socket)
	h := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = h.Close() })()
	if err := h.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return errors.Join(err, j.close())
	}
	return j.close()
}

// kept is how many messages a chat has in memory.
const kept = 100

type chat struct {
	mu      sync.Mutex
	sockets []*gws.Conn // replaced, never written to
	items   [][]byte    // as JSON, a ring once it is full
	next    int
}

func (s *Server) chat(id string) *chat {
	s.mu.RLock()
	c := s.chats[id]
	s.mu.RUnlock()
	if c != nil {
		return c
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if c = s.chats[id]; c == nil {
		c = &chat{}
		s.chats[id] = c
	}
	return c
}

// start begins a chat. Its id is every token too.
func (s *Server) start(w http.ResponseWriter, _ *http.Request) {
	id := newID()
	answer(w, map[string]string{"ContactId": id, "ParticipantId": id, "ParticipantToken": id})
}

func (s *Server) invite(w http.ResponseWriter, r *http.Request) {
	var in struct{ ContactId string }
	if !decode(w, r, &in) {
		return
	}
	answer(w, map[string]any{"ParticipantId": in.ContactId, "ParticipantCredentials": map[string]string{"ParticipantToken": in.ContactId}})
}

func (s *Server) connect(w http.ResponseWriter, r *http.Request) {
	t := r.Header.Get("X-Amz-Bearer")
	answer(w, map[string]any{
		"Websocket":             map[string]string{"Url": s.url + t},
		"ConnectionCredentials": map[string]string{"ConnectionToken": t},
	})
}

// listener answers subscriptions; nothing else comes.
type listener struct{ gws.BuiltinEventHandler }

func (listener) OnMessage(c *gws.Conn, m *gws.Message) {
	defer func() { _ = m.Close() }() // gives the buffer back; it never fails
	_ = c.WriteString(`{"topic":"aws/subscribe","content":{"status":"success","topics":["aws/chat"]}}`)
}

func (s *Server) socket(w http.ResponseWriter, r *http.Request) {
	conn, err := s.up.Upgrade(w, r)
	if err != nil {
		return
	}
	c := s.chat(r.URL.Query().Get("t"))
	c.mu.Lock()
	c.sockets = append(slices.Clip(c.sockets), conn)
	c.mu.Unlock()
	go conn.ReadLoop()
}

type item struct {
	AbsoluteTime, Content, ContentType, Id, Type, ParticipantId, DisplayName, ParticipantRole, InitialContactId, ContactId string
}

type frame struct {
	Topic       string `json:"topic"`
	ContentType string `json:"contentType"`
	Content     string `json:"content"`
}

// message is the work.
func (s *Server) message(w http.ResponseWriter, r *http.Request) {
	var in struct{ ContentType, Content, ClientToken string }
	if !decode(w, r, &in) {
		return
	}
	t := r.Header.Get("X-Amz-Bearer")
	at := time.Now().UTC().Format("2006-01-02T15:04:05.000Z") //nolint:forbidigo // nobody hands a clock in
	it := item{
		AbsoluteTime: at, Content: in.Content, ContentType: in.ContentType, Id: newID(), Type: "MESSAGE",
		ParticipantId: t, DisplayName: "Customer", ParticipantRole: "CUSTOMER", InitialContactId: t, ContactId: t,
	}
	b, err := json.Marshal(it)
	if err == nil {
		err = s.log.append(b)
	}
	if err != nil {
		http.Error(w, "{}", http.StatusInternalServerError)
		return
	}
	c := s.chat(t)
	c.mu.Lock()
	if len(c.items) < kept {
		c.items = append(c.items, b)
	} else {
		c.items[c.next%kept] = b
	}
	c.next++
	sockets := c.sockets
	c.mu.Unlock()
	f, _ := json.Marshal(frame{"aws/chat", "application/json", string(b)}) // strings always can be
	for _, conn := range sockets {
		_ = conn.WriteMessage(gws.OpcodeText, f) // who has left misses it
	}
	answer(w, struct{ AbsoluteTime, Id string }{at, it.Id})
}

func (s *Server) transcript(w http.ResponseWriter, r *http.Request) {
	c := s.chat(r.Header.Get("X-Amz-Bearer"))
	c.mu.Lock()
	defer c.mu.Unlock()
	b := append(make([]byte, 0, 64<<10), `{"Transcript":[`...)
	for i := range c.items {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, c.items[(max(c.next, kept)+i)%kept]...)
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(b, "]}"...)) // who has left needs no answer
}

func decode(w http.ResponseWriter, r *http.Request, in any) bool {
	if err := json.NewDecoder(r.Body).Decode(in); err != nil {
		http.Error(w, "{}", http.StatusBadRequest)
		return false
	}
	return true
}

func answer(w http.ResponseWriter, out any) {
	w.Header().Set("Content-Type", "application/json")
	b, _ := json.Marshal(out) // strings always can be
	_, _ = w.Write(b)         // who has left needs no answer
}

func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the program instead
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
