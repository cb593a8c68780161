package server

import (
	"context"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/bellpull/bellpull/internal/tracing"
)

// tracesPath is where collectors take traces.
const tracesPath = "/v1/traces"

// openTracing follows requests, if there is anybody to tell of them.
func (s *Server) openTracing(ctx context.Context) error {
	c := s.Config.Tracing
	if c.Endpoint == "" && s.Spans == nil {
		return nil
	}
	o := []sdktrace.TracerProviderOption{
		sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(c.Sample))),
		sdktrace.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "bellpull"), attribute.String("service.version", moduleVersion()))),
	}
	if s.Spans != nil {
		o = append(o, sdktrace.WithSyncer(s.Spans))
	}
	if c.Endpoint != "" {
		// What the collector does not take in time is dropped; a trace is not worth
		// memory without an end.
		u, err := url.Parse(c.Endpoint)
		if err != nil {
			return err
		}
		if strings.Trim(u.Path, "/") == "" {
			u.Path = tracesPath
		}
		to, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(u.String()))
		if err != nil {
			return err
		}
		o = append(o, sdktrace.WithBatcher(to))
		otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { s.Log.WarnContext(context.Background(), "traces are lost", "error", err) }))
	}
	s.traces = sdktrace.NewTracerProvider(o...)
	s.tracer = tracing.New(s.traces)
	return nil
}

// tracesLimit is how long the last spans may take to be handed over.
const tracesLimit = 2 * time.Second

// closeTracing hands over the last spans.
func (s *Server) closeTracing(ctx context.Context) {
	if s.traces == nil {
		return
	}
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), tracesLimit)
	defer cancel()
	if err := s.traces.Shutdown(late); err != nil {
		s.Log.WarnContext(ctx, "the last traces are lost", "error", err)
	}
}

// moduleVersion is the version of the program, as far as it knows.
func moduleVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}
