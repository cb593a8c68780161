package centre

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/bellpull/bellpull/internal/blob"
	"github.com/bellpull/bellpull/internal/callout"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
)

// Files is how files that people send are kept and judged.
type Files struct {
	Blobs blob.Store
	Rules contact.FileRules
	// Scanner judges files before others see them; nil: all are good.
	Scanner Scanner
}

// Scanner judges files.
type Scanner interface {
	Scan(context.Context, callout.ScanRequest) (good bool, err error)
	// Timeout is how long that may take.
	Timeout() time.Duration
}

// A file that could not be judged is scanned anew when its time is over, and
// given up after a day.
const (
	scanMargin = 15 * time.Second // beside the scanner's own time, for those that wait for their turn
	scanGiveUp = 24 * time.Hour
)

// errNoFiles is what everybody is told where no files are kept. It is not a
// refusal of the participant, which clients take for the end of the chat.
var errNoFiles = fault.Newf(fault.Invalid, "attachments are not enabled on this server")

// errNoPlace says that bytes cannot be removed, since nobody says where they are.
var errNoPlace = errors.New("attachments are off, and where the file was kept before is not known: see docs/operating.md")

// scanTime is how long judging a file may take; 0 where nobody judges.
func (f *Files) scanTime() time.Duration {
	if f.Scanner == nil {
		return 0
	}
	return f.Scanner.Timeout() + scanMargin
}

// FileLimits tells what clients must know before they offer to send a file: how
// large it may be, in bytes, of which content types, and whether any may be sent.
func (c *Centre) FileLimits() (maxBytes int64, types []string, enabled bool) {
	if !c.TakesFiles() {
		return 0, []string{}, false
	}
	return c.Files.Rules.MaxBytes, c.Files.Rules.ContentTypes(), true
}

// TakesFiles reports whether people may send files.
func (c *Centre) TakesFiles() bool { return c.Files != nil && len(c.Files.Rules.Types) > 0 }

// AnnounceFile lets a participant upload a file of a name, type and size. A repeat
// with the same client token returns the same file.
func (c *Centre) AnnounceFile(ctx context.Context, chat contact.ID, f contact.File, clientToken string) (contact.File, error) {
	if c.Files == nil {
		return contact.File{}, errNoFiles
	}
	f.ID = contact.FileID(c.IDs.New())
	f.Begun = hashToken(clientToken, "file", string(f.By))
	var out contact.File
	_, err := c.change(ctx, chat, 0, func(d *contact.Draft) error {
		err := c.arrive(ctx, d, f.By)
		if err == nil {
			out, err = d.Announce(f, &c.Files.Rules)
		}
		return err
	})
	return out, err
}

// Upload keeps the bytes of a file that was announced, which content must have
// exactly. They are durable when it returns. Once they are, content is only
// compared with them: whoever did not hear of the success may try again.
func (c *Centre) Upload(ctx context.Context, chat contact.ID, id contact.FileID, content io.Reader) error {
	if c.Files == nil {
		return errNoFiles
	}
	var f contact.File
	var again bool
	key := ""
	_, err := c.change(ctx, chat, 0, func(d *contact.Draft) (err error) {
		if key == "" {
			key = fileKey(d.Chat(), id, c.IDs.New())
		}
		f, again, err = d.OpenUpload(id, key)
		return err
	})
	if err != nil {
		return err
	}
	sum := sha256.New()
	content = io.TeeReader(content, sum)
	if again {
		if _, err := io.Copy(io.Discard, content); err != nil {
			return err
		}
		if hex.EncodeToString(sum.Sum(nil)) != f.Sum {
			return fault.Newf(fault.Conflict, "another file has been uploaded already")
		}
		return nil
	}
	if err := c.Files.Blobs.Put(ctx, key, content); err != nil {
		return err
	}
	_, err = c.change(context.WithoutCancel(ctx), chat, 0, func(d *contact.Draft) error {
		return d.Arrive(id, key, hex.EncodeToString(sum.Sum(nil)))
	})
	if fault.KindOf(err) == fault.Conflict {
		err = errors.Join(err, c.Files.Blobs.Delete(context.WithoutCancel(ctx), key))
	}
	return err
}

