package flow

import (
	"encoding/json"
	"errors"
	"strconv"

	"github.com/bellpull/bellpull/internal/contact"
)

// MaxBotText is how many characters a bot is asked at once.
const MaxBotText = 1024

// botAnswer is what a flow takes from the answer of a bot.
type botAnswer struct {
	messages   []Message
	intent     string
	closed     bool // the conversation is over
	lex        Data // behind $.Lex
	attributes Data // of the session
}

// readBotAnswer reads an answer in the form of Lex V2 RecognizeText.
func readBotAnswer(raw json.RawMessage) (botAnswer, error) {
	if len(raw) > maxBotAnswer {
		return botAnswer{}, errTooLong
	}
	t, err := readTree(raw, false)
	if err != nil {
		return botAnswer{}, err
	}
	state := t.get("sessionState")
	if state.kind != object {
		return botAnswer{}, errors.New("the answer has no session state")
	}
	out := botAnswer{intent: state.find([]string{"intent", "name"}).String()}
	switch state.find([]string{"intent", "state"}).text {
	case "Fulfilled", "ReadyForFulfillment", "Failed":
		out.closed = true
	}
	if state.find([]string{"dialogAction", "type"}).text == "Close" {
		out.closed = true
	}
	attributes := tree{kind: object}
	if got := state.get("sessionAttributes"); got.kind == object {
		attributes = *got
	}
	for i := range t.get("messages").items {
		if msg, ok := botMessage(&t.get("messages").items[i]); ok && len(out.messages) < maxBotMessages {
			out.messages = append(out.messages, msg)
		}
	}
	out.attributes, out.lex = dataOf(attributes), dataOf(lexOf(&t, state, attributes))
	if len(out.lex.raw)+len(out.attributes.raw) > 2*maxAnswer {
		return botAnswer{}, errTooLong
	}
	return out, nil
}

const maxBotMessages = 10

// lexOf makes the object behind $.Lex.
func lexOf(t, state *tree, attributes tree) tree {
	lex := tree{kind: object}
	put := func(name string, v tree) { lex.members = append(lex.members, member{name, v}) }
	intent := state.get("intent")
	put("IntentName", textOf(intent.get("name").String()))
	put("Slots", slots(intent))
	put("SessionAttributes", attributes)
	dialog := intent.get("state").String()
	if intent.get("name").kind == text && (dialog == "" || dialog == "ReadyForFulfillment") {
		dialog = "Fulfilled"
	}
	put("DialogState", textOf(dialog))
	var others []tree
	for i := range t.get("interpretations").items {
		one := &t.get("interpretations").items[i]
		score := objectOf(map[string]string{"Score": one.find([]string{"nluConfidence", "score"}).String()})
		if i > 0 && i < maxAlternatives {
			others = append(others, tree{kind: object, members: []member{
				{"IntentName", textOf(one.find([]string{"intent", "name"}).String())},
				{"IntentConfidence", score},
				{"Slots", slots(one.get("intent"))},
			}})
			continue
		}
		if i > 0 {
			continue
		}
		put("IntentConfidence", score)
		if mood := one.get("sentimentResponse"); mood.kind == object {
			put("SentimentResponse", tree{kind: object, members: []member{
				{"Label", textOf(mood.get("sentiment").String())}, {"Scores", scores(mood.get("sentimentScore"))},
			}})
		}
	}
	if others != nil {
		alternatives := tree{kind: object}
		for i, one := range others {
			alternatives.members = append(alternatives.members, member{strconv.Itoa(i), one})
		}
		put("AlternateIntents", alternatives)   // by number, under the name that is documented
		put("AlternativeIntents", alternatives) // and the one of later texts
	}
	return lex
}

const maxAlternatives = 5

// slots are the values of an intent's slots; an empty slot is none.
func slots(intent *tree) tree {
	out := tree{kind: object}
	for _, s := range intent.get("slots").members {
		value := s.value.get("value")
		if got := value.get("interpretedValue"); got.kind != nothing {
			out.members = append(out.members, member{s.name, textOf(got.String())})
		} else if got := value.get("originalValue"); got.kind != nothing {
			out.members = append(out.members, member{s.name, textOf(got.String())})
		}
	}
	return out
}

func scores(t *tree) tree {
	out := tree{kind: object}
	for _, s := range []struct{ to, from string }{
		{"Positive", "positive"}, {"Negative", "negative"}, {"Mixed", "mixed"}, {"Neutral", "neutral"},
	} {
		if got := t.get(s.from); got.kind != nothing {
			out.members = append(out.members, member{s.to, *got})
		}
	}
	return out
}

// botMessage turns a message of a bot into one of a chat. A payload that is an
// interactive message is one here, another is taken for Markdown, and a card
// becomes a list to choose from.
func botMessage(t *tree) (Message, bool) {
	content := t.get("content").String()
	switch t.get("contentType").text {
	case "ImageResponseCard":
		card := listPicker(t.get("imageResponseCard"))
		return Message{Type: contact.Interactive, Text: string(card.append(nil)), Plain: plainly(&card)}, true
	case "CustomPayload":
		if payload, err := readTree([]byte(content), false); err == nil && payload.get("templateType").kind == text {
			return Message{Type: contact.Interactive, Text: content, Plain: plainly(&payload)}, true
		}
		return Message{Type: contact.Markdown, Text: content, Plain: content}, content != ""
	default:
		return Message{Type: contact.PlainText, Text: content}, content != ""
	}
}

// listPicker is an interactive message that offers the buttons of a card.
func listPicker(card *tree) tree {
	object := func(m ...member) tree { return tree{kind: object, members: m} }
	content := []member{{"title", textOf(card.get("title").String())}}
	if s := card.get("subtitle").String(); s != "" {
		content = append(content, member{"subtitle", textOf(s)})
	}
	if s := card.get("imageUrl").String(); s != "" {
		content = append(content, member{"imageType", textOf("URL")}, member{"imageData", textOf(s)})
	}
	elements := tree{kind: list}
	for i := range card.get("buttons").items {
		elements.items = append(elements.items, object(member{"title", textOf(card.get("buttons").items[i].get("text").String())}))
	}
	content = append(content, member{"elements", elements})
	return object(
		member{"templateType", textOf("ListPicker")}, member{"version", textOf("1.0")},
		member{"data", object(member{"content", object(content...)})},
	)
}
