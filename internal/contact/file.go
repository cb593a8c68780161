package contact

import (
	"encoding/json"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/bellpull/bellpull/internal/fault"
)

// FileID names a file of a chat: its AttachmentId.
type FileID string

// FileState is how far a file has come.
type FileState string

// The states, in the order in which a file goes through them. The bytes of one
// that has arrived are safe; one that was sent is shown to the others, once it
// is approved.
const (
	Announced FileState = "announced"
	Arrived   FileState = "arrived"
	Scanning  FileState = "scanning"
	Approved  FileState = "approved"
	Refused   FileState = "rejected"
	Removed   FileState = "removed" // it was approved, and is no longer kept
)

// Status returns the state as the protocols spell it.
func (s FileState) Status() string {
	switch s {
	case Approved, Removed:
		return "APPROVED"
	case Refused:
		return "REJECTED"
	default:
		return "IN_PROGRESS"
	}
}

// File is a file that a participant sends, or is about to. Its bytes are in a
// blob store.
type File struct {
	ID    FileID
	By    ParticipantID
	Name  string
	Type  string // content type
	Size  int64
	State FileState
	// Until is when its upload must be complete; what is not is forgotten.
	Until time.Time
	Sent  time.Time
	// Contact is the contact in which it was shown.
	Contact ID
	// Scans counts how often the scanner was asked.
	Scans int
	// Begun and Completed are the idempotency keys of the requests that announced
	// it and that completed its upload, hashed.
	Begun, Completed uint64
	// Key is where its bytes are, once they have arrived, and Sum their SHA-256 in
	// hexadecimal digits. Each upload has a key of its own, so that a late one
	// changes nothing; Keys are those under which there may be bytes.
	Key  string
	Sum  string
	Keys []string
}

// Timers of files; Ref is the file.
const (
	UploadTimer TimerKind = "upload" // the upload must be complete
	ScanTimer   TimerKind = "scan"   // the scanner must have judged, or the bytes of what it did not judge go
	KeepTimer   TimerKind = "keep"   // the file is no longer kept
)

// How long an upload may take from when it is announced, how much later its
// remains are cleared away, and how often it may be begun.
const (
	UploadLimit  = 15 * time.Minute
	uploadMargin = time.Minute
	uploadTries  = 8
)

// FileRules are what an operator says of files.
type FileRules struct {
	MaxBytes int64
	PerChat  int
	// Types are the content types of each extension of names, which is in lower
	// case and has no full stop.
	Types map[string][]string
	// Keep is how long files are kept once they are approved; 0 is for ever.
	Keep time.Duration
}

