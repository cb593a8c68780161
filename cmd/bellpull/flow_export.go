package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/flow"
)

type exportOptions struct {
	server     controlPlane
	all, draft bool
	dir        string
}

func newFlowExportCommand() *cobra.Command {
	var o exportOptions
	cmd := &cobra.Command{
		Use:   "export (NAME|ID|--all)",
		Short: "Take flows out of an instance of a running server",
		Long: `Take flows and flow modules out of an instance of a running server, as they were
published, or as drafts where they never were. Their Metadata say their name and
type, and all else is byte for byte what was put in.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.all == (len(args) == 1) {
				return errors.New("name either a flow or --all")
			}
			o.server.fill()
			return exportFlows(cmd.Context(), o, strings.Join(args, ""), cmd.OutOrStdout())
		},
	}
	o.server.addFlags(cmd)
	f := cmd.Flags()
	f.BoolVar(&o.all, "all", false, "export all flows and modules")
	f.BoolVar(&o.draft, "draft", false, "export drafts where there are some")
	f.StringVarP(&o.dir, "output", "o", "", "directory to write NAME.json to (default: the standard output, with --all the working directory)")
	return cmd
}

func exportFlows(ctx context.Context, o exportOptions, wanted string, out io.Writer) error {
	found := 0
	used := map[string]bool{}
	for _, s := range shelves {
		have, err := list[resource](ctx, &o.server, o.server.at(s.summary), s.list)
		if err != nil {
			return err
		}
		for _, r := range have {
			if !o.all && r.Name != wanted && r.ID != directory.BareID(wanted) {
				continue
			}
			found++
			content, err := o.export(ctx, s, r)
			if err != nil {
				return fmt.Errorf("export the %s %q: %w", s.what, r.Name, err)
			}
			if o.dir == "" && !o.all {
				if _, err := io.WriteString(out, content); err != nil {
					return err
				}
				continue
			}
			if err := writeExport(out, cmp.Or(o.dir, "."), r, content, used); err != nil {
				return err
			}
		}
	}
	if found == 0 && !o.all {
		return fmt.Errorf("there is no flow and no module %q", wanted)
	}
	return nil
}

// export returns the content of a flow, with its name and type.
func (o *exportOptions) export(ctx context.Context, s shelf, r resource) (string, error) {
	id := r.ID
	if o.draft {
		id += ":$SAVED"
	}
	var answer map[string]struct {
		Name    string
		Type    flow.Type
		Content string
	}
	err := o.server.call(ctx, http.MethodGet, o.server.at(s.path, id), nil, &answer)
	if refused(err, "ContactFlowNotPublishedException") {
		err = o.server.call(ctx, http.MethodGet, o.server.at(s.path, r.ID+":$SAVED"), nil, &answer)
	}
	if err != nil {
		return "", err
	}
	f := answer[s.one]
	if s.module {
		f.Type = flow.Module
	}
	if content, err := entitled(f.Content, f.Name, consoleTypes[f.Type]); err == nil {
		return content, nil
	}
	return f.Content, nil // a draft need not be JSON
}

// writeExport writes the file of a flow. Two of one name are told apart by id.
func writeExport(out io.Writer, dir string, r resource, content string, used map[string]bool) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	name := fileName(r.Name)
	if used[strings.ToLower(name)] {
		name += " " + fileName(r.ID)
	}
	used[strings.ToLower(name)] = true
	file := filepath.Join(dir, name+".json")
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out, file)
	return err
}

// fileName makes the name of a file, on any system, of the name of a flow.
func fileName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '-'
		}
		return r
	}, name)
	return cmp.Or(strings.Trim(name, ". "), "flow")
}
