package server

import (
	"context"
	crand "crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"path"
	"runtime/debug"
	"strings"

	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/edge/attachments"
	"github.com/bellpull/bellpull/internal/edge/awshttp"
	"github.com/bellpull/bellpull/internal/edge/connectapi"
	"github.com/bellpull/bellpull/internal/edge/deskapi"
	"github.com/bellpull/bellpull/internal/edge/opsapi"
	"github.com/bellpull/bellpull/internal/edge/pace"
	"github.com/bellpull/bellpull/internal/edge/participantapi"
	"github.com/bellpull/bellpull/internal/edge/ratelimit"
	"github.com/bellpull/bellpull/internal/edge/startchat"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/token"
	"github.com/bellpull/bellpull/web"
)

// routes returns the handler of everything. The participant service comes
// first, since nearly all requests are its; what nobody else knows is the
// control plane's, whose refusal is JSON that every client understands.
func (s *Server) routes(tokens *token.Keyring) http.Handler {
	files := s.fileDoor(tokens)
	participants := s.participants(tokens, files)
	control, api := s.control(tokens)
	chats := s.startChat(api)
	s.operations = []*awshttp.Service{participants, control}

	mux := http.NewServeMux()
	mux.Handle("GET /ws", s.hub)
	for _, p := range []string{"/start-chat", "/start-chat/", "/startChatContact", "/Prod", "/Prod/"} {
		mux.Handle(p, chats)
	}
	mux.Handle(attachments.Path, files)
	mux.Handle("/ops/", s.ops())
	for _, prefix := range []string{"", "/connect"} {
		mux.Handle(prefix+"/api", s.desk)
		mux.HandleFunc(prefix+"/auth/token", s.desk.Token)
		mux.HandleFunc("GET "+prefix+"/auth/authorize", s.desk.Authorize)
		mux.HandleFunc(prefix+"/login", s.desk.Login)
		mux.HandleFunc(prefix+"/logout", s.desk.Logout)
	}
	mux.HandleFunc("GET /healthz", s.healthy)
	mux.HandleFunc("GET /readyz", s.ready)
	mux.Handle("GET /metrics", s.metrics.handler())
	pages := web.Handler()
	for _, p := range web.Patterns {
		mux.Handle(p, pages)
	}
	mux.HandleFunc("GET /demo/config.json", s.demoConfig)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/participant/") {
			participants.ServeHTTP(w, r)
			return
		}
		// The mux would answer a path that is not clean by a redirect, which breaks
		// signatures and is no JSON.
		if h, pattern := mux.Handler(r); pattern != "" && clean(r.URL.Path) {
			s.guard(w, r, h, pattern)
			return
		}
		control.ServeHTTP(w, r)
	})
}

// clean reports whether a path has no empty or dotted segments.
func clean(p string) bool {
	c := path.Clean(p)
	return c == p || c+"/" == p
}

// guard names a request to a door that is not one of the services, and answers
// for it when it panics. The log names the door by its pattern: a path may hold a
// token.
func (s *Server) guard(w http.ResponseWriter, r *http.Request, h http.Handler, pattern string) {
	id := s.requests.New()
	w.Header()["x-amzn-RequestId"] = []string{id}
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(p)
		}
		s.Log.ErrorContext(r.Context(), "panic", "path", pattern, "panic", p, "stack", string(debug.Stack()), "request", id)
		answerError(w, http.StatusInternalServerError, "InternalServiceException", "internal failure; the log says why, under request "+id)
	}()
	h.ServeHTTP(w, r)
}

// answerError writes an error as the services do.
func answerError(w http.ResponseWriter, status int, name, message string) {
	h := w.Header()
	h["x-amzn-ErrorType"] = []string{name}
	h.Set("Content-Type", "application/json")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "x-amzn-ErrorType,x-amzn-RequestId")
	w.WriteHeader(status)
	// A client that is gone needs no answer.
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": name, "message": message})
}

// service returns what the services have in common.
func (s *Server) service() awshttp.Config {
	return awshttp.Config{NewID: s.requests.New, Now: s.WallClock, Log: s.Log, Tracer: s.tracer, Observe: s.metrics.observe}
}

func (s *Server) participants(tokens *token.Keyring, files *attachments.Door) *awshttp.Service {
	cfg := s.service()
	cfg.Pace = pace.Participants(pace.Mode(s.Config.Limits.Rates), s.WallClock).Wait
	return participantapi.New(s.centre, tokens, s.hub, socketURL(s.URL), files).Serve(cfg)
}

