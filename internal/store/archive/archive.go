// Package archive writes all that a store keeps as one text, and reads it into
// another store, of whichever driver.
//
// The text has a JSON object a line. The first has the member header, the last
// the member end, and each between them one row of store.Row, in its order. What
// the stores keep as documents (directories, chats, agents) is as they keep it;
// the rest is in format.go. A program reads what older ones have written, and
// refuses what newer ones have.
package archive

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/store"
)

// Format is the version of the format that this program writes, and the newest
// that it reads.
const Format = 1

// Write writes what a store keeps, as of one moment, and returns the number of
// rows. Created says when that is.
func Write(ctx context.Context, st store.Store, w io.Writer, created time.Time) (rows int64, err error) {
	buf := bufio.NewWriterSize(w, 1<<16)
	out := json.NewEncoder(buf)
	out.SetEscapeHTML(false)
	if err := out.Encode(line{Header: &header{Format: Format, Created: created.UTC()}}); err != nil {
		return 0, err
	}
	if err := st.Export(ctx, func(r *store.Row) error {
		rows++
		return out.Encode(lineOf(r))
	}); err != nil {
		return rows, err
	}
	if err := out.Encode(line{End: &end{Rows: rows}}); err != nil {
		return rows, err
	}
	return rows, buf.Flush()
}

// Read hands the rows of a text to each and returns their number. A text that is
// damaged, cut short or of a newer program is a fault of kind Invalid.
func Read(ctx context.Context, r io.Reader, each func(*store.Row) error) (rows int64, err error) {
	in := json.NewDecoder(bufio.NewReaderSize(r, 1<<16))
	for first := true; ; first = false {
		if err := ctx.Err(); err != nil {
			return rows, err
		}
		var l line
		if err := in.Decode(&l); err != nil {
			return rows, fault.Newf(fault.Invalid, "the export cannot be read after %d rows: %v", rows, err)
		}
		switch {
		case first != (l.Header != nil):
			return rows, fault.Newf(fault.Invalid, "this is no export of Bellpull")
		case first && l.Header.Format > Format:
			return rows, fault.Newf(fault.Invalid, "the export has format %d and this program knows %d: run a newer program", l.Header.Format, Format)
		case first:
			continue
		case l.End != nil:
			return rows, ends(in, rows, l.End)
		}
		row, err := l.row()
		if err == nil {
			err = each(row)
		}
		if err != nil {
			return rows, fmt.Errorf("row %d: %w", rows+1, err)
		}
		rows++
	}
}

// ends checks that a text ends where it says.
func ends(in *json.Decoder, rows int64, e *end) error {
	if rows != e.Rows {
		return fault.Newf(fault.Invalid, "the export should have %d rows and has %d", e.Rows, rows)
	}
	if in.Decode(new(line)) != io.EOF {
		return fault.Newf(fault.Invalid, "the export goes on after its end")
	}
	return nil
}
