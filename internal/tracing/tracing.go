// Package tracing follows a request from its door through the commit to the
// sockets, as spans of OpenTelemetry. A span is begun where its parent is
// recorded and nowhere else, so that what is not traced costs next to nothing.
// Start reading at Tracer.Request, which begins a trace.
package tracing

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// scope names the spans' origin.
const scope = "github.com/bellpull/bellpull"

// header is where W3C puts the parent of a request.
const header = "traceparent"

// Tracer begins spans whose parents are elsewhere. Nil begins none.
type Tracer struct{ tracer trace.Tracer }

// New returns a tracer that hands its spans to p.
func New(p trace.TracerProvider) *Tracer { return &Tracer{p.Tracer(scope)} }

// Request is the span of a request.
type Request struct{ span trace.Span }

// Request begins the span of a request for an operation, below the one that the
// header names. What the request does is to be given the context.
func (t *Tracer) Request(ctx context.Context, h http.Header, service, operation string) (context.Context, Request) {
	if t == nil {
		return ctx, Request{}
	}
	if parent := parse(h.Get(header)); parent.IsValid() {
		ctx = trace.ContextWithRemoteSpanContext(ctx, parent)
	}
	ctx, span := t.tracer.Start(ctx, operation, trace.WithSpanKind(trace.SpanKindServer),
		trace.WithAttributes(attribute.String("rpc.service", service), attribute.String("rpc.method", operation)))
	return ctx, Request{span}
}

// End ends the span with the status that was answered. A failure of the server is
// one of the span.
func (r Request) End(status int) {
	if r.span == nil {
		return
	}
	r.span.SetAttributes(attribute.Int("http.response.status_code", status))
	if status >= http.StatusInternalServerError {
		r.span.SetStatus(codes.Error, http.StatusText(status))
	}
	r.span.End()
}

// Start begins a span below that of ctx, if that is recorded.
func Start(ctx context.Context, name string) (context.Context, trace.Span) {
	parent := trace.SpanFromContext(ctx)
	if !parent.IsRecording() {
		return ctx, nothing
	}
	return parent.TracerProvider().Tracer(scope).Start(ctx, name)
}

// nothing is a span that records nothing.
var nothing = trace.SpanFromContext(context.Background())

// End ends a span that came to err, or well.
func End(span trace.Span, err error) {
	if err != nil && span.IsRecording() {
		span.SetStatus(codes.Error, err.Error())
	}
	span.End()
}

// Carry returns what Follow takes to go on below the span of ctx elsewhere, as
// W3C writes it; "" where nothing is recorded.
func Carry(ctx context.Context) string {
	c := trace.SpanContextFromContext(ctx)
	if !c.IsSampled() {
		return ""
	}
	return "00-" + c.TraceID().String() + "-" + c.SpanID().String() + "-01"
}

// Follow begins a span below the one that was carried here. It may outlive that.
func (t *Tracer) Follow(carried, name string) trace.Span {
	if t == nil || carried == "" {
		return nothing
	}
	parent := parse(carried)
	if !parent.IsValid() {
		return nothing
	}
	_, span := t.tracer.Start(trace.ContextWithRemoteSpanContext(context.Background(), parent), name, trace.WithSpanKind(trace.SpanKindConsumer))
	return span
}

// parse reads a parent; one that breaks the rules is none.
func parse(text string) trace.SpanContext {
	if text == "" {
		return trace.SpanContext{}
	}
	ctx := propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{header: text})
	return trace.SpanContextFromContext(ctx)
}
