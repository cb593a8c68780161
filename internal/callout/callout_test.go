package callout

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const ordersARN = "arn:aws:lambda:us-west-2:000000000000:function:orders"

// newCaller returns a caller that numbers its calls from 1.
func newCaller(t *testing.T, c Config) *Caller {
	t.Helper()
	return newCallerWith(t, c, Options{})
}

func newCallerWith(t *testing.T, c Config, o Options) *Caller {
	t.Helper()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	var n atomic.Int64
	o.Now = time.Now
	o.NewID = func() string { return "call-" + strconv.FormatInt(n.Add(1), 10) }
	caller, err := New(c, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(caller.transport.CloseIdleConnections)
	return caller
}

// ordersAt is a configuration that has the function orders at a URL.
func ordersAt(url string) Config {
	return Config{AllowPrivate: true, Functions: []FunctionRule{{ARN: ordersARN, HTTP: url}}}
}

// served lets the caller reach h by whatever name, over pipes. For bubbles.
func served(t *testing.T, c *Caller, h http.HandlerFunc) {
	t.Helper()
	l := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Only who has read the body notices that the client hangs up.
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		h(w, r)
	})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("serve: %v", err)
		}
	}()
	c.transport.DialContext = l.dial
	t.Cleanup(func() {
		c.transport.CloseIdleConnections()
		srv.Close()
		<-done
	})
}

type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case l.conns <- there:
		return here, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipes) Close() error   { l.once.Do(func() { close(l.closed) }); return nil }
func (l *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

func TestGlob(t *testing.T) {
	for _, tt := range []struct {
		pattern, s string
		want       bool
	}{
		{ordersARN, ordersARN, true},
		{ordersARN, ordersARN + "2", false},
		{"*", "", true},
		{"*", ordersARN, true},
		{"", "a", false},
		{"arn:aws:lambda:*:*:function:orders", ordersARN, true},
		{"arn:aws:lambda:*:*:function:orders", "arn:aws:lambda:us-west-2:000000000000:function:orders:live", false},
		{"arn:aws:lambda:*:function:ord*", ordersARN, true},
		{"*:bot-alias/B/*", "arn:aws:lex:eu-west-1:1:bot-alias/B/TSTALIASID", true},
		{"function:?", "function:a", true},
		{"function:?", "function:", false},
		{"*a*b", "aabbab", true},
		{"*a*b", "aabba", false},
		{"a**", "a", true},
	} {
		if got := fits(tt.pattern, tt.s); got != tt.want {
			t.Errorf("fits(%q, %q) = %v, want %v", tt.pattern, tt.s, got, tt.want)
		}
	}
}

func TestTheFirstRuleThatFitsIsTaken(t *testing.T) {
	c := newCaller(t, Config{Functions: []FunctionRule{
		{ARN: "*:orders", Command: []string{"first"}},
		{ARN: "*", Command: []string{"second"}},
	}})
	for arn, want := range map[string]string{ordersARN: "first", "arn:other": "second"} {
		r, err := find(c.functions, arn)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{want}, r.to.(*command).argv); diff != "" {
			t.Errorf("the rule for %s (-want +got):\n%s", arn, diff)
		}
	}
}

func TestWithoutARuleCallsFail(t *testing.T) {
	c := newCaller(t, Config{})
	if _, err := c.Invoke(t.Context(), InvokeRequest{ARN: ordersARN}); !errors.Is(err, ErrNoRule) || !strings.Contains(err.Error(), ordersARN) {
		t.Errorf("a function without rule: %v, want ErrNoRule with its ARN", err)
	}
	if _, err := c.RecognizeText(t.Context(), RecognizeRequest{BotARN: DemoBotARN, Text: "hi"}); !errors.Is(err, ErrNoRule) {
		t.Errorf("a bot without rule: %v, want ErrNoRule", err)
	}
}
