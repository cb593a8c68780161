package flow

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bellpull/bellpull/internal/contact"
)

// maxPrompt is how many characters a flow may say at once.
const maxPrompt = 6000

// sayPrompt says a text. Marks of SSML are said as they are; recorded prompts
// cannot be said in a chat.
func sayPrompt(m *Machine, a *Action) Effect {
	msg, ok := m.prompt(a)
	if !ok || msg.Text == "" {
		m.leave(a, "", NoMatchingError)
		return nil
	}
	return Say{By: TheFlow, Messages: []Message{msg}}
}

// prompt returns what the action says; the text is empty where it has none.
func (m *Machine) prompt(a *Action) (Message, bool) {
	t := a.parameter("Text")
	if t.kind == nothing {
		t = a.parameter("SSML")
	}
	if msg, ok := m.interactive(t); ok {
		return msg, true
	}
	s, err := m.resolve(t)
	if err != nil || utf8.RuneCountInString(s) > maxPrompt {
		return Message{}, false
	}
	return Message{Type: contact.PlainText, Text: s}, true
}

// interactive returns the interactive message that a text holds. Paths are
// replaced within its values, so that these cannot break it.
func (m *Machine) interactive(t *tree) (Message, bool) {
	if t.kind != text || len(t.text) == 0 || t.text[0] != '{' {
		return Message{}, false
	}
	template, err := readTree([]byte(t.text), true)
	if err != nil || template.get("templateType").kind != text {
		return Message{}, false
	}
	filled, err := m.fill(&template)
	if err != nil {
		return Message{}, false
	}
	return Message{Type: contact.Interactive, Text: string(filled.append(nil)), Plain: plainly(&filled)}, true
}

// plainly says an interactive message in words: its title, and its choices.
func plainly(t *tree) string {
	content := t.find([]string{"data", "content"})
	said := []string{content.get("title").String()}
	if s := content.get("subtitle").String(); s != "" {
		said = append(said, s)
	}
	for i := range content.get("elements").items {
		if s := content.get("elements").items[i].get("title").String(); s != "" {
			said = append(said, "- "+s)
		}
	}
	return strings.Join(said, "\n")
}

func showView(m *Machine, a *Action) Effect {
	view, err := m.resolve(a.parameter("ViewResource").get("Id"))
	limit, ok := seconds(m.expand(a.parameter("InvocationTimeLimitSeconds")), 1, maxWait)
	data, err2 := m.filled(a.parameter("ViewData"))
	if err != nil || err2 != nil || view == "" || !ok || len(data) > maxViewData {
		m.leave(a, "", NoMatchingError)
		return nil
	}
	hide := a.parameter("SensitiveDataConfiguration").get("HideResponseOn")
	return ShowView{
		View: view, Version: m.expand(a.parameter("ViewResource").get("Version")), Data: data, For: limit,
		HideAnswer: len(hide.items) > 0 && hide.items[0].text == "TRANSCRIPT",
	}
}

// maxViewData is how many bytes a view may be filled with.
const maxViewData = 16 << 10

func viewAnswered(m *Machine, a *Action, o Outcome) {
	if o.Event == TimerFired {
		o.Error = TimeLimitExceeded
	}
	if o.Error == "" {
		views, err := viewsOf(o)
		if err != nil {
			o.Error = NoMatchingError
		}
		m.st.Scope.Views = views
	}
	m.leave(a, o.Result, o.Error)
}

func viewsOf(o Outcome) (Data, error) {
	t := tree{kind: object, members: []member{{"Action", textOf(o.Result)}}}
	if len(o.Data) > 0 {
		got, err := answer(o.Data)
		if err != nil {
			return Data{}, err
		}
		t.members = append(t.members, member{"ViewResultData", got})
	}
	return dataOf(t), nil
}

