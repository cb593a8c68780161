package awshttp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/edge/awshttp"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/wire/connect"
	"github.com/bellpull/bellpull/internal/wire/participant"
)

// Headers that must be spelled just so, which is not Go's canonical form.
var errorType, requestID = "x-amzn-ErrorType", "x-amzn-RequestId"

// at is the clock of all tests.
var at = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func participantConfig(log io.Writer) awshttp.Config {
	n := 0
	return awshttp.Config{
		Operations: participant.Operations,
		Errors: map[fault.Kind][]awshttp.ErrorName{
			fault.Invalid:   {{Status: 400, Name: "ValidationException"}},
			fault.Denied:    {{Status: 403, Name: "AccessDeniedException", Message: "Access denied"}},
			fault.Conflict:  {{Status: 409, Name: "ConflictException"}},
			fault.Throttled: {{Status: 429, Name: "ThrottlingException"}},
		},
		Internal: awshttp.ErrorName{Status: 500, Name: "InternalServerException"},
		NewID:    func() string { n++; return fmt.Sprintf("request-%d", n) },
		Now:      func() time.Time { return at },
		Log:      slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

func connectConfig(log io.Writer) awshttp.Config {
	cfg := participantConfig(log)
	cfg.Operations = connect.Operations
	cfg.Errors = map[fault.Kind][]awshttp.ErrorName{
		fault.Invalid:  {{Status: 400, Name: "InvalidRequestException"}, {Status: 400, Name: "InvalidParameterException"}},
		fault.NotFound: {{Status: 404, Name: "ResourceNotFoundException"}},
		fault.Gone:     {{Status: 410, Name: "ContactNotFoundException"}, {Status: 404, Name: "ResourceNotFoundException"}},
	}
	cfg.Internal = awshttp.ErrorName{Status: 500, Name: "InternalServiceException"}
	return cfg
}

// call sends a request with a token and returns the answer.
func call(h http.Handler, method, target, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("X-Amz-Bearer", "tok")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func sendMessage(_ context.Context, in *participant.SendMessageRequest) (*participant.SendMessageResponse, error) {
	return &participant.SendMessageResponse{Id: in.Content + "/" + in.ConnectionToken}, nil
}

func TestAnOperationAnswers(t *testing.T) {
	svc := awshttp.NewService(participantConfig(t.Output()))
	awshttp.Handle(svc, &participant.SendMessage, sendMessage)
	w := call(svc, "POST", "/participant/message", `{"ContentType":"text/plain","Content":"hé","Unknown":[1]}`,
		"Authorization", "AWS4-HMAC-SHA256 Credential=/20260102/us-west-2/execute-api/aws4_request, nonsense",
		"Content-Type", "application/x-amz-json-1.1")
	if got, want := w.Body.String(), `{"Id":"hé/tok"}`; w.Code != 200 || got != want {
		t.Errorf("%d %s, want 200 %s", w.Code, got, want)
	}
	want := http.Header{
		"x-amzn-RequestId":              {"request-1"},
		"Content-Type":                  {"application/json"},
		"Content-Length":                {"16"},
		"Access-Control-Allow-Origin":   {"*"},
		"Access-Control-Expose-Headers": {"x-amzn-ErrorType,x-amzn-RequestId"},
	}
	if diff := cmp.Diff(want, w.Header()); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
}

func TestAnEmptyAnswerIsAnObject(t *testing.T) {
	svc := awshttp.NewService(participantConfig(t.Output()))
	awshttp.Handle(svc, &participant.DisconnectParticipant, func(context.Context, *participant.DisconnectParticipantRequest) (*participant.DisconnectParticipantResponse, error) {
		return nil, nil
	})
	w := call(svc, "POST", "/participant/disconnect", "")
	if got := w.Body.String(); w.Code != 200 || got != "{}" || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("%d %q %q, want 200 {} as application/json", w.Code, got, w.Header().Get("Content-Type"))
	}
}

func TestParametersStayInTheirSegment(t *testing.T) {
	svc := awshttp.NewService(participantConfig(t.Output()))
	var got string
	awshttp.Handle(svc, &participant.DescribeView, func(_ context.Context, in *participant.DescribeViewRequest) (*participant.DescribeViewResponse, error) {
		got = in.ViewToken
		return &participant.DescribeViewResponse{}, nil
	})
	if w := call(svc, "GET", "/participant/views/a%2Fb%3D%3D%20%25", ""); w.Code != 200 || got != "a/b== %" {
		t.Errorf("%d, token %q, want a/b== %%", w.Code, got)
	}
}

func TestErrors(t *testing.T) {
	var fails error
	log := &bytes.Buffer{}
	svc := awshttp.NewService(participantConfig(log))
	awshttp.Handle(svc, &participant.SendMessage, func(context.Context, *participant.SendMessageRequest) (*participant.SendMessageResponse, error) {
		if fails == nil {
			panic("a bug")
		}
		return nil, fails
	})
	const good = `{"ContentType":"text/plain","Content":"secret words"}`
	tests := []struct {
		name           string
		fails          error
		method, target string
		body           string
		header         []string
		status         int
		error          string
		message        string
		logged         string
	}{
		{
			name: "a rule of the model", body: `{"ContentType":"text/plain"}`,
			status: 400, error: "ValidationException", message: "Content: is required and must have at least 1 character", logged: "level=INFO",
		},
		{name: "malformed JSON", body: `{`, status: 400, error: "SerializationException", message: "unexpected end of the JSON text (at byte 1 of the body)", logged: "level=INFO"},
		{name: "another type", body: `{"Content":5}`, status: 400, error: "SerializationException", message: "Content: must be a string, not a number (at byte 11 of the body)"},
		{name: "no token", body: good, header: []string{"X-Amz-Bearer", ""}, status: 403, error: "AccessDeniedException", message: "Access denied", logged: "kind=denied"},
		{name: "a blank token and a bad body", body: `{}`, header: []string{"X-Amz-Bearer", " "}, status: 403, error: "AccessDeniedException", message: "Access denied"},
		{name: "a kind of failure", body: good, fails: fmt.Errorf("send: %w", fault.Newf(fault.Conflict, "contact %s has ended", "c1")), status: 409, error: "ConflictException", message: "contact c1 has ended", logged: `error=ConflictException kind=conflict`},
		{name: "a kind whose text is fixed", body: good, fails: fault.Newf(fault.Denied, "participant p1 has left"), status: 403, error: "AccessDeniedException", message: "Access denied"},
		{name: "too fast", body: good, fails: fault.Newf(fault.Throttled, "slow down"), status: 429, error: "ThrottlingException", message: "slow down", logged: "level=WARN"},
		{name: "an exception of the model", body: good, fails: fmt.Errorf("x: %w", &participant.ServiceQuotaExceededException{Message: "too many"}), status: 402, error: "ServiceQuotaExceededException", message: "too many"},
		{name: "a kind without a name", body: good, fails: fault.Newf(fault.Quota, "full"), status: 500, error: "InternalServerException", message: "request-", logged: "cause=full"},
		{name: "anything else", body: good, fails: errors.New("disk on fire"), status: 500, error: "InternalServerException", message: "request-", logged: `level=ERROR msg=request service=participant operation=SendMessage status=500 error=InternalServerException cause="disk on fire"`},
		{name: "a panic", body: good, status: 500, error: "InternalServerException", message: "request-", logged: `cause="panic: a bug" stack="goroutine`},
		{name: "an unknown path", target: "/participant/massage", status: 404, error: "UnknownOperationException", message: "there is no such operation"},
		{name: "a path with a slash too many", target: "/participant/message/", status: 404, error: "UnknownOperationException", message: "there is no such operation"},
		{name: "an empty parameter", method: "GET", target: "/participant/views/", status: 404, error: "UnknownOperationException", message: "there is no such operation"},
		{name: "another method", method: "GET", status: 405, error: "MethodNotAllowedException", message: "the method is not allowed here"},
		{name: "an operation without a handler", target: "/participant/event", body: `{}`, status: 400, error: "ValidationException", message: "SendEvent is not implemented by this server"},
		{name: "a body that is too large", body: strings.Repeat(" ", 128<<10+1), status: 413, error: "RequestEntityTooLargeException", message: "the body must have at most 131072 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			log.Reset()
			fails = tt.fails
			if tt.method == "" {
				tt.method = "POST"
			}
			if tt.target == "" {
				tt.target = "/participant/message"
			}
			w := call(svc, tt.method, tt.target, tt.body, tt.header...)
			var body struct {
				Type    string `json:"__type"`
				Message string `json:"message"`
			}
			if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
				t.Fatalf("body %q: %v", w.Body, err)
			}
			h := w.Header()
			if w.Code != tt.status || body.Type != tt.error || !strings.Contains(body.Message, tt.message) {
				t.Errorf("%d %s, want %d %s %q", w.Code, w.Body, tt.status, tt.error, tt.message)
			}
			if tt.status < 500 && body.Message != tt.message {
				t.Errorf("message %q, want %q", body.Message, tt.message)
			}
			if got := h[errorType]; len(got) != 1 || got[0] != tt.error {
				t.Errorf("x-amzn-ErrorType: %q in %v, want %s in this spelling", got, h, tt.error)
			}
			id := h[requestID]
			if len(id) != 1 || id[0] == "" || h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Access-Control-Expose-Headers") == "" || h.Get("Content-Type") != "application/json" {
				t.Errorf("headers %v lack a request id, CORS or the content type", h)
			}
			if strings.Contains(w.Body.String(), "fire") || strings.Contains(w.Body.String(), "bug") {
				t.Errorf("the client sees the cause: %s", w.Body)
			}
			line := log.String()
			if !strings.Contains(line, tt.logged) || strings.Count(line, "\n") != 1 || !strings.Contains(line, "request="+id[0]) {
				t.Errorf("log %q, want one line with %q", line, tt.logged)
			}
			if strings.Contains(line, "secret words") || strings.Contains(line, "tok") && !strings.Contains(line, "stack=") {
				t.Errorf("the log has content or tokens: %q", line)
			}
		})
	}
	if w := call(svc, "GET", "/participant/message", ""); w.Header().Get("Allow") != "POST, OPTIONS" {
		t.Errorf("Allow: %q", w.Header().Get("Allow"))
	}
}