// fileKey returns where the bytes of one upload are kept.
func fileKey(chat *contact.Chat, id contact.FileID, upload string) string {
	return strings.Join([]string{string(chat.Instance), chat.Started.UTC().Format("2006/01/02"), string(chat.ID), string(id) + "_" + upload}, "/")
}

// CompleteFile sends a file whose bytes have arrived. A repeat with the same
// client token does nothing.
func (c *Centre) CompleteFile(ctx context.Context, chat contact.ID, by contact.ParticipantID, id contact.FileID, clientToken string) error {
	if c.Files == nil {
		return errNoFiles
	}
	token := hashToken(clientToken, "complete", string(by))
	_, err := c.change(ctx, chat, 0, func(d *contact.Draft) error {
		return d.Complete(by, id, token, c.Files.scanTime(), c.Files.Rules.Keep)
	})
	return err
}

var errNoFile = fault.Newf(fault.Denied, "no such attachment")

// ready returns the error of a file that cannot be got.
func ready(f *contact.File) error {
	switch {
	case f == nil:
		return errNoFile
	case f.State != contact.Approved:
		return fault.Newf(fault.Invalid, "the attachment is %s", describe(f.State))
	}
	return nil
}

// File returns a file that a participant may read, of the chat or of a past one
// that it goes on from, and the chat that has it.
func (c *Centre) File(ctx context.Context, chat contact.ID, reader contact.ParticipantID, id contact.FileID) (*contact.Chat, *contact.File, error) {
	if c.Files == nil {
		return nil, nil, errNoFiles
	}
	ct, err := c.checked(ctx, chat, func(ct *contact.Chat) error {
		if err := ct.MayConnect(reader); err != nil {
			return err
		}
		if ct.Participant(reader).Role == contact.CustomBot {
			return fault.Newf(fault.Denied, "bots get no attachments")
		}
		return ready(ct.File(id))
	})
	if errors.Is(err, errNoFile) {
		return c.pastFile(ctx, ct, id)
	}
	if err != nil {
		return nil, nil, err
	}
	return ct, ct.File(id), nil
}

// pastFile is File for the past chats that a chat goes on from.
func (c *Centre) pastFile(ctx context.Context, ct *contact.Chat, id contact.FileID) (*contact.Chat, *contact.File, error) {
	for i := range ct.Past {
		old, err := c.Chat(ctx, ct.Past[i].Chat)
		if err != nil {
			return nil, nil, err
		}
		if f := old.File(id); f != nil && ct.Past[i].Has(old, f) {
			return old, f, ready(f)
		}
	}
	return nil, nil, errNoFile
}

func describe(s contact.FileState) string {
	switch s {
	case contact.Announced, contact.Arrived:
		return "not complete"
	case contact.Scanning:
		return "being checked"
	case contact.Refused:
		return "rejected"
	default:
		return "no longer kept"
	}
}

// UploadOf returns what was announced of a file that is about to be uploaded.
func (c *Centre) UploadOf(ctx context.Context, chat contact.ID, id contact.FileID) (contact.File, error) {
	if c.Files == nil {
		return contact.File{}, errNoFiles
	}
	ct, err := c.checked(ctx, chat, func(ct *contact.Chat) error {
		if ct.File(id) == nil {
			return fault.Newf(fault.Denied, "the upload is not expected any more")
		}
		return nil
	})
	if err != nil {
		return contact.File{}, err
	}
	return *ct.File(id), nil
}

