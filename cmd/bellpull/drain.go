package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/bellpull/bellpull/internal/edge/opsapi"
)

func newDrainCommand() *cobra.Command {
	var server controlPlane
	cmd := &cobra.Command{
		Use:   "drain",
		Short: "Make a server leave its clients to others, and wait until it has",
		Long: `Make a server leave its clients to others, and wait until it has: /readyz says
no at once, and the sockets are closed after the time that the settings say.
There is no way back but a start anew.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			server.fill()
			return drain(cmd.Context(), &server, cmd.OutOrStdout())
		},
	}
	server.addCallerFlags(cmd)
	return cmd
}

// drainCheck is how often the server is asked how far it has come.
const drainCheck = 200 * time.Millisecond

func drain(ctx context.Context, server *controlPlane, out io.Writer) error {
	var d opsapi.Drain
	if err := server.call(ctx, http.MethodPost, "/ops/drain", nil, &d); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(out, "%d sockets are open; they are closed after %s, over %s\n", d.Sockets, d.Grace, d.Spread); err != nil {
		return err
	}
	for d.State != "drained" {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(drainCheck):
		}
		if err := server.call(ctx, http.MethodGet, "/ops/drain", nil, &d); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(out, "drained")
	return err
}
