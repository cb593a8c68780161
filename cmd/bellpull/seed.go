package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bellpull/bellpull/internal/admin"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/edge/opsapi"
	"github.com/bellpull/bellpull/internal/password"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/store/embedded"
)

// seedOptions say where the instances are: on a server, or in the data of one
// that does not run.
type seedOptions struct {
	server controlPlane
	ready  string
	data   string
	prune  bool
	dir    string
}

func newSeedCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "seed",
		Short: "Keep instances as a file describes them: queues, hours, users, flows …",
		Long: `Keep instances as a file describes them: queues, hours, users, flows …

The file is YAML; docs/seed.md explains it. The commands work on a running
serve or dev, whose access key signs the requests, or with --data on the data
of one that does not run.`,
	}
	cmd.AddCommand(newSeedApplyCommand(), newSeedDiffCommand(), newSeedDumpCommand(), newSeedHashCommand())
	return cmd
}

func (o *seedOptions) addFlags(cmd *cobra.Command) {
	o.server.addCallerFlags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.ready, "ready", "", "take address, region and access key from the file that dev --ready wrote, or the key from first-run.json of serve")
	f.StringVar(&o.data, "data", "", "directory of the data of a server that does not run")
	cmd.MarkFlagsMutuallyExclusive("data", "url")
	cmd.MarkFlagsMutuallyExclusive("data", "ready")
}

const pruneUsage = "remove what the file does not mention, of the kinds that it lists"

func newSeedApplyCommand() *cobra.Command {
	var o seedOptions
	cmd := &cobra.Command{
		Use:   "apply FILE",
		Short: "Make the instances as the file says",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.apply(cmd.Context(), args[0], false, cmd.OutOrStdout())
		},
	}
	o.addFlags(cmd)
	cmd.Flags().BoolVar(&o.prune, "prune", false, pruneUsage)
	return cmd
}

func newSeedDiffCommand() *cobra.Command {
	var o seedOptions
	cmd := &cobra.Command{
		Use:   "diff FILE",
		Short: "Show what apply would change",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.apply(cmd.Context(), args[0], true, cmd.OutOrStdout())
		},
	}
	o.addFlags(cmd)
	cmd.Flags().BoolVar(&o.prune, "prune", false, pruneUsage)
	return cmd
}

