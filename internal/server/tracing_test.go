package server_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/bellpull/bellpull/internal/config"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

const (
	outerTrace = "0af7651916cd43dd8448eb211c80319c"
	outerSpan  = "b7ad6b7169203331"
)

// sayTraced sends a message that belongs to a trace of the caller's.
func sayTraced(srv *servertest.Server, c *servertest.Customer, flags string) servertest.Answer {
	return srv.Do("POST", "/participant/message", http.Header{
		"X-Amz-Bearer": {c.Connection}, "Content-Type": {"application/json"},
		"Traceparent": {"00-" + outerTrace + "-" + outerSpan + "-" + flags},
	}, `{"ContentType":"text/plain","Content":"hello"}`)
}

// tree draws spans below their parents, each with what the test wants to know.
func tree(spans tracetest.SpanStubs) string {
	var b strings.Builder
	var draw func(parent, indent string)
	draw = func(parent, indent string) {
		for _, s := range spans {
			if s.Parent.SpanID().String() != parent {
				continue
			}
			fmt.Fprintf(&b, "%s%s %s", indent, s.Name, s.SpanKind)
			for _, a := range s.Attributes {
				fmt.Fprintf(&b, " %s=%s", a.Key, a.Value.String())
			}
			b.WriteByte('\n')
			draw(s.SpanContext.SpanID().String(), indent+"  ")
		}
	}
	draw(outerSpan, "")
	return b.String()
}

// A message is followed from its request through the commit to both sockets.
func TestTraceOfAMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := config.Default()
		cfg.Tracing.Sample = 0 // but who calls says so
		spans := tracetest.NewInMemoryExporter()
		srv := servertest.Open(t, servertest.Options{Config: &cfg, Spans: spans})
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		synctest.Wait()
		ana.Accept(ada)
		ana.Connection(ada)
		synctest.Wait()
		if got := spans.GetSpans(); len(got) != 0 {
			t.Errorf("without being asked to, %d spans were recorded", len(got))
		}

		if a := sayTraced(srv, ada, "01"); a.Status != 200 {
			t.Fatalf("the message is answered %d %s", a.Status, a.Body)
		}
		synctest.Wait()
		got := spans.GetSpans()
		const want = `SendMessage server rpc.service=participant rpc.method=SendMessage http.response.status_code=200
  change internal
    commit internal
    deliver consumer bellpull.readers=2 bellpull.items=1
`
		if d := cmp.Diff(want, tree(got)); d != "" {
			t.Errorf("the spans are not as they should be (-want +got):\n%s", d)
		}
		for _, s := range got {
			if id := s.SpanContext.TraceID().String(); id != outerTrace {
				t.Errorf("%s is in the trace %s", s.Name, id)
			}
			for _, text := range []string{fmt.Sprint(s.Attributes), fmt.Sprint(s.Events), s.Name} {
				if strings.Contains(text, "hello") || strings.Contains(text, ada.Connection) {
					t.Errorf("%s tells what it must not: %s", s.Name, text)
				}
			}
		}

		spans.Reset()
		sayTraced(srv, ada, "00")
		synctest.Wait()
		if got := spans.GetSpans(); len(got) != 0 {
			t.Errorf("who calls wants no trace, and %d spans were recorded", len(got))
		}
	})
}

// With a share of all requests each door begins traces of its own.
func TestTracesOfEveryDoor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := config.Default()
		cfg.Tracing.Sample = 1
		spans := tracetest.NewInMemoryExporter()
		srv := servertest.Open(t, servertest.Options{Config: &cfg, Spans: spans})
		srv.SignIn("ana").SetState("Available")
		srv.StartChat("Ada")
		srv.Do("POST", "/start-chat", nil, "{")
		synctest.Wait()
		roots := map[string]bool{}
		for _, s := range spans.GetSpans() {
			if !s.Parent.IsValid() {
				roots[s.Name] = true
			}
		}
		for _, want := range []string{"StartChatContact", "CreateParticipantConnection", "PutAgentState", "StartChat"} {
			if !roots[want] {
				t.Errorf("there is no trace of %s among %v", want, roots)
			}
		}
	})
}

// What is traced reaches a collector at the latest when the server ends.
func TestTracesReachACollector(t *testing.T) {
	got := make(chan string, 10)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got <- r.URL.Path + " " + r.Header.Get("Content-Type") + " " + string(body)
	}))
	defer collector.Close()
	cfg := config.Default()
	cfg.Tracing = config.Tracing{Endpoint: collector.URL, Sample: 1}
	srv := servertest.Open(t, servertest.Options{Config: &cfg})
	srv.NewChat("Ada")
	srv.Stop()
	select {
	case report := <-got:
		for _, want := range []string{"/v1/traces application/x-protobuf ", "service.name", "bellpull", "StartChatContact", "commit"} {
			if !strings.Contains(report, want) {
				t.Errorf("the collector got no %q: %q", want, report)
			}
		}
	default:
		t.Error("the collector got nothing")
	}
}

// A collector that is not there costs nothing but the traces.
func TestAMissingCollectorHoldsUpNobody(t *testing.T) {
	cfg := config.Default()
	cfg.Tracing = config.Tracing{Endpoint: "http://127.0.0.1:1", Sample: 1}
	srv := servertest.Open(t, servertest.Options{Config: &cfg})
	srv.NewChat("Ada")
	srv.Stop() // fails the test if the server ends with an error
}
