package callout

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"github.com/bellpull/bellpull/internal/sigv4"
)

// The shapes of RecognizeText, requests and answers.
type (
	wireText struct {
		BotAliasARN       string            `json:"botAliasArn,omitempty"` // to HTTP bots only
		SessionID         string            `json:"sessionId,omitempty"`   // to HTTP bots only
		LocaleID          string            `json:"localeId,omitempty"`    // to HTTP bots only
		Text              string            `json:"text"`
		RequestAttributes map[string]string `json:"requestAttributes,omitempty"`
		SessionState      json.RawMessage   `json:"sessionState,omitempty"`
	}
	wireRecognized struct {
		Messages        []wireMessage        `json:"messages"`
		SessionState    json.RawMessage      `json:"sessionState"`
		Interpretations []wireInterpretation `json:"interpretations"`
	}
	wireSession struct {
		DialogAction *struct {
			Type         string `json:"type"`
			SlotToElicit string `json:"slotToElicit"`
		} `json:"dialogAction"`
		Intent            *wireIntent       `json:"intent"`
		SessionAttributes map[string]string `json:"sessionAttributes"`
	}
	wireIntent struct {
		Name              string               `json:"name"`
		State             string               `json:"state"`
		ConfirmationState string               `json:"confirmationState"`
		Slots             map[string]*wireSlot `json:"slots"`
	}
	wireSlot struct {
		Value *struct {
			OriginalValue    string   `json:"originalValue"`
			InterpretedValue string   `json:"interpretedValue"`
			ResolvedValues   []string `json:"resolvedValues"`
		} `json:"value"`
		Values []*wireSlot `json:"values"`
	}
	wireInterpretation struct {
		Intent        *wireIntent `json:"intent"`
		NLUConfidence *struct {
			Score float64 `json:"score"`
		} `json:"nluConfidence"`
		SentimentResponse *struct {
			Sentiment      string `json:"sentiment"`
			SentimentScore struct {
				Positive float64 `json:"positive"`
				Negative float64 `json:"negative"`
				Mixed    float64 `json:"mixed"`
				Neutral  float64 `json:"neutral"`
			} `json:"sentimentScore"`
		} `json:"sentimentResponse"`
	}
	wireMessage struct {
		Content           string `json:"content"`
		ContentType       string `json:"contentType"`
		ImageResponseCard *card  `json:"imageResponseCard"`
	}
	card struct {
		Title    string `json:"title"`
		Subtitle string `json:"subtitle"`
		ImageURL string `json:"imageUrl"`
		Buttons  []struct {
			Text  string `json:"text"`
			Value string `json:"value"`
		} `json:"buttons"`
	}
)

// lexBot asks an endpoint that has the RecognizeText API. Its session is kept
// there, under the contact's id.
type lexBot struct {
	post *poster
	conf Lex
	keys sigv4.Key
}

// underWay is the memory of a conversation whose state is kept elsewhere.
const underWay = "under way"

