package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/bellpull/bellpull/internal/clock"
	"github.com/bellpull/bellpull/internal/config"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server"
	"github.com/bellpull/bellpull/internal/store"
)

// serveFlags are the flags of bellpull serve.
type serveFlags struct{ config, ready, debug, profile string }

func newServeCommand() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the contact centre",
		Long: `Run the contact centre.

SIGTERM ends it. SIGUSR2 starts the program anew, as it is on disk now, and
hands the listener, the data and the chats over to it; see docs/operating.md.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := readConfig(f.config)
			if err != nil {
				return err
			}
			return runServe(cmd.Context(), cfg, f, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.Flags().StringVar(&f.config, "config", "", "YAML file of settings; see bellpull config describe")
	cmd.Flags().StringVar(&f.ready, "ready", "", "file to write once requests are answered")
	cmd.Flags().StringVar(&f.debug, "debug-listen", "", "loopback address to serve profiles on, such as 127.0.0.1:6060; see docs/operating.md")
	cmd.Flags().StringVar(&f.profile, "cpu-profile", "", "file to write a profile of the whole run to, at its end; successors add their process ids to its name")
	return cmd
}

// predecessorLimit is how long the successor waits for the data to be left to
// it.
const predecessorLimit = time.Minute

func runServe(ctx context.Context, cfg config.Config, f serveFlags, out, errs io.Writer) error {
	log, err := cfg.Log.Logger(errs)
	if err != nil {
		return err
	}
	for _, w := range cfg.Warnings() {
		log.WarnContext(ctx, "the settings may be mistaken", "setting", w)
	}
	cfg.Transcripts.Dir, cfg.Attachments.Dir = transcriptsDir(&cfg), attachmentsDir(&cfg)
	ids := contact.NewIDs()
	l, err := openDoor(cfg.Listen, log)
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }()
	if f.profile != "" {
		file := f.profile
		if l.inherited() { // the predecessor, which has the same flag, is not done with that one
			file += "." + strconv.Itoa(os.Getpid())
		}
		endProfile, err := startProfile(file)
		if err != nil {
			return err
		}
		defer endProfile()
	}
	var wall clock.Stepped
	if f.debug != "" {
		endDebug, err := startDebug(l, f.debug, &wall, log)
		if err != nil {
			return err
		}
		defer endDebug()
	}
	var wait time.Duration
	if l.inherited() {
		wait = predecessorLimit
	}
	if err := l.takeOver(); err != nil {
		return err
	}
	url := strings.TrimSuffix(cfg.PublicURL, "/")
	if url == "" {
		url = server.URLOf(l.Addr())
	}
	ctx, end := context.WithCancel(ctx)
	var watched sync.WaitGroup
	defer watched.Wait()
	defer end()
	var dir *directory.Directory
	var setup string
	open := func(opening context.Context) (*server.Server, error) {
		st, err := openStore(opening, &cfg, wait)
		if err != nil {
			return nil, err
		}
		if dir, err = instance(opening, st, cfg.Data, ids, out); err != nil {
			return nil, errors.Join(err, st.Close())
		}
		now, err := clockOf(opening, ctx, st, wall.Now, &watched)
		if err != nil {
			return nil, errors.Join(err, st.Close())
		}
		srv, err := server.New(opening, server.Options{
			Config: cfg, Store: st, Log: log, Now: now, WallClock: wall.Now, IDs: ids, URL: url,
		})
		if err != nil {
			return nil, errors.Join(err, st.Close())
		}
		setup = srv.SetupURL()
		watched.Go(func() {
			l.watch(ctx, func() {
				log.InfoContext(ctx, "handing over to the successor")
				srv.HandOver(func(ctx context.Context) error { return answered(ctx, l.Addr()) })
				end()
			})
		})
		return srv, nil
	}
	up := func() error {
		l.notify()
		if f.ready != "" {
			if err := writeReady(f.ready, serveInfo(url, dir)); err != nil {
				return err
			}
		}
		text := "Bellpull is running at " + url + "\n"
		if setup != "" {
			text += "Nobody administers it yet. This link makes you the first, once, within a week:\n" + setup + "\n"
		}
		_, err := io.WriteString(out, text)
		return err
	}
	run := func(ctx context.Context, l net.Listener) error { return server.Serve(ctx, l, log, open, up) }
	return serve(ctx, runnerFunc(run), l, func() error { return nil })
}

// runnerFunc is a function that is a runner.
type runnerFunc func(context.Context, net.Listener) error

func (f runnerFunc) Run(ctx context.Context, l net.Listener) error { return f(ctx, l) }

// serveInfo is the ready file of serve, which tells no secrets.
func serveInfo(url string, d *directory.Directory) *ready {
	r := readyInfo(url, d)
	r.AccessKeyID, r.SecretAccessKey = "", ""
	for id := range d.Queues {
		if r.QueueID == "" || string(id) < r.QueueID {
			r.QueueID = string(id)
		}
	}
	return r
}

// firstRun is what an operator must know of a new instance. It is written to a
// file that only the owner can read, and nowhere else.
type firstRun struct {
	InstanceID      string `json:"instanceId"`
	ContactFlowID   string `json:"contactFlowId"`
	AccessKeyID     string `json:"accessKeyId"`
	SecretAccessKey string `json:"secretAccessKey"`
	Username        string `json:"username"`
	Password        string `json:"password"`
}

// instance returns the first instance of the store; an empty store gets one.
func instance(ctx context.Context, st store.Store, data string, ids *contact.IDs, out io.Writer) (dir *directory.Directory, err error) {
	err = once(ctx, st, "the first instance", ids.New(), func() (bool, error) {
		have, err := st.Instances(ctx)
		if err != nil || len(have) == 0 {
			return false, err
		}
		dir, err = st.Directory(ctx, have[0])
		return true, err
	}, func() error {
		dir, err = firstInstance(ctx, st, data, ids, out)
		return err
	})
	return dir, err
}

// firstInstance puts an instance into a store that is empty.
func firstInstance(ctx context.Context, st store.Store, data string, ids *contact.IDs, out io.Writer) (*directory.Directory, error) {
	dir, agent, key := seed.Fresh(ids)
	b, err := json.MarshalIndent(firstRun{
		InstanceID: string(dir.Instance.ID), ContactFlowID: string(dir.Instance.DefaultFlow),
		AccessKeyID: key.ID, SecretAccessKey: key.Secret, Username: agent.Username, Password: agent.Password,
	}, "", " ")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(data, "first-run.json")
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(file, append(b, '\n'), 0o600); err != nil {
		return nil, err
	}
	if err := st.PutDirectory(ctx, dir); err != nil {
		return nil, err
	}
	_, err = fmt.Fprintf(out, "A new instance was made. An access key and an agent for programs are in %s; keep them and remove the file.\n", file)
	return dir, err
}
