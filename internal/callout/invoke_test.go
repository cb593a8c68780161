package callout

import (
	"bytes"
	"context"
	"crypto/hmac"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/edge/awshttp"
	"github.com/bellpull/bellpull/internal/fault"
)

func TestAFunctionBehindHTTPGetsTheEventAndAnswers(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("hush\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	event := Event{ContactID: "c-1", Parameters: json.RawMessage(`{"orderNumber":"A-1"}`)}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		want, _ := event.payload()
		if diff := cmp.Diff(string(want), string(body)); diff != "" {
			t.Errorf("the event (-want +got):\n%s", diff)
		}
		for name, want := range map[string]string{
			"Content-Type": "application/json", "Bellpull-Function": ordersARN,
			"Bellpull-Request-Id": "call-1", "X-Amz-Invocation-Type": "RequestResponse",
		} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("header %s is %q, want %q", name, got, want)
			}
		}
		at, mac, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("Bellpull-Signature"), "t="), ",v1=")
		if want := hexOf(keyed([]byte("hush"), at+"."+string(body))); !hmac.Equal([]byte(want), []byte(mac)) {
			t.Errorf("the signature is %q, want that of the time, a full stop and the body", r.Header.Get("Bellpull-Signature"))
		}
		fmt.Fprint(w, `{"state":"DELAYED"}`)
	}))
	defer srv.Close()
	conf := ordersAt(srv.URL + "/lookup?from=chat")
	conf.Functions[0].SecretFile = secret
	got, err := newCaller(t, conf).Invoke(t.Context(), InvokeRequest{ARN: ordersARN, Event: event})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(InvokeAnswer{Values: Values{"state": "DELAYED"}, RequestID: "call-1"}, got); diff != "" {
		t.Errorf("the answer (-want +got):\n%s", diff)
	}
}

func hexOf(b []byte) string {
	const digits = "0123456789abcdef"
	var s strings.Builder
	for _, c := range b {
		s.Write([]byte{digits[c>>4], digits[c&15]})
	}
	return s.String()
}

func TestWhatIsRetried(t *testing.T) {
	for _, tt := range []struct {
		name     string
		statuses []int // of the attempts; the last one goes on
		attempts int
		took     time.Duration
		err      error
	}{
		{"success is not", []int{200}, 1, 0, nil},
		{"throttled once", []int{429, 200}, 2, 100 * time.Millisecond, nil},
		{"failed inside thrice", []int{500, 502, 503, 200}, 4, 700 * time.Millisecond, nil},
		{"throttled for good", []int{429}, 4, 700 * time.Millisecond, ErrThrottled},
		{"failed inside for good", []int{500}, 4, 700 * time.Millisecond, ErrFailed},
		{"refused", []int{403}, 1, 0, ErrFailed},
		{"not found", []int{404}, 1, 0, ErrFailed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCaller(t, ordersAt("http://orders.example.org"))
				var attempts atomic.Int64
				ids := make(chan string, 10)
				served(t, c, func(w http.ResponseWriter, r *http.Request) {
					ids <- r.Header.Get("Bellpull-Request-Id")
					n := min(int(attempts.Add(1)), len(tt.statuses))
					w.WriteHeader(tt.statuses[n-1])
					fmt.Fprint(w, `{}`)
				})
				began := time.Now()
				_, err := c.Invoke(t.Context(), InvokeRequest{ARN: ordersARN})
				if !errors.Is(err, tt.err) {
					t.Errorf("error %v, want %v", err, tt.err)
				}
				if got := int(attempts.Load()); got != tt.attempts {
					t.Errorf("%d attempts, want %d", got, tt.attempts)
				}
				if got := time.Since(began); got != tt.took {
					t.Errorf("took %v, want %v", got, tt.took)
				}
				for range tt.attempts {
					if got := <-ids; got != "call-1" {
						t.Errorf("an attempt has the id %q, want that of the call", got)
					}
				}
			})
		})
	}
}

func TestTheTimeLimitIsForAllAttemptsTogether(t *testing.T) {
	for _, tt := range []struct {
		name    string
		limit   time.Duration // the flow's
		timeout time.Duration // the rule's
		busy    time.Duration // before each failure
		want    time.Duration
	}{
		{"one slow attempt", 3 * time.Second, 0, time.Minute, 3 * time.Second},
		{"several", 2 * time.Second, 0, 900 * time.Millisecond, 2 * time.Second},
		{"the rule's own", 8 * time.Second, 500 * time.Millisecond, time.Minute, 500 * time.Millisecond},
		{"none named", 0, 0, time.Minute, 8 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				conf := ordersAt("http://orders.example.org")
				conf.Functions[0].Timeout = tt.timeout
				c := newCaller(t, conf)
				served(t, c, func(w http.ResponseWriter, r *http.Request) {
					select {
					case <-time.After(tt.busy):
					case <-r.Context().Done():
					}
					w.WriteHeader(http.StatusInternalServerError)
				})
				began := time.Now()
				_, err := c.Invoke(t.Context(), InvokeRequest{ARN: ordersARN, Limit: tt.limit})
				if !errors.Is(err, ErrTimeLimit) {
					t.Errorf("error %v, want ErrTimeLimit", err)
				}
				if got := time.Since(began); got != tt.want {
					t.Errorf("it took %v, want %v", got, tt.want)
				}
			})
		})
	}
}

