package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bellpull/bellpull/internal/callout"
	"github.com/bellpull/bellpull/internal/config"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/flow"
	"github.com/bellpull/bellpull/internal/terminal"
)

type runOptions struct {
	kind       string
	with       []string
	scripts    []string
	callouts   string
	attributes map[string]string
	coverage   bool
	least      int
	draw       string
}

func newFlowRunCommand() *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "run FILE",
		Short: "Talk to a flow in this terminal",
		Long: `Talk to a flow in this terminal, without a server. The path that it takes is
shown beside: the action, the branch, and where that leads. What you type is
what the customer says; a line that begins with a slash is a command, of which
/help tells. Hours are open, queues have room and an agent is there, unless a
command says otherwise.

In a terminal waits last as long as they say, or until /skip. In a script, of
which each line is typed, only /skip lets time pass. Commands at the beginning
of a script that set something come before the flow begins. The command fails
when an /expect is not met, when a flow stops by an error, or when the scripts
together do not reach --coverage-min.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.coverage = o.coverage || cmd.Flags().Changed("coverage-min")
			return runFlow(cmd.Context(), o, args[0], cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.kind, "type", "", "type as which the flow runs (default: the one that it names, or CONTACT_FLOW)")
	f.StringArrayVar(&o.with, "with", nil, "[ID=]FILE of another flow or module, which this one may lead to; found by its id, its name or what its file is called")
	f.StringArrayVar(&o.scripts, "script", nil, "file with a conversation, - for the standard input; each one is held anew")
	f.StringVar(&o.callouts, "callouts", "", "file of settings, as for serve, whose callouts say what functions and bots are (the demo bot is there without)")
	f.StringToStringVar(&o.attributes, "attribute", nil, "NAME=VALUE of a contact attribute")
	f.BoolVar(&o.coverage, "coverage", false, "tell which actions and branches were taken")
	f.IntVar(&o.least, "coverage-min", 0, "fail when fewer branches, in per cent, were taken")
	f.StringVar(&o.draw, "draw", "", "file to draw the flow to, .svg or .mmd, with what was taken")
	return cmd
}

func runFlow(ctx context.Context, o runOptions, file string, in io.Reader, out, errs io.Writer) (err error) {
	lib, err := readLibrary(o, file, in, errs)
	if err != nil {
		return err
	}
	calls, stop, err := openCallouts(ctx, o.callouts, errs)
	if err != nil {
		return err
	}
	defer stop()
	var coverage flow.Coverage
	var failures []error
	for _, script := range orStdin(o.scripts) {
		from := in
		if script != "-" {
			f, err := os.Open(script)
			if err != nil {
				return err
			}
			defer func() { _ = f.Close() }()
			from = f
		}
		console, err := terminal.Open(from, out)
		if err != nil {
			return err
		}
		if len(o.scripts) > 1 {
			console.Printf("== %s", script)
		}
		p := newPlayer(console, lib, calls, &coverage, o.attributes)
		err = p.play(ctx)
		if e := console.Close(); err == nil {
			err = e
		}
		if err != nil {
			return err
		}
		switch p.failures {
		case 0:
		case 1:
			failures = append(failures, fmt.Errorf("%s: an expectation was not met", script))
		default:
			failures = append(failures, fmt.Errorf("%s: %d expectations were not met", script, p.failures))
		}
		if p.stopped {
			failures = append(failures, fmt.Errorf("%s: a flow stopped by an error", script))
		}
	}
	if o.coverage {
		failures = append(failures, tellCoverage(out, lib, &coverage, o.least))
	}
	if o.draw != "" {
		failures = append(failures, drawFlow(flow.Drawing{Flow: lib.main.Flow, Coverage: &coverage, ID: lib.main.ID}, "", o.draw, out))
	}
	return errors.Join(failures...)
}

func orStdin(scripts []string) []string {
	if len(scripts) == 0 {
		return []string{"-"}
	}
	return scripts
}

// library is the flow that runs, and those that it may lead to.
type library struct {
	main flow.Source
	all  []libraryFlow
}

type libraryFlow struct {
	flow.Source
	*flowFile
	id string // as --with says it
}

func readLibrary(o runOptions, file string, in io.Reader, errs io.Writer) (*library, error) {
	t, err := flowType(o.kind)
	if err != nil {
		return nil, err
	}
	lib := &library{}
	for i, name := range append([]string{file}, o.with...) {
		id, path, named := strings.Cut(name, "=")
		if i == 0 || !named {
			id, path = "", name
		}
		f, err := readFlow(path, in)
		if err != nil {
			return nil, err
		}
		one := libraryFlow{flowFile: f, id: id}
		one.Source = flow.Source{ID: f.name(), Version: "1", Name: f.name(), Type: f.kind(), Flow: f.flow}
		if i == 0 && t != "" {
			one.Type = t
		}
		if problems, _ := flow.Check(f.flow, flow.Options{Type: one.Type, Strict: true}); len(problems) > 0 {
			if err := printProblems(errs, path, problems, nil); err != nil {
				return nil, err
			}
		}
		lib.all = append(lib.all, one)
	}
	lib.main = lib.all[0].Source
	return lib, nil
}

// find returns the flow that a reference means, which is called name.
func (l *library) find(ref, name string) (flow.Source, bool) {
	bare := directory.BareID(ref)
	for _, f := range l.all {
		base := strings.TrimSuffix(filepath.Base(f.file), filepath.Ext(f.file))
		switch {
		case f.id != "" && (f.id == ref || f.id == bare), f.ID == bare, f.ID == name, base == bare, base == name:
			return f.Source, true
		}
	}
	return flow.Source{}, false
}

// nameOf returns what an action of a flow calls the thing that it refers to.
func (l *library) nameOf(flowID, action, ref string) string {
	for _, f := range l.all {
		if f.ID != flowID {
			continue
		}
		refs, err := f.references()
		if err != nil {
			return ""
		}
		for _, r := range refs {
			if r.action == action && r.ref == ref {
				return r.name
			}
		}
	}
	return ""
}

// openCallouts makes the caller of functions and bots; stop ends it.
func openCallouts(ctx context.Context, file string, errs io.Writer) (calls *callout.Caller, stop func(), err error) {
	cfg := callout.Demo()
	if file != "" {
		c, err := config.Read(file)
		if err != nil {
			return nil, nil, err
		}
		demo := cfg.Bots
		cfg = c.Callouts
		cfg.Bots = append(cfg.Bots, demo...)
		cfg.AllowPrivate = true // as with bellpull dev
	}
	calls, err = callout.New(cfg, callout.Options{
		Log: slog.New(slog.NewTextHandler(errs, nil)), Now: time.Now, NewID: contact.SeededIDs(2).New,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("callouts: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = calls.Run(ctx) // it ends with ctx
	}()
	return calls, func() { cancel(); <-done }, nil
}

// tellCoverage says what was taken of the flows that were begun.
func tellCoverage(out io.Writer, lib *library, c *flow.Coverage, least int) error {
	var all, taken int
	for _, f := range lib.all {
		begun := c.Action(f.ID, f.Flow.Start) > 0
		if !begun && f.ID != lib.main.ID {
			continue
		}
		for _, a := range f.Flow.Actions {
			for _, branch := range a.Branches() {
				all++
				if c.Branch(f.ID, a.ID, branch) > 0 {
					taken++
				}
			}
		}
		if _, err := fmt.Fprintf(out, "%s: %s", f.Name, c.Report(f.ID, f.Flow)); err != nil {
			return err
		}
	}
	if all == 0 {
		return nil
	}
	if got := taken * 100 / all; got < least {
		return fmt.Errorf("%d%% of the branches were taken, which is less than %d%%", got, least)
	}
	return nil
}
