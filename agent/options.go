package agent

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/bellpull/bellpull/chat"
)

// Options say who signs in, where, and how the desk works.
type Options struct {
	// Endpoint is the base address of the server, such as
	// http://127.0.0.1:2355. It is required.
	Endpoint string

	// Username and Password are the agent's.
	Username, Password string

	// Chat is what the sessions of Desk.Chat start from, such as how much
	// History they tell. The desk sets the role, transport and token source;
	// and, where they are empty, the endpoint, HTTP client, logger and clock.
	Chat chat.Options

	// Backlog is how many events wait for a slow reader of Desk.Events before
	// further changes are merged; 0 means 256.
	Backlog int

	// HTTPClient does all requests and the upgrade of sockets. nil means
	// http.DefaultClient.
	HTTPClient *http.Client

	// Logger is told of retries and of frames that make no sense; never of
	// texts or tokens. nil means silence.
	Logger *slog.Logger

	// Now is the clock that the age of sockets and tokens is measured by. nil
	// means time.Now.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	o.Endpoint = strings.TrimRight(o.Endpoint, "/")
	if o.Backlog <= 0 {
		o.Backlog = 256
	}
	if o.HTTPClient == nil {
		o.HTTPClient = http.DefaultClient
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now //nolint:forbidigo // what a handed-in clock defaults to
	}
	c := &o.Chat
	if c.Endpoint == "" {
		c.Endpoint = o.Endpoint
	}
	if c.HTTPClient == nil {
		c.HTTPClient = o.HTTPClient
	}
	if c.Logger == nil {
		c.Logger = o.Logger
	}
	if c.Now == nil {
		c.Now = o.Now
	}
	return o
}
