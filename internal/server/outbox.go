package server

import (
	"fmt"
	"slices"

	"github.com/bellpull/bellpull/internal/blob"
	"github.com/bellpull/bellpull/internal/blob/s3blob"
	"github.com/bellpull/bellpull/internal/callout"
	"github.com/bellpull/bellpull/internal/config"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/outbox"
	"github.com/bellpull/bellpull/internal/outbox/natssink"
)

// openOutbox makes the deliverer of events, records and transcripts, if there
// is anybody to deliver to.
func (s *Server) openOutbox() error {
	composer := &outbox.Composer{
		Store:     s.Store,
		Directory: func(id contact.InstanceID) (*directory.Directory, error) { return s.centre.Instance(id) },
	}
	sinks := slices.Clone(s.Sinks)
	files, err := s.openTranscripts()
	if err != nil {
		return fmt.Errorf("transcripts: %w", err)
	}
	if files != nil {
		composer.Transcripts = true
		sinks = append(sinks, outbox.NewTranscripts(files, composer))
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

// openTranscripts returns where transcripts are kept, or nil for nowhere.
func (s *Server) openTranscripts() (blob.Store, error) {
	return openBlobs(s.Config.Transcripts.Dir, s.Config.Transcripts.S3)
}

// openBlobs returns a store of files in a bucket or in a directory, or nil where
// neither is named.
func openBlobs(dir string, s3 config.S3) (blob.Store, error) {
	switch {
	case s3.Bucket != "":
		return s3blob.New(s3blob.Config(s3))
	case dir != "" && dir != config.None:
		return blob.NewFile(dir), nil
	}
	return nil, nil
}
