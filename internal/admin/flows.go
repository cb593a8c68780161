package admin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/flow"
)

// Shelf is where a flow stands: among an instance's flows or its modules.
// Names are unique on a shelf.
type Shelf uint8

// The shelves.
const (
	Flows Shelf = iota
	Modules
)

// String returns what stands on the shelf, for messages.
func (s Shelf) String() string {
	if s == Modules {
		return "flow module"
	}
	return "flow"
}

// Of returns what stands on the shelf in a directory.
func (s Shelf) Of(d *directory.Directory) map[contact.FlowID]*directory.Flow {
	if s == Modules {
		return d.Modules
	}
	return d.Flows
}

func (s Shelf) kind() directory.Kind {
	if s == Modules {
		return directory.ModuleKind
	}
	return directory.FlowKind
}

func (s Shelf) limit(l Limits) int {
	if s == Modules {
		return l.Modules
	}
	return l.Flows
}

// Find returns one flow of the shelf.
func (s Shelf) Find(d *directory.Directory, id contact.FlowID) (*directory.Flow, error) {
	if f := s.Of(d)[id]; f != nil {
		return f, nil
	}
	return nil, fault.Newf(fault.NotFound, "there is no %s %s", s, id)
}

// List returns what stands on the shelf and matches, by name and then by id
// (see Place).
func (s Shelf) List(d *directory.Directory, match func(*directory.Flow) bool) []*directory.Flow {
	var found []*directory.Flow
	for _, f := range s.Of(d) {
		if match(f) {
			found = append(found, f)
		}
	}
	slices.SortFunc(found, func(a, b *directory.Flow) int { return strings.Compare(Place(a), Place(b)) })
	return found
}

// Place is what List sorts by. It can be kept, to go on behind it later.
func Place(f *directory.Flow) string { return f.Name + "\x00" + string(f.ID) }

// Qualifiers of a reference.
const (
	Latest = "$LATEST" // what is published; so is no qualifier
	Saved  = "$SAVED"  // the draft
)

// Ref names a flow or module and which of its contents is meant: Latest,
// Saved, the number of a version or, for modules, an alias.
type Ref struct {
	ID        contact.FlowID
	Qualifier string
}

// ParseRef reads an id or an ARN, with or without a qualifier behind a colon.
func ParseRef(name string) Ref {
	if strings.HasPrefix(name, "arn:") {
		name = name[strings.LastIndexByte(name, '/')+1:]
	}
	id, qualifier, _ := strings.Cut(name, ":")
	if qualifier == Latest {
		qualifier = ""
	}
	return Ref{contact.FlowID(id), qualifier}
}

// ErrNotPublished says that a flow has nothing but a draft.
var ErrNotPublished = errors.New("the flow has not been published")

// Content is one of the contents of a flow.
type Content struct {
	Text  string
	Draft bool
	// Version is set for a content that was published as a version.
	Version *directory.FlowVersion
}

// Pick returns the content that a qualifier means. Where there is no draft,
// Saved means what is published. Without a qualifier, a flow that was never
// published is ErrNotPublished.
func Pick(f *directory.Flow, qualifier string) (Content, error) {
	switch qualifier {
	case "":
		if f.Content == "" {
			return Content{}, ErrNotPublished
		}
		return Content{Text: f.Content}, nil
	case Saved:
		if f.Saved == "" {
			return Content{Text: f.Content}, nil
		}
		return Content{Text: f.Saved, Draft: true}, nil
	}
	n, err := strconv.ParseInt(qualifier, 10, 64)
	if err != nil {
		for _, a := range f.Aliases {
			if a.Name == qualifier {
				n = a.Version
			}
		}
	}
	v, err := Version(f, n)
	if err != nil {
		return Content{}, fault.Newf(fault.NotFound, "%s has nothing that is called %s", f.ID, qualifier)
	}
	return Content{Text: v.Content, Version: v}, nil
}

