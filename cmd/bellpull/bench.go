package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bellpull/bellpull/internal/bench"
	"github.com/bellpull/bellpull/internal/bench/limit"
	"github.com/bellpull/bellpull/internal/config"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server"
	"github.com/bellpull/bellpull/internal/store/embedded"
)

type benchOptions struct {
	bench.Options
	chats   []int
	target  bench.Target
	agents  []string
	compare bool
	repeat  int
	quiet   time.Duration
	others  float64
	json    bool
	profile string

	limit         bool
	data, readyTo string
}

func newBenchCommand() *cobra.Command {
	var o benchOptions
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure a server: messages, idle sockets or transcripts",
		Long: `Measure a server: messages, idle sockets, transcripts or starts.

Without --url it starts bellpull serve on a free port of the loopback address,
with its data in a temporary directory. With --compare it measures the limit
program in turns with the server: the smallest program that does the work of a
message, a flush to the disk included. The ratio of the two says more than the
figures do, since both suffer alike from what else the machine does.

Every message that was acknowledged must have come to both sides once, in
order and under its id, and stand so in the transcript. The command fails when
one has not.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.limit {
				return runLimit(cmd.Context(), o.data, o.readyTo)
			}
			return runBench(cmd.Context(), &o, cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar((*string)(&o.Mode), "mode", string(bench.Messages), "messages, idle, transcript or start")
	f.IntSliceVar(&o.chats, "chats", nil, "how many chats of two participants; several are measured one after the other (default 50, idle 2500, transcript 1000, start 2000)")
	f.DurationVar(&o.Duration, "duration", 5*time.Second, "how long to measure")
	f.DurationVar(&o.Warm, "warm", time.Second, "how long to warm up")
	f.DurationVar(&o.Settle, "settle", 10*time.Second, "idle: how long to wait before the memory is read")
	f.IntVar(&o.Readers, "readers", 8, "transcript: how many readers")
	f.BoolVar(&o.compare, "compare", false, "measure the limit program in turns with the server")
	f.IntVar(&o.repeat, "repeat", 0, "how often to measure; the medians are told (default 1, with --compare 3)")
	f.DurationVar(&o.quiet, "quiet", 0, "wait at most so long for a quiet second of the machine, each time")
	f.Float64Var(&o.others, "others", 0, "measure again, up to nine times, when the rest of the machine used more cores than this (default: never)")
	f.BoolVar(&o.json, "json", false, "print every result as a line of JSON")
	f.StringVar(&o.profile, "profile", "", "directory for a CPU profile of each server that is started")
	addTarget(f, &o.target)
	f.StringSliceVar(&o.agents, "agents", nil, "NAME:PASSWORD of agents who take the other side, or how many the started server shall have (default: bots take it)")

	f.BoolVar(&o.limit, "limit", false, "be the limit program")
	f.StringVar(&o.data, "data", "", "directory of the limit program's log")
	f.StringVar(&o.readyTo, "ready", "", "file that the limit program writes once it serves")
	for _, hidden := range []string{"limit", "data", "ready"} {
		_ = f.MarkHidden(hidden) // it was just defined
	}
	cmd.AddCommand(newBenchCentreCommand())
	return cmd
}

// addTarget adds the flags that say what is measured.
func addTarget(f *pflag.FlagSet, t *bench.Target) {
	f.StringVar(&t.URL, "url", "", "server to measure (default: one that is started for it)")
	f.IntVar(&t.PID, "pid", 0, "process of that server, for its CPU and memory")
	f.StringVar(&t.Instance, "instance", string(seed.DevInstance), "its instance")
	f.StringVar(&t.Flow, "flow", string(seed.DevFlow), "the flow that chats start with")
	f.StringVar(&t.Key.ID, "access-key", seed.DevAccessKey, "access key")
	f.StringVar(&t.Key.Secret, "secret", seed.DevSecret, "secret of the access key")
	f.StringVar(&t.Key.Region, "region", "us-west-2", "region to sign for")
}

func (o *benchOptions) fill() error {
	if len(o.chats) == 0 {
		n, ok := map[bench.Mode]int{bench.Messages: 50, bench.Idle: 2500, bench.Transcript: 1000, bench.Start: 2000}[o.Mode]
		if !ok {
			return fmt.Errorf("there is no mode %q: use messages, idle, transcript or start", o.Mode)
		}
		o.chats = []int{n}
	}
	if o.repeat == 0 {
		o.repeat = 1
		if o.compare {
			o.repeat = 3
		}
	}
	for _, n := range o.chats {
		if n < 1 {
			return errors.New("chats: must be 1 at least")
		}
	}
	if o.repeat < 1 || o.Readers < 1 || o.Duration <= 0 {
		return errors.New("repeat, readers and duration must be positive")
	}
	if u, err := url.Parse(o.target.URL); err != nil || u.Path != "" && u.Path != "/" {
		return errors.New("url: must be that of a server, without a path")
	}
	return nil
}

func runBench(ctx context.Context, o *benchOptions, out io.Writer) error {
	if err := o.fill(); err != nil {
		return err
	}
	var failures []error
	for _, n := range o.chats {
		o.Chats = n
		var servers, limits []*bench.Result
		for range o.repeat {
			r, err := o.one(ctx, out, "server", o.server)
			if err != nil {
				return err
			}
			servers = append(servers, r)
			if !o.compare {
				continue
			}
			if r, err = o.one(ctx, out, "limit", o.limitProgram); err != nil {
				return err
			}
			limits = append(limits, r)
		}
		server := bench.Median(servers)
		failures = append(failures, server.Err())
		var beside *bench.Result
		if o.compare {
			beside = bench.Median(limits)
			failures = append(failures, beside.Err())
		}
		if o.json {
			continue
		}
		if err := bench.Print(out, server, beside); err != nil {
			return err
		}
	}
	return errors.Join(failures...)
}

// again is how often a run that was disturbed is made again.
const again = 9

// one measures one target, once, or again when the run was disturbed.
func (o *benchOptions) one(ctx context.Context, out io.Writer, name string, start func(context.Context) (bench.Target, func(), error)) (r *bench.Result, err error) {
	for range 1 + again {
		if r, err = o.try(ctx, name, start); err != nil || o.others == 0 || r.Other <= o.others {
			break
		}
	}
	if err == nil && o.json {
		err = json.NewEncoder(out).Encode(struct {
			Target string `json:"target"`
			*bench.Result
		}{name, r})
	}
	return r, err
}

func (o *benchOptions) try(ctx context.Context, name string, start func(context.Context) (bench.Target, func(), error)) (*bench.Result, error) {
	if o.quiet > 0 {
		bench.Quiet(0.25, o.quiet)
	}
	t, stop, err := start(ctx)
	if err != nil {
		return nil, err
	}
	defer stop()
	r, err := bench.Run(ctx, t, o.Options)
	if err != nil {
		return nil, fmt.Errorf("measure the %s: %w", name, err)
	}
	return r, nil
}

// server returns the server that is measured, and what ends it.
func (o *benchOptions) server(ctx context.Context) (bench.Target, func(), error) {
	t := o.target
	if t.URL != "" {
		for _, a := range o.agents {
			name, password, ok := strings.Cut(a, ":")
			if !ok {
				return t, nil, fmt.Errorf("agents: %q is not NAME:PASSWORD", a)
			}
			t.Agents = append(t.Agents, bench.Agent{Username: name, Password: password})
		}
		return t, func() {}, nil
	}
	d := seed.Dev()
	if len(o.agents) > 0 {
		n, err := strconv.Atoi(o.agents[0])
		if err != nil || n < 1 || len(o.agents) > 1 {
			return t, nil, errors.New("agents: must be a number when the server is started here")
		}
		t.Agents = hire(d, n, 10) // as many chats as anybody can have
	}
	var more []string
	if o.profile != "" {
		if err := os.MkdirAll(o.profile, 0o755); err != nil {
			return t, nil, err
		}
		more = append(more, "--cpu-profile", filepath.Join(o.profile, fmt.Sprintf("%s-%d-%d.prof", o.Mode, o.Chats, time.Now().UnixNano())))
	}
	return startServer(ctx, t, d, more...)
}

// startServer starts a server with a directory of its own, and more arguments.
func startServer(ctx context.Context, t bench.Target, d *directory.Directory, more ...string) (bench.Target, func(), error) {
	dir, err := os.MkdirTemp("", "bellpull-bench-")
	if err != nil {
		return t, nil, err
	}
	if err := prepare(ctx, dir, d); err != nil {
		return t, nil, errors.Join(err, os.RemoveAll(dir))
	}
	return startChild(ctx, t, dir, append([]string{"serve", "--config", filepath.Join(dir, "config.yaml")}, more...)...)
}

// prepare makes the settings and the database of a server that is started.
func prepare(ctx context.Context, dir string, d *directory.Directory) error {
	cfg := config.Default()
	cfg.LostAfter = 0            // agents only listen to the sockets of their chats
	cfg.Limits.Rates = "off"     // and all write as fast as they can
	cfg.SignIn = config.SignIn{} // all come from here
	cfg.Listen, cfg.Data, cfg.Log.Level = "127.0.0.1:0", filepath.Join(dir, "data"), "warn"
	b, err := yaml.Marshal(cfg)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "config.yaml"), b, 0o600); err != nil {
		return err
	}
	st, err := embedded.Open(ctx, embedded.Options{Path: cfg.Data})
	if err != nil {
		return err
	}
	return errors.Join(st.PutDirectory(ctx, d), st.Close())
}

// hire adds n agents, who take so many chats at once.
func hire(d *directory.Directory, n, slots int) (agents []bench.Agent) {
	for _, p := range d.Profiles {
		p.ChatConcurrency = slots
	}
	like := seed.DevAgents[0]
	for i := range n {
		u := *d.Users[like.ID]
		u.ID = contact.UserID(fmt.Sprintf("be4c0000-0000-4000-8000-%012d", i))
		u.Username = fmt.Sprintf("bench%d", i)
		d.Users[u.ID] = &u
		agents = append(agents, bench.Agent{Username: u.Username, Password: like.Password})
	}
	return agents
}

// limitProgram starts the limit program.
func (o *benchOptions) limitProgram(ctx context.Context) (bench.Target, func(), error) {
	dir, err := os.MkdirTemp("", "bellpull-bench-")
	if err != nil {
		return bench.Target{}, nil, err
	}
	return startChild(ctx, bench.Target{Partial: true}, dir, "bench", "--limit", "--data", dir)
}

// startLimit is how long a child may take to serve.
const startLimit = 10 * time.Second

// startChild runs this program with other arguments until stop is called, which
// removes dir as well.
func startChild(ctx context.Context, t bench.Target, dir string, args ...string) (_ bench.Target, stop func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return t, nil, errors.Join(err, os.RemoveAll(dir))
	}
	file := filepath.Join(dir, "ready.json")
	cmd := exec.Command(self, append(args, "--ready", file)...)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return t, nil, errors.Join(err, os.RemoveAll(dir))
	}
	stop = func() {
		if runtime.GOOS == "windows" || cmd.Process.Signal(syscall.SIGTERM) != nil {
			_ = cmd.Process.Kill() // it may have ended by itself
		}
		_ = cmd.Wait() // how it ended is of no interest
		_ = os.RemoveAll(dir)
	}
	for end := time.Now().Add(startLimit); ; time.Sleep(time.Millisecond) {
		var r ready
		b, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(b, &r)
		}
		if err == nil {
			t.URL, t.PID = r.URL, cmd.Process.Pid
			return t, stop, nil
		}
		if ctx.Err() != nil || time.Now().After(end) {
			stop()
			return t, nil, fmt.Errorf("%s did not start within %v: %w", args[0], startLimit, err)
		}
	}
}

// runLimit is the limit program.
func runLimit(ctx context.Context, dir, readyFile string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }()
	if readyFile != "" {
		if err := writeReady(readyFile, &ready{URL: server.URLOf(l.Addr())}); err != nil {
			return err
		}
	}
	return limit.Run(ctx, l, filepath.Join(dir, "log"))
}