// talkWithBot leads a conversation: it says the prompt, listens to the
// customer, asks the bot, says what that answers, and listens again until the
// bot closes.
func talkWithBot(m *Machine, a *Action) Effect {
	if m.st.Dialog == nil {
		m.st.Dialog = &Dialog{}
	}
	switch m.st.Stage {
	case "":
		return m.openDialog(a)
	case stagePrompt:
		msg, _ := m.prompt(a)
		return Say{By: TheFlow, Messages: []Message{msg}}
	case stageListen:
		limit := 5 * time.Minute // where the action says nothing
		if t := a.parameter("LexTimeoutSeconds").get("Text"); t.kind != nothing {
			var ok bool
			if limit, ok = seconds(m.expand(t), 60, maxWait); !ok {
				return failInChat(m, a)
			}
		}
		return Wait{For: limit, Events: []Event{CustomerReturned}}
	case stageAsk:
		return AskBot{Bot: m.bot(a), Text: m.st.Dialog.Heard, Attributes: m.st.Dialog.Attributes.raw}
	default:
		return Say{By: TheBot, Messages: m.st.Dialog.Replies}
	}
}

// openDialog says the prompt, if there is one, and otherwise goes on.
func (m *Machine) openDialog(a *Action) Effect {
	bot := m.bot(a)
	attributes, err := m.texts(a.parameter("LexSessionAttributes"))
	msg, ok := m.prompt(a)
	if err != nil || !ok || bot.AliasARN+bot.Name == "" || a.parameters.has("PromptId") || a.parameters.has("Media") {
		return failInChat(m, a)
	}
	m.st.Dialog.Attributes = dataOf(objectOf(attributes))
	if msg.Text == "" {
		m.listen(a)
		return nil
	}
	m.st.Stage = stagePrompt
	return talkWithBot(m, a)
}

// listen goes on after the prompt: the customer's first words may be known.
func (m *Machine) listen(a *Action) {
	initial := a.parameter("LexInitializationData")
	if initial.kind == nothing {
		m.st.Stage = stageListen
		return
	}
	said, err := m.resolve(initial.get("InitialMessage"))
	if err != nil || said == "" {
		m.leave(a, "", NoMatchingError)
		return
	}
	m.st.Dialog.Heard, m.st.Stage = cut(said, MaxBotText), stageAsk
}

func (m *Machine) bot(a *Action) Bot {
	v1 := a.parameter("LexBot")
	return Bot{
		AliasARN: m.expand(a.parameter("LexV2Bot").get("AliasArn")),
		Name:     m.expand(v1.get("Name")), Alias: m.expand(v1.get("Alias")), Region: m.expand(v1.get("Region")),
	}
}

// hearBot takes what came of a stage of the conversation.
func hearBot(m *Machine, a *Action, o Outcome) {
	d := m.st.Dialog
	switch stage := m.st.Stage; {
	case o.Error != "":
		m.leave(a, "", o.Error)
	case stage == stagePrompt:
		m.listen(a)
	case stage == stageListen && o.Event == TimerFired:
		m.leave(a, "", InputTimeLimitExceeded)
	case stage == stageListen:
		d.Heard, m.st.Stage = cut(o.Text, MaxBotText), stageAsk
	case stage == stageAsk:
		m.botAnswered(a, o.Data)
	default:
		d.Replies = nil
		m.listenOn(a)
	}
}

// listenOn goes on once the bot's answer has been said.
func (m *Machine) listenOn(a *Action) {
	if m.st.Dialog.Closed {
		m.leave(a, m.st.Dialog.Intent, "")
		return
	}
	m.st.Stage = stageListen
}

func (m *Machine) botAnswered(a *Action, data json.RawMessage) {
	got, err := readBotAnswer(data)
	if err != nil {
		m.leave(a, "", NoMatchingError)
		return
	}
	d := m.st.Dialog
	m.st.Scope.Lex = got.lex
	d.Heard, d.Attributes, d.Replies = "", got.attributes, got.messages
	d.Intent, d.Closed = got.intent, got.closed
	if len(d.Replies) > 0 {
		m.st.Stage = stageReply
		return
	}
	m.listenOn(a)
}

// cut returns at most n characters of a text.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}
