package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/bellpull/bellpull/internal/fault"
)

// File is a Store in a directory of the file system, for one process. A key is
// a path below it.
type File struct{ dir string }

// NewFile returns the store in a directory, which is made with the first blob.
func NewFile(dir string) *File { return &File{dir} }

// path returns where a key is kept.
func (f *File) path(key string) (string, error) {
	if err := CheckKey(key); err != nil {
		return "", err
	}
	return filepath.Join(f.dir, filepath.FromSlash(local(key, runtime.GOOS))), nil
}

// local returns a key as a path of the operating system. The one that has no
// colons in names gets hyphens, which makes two keys the same that differ in
// nothing else.
func local(key, system string) string {
	if system == "windows" {
		return strings.ReplaceAll(key, ":", "-")
	}
	return key
}

// Put implements Store: into a file beside, which then takes its place.
func (f *File) Put(ctx context.Context, key string, r io.Reader) error {
	name, err := f.path(key)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := f.put(name, r); err != nil {
		return fmt.Errorf("keep %s: %w", key, err)
	}
	return nil
}

func (f *File) put(name string, r io.Reader) (err error) {
	dir := filepath.Dir(name)
	if err := makeDirs(dir); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dir, ".new-*") // no key begins so
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = tmp.Close() // it may be closed already
			_ = os.Remove(tmp.Name())
		}
	}()
	if _, err := io.Copy(tmp, r); err != nil {
		return err
	}
	if err := tmp.Sync(); err != nil {
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), name); err != nil {
		return err
	}
	return SyncDir(dir)
}

// makeDirs makes a directory and those above it, durably.
func makeDirs(dir string) error {
	if _, err := os.Stat(dir); err == nil || !errors.Is(err, os.ErrNotExist) {
		return err
	}
	above := filepath.Dir(dir)
	if above != dir {
		if err := makeDirs(above); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return SyncDir(above)
}

// SyncDir makes the entries of a directory durable, where the system can.
func SyncDir(name string) error {
	dir, err := os.Open(name)
	if err != nil {
		return err
	}
	_ = dir.Sync() // some systems cannot
	return dir.Close()
}

// Get implements Store.
func (f *File) Get(ctx context.Context, key string) (io.ReadCloser, error) {
	name, err := f.path(key)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, unknown(key, err)
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = os.ErrNotExist
	}
	if err != nil {
		_ = file.Close() // the first error counts
		return nil, unknown(key, err)
	}
	return file, nil
}

func unknown(key string, err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return fault.Newf(fault.NotFound, "there is no %s", path.Clean(key))
	}
	return fmt.Errorf("read %s: %w", key, err)
}

// Delete implements Store. Directories stay.
func (f *File) Delete(ctx context.Context, key string) error {
	name, err := f.path(key)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove %s: %w", key, err)
	}
	return nil
}
