package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/edge/widgetapi"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/outbox"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/store"
)

// DevOptions are what bellpull dev is made of. Of Options, Store, Now and Dev
// are filled in.
type DevOptions struct {
	Options
	// Directories are put into an empty store; with Reseed, into every one, where
	// they replace what has the same ids. Reload takes others.
	Directories []*directory.Directory
	Reseed      bool
	// Open opens the store; fresh empties it first.
	Open func(ctx context.Context, fresh bool) (store.Store, error)
}

// Dev is a server whose data, time and faults are in its user's hands, by the
// paths below /_bellpull/ (docs/dev.md).
type Dev struct {
	DevOptions
	clock   clock
	faults  faults
	events  outbox.Ring
	control *http.ServeMux
	server  atomic.Pointer[Server]

	// gate is held for reading by each request, and for writing while another
	// server takes the place of the present one.
	gate   sync.RWMutex
	ended  chan error // the end of a server's background work
	end    context.CancelFunc
	failed chan error // a reset that left no server behind

	reloads sync.Mutex // held by the one reload that goes on
}

// NewDev returns the server; Run serves.
func NewDev(ctx context.Context, o DevOptions) (*Dev, error) {
	d := &Dev{DevOptions: o, control: http.NewServeMux(), ended: make(chan error, 1), failed: make(chan error, 1)}
	d.Options.Dev, d.Options.Now = true, d.clock.now
	d.Sinks = append(slices.Clone(d.Sinks), &d.events)
	for pattern, h := range map[string]func(*http.Request) (any, error){
		"POST /_bellpull/reset":         d.reset,
		"POST /_bellpull/seed":          d.seed,
		"GET /_bellpull/clock":          d.time,
		"POST /_bellpull/clock":         d.advance,
		"GET /_bellpull/faults":         d.listFaults,
		"POST /_bellpull/faults":        d.addFault,
		"DELETE /_bellpull/faults":      d.clearFaults,
		"POST /_bellpull/sockets/close": d.closeSockets,
		"GET /_bellpull/events":         d.newest,
		"GET /_bellpull/inspect":        d.inspect,
		"GET /_bellpull/contacts/{id}":  d.inspectContact,

		"GET /_bellpull/contacts/{id}/why": d.why,
	} {
		d.control.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { answer(w, r, h) })
	}
	srv, err := d.open(ctx, false)
	if err != nil {
		return nil, err
	}
	d.server.Store(srv)
	return d, nil
}

// open returns a server on the store with the directories in it.
func (d *Dev) open(ctx context.Context, fresh bool) (*Server, error) {
	o := d.Options
	var err error
	if o.Store, err = d.Open(ctx, fresh); err != nil {
		return nil, err
	}
	have, err := o.Store.Instances(ctx)
	if err == nil && (len(have) == 0 || d.Reseed) {
		for _, dir := range d.Directories {
			err = errors.Join(err, o.Store.PutDirectory(ctx, dir))
		}
	}
	if err != nil {
		return nil, errors.Join(err, o.Store.Close())
	}
	srv, err := New(ctx, o)
	if err != nil {
		return nil, errors.Join(err, o.Store.Close())
	}
	return srv, nil
}

// Run serves on l until ctx is over.
func (d *Dev) Run(ctx context.Context, l net.Listener) error {
	closing := func() { close(d.server.Load().closing) }
	return serveHTTP(ctx, l, d, d.Log, closing, func(ctx context.Context) error {
		d.start(ctx)
		select {
		case err := <-d.failed:
			return err
		case <-ctx.Done():
		}
		d.gate.Lock()
		defer d.gate.Unlock()
		d.end()
		return <-d.ended
	})
}

// start begins the background work of the present server.
func (d *Dev) start(ctx context.Context) {
	ctx, d.end = context.WithCancel(context.WithoutCancel(ctx))
	srv := d.server.Load()
	go func() { d.ended <- srv.work(ctx) }()
}

// ServeHTTP answers the paths of the developers' door itself, fails what it was
// told to fail, and hands on the rest. While the server is reset, requests wait.
func (d *Dev) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, pattern := d.control.Handler(r); pattern != "" && clean(r.URL.Path) {
		d.control.ServeHTTP(w, r)
		return
	}
	d.gate.RLock()
	defer d.gate.RUnlock()
	srv := d.server.Load()
	if r.Method != http.MethodOptions { // browsers ask first, and are to get to the fault
		if f := d.faults.take(srv.operationOf(r)); f != nil {
			f.serve(w, r, srv)
			return
		}
	}
	srv.handler.ServeHTTP(w, r)
}

