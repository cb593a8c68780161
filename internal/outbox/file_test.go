package outbox_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/outbox"
)

func rows(ids ...string) (all []contact.Outgoing) {
	for _, id := range ids {
		all = append(all, contact.Outgoing{Kind: contact.ContactEvent, ID: id, Body: []byte(`{"text":"` + id + `"}`)})
	}
	return all
}

// lines returns the ids of the lines that are whole.
func lines(t *testing.T, name string) (ids []string) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		var l struct {
			Kind, ID string
			Body     struct{ Text string }
		}
		if json.Unmarshal([]byte(line), &l) != nil {
			ids = append(ids, "damaged")
			continue
		}
		if l.Kind != "contact-event" || l.Body.Text != l.ID {
			t.Errorf("the line is %s", line)
		}
		ids = append(ids, l.ID)
	}
	return ids
}

func TestFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "events.jsonl")
	deliver := func(ids ...string) {
		t.Helper()
		if err := outbox.NewFile(name).Deliver(t.Context(), rows(ids...)); err != nil {
			t.Fatal(err)
		}
	}
	check := func(what string, want ...string) {
		t.Helper()
		if got := lines(t, name); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	deliver("1", "2")
	deliver("3")
	check("what was appended", "1", "2", "3")

	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, b[:len(b)-5], 0o600); err != nil { // a crash in the middle of a line
		t.Fatal(err)
	}
	deliver("3", "4")
	check("after half a line", "1", "2", "damaged", "3", "4")

	if err := os.Rename(name, name+".1"); err != nil {
		t.Fatal(err)
	}
	deliver("5")
	check("after the file was moved away", "5")
	if info, err := os.Stat(name); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others can read the file: %v, %v", info.Mode(), err)
	}
}

func TestFileThatCannotBeWritten(t *testing.T) {
	f := outbox.NewFile(filepath.Join(t.TempDir(), "missing", "events.jsonl"))
	if err := f.Deliver(t.Context(), rows("1")); err == nil {
		t.Error("a file in a directory that is not there was written")
	}
}
