package outbox

import (
	"bytes"
	"context"

	"github.com/bellpull/bellpull/internal/blob"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/record"
)

// Transcripts is a sink that keeps the transcript of each contact that has
// ended as a file.
type Transcripts struct {
	blobs    blob.Store
	composer *Composer
}

// NewTranscripts returns a sink that puts transcripts into a blob store.
func NewTranscripts(blobs blob.Store, c *Composer) *Transcripts { return &Transcripts{blobs, c} }

// Name implements Sink.
func (t *Transcripts) Name() string { return "transcripts" }

// Wants implements Sink.
func (t *Transcripts) Wants(kind contact.OutgoingKind) bool { return kind == contact.TranscriptFile }

// Limits implements Sink.
func (t *Transcripts) Limits() Limits { return Limits{Batch: 1, Lanes: 4} }

// Deliver implements Sink. A file that is there already is written anew.
func (t *Transcripts) Deliver(ctx context.Context, batch []contact.Outgoing) error {
	for i := range batch {
		dir, err := t.composer.Directory(batch[i].Instance)
		if err != nil {
			return err
		}
		_, s, err := segment(ctx, t.composer.Store, batch[i].Contact)
		if err != nil {
			return err
		}
		if err := t.blobs.Put(ctx, record.TranscriptKey(&dir.Instance, s), bytes.NewReader(batch[i].Body)); err != nil {
			return err
		}
	}
	return nil
}
