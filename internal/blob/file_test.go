package blob_test

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/bellpull/bellpull/internal/blob"
	"github.com/bellpull/bellpull/internal/blob/blobtest"
)

func TestFile(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) blob.Store { return blob.NewFile(filepath.Join(t.TempDir(), "deep", "blobs")) })
}

func TestNothingIsLeftOfWhatFailed(t *testing.T) {
	dir := t.TempDir()
	s := blob.NewFile(dir)
	if err := s.Put(t.Context(), "a/b", iotest.ErrReader(iotest.ErrTimeout)); err == nil {
		t.Fatal("what cannot be read was put")
	}
	if err := s.Put(t.Context(), "a/c", strings.NewReader("kept")); err != nil {
		t.Fatal(err)
	}
	var files []string
	if err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			files = append(files, filepath.Base(name))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if len(files) != 1 || files[0] != "c" {
		t.Errorf("files %q, want only c", files)
	}
}
