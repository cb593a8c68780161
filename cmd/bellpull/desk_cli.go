package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/bellpull/bellpull/agent"
	"github.com/bellpull/bellpull/internal/terminal"
)

type deskCLIOptions struct {
	url          string
	user         string
	password     string
	passwordFile string
	ready        string
	state        string
	autoAccept   bool
}

func newDeskCLICommand() *cobra.Command {
	var o deskCLIOptions
	cmd := &cobra.Command{
		Use:   "desk-cli",
		Short: "Answer chats as an agent, in this terminal",
		Long: `Answer chats as an agent, in this terminal. Several chats may go on at once.
The desk outlasts restarts of the server, and goes offline when it is left.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			urlSet, userSet := cmd.Flags().Changed("url"), cmd.Flags().Changed("user")
			if o.ready != "" {
				if err := o.fromReadyFile(urlSet, userSet); err != nil {
					return err
				}
			}
			return runDeskCLI(cmd.Context(), o, cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.url, "url", "http://127.0.0.1:2355", "address of the server")
	f.StringVar(&o.user, "user", "ana", "user name of the agent")
	f.StringVar(&o.password, "password", "", "password of the agent; other users of this machine can see it")
	f.StringVar(&o.passwordFile, "password-file", "", "file with the password")
	f.StringVar(&o.ready, "ready", "", "take address and password from the file that dev --ready wrote")
	f.StringVar(&o.state, "state", "Available", "state to be in at first; empty leaves it as it is")
	f.BoolVar(&o.autoAccept, "auto-accept", false, "accept every chat that rings, and clear those that are over")
	cmd.MarkFlagsMutuallyExclusive("password", "password-file", "ready")
	return cmd
}

// fromReadyFile takes what flags do not say from a ready file: without a user
// of that name its first agent.
func (o *deskCLIOptions) fromReadyFile(urlSet, userSet bool) error {
	text, err := os.ReadFile(o.ready)
	if err != nil {
		return err
	}
	var ready struct {
		URL    string `json:"url"`
		Agents []struct {
			Username string `json:"username"`
			Password string `json:"password"`
		} `json:"agents"`
	}
	if err := json.Unmarshal(text, &ready); err != nil {
		return fmt.Errorf("%s: %w", o.ready, err)
	}
	if !urlSet {
		o.url = ready.URL
	}
	if !userSet && len(ready.Agents) > 0 {
		o.user = ready.Agents[0].Username
	}
	for _, a := range ready.Agents {
		if a.Username == o.user {
			o.password = a.Password
			return nil
		}
	}
	return fmt.Errorf("%s: there is no agent %q", o.ready, o.user)
}

func runDeskCLI(ctx context.Context, o deskCLIOptions, in io.Reader, out, errs io.Writer) error {
	password, err := o.readPassword(in, errs)
	if err != nil {
		return err
	}
	console, err := terminal.Open(in, out)
	if err != nil {
		return err
	}
	defer func() { _ = console.Close() }()
	desk := terminal.Desk{
		Console:    console,
		Agent:      agent.Options{Endpoint: o.url, Username: o.user, Password: password},
		State:      o.state,
		AutoAccept: o.autoAccept,
	}
	return desk.Run(ctx)
}

// readPassword takes the password from where the flags say, or asks for it.
func (o deskCLIOptions) readPassword(in io.Reader, errs io.Writer) (string, error) {
	if o.passwordFile != "" {
		text, err := os.ReadFile(o.passwordFile)
		return strings.TrimRight(string(text), "\r\n"), err
	}
	if o.password != "" {
		return o.password, nil
	}
	f, ok := in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return "", errors.New("no password: give --password-file, --ready or --password")
	}
	_, _ = fmt.Fprintf(errs, "Password of %s: ", o.user)
	text, err := term.ReadPassword(int(f.Fd()))
	_, _ = fmt.Fprintln(errs)
	return string(text), err
}
