package directory

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
)

// ViewID names a view.
type ViewID string

// View is what a flow shows in the customer's chat: a form, cards …
type View struct {
	ID          ViewID
	Name        string
	Description string
	// Content is what is shown; nil for a view that has never been published.
	Content *ViewContent
	// Saved is the draft; nil: there is none but Content.
	Saved    *ViewContent
	Versions []ViewVersion // oldest first
	// Earlier are contents that were in force before, for chats that still show
	// them.
	Earlier  []EarlierView
	Tags     map[string]string
	Created  time.Time
	Modified time.Time
	// Managed views come with the server and cannot be changed.
	Managed bool
}

// ViewContent is what a view looks like and what can be done with it.
type ViewContent struct {
	Template string // JSON
	Actions  []string
	// Schema is the JSON schema of what the view is filled with.
	Schema string
}

// ViewVersion is a view's content as it was published once. One without a
// template has been deleted, and keeps its number from being given twice.
type ViewVersion struct {
	Number      int32 // from 1
	Description string
	Content     ViewContent
	Created     time.Time
}

// EarlierView is a content that another has replaced.
type EarlierView struct {
	Content  ViewContent
	Replaced time.Time
}

// Publish puts another content in force, ends the draft, and keeps the content
// before it.
func (v *View) Publish(content ViewContent, now time.Time) {
	var kept []EarlierView
	for _, e := range v.Earlier {
		if now.Sub(e.Replaced) < KeepEarlier {
			kept = append(kept, e)
		}
	}
	if v.Content != nil && v.Content.Sum() != content.Sum() {
		kept = append(kept, EarlierView{*v.Content, now})
	}
	v.Earlier, v.Content, v.Saved = kept, &content, nil
}

// Put returns the content that was put there last: as the draft, or in force.
func (v *View) Put(draft bool) *ViewContent {
	if draft && v.Saved != nil {
		return v.Saved
	}
	return v.Content
}

