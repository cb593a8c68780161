package server

import (
	"context"
	crand "crypto/rand"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
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
	"github.com/bellpull/bellpull/internal/edge/widgetapi"
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
	mux.HandleFunc("GET /events", s.hub.Events)
	mux.HandleFunc("GET /events/poll", s.hub.Poll)
	mux.HandleFunc("GET /events/queue", s.hub.Queue)
	for _, p := range []string{"/start-chat", "/start-chat/", "/startChatContact", "/Prod", "/Prod/"} {
		mux.Handle(p, chats)
	}
	mux.Handle(attachments.Path, files)
	mux.Handle(widgetapi.Prefix, s.widgetsAPI(tokens, api))
	mux.Handle("/ops/", s.ops())
	for _, prefix := range []string{"", "/connect"} {
		mux.Handle(prefix+"/api", s.desk)
		mux.HandleFunc(prefix+"/auth/token", s.desk.Token)
		mux.HandleFunc("GET "+prefix+"/auth/authorize", s.desk.Authorize)
		mux.HandleFunc(prefix+"/login", s.desk.Login)
		mux.HandleFunc(prefix+"/logout", s.desk.Logout)
	}
	mux.HandleFunc("GET /setup/state", s.desk.SetupState)
	mux.HandleFunc("POST /setup/user", s.desk.SetupUser)
	mux.HandleFunc("GET /healthz", s.healthy)
	mux.HandleFunc("GET /readyz", s.ready)
	mux.Handle("GET /metrics", s.metrics.handler())
	pages := web.Handler(s.URL)
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
		Files: s.centre.TakesFiles(),
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

// widgetsAPI answers the chat windows of web sites. Developers meet no limits.
func (s *Server) widgetsAPI(tokens *token.Keyring, api *connectapi.API) *widgetapi.API {
	c := s.Config.Widget
	o := widgetapi.Options{
		Instances: s.centre.Instances, Start: api.StartChatContact, LastChat: s.centre.LastChat, Tokens: tokens, Now: s.Now, WallClock: s.WallClock,
		Own: ownOrigins(s.URL), Proxies: s.Config.StartChat.Proxies, Difficulty: c.Difficulty,
		Log: s.Log, Tracer: s.tracer, Observe: s.metrics.observe,
	}
	if maxBytes, types, ok := s.centre.FileLimits(); ok {
		o.Attachments = widgetapi.Attachments{Enabled: true, MaxBytes: maxBytes, Types: types}
	}
	if s.approver != nil {
		o.Approve = s.approver.Approve
	}
	if !s.Dev {
		o.PerAddress = ratelimit.New(ratelimit.Rate(c.PerAddress), s.Now)
		o.PerWidget = ratelimit.New(ratelimit.Rate(c.PerWidget), s.Now)
		o.Reads = ratelimit.New(ratelimit.Rate(c.Reads), s.Now)
	}
	return widgetapi.New(o)
}

// ownOrigins returns the origins of the server's own pages: its URL's, and on
// its own machine those by which people open it.
func ownOrigins(base string) []string {
	u, err := url.Parse(base)
	if err != nil {
		return nil
	}
	own := []string{u.Scheme + "://" + u.Host}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() == "localhost" || ip != nil && ip.IsLoopback() {
		for _, host := range []string{"localhost", "127.0.0.1"} {
			own = append(own, u.Scheme+"://"+net.JoinHostPort(host, u.Port()))
		}
	}
	return own
}

func (s *Server) deskAPI(tokens *token.Keyring) *deskapi.API {
	return deskapi.New(deskapi.Options{
		Centre: s.centre, Tokens: tokens, Log: s.Log, SocketURL: socketURL(s.URL), MissedAs: s.Config.MissedAs,
		Admin: s.admin, SetPreferences: s.admin.SetPreferences,
		Closing: s.closing, Proxies: s.Config.StartChat.Proxies, PerAddress: ratelimit.Rate(s.Config.SignIn.PerAddress),
		Tracer: s.tracer, Observe: s.metrics.observe,
	})
}

// SetupURL returns the page on which the first administrator is made, with the
// token for it, or nothing when there is one.
func (s *Server) SetupURL() string {
	dir := s.first()
	if dir == nil {
		return ""
	}
	t := s.desk.SetupToken(dir.Instance.ID)
	if t == "" {
		return ""
	}
	return s.URL + "/setup/#" + t
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
		WidgetID      string  `json:"widgetId"`
		Region        string  `json:"region"`
		Agents        []agent `json:"agents"`
	}
	c.Dev, c.Agents = s.Dev, []agent{}
	if dir := s.first(); dir != nil {
		c.InstanceID, c.ContactFlowID, c.Region = string(dir.Instance.ID), string(dir.Instance.DefaultFlow), dir.Instance.Region
		if s.Dev {
			if dir.Widgets[seed.DevWidget] != nil {
				c.WidgetID = string(seed.DevWidget)
			}
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