// Sum returns the hex SHA-256 of a content.
func Sum(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

// Draft says that a flow shall be saved and not published.
type Draft bool

// ErrTokenUsed says that an idempotency token came with another request before.
var ErrTokenUsed = errors.New("the ClientToken has been used for something else")

// CreateFlow adds a flow or a module and returns its id. Of new, the name, the
// type, the description, the settings, the tags and the content count. A token
// that is not empty makes the id, so that a repeat finds what the first one
// made; a token that made something of another name is ErrTokenUsed.
func (a *Admin) CreateFlow(ctx context.Context, instance contact.InstanceID, s Shelf, from directory.Flow, draft Draft, token string) (contact.FlowID, error) {
	id := contact.FlowID(a.IDs.New())
	if token != "" {
		id = contact.FlowID(idOf(string(instance) + "/" + s.String() + "/" + token))
	}
	err := a.edit(ctx, instance, func(e *edition) error {
		if was := s.Of(e.is)[id]; was != nil {
			if was.Name != from.Name {
				return ErrTokenUsed
			}
			return nil
		}
		if len(s.Of(e.is)) >= s.limit(a.Limits) {
			return fault.Newf(fault.Quota, "the instance has %d %ss and may have no more", s.limit(a.Limits), s)
		}
		f := &directory.Flow{ID: id, Name: from.Name, Type: from.Type, Description: from.Description, Settings: from.Settings, Tags: from.Tags}
		if err := a.checkAbout(e, s, f); err != nil {
			return err
		}
		if err := a.setContent(e, s, f, from.Content, draft); err != nil {
			return err
		}
		s.Of(e.put)[id] = f
		return nil
	})
	return id, err
}

// idOf makes an id of an idempotency token and what it is used for.
func idOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	sum[6] = sum[6]&0x0f | 0x80 // version 8: made in a way of one's own
	sum[8] = sum[8]&0x3f | 0x80
	return contact.ItemID(sum[:16]).String()
}

// change makes another flow of the one that is named.
func (a *Admin) change(ctx context.Context, instance contact.InstanceID, s Shelf, id contact.FlowID, decide func(e *edition, f *directory.Flow) error) error {
	return a.edit(ctx, instance, func(e *edition) error {
		was, err := s.Find(e.is, id)
		if err != nil {
			return err
		}
		f := *was
		f.Tags = maps.Clone(was.Tags)
		f.Versions = slices.Clone(was.Versions)
		f.Aliases = slices.Clone(was.Aliases)
		if err := decide(e, &f); err != nil {
			return err
		}
		s.Of(e.put)[id] = &f
		return nil
	})
}

// UpdateContent publishes a content or, where ref says Saved, keeps it as the
// draft. Publishing drops the draft. An empty content leaves what is there, and
// so do nil settings, which are JSON.
func (a *Admin) UpdateContent(ctx context.Context, instance contact.InstanceID, s Shelf, ref Ref, content string, settings *string) error {
	if ref.Qualifier != "" && ref.Qualifier != Saved {
		return fault.Newf(fault.Invalid, "only what is published and the draft can be changed, not %s", ref.Qualifier)
	}
	return a.change(ctx, instance, s, ref.ID, func(e *edition, f *directory.Flow) error {
		if settings != nil {
			f.Settings = *settings
			f.Modified = e.now
			if err := checkSettings(f.Settings); err != nil {
				return err
			}
		}
		if content == "" {
			return nil
		}
		return a.setContent(e, s, f, content, Draft(ref.Qualifier == Saved))
	})
}

// setContent publishes or saves a content.
func (a *Admin) setContent(e *edition, s Shelf, f *directory.Flow, content string, draft Draft) error {
	most, unit, n := flow.MaxContent, "bytes", len(content)
	if s == Modules {
		most, unit, n = a.Limits.ContentOfModules, "characters", utf8.RuneCountInString(content)
	}
	f.Modified = e.now
	switch {
	case content == "":
		return fault.Newf(fault.Invalid, "Content: is required")
	case n > most:
		return fault.Newf(fault.Invalid, "Content: must have at most %d %s", most, unit)
	case bool(draft):
		f.Saved = content
		return nil
	}
	t := flow.Type(f.Type)
	if s == Modules {
		t = flow.Module
	}
	f.Publish(content, a.Now())
	f.Saved = ""
	return a.check(content, t, e.is)
}

// About is what can be changed of a flow besides its content. What is nil, and
// an empty name, stays as it is.
type About struct {
	Name        string
	Description *string
	Archived    *bool
}

