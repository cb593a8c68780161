package outbox

import (
	"context"

	"github.com/bellpull/bellpull/internal/callout"
	"github.com/bellpull/bellpull/internal/contact"
)

// Webhook is a sink that posts each event and record to a URL.
type Webhook struct{ hook *callout.Webhook }

// NewWebhook returns the sink of a webhook.
func NewWebhook(hook *callout.Webhook) *Webhook { return &Webhook{hook} }

// Name implements Sink. Another URL is another receiver.
func (w *Webhook) Name() string { return "webhook:" + w.hook.URL() }

// Wants implements Sink.
func (w *Webhook) Wants(kind contact.OutgoingKind) bool { return kind != contact.TranscriptFile }

// Limits implements Sink.
func (w *Webhook) Limits() Limits { return Limits{Batch: 1, Lanes: 8} }

// Deliver implements Sink.
func (w *Webhook) Deliver(ctx context.Context, batch []contact.Outgoing) error {
	for i := range batch {
		o := &batch[i]
		if err := w.hook.Post(ctx, o.ID, string(o.Kind), o.Body); err != nil {
			return err
		}
	}
	return nil
}

// Close implements io.Closer.
func (w *Webhook) Close() error { return w.hook.Close() }