// Sum returns the hex SHA-256 of a content, its template and its actions.
func (c *ViewContent) Sum() string {
	h := sha256.New()
	for _, part := range append([]string{c.Template}, c.Actions...) {
		h.Write([]byte(strconv.Itoa(len(part)) + ":" + part))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Version returns the version with the given number, or nil.
func (v *View) Version(number int32) *ViewVersion {
	for i := range v.Versions {
		if v.Versions[i].Number == number && v.Versions[i].Content.Template != "" {
			return &v.Versions[i]
		}
	}
	return nil
}

// Mark names a content in short, for tokens.
func (c *ViewContent) Mark() uint64 {
	mark, err := strconv.ParseUint(c.Sum()[:16], 16, 64)
	if err != nil {
		panic(err) // it is hex
	}
	return mark
}

// Key names the view as a UUID, for tokens: the ids of those that come with the
// server are none.
func (v *View) Key() string {
	sum := sha256.Sum256([]byte("view/" + v.ID))
	sum[6] = sum[6]&0x0f | 0x80 // version 8: made in a way of one's own
	sum[8] = sum[8]&0x3f | 0x80
	return contact.ItemID(sum[:16]).String()
}

// ViewByKey returns the view with the given Key, or nil.
func (d *Directory) ViewByKey(key string) *View {
	for _, views := range []map[ViewID]*View{d.Views, managedViews()} {
		for _, v := range views {
			if v.Key() == key {
				return v
			}
		}
	}
	return nil
}

// Shown returns the content with the given Mark, whether it is in force still or
// was before, and its version if it has one; or nil.
func (v *View) Shown(mark uint64) (*ViewContent, int32) {
	for i := range v.Versions {
		if have := &v.Versions[i]; have.Content.Template != "" && have.Content.Mark() == mark {
			return &have.Content, have.Number
		}
	}
	if v.Content != nil && v.Content.Mark() == mark {
		return v.Content, 0
	}
	for i := range v.Earlier {
		if have := &v.Earlier[i].Content; have.Mark() == mark {
			return have, 0
		}
	}
	return nil, 0
}

// View returns the view with the given id, one of those that come with the
// server among them, or nil.
func (d *Directory) View(id ViewID) *View {
	if v := d.Views[id]; v != nil {
		return v
	}
	return managedViews()[id]
}

// FindView returns what a flow means by a view's id or ARN, with or without the
// number of a version behind a colon, and by a version of its own; or nil.
func (d *Directory) FindView(name, version string) (*View, *ViewContent) {
	v := d.View(ViewID(BareID(name)))
	if v == nil {
		return nil, nil
	}
	if version == "" {
		_, version, _ = strings.Cut(name[strings.LastIndexByte(name, '/')+1:], ":")
	}
	switch version {
	case "", "$LATEST":
		return v, v.Content
	case "$SAVED":
		if v.Saved != nil {
			return v, v.Saved
		}
		return v, v.Content
	}
	number, err := strconv.ParseInt(version, 10, 32)
	if have := v.Version(int32(number)); err == nil && have != nil {
		return v, &have.Content
	}
	return v, nil
}

// ViewARN returns the ARN of a view. Those that come with the server belong to
// no instance.
func (in *Instance) ViewARN(v *View) string {
	if v.Managed {
		return "arn:aws:connect:" + in.Region + ":aws:view/" + string(v.ID)
	}
	return in.ARN("view", string(v.ID))
}

// ManagedViews returns the views that come with the server, by id.
func ManagedViews() []*View {
	managed := managedViews()
	all := make([]*View, 0, len(managed))
	for _, v := range managed {
		all = append(all, v)
	}
	slices.SortFunc(all, func(a, b *View) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return all
}

//go:embed views/*.json
var viewFiles embed.FS

// managedViews are read when a view is first asked for.
var managedViews = sync.OnceValue(readManaged)

func readManaged() map[ViewID]*View {
	files, err := viewFiles.ReadDir("views")
	if err != nil {
		panic(err) // they are part of the program
	}
	all := make(map[ViewID]*View, len(files))
	for _, f := range files {
		raw, err := viewFiles.ReadFile("views/" + f.Name())
		if err != nil {
			panic(err)
		}
		var read struct {
			Name, Description string
			Actions           []string
			Required          []string
			Template          json.RawMessage
		}
		if err := json.Unmarshal(raw, &read); err != nil {
			panic(f.Name() + ": " + err.Error())
		}
		content := ViewContent{Template: string(compact(read.Template)), Actions: read.Actions}
		content.Schema = schema(fields(content.Template), read.Required)
		id := ViewID(strings.TrimSuffix(f.Name(), ".json"))
		all[id] = &View{
			ID: id, Name: read.Name, Description: read.Description, Content: &content, Managed: true,
			Versions: []ViewVersion{{Number: 1, Content: content}},
		}
	}
	return all
}

func compact(raw json.RawMessage) []byte {
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		panic(err)
	}
	out, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return out
}

// SchemaOf returns the JSON schema of what a template wants to be filled with:
// the names behind its paths, such as Heading of "$.Heading". All are needed.
func SchemaOf(template string) string {
	names := fields(template)
	return schema(names, names)
}

var field = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`"\$\.([A-Za-z][A-Za-z0-9_-]*)`)
})

func fields(template string) []string {
	names := []string{}
	for _, found := range field().FindAllStringSubmatch(template, -1) {
		if !slices.Contains(names, found[1]) {
			names = append(names, found[1])
		}
	}
	slices.Sort(names)
	return names
}

func schema(names, required []string) string {
	properties := make(map[string]struct{}, len(names))
	for _, n := range names {
		properties[n] = struct{}{}
	}
	if required == nil {
		required = []string{}
	}
	out, err := json.Marshal(struct {
		Type       string              `json:"type"`
		Properties map[string]struct{} `json:"properties"`
		Required   []string            `json:"required"`
	}{"object", properties, required})
	if err != nil {
		panic(err) // there is nothing in it that could fail
	}
	return string(out)
}
