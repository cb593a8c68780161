package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"

	"github.com/jackc/pgx/v5"
)

// The migrations, numbered as those of package embedded are and applied in
// order. A released one is never edited.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the database to the newest version, each step in a transaction
// of its own. The row of migrated records the number reached; whoever migrates
// holds it. It refuses a database that a newer program has migrated further.
func migrate(ctx context.Context, c *pgx.Conn, steps fs.FS) error {
	names, err := fs.Glob(steps, "migrations/*.sql")
	if err != nil {
		return err
	}
	for {
		// Two that begin together are told so by the catalogue.
		_, err := c.Exec(ctx, `CREATE TABLE IF NOT EXISTS migrated (id bigint PRIMARY KEY, version bigint NOT NULL)`)
		if c := code(err); c == uniqueViolation || c == duplicateObject || c == duplicateTable {
			continue
		}
		if err != nil {
			return err
		}
		break
	}
	if _, err := c.Exec(ctx, `INSERT INTO migrated (id, version) VALUES (1, 0) ON CONFLICT DO NOTHING`); err != nil {
		return err
	}
	newest, version := 0, 0
	for _, name := range names { // which Glob has sorted
		if newest, err = strconv.Atoi(path.Base(name)[:4]); err != nil {
			return fmt.Errorf("migration %s has no number: %w", name, err)
		}
		script, err := fs.ReadFile(steps, name)
		if err != nil {
			return err
		}
		if version, err = step(ctx, c, newest, string(script)); err != nil {
			return fmt.Errorf("migration %s: %w", name, err)
		}
	}
	if version > newest {
		return fmt.Errorf("the database is at version %d and this program knows versions up to %d: run a newer program", version, newest)
	}
	return nil
}

// What the catalogue says when somebody else is making the same thing.
const (
	uniqueViolation = "23505"
	duplicateObject = "42710"
	duplicateTable  = "42P07"
)

// step applies a migration, unless that has been done, and returns the version
// that the database is at.
func step(ctx context.Context, c *pgx.Conn, number int, script string) (version int, err error) {
	if err := c.QueryRow(ctx, `SELECT version FROM migrated WHERE id = 1`).Scan(&version); err != nil || version >= number {
		return version, err
	}
	err = pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT version FROM migrated WHERE id = 1 FOR UPDATE`).Scan(&version); err != nil || version >= number {
			return err
		}
		if version != number-1 {
			return errors.New("the one before it is missing")
		}
		if _, err := tx.Exec(ctx, script, pgx.QueryExecModeSimpleProtocol); err != nil {
			return err
		}
		version = number
		_, err := tx.Exec(ctx, `UPDATE migrated SET version = $1 WHERE id = 1`, number)
		return err
	})
	return version, err
}
