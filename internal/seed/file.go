package seed

import (
	"os"
	"path/filepath"
	"slices"

	"github.com/goccy/go-yaml/ast"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
)

// File is a seed file with all that it names, so that it can be sent to where
// the instances are.
type File struct {
	Name string // for messages
	Text string // YAML
	// Files are the contents of flows, passwords and secrets, by the names that
	// the text gives them.
	Files map[string]string
	// Env are the environment variables that it names.
	Env map[string]string
}

// Load reads a seed file and the files and variables that it names. Those that
// cannot be read are left out; building reports where they are named.
func Load(name string) (*File, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	f := &File{Name: name, Text: string(text), Files: map[string]string{}, Env: map[string]string{}}
	files, variables := f.names()
	for _, n := range files {
		if content, err := os.ReadFile(f.path(n)); err == nil {
			f.Files[n] = string(content)
		}
	}
	for _, n := range variables {
		if value, set := os.LookupEnv(n); set {
			f.Env[n] = value
		}
	}
	return f, nil
}

// Paths returns where the file and those that it names are, for somebody who
// watches them.
func (f *File) Paths() []string {
	files, _ := f.names()
	paths := []string{f.Name}
	for _, n := range files {
		paths = append(paths, f.path(n))
	}
	return paths
}

// path returns where a file is that the text names: beside it.
func (f *File) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(f.Name), name)
}

// names returns the files and variables that the text names.
func (f *File) names() (files, variables []string) {
	var r reader // its problems are for those who build
	for _, part := range r.parts(r.parse(f.Text)) {
		for _, list := range [][2]string{{"flows", "file"}, {"modules", "file"}, {"users", "password_file"}} {
			for _, o := range part.objects(list[0]) {
				files = append(files, o.text(list[1]))
			}
		}
		secrets := part.objects("access_keys")
		for _, w := range part.objects("widgets") {
			secrets = append(secrets, w.objects("secrets")...)
		}
		for _, o := range secrets {
			files, variables = append(files, o.text("secret_file")), append(variables, o.text("secret_env"))
		}
	}
	empty := func(name string) bool { return name == "" }
	files, variables = slices.DeleteFunc(files, empty), slices.DeleteFunc(variables, empty)
	slices.Sort(files)
	return slices.Compact(files), variables
}

// parts returns what a document says of each instance.
func (r *reader) parts(doc ast.Node) []*object {
	top := r.object(doc)
	if !top.has("instances") {
		return []*object{top}
	}
	parts := top.objects("instances")
	top.done()
	return parts
}

// Read returns the directories that a seed file describes, as bellpull dev
// starts with them. The first is the dev instance, unless the file names it
// otherwise: whatever kind of thing the file lists takes the place of the dev
// instance's, but for flows, which stand beside those that every instance has,
// or in the place of the one of the same name. The error is a *Problems where
// the file is at fault; it is taken whole or not at all.
func Read(name string) ([]*directory.Directory, error) {
	f, err := Load(name)
	if err != nil {
		return nil, err
	}
	return f.Dev()
}

// Dev returns the directories that the file describes, as Read does. Given those
// of an earlier version, passwords that are the same keep their hashes.
func (f *File) Dev(earlier ...*directory.Directory) ([]*directory.Directory, error) {
	plans, err := f.plan(nil, Options{Dev: true}, earlier)
	if err != nil {
		return nil, err
	}
	all := make([]*directory.Directory, len(plans))
	for i, p := range plans {
		all[i] = p.After
	}
	return all, nil
}

// Plan returns what has to change so that the instances are as the file says.
// Instances are found by id or alias; a file of one instance means the only one
// there is. One that is not there is made, with all that a new one has. The
// error is a *Problems; of a file with any nothing is to be taken.
func (f *File) Plan(have []*directory.Directory, o Options) ([]*Plan, error) {
	return f.plan(have, o, nil)
}

func (f *File) plan(have []*directory.Directory, o Options, earlier []*directory.Directory) ([]*Plan, error) {
	r := new(reader)
	doc := r.parse(f.Text)
	if err := r.failed(f.Name); err != nil {
		return nil, err
	}
	var plans []*Plan
	parts := r.parts(doc)
	taken := map[contact.InstanceID]bool{}
	for i, part := range parts {
		b := &builder{reader: r, file: f, o: o, part: part, first: i == 0, only: len(parts) == 1}
		b.start(have, earlier)
		if id := b.d.Instance.ID; taken[id] {
			r.problem(part.at, "the instance %s is described twice", id)
		} else {
			taken[id] = true
		}
		b.build()
		b.apart(have)
		for _, p := range plans {
			b.apart([]*directory.Directory{p.After})
		}
		plans = append(plans, b.plan())
	}
	if err := r.failed(f.Name); err != nil {
		return nil, err
	}
	return plans, nil
}
