package main

import (
	"cmp"
	"context"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bellpull/bellpull/chat"
	"github.com/bellpull/bellpull/internal/terminal"
)

type chatOptions struct {
	url         string
	startURL    string
	endpoint    string
	region      string
	name        string
	flow        string
	instance    string
	token       string
	contact     string
	participant string
	linger      time.Duration
}

func newChatCommand() *cobra.Command {
	var o chatOptions
	cmd := &cobra.Command{
		Use:   "chat",
		Short: "Chat as a customer, in this terminal",
		Long: `Chat as a customer, in this terminal. It starts a chat through a personal chat
backend, or joins one with a participant token, and outlasts restarts of the
server. Without a terminal it sends the lines of its input and writes what is
said to its output.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runChat(cmd.Context(), o, cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.url, "url", "http://127.0.0.1:2355", "address of the server")
	f.StringVar(&o.startURL, "start-url", "", "address of the personal chat backend (default: /start-chat of the server)")
	f.StringVar(&o.endpoint, "endpoint", "", "address of the participant service (default: the server)")
	f.StringVar(&o.region, "region", "", "use the public participant service of this region")
	f.StringVar(&o.name, "name", "Customer", "your name")
	f.StringVar(&o.flow, "flow", "", "id of the contact flow (default: the backend's)")
	f.StringVar(&o.instance, "instance", "", "id of the instance (default: the backend's)")
	f.StringVar(&o.token, "token", "", "participant token of a chat to join instead of starting one")
	f.StringVar(&o.contact, "contact", "", "with --token: id of the contact")
	f.StringVar(&o.participant, "participant", "", "with --token: id of the participant")
	f.DurationVar(&o.linger, "linger", 0, "how long to stay after the end of input")
	cmd.MarkFlagsMutuallyExclusive("endpoint", "region")
	return cmd
}

func runChat(ctx context.Context, o chatOptions, in io.Reader, out io.Writer) error {
	url := strings.TrimRight(o.url, "/")
	details := chat.Details{ContactID: o.contact, ParticipantID: o.participant, ParticipantToken: o.token}
	if o.token == "" {
		var err error
		details, err = chat.Start(ctx, cmp.Or(o.startURL, url+"/start-chat"), chat.StartRequest{
			InstanceID:         o.instance,
			ContactFlowID:      o.flow,
			ParticipantDetails: chat.ParticipantDetails{DisplayName: o.name},
			SupportedMessagingContentTypes: []string{
				chat.TextPlain, chat.TextMarkdown, chat.ApplicationJSON, chat.Interactive, chat.InteractiveResponse,
			},
		}, nil)
		if err != nil {
			return err
		}
	}
	opts := chat.Options{Endpoint: o.endpoint, Region: o.region}
	if o.endpoint == "" && o.region == "" {
		opts.Endpoint = url
	}
	s, err := chat.Connect(ctx, details, opts)
	if err != nil {
		return err
	}
	console, err := terminal.Open(in, out)
	if err != nil {
		s.Close()
		return err
	}
	defer func() { _ = console.Close() }()
	customer := terminal.Customer{Console: console, Linger: o.linger}
	return customer.Run(ctx, s)
}