func TestACallerThatGoesAwayIsNotATimeLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCaller(t, ordersAt("http://orders.example.org"))
		served(t, c, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := c.Invoke(ctx, InvokeRequest{ARN: ordersARN})
		if errors.Is(err, ErrTimeLimit) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want that of the context", err)
		}
	})
}

func TestCallsBeyondTheRulesNumberWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conf := ordersAt("http://orders.example.org")
		conf.Functions[0].Concurrent = 2
		c := newCaller(t, conf)
		var running, most atomic.Int64
		served(t, c, func(w http.ResponseWriter, _ *http.Request) {
			most.Store(max(most.Load(), running.Add(1)))
			time.Sleep(time.Second)
			running.Add(-1)
			fmt.Fprint(w, `{}`)
		})
		began := time.Now()
		var g sync.WaitGroup
		for range 6 {
			g.Go(func() {
				if _, err := c.Invoke(t.Context(), InvokeRequest{ARN: ordersARN}); err != nil {
					t.Error(err)
				}
			})
		}
		g.Wait()
		if got := time.Since(began); got != 3*time.Second || most.Load() != 2 {
			t.Errorf("6 calls of 1s took %v, %d at a time; want 3s, 2 at a time", got, most.Load())
		}
	})
}

func TestInvalidRequestsAreRefused(t *testing.T) {
	c := newCaller(t, ordersAt("http://orders.example.org"))
	for name, r := range map[string]InvokeRequest{
		"a limit below a second":       {Limit: time.Millisecond},
		"a limit above 8 seconds":      {Limit: 9 * time.Second},
		"an asynchronous one above 60": {Limit: 61 * time.Second, Async: true},
		"an unknown response type":     {ResponseType: "XML"},
		"a huge event":                 {Event: Event{Parameters: json.RawMessage(`{"a":"` + strings.Repeat("x", maxEvent) + `"}`)}},
	} {
		r.ARN = ordersARN
		if _, err := c.Invoke(t.Context(), r); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v, want a fault of kind invalid", name, err)
		}
	}
}

func TestAsynchronousCallsRunBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logged bytes.Buffer
		c := newCallerWith(t, ordersAt("http://orders.example.org"), Options{Log: slog.New(slog.NewTextHandler(&logged, nil))})
		kinds := make(chan string, 10)
		served(t, c, func(w http.ResponseWriter, r *http.Request) {
			kinds <- r.Header.Get("X-Amz-Invocation-Type")
			time.Sleep(30 * time.Second)
			if r.Header.Get("Bellpull-Request-Id") == "call-3" {
				w.WriteHeader(http.StatusBadRequest)
			}
			fmt.Fprint(w, `{"a":"b"}`)
		})
		ctx, stop := context.WithCancel(t.Context())
		over := make(chan error)
		go func() { over <- c.Run(ctx) }()

		began := time.Now()
		done := make(chan InvokeAnswer, 1)
		for id, f := range map[string]func(InvokeAnswer, error){"call-1": nil, "call-2": func(a InvokeAnswer, err error) {
			if err != nil {
				t.Error(err)
			}
			done <- a
		}} {
			_ = id // either may come first
			got, err := c.Invoke(t.Context(), InvokeRequest{ARN: ordersARN, Async: true, Done: f})
			if err != nil || got.Values != nil || got.RequestID == "" {
				t.Errorf("an asynchronous call answers %+v, %v; want an id alone", got, err)
			}
		}
		if got := time.Since(began); got != 0 {
			t.Errorf("asynchronous calls took %v, want no time", got)
		}
		if diff := cmp.Diff(Values{"a": "b"}, (<-done).Values); diff != "" {
			t.Errorf("what the call came to (-want +got):\n%s", diff)
		}
		if a, b := <-kinds, <-kinds; a == b {
			t.Errorf("both calls were of type %s; want the one that nobody waits for to be an Event", a)
		}
		if _, err := c.Invoke(t.Context(), InvokeRequest{ARN: ordersARN, Async: true}); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if !strings.Contains(logged.String(), "request=call-3") {
			t.Errorf("the log of a failed call: %q", logged.String())
		}
		stop()
		if err := <-over; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

func TestTooManyAsynchronousCallsAreThrottled(t *testing.T) {
	c := newCaller(t, ordersAt("http://orders.example.org"))
	for i := range mostJobs {
		if _, err := c.Invoke(t.Context(), InvokeRequest{ARN: ordersARN, Async: true}); err != nil {
			t.Fatalf("call %d: %v", i, err)
		}
	}
	if _, err := c.Invoke(t.Context(), InvokeRequest{ARN: ordersARN, Async: true}); !errors.Is(err, ErrThrottled) {
		t.Errorf("one more: %v, want ErrThrottled", err)
	}
}

