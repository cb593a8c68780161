// Package postgres keeps everything in PostgreSQL. In each process one goroutine
// commits: it gathers what many callers hand over and stores it in one
// transaction (commit.go). Reads run beside it on a few connections of their
// own. Start reading at Commit; the tables are in migrations.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/bellpull/bellpull/internal/store"
	"github.com/bellpull/bellpull/internal/store/driver"
	"github.com/bellpull/bellpull/internal/tally"
)

// Options say where the database is and how it is used.
type Options struct {
	// URL is the database's, such as postgres://bellpull@db.example.org/bellpull.
	// It may name several hosts, and sslmode and the other settings of libpq.
	URL string
	// PasswordFile, if set, names the file that holds the password. It is read
	// for every connection.
	PasswordFile string
	// Readers is the most connections for reading, and for what is not urgent; 0
	// means 8. They are opened when they are first needed.
	Readers int
	// Outage is how long a call waits for a database that is away before it
	// fails; 0 means 20 seconds.
	Outage time.Duration
	// CallLimit is how long a single statement, or transaction, may take; 0 means
	// 15 seconds. A connection that is silent for longer is taken for broken.
	CallLimit time.Duration
}

// Store is a store.Store on PostgreSQL.
type Store struct {
	options Options
	pool    *pgxpool.Pool
	queue   *driver.Queue[*work]
	figures *store.Figures
	stopped chan struct{} // closed when the committing goroutine has returned

	closing sync.Once
	closed  chan struct{}
}

var (
	_ store.Store    = (*Store)(nil)
	_ store.Measured = (*Store)(nil)
)

// Figures implements store.Measured.
func (s *Store) Figures() *store.Figures { return s.figures }

// How it waits.
const (
	defaultOutage  = 20 * time.Second
	defaultReaders = 8
	closingOutage  = 2 * time.Second        // when it is being closed
	retryPause     = 100 * time.Millisecond // between attempts to reach the database
	defaultCallLimit = 15 * time.Second
)

// Open connects to the database and migrates it to this program's version.
func Open(ctx context.Context, o Options) (*Store, error) {
	s, err := open(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("open the store in PostgreSQL: %w", err)
	}
	return s, nil
}

func open(ctx context.Context, o Options) (*Store, error) {
	if o.Readers == 0 {
		o.Readers = defaultReaders
	}
	if o.Outage == 0 {
		o.Outage = defaultOutage
	}
	if o.CallLimit == 0 {
		o.CallLimit = defaultCallLimit
	}
	config, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		return nil, err
	}
	config.MaxConns, config.MinConns = int32(min(o.Readers, 1000)), 0
	config.BeforeConnect = func(_ context.Context, c *pgx.ConnConfig) error { return o.setUp(c) }
	config.AfterConnect = greet
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	s := &Store{options: o, pool: pool, queue: driver.NewQueue[*work](), stopped: make(chan struct{}), closed: make(chan struct{})}
	s.figures = store.NewFigures(s.queue.Len)
	w := newCommitter(s)
	if err := w.start(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	go func() {
		defer close(s.stopped)
		w.run()
	}()
	return s, nil
}

// setUp completes the settings of a connection.
func (o *Options) setUp(c *pgx.ConnConfig) error {
	if o.PasswordFile != "" {
		b, err := os.ReadFile(o.PasswordFile)
		if err != nil {
			return fmt.Errorf("read the password: %w", err)
		}
		c.Password = strings.TrimRight(string(b), "\r\n")
	}
	if c.RuntimeParams["application_name"] == "" {
		c.RuntimeParams["application_name"] = "bellpull"
	}
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = 5 * time.Second
	}
	neverCancel(c)
	return nil
}

// errNeverCancel is what a request to cancel a statement is answered.
var errNeverCancel = errors.New("statements are not cancelled")

// neverCancel keeps the library from having the server cancel what was under way
// when a connection is given up. For a commit that waits for a standby that
// means to wait no longer: it would be found in its place and acknowledged,
// though the standby does not have it.
func neverCancel(c *pgx.ConnConfig) {
	var connected atomic.Bool
	c.AfterConnect = func(context.Context, *pgconn.PgConn) error {
		connected.Store(true)
		return nil
	}
	dial := c.DialFunc
	c.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		if connected.Load() {
			return nil, errNeverCancel
		}
		return dial(ctx, network, address)
	}
}

