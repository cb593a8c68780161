package server

import (
	"fmt"
	"slices"

	"github.com/bellpull/bellpull/internal/blob"
	"github.com/bellpull/bellpull/internal/callout"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/outbox"
	"github.com/bellpull/bellpull/internal/outbox/natssink"
)

// noTranscripts is the directory of transcripts that means none.
const noTranscripts = "none"

// openOutbox makes the deliverer of events, records and transcripts, if there
// is anybody to deliver to.
func (s *Server) openOutbox() error {
	dir := s.Config.Transcripts.Dir
	composer := &outbox.Composer{
		Store:       s.Store,
		Directory:   func(id contact.InstanceID) (*directory.Directory, error) { return s.centre.Instance(id) },
		Transcripts: dir != "" && dir != noTranscripts,
	}
	sinks := slices.Clone(s.Sinks)
	if composer.Transcripts {
		sinks = append(sinks, outbox.NewTranscripts(blob.NewFile(dir), composer))
	}
	e := s.Config.Events
	if e.File != "" {
		sinks = append(sinks, outbox.NewFile(e.File))
	}
	if e.Webhook.URL != "" {
		hook, err := callout.NewWebhook(e.Webhook, s.calloutConfig(), s.WallClock)
		if err != nil {
			return fmt.Errorf("events.webhook: %w", err)
		}
		sinks = append(sinks, outbox.NewWebhook(hook))
	}
	if e.NATS.URL != "" {
		n, err := natssink.New(natssink.Config(e.NATS), s.Log, s.WallClock)
		if err != nil {
			return fmt.Errorf("events.nats: %w", err)
		}
		sinks = append(sinks, n)
	}
	if len(sinks) > 0 {
		s.outbox = outbox.New(outbox.Options{Store: s.Store, Node: s.node, Sinks: sinks, Compose: composer.Compose, Log: s.Log, Now: s.WallClock})
	}
	return nil
}
