package admin

import (
	"context"
	"slices"
	"unicode/utf8"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/flow"
)

// StartsChats reports whether chats may start with a flow.
func StartsChats(f *directory.Flow) bool {
	return f.Type == string(flow.Inbound) && f.Content != "" && !f.Archived
}

// FindWidget returns a widget of the instance.
func FindWidget(d *directory.Directory, id directory.WidgetID) (*directory.Widget, error) {
	if w := d.Widgets[id]; w != nil {
		return w, nil
	}
	return nil, fault.Newf(fault.NotFound, "there is no widget %s", id)
}

// PutWidget keeps a widget as it is said to be and returns it. One without an id
// is new, and gets an id and a secret; one that is there keeps its secrets.
func (a *Admin) PutWidget(ctx context.Context, instance contact.InstanceID, w directory.Widget) (*directory.Widget, error) {
	err := a.edit(ctx, instance, func(e *edition) error {
		if w.ID == "" {
			if len(e.is.Widgets) >= a.Limits.Widgets {
				return fault.Newf(fault.Quota, "the instance has %d widgets and may have no more", a.Limits.Widgets)
			}
			w.ID, w.Secrets = directory.WidgetID(a.IDs.New()), []string{directory.NewWidgetSecret()}
		} else {
			was, err := FindWidget(e.is, w.ID)
			if err != nil {
				return err
			}
			w.Secrets = slices.Clone(was.Secrets)
			if len(w.Secrets) == 0 && w.Signed { // which a file made
				w.Rotate(directory.NewWidgetSecret())
			}
		}
		if err := a.checkWidget(e.is, &w); err != nil {
			return err
		}
		e.put.Widgets[w.ID] = &w
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &w, nil
}

// checkWidget refuses a widget that does not fit into its instance.
func (a *Admin) checkWidget(d *directory.Directory, w *directory.Widget) error {
	if n := utf8.RuneCountInString(w.Name); n == 0 || n > a.Limits.Name {
		return fault.Newf(fault.Invalid, "name: must have 1 to %d characters", a.Limits.Name)
	}
	for _, other := range d.Widgets {
		if other.ID != w.ID && other.Name == w.Name {
			return fault.Newf(fault.Conflict, "there is a widget %q already", w.Name)
		}
	}
	if f := d.Flows[w.Flow]; w.Flow != "" && (f == nil || !StartsChats(f)) {
		return fault.Newf(fault.Invalid, "flow: chats cannot start with %s", w.Flow)
	}
	if w.Hours != "" && d.Hours[w.Hours] == nil {
		return fault.Newf(fault.Invalid, "hours: there are no hours %s", w.Hours)
	}
	return w.Check()
}

// RotateWidgetSecret gives a widget another secret and returns it; the one
// before counts on. With finish it counts no longer, and there is no new one.
func (a *Admin) RotateWidgetSecret(ctx context.Context, instance contact.InstanceID, id directory.WidgetID, finish bool) (w *directory.Widget, err error) {
	err = a.edit(ctx, instance, func(e *edition) error {
		was, err := FindWidget(e.is, id)
		if err != nil {
			return err
		}
		next := *was
		if finish {
			next.Secrets = slices.Clone(was.Secrets[:min(len(was.Secrets), 1)])
		} else {
			next.Rotate(directory.NewWidgetSecret())
		}
		w = &next
		e.put.Widgets[id] = w
		return nil
	})
	return w, err
}

// DeleteWidget removes a widget. Chats that it has started go on.
func (a *Admin) DeleteWidget(ctx context.Context, instance contact.InstanceID, id directory.WidgetID) error {
	return a.edit(ctx, instance, func(e *edition) error {
		if _, err := FindWidget(e.is, id); err != nil {
			return err
		}
		e.remove = append(e.remove, directory.Ref{Kind: directory.WidgetKind, ID: string(id)})
		return nil
	})
}
