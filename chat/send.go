package chat

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

// typingPace is how far typing events are apart at least.
const typingPace = 10 * time.Second

// Message is something to send.
type Message struct {
	Content     string
	ContentType string // empty means TextPlain

	// ClientToken names this message, so that sending it again sends it once.
	// Empty means a new one, which is kept over the retries of one call.
	ClientToken string
}

// Sent is how the service knows what was sent. ID is the ID of the item too.
type Sent struct {
	ID           string
	AbsoluteTime time.Time
}

// SendMessage sends a message exactly once. It tries again, with pauses, when
// the service is throttling, failing or out of reach, until ctx ends: give ctx
// a deadline if there is a point in giving up.
func (s *Session) SendMessage(ctx context.Context, m Message) (Sent, error) {
	if m.ContentType == "" {
		m.ContentType = TextPlain
	}
	sent, err := s.send(ctx, "SendMessage", "/participant/message", m)
	if err == nil {
		s.typing.reset() // who has spoken is not typing any more
	}
	return sent, err
}

// SendEvent sends an event as it is, at once, with retries like SendMessage.
// Typing, Delivered and Read are the paced ways to send theirs.
func (s *Session) SendEvent(ctx context.Context, event Message) (Sent, error) {
	return s.send(ctx, "SendEvent", "/participant/event", event)
}

func (s *Session) send(ctx context.Context, operation, path string, m Message) (Sent, error) {
	if err := s.Err(); err != nil {
		return Sent{}, fmt.Errorf("%s: %w", operation, err)
	}
	if m.ClientToken == "" {
		m.ClientToken = rand.Text()
	}
	in := struct {
		ContentType string
		Content     string `json:",omitempty"`
		ClientToken string
	}{m.ContentType, m.Content, m.ClientToken}
	var out struct {
		ID           string `json:"Id"`
		AbsoluteTime string
	}
	err := s.call(ctx, call{operation: operation, path: path, in: in, out: &out})
	return Sent{ID: out.ID, AbsoluteTime: parseTime(out.AbsoluteTime)}, err
}

// Typing lets the others know that this participant is writing. Call it at
// each keystroke: the first one is sent, and then one in 10 s. It is not tried
// again when it fails.
func (s *Session) Typing(ctx context.Context) error {
	if err := s.Err(); err != nil {
		return fmt.Errorf("SendEvent: %w", err)
	}
	if !s.typing.allow(s.opts.Now(), typingPace) {
		return nil
	}
	ctx, cancel := s.within(ctx)
	defer cancel()
	err := s.attempt(ctx, call{
		operation: "SendEvent",
		path:      "/participant/event",
		in:        map[string]string{"ContentType": EventTyping, "ClientToken": rand.Text()},
	})
	if err != nil {
		s.typing.reset()
	}
	return err
}

// Disconnect leaves the chat for good. When that ends the chat an EndedEvent
// follows; Close is still due.
func (s *Session) Disconnect(ctx context.Context) error {
	if err := s.Err(); err != nil {
		return fmt.Errorf("DisconnectParticipant: %w", err)
	}
	return s.call(ctx, call{
		operation: "DisconnectParticipant",
		path:      "/participant/disconnect",
		in:        map[string]string{"ClientToken": rand.Text()},
	})
}

// throttle lets the first of several calls pass.
type throttle struct {
	mu   sync.Mutex
	last time.Time // when one passed; zero if the next may
}

func (t *throttle) allow(now time.Time, pace time.Duration) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.last.IsZero() && now.Sub(t.last) < pace {
		return false
	}
	t.last = now
	return true
}

func (t *throttle) reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = time.Time{}
}

// receiptContent is what the events of receipts say.
func receiptContent(messageID string) string {
	text, err := json.Marshal(map[string]string{"messageId": messageID})
	if err != nil {
		panic(err) // a string always marshals
	}
	return string(text)
}