func TestSuccessIsLoggedForDebuggingOnly(t *testing.T) {
	log := &bytes.Buffer{}
	cfg := participantConfig(log)
	type seen struct {
		op     string
		status int
	}
	var observed []seen
	cfg.Observe = func(o awshttp.Observation) { observed = append(observed, seen{o.Operation, o.Status}) }
	svc := awshttp.NewService(cfg)
	awshttp.Handle(svc, &participant.SendMessage, sendMessage)
	call(svc, "POST", "/participant/message", `{"ContentType":"text/plain","Content":"x"}`)
	call(svc, "POST", "/none", ``)
	want := `level=DEBUG msg=request service=participant operation=SendMessage status=200 took=0s request=request-1 in=42 out=14`
	if got, _, _ := strings.Cut(log.String(), "\n"); !strings.HasSuffix(got, want) {
		t.Errorf("log %q, want %q", got, want)
	}
	if diff := cmp.Diff([]seen{{"SendMessage", 200}, {"", 404}}, observed, cmp.AllowUnexported(seen{})); diff != "" {
		t.Error(diff)
	}
}

func TestFailuresOfClientsThatLeftAreNotOurs(t *testing.T) {
	log := &bytes.Buffer{}
	cfg := participantConfig(log)
	observed := 0
	cfg.Observe = func(o awshttp.Observation) { observed = o.Status }
	svc := awshttp.NewService(cfg)
	ctx, leave := context.WithCancel(t.Context())
	awshttp.Handle(svc, &participant.DisconnectParticipant, func(ctx context.Context, _ *participant.DisconnectParticipantRequest) (*participant.DisconnectParticipantResponse, error) {
		leave()
		return nil, fmt.Errorf("commit: %w", ctx.Err())
	})
	r := httptest.NewRequestWithContext(ctx, "POST", "/participant/disconnect", nil)
	r.Header.Set("X-Amz-Bearer", "tok")
	svc.ServeHTTP(httptest.NewRecorder(), r)
	if !strings.Contains(log.String(), `level=INFO msg=request service=participant operation=DisconnectParticipant status=499`) || observed != 499 {
		t.Errorf("observed %d, log %q", observed, log)
	}
}

