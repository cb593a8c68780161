package admin

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
)

// maxTemplate is the longest template of a view, in bytes.
const maxTemplate = 400 << 10

// ViewRef names a view and which of its contents is meant: Latest, Saved or the
// number of a version; empty: what is published or, before that, the draft.
type ViewRef struct {
	ID        directory.ViewID
	Qualifier string
}

// ParseViewRef reads an id or an ARN, with or without a qualifier behind a
// colon.
func ParseViewRef(name string) ViewRef {
	if strings.HasPrefix(name, "arn:") {
		name = name[strings.LastIndexByte(name, '/')+1:]
	}
	id, qualifier, _ := strings.Cut(name, ":")
	return ViewRef{directory.ViewID(id), qualifier}
}

// FindView returns a view of the instance, or one that comes with the server.
func FindView(d *directory.Directory, id directory.ViewID) (*directory.View, error) {
	if v := d.View(id); v != nil {
		return v, nil
	}
	return nil, fault.Newf(fault.NotFound, "there is no view %s", id)
}

// Views returns the views that match, those that come with the server among
// them, by name and then by id (see ViewPlace).
func Views(d *directory.Directory, match func(*directory.View) bool) []*directory.View {
	var found []*directory.View
	for _, v := range append(slices.Collect(maps.Values(d.Views)), directory.ManagedViews()...) {
		if match(v) {
			found = append(found, v)
		}
	}
	slices.SortFunc(found, func(a, b *directory.View) int { return strings.Compare(ViewPlace(a), ViewPlace(b)) })
	return found
}

// ViewPlace is what Views sorts by. It can be kept, to go on behind it later.
func ViewPlace(v *directory.View) string { return v.Name + "\x00" + string(v.ID) }

// PickView returns the content that a qualifier means.
func PickView(d *directory.Directory, v *directory.View, qualifier string) (*directory.ViewContent, error) {
	if qualifier == "" && v.Content == nil {
		return v.Saved, nil
	}
	_, content := d.FindView(string(v.ID), qualifier)
	if content == nil {
		return nil, fault.Newf(fault.NotFound, "view %s has nothing that is called %s", v.ID, qualifier)
	}
	return content, nil
}

// CreateView adds a view, published or as a draft, and returns it. A token that
// is not empty makes the id, so that a repeat finds what the first one made; a
// token that made something of another name is ErrTokenUsed.
func (a *Admin) CreateView(ctx context.Context, instance contact.InstanceID, from directory.View, content directory.ViewContent, draft Draft, token string) (v *directory.View, err error) {
	id := directory.ViewID(a.IDs.New())
	if token != "" {
		id = directory.ViewID(idOf(string(instance) + "/view/" + token))
	}
	err = a.edit(ctx, instance, func(e *edition) error {
		if v = e.is.Views[id]; v != nil {
			if v.Name != from.Name {
				return ErrTokenUsed
			}
			return nil
		}
		if len(e.is.Views) >= a.Limits.Views {
			return fault.Newf(fault.Quota, "the instance has %d views and may have no more", a.Limits.Views)
		}
		if len(from.Tags) > a.Limits.Tags {
			return fault.Newf(fault.Invalid, "a view may have at most %d tags", a.Limits.Tags)
		}
		v = &directory.View{ID: id, Name: from.Name, Description: from.Description, Tags: from.Tags, Created: e.now}
		if err := setView(e, v, content, draft); err != nil {
			return err
		}
		return putView(e, v)
	})
	return v, err
}

// changeView makes another view of the one that is named.
func (a *Admin) changeView(ctx context.Context, instance contact.InstanceID, id directory.ViewID, decide func(e *edition, v *directory.View) error) (v *directory.View, err error) {
	err = a.edit(ctx, instance, func(e *edition) error {
		was, err := FindView(e.is, id)
		if err != nil {
			return err
		}
		if was.Managed {
			return fault.Newf(fault.Denied, "view %s comes with the server and cannot be changed", id)
		}
		next := *was
		next.Versions = slices.Clone(was.Versions)
		if err := decide(e, &next); err != nil {
			return err
		}
		v = &next
		return putView(e, v)
	})
	return v, err
}

