package embedded

import (
	"os"
	osexec "os/exec"
	"path/filepath"
	"testing"
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/bellpull/bellpull/internal/contact"
)

// outsideEnv tells a test binary to open the database named there, as a tool
// from outside does, to read it and to close it.
const outsideEnv = "BELLPULL_TEST_OUTSIDE"

func openFromOutside(file string) error {
	c, err := sqlite.OpenConn(file, sqlite.OpenReadWrite)
	if err != nil {
		return err
	}
	if err := query(c, `SELECT count(*) FROM chats`, nil, func(row) error { return nil }); err != nil {
		return err
	}
	return c.Close()
}

// A tool that closes the database must not take itself for the last one who has
// it open: it would remove the write-ahead log under us, and with it all that is
// committed from then on.
func TestToolsFromOutsideLeaveTheLogAlone(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), Options{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := sayOnce(t.Context(), s, "c-1", "before", true); err != nil { // which reads, too
		t.Fatal(err)
	}
	log := filepath.Join(dir, "bellpull.db-wal")
	before, err := os.Stat(log)
	if err != nil {
		t.Fatal(err)
	}
	cmd := osexec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), outsideEnv+"="+filepath.Join(dir, "bellpull.db"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("the tool failed: %v\n%s", err, out)
	}
	after, err := os.Stat(log)
	if err != nil || !os.SameFile(before, after) {
		t.Fatalf("the write-ahead log was removed: %v", err)
	}
}

func TestSnapshot(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), Options{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := sayOnce(t.Context(), s, "c-1", "before", true); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "copy.db")
	if err := Snapshot(t.Context(), dir, file); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy is %v, %v; want it to be its owner's alone", info, err)
	}
	if err := Snapshot(t.Context(), dir, file); err == nil {
		t.Error("a file that is there was written over")
	}
	if err := sayOnce(t.Context(), s, "c-1", "after", false); err != nil {
		t.Fatal(err)
	}
	if err := Check(t.Context(), file); err != nil {
		t.Errorf("the copy is damaged: %v", err)
	}
	texts := func(path string) (texts []string) {
		t.Helper()
		c, err := Open(t.Context(), Options{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		chat, err := c.Chat(t.Context(), "c-1")
		if err != nil {
			t.Fatal(err)
		}
		items, err := c.Items(t.Context(), chat.Number, 1, 100, false)
		if err != nil {
			t.Fatal(err)
		}
		for i := range items {
			texts = append(texts, items[i].Text)
		}
		return texts
	}
	if got := texts(file); len(got) != 1 || got[0] != "before" {
		t.Errorf("the copy has %q, want what was there before it", got)
	}
	if err := Snapshot(t.Context(), t.TempDir(), filepath.Join(t.TempDir(), "none.db")); err == nil {
		t.Error("a copy was made of nothing")
	}
}

func TestCheckFindsDamage(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), Options{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		if err := sayOnce(t.Context(), s, contact.ID(string(rune('a'+i%26))), time.Duration(i).String(), i < 26); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "bellpull.db")
	if err := Check(t.Context(), file); err != nil {
		t.Fatalf("a good database: %v", err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(b) / 2; i < len(b)/2+16384 && i < len(b); i++ {
		b[i] ^= 0x5a
	}
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Check(t.Context(), file); err == nil {
		t.Error("a damaged database passes")
	}
}