func TestMistakesInTheTableArePanics(t *testing.T) {
	disconnect := func(context.Context, *participant.DisconnectParticipantRequest) (*participant.DisconnectParticipantResponse, error) {
		return nil, nil
	}
	for name, mistake := range map[string]func(*awshttp.Service){
		"two handlers": func(svc *awshttp.Service) {
			awshttp.Handle(svc, &participant.DisconnectParticipant, disconnect)
			awshttp.Handle(svc, &participant.DisconnectParticipant, disconnect)
		},
		"an operation of another service": func(svc *awshttp.Service) {
			awshttp.Handle(svc, &connect.StopContact, disconnect)
		},
		"no log": func(*awshttp.Service) {
			awshttp.NewService(awshttp.Config{})
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			mistake(awshttp.NewService(participantConfig(t.Output())))
		}()
	}
}

func TestErrorsTakeTheNameThatTheOperationDeclares(t *testing.T) {
	svc := awshttp.NewService(connectConfig(t.Output()))
	gone := fault.Newf(fault.Gone, "contact c1 is over")
	awshttp.Handle(svc, &connect.StopContact, func(context.Context, *connect.StopContactRequest) (*connect.StopContactResponse, error) {
		return nil, gone
	})
	awshttp.Handle(svc, &connect.DescribeContact, func(context.Context, *connect.DescribeContactRequest) (*connect.DescribeContactResponse, error) {
		return nil, gone
	})
	if w := call(svc, "POST", "/contact/stop", `{"ContactId":"c1","InstanceId":"i"}`); w.Code != 410 || !strings.Contains(w.Body.String(), "ContactNotFoundException") {
		t.Errorf("StopContact: %d %s", w.Code, w.Body)
	}
	if w := call(svc, "GET", "/contacts/i/c1", ""); w.Code != 404 || !strings.Contains(w.Body.String(), "ResourceNotFoundException") {
		t.Errorf("DescribeContact: %d %s", w.Code, w.Body)
	}
}

