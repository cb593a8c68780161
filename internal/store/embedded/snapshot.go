package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"

	"zombiezen.com/go/sqlite"
)

// Snapshot writes the database at path (see Options.Path), as of one moment, to
// file, which must not be there. A Store may have the database open and go on
// meanwhile, in this process or another one; its write-ahead log grows until the
// snapshot is done. File is on the disk when Snapshot returns.
func Snapshot(ctx context.Context, path, file string) error {
	src := File(path)
	if err := snapshot(ctx, src, file); err != nil {
		return fmt.Errorf("copy the database %s: %w", src, err)
	}
	return nil
}

func snapshot(ctx context.Context, src, file string) (err error) {
	out, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, out.Close())
		if err != nil {
			_ = os.Remove(file) // it is not whole
		}
	}()
	// SQLite takes an empty file as one that is not there.
	if err := inReadOnly(ctx, src, func(c *sqlite.Conn) error { return exec(c, `VACUUM INTO ?`, file) }); err != nil {
		return err
	}
	return out.Sync()
}

// Check reads all of a database file and reports what is damaged. Nobody has it
// open.
func Check(ctx context.Context, file string) error {
	var found error
	err := inReadOnly(ctx, file, func(c *sqlite.Conn) error {
		return query(c, `PRAGMA integrity_check(10)`, nil, func(r row) error {
			if s := r.ColumnText(0); s != "ok" {
				found = errors.Join(found, errors.New(s))
			}
			return nil
		})
	})
	if err = errors.Join(err, found); err != nil {
		return fmt.Errorf("the database %s is damaged: %w", file, err)
	}
	return nil
}

// inReadOnly calls do with a connection that can only read: it leaves the
// write-ahead log to those who write.
func inReadOnly(ctx context.Context, file string, do func(*sqlite.Conn) error) (err error) {
	c, err := openConn(file, sqlite.OpenReadOnly)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	c.SetInterrupt(ctx.Done())
	return do(c)
}
