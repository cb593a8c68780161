package callout

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Message is something that a bot says, as the chat takes it.
type Message struct {
	ContentType string
	Content     string
}

// The content types of messages.
const (
	PlainText   = "text/plain"
	Markdown    = "text/markdown"
	Interactive = "application/vnd.amazonaws.connect.message.interactive"
)

const maxMessages = 10 // of one answer

// contents turns the messages of a bot into those of a chat. A CustomPayload is
// an interactive message if it holds the template of one, and markdown if not;
// a card becomes a choice. Where the customer's client does not show such
// things they are said in plain text. See docs/fidelity.md#callouts.
func contents(all []wireMessage, accepts []string) ([]Message, error) {
	if len(all) > maxMessages {
		return nil, fmt.Errorf("%w: it has more than %d messages", ErrAnswer, maxMessages)
	}
	var out []Message
	for _, w := range all {
		m := Message{PlainText, w.Content}
		switch w.ContentType {
		case "PlainText", "SSML", "": // in a chat the tags of SSML are shown as they are
		case "CustomPayload":
			m = custom(w.Content, accepts)
		case "ImageResponseCard":
			if w.ImageResponseCard == nil {
				return nil, fmt.Errorf("%w: a message lacks its card", ErrAnswer)
			}
			m = w.ImageResponseCard.message(accepts)
		default:
			return nil, fmt.Errorf("%w: the content type %q is unknown", ErrAnswer, cut(w.ContentType, 100))
		}
		if m.Content != "" {
			out = append(out, m)
		}
	}
	return out, nil
}

// template is an interactive message, as far as it is read here.
type template struct {
	Type    string `json:"templateType"`
	Version string `json:"version"`
	Data    struct {
		Content templateContent `json:"content"`
	} `json:"data"`
}

type templateContent struct {
	Title     string            `json:"title"`
	Subtitle  string            `json:"subtitle,omitempty"`
	ImageType string            `json:"imageType,omitempty"`
	ImageData string            `json:"imageData,omitempty"`
	Elements  []templateElement `json:"elements,omitempty"`
}

type templateElement struct {
	Title string `json:"title"`
}

func custom(payload string, accepts []string) Message {
	var t template
	if json.Unmarshal([]byte(payload), &t) == nil && t.Type != "" {
		if slices.Contains(accepts, Interactive) {
			return Message{Interactive, payload}
		}
		return Message{PlainText, t.Data.Content.text()}
	}
	if slices.Contains(accepts, Markdown) {
		return Message{Markdown, payload}
	}
	return Message{PlainText, payload}
}

// message returns the card as buttons, with an image as a panel.
func (c *card) message(accepts []string) Message {
	t := template{Type: "QuickReply", Version: "1.0"}
	t.Data.Content = templateContent{Title: c.Title, Subtitle: c.Subtitle}
	if c.ImageURL != "" {
		t.Type = "Panel"
		t.Data.Content.ImageType, t.Data.Content.ImageData = "URL", c.ImageURL
	}
	for _, b := range c.Buttons {
		t.Data.Content.Elements = append(t.Data.Content.Elements, templateElement{b.Text})
	}
	return t.message(accepts)
}

// choice returns a question with answers to pick from.
func choice(question string, answers []string, accepts []string) Message {
	t := template{Type: "QuickReply", Version: "1.0"}
	t.Data.Content.Title = question
	for _, a := range answers {
		t.Data.Content.Elements = append(t.Data.Content.Elements, templateElement{a})
	}
	return t.message(accepts)
}

// message returns t as an interactive message if the client shows one and it
// has as many elements as one may have (2 to 10, a panel from 1).
func (t template) message(accepts []string) Message {
	n := len(t.Data.Content.Elements)
	if slices.Contains(accepts, Interactive) && n <= 10 && (n >= 2 || n == 1 && t.Type == "Panel") {
		if content, err := encode(t); err == nil {
			return Message{Interactive, string(content)}
		}
	}
	return Message{PlainText, t.Data.Content.text()}
}

// text says in plain text what a template shows.
func (c templateContent) text() string {
	var parts []string
	for _, s := range []string{c.Title, c.Subtitle} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	for _, e := range c.Elements {
		if e.Title != "" {
			parts = append(parts, "- "+e.Title)
		}
	}
	return strings.Join(parts, "\n")
}
