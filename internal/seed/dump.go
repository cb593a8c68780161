package seed

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
)

// Dump returns the file that describes instances as they are: applied to them
// it changes nothing. Passwords and secrets are left out. With apart the
// contents of flows are files below flows and modules, else they stand in the
// text.
func Dump(all []*directory.Directory, apart bool) *File {
	f := &File{Name: "bellpull.yaml", Files: map[string]string{}}
	var w writer
	w.WriteString("# Passwords of users and secrets of access keys are left out: those who are there keep theirs.\n")
	for _, d := range all {
		if len(all) == 1 {
			w.WriteString(f.dump(d, apart, 0))
			break
		}
		if d == all[0] {
			w.WriteString("instances:\n")
		}
		w.WriteString("  - " + strings.TrimPrefix(f.dump(d, apart, 4), "    "))
	}
	f.Text = w.String()
	return f
}

// dump writes one instance, indented by so many spaces.
func (f *File) dump(d *directory.Directory, apart bool, indent int) string {
	var w writer
	n := newNamer(d)
	pad := strings.Repeat(" ", indent)
	w.WriteString(pad + "instance:\n")
	for _, x := range instanceForm(n) {
		w.member(x.key, x.value, indent+2)
	}
	for _, k := range kinds {
		ids := k.sortedIDs(d)
		if k == statusKind {
			slices.SortStableFunc(ids, func(a, b string) int {
				return cmp.Compare(d.Statuses[contact.StatusID(a)].Order, d.Statuses[contact.StatusID(b)].Order)
			})
		}
		if len(ids) == 0 {
			continue
		}
		w.WriteString(pad + k.key + ":\n")
		for _, id := range ids {
			w.item(f.entry(n, k, id, apart), indent+2)
		}
	}
	return w.String()
}

// entry returns what is written of an entry.
func (f *File) entry(n *namer, k *kind, id string, apart bool) any {
	full := k.form(n, id)
	shown := full.shown()
	if k == functionKind || k == botKind && full[0].key == "arn" {
		return full[0].value
	}
	if k != flowKind && k != moduleKind && k != viewKind {
		return shown
	}
	content := escape(full.text("content"))
	if !apart {
		return shown.with("content", content)
	}
	file := f.freeName(k.key+"/"+slug(n.names[k][id]), ".json")
	f.Files[file] = content
	return shown.with("file", file)
}

// text returns the text of a key.
func (f form) text(key string) string {
	for _, x := range f {
		if text, ok := x.value.(string); ok && x.key == key {
			return text
		}
	}
	return ""
}

func (f *File) freeName(stem, end string) string {
	name := stem + end
	for i := 2; f.has(name); i++ {
		name = fmt.Sprintf("%s-%d%s", stem, i, end)
	}
	return name
}

func (f *File) has(name string) bool {
	_, there := f.Files[name]
	return there
}

var notSlug = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`[^a-z0-9]+`)
})

// slug makes a file name of a name.
func slug(name string) string {
	s := strings.Trim(notSlug().ReplaceAllString(strings.ToLower(name), "-"), "-")
	return cmp.Or(s[:min(len(s), 60)], "unnamed")
}
