// Package natsconn connects to NATS, for all who speak it.
package natsconn

import (
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
)

// Config says which NATS.
type Config struct {
	// URL is the server's, or those of a cluster with commas between.
	URL             string
	CredentialsFile string // empty: none
}

// Connect returns a connection that looks for a server until it has one, and
// again whenever it has lost it; wait is how long it leaves a server alone that
// it could not reach. What cannot be sent meanwhile is refused: whoever
// publishes knows what to do about it. Each time that it has a server it calls
// connected, which may be nil.
func Connect(c Config, wait time.Duration, log *slog.Logger, connected func(), more ...nats.Option) (*nats.Conn, error) {
	found := func(nc *nats.Conn) {
		log.Info("connected to NATS", "server", nc.ConnectedUrlRedacted())
		if connected != nil {
			connected()
		}
	}
	o := []nats.Option{
		nats.Name("bellpull"),
		nats.RetryOnFailedConnect(true),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(wait),
		nats.ReconnectBufSize(-1),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				log.Warn("the connection to NATS is lost", "error", err)
			}
		}),
		nats.ConnectHandler(found),
		nats.ReconnectHandler(found),
	}
	if c.CredentialsFile != "" {
		o = append(o, nats.UserCredentials(c.CredentialsFile))
	}
	return nats.Connect(c.URL, append(o, more...)...)
}
