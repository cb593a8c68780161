package tracing

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

const (
	someTrace  = "0af7651916cd43dd8448eb211c80319c"
	someSpan   = "b7ad6b7169203331"
	someParent = "00-" + someTrace + "-" + someSpan + "-01"
)

// recorder returns a tracer and where its spans end up.
func recorder(t *testing.T) (*Tracer, *tracetest.SpanRecorder) {
	r := tracetest.NewSpanRecorder()
	p := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(r), sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.AlwaysSample())))
	t.Cleanup(func() {
		if err := p.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return New(p), r
}

func TestSpansHangTogether(t *testing.T) {
	tr, r := recorder(t)
	ctx, req := tr.Request(t.Context(), http.Header{"Traceparent": {someParent}}, "service", "Operation")
	ctx, span := Start(ctx, "inner")
	carried := Carry(ctx)
	End(span, errors.New("broken"))
	req.End(503)
	tr.Follow(carried, "elsewhere").End()

	ended := r.Ended()
	if len(ended) != 3 {
		t.Fatalf("got %d spans, want 3", len(ended))
	}
	inner, outer, elsewhere := ended[0], ended[1], ended[2]
	for _, s := range ended {
		if got := s.SpanContext().TraceID().String(); got != someTrace {
			t.Errorf("%s is in the trace %s", s.Name(), got)
		}
	}
	if got := outer.Parent().SpanID().String(); got != someSpan || outer.Name() != "Operation" {
		t.Errorf("%s is below %s", outer.Name(), got)
	}
	for _, s := range []sdktrace.ReadOnlySpan{inner, elsewhere} {
		want := map[string]sdktrace.ReadOnlySpan{"inner": outer, "elsewhere": inner}[s.Name()]
		if want == nil || s.Parent().SpanID() != want.SpanContext().SpanID() {
			t.Errorf("%s is below %s", s.Name(), s.Parent().SpanID())
		}
	}
	if inner.Status().Code != codes.Error || outer.Status().Code != codes.Error || elsewhere.Status().Code == codes.Error {
		t.Errorf("got the states %v, %v, %v", inner.Status(), outer.Status(), elsewhere.Status())
	}
}

func TestWhatIsNotTraced(t *testing.T) {
	tr, r := recorder(t)
	var off *Tracer
	for name, begin := range map[string]func() context.Context{
		"no tracer": func() context.Context {
			ctx, _ := off.Request(t.Context(), http.Header{"Traceparent": {someParent}}, "", "")
			return ctx
		},
		"no request": t.Context,
		"not sampled outside": func() context.Context {
			ctx, _ := tr.Request(t.Context(), http.Header{"Traceparent": {"00-" + someTrace + "-" + someSpan + "-00"}}, "", "")
			return ctx
		},
	} {
		ctx := begin()
		inner, span := Start(ctx, "inner")
		End(span, errors.New("broken"))
		if inner != ctx || Carry(inner) != "" {
			t.Errorf("%s: something is carried on: %q", name, Carry(inner))
		}
	}
	for _, carried := range []string{"", "nonsense", "00-" + someTrace + "-0000000000000000-01"} {
		tr.Follow(carried, "elsewhere").End()
	}
	off.Follow(someParent, "elsewhere").End()
	if n := len(r.Ended()); n != 0 {
		t.Errorf("%d spans were recorded", n)
	}
	ctx, _ := tr.Request(t.Context(), http.Header{"Traceparent": {"nonsense"}}, "", "")
	if Carry(ctx) == "" {
		t.Error("a parent that breaks the rules is none, and the trace begins here")
	}
}

// What is off must cost nothing on the road of every message.
func BenchmarkStartOff(b *testing.B) {
	type key int
	ctx := context.Background()
	for i := range 6 {
		ctx = context.WithValue(ctx, key(i), i)
	}
	b.ReportAllocs()
	for b.Loop() {
		inner, span := Start(ctx, "inner")
		End(span, nil)
		_ = Carry(inner)
	}
}
