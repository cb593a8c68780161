package callout

import (
	"context"
	"time"
	"unicode/utf8"

	"github.com/bellpull/bellpull/internal/fault"
)

// RecognizeRequest is one thing that the customer said to a bot.
type RecognizeRequest struct {
	BotARN string // of the alias
	// SessionID names the conversation: the contact's id.
	SessionID string
	// Memory is that of the latest answer in this conversation; empty to begin.
	Memory string
	// Text is what the customer said: 1 to 1024 characters.
	Text string
	// Attributes are the session attributes to begin with; only the first
	// request of a conversation conveys them.
	Attributes map[string]string
	// RequestAttributes go with this text alone.
	RequestAttributes map[string]string
	// LanguageCode is the contact's, such as en-US.
	LanguageCode string
	// Accepts are the content types that the customer's client shows. What is
	// of another type is said in plain text.
	Accepts []string
}

// RecognizeAnswer is what a bot answered, and where the conversation is.
type RecognizeAnswer struct {
	Messages []Message
	// Closed says that the bot is done: Intent is what the flow goes on with.
	Closed bool
	// Intent is the present intent; empty as long as none is known.
	Intent       string
	State        string // of the intent: InProgress, Fulfilled, Failed …
	Confirmation string // of the intent: None, Confirmed or Denied
	Slots        map[string]Slot
	// Dialog is what the bot does next: ElicitIntent, ElicitSlot,
	// ConfirmIntent, Delegate, None or Close.
	Dialog       string
	SlotToElicit string
	Attributes   map[string]string // the session's, as the bot left them
	// Interpretations are what the text may mean, the best one first.
	Interpretations []Interpretation
	// Memory is to be kept with the contact and handed in with the next text.
	// It is empty when the bot is done.
	Memory string
}

// Slot is the value of a slot. One with several values has a List.
type Slot struct {
	Original    string // as the customer wrote it
	Interpreted string
	Resolved    []string // what it may mean
	List        []Slot
}

// Interpretation is what a text may mean.
type Interpretation struct {
	Intent     string
	Confidence float64 // 0 to 1; 0 if the bot does not say
	Slots      map[string]Slot
	Sentiment  *Sentiment // nil if the bot does not say
}

// Sentiment is how the customer seems to feel. Scores are 0 to 1.
type Sentiment struct {
	Label                              string // POSITIVE, NEGATIVE, MIXED or NEUTRAL
	Positive, Negative, Mixed, Neutral float64
}

// Interpretation returns the interpretation of the present intent, or the zero
// one.
func (a RecognizeAnswer) Interpretation() Interpretation {
	for _, i := range a.Interpretations {
		if i.Intent == a.Intent {
			return i
		}
	}
	return Interpretation{}
}

const (
	botLimit  = 10 * time.Second // for an answer
	maxText   = 1024             // characters to a bot
	maxReply  = 512 << 10        // bytes of a bot's answer
	maxMemory = 64 << 10         // bytes of what is kept of a conversation
)

// bot is what stands behind the ARN of a bot's alias. recognizeText makes one
// attempt.
type bot interface {
	recognizeText(ctx context.Context, r RecognizeRequest) (RecognizeAnswer, error)
}

// RecognizeText tells a bot what the customer said and returns its answer, within
// 10 seconds. As with functions, what is throttled or fails inside is retried.
func (c *Caller) RecognizeText(ctx context.Context, r RecognizeRequest) (RecognizeAnswer, error) {
	if n := utf8.RuneCountInString(r.Text); n < 1 || n > maxText {
		return RecognizeAnswer{}, fault.Newf(fault.Invalid, "a text to a bot must have 1 to %d characters", maxText)
	}
	route, err := find(c.bots, r.BotARN)
	if err != nil {
		return RecognizeAnswer{}, err
	}
	var answer RecognizeAnswer
	err = route.do(ctx, botLimit, func(ctx context.Context) error {
		return retry(ctx, func() (err error) {
			answer, err = route.to.recognizeText(ctx, r)
			return err
		})
	})
	if err != nil {
		return RecognizeAnswer{}, err
	}
	return answer, nil
}