// operationOf names what a request is for.
func (s *Server) operationOf(r *http.Request) string {
	switch r.URL.Path {
	case "/ws":
		return "WebSocket"
	case "/start-chat", "/start-chat/", "/startChatContact", "/Prod", "/Prod/":
		return "StartChat"
	case "/api":
		return "AgentAPI"
	}
	if strings.HasPrefix(r.URL.Path, widgetapi.Prefix) && !strings.HasPrefix(r.URL.Path, widgetapi.Prefix+"assets/") {
		return "Widget"
	}
	for _, svc := range s.operations {
		if op, _ := svc.Match(r.Method, r.URL.EscapedPath()); op != nil {
			return op.Name
		}
	}
	return ""
}

// answer writes what h returns as JSON.
func answer(w http.ResponseWriter, r *http.Request, h func(*http.Request) (any, error)) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	out, err := h(r)
	if err != nil {
		var status int
		switch fault.KindOf(err) {
		case fault.Invalid:
			status = http.StatusBadRequest
		case fault.NotFound:
			status = http.StatusNotFound
		case fault.Conflict:
			status = http.StatusConflict
		default:
			status = http.StatusInternalServerError
		}
		w.WriteHeader(status)
		out = map[string]string{"message": err.Error()}
	}
	_ = json.NewEncoder(w).Encode(out) // a client that is gone needs no answer
}

const maxDevBody = 4 << 20

func readJSON(r *http.Request, into any) error {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxDevBody))
	if err == nil && len(body) > 0 {
		err = json.Unmarshal(body, into)
	}
	if err != nil {
		return fault.Newf(fault.Invalid, "the body cannot be read: %v", err)
	}
	return nil
}

// reset forgets all chats and everything that was changed, faults and moved
// time included. Sockets are closed, and old tokens refused. Requests under way
// are finished, and new ones wait.
func (d *Dev) reset(r *http.Request) (any, error) {
	close(d.server.Load().closing)
	d.gate.Lock()
	defer d.gate.Unlock()
	ctx := context.WithoutCancel(r.Context())
	d.end()
	err := <-d.ended
	d.clock.offset.Store(0)
	d.faults.clear()
	d.events.Clear()
	srv, err2 := d.open(ctx, true)
	if err2 != nil {
		err = errors.Join(err, err2)
		d.failed <- fmt.Errorf("reset: %w", err)
		return nil, err
	}
	d.server.Store(srv)
	d.start(ctx)
	return map[string]bool{"reset": true}, err
}

// Reload makes the running instances as another version of the seed has them,
// and returns what changed. What was done to them by other ways stays, unless
// the versions differ in it. What cannot be removed, being in use, is a fault of
// kind Conflict; nothing has changed then.
func (d *Dev) Reload(ctx context.Context, to []*directory.Directory) ([]*seed.Plan, error) {
	d.reloads.Lock()
	defer d.reloads.Unlock()
	d.gate.RLock() // reset, which reads the directories, waits
	defer d.gate.RUnlock()
	srv := d.server.Load()
	plans, err := seed.Replace(ctx, srv.admin, d.Directories, to)
	if err == nil {
		d.Directories = to
		srv.removed(plans)
	}
	return plans, err
}

// seed adds what the seed file in the body describes to the running instance.
func (d *Dev) seed(r *http.Request) (any, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxDevBody))
	if err != nil {
		return nil, err
	}
	f := seed.File{Name: "seed", Text: string(body)}
	plans, err := f.Apply(r.Context(), d.server.Load().admin, seed.Options{Dev: true}, false)
	if problems, ok := errors.AsType[*seed.Problems](err); ok {
		return nil, fault.Newf(fault.Invalid, "%v", problems)
	}
	if err != nil {
		return nil, err
	}
	return map[string]string{"instanceId": string(plans[0].After.Instance.ID)}, nil
}

// clock is the real clock, moved forward.
type clock struct{ offset atomic.Int64 }

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.offset.Load())) }

// maxAdvance keeps clients sane: they set their timers by what the server says
// and loop without a pause when that is further away than their timers reach.
const maxAdvance = 20 * 24 * time.Hour

