package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/bellpull/bellpull/agent"
)

func newWhyCommand() *cobra.Command {
	var o deskCLIOptions
	cmd := &cobra.Command{
		Use:   "why CONTACT",
		Short: "Say why a contact waits for an agent",
		Long: `Say why a contact waits for an agent: its place in the queue, what it asks of
agents, and what stands in the way of each. Only supervisors may ask.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.ready != "" {
				if err := o.fromReadyFile(cmd.Flags().Changed("url"), cmd.Flags().Changed("username")); err != nil {
					return err
				}
			}
			password, err := o.readPassword(cmd.InOrStdin(), cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			desk, err := agent.SignIn(cmd.Context(), agent.Options{Endpoint: o.url, Username: o.user, Password: password})
			if err != nil {
				return err
			}
			defer desk.Close()
			return why(cmd.Context(), desk, args[0], cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.url, "url", "http://127.0.0.1:2355", "address of the server")
	f.StringVar(&o.user, "username", "ana", "user name of the supervisor")
	f.StringVar(&o.password, "password", "", "password of the supervisor; other users of this machine can see it")
	f.StringVar(&o.passwordFile, "password-file", "", "file with the password")
	f.StringVar(&o.ready, "ready", "", "take address and password from the file that dev --ready wrote")
	cmd.MarkFlagsMutuallyExclusive("password", "password-file", "ready")
	return cmd
}

// explanation is what the server answers.
type explanation struct {
	ContactID, InitialContactID, Phase, RingsAt string
	Queue                                       struct{ QueueARN, Name string }
	Since, StepExpires, AdjustmentSeconds       float64
	Priority                                    int64
	Position, Step, Steps                       int
	Agents                                      []struct {
		Username, Reason, Detail string
		Until                    float64
	}
}

// why asks why a contact waits, and writes the answer.
func why(ctx context.Context, desk *agent.Desk, id string, out io.Writer) error {
	var e explanation
	if err := desk.Call(ctx, "WhyWaiting", map[string]string{"contactId": id}, &e); err != nil {
		return err
	}
	if e.ContactID == "" {
		_, err := fmt.Fprintf(out, "contact %s does not wait: it is %s\n", id, e.Phase)
		return err
	}
	queue := e.Queue.Name
	if queue == "" {
		queue = e.Queue.QueueARN
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format+"\n", args...) } // Flush tells
	line("contact\t%s", e.ContactID)
	line("queue\t%s, since %s", queue, at(e.Since))
	if e.RingsAt != "" {
		line("rings at\t%s", e.RingsAt)
	}
	if e.Position > 0 {
		line("place\t%d", e.Position)
	}
	line("priority\t%d", e.Priority)
	if e.AdjustmentSeconds != 0 {
		line("age\t%+v", time.Duration(e.AdjustmentSeconds*float64(time.Second)))
	}
	switch {
	case e.Steps == 0:
	case e.Step == 0:
		line("criteria\t%d steps, none counts", e.Steps)
	case e.StepExpires == 0:
		line("criteria\tstep %d of %d", e.Step, e.Steps)
	default:
		line("criteria\tstep %d of %d until %s", e.Step, e.Steps, at(e.StepExpires))
	}
	line("")
	for _, a := range e.Agents {
		text := a.Reason
		if a.Detail != "" {
			text += ": " + a.Detail
		}
		if a.Until != 0 {
			text += ", until " + at(a.Until)
		}
		line("%s\t%s", a.Username, text)
	}
	return w.Flush()
}

// at writes a moment of the agent API, in this machine's time zone.
func at(seconds float64) string {
	return time.UnixMilli(int64(seconds * 1000)).Format(time.TimeOnly)
}