// ContentTypes returns all content types that are taken, in order.
func (r *FileRules) ContentTypes() []string {
	var all []string
	for _, types := range r.Types {
		all = append(all, types...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (r *FileRules) check(f *File) error {
	extension := strings.ToLower(strings.TrimPrefix(path.Ext(f.Name), "."))
	types, known := r.Types[extension]
	switch {
	case !utf8.ValidString(f.Name) || strings.ContainsFunc(f.Name, unicode.IsControl):
		return fault.Newf(fault.Invalid, "AttachmentName: must have no control characters")
	case !known:
		return fault.Newf(fault.Invalid, "AttachmentName: files of the type %q are not accepted", extension)
	case !slices.Contains(types, strings.ToLower(f.Type)):
		return fault.Newf(fault.Invalid, "ContentType: must be %s for such a file", strings.Join(types, " or "))
	case f.Size > r.MaxBytes:
		return fault.Newf(fault.Quota, "a file may have at most %d bytes", r.MaxBytes)
	}
	return nil
}

// File returns the file with the given id, or nil.
func (c *Chat) File(id FileID) *File {
	for i := range c.Files {
		if c.Files[i].ID == id {
			return &c.Files[i]
		}
	}
	return nil
}

// Announce lets a participant upload a file, whose id, author, name, type, size
// and Begun are given. A repeat with the same token returns the first one.
func (d *Draft) Announce(f File, rules *FileRules) (File, error) {
	if _, err := d.speaker(f.By); err != nil {
		return File{}, err
	}
	for _, have := range d.Chat().Files {
		if have.By == f.By && have.Begun == f.Begun {
			return have, nil
		}
	}
	if err := rules.check(&f); err != nil {
		return File{}, err
	}
	if len(d.Chat().Files) >= rules.PerChat {
		return File{}, fault.Newf(fault.Quota, "a chat may have %d attachments", rules.PerChat)
	}
	f.State, f.Until = Announced, d.Now.Add(UploadLimit)
	c := d.edit()
	c.Files = append(c.Files, f)
	d.set(UploadTimer, string(f.ID), f.Until.Add(uploadMargin))
	return f, nil
}

// OpenUpload notes that bytes of a file are about to come to a key. Those of one
// that has arrived already do not: again is true.
func (d *Draft) OpenUpload(id FileID, key string) (f File, again bool, err error) {
	have := d.Chat().File(id)
	switch {
	case have == nil, d.Chat().Over(), !d.Now.Before(have.Until):
		return File{}, false, fault.Newf(fault.Denied, "the upload is not expected any more")
	case have.State != Announced:
		return *have, true, nil
	case len(have.Keys) >= uploadTries:
		return File{}, false, fault.Newf(fault.Conflict, "the upload was begun %d times", uploadTries)
	}
	have = d.edit().File(id)
	have.Keys = append(slices.Clone(have.Keys), key)
	return *have, false, nil
}

// Arrive notes that the bytes of a file are safe. Only the first upload counts.
func (d *Draft) Arrive(id FileID, key, sum string) error {
	have := d.Chat().File(id)
	if have == nil || have.State != Announced || !slices.Contains(have.Keys, key) {
		return fault.Newf(fault.Conflict, "another upload of the file was faster, or it is not expected any more")
	}
	f := d.edit().File(id)
	f.State, f.Key, f.Sum = Arrived, key, sum
	return nil
}

// Complete sends a file that has arrived: to everybody or, where files are
// scanned, to the scanner, which must judge within scan. A repeat with the same
// token changes nothing.
func (d *Draft) Complete(by ParticipantID, id FileID, token uint64, scan time.Duration, keep time.Duration) error {
	have := d.Chat().File(id)
	switch {
	case have == nil || have.By != by:
		return fault.Newf(fault.Denied, "no such attachment")
	case !have.Sent.IsZero() && have.Completed == token:
		return nil
	case !have.Sent.IsZero():
		return fault.Newf(fault.Conflict, "the upload is complete already")
	}
	p, err := d.speaker(by)
	if err != nil {
		return err
	}
	switch {
	case !d.Now.Before(have.Until):
		return fault.Newf(fault.Denied, "the upload has taken too long")
	case have.State != Arrived:
		return fault.Newf(fault.Conflict, "the file has not been uploaded")
	}
	d.heard(p)
	f := d.edit().File(id)
	f.Sent, f.Completed = d.Now, token
	if scan > 0 {
		f.State, f.Scans = Scanning, 1
		d.set(ScanTimer, string(id), d.Now.Add(scan))
		return nil
	}
	d.approve(f, keep)
	return nil
}

func (d *Draft) approve(f *File, keep time.Duration) {
	f.State = Approved
	if keep > 0 {
		d.set(KeepTimer, string(f.ID), d.Now.Add(keep))
	}
	if !d.Chat().Over() { // its end has shown it
		d.show(f, ToAll)
	}
}

// Judge is what the scanner says of a file. Those that are rejected only their
// author hears of.
func (d *Draft) Judge(id FileID, clean bool, keep time.Duration) {
	f := d.Chat().File(id)
	if f == nil || f.State != Scanning {
		return
	}
	f = d.edit().File(id)
	d.clear(ScanTimer, string(id))
	if clean {
		d.approve(f, keep)
		return
	}
	f.State = Refused
	if !d.Chat().Over() {
		d.show(f, ToAuthor)
	}
}

// Rescan lets a file that is not judged yet be scanned anew, for which there is
// time until due.
func (d *Draft) Rescan(id FileID, due time.Time) {
	if f := d.Chat().File(id); f != nil && f.State == Scanning {
		d.edit().File(id).Scans++
		d.set(ScanTimer, string(id), due)
	}
}

// GiveUp rejects a file that nobody has judged. Its bytes are there still: its
// timer fires for them.
func (d *Draft) GiveUp(id FileID) {
	d.Judge(id, false, 0)
	d.set(ScanTimer, string(id), d.Now)
}

// ClearUpload forgets what no longer counts of an upload whose time is over: the
// file, unless it was sent, and keys that are not its own.
func (d *Draft) ClearUpload(id FileID) {
	have := d.Chat().File(id)
	if have == nil {
		return
	}
	c := d.edit()
	if have.Sent.IsZero() {
		c.Files = slices.DeleteFunc(c.Files, func(f File) bool { return f.ID == id })
		return
	}
	c.File(id).Keys = nil
}

// Forget notes that the bytes of a file are no longer kept.
func (d *Draft) Forget(id FileID) {
	if f := d.Chat().File(id); f != nil && f.State == Approved {
		d.edit().File(id).State = Removed
	}
}

// Remains returns the keys under which there may be bytes that go when a timer of
// the file fires.
func (f *File) Remains(timer TimerKind) []string {
	var keys []string
	switch {
	case timer == KeepTimer, timer == ScanTimer && f.State == Refused:
		return []string{f.Key}
	case timer != UploadTimer:
		return nil
	}
	for _, k := range f.Keys {
		if f.Sent.IsZero() || k != f.Key {
			keys = append(keys, k)
		}
	}
	return keys
}

// Has reports whether a file was shown in the part of a chat that this one goes
// on from.
func (p *Past) Has(c *Chat, f *File) bool {
	return slices.ContainsFunc(c.Contacts[:min(p.Contacts, len(c.Contacts))], func(s Segment) bool { return s.ID == f.Contact })
}

// showScanning shows everybody the files that were sent and are not judged yet.
// It is for the end of a chat, after which nothing is shown.
func (d *Draft) showScanning() {
	files := d.edit().Files
	for i := range files {
		if files[i].State == Scanning {
			d.show(&files[i], ToAll)
		}
	}
}

// show adds a file, which is open for writing, to the transcript.
func (d *Draft) show(f *File, to Visibility) {
	text, _ := json.Marshal(Shown{f.ID, f.Name, f.Type, f.State}) // of plain texts
	it := d.by(d.Chat().Participant(f.By), Attachment, "", string(text))
	it.Visibility = to
	f.Contact = it.Contact
	d.add(it)
}

// Shown is what an item of kind Attachment says of its file. The item holds it
// as text.
type Shown struct {
	ID    FileID
	Name  string
	Type  string // content type
	State FileState
}

// Shown returns what the item says of a file; ok is false where it is of none.
func (it *Item) Shown() (s Shown, ok bool) {
	if it.Kind != Attachment {
		return s, false
	}
	return s, json.Unmarshal([]byte(it.Text), &s) == nil
}

// Shown returns what an item of the chat says of a file, in the state in which
// the file is now.
func (c *Chat) Shown(it *Item) (s Shown, ok bool) {
	s, ok = it.Shown()
	if f := c.File(s.ID); ok && f != nil {
		s.State = f.State
	}
	return s, ok
}
