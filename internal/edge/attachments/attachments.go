// Package attachments is the door through which the bytes of files go: put at
// the address that StartAttachmentUpload gives out, and got at the one of
// GetAttachment. Whoever has an address may use it until it expires.
package attachments

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/bellpull/bellpull/internal/centre"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/edge/awshttp"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/tally"
	"github.com/bellpull/bellpull/internal/token"
)

// Path is where the door is; a token follows.
const Path = "/attachments/"

// Options are what a Door is made of.
type Options struct {
	Centre *centre.Centre
	Tokens *token.Keyring
	Log    *slog.Logger
	// URL is how clients reach the server, without a slash at the end.
	URL string
	// WallClock is the real time, by which lines are given up.
	WallClock func() time.Time
	// Observe, if set, is told of every request after its answer.
	Observe func(awshttp.Observation)
}

// Door answers requests below Path.
type Door struct {
	Options
	// Each holds an entry for an upload that is under way: one of any chat, and one
	// of a chat in that lane.
	uploading chan struct{}
	lanes     [64]chan struct{}
}

// How the lines are bounded: how many uploads are taken at a time, of everybody
// and in a lane, so that nobody alone keeps the others out; how long one waits for
// its turn, how long nothing may move, and how long all of it may take.
const (
	mostUploads = 16
	mostInLane  = 4
	patience    = 10 * time.Second
	stall       = 30 * time.Second
	longest     = 15 * time.Minute
)

// New returns the door.
func New(o Options) *Door {
	d := &Door{Options: o, uploading: make(chan struct{}, mostUploads)}
	for i := range d.lanes {
		d.lanes[i] = make(chan struct{}, mostInLane)
	}
	return d
}

// Upload returns where a file is put, and the headers that must come with it.
func (d *Door) Upload(chat contact.ID, f *contact.File) (address string, headers map[string]string) {
	return d.address(token.Upload, chat, f.ID, f.Until), headersOf(f)
}

// headersOf returns the headers of an upload. They are among those that the iOS
// SDK knows; it sends no others.
func headersOf(f *contact.File) map[string]string {
	return map[string]string{"Content-Type": f.Type, "Content-Disposition": disposition(f.Name)}
}

// Download returns where a file is got until a moment.
func (d *Door) Download(chat contact.ID, f *contact.File, until time.Time) string {
	return d.address(token.Download, chat, f.ID, until)
}

func (d *Door) address(kind token.Kind, chat contact.ID, id contact.FileID, until time.Time) string {
	return d.URL + Path + d.Tokens.Mint(token.Claims{Kind: kind, Realm: string(chat), Holder: string(id), Expires: until})
}

// ServeHTTP answers one request.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "x-amzn-ErrorType,x-amzn-RequestId,Content-Disposition,Content-Length,ETag")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin") // for pages that isolate themselves
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "private, no-store")
	watch, operation, status := tally.Start(), "", http.StatusOK
	defer func() {
		if d.Observe != nil && operation != "" {
			d.Observe(awshttp.Observation{Service: "attachments", Operation: operation, Status: status, Took: watch.Elapsed()})
		}
	}()
	var err error
	switch r.Method {
	case http.MethodOptions:
		preflight(w, r)
	case http.MethodPut:
		operation = "Upload"
		err = d.put(w, r)
	case http.MethodGet, http.MethodHead:
		operation = "Download"
		err = d.get(w, r)
	default:
		h.Set("Allow", "GET, HEAD, PUT, OPTIONS")
		err = errMethod
	}
	if err != nil {
		status = d.fail(w, r, err)
	}
}

var errMethod = fault.Newf(fault.Invalid, "the method must be PUT or GET")

// preflight lets every page put and get: the address is the permission.
func preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", "GET,PUT,OPTIONS")
	h.Set("Access-Control-Allow-Headers", "content-type,content-disposition")
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		h.Set("Access-Control-Allow-Headers", asked)
	}
	h.Set("Access-Control-Max-Age", "7200")
	w.WriteHeader(http.StatusNoContent)
}