// putView stores a view whose name no other has.
func putView(e *edition, v *directory.View) error {
	for _, other := range Views(e.is, func(o *directory.View) bool { return o.Name == v.Name && !o.Managed }) {
		if other.ID != v.ID {
			return fault.Newf(fault.Conflict, "there is a view %q already", v.Name)
		}
	}
	v.Modified = e.now
	e.put.Views[v.ID] = v
	return nil
}

// setView publishes or saves a content. What is published is checked.
func setView(e *edition, v *directory.View, content directory.ViewContent, draft Draft) error {
	if len(content.Template) > maxTemplate {
		return fault.Newf(fault.Invalid, "Content.Template: must have at most %d bytes", maxTemplate)
	}
	content.Schema = directory.SchemaOf(content.Template)
	if draft {
		v.Saved = &content
		return nil
	}
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(content.Template), &object) != nil || object == nil {
		return fault.Newf(fault.Invalid, "Content.Template: must be a JSON object")
	}
	v.Publish(content, e.now)
	return nil
}

// UpdateViewContent publishes a content or keeps it as the draft, and returns
// the view as it is then.
func (a *Admin) UpdateViewContent(ctx context.Context, instance contact.InstanceID, id directory.ViewID, content directory.ViewContent, draft Draft) (*directory.View, error) {
	return a.changeView(ctx, instance, id, func(e *edition, v *directory.View) error { return setView(e, v, content, draft) })
}

// UpdateViewAbout changes name and description; what is empty stays as it is.
func (a *Admin) UpdateViewAbout(ctx context.Context, instance contact.InstanceID, id directory.ViewID, name, description string) error {
	_, err := a.changeView(ctx, instance, id, func(_ *edition, v *directory.View) error {
		if name != "" {
			v.Name = name
		}
		if description != "" {
			v.Description = description
		}
		return nil
	})
	return err
}

// DeleteView removes a view with its versions. Flows that name it take their
// error branch.
func (a *Admin) DeleteView(ctx context.Context, instance contact.InstanceID, id directory.ViewID) error {
	return a.edit(ctx, instance, func(e *edition) error {
		v, err := FindView(e.is, id)
		if err != nil {
			return err
		}
		if v.Managed {
			return fault.Newf(fault.Denied, "view %s comes with the server and cannot be deleted", id)
		}
		e.remove = append(e.remove, directory.Ref{Kind: directory.ViewKind, ID: string(id)})
		return nil
	})
}

// CreateViewVersion keeps what is published as a version and returns the view,
// whose last version it is. A sum that is not empty must be the content's.
func (a *Admin) CreateViewVersion(ctx context.Context, instance contact.InstanceID, id directory.ViewID, description, sum string) (*directory.View, error) {
	return a.changeView(ctx, instance, id, func(e *edition, v *directory.View) error {
		number := int32(1)
		if n := len(v.Versions); n > 0 {
			number = v.Versions[n-1].Number + 1
		}
		v.Versions = ViewVersions(v)
		switch {
		case v.Content == nil:
			return fault.Newf(fault.Invalid, "the view has not been published")
		case sum != "" && sum != v.Content.Sum():
			return fault.Newf(fault.Invalid, "the checksum is not that of what is published")
		case len(v.Versions) >= a.Limits.Versions:
			return fault.Newf(fault.Quota, "the view has %d versions and may have no more", a.Limits.Versions)
		}
		v.Versions = append(v.Versions, directory.ViewVersion{Number: number, Description: description, Content: *v.Content, Created: e.now})
		return nil
	})
}

// ViewVersions returns the versions of a view, oldest first.
func ViewVersions(v *directory.View) []directory.ViewVersion {
	return slices.DeleteFunc(slices.Clone(v.Versions), func(v directory.ViewVersion) bool { return v.Content.Template == "" })
}

// DeleteViewVersion removes a version. The newest one leaves its number behind.
func (a *Admin) DeleteViewVersion(ctx context.Context, instance contact.InstanceID, id directory.ViewID, number int32) error {
	_, err := a.changeView(ctx, instance, id, func(_ *edition, v *directory.View) error {
		if v.Version(number) == nil {
			return fault.Newf(fault.NotFound, "view %s has no version %d", id, number)
		}
		newest := v.Versions[len(v.Versions)-1].Number
		v.Versions = slices.DeleteFunc(v.Versions, func(v directory.ViewVersion) bool { return v.Number == number })
		if number == newest {
			v.Versions = append(v.Versions, directory.ViewVersion{Number: number})
		}
		return nil
	})
	return err
}
