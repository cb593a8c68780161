package callout

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"time"
)

// WebhookSource is the text of the file that declares [WebhookConfig], whose
// comments are the reference of these settings.
//
//go:embed webhook.go
var WebhookSource string

// WebhookConfig says where events are posted.
type WebhookConfig struct {
	// URL is where each event is posted, one a request. Empty: nowhere. Which
	// addresses it may have is what callouts say.
	URL string `yaml:"url"`
	// SecretFile names the file of the secret with which posts are signed.
	SecretFile string `yaml:"secret_file"`
	// Timeout is how long an answer may take.
	Timeout time.Duration `yaml:"timeout"`
}

// DefaultTimeout is how long a webhook may take to answer unless it is set.
const DefaultTimeout = 10 * time.Second

// Check reports the first setting that makes no sense. It reads no files.
func (c WebhookConfig) Check() error {
	switch {
	case c.Timeout <= 0:
		return errors.New("timeout: must be above 0")
	case c.URL == "" && c.SecretFile != "":
		return errors.New("secret_file: needs url")
	case c.URL == "":
		return nil
	}
	return checkURL("url", c.URL)
}

// Webhook posts events. Any number of goroutines may use it.
type Webhook struct {
	post    *poster
	conf    WebhookConfig
	secret  string
	closing func()
}

// NewWebhook returns a webhook that reaches what callouts may. It reads the
// secret's file.
func NewWebhook(c WebhookConfig, from Config, now func() time.Time) (*Webhook, error) {
	if err := errors.Join(c.Check(), from.Check()); err != nil {
		return nil, err
	}
	secret, err := readSecret(c.SecretFile)
	if err != nil {
		return nil, err
	}
	t, err := from.transport(nil)
	if err != nil {
		return nil, err
	}
	return &Webhook{post: newPoster(t, now), conf: c, secret: secret, closing: t.CloseIdleConnections}, nil
}

// URL returns where the events are posted.
func (w *Webhook) URL() string { return w.conf.URL }

// Post posts an event once. Any answer but one of status 2xx is an error.
func (w *Webhook) Post(ctx context.Context, id, kind string, body []byte) error {
	within, cancel := context.WithTimeout(ctx, w.conf.Timeout)
	defer cancel()
	r, err := request(within, w.conf.URL, body)
	if err != nil {
		return err
	}
	r.Header.Set("Bellpull-Event-Id", id)
	r.Header.Set("Bellpull-Event-Kind", kind)
	w.post.endorse(r, body, w.secret)
	resp, err := w.post.client.Do(r)
	switch {
	case err != nil && ctx.Err() == nil && errors.Is(within.Err(), context.DeadlineExceeded):
		return fmt.Errorf("%w (%v)", ErrTimeLimit, w.conf.Timeout)
	case err != nil:
		return fmt.Errorf("%w: %w", ErrFailed, err)
	}
	defer resp.Body.Close()
	// The connection is good for the next post once the answer has been read.
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	return statusError(resp)
}

// Close closes the connections that are left.
func (w *Webhook) Close() error {
	w.closing()
	return nil
}
