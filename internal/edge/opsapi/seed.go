package opsapi

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/seed"
)

// SeedFile is a seed file on the wire: the body of POST /ops/seed, and the
// answer of GET /ops/seed.
type SeedFile struct {
	Name  string            `json:"name"` // for messages
	Text  string            `json:"text"`
	Files map[string]string `json:"files,omitempty"`
	Env   map[string]string `json:"env,omitempty"`
}

// SeedChanges is the answer of POST /ops/seed.
type SeedChanges struct {
	Instances []InstanceChanges `json:"instances"`
}

// InstanceChanges are what changes in one instance.
type InstanceChanges struct {
	ID      string   `json:"id"`
	Alias   string   `json:"alias"`
	Changes []Change `json:"changes"`
}

// Change is what happens to one entry.
type Change struct {
	Op     string        `json:"op"` // add, change or remove
	Kind   string        `json:"kind"`
	Name   string        `json:"name"`
	Fields []FieldChange `json:"fields,omitempty"`
}

// FieldChange is what happens to one key of an entry. Of what is secret neither
// value is told.
type FieldChange struct {
	Key  string `json:"key"`
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
}

// dump answers GET /ops/seed[?apart=true]: the file that describes what there
// is.
func (a *API) dump(r *request) (any, error) {
	apart, err := r.flag("apart")
	if err != nil {
		return nil, err
	}
	all := a.Instances()
	slices.SortFunc(all, func(a, b *directory.Directory) int {
		return strings.Compare(string(a.Instance.ID), string(b.Instance.ID))
	})
	f := seed.Dump(all, apart)
	return SeedFile{Name: f.Name, Text: f.Text, Files: f.Files}, nil
}

// apply answers POST /ops/seed[?dry=true][&prune=true].
func (a *API) apply(r *request) (any, error) {
	dry, err := r.flag("dry")
	if err != nil {
		return nil, err
	}
	prune, err := r.flag("prune")
	if err != nil {
		return nil, err
	}
	var in SeedFile
	if err := json.Unmarshal(r.body, &in); err != nil {
		return nil, fault.Newf(fault.Invalid, "the body is no seed file with its files: %v", err)
	}
	if in.Name == "" {
		in.Name = "bellpull.yaml"
	}
	f := seed.File{Name: in.Name, Text: in.Text, Files: in.Files, Env: in.Env}
	plans, err := f.Apply(r.Context(), a.Admin, seed.Options{Prune: prune, Key: r.key, Dev: a.Dev}, dry)
	if err != nil {
		return nil, err
	}
	if !dry {
		a.Removed(plans)
	}
	return wireChanges(plans), nil
}

// flag reads a parameter of the query.
func (r *request) flag(name string) (bool, error) {
	switch r.URL.Query().Get(name) {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	}
	return false, fault.Newf(fault.Invalid, "%s: must be true or false", name)
}

func wireChanges(plans []*seed.Plan) SeedChanges {
	out := SeedChanges{Instances: []InstanceChanges{}}
	for _, p := range plans {
		in := InstanceChanges{ID: string(p.After.Instance.ID), Alias: p.After.Instance.Alias, Changes: []Change{}}
		for _, c := range p.Changes {
			to := Change{Op: string(c.Op), Kind: c.Kind, Name: c.Name}
			for _, f := range c.Fields {
				to.Fields = append(to.Fields, FieldChange(f))
			}
			in.Changes = append(in.Changes, to)
		}
		out.Instances = append(out.Instances, in)
	}
	return out
}