func TestEveryOperationIsReachedAndRefuses(t *testing.T) {
	for _, cfg := range []awshttp.Config{participantConfig(io.Discard), connectConfig(io.Discard)} {
		svc := awshttp.NewService(cfg)
		for _, op := range cfg.Operations {
			path := strings.NewReplacer("{", "%2F", "}", "%7E").Replace(op.Path)
			if got, known := svc.Match(op.Method, path); got != op || !known {
				t.Errorf("Match(%s %s) = %v, %v, want %s", op.Method, path, got, known, op.Name)
			}
			w := call(svc, op.Method, path, "")
			name := w.Header()[errorType]
			if w.Code != 400 || len(name) != 1 || !op.Declares(name[0]) {
				t.Errorf("%s without a handler: %d %v %s, want 400 with an exception that it declares", op.Name, w.Code, name, w.Body)
			}
		}
		if op, known := svc.Match("PATCH", cfg.Operations[0].Path); op != nil || !known {
			t.Errorf("Match of another method = %v, %v, want a known path", op, known)
		}
		for _, path := range []string{"", "/", "/nothing", "//", "/contact//stop", "contact/stop", "*"} {
			if op, known := svc.Match("POST", path); op != nil || known {
				t.Errorf("Match(POST %q) = %v, %v, want nothing", path, op, known)
			}
		}
	}
}

func TestPreflight(t *testing.T) {
	svc := awshttp.NewService(participantConfig(t.Output()))
	const asked = "authorization,content-type,x-amz-bearer,x-amz-content-sha256,x-amz-date,x-amz-user-agent"
	for _, path := range []string{"/participant/message", "/participant/views/unknown%2Fid", "/nowhere"} {
		r := httptest.NewRequest("OPTIONS", path, nil)
		r.Header.Set("Origin", "https://shop.example")
		r.Header.Set("Access-Control-Request-Method", "POST")
		r.Header.Set("Access-Control-Request-Headers", asked)
		w := httptest.NewRecorder()
		svc.ServeHTTP(w, r)
		h := w.Header()
		if w.Code != 204 || w.Body.Len() != 0 || h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Access-Control-Allow-Headers") != asked ||
			!strings.Contains(h.Get("Access-Control-Allow-Methods"), "POST") || h.Get("Access-Control-Max-Age") == "" {
			t.Errorf("preflight of %s: %d %v", path, w.Code, h)
		}
	}
	w := call(svc, "OPTIONS", "/participant/message", "")
	for _, name := range []string{"authorization", "x-amz-bearer", "x-amz-date", "x-amz-content-sha256", "x-amz-user-agent", "x-amz-security-token", "content-type"} {
		if !strings.Contains(w.Header().Get("Access-Control-Allow-Headers"), name) {
			t.Errorf("a preflight that asks for nothing is not told of %s", name)
		}
	}
}