// UpdateAbout changes name, description and state.
func (a *Admin) UpdateAbout(ctx context.Context, instance contact.InstanceID, s Shelf, id contact.FlowID, to About) error {
	return a.change(ctx, instance, s, id, func(e *edition, f *directory.Flow) error {
		if to.Archived != nil {
			if *to.Archived {
				if err := inUse(e.is, s, f, "be archived"); err != nil {
					return err
				}
			}
			f.Archived = *to.Archived
		}
		if to.Name != "" && to.Name != f.Name {
			if s == Flows && standsIn(f) {
				return fault.Newf(fault.Invalid, "%q stands in where nothing else is set, and keeps its name", f.Name)
			}
			f.Name = to.Name
		}
		if to.Description != nil {
			f.Description = *to.Description
		}
		f.Modified = e.now
		return a.checkAbout(e, s, f)
	})
}

// checkAbout checks the lengths and that nothing else has the name.
func (a *Admin) checkAbout(e *edition, s Shelf, f *directory.Flow) error {
	switch {
	case strings.TrimSpace(f.Name) == "":
		return fault.Newf(fault.Invalid, "Name: must not be blank")
	case utf8.RuneCountInString(f.Name) > a.Limits.Name:
		return fault.Newf(fault.Invalid, "Name: must have at most %d characters", a.Limits.Name)
	case utf8.RuneCountInString(f.Description) > a.Limits.About:
		return fault.Newf(fault.Invalid, "Description: must have at most %d characters", a.Limits.About)
	}
	if err := checkSettings(f.Settings); err != nil {
		return err
	}
	for _, other := range s.Of(e.is) {
		if other.Name == f.Name && other.ID != f.ID {
			return fault.Newf(fault.Conflict, "there is a %s %q already", s, f.Name)
		}
	}
	return nil
}

func checkSettings(settings string) error {
	var object map[string]any
	if settings != "" && (json.Unmarshal([]byte(settings), &object) != nil || object == nil) {
		return fault.Newf(fault.Invalid, "Settings: must be a JSON object")
	}
	return nil
}

// DeleteFlow removes a flow or a module with its versions and aliases. Where
// ref says Saved only the draft goes, unless the draft is all there is. Flows
// that others refer to can be deleted: an action that names what is gone takes
// its error branch.
func (a *Admin) DeleteFlow(ctx context.Context, instance contact.InstanceID, s Shelf, ref Ref) error {
	if ref.Qualifier != "" && ref.Qualifier != Saved {
		return fault.Newf(fault.Invalid, "a version is deleted by an operation of its own")
	}
	return a.edit(ctx, instance, func(e *edition) error {
		f, err := s.Find(e.is, ref.ID)
		switch {
		case err != nil:
			return err
		case ref.Qualifier == Saved && f.Saved == "":
			return fault.Newf(fault.NotFound, "the %s has no draft", s)
		case ref.Qualifier == Saved && f.Content != "":
			without := *f
			without.Saved, without.Modified = "", e.now
			s.Of(e.put)[f.ID] = &without
			return nil
		}
		if err := inUse(e.is, s, f, "be deleted"); err != nil {
			return err
		}
		e.put.Instance.Retire(f, e.now)
		e.remove = append(e.remove, directory.Ref{Kind: s.kind(), ID: string(f.ID)})
		return nil
	})
}

// inUse refuses what an instance cannot do without.
func inUse(d *directory.Directory, s Shelf, f *directory.Flow, to string) error {
	switch {
	case s != Flows:
		return nil
	case f.ID == d.Instance.DefaultFlow:
		return fault.Newf(fault.Invalid, "%q is what chats start with by default, and cannot %s", f.Name, to)
	case standsIn(f):
		return fault.Newf(fault.Invalid, "%q stands in where nothing else is set, and cannot %s", f.Name, to)
	}
	for _, w := range d.Widgets {
		if w.Flow == f.ID {
			return fault.Newf(fault.Invalid, "%q is what chats of the widget %q start with, and cannot %s", f.Name, w.Name, to)
		}
	}
	return nil
}

// DefaultNames names the flow of each type that stands in where nothing else is
// set. Such a flow can be edited, but not renamed, archived or deleted.
var DefaultNames = map[flow.Type]string{
	flow.AgentHold:       "Default agent hold",
	flow.AgentTransfer:   "Default agent transfer",
	flow.AgentWhisper:    "Default agent whisper",
	flow.CustomerHold:    "Default customer hold",
	flow.CustomerQueue:   "Default customer queue",
	flow.CustomerWhisper: "Default customer whisper",
	flow.OutboundWhisper: "Default outbound",
	flow.QueueTransfer:   "Default queue transfer",
}

func standsIn(f *directory.Flow) bool {
	name, ok := DefaultNames[flow.Type(f.Type)]
	return ok && f.Name == name
}