func (d *Dev) time(*http.Request) (any, error) {
	return map[string]any{"now": d.clock.now().UTC(), "ahead": time.Duration(d.clock.offset.Load()).String()}, nil
}

// advance moves the clock forward; timers that have become due fire at once.
func (d *Dev) advance(r *http.Request) (any, error) {
	var in struct {
		Advance string `json:"advance"`
	}
	if err := readJSON(r, &in); err != nil {
		return nil, err
	}
	by, err := time.ParseDuration(in.Advance)
	if err != nil || by < 0 {
		return nil, fault.Newf(fault.Invalid, "advance: must be a duration such as 20s or 1h30m")
	}
	if ahead := d.clock.offset.Add(int64(by)); ahead > int64(maxAdvance) {
		d.clock.offset.Add(-int64(by))
		return nil, fault.Newf(fault.Invalid, "advance: the clock can be %s ahead at most; reset puts it back", maxAdvance)
	}
	d.server.Load().centre.Wake()
	return d.time(r)
}

// closeSockets closes the sockets of a participant or agent, or all.
func (d *Dev) closeSockets(r *http.Request) (any, error) {
	var in struct {
		Holder string `json:"holder"`
	}
	if err := readJSON(r, &in); err != nil {
		return nil, err
	}
	return map[string]int{"closed": d.server.Load().hub.Drop(in.Holder)}, nil
}

// newest shows the newest events and records, or those after a number.
func (d *Dev) newest(r *http.Request) (any, error) {
	type event struct {
		Number int64                `json:"number"`
		Kind   contact.OutgoingKind `json:"kind"`
		ID     string               `json:"id"`
		Body   json.RawMessage      `json:"body"`
	}
	var after int64
	if s := r.URL.Query().Get("after"); s != "" {
		var err error
		if after, err = strconv.ParseInt(s, 10, 64); err != nil || after < 0 {
			return nil, fault.Newf(fault.Invalid, "after: must be the number of an event")
		}
	}
	out := struct {
		Events []event `json:"events"`
	}{Events: []event{}}
	for _, o := range d.events.After(after) {
		out.Events = append(out.Events, event{o.Number, o.Kind, o.ID, o.Body})
	}
	return out, nil
}

// inspect shows who waits, who works on what, and what is open.
func (d *Dev) inspect(r *http.Request) (any, error) {
	srv := d.server.Load()
	type instance struct {
		ID      contact.InstanceID `json:"id"`
		Active  int                `json:"activeChats"`
		Waiting []store.Waiting    `json:"waiting"`
		Agents  []*contact.Agent   `json:"agents"`
	}
	out := struct {
		Now       time.Time  `json:"now"`
		Sockets   int64      `json:"sockets"`
		Instances []instance `json:"instances"`
	}{Now: d.clock.now().UTC(), Sockets: srv.hub.Open()}
	for _, dir := range srv.centre.Instances() {
		in := instance{ID: dir.Instance.ID, Waiting: []store.Waiting{}}
		var err error
		if in.Active, err = srv.Store.Active(r.Context(), dir.Instance.ID); err != nil {
			return nil, err
		}
		waiting, err := srv.Store.Waiting(r.Context(), dir.Instance.ID)
		if err != nil {
			return nil, err
		}
		in.Waiting = append(in.Waiting, waiting...)
		for id := range dir.Users {
			a, err := srv.centre.Agent(r.Context(), dir.Instance.ID, id)
			if err != nil {
				return nil, err
			}
			in.Agents = append(in.Agents, a)
		}
		out.Instances = append(out.Instances, in)
	}
	return out, nil
}

// inspectContact shows all that is known of a chat.
func (d *Dev) inspectContact(r *http.Request) (any, error) {
	srv := d.server.Load()
	chat, err := srv.centre.Chat(r.Context(), contact.ID(r.PathValue("id")))
	if err != nil {
		return nil, err
	}
	items, err := srv.Store.Items(r.Context(), chat.Number, 1, int(chat.Seq), false)
	return map[string]any{"chat": chat, "items": items}, err
}

// why says why a contact waits.
func (d *Dev) why(r *http.Request) (any, error) {
	srv := d.server.Load()
	chat, err := srv.centre.Chat(r.Context(), contact.ID(r.PathValue("id")))
	if err != nil {
		return nil, err
	}
	return srv.centre.Why(r.Context(), chat.Instance, chat.ID)
}
