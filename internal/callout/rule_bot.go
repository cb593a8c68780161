package callout

import (
	"context"
	"encoding/json"

	"github.com/bellpull/bellpull/internal/callout/rulebot"
)

// DemoBotARN is the alias under which [Demo] has the demonstration bot.
const DemoBotARN = "arn:aws:lex:us-west-2:000000000000:bot-alias/BELLPULLBT/TSTALIASID"

// Demo returns a configuration with the demonstration bot and nothing else; it
// lets callouts reach the machine itself. For development.
func Demo() Config {
	return Config{
		AllowPrivate: true,
		Bots:         []BotRule{{ARN: DemoBotARN, Rules: &Rules{Definition: rulebot.Demo()}}},
	}
}

// ruleBot is a bot made of rules.
type ruleBot struct{ bot *rulebot.Bot }

// ruleMemory is what is kept of a conversation with one.
type ruleMemory struct {
	Bot        string            `json:"bot"`
	Attributes map[string]string `json:"attributes,omitempty"`
}

func (b ruleBot) recognizeText(_ context.Context, in RecognizeRequest) (RecognizeAnswer, error) {
	var m ruleMemory
	if in.Memory == "" || json.Unmarshal([]byte(in.Memory), &m) != nil {
		m = ruleMemory{Attributes: in.Attributes}
	}
	r := b.bot.Answer(m.Bot, in.Text)
	a := RecognizeAnswer{
		Closed: r.Step == rulebot.Close,
		Intent: r.Intent, State: string(r.State), Confirmation: string(r.Confirmation),
		Dialog: string(r.Step), SlotToElicit: r.SlotToElicit,
		Attributes: orEmpty(m.Attributes), Slots: map[string]Slot{},
	}
	for name, v := range r.Slots {
		a.Slots[name] = Slot{Original: v.Original, Interpreted: v.Interpreted, Resolved: []string{v.Interpreted}}
	}
	if r.Intent != "" {
		a.Interpretations = []Interpretation{{Intent: r.Intent, Confidence: r.Confidence, Slots: a.Slots}}
	}
	switch {
	case len(r.Choices) > 0:
		a.Messages = []Message{choice(r.Text, r.Choices, in.Accepts)}
	case r.Text != "":
		a.Messages = []Message{{PlainText, r.Text}}
	}
	if a.Closed {
		return a, nil
	}
	memory, err := encode(ruleMemory{r.Memory, m.Attributes})
	a.Memory = string(memory)
	return a, err
}
