package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Standby starts a cluster that follows this one until it is promoted. From now
// on this one acknowledges no commit that the standby does not have. It is
// removed with the test.
func (c *Cluster) Standby(tb testing.TB) *Cluster {
	tb.Helper()
	program, args := c.copying()
	s, err := begin(program, args...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.remove(); err != nil {
			tb.Error(err)
		}
	})
	if err := c.rely(); err != nil {
		tb.Fatal(err)
	}
	return s
}

// Follow has a cluster that has ended begin anew as the standby of another one.
func (c *Cluster) Follow(primary *Cluster) error {
	if err := os.RemoveAll(c.data()); err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	program, args := primary.copying()
	if err := c.fill(program, args...); err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	return primary.rely()
}

// copying is what makes a standby's data.
func (c *Cluster) copying() (program string, args []string) {
	return "pg_basebackup", []string{
		"--dbname=host=" + c.dir + " user=bellpull application_name=standby",
		"--write-recovery-conf", "--checkpoint=fast", "--no-sync",
	}
}

// rely has commits wait for the standby, once there is one.
func (c *Cluster) rely() error {
	if err := c.demand("standby"); err != nil {
		return err
	}
	return c.await(`SELECT count(*) > 0 FROM pg_stat_replication WHERE sync_state = 'sync'`)
}

// Promote makes a standby the primary, which demands no standby of its own. The
// one it has followed must have ended.
func (c *Cluster) Promote() error {
	if err := c.run(`SELECT pg_promote()`); err != nil {
		return err
	}
	if err := c.demand(""); err != nil { // it has taken this over, too
		return err
	}
	return c.await(`SELECT NOT pg_is_in_recovery()`)
}

// demand says which standbys must have a commit before it is acknowledged.
func (c *Cluster) demand(standbys string) error {
	return errors.Join(c.run(`ALTER SYSTEM SET synchronous_standby_names = '`+standbys+`'`), c.run(`SELECT pg_reload_conf()`))
}

// await waits until a question is answered with yes.
func (c *Cluster) await(question string) error {
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	conn, err := pgx.Connect(ctx, c.url("postgres"))
	if err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	for yes := false; err == nil && !yes; time.Sleep(20 * time.Millisecond) {
		err = conn.QueryRow(ctx, question).Scan(&yes)
	}
	return errors.Join(err, conn.Close(ctx))
}

// Either returns the URL of a database that is reached at whichever of the
// clusters is the primary.
func Either(database string, clusters ...*Cluster) (string, error) {
	u, err := url.Parse(database)
	if err != nil {
		return "", err
	}
	var hosts []string
	for _, c := range clusters {
		hosts = append(hosts, c.dir)
	}
	u.RawQuery = url.Values{"host": {strings.Join(hosts, ",")}, "target_session_attrs": {"read-write"}}.Encode()
	return u.String(), nil
}
