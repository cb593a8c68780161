package callout

import "encoding/json"

// Lex writes the answer as RecognizeText of Lex V2 would. A message of any type
// but plain text is a CustomPayload.
func (a RecognizeAnswer) Lex() (json.RawMessage, error) {
	type value struct {
		Original    string   `json:"originalValue,omitempty"`
		Interpreted string   `json:"interpretedValue,omitempty"`
		Resolved    []string `json:"resolvedValues,omitempty"`
	}
	type slot struct {
		Value value `json:"value"`
	}
	type intent struct {
		Name         string          `json:"name,omitempty"`
		State        string          `json:"state,omitempty"`
		Confirmation string          `json:"confirmationState,omitempty"`
		Slots        map[string]slot `json:"slots"`
	}
	type sentiment struct {
		Label  string             `json:"sentiment"`
		Scores map[string]float64 `json:"sentimentScore"`
	}
	type interpretation struct {
		Intent     intent             `json:"intent"`
		Confidence map[string]float64 `json:"nluConfidence,omitempty"`
		Sentiment  *sentiment         `json:"sentimentResponse,omitempty"`
	}
	type message struct {
		Type    string `json:"contentType"`
		Content string `json:"content"`
	}
	slots := func(in map[string]Slot) map[string]slot {
		out := make(map[string]slot, len(in))
		for k, s := range in {
			out[k] = slot{value{s.Original, s.Interpreted, s.Resolved}}
		}
		return out
	}
	var out struct {
		Messages []message `json:"messages"`
		Session  struct {
			Attributes map[string]string `json:"sessionAttributes"`
			Dialog     struct {
				Type string `json:"type"`
				Slot string `json:"slotToElicit,omitempty"`
			} `json:"dialogAction"`
			Intent intent `json:"intent"`
		} `json:"sessionState"`
		Interpretations []interpretation `json:"interpretations"`
	}
	for _, m := range a.Messages {
		kind := "CustomPayload"
		if m.ContentType == PlainText {
			kind = "PlainText"
		}
		out.Messages = append(out.Messages, message{kind, m.Content})
	}
	out.Session.Attributes = a.Attributes
	out.Session.Dialog.Type, out.Session.Dialog.Slot = a.Dialog, a.SlotToElicit
	if a.Closed {
		out.Session.Dialog.Type = "Close"
	}
	out.Session.Intent = intent{a.Intent, a.State, a.Confirmation, slots(a.Slots)}
	for _, i := range a.Interpretations {
		one := interpretation{Intent: intent{Name: i.Intent, Slots: slots(i.Slots)}}
		if i.Confidence > 0 {
			one.Confidence = map[string]float64{"score": i.Confidence}
		}
		if s := i.Sentiment; s != nil {
			one.Sentiment = &sentiment{s.Label, map[string]float64{
				"positive": s.Positive, "negative": s.Negative, "mixed": s.Mixed, "neutral": s.Neutral,
			}}
		}
		out.Interpretations = append(out.Interpretations, one)
	}
	return encode(out)
}
