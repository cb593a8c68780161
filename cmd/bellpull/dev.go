package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/bellpull/bellpull/internal/config"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server"
	"github.com/bellpull/bellpull/internal/store"
	"github.com/bellpull/bellpull/internal/store/embedded"
)

type devOptions struct {
	listen     string
	data       string
	seedFile   string
	config     string
	events     string
	ready      string
	seedRandom int64
	repeatable bool
	verbose    bool
}

func newDevCommand() *cobra.Command {
	var o devOptions
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Run a stand-in for development and tests: seeded, any access key",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.repeatable = cmd.Flags().Changed("seed-random")
			return runDev(cmd.Context(), o, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.listen, "listen", config.Default().Listen, "address to serve on; port 0 picks a free one")
	f.StringVar(&o.data, "data", "", "directory to keep data in (default: a temporary one that is removed)")
	f.StringVar(&o.seedFile, "seed", "", "YAML file that describes the instance (default: "+seedFileName+" in the current folder if there is one, else the built-in instance)")
	f.StringVar(&o.config, "config", "", "YAML file of settings, of which callouts, events, transcripts, attachments, ring, missed_as and flow_log count; see bellpull config describe")
	f.StringVar(&o.events, "events", "", "file to which events and contact records are appended, one JSON object a line")
	f.StringVar(&o.ready, "ready", "", "file to write once requests are answered, with everything a script needs")
	f.Int64Var(&o.seedRandom, "seed-random", 0, "make ids repeatable")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "log every request")
	return cmd
}

func runDev(ctx context.Context, o devOptions, out, errs io.Writer) (err error) {
	level := slog.LevelInfo
	if o.verbose {
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewTextHandler(errs, &slog.HandlerOptions{Level: level}))
	ids := contact.NewIDs()
	if o.repeatable {
		ids = contact.SeededIDs(o.seedRandom)
	}
	if o.seedFile == "" {
		if _, err := os.Stat(seedFileName); err == nil {
			o.seedFile = seedFileName
		}
	}
	dirs, taken := []*directory.Directory{seed.Dev()}, ""
	if o.seedFile != "" {
		taken = seedStamp(o.seedFile)
		if dirs, err = seed.Read(o.seedFile); err != nil {
			return err
		}
	}
	cfg := config.Default()
	cfg.LostAfter = 0        // time is in the developer's hands
	cfg.Limits.Rates = "off" // and tests are in a hurry
	if o.config != "" {
		if cfg, err = config.Read(o.config); err != nil {
			return err
		}
	}
	if o.events != "" {
		cfg.Events.File = o.events
	}
	if o.data == "" {
		if o.data, err = os.MkdirTemp("", "bellpull-dev-"); err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(o.data) }()
	}
	cfg.Data = o.data
	cfg.Attachments.Dir = attachmentsDir(&cfg)
	l, err := net.Listen("tcp", o.listen)
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }()
	url := server.URLOf(l.Addr())
	srv, err := server.NewDev(ctx, server.DevOptions{
		Options:     server.Options{Config: cfg, Log: log, WallClock: time.Now, IDs: ids, URL: url},
		Directories: dirs,
		Reseed:      o.seedFile != "",
		Open: func(ctx context.Context, fresh bool) (store.Store, error) {
			if fresh {
				if err := errors.Join(embedded.Remove(o.data), os.RemoveAll(attachmentsDir(&config.Config{Data: o.data}))); err != nil {
					return nil, err
				}
			}
			return embedded.Open(ctx, embedded.Options{Path: o.data, Sync: embedded.Normal})
		},
	})
	if err != nil {
		return err
	}
	info := readyInfo(url, dirs[0])
	ctx, cancel := context.WithCancel(ctx)
	var watch sync.WaitGroup
	defer watch.Wait()
	defer cancel()
	return serve(ctx, srv, l, func() error {
		if o.seedFile != "" {
			w := seedWatch{file: o.seedFile, taken: taken, srv: srv, dirs: dirs, out: out, errs: errs}
			watch.Go(func() { w.run(ctx) })
		}
		if o.ready != "" {
			if err := writeReady(o.ready, info); err != nil {
				return err
			}
		}
		if err := info.print(out); err != nil || o.seedFile == "" {
			return err
		}
		_, err := fmt.Fprintf(out, "The instance is as %s says, and follows its changes.\n", o.seedFile)
		return err
	})
}

