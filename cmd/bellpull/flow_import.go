package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bellpull/bellpull/internal/flow"
)

type importOptions struct {
	server     controlPlane
	name, kind string
	save       bool
	mapped     map[string]string
}

func newFlowImportCommand() *cobra.Command {
	var o importOptions
	cmd := &cobra.Command{
		Use:   "import FILE...",
		Short: "Put flows into an instance of a running server",
		Long: `Put flows into an instance of a running server, and publish them. A flow whose
name the instance has gets the content, others are made. Names and types are
those that the files tell in their Metadata.

Queues, flows, functions and so on of another instance become those of the same
name here; Metadata say the names. --map tells what has another name. A flow
that refers to what is not here, or that the server refuses to publish, is kept
as a draft: it is said why, and the command fails. Flows may refer to each other
when they are imported together.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.name != "" && len(args) > 1 {
				return errors.New("--name is for one file")
			}
			o.server.fill()
			return importFlows(cmd.Context(), o, args, cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
	o.server.addFlags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.name, "name", "", "what the flow is called (default: what its file says)")
	f.StringVar(&o.kind, "type", "", "type of flows that do not say theirs (default CONTACT_FLOW)")
	f.BoolVar(&o.save, "save", false, "save drafts, publish nothing")
	f.StringToStringVar(&o.mapped, "map", nil, "THERE=HERE: what the files call THERE (a name, id or ARN) is called HERE")
	return cmd
}

// incoming is a flow on its way into the instance.
type incoming struct {
	*flowFile
	shelf shelf
	is    flow.Type
	name  string
	id    string // once the instance has it
	made  bool
	why   []string // it cannot be published
	notes []string // what has been put for what
}

func importFlows(ctx context.Context, o importOptions, files []string, in io.Reader, out io.Writer) error {
	t, err := flowType(o.kind)
	if err != nil {
		return err
	}
	var all []*incoming
	for _, file := range files {
		f, err := readFlow(file, in)
		if err != nil {
			return err
		}
		one := &incoming{flowFile: f, shelf: shelves[1], is: f.kind(), name: f.name()}
		if f.flow.Type == "" && t != "" {
			one.is = t
		}
		if o.name != "" {
			one.name = o.name
		}
		if one.is == flow.Module {
			one.shelf = shelves[0]
		}
		all = append(all, one)
	}
	if err := o.place(ctx, all); err != nil {
		return err
	}
	if err := o.publishAll(ctx, all); err != nil {
		return err
	}
	return o.tell(out, all)
}

// place finds the flows that the instance has and makes drafts of the others,
// so that each can refer to each.
func (o *importOptions) place(ctx context.Context, all []*incoming) error {
	here := catalogue{&o.server, map[flow.ResourceKind][]resource{}}
	for _, f := range all {
		kind := flow.FlowResource
		if f.shelf.module {
			kind = flow.ModuleResource
		}
		have, _, err := here.of(ctx, kind)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(have, func(r resource) bool { return r.Name == f.name }); i >= 0 {
			if !f.shelf.module && have[i].Type != f.is {
				return fmt.Errorf("%s: %q is a %s here and a %s in the file; give it another --name", f.file, f.name, have[i].Type, f.is)
			}
			f.id = have[i].ID
			continue
		}
		if f.shelf.module {
			continue // modules have no drafts before they are published
		}
		var made struct{ ContactFlowID string }
		if err := o.server.call(ctx, http.MethodPut, o.server.at(f.shelf.path), map[string]string{
			"Name": f.name, "Type": string(f.is), "Description": f.description(), "Content": f.present(), "Status": "SAVED",
		}, &made); err != nil {
			return fmt.Errorf("%s: %w", f.file, err)
		}
		f.id, f.made = made.ContactFlowID, true
		delete(here.known, flow.FlowResource) // of two files with one name the second is no new flow
	}
	return nil
}

// description is what an export says that the flow is for.
func (f *flowFile) description() string {
	var meta struct {
		Description string `json:"description"`
	}
	_ = json.Unmarshal(f.flow.Member("Metadata"), &meta) // Metadata of another form say nothing
	return meta.Description
}

// publishAll publishes what it can, modules first. What is refused may refer to
// what is yet to be published, and is tried again as long as there is progress.
func (o *importOptions) publishAll(ctx context.Context, all []*incoming) error {
	left := slices.Clone(all)
	slices.SortStableFunc(left, func(a, b *incoming) int {
		return slices.IndexFunc(shelves, func(s shelf) bool { return s == a.shelf }) - slices.IndexFunc(shelves, func(s shelf) bool { return s == b.shelf })
	})
	for {
		here := &catalogue{&o.server, map[flow.ResourceKind][]resource{}}
		before := len(left)
		var refused []*incoming
		for _, f := range left {
			if err := o.put(ctx, here, f); err != nil {
				return fmt.Errorf("%s: %w", f.file, err)
			}
			if f.why != nil {
				refused = append(refused, f)
			}
		}
		if left = refused; len(left) == 0 || len(left) == before {
			return nil
		}
	}
}

// put publishes a flow, or saves it where it cannot be published.
func (o *importOptions) put(ctx context.Context, here *catalogue, f *incoming) error {
	f.why, f.notes = nil, nil
	content, err := o.translate(ctx, here, f)
	if err != nil {
		return err
	}
	if len(f.why) == 0 && !o.save {
		err := o.publish(ctx, f, content)
		if err == nil {
			return nil
		}
		r, ok := errors.AsType[*refusal](err)
		if !ok || !strings.HasPrefix(r.name, "InvalidContactFlow") {
			return err
		}
		if f.why = r.problems; len(f.why) == 0 {
			f.why = []string{r.message}
		}
	}
	if f.id == "" {
		f.why = append(f.why, "a module that has not been published cannot be saved as a draft")
		return nil
	}
	return o.server.call(ctx, http.MethodPost, o.server.at(f.shelf.path, f.id+":$SAVED", "content"), map[string]string{"Content": content}, nil)
}

func (o *importOptions) publish(ctx context.Context, f *incoming, content string) error {
	if f.id != "" {
		return o.server.call(ctx, http.MethodPost, o.server.at(f.shelf.path, f.id, "content"), map[string]string{"Content": content}, nil)
	}
	var made struct{ ID string }
	err := o.server.call(ctx, http.MethodPut, o.server.at(f.shelf.path), map[string]string{
		"Name": f.name, "Description": f.description(), "Content": content,
	}, &made)
	f.id, f.made = made.ID, err == nil
	return err
}

// translate puts what is here for what was there. What the server does not
// list stays as it is: the server will say if it is not there.
func (o *importOptions) translate(ctx context.Context, here *catalogue, f *incoming) (string, error) {
	refs, err := f.references()
	if err != nil {
		return "", err
	}
	var edits []edit
	for _, r := range refs {
		all, listed, err := here.of(ctx, r.kind)
		if err != nil {
			return "", err
		}
		ref, found := o.mapping(r).among(all)
		if !found && listed {
			f.why = append(f.why, fmt.Sprintf("%s (%s): there is no %s", r.place, r.action, r))
			continue
		}
		if ref != r.ref {
			edits = append(edits, edit{r.start, r.end, quoted(ref)})
			f.notes = append(f.notes, fmt.Sprintf("%s is %s here", r, ref))
		}
	}
	return apply(f.present(), edits), nil
}

// mapping is the reference as --map has it.
func (o *importOptions) mapping(r reference) reference {
	for _, there := range []string{r.ref, r.name} {
		if to := o.mapped[there]; there != "" && to != "" {
			r.ref, r.name = to, to
			return r
		}
	}
	return r
}

// tell says what has become of each flow.
func (o *importOptions) tell(out io.Writer, all []*incoming) error {
	drafts, lost := 0, 0
	var b strings.Builder
	for _, f := range all {
		how := "published"
		switch {
		case f.id == "":
			how = "not imported"
			lost++
		case f.why != nil || o.save:
			how = "saved as a draft"
		}
		if f.why != nil && f.id != "" {
			drafts++
		}
		fate := "updated"
		if f.made {
			fate = "new"
		}
		fmt.Fprintf(&b, "%s: %s %q (%s) %s\n", f.file, f.shelf.what, f.name, strings.Trim(fate+" "+f.id, " "), how)
		if f.flow.Legacy {
			b.WriteString("  it was in the older format\n")
		}
		for _, note := range slices.Compact(slices.Sorted(slices.Values(f.notes))) {
			fmt.Fprintf(&b, "  %s\n", note)
		}
		for _, why := range f.why {
			fmt.Fprintf(&b, "  not published: %s\n", why)
		}
	}
	if _, err := io.WriteString(out, b.String()); err != nil {
		return err
	}
	switch {
	case lost > 0:
		return fmt.Errorf("%d of %d could not be imported", lost, len(all))
	case drafts > 0 && !o.save:
		return fmt.Errorf("%d of %d could not be published", drafts, len(all))
	}
	return nil
}