var aliasRule = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^arn:[a-z-]+:lex:[a-z0-9-]*:[0-9]*:bot-alias/([0-9A-Za-z]+)/([0-9A-Za-z]+)$`)
})

func (b *lexBot) recognizeText(ctx context.Context, in RecognizeRequest) (RecognizeAnswer, error) {
	var botID, aliasID string
	if m := aliasRule().FindStringSubmatch(in.BotARN); m != nil {
		botID, aliasID = m[1], m[2]
	}
	if b.conf.BotID != "" {
		botID = b.conf.BotID
	}
	if b.conf.AliasID != "" {
		aliasID = b.conf.AliasID
	}
	if botID == "" || aliasID == "" {
		return RecognizeAnswer{}, fmt.Errorf("%w: neither the rule nor the ARN %s names bot and alias", ErrFailed, in.BotARN)
	}
	region, err := b.conf.region(in.BotARN)
	if err != nil {
		return RecognizeAnswer{}, err
	}
	text := wireText{Text: in.Text, RequestAttributes: in.RequestAttributes}
	if in.Memory == "" && len(in.Attributes) > 0 {
		if text.SessionState, err = begin(in.Attributes); err != nil {
			return RecognizeAnswer{}, err
		}
	}
	body, err := encode(text)
	if err != nil {
		return RecognizeAnswer{}, err
	}
	path := "/bots/" + segment(botID) + "/botAliases/" + segment(aliasID) +
		"/botLocales/" + segment(locale(b.conf.Locale, in.LanguageCode)) + "/sessions/" + segment(in.SessionID) + "/text"
	r, err := request(ctx, b.conf.base("runtime-v2-lex", in.BotARN, region)+path, body)
	if err != nil {
		return RecognizeAnswer{}, err
	}
	b.keys.Sign(r, body, "lex", region, b.post.now())
	answer, _, err := ask(b.post, r, in.Accepts)
	if err == nil && !answer.Closed {
		answer.Memory = underWay
	}
	return answer, err
}

// httpBot posts texts to a URL in the shape of RecognizeText. The endpoint need
// keep nothing: it gets the session state back that it answered last.
type httpBot struct {
	post   *poster
	url    string
	secret string
}

func (b *httpBot) recognizeText(ctx context.Context, in RecognizeRequest) (RecognizeAnswer, error) {
	text := wireText{
		BotAliasARN: in.BotARN, SessionID: in.SessionID, LocaleID: locale("", in.LanguageCode),
		Text: in.Text, RequestAttributes: in.RequestAttributes, SessionState: json.RawMessage(in.Memory),
	}
	var err error
	if !json.Valid(text.SessionState) {
		if text.SessionState, err = begin(in.Attributes); err != nil {
			return RecognizeAnswer{}, err
		}
	}
	body, err := encode(text)
	if err != nil {
		return RecognizeAnswer{}, err
	}
	r, err := request(ctx, b.url, body)
	if err != nil {
		return RecognizeAnswer{}, err
	}
	b.post.endorse(r, body, b.secret)
	answer, session, err := ask(b.post, r, in.Accepts)
	switch {
	case err != nil:
		return RecognizeAnswer{}, err
	case answer.Closed:
		return answer, nil
	case len(session) > maxMemory:
		return RecognizeAnswer{}, fmt.Errorf("%w: its session state is longer than %d bytes", ErrAnswer, maxMemory)
	case len(session) == 0 || string(session) == "null": // it keeps its state itself
		session = []byte("{}")
	}
	answer.Memory = string(session)
	return answer, nil
}

// begin returns the session state with which a conversation begins.
func begin(attributes map[string]string) (json.RawMessage, error) {
	return encode(struct {
		SessionAttributes map[string]string `json:"sessionAttributes"`
	}{orEmpty(attributes)})
}

// locale returns the id of a locale, as in en_US.
func locale(fixed, languageCode string) string {
	switch {
	case fixed != "":
		return fixed
	case languageCode == "":
		return "en_US"
	}
	return strings.ReplaceAll(languageCode, "-", "_")
}

// ask sends a text once.
func ask(p *poster, r *http.Request, accepts []string) (RecognizeAnswer, json.RawMessage, error) {
	got, err := p.send(r, maxReply)
	if err != nil {
		return RecognizeAnswer{}, nil, err
	}
	return parseRecognized(got.body, accepts)
}

// parseRecognized reads an answer of RecognizeText, also its session state as
// it came. An answer without one goes on eliciting an intent.
func parseRecognized(data []byte, accepts []string) (RecognizeAnswer, json.RawMessage, error) {
	var w wireRecognized
	if err := json.Unmarshal(data, &w); err != nil {
		return RecognizeAnswer{}, nil, fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	var s wireSession
	if len(w.SessionState) > 0 {
		if err := json.Unmarshal(w.SessionState, &s); err != nil {
			return RecognizeAnswer{}, nil, fmt.Errorf("%w: %w", ErrAnswer, err)
		}
	}
	messages, err := contents(w.Messages, accepts)
	if err != nil {
		return RecognizeAnswer{}, nil, err
	}
	a := RecognizeAnswer{Messages: messages, Dialog: "ElicitIntent", Attributes: s.SessionAttributes}
	if s.DialogAction != nil && s.DialogAction.Type != "" {
		a.Dialog, a.SlotToElicit = s.DialogAction.Type, s.DialogAction.SlotToElicit
	}
	for _, i := range w.Interpretations {
		if i.Intent != nil {
			a.Interpretations = append(a.Interpretations, i.interpretation())
		}
	}
	if i := s.Intent; i != nil {
		a.Intent, a.State, a.Confirmation, a.Slots = i.Name, i.State, i.ConfirmationState, slots(i.Slots)
	}
	switch a.State {
	case "Fulfilled", "ReadyForFulfillment", "Failed":
		a.Closed = true
	default:
		a.Closed = a.Dialog == "Close"
	}
	if a.Closed && a.Intent == "" {
		return RecognizeAnswer{}, nil, fmt.Errorf("%w: the bot is done but names no intent", ErrAnswer)
	}
	return a, w.SessionState, nil
}

func (w wireInterpretation) interpretation() Interpretation {
	i := Interpretation{Intent: w.Intent.Name, Slots: slots(w.Intent.Slots)}
	if w.NLUConfidence != nil {
		i.Confidence = w.NLUConfidence.Score
	}
	if s := w.SentimentResponse; s != nil {
		score := s.SentimentScore
		i.Sentiment = &Sentiment{s.Sentiment, score.Positive, score.Negative, score.Mixed, score.Neutral}
	}
	return i
}

// slots returns those that are filled.
func slots(all map[string]*wireSlot) map[string]Slot {
	filled := map[string]Slot{}
	for name, w := range all {
		if s, ok := w.slot(); ok {
			filled[name] = s
		}
	}
	return filled
}

func (w *wireSlot) slot() (s Slot, ok bool) {
	if w == nil {
		return Slot{}, false
	}
	if v := w.Value; v != nil {
		s, ok = Slot{Original: v.OriginalValue, Interpreted: v.InterpretedValue, Resolved: v.ResolvedValues}, true
	}
	for _, e := range w.Values {
		if inner, filled := e.slot(); filled {
			s.List, ok = append(s.List, inner), true
		}
	}
	return s, ok
}
