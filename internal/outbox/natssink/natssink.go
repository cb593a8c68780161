// Package natssink publishes events on NATS.
package natssink

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/natsconn"
	"github.com/bellpull/bellpull/internal/outbox"
)

// Config says where events are published.
type Config struct {
	URL             string
	Subject         string // how subjects begin
	CredentialsFile string // empty: none
}

// Sink is an outbox.Sink. It publishes on SUBJECT.INSTANCE.KIND, with the
// event's id as Nats-Msg-Id, by which JetStream drops repetitions.
type Sink struct {
	conf Config
	conn *nats.Conn
	js   jetstream.JetStream

	// Of Deliver, which runs once at a time.
	streams map[string]bool // whether a subject has a stream
	asked   time.Time
	now     func() time.Time
}

var _ outbox.Sink = (*Sink)(nil)

// How long things may take.
const (
	ackLimit  = 10 * time.Second
	askAgain  = time.Minute // whether there is a stream
	reconnect = 2 * time.Second
)

// New returns a sink. The server need not be there yet: it is looked for until
// it is.
func New(c Config, log *slog.Logger, now func() time.Time) (*Sink, error) {
	// What cannot be sent is in the outbox still.
	conn, err := natsconn.Connect(natsconn.Config{URL: c.URL, CredentialsFile: c.CredentialsFile}, reconnect, log, nil)
	if err != nil {
		return nil, err
	}
	js, err := jetstream.New(conn)
	if err != nil {
		conn.Close()
		return nil, err
	}
	return &Sink{conf: c, conn: conn, js: js, now: now}, nil
}

// Name implements outbox.Sink. Another server or subject is another receiver.
func (s *Sink) Name() string { return "nats:" + s.conf.URL + "/" + s.conf.Subject }

// Wants implements outbox.Sink.
func (s *Sink) Wants(kind contact.OutgoingKind) bool { return kind != contact.TranscriptFile }

// Limits implements outbox.Sink.
func (s *Sink) Limits() outbox.Limits { return outbox.Limits{Batch: 256, Lanes: 1} }

// Deliver implements outbox.Sink. Where there is a stream it waits until all is
// stored there; else until the server has it.
func (s *Sink) Deliver(ctx context.Context, batch []contact.Outgoing) error {
	if !s.conn.IsConnected() {
		return errors.New("not connected to NATS")
	}
	ctx, cancel := context.WithTimeout(ctx, ackLimit)
	defer cancel()
	err := s.publish(ctx, batch)
	if err != nil {
		s.streams = nil // it may have come, or gone
	}
	return err
}

func (s *Sink) publish(ctx context.Context, batch []contact.Outgoing) error {
	acks := map[string]jetstream.PubAckFuture{} // by what they are about
	for i := range batch {
		m := s.message(&batch[i])
		stored, err := s.hasStream(ctx, m.Subject)
		if err != nil {
			return err
		}
		if !stored {
			if err := s.conn.PublishMsg(m); err != nil {
				return err
			}
			continue
		}
		// One that is refused must not be overtaken by those behind it.
		if acks[batch[i].Key] != nil {
			if err := await(ctx, acks); err != nil {
				return err
			}
		}
		if acks[batch[i].Key], err = s.js.PublishMsgAsync(m); err != nil {
			return err
		}
	}
	if err := await(ctx, acks); err != nil {
		return err
	}
	return s.conn.FlushWithContext(ctx)
}

// await waits until everything is stored, and forgets it.
func await(ctx context.Context, acks map[string]jetstream.PubAckFuture) error {
	for key, ack := range acks {
		select {
		case <-ack.Ok():
			delete(acks, key)
		case err := <-ack.Err():
			return fmt.Errorf("JetStream: %w", err)
		case <-ctx.Done():
			return fmt.Errorf("JetStream: %w", ctx.Err())
		}
	}
	return nil
}

func (s *Sink) message(o *contact.Outgoing) *nats.Msg {
	m := nats.NewMsg(s.conf.Subject + "." + string(o.Instance) + "." + string(o.Kind))
	m.Header.Set(nats.MsgIdHdr, o.ID)
	m.Data = o.Body
	return m
}

// hasStream reports whether a stream stores what is published on a subject.
func (s *Sink) hasStream(ctx context.Context, subject string) (bool, error) {
	if now := s.now(); s.streams == nil || now.Sub(s.asked) >= askAgain {
		s.streams, s.asked = map[string]bool{}, now
	}
	has, known := s.streams[subject]
	if known {
		return has, nil
	}
	_, err := s.js.StreamNameBySubject(ctx, subject)
	switch {
	case err == nil:
		has = true
	case errors.Is(err, jetstream.ErrStreamNotFound), errors.Is(err, jetstream.ErrJetStreamNotEnabled),
		errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount), errors.Is(err, nats.ErrNoResponders):
	default:
		return false, fmt.Errorf("ask for the stream of %s: %w", subject, err)
	}
	s.streams[subject] = has
	return has, nil
}

// Close implements io.Closer.
func (s *Sink) Close() error {
	s.conn.Close()
	return nil
}
