// Package pgtest runs PostgreSQL for tests: a private cluster in a temporary
// directory, reached by a Unix socket, durable as a real one is. A package that
// uses it hands its TestMain over to Main.
package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// patience is how long the server may take to start or to end.
const patience = time.Minute

// shared is the cluster that the tests of a process share.
var shared struct {
	ready bool // Main runs
	once  sync.Once
	*Cluster
	err error
}

var databases atomic.Int64

// Main runs the tests and removes the cluster that they started, if they did.
// It returns the process's exit code.
func Main(m *testing.M) int {
	shared.ready = true
	code := m.Run()
	if shared.Cluster != nil {
		if err := shared.remove(); err != nil {
			fmt.Fprintln(os.Stderr, "pgtest:", err)
			return max(code, 1)
		}
	}
	return code
}

// New returns the URL of an empty database for one test. The first call of a
// process starts the cluster.
func New(tb testing.TB) string {
	tb.Helper()
	if !shared.ready {
		tb.Fatal("pgtest: TestMain of this package must call pgtest.Main")
	}
	shared.once.Do(func() { shared.Cluster, shared.err = start() })
	if shared.err != nil {
		tb.Fatal(shared.err)
	}
	return shared.Database(tb)
}

// Cluster is a running PostgreSQL.
type Cluster struct {
	dir, bin string
	server   *exec.Cmd
	output   *bytes.Buffer
	ended    chan struct{} // closed when the server has ended
}

// Start starts a cluster that a test may end as it likes. It is removed with
// the test.
func Start(tb testing.TB) *Cluster {
	tb.Helper()
	c, err := start()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := c.remove(); err != nil {
			tb.Error(err)
		}
	})
	return c
}

// programs returns the directory of PostgreSQL's newest server programs.
func programs() (string, error) {
	if p, err := exec.LookPath("initdb"); err == nil {
		if p, err = filepath.EvalSymlinks(p); err == nil {
			return filepath.Dir(p), nil
		}
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // where Debian has them
	if err != nil || len(found) == 0 {
		return "", errors.New("pgtest: PostgreSQL's server programs (initdb, postgres) are not there: install the package postgresql, or put them on the PATH")
	}
	slices.SortFunc(found, func(a, b string) int { return len(a) - len(b) + bytes.Compare([]byte(a), []byte(b)) })
	return filepath.Dir(found[len(found)-1]), nil
}

func start() (*Cluster, error) {
	return begin("initdb", "--username=bellpull", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions")
}

// begin starts a cluster on what a program of PostgreSQL puts into its
// directory.
func begin(program string, args ...string) (_ *Cluster, err error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	if err := giveAway(dir); err != nil {
		return nil, err
	}
	c := &Cluster{dir: dir, bin: bin}
	if err := c.fill(program, args...); err != nil {
		return nil, err
	}
	return c, c.Start()
}

// fill has a program make the data.
func (c *Cluster) fill(program string, args ...string) error {
	if out, err := c.command(program, append(args, "--pgdata="+c.data())...).CombinedOutput(); err != nil {
		return fmt.Errorf("pgtest: %s: %w\n%s", program, err, out)
	}
	return nil
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

// command returns one of the programs, run as somebody who is not root.
func (c *Cluster) command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.Background(), filepath.Join(c.bin, name), args...) // of the tests' process, not of one test
	cmd.Dir = c.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "TZ=UTC", "LC_ALL=C"}
	cmd.SysProcAttr = attributes()
	return cmd
}

// Start starts the server, which must have ended, on what is there.
func (c *Cluster) Start() error {
	server := c.command("postgres", "-D", c.data(), "-k", c.dir,
		"-c", "listen_addresses=", "-c", "fsync=on", "-c", "max_connections=200", "-c", "shared_buffers=64MB")
	output := new(bytes.Buffer)
	server.Stdout, server.Stderr = output, output
	ended, started := make(chan struct{}), make(chan error)
	go func() {
		// The kernel ends the server when the thread that started it ends, so that
		// it does not outlive tests that are killed.
		runtime.LockOSThread()
		err := server.Start()
		started <- err
		if err == nil {
			_ = server.Wait() // however it ends
		}
		close(ended)
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	c.server, c.output, c.ended = server, output, ended
	for late := time.After(patience); ; {
		conn, err := pgx.Connect(context.Background(), c.url("postgres"))
		if err == nil {
			return conn.Close(context.Background())
		}
		select {
		case <-ended:
			return fmt.Errorf("pgtest: the server has ended: %s", output)
		case <-late:
			return errors.Join(fmt.Errorf("pgtest: the server does not answer: %w", err), c.Kill())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Stop ends the server; connections are cut.
func (c *Cluster) Stop() error { return c.end(syscall.SIGINT) }

// Kill ends the server as a crash would; what follows Start is a recovery.
func (c *Cluster) Kill() error { return c.end(syscall.SIGQUIT) }

func (c *Cluster) end(how syscall.Signal) error {
	select {
	case <-c.ended:
		return nil
	default:
	}
	if err := c.server.Process.Signal(how); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("pgtest: end the server: %w", err)
	}
	select {
	case <-c.ended:
		return nil
	case <-time.After(patience):
		return errors.Join(errors.New("pgtest: the server does not end"), c.server.Process.Kill())
	}
}

func (c *Cluster) remove() error {
	return errors.Join(c.Kill(), os.RemoveAll(c.dir))
}

func (c *Cluster) url(database string) string {
	return "postgres://bellpull@/" + database + "?host=" + url.QueryEscape(c.dir)
}

// Socket is the path of the Unix socket on which the server listens.
func (c *Cluster) Socket() string { return filepath.Join(c.dir, ".s.PGSQL.5432") }

// Database returns the URL of a new, empty database, which is removed with the
// test, or with the cluster where that is the test's.
func (c *Cluster) Database(tb testing.TB) string {
	tb.Helper()
	name := fmt.Sprintf("test_%d", databases.Add(1))
	if err := c.run("CREATE DATABASE " + name); err != nil {
		tb.Fatal(err)
	}
	if c != shared.Cluster {
		return c.url(name)
	}
	tb.Cleanup(func() {
		if err := c.run("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			tb.Error(err)
		}
	})
	return c.url(name)
}

// run runs a statement outside of the tests' databases.
func (c *Cluster) run(sql string) error {
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	conn, err := pgx.Connect(ctx, c.url("postgres"))
	if err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	_, err = conn.Exec(ctx, sql)
	return errors.Join(err, conn.Close(ctx))
}