// claims returns what the address of a request stands for.
func (d *Door) claims(r *http.Request, kind token.Kind) (chat contact.ID, file contact.FileID, err error) {
	c, err := d.Tokens.Verify(strings.TrimPrefix(r.URL.Path, Path), kind)
	if err != nil {
		return "", "", fault.Newf(fault.Denied, "the address is not one that was given out for this, or it has expired")
	}
	return contact.ID(c.Realm), contact.FileID(c.Holder), nil
}

// put takes the bytes of a file. When it answers they are safe.
func (d *Door) put(w http.ResponseWriter, r *http.Request) error {
	chat, id, err := d.claims(r, token.Upload)
	if err != nil {
		return err
	}
	f, err := d.Centre.UploadOf(r.Context(), chat, id)
	if err != nil {
		return err
	}
	line := http.NewResponseController(w)
	body := &patient{r: r.Body, line: line, now: d.WallClock, end: d.WallClock().Add(longest)}
	if err := checkHeaders(r, &f); err != nil {
		// A client that still sends would lose the answer.
		_, _ = io.CopyN(io.Discard, body, f.Size)
		return err
	}
	done, err := d.turn(r.Context(), chat)
	if err != nil {
		if fault.KindOf(err) == fault.Throttled {
			w.Header().Set("Retry-After", "5")
		}
		return err
	}
	defer done()
	err = d.Centre.Upload(r.Context(), chat, id, &exact{r: body, f: &f, left: f.Size})
	_ = line.SetWriteDeadline(d.WallClock().Add(stall)) // the upload may have outlasted the one that was set
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

var lanes = maphash.MakeSeed() // says which lane a chat is in

// turn waits for an upload's turn. Done ends it.
func (d *Door) turn(ctx context.Context, chat contact.ID) (done func(), err error) {
	soon, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	lane := d.lanes[maphash.String(lanes, string(chat))%uint64(len(d.lanes))]
	for i, room := range []chan struct{}{lane, d.uploading} {
		select {
		case room <- struct{}{}:
			continue
		case <-soon.Done():
		}
		if i > 0 {
			<-lane
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fault.Newf(fault.Throttled, "too many uploads are under way")
	}
	return func() { <-d.uploading; <-lane }, nil
}

// checkHeaders compares what came with what was announced, and says what differs.
func checkHeaders(r *http.Request, f *contact.File) error {
	want := headersOf(f)
	for _, name := range []string{"Content-Type", "Content-Disposition"} {
		if got := r.Header.Values(name); len(got) != 1 || strings.TrimSpace(got[0]) != want[name] {
			return fault.Newf(fault.Invalid, "the header %s must be %q, as HeadersToInclude says, and is %q", name, want[name], strings.Join(got, ", "))
		}
	}
	if r.ContentLength >= 0 && r.ContentLength != f.Size {
		return fault.Newf(fault.Invalid, "the header Content-Length must be %d, as AttachmentSizeInBytes said, and is %d", f.Size, r.ContentLength)
	}
	return nil
}

// patient reads a body for as long as something comes, and not for ever.
type patient struct {
	r    io.Reader
	line *http.ResponseController
	now  func() time.Time
	end  time.Time
}

func (p *patient) Read(b []byte) (int, error) {
	until := p.now().Add(stall)
	if p.end.Before(until) {
		until = p.end
	}
	_ = p.line.SetReadDeadline(until) // without it the server's own counts
	n, err := p.r.Read(b)
	if err != nil { // while the bytes are made safe nothing is read
		_ = p.line.SetReadDeadline(time.Time{})
	}
	return n, err
}

// exact reads as many bytes as were announced, and fails where there are fewer or
// more, or where the first ones are those of something else.
type exact struct {
	r      io.Reader
	f      *contact.File
	left   int64
	looked bool
	head   []byte // read to be looked at, not handed out yet
}

func (e *exact) Read(b []byte) (int, error) {
	if !e.looked {
		e.looked = true
		head := make([]byte, min(sniffBytes, e.left+1))
		n, err := io.ReadFull(e.r, head)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return 0, cut(err)
		}
		e.head = head[:n]
		if err := checkContent(e.f, e.head); err != nil {
			return 0, err
		}
	}
	var n int
	var err error
	if len(e.head) > 0 {
		n = copy(b, e.head)
		e.head = e.head[n:]
	} else {
		n, err = e.r.Read(b)
	}
	e.left -= int64(n)
	switch {
	case e.left < 0:
		return 0, fault.Newf(fault.Invalid, "the body has more than the %d bytes that AttachmentSizeInBytes said", e.f.Size)
	case errors.Is(err, io.EOF) && e.left > 0:
		return 0, fault.Newf(fault.Invalid, "the body has %d bytes, and AttachmentSizeInBytes said %d", e.f.Size-e.left, e.f.Size)
	case err != nil && !errors.Is(err, io.EOF):
		return n, cut(err)
	}
	return n, err
}

// cut says that the line has gone: nobody is at fault whom the log need name.
func cut(err error) error {
	return fault.Newf(fault.Invalid, "the upload was cut short: %v", err)
}

// get hands out a file. It is never shown in place, so that nothing in it can act
// in the name of this server.
func (d *Door) get(w http.ResponseWriter, r *http.Request) error {
	chat, id, err := d.claims(r, token.Download)
	if err != nil {
		return err
	}
	f, content, err := d.Centre.OpenFile(r.Context(), chat, id)
	if err != nil {
		return err
	}
	defer content.Close()
	h := w.Header()
	h.Set("Content-Type", f.Type)
	h.Set("Content-Length", strconv.FormatInt(f.Size, 10))
	h.Set("Content-Disposition", disposition(f.Name))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("ETag", `"`+f.Sum+`"`)
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	out := &patientWriter{w: w, line: http.NewResponseController(w), now: d.WallClock}
	if n, err := io.Copy(out, content); err != nil || n != f.Size {
		if r.Context().Err() == nil && out.err == nil { // it is not the client that is gone
			d.Log.ErrorContext(r.Context(), "an attachment cannot be read", "contact", chat, "attachment", id, "bytes", n, "error", err)
		}
		panic(http.ErrAbortHandler) // what was sent must not look whole
	}
	return nil
}

// patientWriter writes for as long as somebody takes it.
type patientWriter struct {
	w    io.Writer
	line *http.ResponseController
	now  func() time.Time
	err  error
}

func (p *patientWriter) Write(b []byte) (n int, err error) {
	_ = p.line.SetWriteDeadline(p.now().Add(stall)) // without it the server's own counts
	n, p.err = p.w.Write(b)
	return n, p.err
}

// disposition says that a file is to be kept under its name, in characters that
// every header can hold.
func disposition(name string) string {
	plain := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\/%`, r) {
			return '_'
		}
		return r
	}, name)
	out := `attachment; filename="` + plain + `"`
	if plain != name {
		out += "; filename*=UTF-8''" + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
	}
	return out
}

// statuses name each kind of failure, as the services do.
var statuses = map[fault.Kind]struct {
	status int
	name   string
}{
	fault.Invalid:   {http.StatusBadRequest, "ValidationException"},
	fault.Denied:    {http.StatusForbidden, "AccessDeniedException"},
	fault.Gone:      {http.StatusForbidden, "AccessDeniedException"},
	fault.NotFound:  {http.StatusNotFound, "ResourceNotFoundException"},
	fault.Conflict:  {http.StatusConflict, "ConflictException"},
	fault.Quota:     {http.StatusPaymentRequired, "ServiceQuotaExceededException"},
	fault.Throttled: {http.StatusTooManyRequests, "ThrottlingException"},
}

func (d *Door) fail(w http.ResponseWriter, r *http.Request, err error) (status int) {
	s, known := statuses[fault.KindOf(err)]
	message := err.Error()
	if e, ok := errors.AsType[*fault.Error](err); ok {
		message = e.Message
	}
	if !known {
		s.status, s.name = http.StatusInternalServerError, "InternalServerException"
		message = fmt.Sprintf("The server failed; its log says why, under request %s", strings.Join(w.Header()["x-amzn-RequestId"], ""))
		d.Log.ErrorContext(r.Context(), "attachment failed", "method", r.Method, "request", w.Header()["x-amzn-RequestId"], "error", err)
	}
	h := w.Header()
	h["x-amzn-ErrorType"] = []string{s.name}
	h.Set("Content-Type", "application/json")
	w.WriteHeader(s.status)
	// A client that is gone needs no answer.
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": s.name, "message": message})
	return s.status
}
