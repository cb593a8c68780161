package centre

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/flow"
)

// What a flow that shows a view waits for. The second answer stays out of the
// transcript.
const (
	viewAnswered       = "ViewAnswered"
	viewAnsweredHidden = "ViewAnsweredHidden"
)

// viewTemplate is how the messages of views, and the answers to them, are told
// from other interactive ones.
const viewTemplate = "ViewResource"

// ViewMark names what a view showed in a chat: the view, as a UUID, and its
// content.
type ViewMark struct {
	View    string
	Content uint64
}

// ShownView is a view as it was shown.
type ShownView struct {
	View    *directory.View
	Content *directory.ViewContent
	Version int32 // 0 for a content that is no version
	ARN     string
}

// showView sends a view to the customer and waits for the answer. It fails
// where there is no such view, or the customer's client cannot show it.
func (r *run) showView(do flow.ShowView) (out flow.Outcome, waits bool, err error) {
	out.Error = flow.NoMatchingError
	chat := r.d.Chat()
	view, content := r.dir.FindView(do.View, do.Version)
	if content == nil || r.centre.ViewToken == nil || !slices.Contains(chat.ContentTypes, contact.Interactive) {
		return out, false, nil
	}
	data := do.Data
	if len(data) == 0 {
		data = json.RawMessage("{}")
	}
	message, err := json.Marshal(viewMessage{viewTemplate, "1.0", viewData{viewContent{
		string(view.ID), r.centre.ViewToken(chat.ID, ViewMark{view.Key(), content.Mark()}), data,
	}}})
	if err != nil {
		return out, false, err
	}
	r.d.Prompt(contact.SystemName, contact.Interactive, string(message))
	awaits := viewAnswered
	if do.HideAnswer {
		awaits = viewAnsweredHidden
	}
	return out, true, r.suspend(do.For, []string{awaits}, nil)
}

// The message that asks a client to show a view.
type (
	viewMessage struct {
		TemplateType string   `json:"templateType"`
		Version      string   `json:"version"`
		Data         viewData `json:"data"`
	}
	viewData struct {
		Content viewContent `json:"content"`
	}
	viewContent struct {
		ID    string          `json:"viewId"`
		Token string          `json:"viewToken"`
		Data  json.RawMessage `json:"viewData"`
	}
)

// viewAnswer is what the customer did with a view.
type viewAnswer struct {
	TemplateType string          `json:"templateType"`
	Version      string          `json:"version"`
	Action       string          `json:"action"`
	Data         json.RawMessage `json:"data"`
}

// answersView reads a message that answers the view for which the chat's flow
// waits.
func answersView(chat *contact.Chat, by contact.ParticipantID, contentType, text string) (viewAnswer, bool) {
	f := &chat.Flow
	if contentType != contact.InteractiveResponse || !f.Expects(viewAnswered) && !f.Expects(viewAnsweredHidden) {
		return viewAnswer{}, false
	}
	var a viewAnswer
	if p := chat.Participant(by); p == nil || p.Role != contact.Customer || json.Unmarshal([]byte(text), &a) != nil {
		return a, false
	}
	return a, a.TemplateType == viewTemplate
}

// hidden returns what the transcript has of an answer that is to stay out of
// it.
func (a viewAnswer) hidden() (string, error) {
	a.Data = json.RawMessage("{}")
	text, err := json.Marshal(a)
	return string(text), err
}

func (a viewAnswer) outcome() flow.Outcome {
	out := flow.Outcome{Result: a.Action}
	if len(a.Data) > 0 && string(a.Data) != "null" {
		out.Data = a.Data
	}
	return out
}

// View returns what a view showed in a chat to one who takes part in it. It is
// NotFound once the view is gone.
func (c *Centre) View(ctx context.Context, chat contact.ID, reader contact.ParticipantID, mark ViewMark) (ShownView, error) {
	ct, err := c.checked(ctx, chat, func(ct *contact.Chat) error { return ct.MayConnect(reader) })
	if err != nil {
		return ShownView{}, err
	}
	dir, err := c.Instance(ct.Instance)
	if err != nil {
		return ShownView{}, err
	}
	v := dir.ViewByKey(mark.View)
	if v == nil {
		return ShownView{}, fault.Newf(fault.NotFound, "the view is no longer there")
	}
	content, version := v.Shown(mark.Content)
	if content == nil {
		return ShownView{}, fault.Newf(fault.NotFound, "the view is no longer there as it was")
	}
	return ShownView{v, content, version, dir.Instance.ViewARN(v)}, nil
}
