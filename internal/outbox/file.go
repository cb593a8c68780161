package outbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/bellpull/bellpull/internal/blob"
	"github.com/bellpull/bellpull/internal/contact"
)

// File is a sink that appends a line of JSON for each event and record. The
// file is opened anew for each batch, so that it can be moved away at any time.
type File struct{ name string }

// NewFile returns the sink of a file, which is made with the first line.
func NewFile(name string) *File { return &File{name} }

// Name implements Sink. Another file is another receiver.
func (f *File) Name() string { return "file:" + f.name }

// Wants implements Sink.
func (f *File) Wants(kind contact.OutgoingKind) bool { return kind != contact.TranscriptFile }

// Limits implements Sink.
func (f *File) Limits() Limits { return Limits{Batch: 256, Lanes: 1} }

// Deliver implements Sink. The lines are on the disk when it returns. A line
// that an earlier attempt left half is ended first.
func (f *File) Deliver(_ context.Context, batch []contact.Outgoing) (err error) {
	file, err := os.OpenFile(f.name, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	var lines bytes.Buffer
	if last := make([]byte, 1); info.Mode().IsRegular() && info.Size() > 0 {
		if _, err := file.ReadAt(last, info.Size()-1); err != nil {
			return err
		}
		if last[0] != '\n' {
			lines.WriteByte('\n')
		}
	}
	for i := range batch {
		fmt.Fprintf(&lines, `{"kind":%q,"id":%q,"body":%s}`+"\n", batch[i].Kind, batch[i].ID, batch[i].Body)
	}
	if _, err := file.Write(lines.Bytes()); err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return nil // a pipe, or a device
	}
	if err := file.Sync(); err != nil || info.Size() > 0 {
		return err
	}
	return blob.SyncDir(filepath.Dir(f.name))
}