// runner is a server of either door.
type runner interface {
	Run(context.Context, net.Listener) error
}

// serve runs srv, and up once connections are accepted.
func serve(ctx context.Context, srv runner, l net.Listener, up func() error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- srv.Run(ctx, l) }()
	var memory sync.WaitGroup
	memory.Go(func() { giveBackMemory(ctx) })
	defer memory.Wait()
	defer cancel()
	// The listener has been open for a while: whoever connects now is answered.
	if err := up(); err != nil {
		cancel()
		<-done
		return err
	}
	return <-done
}

// ready is what the ready file says.
type ready struct {
	URL             string       `json:"url"`
	PID             int          `json:"pid"` // changes when a successor takes over
	Region          string       `json:"region"`
	AccountID       string       `json:"accountId"`
	InstanceID      string       `json:"instanceId"`
	InstanceARN     string       `json:"instanceArn"`
	ContactFlowID   string       `json:"contactFlowId"`
	QueueID         string       `json:"queueId"`
	WidgetID        string       `json:"widgetId,omitempty"`
	StartChatURL    string       `json:"startChatUrl"`
	CCPURL          string       `json:"ccpUrl"`
	DeskURL         string       `json:"deskUrl"`
	AccessKeyID     string       `json:"accessKeyId"`
	SecretAccessKey string       `json:"secretAccessKey"`
	Agents          []readyAgent `json:"agents"`
}

type readyAgent struct {
	Username string `json:"username"`
	Password string `json:"password"`
	UserID   string `json:"userId"`
}

func readyInfo(url string, d *directory.Directory) *ready {
	in := &d.Instance
	r := &ready{
		URL: url, PID: os.Getpid(), Region: in.Region, AccountID: in.AccountID,
		InstanceID: string(in.ID), InstanceARN: in.ARN(), ContactFlowID: string(in.DefaultFlow),
		StartChatURL: url + "/start-chat", CCPURL: url + "/ccp-v2/", DeskURL: url + "/desk/",
		AccessKeyID: seed.DevAccessKey, SecretAccessKey: seed.DevSecret, Agents: []readyAgent{},
	}
	if d.Queues[seed.DevQueue] != nil {
		r.QueueID = string(seed.DevQueue)
	}
	if d.Widgets[seed.DevWidget] != nil {
		r.WidgetID = string(seed.DevWidget)
	}
	for _, a := range seed.DevAgents {
		if u := d.Users[a.ID]; u != nil {
			r.Agents = append(r.Agents, readyAgent{a.Username, a.Password, string(a.ID)})
		}
	}
	return r
}

// writeReady writes the file in one step, so that nobody reads half of it.
func writeReady(file string, r *ready) error {
	b, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(append(b, '\n'))
	if e := tmp.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
	}
	return err
}

// print says what to open and what to paste.
func (r *ready) print(out io.Writer) error {
	_, err := fmt.Fprintf(out, `Bellpull is running at %[1]s

Open
  %[1]s/demo/             a customer and an agent side by side
  %[1]s/demo/customer/    a customer
  %[1]s/desk/             the agents' desk
`, r.URL)
	if err == nil && len(r.Agents) > 0 {
		_, err = fmt.Fprintf(out, "                                    sign in as %s with password %s\n", r.Agents[0].Username, r.Agents[0].Password)
	}
	if err == nil {
		_, err = fmt.Fprintf(out, `
Paste into a page with ChatJS
  connect.ChatSession.setGlobalConfig({ region: "%[2]s", endpoint: "%[1]s" });
  personal chat backend   %[3]s
  InstanceId              %[4]s
  ContactFlowId           %[5]s

Paste into a shell for SDKs and the CLI
  export AWS_ENDPOINT_URL_CONNECT=%[1]s AWS_ENDPOINT_URL_CONNECTPARTICIPANT=%[1]s
  export AWS_REGION=%[2]s AWS_DEFAULT_REGION=%[2]s AWS_ACCESS_KEY_ID=%[6]s AWS_SECRET_ACCESS_KEY=%[7]s

Ctrl-C stops it.
`, r.URL, r.Region, r.StartChatURL, r.InstanceID, r.ContactFlowID, r.AccessKeyID, r.SecretAccessKey)
	}
	return err
}
