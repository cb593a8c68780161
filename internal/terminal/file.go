package terminal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"os"
	"path/filepath"
	"strings"

	"github.com/bellpull/bellpull/chat"
)

// largestFile bounds what is read into memory to be sent; a server takes less.
const largestFile = 100 << 20

// fileCommand returns what /send and /save do, or nil where line is neither.
func (t *talk) fileCommand(line string) func(context.Context) {
	name, file, _ := strings.Cut(line, " ")
	file = strings.TrimSpace(file)
	last := t.file
	var act func(context.Context) error
	switch name {
	case "/send":
		act = func(ctx context.Context) error { return t.sendFile(ctx, file) }
	case "/save":
		act = func(ctx context.Context) error { return t.saveFile(ctx, last, file) }
	default:
		return nil
	}
	return func(ctx context.Context) {
		if err := act(ctx); err != nil && ctx.Err() == nil {
			t.console.Printf("%s%s: %v", t.label, name, err)
		}
	}
}

func (t *talk) sendFile(ctx context.Context, file string) error {
	if file == "" {
		return errors.New("name a file")
	}
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	if info.Size() > largestFile {
		return fmt.Errorf("%s is larger than %d bytes", file, largestFile)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	contentType, _, _ := strings.Cut(mime.TypeByExtension(filepath.Ext(file)), ";")
	_, err = t.session.SendAttachment(ctx, chat.File{
		Name: filepath.Base(file), ContentType: cmp.Or(contentType, "application/octet-stream"), Data: data,
	})
	return err
}

// localName returns where a file is saved whose name is somebody else's word: it
// leads nowhere but here.
func localName(name string) string {
	name = strings.TrimLeft(filepath.Base(clean(name)), ".")
	if name == string(filepath.Separator) {
		name = ""
	}
	return cmp.Or(name, "attachment")
}

// saveFile writes an attachment to a file that is not there yet.
func (t *talk) saveFile(ctx context.Context, a chat.Attachment, file string) (err error) {
	if a.AttachmentID == "" {
		return errors.New("nobody has sent a file")
	}
	file = cmp.Or(file, localName(a.AttachmentName))
	d, err := t.session.DownloadAttachment(ctx, a.AttachmentID)
	if err != nil {
		return err
	}
	defer d.Close()
	out, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	n, err := io.Copy(out, d)
	if err = errors.Join(err, out.Close()); err != nil {
		return errors.Join(err, os.Remove(file))
	}
	t.console.Printf("%ssaved %s, %d bytes", t.label, file, n)
	return nil
}

// attachment says that somebody has sent a file.
func (t *talk) attachment(it chat.Item, a chat.Attachment) {
	text := t.who(it) + " sent the file " + a.AttachmentName
	switch a.Status {
	case "APPROVED":
		t.file = a
		if !t.own(it) {
			text += "; /save keeps it"
		}
	case "REJECTED":
		text += ", which was rejected"
	default:
		text += ", which is being checked"
	}
	t.line(it, text)
}
