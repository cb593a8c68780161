package awshttp

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/tracing"
	"github.com/bellpull/bellpull/internal/wire"
)

// record is what the log says about a request: never tokens, content or
// attribute values.
type record struct {
	op     *wire.Operation
	id     string
	status int
	name   string     // of the error that was answered
	kind   fault.Kind // of the error
	err    error      // that the client was not told
	stack  []byte     // of a panic
	gone   bool       // the client went away before it had its answer
	in     int        // bytes of the request's body
	out    int        // bytes of the answer's body
	trace  tracing.Request
}

// report writes the line of a request.
func (s *Service) report(r *http.Request, rec *record, took time.Duration) {
	if s.cfg.Observe != nil {
		o := Observation{Status: rec.status, Took: took}
		if rec.op != nil {
			o.Service, o.Operation = rec.op.Service, rec.op.Name
		}
		s.cfg.Observe(o)
	}
	level := slog.LevelDebug
	switch {
	case rec.gone:
		level = slog.LevelInfo
	case rec.status >= http.StatusInternalServerError:
		level = slog.LevelError
	case rec.status == http.StatusTooManyRequests:
		level = slog.LevelWarn
	case rec.status >= http.StatusBadRequest:
		level = slog.LevelInfo
	}
	ctx := r.Context()
	if !s.cfg.Log.Enabled(ctx, level) {
		return
	}
	s.cfg.Log.LogAttrs(ctx, level, "request", rec.attrs(ctx, took)...)
}

func (rec *record) attrs(ctx context.Context, took time.Duration) []slog.Attr {
	attrs := make([]slog.Attr, 0, 12)
	if rec.op != nil {
		attrs = append(attrs, slog.String("service", rec.op.Service), slog.String("operation", rec.op.Name))
	}
	attrs = append(attrs, slog.Int("status", rec.status))
	if rec.name != "" {
		attrs = append(attrs, slog.String("error", rec.name))
	}
	if rec.kind != fault.Internal {
		attrs = append(attrs, slog.String("kind", rec.kind.String()))
	}
	if rec.gone {
		attrs = append(attrs, slog.String("client_gone", context.Cause(ctx).Error()))
	}
	if rec.err != nil {
		attrs = append(attrs, slog.Any("cause", rec.err))
	}
	if rec.stack != nil {
		attrs = append(attrs, slog.String("stack", string(rec.stack)))
	}
	return append(attrs, slog.Duration("took", took), slog.String("request", rec.id),
		slog.Int("in", rec.in), slog.Int("out", rec.out))
}