// connect opens a connection.
func (o *Options) connect(ctx context.Context) (*pgx.Conn, error) {
	c, err := pgx.ParseConfig(o.URL)
	if err != nil {
		return nil, err
	}
	if err := o.setUp(c); err != nil {
		return nil, err
	}
	conn, err := pgx.ConnectConfig(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := greet(ctx, conn); err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	return conn, nil
}

// greeting makes sure of what an acknowledgement rests on, whatever the
// database's own settings are: a commit is flushed, a statement sees what was
// committed before it, and a process that dies within a transaction holds its
// rows for a few seconds at the most.
const greeting = `SET idle_in_transaction_session_timeout = '10s';
	SET default_transaction_isolation = 'read committed';
	SET timezone = 'UTC'`

func greet(ctx context.Context, c *pgx.Conn) error {
	if enc := c.PgConn().ParameterStatus("server_encoding"); enc != "UTF8" {
		return fmt.Errorf("the database's encoding is %s and must be UTF8", enc)
	}
	if _, err := c.Exec(ctx, greeting, pgx.QueryExecModeSimpleProtocol); err != nil {
		return err
	}
	var level string
	if err := c.QueryRow(ctx, `SHOW synchronous_commit`).Scan(&level); err != nil {
		return err
	}
	if level != "off" {
		return nil // the operator may ask for more than a local flush
	}
	_, err := c.Exec(ctx, `SET synchronous_commit = 'on'`)
	return err
}

// pause waits for d. It reports false when ctx is over first.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// code returns the SQLSTATE of an error, or "".
func code(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}

// away says whether an error means that the database, or the way to it, is away
// for now: what was tried may succeed on another connection.
func away(err error) bool {
	c := code(err)
	if c == "" {
		return err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, errRow)
	}
	return strings.HasPrefix(c, "08") || strings.HasPrefix(c, "57P") || // connection, shutdown, starting
		c == "53300" || // too many connections
		c == "25006" // a standby, or a primary that is one no longer
}

// again says whether an error means that a transaction got in the way of
// another and should be tried again.
func again(err error) bool {
	c := code(err)
	return c == "40001" || c == "40P01" || c == "55P03"
}

// errRow marks errors in what was read, which another attempt cannot mend.
var errRow = errors.New("the stored row is damaged")

// errClosed is what a closed store answers.
var errClosed = driver.ErrClosed

// isClosed says whether Close has been called.
func (s *Store) isClosed() bool {
	select {
	case <-s.closed:
		return true
	default:
		return false
	}
}

// call calls do with a connection for reading until it succeeds, or fails for a
// reason that will not pass, or has begun to hand on what it read.
func (s *Store) call(ctx context.Context, do func(context.Context, *pgxpool.Conn) (began bool, err error)) error {
	if s.isClosed() {
		return errClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	watch := tally.Start()
	defer func() { s.figures.Read.Took(watch.Elapsed()) }()
	late, stop := context.WithTimeout(ctx, s.options.Outage)
	defer stop()
	for {
		began, err := s.once(late, do)
		if err == nil || began || !away(err) && !again(err) {
			return err
		}
		if !pause(late, retryPause) || s.isClosed() {
			switch {
			case s.isClosed():
				return errClosed
			case ctx.Err() != nil:
				return ctx.Err()
			}
			return err
		}
	}
}

func (s *Store) once(ctx context.Context, do func(context.Context, *pgxpool.Conn) (bool, error)) (began bool, err error) {
	c, err := s.pool.Acquire(ctx)
	if err != nil {
		return false, err
	}
	defer c.Release()
	// A call that is cut short costs its connection. It ends soon anyway.
	limited, stop := context.WithTimeout(context.WithoutCancel(ctx), s.options.CallLimit)
	defer stop()
	return do(limited, c)
}

// query hands each row of a statement's result to each. What one statement
// reads is of one moment.
func (s *Store) query(ctx context.Context, each func(pgx.Rows) error, sql string, args ...any) error {
	return s.call(ctx, func(ctx context.Context, c *pgxpool.Conn) (began bool, err error) {
		rows, err := c.Query(ctx, sql, args...)
		if err != nil {
			return false, err
		}
		defer rows.Close()
		for rows.Next() {
			began = true
			if err := each(rows); err != nil {
				return began, errors.Join(errRow, err)
			}
		}
		return began, rows.Err()
	})
}

// write runs do in a transaction of its own, all of it or nothing. It may run
// several times, and must come to the same when it has been done already.
func (s *Store) write(ctx context.Context, do func(context.Context, pgx.Tx) error) error {
	return s.call(ctx, func(ctx context.Context, c *pgxpool.Conn) (bool, error) {
		return false, pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error { return do(ctx, tx) })
	})
}

// Close ends the store: commits that were handed over are still made, reads
// that run are waited for, and everything after it fails with driver.ErrClosed.
func (s *Store) Close() error {
	s.closing.Do(func() {
		close(s.closed)
		s.queue.Close()
		<-s.stopped
		s.pool.Close()
	})
	<-s.stopped
	return nil
}
