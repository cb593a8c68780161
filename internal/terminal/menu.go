package terminal

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/bellpull/bellpull/chat"
)

// menu is an interactive message as a list to choose from by number.
type menu struct {
	title   string
	choices []choice
}

type choice struct {
	label string
	reply chat.Message
}

// interactive is the content of an interactive message, of any template.
type interactive struct {
	TemplateType       string
	TemplateIdentifier string
	Data               struct{ Content content }
}

type content struct {
	Title       string
	Subtitle    string
	Elements    []json.RawMessage
	Timeslots   []struct{ Date string }
	PreIndex    json.RawMessage
	NextIndex   json.RawMessage
	ListID      string
	ReferenceID string
	ViewID      string
}

type element struct {
	Title        string
	Subtitle     string
	ActionDetail string
}

// parseMenu reads the content of an interactive message.
func parseMenu(text string) (menu, error) {
	var in interactive
	if err := json.Unmarshal([]byte(text), &in); err != nil {
		return menu{}, err
	}
	c := in.Data.Content
	m := menu{title: joined(c.Title, c.Subtitle)}
	for _, slot := range c.Timeslots {
		m.choices = append(m.choices, choice{slot.Date, chat.Message{Content: slot.Date}})
	}
	for _, raw := range c.Elements {
		if in.TemplateType == "Carousel" {
			card, err := cardChoices(raw)
			if err != nil {
				return menu{}, err
			}
			m.choices = append(m.choices, card...)
			continue
		}
		var e element
		if err := json.Unmarshal(raw, &e); err != nil {
			return menu{}, err
		}
		reply := chat.Message{Content: e.Title}
		if e.ActionDetail != "" { // a button that asks for more of the list
			var err error
			reply, err = chat.InteractiveReply(e.ActionDetail, map[string]any{
				"actionName": e.Title, "preIndex": c.PreIndex, "nextIndex": c.NextIndex,
				"listId": c.ListID, "templateType": in.TemplateType, "referenceId": c.ReferenceID,
			})
			if err != nil {
				return menu{}, err
			}
		}
		m.choices = append(m.choices, choice{joined(e.Title, e.Subtitle), reply})
	}
	if in.TemplateType == "ViewResource" {
		m.title = "a form (" + c.ViewID + "), which a terminal cannot show"
	}
	return m, nil
}

// cardChoices are the choices of one card of a carousel.
func cardChoices(raw json.RawMessage) ([]choice, error) {
	var card interactive
	if err := json.Unmarshal(raw, &card); err != nil {
		return nil, err
	}
	var list []choice
	for _, raw := range card.Data.Content.Elements {
		var e element
		if err := json.Unmarshal(raw, &e); err != nil {
			return nil, err
		}
		reply, err := json.Marshal(map[string]string{
			"templateIdentifier": card.TemplateIdentifier,
			"listTitle":          card.Data.Content.Title,
			"selectionText":      e.Title,
		})
		if err != nil {
			return nil, err
		}
		list = append(list, choice{card.Data.Content.Title + ": " + joined(e.Title, e.Subtitle), chat.Message{Content: string(reply)}})
	}
	return list, nil
}

func joined(title, subtitle string) string {
	if subtitle == "" {
		return title
	}
	return title + " – " + subtitle
}

func (m menu) String() string {
	var b strings.Builder
	b.WriteString(m.title)
	for i, c := range m.choices {
		fmt.Fprintf(&b, "\n    %d  %s", i+1, c.label)
	}
	return b.String()
}