func TestOriginsCanBeLimited(t *testing.T) {
	cfg := participantConfig(t.Output())
	cfg.AllowOrigin = func(origin string) bool { return origin == "https://good.example" }
	svc := awshttp.NewService(cfg)
	for origin, want := range map[string]string{"https://good.example": "https://good.example", "https://bad.example": "", "": ""} {
		w := call(svc, "POST", "/participant/message", "{}", "Origin", origin)
		if got := w.Header().Get("Access-Control-Allow-Origin"); got != want || w.Header().Get("Vary") != "Origin" {
			t.Errorf("from %q: allowed %q, Vary %q, want %q", origin, got, w.Header().Get("Vary"), want)
		}
	}
}

func TestBodiesOfUnknownLength(t *testing.T) {
	cfg := participantConfig(t.Output())
	cfg.MaxBody = 100
	svc := awshttp.NewService(cfg)
	awshttp.Handle(svc, &participant.SendMessage, sendMessage)
	send := func(body io.Reader) int {
		r := httptest.NewRequest("POST", "/participant/message", body)
		r.ContentLength = -1
		r.Header.Set("X-Amz-Bearer", "tok")
		w := httptest.NewRecorder()
		svc.ServeHTTP(w, r)
		return w.Code
	}
	const good = `{"ContentType":"text/plain","Content":"x"}`
	if got := send(strings.NewReader(good)); got != 200 {
		t.Errorf("a good body: %d", got)
	}
	if got := send(strings.NewReader(good + strings.Repeat(" ", 100))); got != 413 {
		t.Errorf("a body that is too large: %d, want 413", got)
	}
	if got := send(io.MultiReader(strings.NewReader(good), brokenReader{})); got != 400 {
		t.Errorf("a body that breaks off: %d, want 400", got)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

func TestABodyThatEndsEarly(t *testing.T) {
	svc := awshttp.NewService(participantConfig(t.Output()))
	r := httptest.NewRequest("POST", "/participant/message", strings.NewReader(`{}`))
	r.ContentLength = 10
	w := httptest.NewRecorder()
	svc.ServeHTTP(w, r)
	if w.Code != 400 || !strings.Contains(w.Body.String(), "SerializationException") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestAbortedHandlersAbort(t *testing.T) {
	svc := awshttp.NewService(participantConfig(t.Output()))
	awshttp.Handle(svc, &participant.DisconnectParticipant, func(context.Context, *participant.DisconnectParticipantRequest) (*participant.DisconnectParticipantResponse, error) {
		panic(http.ErrAbortHandler)
	})
	defer func() {
		if p := recover(); p != http.ErrAbortHandler { //nolint:errorlint // the very value counts
			t.Errorf("recovered %v, want http.ErrAbortHandler", p)
		}
	}()
	call(svc, "POST", "/participant/disconnect", "{}")
}

func TestMemoryOfOneRequestDoesNotReachAnother(t *testing.T) {
	svc := awshttp.NewService(participantConfig(io.Discard))
	var first *participant.SendMessageRequest
	awshttp.Handle(svc, &participant.SendMessage, func(_ context.Context, in *participant.SendMessageRequest) (*participant.SendMessageResponse, error) {
		if first == nil {
			first = in
		}
		return &participant.SendMessageResponse{}, nil
	})
	call(svc, "POST", "/participant/message", `{"ContentType":"text/plain","Content":"the first \"one\""}`)
	for range 10 {
		call(svc, "POST", "/participant/message", `{"ContentType":"xxxxxxxxxx","Content":"zzzzzzzzzz\"zzzzzz"}`)
	}
	if first.Content != `the first "one"` || first.ContentType != "text/plain" {
		t.Errorf("the first request became %+v", first)
	}
}

func TestPathAndQueryOfOneRequestDoNotReachAnother(t *testing.T) {
	svc := awshttp.NewService(connectConfig(io.Discard))
	awshttp.Handle(svc, &connect.ListContactReferences, func(_ context.Context, in *connect.ListContactReferencesRequest) (*connect.ListContactReferencesResponse, error) {
		return &connect.ListContactReferencesResponse{NextToken: in.InstanceId + in.ContactId + in.ReferenceTypes[0]}, nil
	})
	for i, want := range []string{"URL", "EMAIL", "ATTACHMENT"} {
		path := fmt.Sprintf("/contact/references/i%d/c%d?referenceTypes=%s", i, i, want)
		want = fmt.Sprintf(`{"NextToken":"i%dc%d%s","ReferenceSummaryList":[]}`, i, i, want)
		if w := call(svc, "GET", path, ""); w.Body.String() != want {
			t.Errorf("GET %s: %s, want %s", path, w.Body, want)
		}
	}
}

func TestContextKnowsTheRequest(t *testing.T) {
	svc := awshttp.NewService(participantConfig(t.Output()))
	type key struct{}
	awshttp.Handle(svc, &participant.DisconnectParticipant, func(ctx context.Context, _ *participant.DisconnectParticipantRequest) (*participant.DisconnectParticipantResponse, error) {
		derived := context.WithValue(ctx, key{}, 1)
		if got := awshttp.RequestID(derived); got != "request-1" {
			t.Errorf("RequestID = %q", got)
		}
		if got := awshttp.AccessKey(derived); got != "" {
			t.Errorf("AccessKey = %q, want none", got)
		}
		return nil, nil
	})
	call(svc, "POST", "/participant/disconnect", "{}")
	if got := awshttp.RequestID(t.Context()) + awshttp.AccessKey(t.Context()); got != "" {
		t.Errorf("a context of no request knows %q", got)
	}
}

// The whole way over TCP, for what httptest's recorder does not show.
func TestOverTheNetwork(t *testing.T) {
	svc := awshttp.NewService(participantConfig(io.Discard))
	awshttp.Handle(svc, &participant.SendMessage, sendMessage)
	srv := httptest.NewServer(svc)
	defer srv.Close()
	r, err := http.NewRequestWithContext(t.Context(), "POST", srv.URL+"/participant/message", strings.NewReader(`{"ContentType":"text/plain","Content":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("x-amz-bearer", "tok")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := resp.Body.Close(); err != nil {
			t.Error(err)
		}
	})
	body, err := io.ReadAll(resp.Body)
	if err != nil || string(body) != `{"Id":"x/tok"}` || resp.ContentLength != int64(len(body)) || resp.Header.Get("Date") == "" {
		t.Errorf("%s, %v, %v", body, err, resp.Header)
	}
}

func BenchmarkHandledOperation(b *testing.B) {
	cfg := participantConfig(io.Discard)
	cfg.NewID = func() string { return "6f9f3a52-6a5e-4d6c-9b1e-2f0f7a3a9d11" }
	cfg.Now = time.Now
	cfg.Log = slog.New(slog.DiscardHandler)
	svc := awshttp.NewService(cfg)
	out := &participant.SendMessageResponse{Id: "6f9f3a52-6a5e-4d6c-9b1e-2f0f7a3a9d11", AbsoluteTime: "2026-01-02T03:04:05.678Z"}
	awshttp.Handle(svc, &participant.SendMessage, func(context.Context, *participant.SendMessageRequest) (*participant.SendMessageResponse, error) {
		return out, nil
	})
	text := []byte(`{"ClientToken":"6f9f3a52-6a5e-4d6c-9b1e-2f0f7a3a9d11","Content":"Hello, I ordered a lamp last week and it has not arrived yet. Could you look into it? Thanks","ContentType":"text/plain"}`)
	body := bytes.NewReader(text)
	r := httptest.NewRequest("POST", "/participant/message", nil)
	r.Body = io.NopCloser(body)
	r.ContentLength = int64(len(text))
	r.Header.Set("X-Amz-Bearer", "tok")
	w := &discard{h: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		body.Reset(text)
		clear(w.h)
		svc.ServeHTTP(w, r)
	}
	if w.status != 200 {
		b.Fatalf("status %d", w.status)
	}
}

// discard is a ResponseWriter that costs nothing.
type discard struct {
	h      http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.h }
func (d *discard) WriteHeader(status int)      { d.status = status }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
