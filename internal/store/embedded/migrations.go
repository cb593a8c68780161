package embedded

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strconv"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// The migrations, numbered from 1 by the first four digits of their names and
// applied in order. A released one is never edited.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the database to the newest version, each step in a
// transaction of its own. SQLite's user_version records the number reached.
// It refuses a database that a newer program has migrated further.
func migrate(c *sqlite.Conn, steps fs.FS) error {
	names, err := fs.Glob(steps, "migrations/*.sql")
	if err != nil {
		return err
	}
	var version int
	if err := query(c, `PRAGMA user_version`, nil, func(r row) error {
		version = r.ColumnInt(0)
		return nil
	}); err != nil {
		return err
	}
	newest := 0
	for _, name := range names { // which Glob has sorted
		if newest, err = strconv.Atoi(path.Base(name)[:4]); err != nil {
			return fmt.Errorf("migration %s has no number: %w", name, err)
		}
		if newest <= version {
			continue
		}
		script, err := fs.ReadFile(steps, name)
		if err != nil {
			return err
		}
		if err := step(c, newest, string(script)); err != nil {
			return fmt.Errorf("migration %s: %w", name, err)
		}
	}
	if version > newest {
		return fmt.Errorf("the database is at version %d and this program knows versions up to %d: run a newer program", version, newest)
	}
	return nil
}

func step(c *sqlite.Conn, number int, script string) (err error) {
	end, err := sqlitex.ImmediateTransaction(c)
	if err != nil {
		return err
	}
	defer end(&err)
	if err := sqlitex.ExecuteScript(c, script, nil); err != nil {
		return err
	}
	return sqlitex.ExecuteTransient(c, fmt.Sprintf(`PRAGMA user_version = %d`, number), nil)
}
