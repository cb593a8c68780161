package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bellpull/bellpull/internal/bench"
	"github.com/bellpull/bellpull/internal/bench/simulation"
	"github.com/bellpull/bellpull/internal/seed"
)

type benchCentreOptions struct {
	simulation.Options
	target bench.Target
	agents int
	slots  int
	logins []string
	json   bool
}

func newBenchCentreCommand() *cobra.Command {
	var o benchCentreOptions
	cmd := &cobra.Command{
		Use:   "centre",
		Short: "Simulate a contact centre: arrivals, handle times, misses and transfers",
		Long: `Simulate a contact centre: arrivals, handle times, misses and transfers.

Customers arrive as a Poisson process. Agents, signed in as any agent is, accept
what rings or let it ring, speak with the customer in turns, and end the chat or
hand it on by a quick connect; handle times, after-contact work and patience are
exponentially distributed around their means.

Without --url it starts bellpull serve on a free port of the loopback address,
with its data in a temporary directory and so many agents.

Waited is from a customer's arrival to an agent who joins. Matched is from the
moment when a contact waits and the agent who gets it is free, to the offer on
the agent's desk. Both are what clients see, requests included.

Every message that was acknowledged must have come to the other side once. In
the end no desk may keep a contact, and no customer wait while an agent is free.
The command fails otherwise.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runBenchCentre(cmd.Context(), &o, cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.IntVar(&o.agents, "agents", 100, "how many agents the started server has")
	f.IntVar(&o.slots, "slots", 1, "how many chats each of them takes at once")
	f.StringSliceVar(&o.logins, "login", nil, "with --url: NAME:PASSWORD of its agents")
	f.Float64Var(&o.Rate, "rate", 2, "customers a second, on average")
	f.DurationVar(&o.Duration, "duration", time.Minute, "how long customers arrive")
	f.DurationVar(&o.Drain, "drain", 2*time.Minute, "how long the last ones are waited for, at most")
	f.DurationVar(&o.Handle, "handle", 30*time.Second, "mean handle time of an agent's part in a chat")
	f.DurationVar(&o.AfterWork, "after-work", 5*time.Second, "mean after-contact work")
	f.DurationVar(&o.Pace, "pace", 5*time.Second, "time from a customer's answer to what the agent says next")
	f.DurationVar(&o.Patience, "patience", 2*time.Minute, "mean time until a waiting customer gives up; 0 is never")
	f.Float64Var(&o.Miss, "miss", 0, "share of the offers that agents let ring, 0 to 1")
	f.Float64Var(&o.Transfer, "transfer", 0, "share of the chats that their first agent hands on, 0 to 1")
	f.Uint64Var(&o.Seed, "seed", 1, "of what happens by chance")
	f.BoolVar(&o.json, "json", false, "print the result as a line of JSON")
	addTarget(f, &o.target)
	return cmd
}

func (o *benchCentreOptions) check() error {
	switch {
	case o.Rate <= 0 || o.Duration <= 0 || o.Handle < 0 || o.AfterWork < 0 || o.Pace < 0 || o.Patience < 0 || o.Drain < 0:
		return errors.New("rate and duration must be positive, other times not negative")
	case !(o.Miss >= 0 && o.Miss <= 1 && o.Transfer >= 0 && o.Transfer <= 1):
		return errors.New("miss and transfer: must be 0 to 1")
	case o.agents < 1:
		return errors.New("agents: must be 1 at least")
	case o.slots < 1 || o.slots > 10:
		return errors.New("slots: must be 1 to 10")
	case (o.target.URL == "") != (len(o.logins) == 0):
		return errors.New("login: is for the agents of a server with --url, which needs them")
	}
	for _, l := range o.logins {
		name, password, ok := strings.Cut(l, ":")
		if !ok {
			return fmt.Errorf("login: %q is not NAME:PASSWORD", l)
		}
		o.target.Agents = append(o.target.Agents, bench.Agent{Username: name, Password: password})
	}
	o.target.URL = strings.TrimRight(o.target.URL, "/")
	return nil
}

func runBenchCentre(ctx context.Context, o *benchCentreOptions, out io.Writer) error {
	if err := o.check(); err != nil {
		return err
	}
	t, stop := o.target, func() {}
	if t.URL == "" {
		d := seed.Dev()
		t.Agents = hire(d, o.agents, o.slots)
		var err error
		if t, stop, err = startServer(ctx, t, d); err != nil {
			return err
		}
	}
	defer stop()
	r, err := simulation.Run(ctx, t, o.Options)
	if err != nil {
		return fmt.Errorf("simulate a contact centre: %w", err)
	}
	if o.json {
		err = json.NewEncoder(out).Encode(r)
	} else {
		err = r.Print(out)
	}
	return errors.Join(err, r.Err())
}
