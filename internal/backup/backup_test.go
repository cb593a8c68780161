package backup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/backup"
	"github.com/bellpull/bellpull/internal/blob"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/store/embedded"
)

var created = time.Date(2026, 3, 29, 9, 0, 0, 0, time.UTC)

// world is a store that is written to, with the transcript files beside it.
type world struct {
	t     *testing.T
	dir   string
	store *embedded.Store
	files *blob.File
	ids   *contact.IDs

	mu    sync.Mutex // guards acked
	acked map[string]bool
}

func newWorld(t *testing.T) *world {
	dir := t.TempDir()
	st, err := embedded.Open(t.Context(), embedded.Options{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return &world{t: t, dir: dir, store: st, files: blob.NewFile(filepath.Join(dir, "transcripts")), ids: contact.NewIDs(), acked: map[string]bool{}}
}

func (w *world) source() backup.Source {
	return backup.Source{
		Snapshot:    func(ctx context.Context, file string) error { return embedded.Snapshot(ctx, w.dir, file) },
		Transcripts: filepath.Join(w.dir, "transcripts"), Attachments: filepath.Join(w.dir, "attachments"),
	}
}

func target(dir string) backup.Target {
	return backup.Target{Database: embedded.File(dir), Transcripts: filepath.Join(dir, "transcripts"), Attachments: filepath.Join(dir, "attachments"), Check: embedded.Check}
}

// begin starts a chat.
func (w *world) begin(ctx context.Context, id contact.ID) (*contact.Chat, error) {
	done, err := w.store.Commit(ctx, &contact.Change{
		Was: &contact.Chat{ID: id}, Next: &contact.Chat{ID: id, Started: created, Contacts: []contact.Segment{{ID: id, Initiated: created}}},
	})
	if err != nil {
		return nil, err
	}
	return done[0].Chat, nil
}

// say adds a message to a chat, and a transcript file, of which the store knows
// afterwards.
func (w *world) say(ctx context.Context, c *contact.Chat, text string) (*contact.Chat, error) {
	ch := &contact.Change{Was: c, Items: []contact.Item{{Kind: contact.Message, Text: text, Contact: c.ID}}}
	ch.Stamp(created, w.ids)
	done, err := w.store.Commit(ctx, ch)
	if err != nil {
		return nil, err
	}
	key := fmt.Sprint(c.ID, "/", done[0].Chat.Seq)
	if err := w.files.Put(ctx, key, strings.NewReader(text)); err != nil {
		return nil, err
	}
	if err := w.store.PassOutbox(ctx, string(c.ID), done[0].Chat.Seq); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.acked[fmt.Sprint(key, " ", text)] = true
	return done[0].Chat, nil
}

// What was acknowledged before the backup is in it, and nothing is in it by half,
// however much goes on.
func TestBackupUnderLoad(t *testing.T) {
	const chats = 8
	w := newWorld(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var writers sync.WaitGroup
	for i := range chats {
		writers.Go(func() {
			c, err := w.begin(ctx, contact.ID(fmt.Sprint("chat-", i)))
			for n := 0; err == nil; n++ {
				time.Sleep(10 * time.Millisecond) // so that files do not come faster than they can be copied
				c, err = w.say(ctx, c, fmt.Sprint("text ", n))
			}
			if !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	}
	backups := t.TempDir()
	var before []map[string]bool
	const times = 3
	for n := range times {
		time.Sleep(50 * time.Millisecond)
		w.mu.Lock()
		before = append(before, maps.Clone(w.acked))
		w.mu.Unlock()
		if _, err := backup.Create(t.Context(), filepath.Join(backups, fmt.Sprint(n)), w.source(), created, "test"); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	writers.Wait()
	for n := range times {
		dir := t.TempDir()
		info, err := backup.Restore(t.Context(), filepath.Join(backups, fmt.Sprint(n)), target(dir))
		if err != nil {
			t.Fatal(err)
		}
		if !info.Created.Equal(created) || info.Program != "test" || info.Files < 2 {
			t.Errorf("the backup says %+v", info)
		}
		checkRestored(t, dir, before[n], chats)
	}
	if len(before[times-1]) == 0 {
		t.Error("nothing was said before the last backup")
	}
}

// checkRestored checks that what was acknowledged is there, and that transcripts
// have no gap and no missing file.
func checkRestored(t *testing.T, dir string, acked map[string]bool, chats int) {
	t.Helper()
	st, err := embedded.Open(t.Context(), embedded.Options{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	files := blob.NewFile(filepath.Join(dir, "transcripts"))
	have := map[string]bool{}
	for i := range chats {
		id := contact.ID(fmt.Sprint("chat-", i))
		chat, err := st.Chat(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		items, err := st.Items(t.Context(), chat.Number, 1, 1<<20, false)
		if err != nil {
			t.Fatal(err)
		}
		for n, it := range items {
			if it.Seq != int64(n+1) || it.Text != fmt.Sprint("text ", n) {
				t.Fatalf("item %d of %s is number %d, %q", n+1, id, it.Seq, it.Text)
			}
			have[fmt.Sprint(id, "/", it.Seq, " ", it.Text)] = true
		}
		written, err := st.OutboxPosition(t.Context(), string(id))
		if err != nil || written > chat.Seq {
			t.Errorf("%s: files are written up to %d of %d items, %v", id, written, chat.Seq, err)
		}
		for seq := int64(1); seq <= written; seq++ {
			r, err := files.Get(t.Context(), fmt.Sprint(id, "/", seq))
			if err != nil {
				t.Errorf("the database says that it is written: %v", err)
				continue
			}
			if b, err := io.ReadAll(r); err != nil || string(b) != fmt.Sprint("text ", seq-1) {
				t.Errorf("file %d of %s holds %q, %v", seq, id, b, err)
			}
			r.Close()
		}
	}
	for a := range acked {
		if !have[a] {
			t.Errorf("%s was acknowledged before the backup and is not in it", a)
		}
	}
}

// tree returns what all files below a directory hold.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	if err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		all[strings.TrimPrefix(name, dir)] = string(b)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// small returns a backup of one chat with two transcript files and an attachment.
func small(t *testing.T) string {
	t.Helper()
	w := newWorld(t)
	c, err := w.begin(t.Context(), "c-1")
	for range 2 {
		if err == nil {
			c, err = w.say(t.Context(), c, strings.Repeat("text", 2000))
		}
	}
	if err == nil {
		err = blob.NewFile(filepath.Join(w.dir, "attachments")).Put(t.Context(), "c-1/f-1", strings.NewReader("picture"))
	}
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "backup")
	if _, err := backup.Create(t.Context(), dir, w.source(), created, "test"); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestDamagedBackupIsRefused(t *testing.T) {
	for _, test := range []struct {
		name, file string
		damage     func(b []byte) []byte // nil removes the file
	}{
		{"a bit of the database", "bellpull.db", func(b []byte) []byte { b[len(b)/2] ^= 1; return b }},
		{"the end of the database", "bellpull.db", func(b []byte) []byte { return b[:len(b)-4096] }},
		{"the database", "bellpull.db", nil},
		{"a bit of a transcript", "transcripts/c-1/2", func(b []byte) []byte { b[5] ^= 1; return b }},
		{"a transcript", "transcripts/c-1/1", nil},
		{"a bit of an attachment", "attachments/c-1/f-1", func(b []byte) []byte { b[5] ^= 1; return b }},
		{"an attachment", "attachments/c-1/f-1", nil},
		{"the sums", "SHA256SUMS", nil},
		{"the last sum", "SHA256SUMS", func(b []byte) []byte { return b[:bytes.LastIndexByte(b[:len(b)-1], '\n')+1] }},
		{"the information", "backup.json", nil},
		{"the format", "backup.json", func(b []byte) []byte { return bytes.Replace(b, []byte(`"format": 1`), []byte(`"format": 2`), 1) }},
		{"a name that leads elsewhere", "SHA256SUMS", func(b []byte) []byte {
			return bytes.Replace(b, []byte("transcripts/c-1/1"), []byte("transcripts/../../1"), 1)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := small(t)
			file := filepath.Join(dir, filepath.FromSlash(test.file))
			b, err := os.ReadFile(file)
			if err == nil && test.damage == nil {
				err = os.Remove(file)
			} else if err == nil {
				err = os.WriteFile(file, test.damage(b), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			to := t.TempDir()
			if _, err := backup.Restore(t.Context(), dir, target(to)); err == nil {
				t.Error("it was restored")
			}
			if left := tree(t, to); len(left) > 0 {
				t.Errorf("%d files are there", len(left))
			}
		})
	}
}

func TestFilesAreRestored(t *testing.T) {
	dir, to := small(t), t.TempDir()
	if _, err := backup.Restore(t.Context(), dir, target(to)); err != nil {
		t.Fatal(err)
	}
	want, got := tree(t, dir), tree(t, to)
	for _, name := range []string{"/transcripts/c-1/1", "/transcripts/c-1/2", "/attachments/c-1/f-1"} {
		if want[name] == "" || got[name] != want[name] {
			t.Errorf("%s is %q, want %q", name, got[name], want[name])
		}
	}
	nowhere := target(t.TempDir())
	nowhere.Attachments = ""
	if _, err := backup.Restore(t.Context(), dir, nowhere); fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "attachments") {
		t.Errorf("with no directory for attachments: error %v", err)
	}
}

func TestNothingIsWrittenOver(t *testing.T) {
	dir := small(t)
	for _, there := range []string{"bellpull.db", "bellpull.db-wal", "transcripts/c-9/1", "attachments/c-9/f-9"} {
		to := t.TempDir()
		file := filepath.Join(to, filepath.FromSlash(there))
		err := os.MkdirAll(filepath.Dir(file), 0o700)
		if err == nil {
			err = os.WriteFile(file, []byte("mine"), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		before := tree(t, to)
		if _, err := backup.Restore(t.Context(), dir, target(to)); fault.KindOf(err) != fault.Conflict {
			t.Errorf("restore where %s is: error %v, want one of kind Conflict", there, err)
		}
		if diff := cmp.Diff(before, tree(t, to)); diff != "" {
			t.Errorf("the restore changed (-before +after):\n%s", diff)
		}
	}
	w := newWorld(t)
	before := tree(t, dir)
	if _, err := backup.Create(t.Context(), dir, w.source(), created, "test"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("backup over another: error %v, want one of kind Conflict", err)
	}
	if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
		t.Errorf("the backup changed another (-before +after):\n%s", diff)
	}
}

func TestNothingIsLeftOfABackupThatFails(t *testing.T) {
	w := newWorld(t)
	dir := t.TempDir()
	src := w.source()
	cause := errors.New("the disk is full")
	src.Snapshot = func(context.Context, string) error { return cause }
	if _, err := backup.Create(t.Context(), filepath.Join(dir, "b"), src, created, "test"); !errors.Is(err, cause) {
		t.Errorf("error %v, want %v", err, cause)
	}
	if left := tree(t, dir); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}