func newSeedDumpCommand() *cobra.Command {
	var o seedOptions
	cmd := &cobra.Command{
		Use:   "dump",
		Short: "Write a file that describes the instances as they are",
		Long: `Write a file that describes the instances as they are, without passwords and
secrets. Applied again it changes nothing.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.dump(cmd.Context(), cmd.OutOrStdout())
		},
	}
	o.addFlags(cmd)
	cmd.Flags().StringVar(&o.dir, "dir", "", "write "+seedFileName+" and a file for each flow there, instead of all to standard output")
	return cmd
}

func newSeedHashCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "hash",
		Short: "Read a password from standard input and print its hash, for password_hash",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			line, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
			if err != nil && !errors.Is(err, io.EOF) {
				return err
			}
			if line = strings.TrimRight(line, "\r\n"); line == "" {
				return errors.New("there is no password on standard input")
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), password.Hash(line, password.Strong))
			return err
		},
	}
}

// fill completes what the flags left out.
func (o *seedOptions) fill() error {
	if o.ready != "" {
		text, err := os.ReadFile(o.ready)
		if err != nil {
			return err
		}
		var r ready
		if err := json.Unmarshal(text, &r); err != nil || r.SecretAccessKey == "" {
			return fmt.Errorf("%s: has no access key: it must be of dev --ready, or the first-run.json of serve", o.ready)
		}
		s := &o.server
		for to, from := range map[*string]string{&s.url: r.URL, &s.region: r.Region} {
			if *to == "" {
				*to = from
			}
		}
		if s.key.ID == "" {
			s.key.ID, s.key.Secret = r.AccessKeyID, r.SecretAccessKey
		}
	}
	o.server.fill()
	return nil
}

// apply makes the changes of a file, or says what they would be.
func (o *seedOptions) apply(ctx context.Context, file string, dry bool, out io.Writer) error {
	f, err := seed.Load(file)
	if err != nil {
		return err
	}
	if o.data != "" {
		return o.onStore(ctx, func(a *admin.Admin) error {
			plans, err := f.Apply(ctx, a, seed.Options{Prune: o.prune}, dry)
			if err != nil {
				return err
			}
			return tellChanges(out, changesOf(plans), dry)
		})
	}
	if err := o.fill(); err != nil {
		return err
	}
	var answer opsapi.SeedChanges
	query := url.Values{"dry": {fmt.Sprint(dry)}, "prune": {fmt.Sprint(o.prune)}}
	in := opsapi.SeedFile{Name: f.Name, Text: f.Text, Files: f.Files, Env: f.Env}
	if err := o.server.call(ctx, http.MethodPost, "/ops/seed?"+query.Encode(), in, &answer); err != nil {
		return seedError(err)
	}
	all := make([]instanceChanges, len(answer.Instances))
	for i, in := range answer.Instances {
		all[i] = instanceChanges{in.Alias, in.ID, nil}
		for _, c := range in.Changes {
			to := seed.Change{Op: seed.Op(c.Op), Kind: c.Kind, Name: c.Name}
			for _, x := range c.Fields {
				to.Fields = append(to.Fields, seed.FieldChange(x))
			}
			all[i].changes = append(all[i].changes, to)
		}
	}
	return tellChanges(out, all, dry)
}

// seedError leaves the server's name of an error out where the message says all.
func seedError(err error) error {
	if r, ok := errors.AsType[*refusal](err); ok && refused(err, "InvalidSeedException") {
		return errors.New(r.message)
	}
	return err
}

// instanceChanges are the changes of one instance.
type instanceChanges struct {
	alias, id string
	changes   []seed.Change
}

func changesOf(plans []*seed.Plan) []instanceChanges {
	all := make([]instanceChanges, len(plans))
	for i, p := range plans {
		all[i] = instanceChanges{p.After.Instance.Alias, string(p.After.Instance.ID), p.Changes}
	}
	return all
}

func tellChanges(out io.Writer, all []instanceChanges, dry bool) error {
	var b strings.Builder
	for _, in := range all {
		done := map[bool]string{false: "changed", true: "would change"}[dry]
		if len(in.changes) == 0 {
			fmt.Fprintf(&b, "%s (%s): nothing %s\n", in.alias, in.id, done)
			continue
		}
		fmt.Fprintf(&b, "%s (%s): %d %s\n", in.alias, in.id, len(in.changes), done)
		for _, c := range in.changes {
			b.WriteString(c.String())
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// onStore does something with the data of a server that does not run.
func (o *seedOptions) onStore(ctx context.Context, do func(*admin.Admin) error) (err error) {
	if _, err := os.Stat(o.data); err != nil {
		return fmt.Errorf("there is no data: %w", err)
	}
	st, err := embedded.Open(ctx, embedded.Options{Path: o.data, Sync: embedded.Full})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	nobody := func(context.Context) error { return nil }
	return do(admin.New(admin.Options{Store: st, Live: st, Reload: nobody, IDs: contact.NewIDs(), Now: time.Now}))
}

// dump writes the instances as they are.
func (o *seedOptions) dump(ctx context.Context, out io.Writer) error {
	f, err := o.describe(ctx)
	if err != nil {
		return err
	}
	if o.dir == "" {
		_, err := io.WriteString(out, f.Text)
		return err
	}
	for name, content := range f.Files {
		if err := writeBelow(o.dir, name, content); err != nil {
			return err
		}
	}
	if err := writeBelow(o.dir, seedFileName, f.Text); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s and %d flows were written\n", filepath.Join(o.dir, seedFileName), len(f.Files))
	return err
}

func (o *seedOptions) describe(ctx context.Context) (f *seed.File, err error) {
	if o.data != "" {
		err = o.onStore(ctx, func(a *admin.Admin) error {
			return a.Rewrite(ctx, true, func(have []*directory.Directory) ([]admin.Rewriting, error) {
				f = seed.Dump(have, o.dir != "")
				return nil, nil
			})
		})
		return f, err
	}
	if err := o.fill(); err != nil {
		return nil, err
	}
	var answer opsapi.SeedFile
	err = o.server.call(ctx, http.MethodGet, fmt.Sprintf("/ops/seed?apart=%t", o.dir != ""), nil, &answer)
	return &seed.File{Name: answer.Name, Text: answer.Text, Files: answer.Files}, err
}

// writeBelow writes a file whose name a server has chosen, and which must not
// lead out of the directory.
func writeBelow(dir, name, content string) error {
	if !filepath.IsLocal(name) {
		return fmt.Errorf("the server names a file %q", name)
	}
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(content), 0o644)
}