// OpenFile returns a file and its bytes, which the caller closes. Whether somebody
// may have them is not its question.
func (c *Centre) OpenFile(ctx context.Context, chat contact.ID, id contact.FileID) (contact.File, io.ReadCloser, error) {
	if c.Files == nil {
		return contact.File{}, nil, errNoFiles
	}
	ct, err := c.checked(ctx, chat, func(ct *contact.Chat) error { return ready(ct.File(id)) })
	if err != nil {
		return contact.File{}, nil, err
	}
	f := *ct.File(id)
	content, err := c.Files.Blobs.Get(ctx, f.Key)
	if fault.KindOf(err) == fault.NotFound {
		return f, nil, fmt.Errorf("the bytes of attachment %s are not where this server keeps files, as %s", id, f.Key)
	}
	return f, content, err
}

// startScans has the files judged that a change gave to the scanner, or gave it
// anew.
func (c *Centre) startScans(was, now *contact.Chat) {
	for i := range now.Files {
		f := now.Files[i]
		if before := was.File(f.ID); f.State == contact.Scanning && (before == nil || before.State != f.State || before.Scans != f.Scans) {
			c.background(func(ctx context.Context) {
				c.trouble(ctx, "have a file scanned", c.scan(ctx, now.ID, &f))
			})
		}
	}
}

// scan has a file judged. After an error its timer has that done again.
func (c *Centre) scan(ctx context.Context, chat contact.ID, f *contact.File) error {
	if c.Files == nil {
		return errNoFiles
	}
	good, err := c.judge(ctx, f)
	if err != nil {
		return fmt.Errorf("attachment %s: %w", f.ID, err)
	}
	return c.settle(ctx, chat, f, good)
}

func (c *Centre) judge(ctx context.Context, f *contact.File) (good bool, err error) {
	if c.Files.Scanner == nil { // the settings have changed
		return true, nil
	}
	content, err := c.Files.Blobs.Get(ctx, f.Key)
	if fault.KindOf(err) == fault.NotFound {
		return false, nil // it was judged before, and the process died before that was noted
	}
	if err != nil {
		return false, err
	}
	defer content.Close()
	return c.Files.Scanner.Scan(ctx, callout.ScanRequest{ID: string(f.ID), Name: f.Name, ContentType: f.Type, Size: f.Size, Content: content})
}

// settle notes what a file was found to be. The bytes of a bad one go first.
func (c *Centre) settle(ctx context.Context, chat contact.ID, f *contact.File, good bool) error {
	if !good {
		c.Log.WarnContext(ctx, "a file was rejected", "contact", chat, "attachment", f.ID)
		if err := c.Files.Blobs.Delete(ctx, f.Key); err != nil {
			return err
		}
	}
	_, err := c.change(ctx, chat, 0, func(d *contact.Draft) error {
		d.Judge(f.ID, good, c.Files.Rules.Keep)
		return nil
	})
	return err
}

// scanLate sees to a file that should long have been judged: it is scanned once
// more, and given up after a day, or where files are no longer kept.
func (c *Centre) scanLate(d *contact.Draft, id contact.FileID) {
	f := d.Chat().File(id)
	if f == nil || f.State != contact.Scanning {
		return
	}
	if c.Files == nil || d.Now.Sub(f.Sent) > scanGiveUp {
		d.GiveUp(id)
		return
	}
	d.Rescan(id, d.Now.Add(max(c.Files.scanTime(), scanMargin)))
}

// removeBytes removes what is due to go when a timer of a file fires.
func (c *Centre) removeBytes(ctx context.Context, t contact.Timer) error {
	chat, err := c.Store.Chat(ctx, t.Chat)
	if err != nil {
		return err
	}
	f := chat.File(contact.FileID(t.Ref))
	if f == nil {
		return nil
	}
	blobs := c.FormerFiles
	if c.Files != nil {
		blobs = c.Files.Blobs
	}
	for _, key := range f.Remains(t.Kind) {
		if blobs == nil {
			return errNoPlace
		}
		if err := blobs.Delete(ctx, key); err != nil {
			return err
		}
	}
	return nil
}