func TestAnUnreachableEndpointFails(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	srv.Close()
	if _, err := newCaller(t, ordersAt(srv.URL)).Invoke(t.Context(), InvokeRequest{ARN: ordersARN}); !errors.Is(err, ErrFailed) {
		t.Errorf("error %v, want ErrFailed", err)
	}
}

// lambda is an endpoint with the Invoke API.
func lambda(t *testing.T, answer func(w http.ResponseWriter, function string)) string {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if _, err := verifier("lambda", "us-west-2").Verify(r, body); err != nil {
			t.Errorf("the signature: %v", err)
		}
		name, ok := strings.CutPrefix(r.URL.EscapedPath(), "/2015-03-31/functions/")
		name, isInvoke := strings.CutSuffix(name, "/invocations")
		if !ok || !isInvoke || r.Method != http.MethodPost {
			t.Errorf("asked for %s %s", r.Method, r.URL.EscapedPath())
		}
		answer(w, r.Header.Get("X-Amz-Invocation-Type")+" "+name)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func keyFiles(t *testing.T) AWS {
	t.Helper()
	dir := t.TempDir()
	a := AWS{AccessKeyID: "AKID", SecretFile: filepath.Join(dir, "secret"), SessionTokenFile: filepath.Join(dir, "token")}
	for file, text := range map[string]string{a.SecretFile: "s3cret\n", a.SessionTokenFile: "t0ken"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func TestAFunctionBehindTheInvokeAPI(t *testing.T) {
	const escaped = "arn%3Aaws%3Alambda%3Aus-west-2%3A000000000000%3Afunction%3Aorders"
	for _, tt := range []struct {
		name, function string
		status         int
		failure        string // X-Amz-Function-Error
		asked          string
		err            error
	}{
		{"by ARN", "", 200, "", "RequestResponse " + escaped, nil},
		{"by a name of its own", "Orders", 200, "", "RequestResponse Orders", nil},
		{"a function that fails", "", 200, "Unhandled", "RequestResponse " + escaped, ErrFailed},
		{"one that is not there", "", 404, "", "RequestResponse " + escaped, ErrFailed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var asked []string
			aws := keyFiles(t)
			aws.Endpoint = lambda(t, func(w http.ResponseWriter, what string) {
				asked = append(asked, what)
				if tt.failure != "" {
					w.Header().Set("X-Amz-Function-Error", tt.failure)
				}
				if tt.status == 404 {
					w.Header().Set("X-Amzn-Errortype", "ResourceNotFoundException")
				}
				w.WriteHeader(tt.status)
				fmt.Fprint(w, `{"state":"SHIPPED"}`)
			})
			c := newCaller(t, Config{AllowPrivate: true, Functions: []FunctionRule{{ARN: "*", Lambda: &Lambda{AWS: aws, Function: tt.function}}}})
			got, err := c.Invoke(t.Context(), InvokeRequest{ARN: ordersARN})
			if !errors.Is(err, tt.err) {
				t.Fatalf("error %v, want %v", err, tt.err)
			}
			if err == nil && got.Values["state"] != "SHIPPED" {
				t.Errorf("answer %v", got.Values)
			}
			if tt.status == 404 && !strings.Contains(err.Error(), "ResourceNotFoundException") {
				t.Errorf("the error %q does not say why", err)
			}
			if diff := cmp.Diff([]string{tt.asked}, asked); diff != "" {
				t.Errorf("what was invoked (-want +got):\n%s", diff)
			}
		})
	}
}

// An ARN comes from the flow; it must not lead a signed request to a host of
// the author's choice.
func TestTheEndpointOfARegion(t *testing.T) {
	for arn, want := range map[string]string{
		ordersARN: "https://lambda.us-west-2.amazonaws.com",
		"arn:aws-cn:lambda:cn-north-1:1:function:f":         "https://lambda.cn-north-1.amazonaws.com.cn",
		"arn:aws-us-gov:lambda:us-gov-west-1:1:function:f":  "https://lambda.us-gov-west-1.amazonaws.com",
		"arn:aws:lambda:evil.example/:1:function:f":         "",
		"arn:aws:lambda:us-west-2@evil.example:1:function:": "",
		"arn:aws:lambda::1:function:f":                      "",
		"orders":                                            "",
	} {
		region, err := AWS{}.region(arn)
		if want == "" {
			if !errors.Is(err, ErrFailed) {
				t.Errorf("the region of %s is %q, %v; want ErrFailed", arn, region, err)
			}
			continue
		}
		if got := (AWS{}).base("lambda", arn, region); err != nil || got != want {
			t.Errorf("%s is invoked at %s, %v; want %s", arn, got, err, want)
		}
	}
}

// verifier accepts the key that the tests sign with.
func verifier(service, region string) *awshttp.Verifier {
	return &awshttp.Verifier{
		Service: service, Region: region, Now: time.Now,
		Secrets: func(_ context.Context, id, token string) (string, bool, error) {
			return "s3cret", id == "AKID" && (token == "" || token == "t0ken"), nil
		},
	}
}
