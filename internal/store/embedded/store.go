// Package embedded keeps everything in one SQLite database beside the program.
// One goroutine writes: it gathers what many callers hand over and flushes it
// together (commit.go). Reads run beside it on a few connections of their own.
// Start reading at Commit; the tables are in migrations.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/bellpull/bellpull/internal/store"
	"github.com/bellpull/bellpull/internal/store/driver"
	"github.com/bellpull/bellpull/internal/tally"
)

// Sync says what a commit survives.
type Sync uint8

const (
	// Full: the death of the process and of the machine.
	Full Sync = iota
	// Normal: the death of the process. A machine that dies loses the last
	// commits, in order, and damages nothing.
	Normal
)

// Options say where the database is and how it is used.
type Options struct {
	// Path is the database file, if it ends in .db, or the directory in which
	// it is called bellpull.db. What is missing is made.
	Path string
	Sync Sync
	// Wait is how long another process may keep the database yet; its successor
	// waits for it to end.
	Wait time.Duration
	// Readers is the most connections for reading; 0 means 4. They are opened
	// when they are first needed.
	Readers int
}

// Errors of a store that cannot be used.
var (
	ErrInUse  = errors.New("the database is in use by another process")
	ErrClosed = driver.ErrClosed
)

// Store is a store.Store on SQLite.
type Store struct {
	file     string
	lock     *os.File
	queue    *queue
	figures  *store.Figures
	claims   claims
	presence presence
	stopped  chan struct{} // closed when the committing goroutine has returned

	slots chan struct{} // one for each reader in use
	mu    sync.Mutex    // guards idle
	idle  []*sqlite.Conn

	closing sync.Once
	closed  chan struct{}
	err     error // of closing, once stopped
}

var (
	_ store.Store    = (*Store)(nil)
	_ store.Measured = (*Store)(nil)
)

// busyLimit is how long a connection waits for a lock that a tool from outside
// (a backup, a shell) holds.
const busyLimit = 5 * time.Second

// Open opens the database, makes it where there is none, and migrates it to
// this program's version. It fails with ErrInUse while another process has it
// open.
func Open(ctx context.Context, o Options) (*Store, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	until, stop := context.WithTimeout(ctx, o.Wait)
	defer stop()
	for {
		s, err := open(o)
		if errors.Is(err, ErrInUse) && pause(until, lockCheck) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("open the store in %s: %w", o.Path, err)
		}
		return s, nil
	}
}

// lockCheck is how often a database that is in use is tried again.
const lockCheck = 2 * time.Millisecond

// pause waits for d. It reports false when ctx is over first.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// File returns the database file of a path that may be its directory (see
// Options.Path).
func File(path string) string {
	if strings.HasSuffix(path, ".db") {
		return path
	}
	return filepath.Join(path, "bellpull.db")
}

// Remove removes the database at path, which must not be open. The lock file
// stays: whoever waits for it would else hold a lock on nothing.
func Remove(path string) error {
	file := File(path)
	for _, f := range []string{file, file + "-wal", file + "-shm"} {
		if err := os.Remove(f); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

func open(o Options) (_ *Store, err error) {
	file := File(o.Path)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, err
	}
	lock, err := lock(file + ".lock")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = lock.Close() // the error that counts is err
		}
	}()
	if err := makeFile(file); err != nil {
		return nil, err
	}
	w, err := openWriter(file, o.Sync)
	if err != nil {
		return nil, err
	}
	if o.Readers == 0 {
		o.Readers = 4
	}
	s := &Store{
		file: file, lock: lock, queue: driver.NewQueue[work](),
		stopped: make(chan struct{}),
		slots:   make(chan struct{}, o.Readers),
		closed:  make(chan struct{}),
	}
	s.figures = store.NewFigures(s.queue.Len)
	go func() {
		defer close(s.stopped)
		w.run(s.queue, s.figures)
		s.err = w.conn.Close()
	}()
	return s, nil
}

// makeFile makes the database file where there is none, so that nobody but its
// owner can read it: it holds password hashes and keys. No connection may be
// open yet: a process that closes a file gives up all locks that it has on it,
// and a tool from outside would then take itself for the last one to close the
// database, and remove the write-ahead log.
func makeFile(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// openConn opens a connection. All are opened by it: before the first one SQLite's
// memory must be set up.
func openConn(file string, flags sqlite.OpenFlags) (*sqlite.Conn, error) {
	keepMemory()
	c, err := sqlite.OpenConn(file, flags)
	if err != nil {
		return nil, err
	}
	c.SetBusyTimeout(busyLimit)
	return c, nil
}

// read runs fn with a connection for reading. What fn reads in one statement
// is of one moment.
func (s *Store) read(ctx context.Context, fn func(*sqlite.Conn) error) error {
	select {
	case <-s.closed:
		return ErrClosed
	default:
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	watch := tally.Start()
	defer func() { s.figures.Read.Took(watch.Elapsed()) }()
	select {
	case s.slots <- struct{}{}:
	case <-s.closed:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.slots }()
	c, err := s.reader()
	if err != nil {
		return err
	}
	defer s.giveBack(c)
	return fn(c)
}

// reader returns a connection; the caller holds a slot. The one used last
// comes first, so that no more are opened than are needed.
func (s *Store) reader() (*sqlite.Conn, error) {
	s.mu.Lock()
	if n := len(s.idle); n > 0 {
		c := s.idle[n-1]
		s.idle = s.idle[:n-1]
		s.mu.Unlock()
		return c, nil
	}
	s.mu.Unlock()
	c, err := openConn(s.file, sqlite.OpenReadWrite)
	if err != nil {
		return nil, err
	}
	for _, pragma := range readerPragmas {
		if err := exec(c, pragma); err != nil {
			return nil, errors.Join(err, c.Close())
		}
	}
	return c, nil
}

// readerPragmas set up a connection for reading. The database is not mapped
// into memory: a disk that fails would end the process, and each connection's
// mapping counts as memory of its own. What is read most is kept by centre.
var readerPragmas = []string{
	`PRAGMA query_only = 1`,
	`PRAGMA cache_size = -2048`,
}

func (s *Store) giveBack(c *sqlite.Conn) {
	s.mu.Lock()
	s.idle = append(s.idle, c)
	s.mu.Unlock()
}

// Figures implements store.Measured.
func (s *Store) Figures() *store.Figures { return s.figures }

// Close ends the store: commits that were handed over are still made, reads
// that run are waited for, and everything after it fails with ErrClosed.
func (s *Store) Close() error {
	s.closing.Do(func() {
		close(s.closed)
		for range cap(s.slots) {
			s.slots <- struct{}{} // and never given back
		}
		var errs []error
		for _, c := range s.idle {
			errs = append(errs, c.Close())
		}
		s.queue.Close()
		<-s.stopped // the last connection to close tidies up the files
		s.err = errors.Join(append(errs, s.err, s.lock.Close())...)
	})
	<-s.stopped
	return s.err
}
