package deskapi

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/bellpull/bellpull/internal/admin"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
)

// widget is a widget as administrators see and write it.
type widget struct {
	ID              directory.WidgetID `json:"id"`
	Name            string             `json:"name"`
	FlowID          contact.FlowID     `json:"flowId"`
	Origins         []string           `json:"origins"`
	Secrets         []string           `json:"secrets"` // only read
	Signed          bool               `json:"signed"`
	HoursID         directory.HoursID  `json:"hoursId"`
	ReplyTime       string             `json:"replyTime"`
	Persistent      bool               `json:"persistent"`
	ContentTypes    []string           `json:"contentTypes"` // besides plain text
	DurationMinutes int                `json:"durationMinutes"`
	Look            json.RawMessage    `json:"look"`
}

// widgetBody is what is put, and what is answered.
type widgetBody struct {
	Widget widget `json:"widget"`
}

func widgetOf(w *directory.Widget) widget {
	return widget{
		ID: w.ID, Name: w.Name, FlowID: w.Flow, Origins: append([]string{}, w.Origins...), Secrets: append([]string{}, w.Secrets...), Signed: w.Signed,
		HoursID: w.Hours, ReplyTime: w.ReplyTime, Persistent: w.Persistent, ContentTypes: append([]string{}, w.ContentTypes...),
		DurationMinutes: int(w.Duration / time.Minute), Look: json.RawMessage(cmp.Or(w.Look, "{}")),
	}
}

// asAdmin answers an operation for administrators alone.
func asAdmin[In any](do func(ctx context.Context, who caller, in *In) (any, error)) operation {
	return func(ctx context.Context, who caller, body []byte) (any, error) {
		if !who.user.Admin {
			return nil, fault.Newf(fault.Denied, "only administrators may do this")
		}
		in := new(In)
		if err := decode(body, in); err != nil {
			return nil, err
		}
		return do(ctx, who, in)
	}
}

// named is something that can be chosen.
type named struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Default bool   `json:"default,omitempty"`
}

func byName(a, b named) int {
	return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
}

// listWidgets returns the widgets by name, and the hours that they can have.
func (a *API) listWidgets(_ context.Context, who caller, _ *struct{}) (any, error) {
	out := struct {
		Widgets []widget `json:"widgets"`
		Hours   []named  `json:"hours"`
	}{[]widget{}, []named{}}
	for _, w := range slices.SortedFunc(maps.Values(who.dir.Widgets), func(a, b *directory.Widget) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(string(a.ID), string(b.ID)))
	}) {
		out.Widgets = append(out.Widgets, widgetOf(w))
	}
	for id, h := range who.dir.Hours {
		out.Hours = append(out.Hours, named{ID: string(id), Name: h.Name})
	}
	slices.SortFunc(out.Hours, byName)
	return out, nil
}

// listFlows returns the flows with which chats can start, by name.
func (a *API) listFlows(_ context.Context, who caller, _ *struct{}) (any, error) {
	out := struct {
		Flows []named `json:"flows"`
	}{[]named{}}
	for id, f := range who.dir.Flows {
		if admin.StartsChats(f) {
			out.Flows = append(out.Flows, named{string(id), f.Name, id == who.dir.Instance.DefaultFlow})
		}
	}
	slices.SortFunc(out.Flows, byName)
	return out, nil
}

// putWidget makes a widget, or changes the one of the same id.
func (a *API) putWidget(ctx context.Context, who caller, in *widgetBody) (any, error) {
	w := in.Widget
	if string(w.Look) == "null" || string(w.Look) == "{}" {
		w.Look = nil
	}
	put, err := a.Admin.PutWidget(ctx, who.dir.Instance.ID, directory.Widget{
		ID: w.ID, Name: strings.TrimSpace(w.Name), Flow: w.FlowID, Origins: w.Origins, Signed: w.Signed, Hours: w.HoursID, ReplyTime: w.ReplyTime,
		Persistent: w.Persistent, ContentTypes: w.ContentTypes, Duration: time.Duration(w.DurationMinutes) * time.Minute, Look: string(w.Look),
	})
	if err != nil {
		return nil, err
	}
	return widgetBody{widgetOf(put)}, nil
}

// widgetRef names a widget.
type widgetRef struct {
	ID directory.WidgetID `json:"id"`
	// Finish ends the change of a secret: the one before counts no longer.
	Finish bool `json:"finish"`
}

func (a *API) deleteWidget(ctx context.Context, who caller, in *widgetRef) (any, error) {
	return nil, a.Admin.DeleteWidget(ctx, who.dir.Instance.ID, in.ID)
}

func (a *API) rotateWidgetSecret(ctx context.Context, who caller, in *widgetRef) (any, error) {
	w, err := a.Admin.RotateWidgetSecret(ctx, who.dir.Instance.ID, in.ID, in.Finish)
	if err != nil {
		return nil, err
	}
	return widgetBody{widgetOf(w)}, nil
}