func (s *Server) control(tokens *token.Keyring) (*awshttp.Service, *connectapi.API) {
	cfg := s.service()
	cfg.Pace = pace.Control(pace.Mode(s.Config.Limits.Rates), s.WallClock).Wait
	cfg.Verifier = s.verifier()
	api := connectapi.New(s.centre, s.admin, tokens)
	return api.Serve(cfg), api
}

func (s *Server) verifier() *awshttp.Verifier {
	return &awshttp.Verifier{Service: "connect", Secrets: s.secretOf, AcceptUnknown: s.Dev, Now: s.WallClock}
}

func (s *Server) ops() *opsapi.API {
	return opsapi.New(opsapi.Options{
		Admin: s.admin, Instances: s.centre.Instances, Verifier: s.verifier(), Removed: s.removed, Dev: s.Dev, Log: s.Log,
		Drain: s.drain.begin, Draining: s.drainState,
	})
}

// removed closes the sockets of users who have been removed; their tokens are
// refused already.
func (s *Server) removed(plans []*seed.Plan) {
	for _, p := range plans {
		for _, ref := range p.Remove {
			if ref.Kind == directory.UserKind {
				s.hub.Drop(ref.ID)
			}
		}
	}
}

// secretOf finds an access key. Those that are kept have no session tokens.
func (s *Server) secretOf(_ context.Context, id, sessionToken string) (secret string, known bool, err error) {
	for _, dir := range s.centre.Instances() {
		if k := dir.Keys[id]; k != nil && sessionToken == "" {
			return k.Secret, true, nil
		}
	}
	return "", false, nil
}

func (s *Server) startChat(api *connectapi.API) *startchat.Backend {
	o := startchat.Options{
		Start: api.StartChatContact,
		Name:  api.StartChatFailure,
		Files: s.centre.Files != nil,
		Log:   s.Log, Tracer: s.tracer, Observe: s.metrics.observe,
	}
	if dir := s.first(); dir != nil {
		o.Instance, o.Flow = string(dir.Instance.ID), string(dir.Instance.DefaultFlow)
	}
	if !s.Dev {
		c := s.Config.StartChat
		o.Origins = c.Origins
		o.Attributes = c.Attributes
		if o.Attributes == nil {
			o.Attributes = []string{}
		}
		if len(c.Attributes) == 1 && c.Attributes[0] == "*" {
			o.Attributes = nil
		}
		o.Limits = &startchat.Limits{
			PerAddress: ratelimit.New(ratelimit.Rate(c.PerAddress), s.Now),
			PerSession: ratelimit.New(ratelimit.Rate(c.PerSession), s.Now),
			Proxies:    c.Proxies,
		}
	}
	return startchat.New(o)
}

func (s *Server) deskAPI(tokens *token.Keyring) *deskapi.API {
	return deskapi.New(deskapi.Options{
		Centre: s.centre, Tokens: tokens, Log: s.Log, SocketURL: socketURL(s.URL), MissedAs: s.Config.MissedAs,
		SetPreferences: s.admin.SetPreferences,
		Closing:        s.closing, Proxies: s.Config.StartChat.Proxies, PerAddress: ratelimit.Rate(s.Config.SignIn.PerAddress),
		Tracer: s.tracer, Observe: s.metrics.observe,
	})
}

// first returns the only instance there is, or that with the lowest id.
func (s *Server) first() (first *directory.Directory) {
	for _, d := range s.centre.Instances() {
		if first == nil || d.Instance.ID < first.Instance.ID {
			first = d
		}
	}
	return first
}

// demoConfig tells the demo pages what to use. Only bellpull dev tells
// passwords.
func (s *Server) demoConfig(w http.ResponseWriter, _ *http.Request) {
	type agent struct {
		Username string `json:"username"`
		Password string `json:"password"`
	}
	var c struct {
		Dev           bool    `json:"dev"`
		InstanceID    string  `json:"instanceId"`
		ContactFlowID string  `json:"contactFlowId"`
		Region        string  `json:"region"`
		Agents        []agent `json:"agents"`
	}
	c.Dev, c.Agents = s.Dev, []agent{}
	if dir := s.first(); dir != nil {
		c.InstanceID, c.ContactFlowID, c.Region = string(dir.Instance.ID), string(dir.Instance.DefaultFlow), dir.Instance.Region
		if s.Dev {
			for _, a := range seed.DevAgents {
				if u := dir.Users[a.ID]; u != nil && u.Username == a.Username {
					c.Agents = append(c.Agents, agent{a.Username, a.Password})
				}
			}
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(c) // a client that is gone needs no answer
}

// secret returns a new signing secret.
func secret() []byte {
	b := make([]byte, 32)
	_, _ = crand.Read(b) // never fails: it ends the program instead
	return b
}
