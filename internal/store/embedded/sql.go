package embedded

import (
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// row is a result row; it is valid until the function it is handed to returns.
type row = *sqlite.Stmt

// exec runs a statement that returns no rows.
func exec(c *sqlite.Conn, sql string, args ...any) error {
	return sqlitex.Execute(c, sql, &sqlitex.ExecOptions{Args: args})
}

// query hands each row of a statement's result to each.
func query(c *sqlite.Conn, sql string, args []any, each func(row) error) error {
	return sqlitex.Execute(c, sql, &sqlitex.ExecOptions{Args: args, ResultFunc: each})
}

// millis returns a time as it is stored: nil for the zero time.
func millis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// timeAt reads a time that millis stored.
func timeAt(r row, col int) time.Time {
	if r.ColumnIsNull(col) {
		return time.Time{}
	}
	return time.UnixMilli(r.ColumnInt64(col)).UTC()
}

// blob reads a blob into buf, which grows as needed.
func blob(r row, col int, buf []byte) []byte {
	n := r.ColumnLen(col)
	if cap(buf) < n {
		buf = make([]byte, n, 2*n)
	}
	buf = buf[:n]
	r.ColumnBytes(col, buf)
	return buf
}
