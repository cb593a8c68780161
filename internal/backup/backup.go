// Package backup keeps copies of a store's database and of the files beside it. A
// backup is a directory:
//
//	backup.json     when and by which program it was made; written last
//	SHA256SUMS      of all other files, as sha256sum writes them
//	bellpull.db     the database, as of one moment
//	transcripts/    the transcript files
//	attachments/    the files that people sent
//
// It appears under its name when it is whole.
package backup

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bellpull/bellpull/internal/blob"
	"github.com/bellpull/bellpull/internal/fault"
)

// Format is the version of what a backup is made of.
const Format = 1

// The files of a backup.
const (
	infoFile    = "backup.json"
	sumsFile    = "SHA256SUMS"
	database    = "bellpull.db"
	transcripts = "transcripts"
	attachments = "attachments"
)

// Info is what a backup says of itself.
type Info struct {
	Format  int       `json:"format"`
	Created time.Time `json:"created"` // what was committed before is in it
	Program string    `json:"program"` // which made it
	Files   int64     `json:"files"`
	Bytes   int64     `json:"bytes"`
}

// Source is what a backup is made of.
type Source struct {
	// Snapshot copies the database, as of one moment, to a file that is not there
	// yet.
	Snapshot func(ctx context.Context, file string) error
	// Transcripts and Attachments are the directories of files; empty, or not there:
	// none.
	Transcripts, Attachments string
}

// tree is a directory of files, and what it is called in a backup.
type tree struct{ name, dir string }

func (s Source) trees() []tree {
	return []tree{{transcripts, s.Transcripts}, {attachments, s.Attachments}}
}

// Create makes the backup dir, which must not be there. What it copies may be
// in use.
func Create(ctx context.Context, dir string, src Source, created time.Time, program string) (Info, error) {
	info := Info{Format: Format, Created: created.UTC(), Program: program}
	if err := absent(dir); err != nil {
		return info, err
	}
	part := dir + ".part"
	if err := os.Mkdir(part, 0o700); err != nil {
		return info, err
	}
	err := create(ctx, part, src, &info)
	if err == nil {
		err = blob.SyncDir(part)
	}
	if err == nil {
		err = os.Rename(part, dir)
	}
	if err != nil {
		return info, errors.Join(err, os.RemoveAll(part))
	}
	return info, blob.SyncDir(filepath.Dir(dir))
}

// absent checks that nothing has a name yet.
func absent(name string) error {
	switch _, err := os.Lstat(name); {
	case err == nil:
		return fault.Newf(fault.Conflict, "%s is there already", name)
	case !errors.Is(err, os.ErrNotExist):
		return err
	}
	return nil
}

func create(ctx context.Context, dir string, src Source, info *Info) error {
	sums, err := os.OpenFile(filepath.Join(dir, sumsFile), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(sums)
	err = fill(ctx, dir, src, info, w)
	if err = errors.Join(err, w.Flush(), sums.Sync(), sums.Close()); err != nil {
		return err
	}
	b, err := json.MarshalIndent(info, "", " ")
	if err != nil {
		return err
	}
	return write(filepath.Join(dir, infoFile), strings.NewReader(string(b)+"\n"))
}

// fill copies everything. The database comes first: a file that it says has been
// written is there when the files are copied.
func fill(ctx context.Context, dir string, src Source, info *Info, sums io.Writer) error {
	note := func(name string, sum []byte, size int64) error {
		info.Files++
		info.Bytes += size
		_, err := fmt.Fprintf(sums, "%x  %s\n", sum, name)
		return err
	}
	file := filepath.Join(dir, database)
	if err := src.Snapshot(ctx, file); err != nil {
		return err
	}
	h := sha256.New()
	size, err := read(ctx, file, h)
	if err != nil {
		return err
	}
	if err := note(database, h.Sum(nil), size); err != nil {
		return err
	}
	for _, t := range src.trees() {
		var keys []string
		if err := eachFile(ctx, t.dir, func(key string) { keys = append(keys, key) }); err != nil {
			return err
		}
		if len(keys) == 0 {
			continue
		}
		err := copyTree(ctx, t.dir, filepath.Join(dir, t.name), keys, func(key string, sum []byte, size int64) error {
			return note(path.Join(t.name, key), sum, size)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// copiers is how many files are copied at a time: most of it is waiting for the
// disk.
const copiers = 16

// copyTree copies files below one directory to another one, durably, and tells
// of each. One that has been removed meanwhile is left out.
func copyTree(ctx context.Context, from, to string, keys []string, copied func(key string, sum []byte, size int64) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(copiers)
	var mu sync.Mutex // guards what follows, and calls of copied
	dirs := map[string]bool{filepath.Dir(to): true}
	for _, key := range keys {
		if ctx.Err() != nil {
			break
		}
		local := filepath.FromSlash(key)
		g.Go(func() error {
			h := sha256.New()
			size, err := copyFile(ctx, filepath.Join(from, local), filepath.Join(to, local), h)
			if errors.Is(err, os.ErrNotExist) {
				return nil
			}
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			for d := filepath.Dir(filepath.Join(to, local)); !dirs[d]; d = filepath.Dir(d) {
				dirs[d] = true
			}
			return copied(key, h.Sum(nil), size)
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for d := range dirs {
		if err := blob.SyncDir(d); err != nil {
			return err
		}
	}
	return nil
}

// eachFile calls each with the path of every blob below dir. Files in the making
// begin with a full stop.
func eachFile(ctx context.Context, dir string, each func(key string)) error {
	if dir == "" {
		return nil
	}
	return filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, os.ErrNotExist):
			return nil
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case !e.Type().IsRegular(), strings.HasPrefix(e.Name(), "."):
			return nil
		}
		key, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		each(filepath.ToSlash(key))
		return nil
	})
}

// read copies a file to w and returns its size.
func read(ctx context.Context, name string, w io.Writer) (size int64, err error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	return io.Copy(w, reader{ctx, f})
}

// reader ends with its context.
type reader struct {
	ctx context.Context // of one call of io.Copy
	r   io.Reader
}

func (r reader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(b)
}

// copyFile copies a file to a new one, which is on the disk when it returns, and
// adds what it has to a sum.
func copyFile(ctx context.Context, from, to string, h hash.Hash) (size int64, err error) {
	f, err := os.Open(from)
	if err != nil {
		return 0, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	counted := &counter{r: io.TeeReader(reader{ctx, f}, h)}
	err = write(to, counted)
	return counted.n, err
}

type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

// write writes a new file. What it holds is on the disk when it returns; that it
// is there is when its directory is synced.
func write(name string, r io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Sync(), f.Close())
}

// Target is where a backup is restored to.
type Target struct {
	Database string // the file
	// Transcripts and Attachments are the directories; empty: there is none.
	Transcripts, Attachments string
	// Check reads all of a database file and reports what is damaged.
	Check func(ctx context.Context, file string) error
}

// Restore puts the backup dir in its place, where nothing may be yet. It checks
// all of it first; when it fails nothing is there. The database comes last.
func Restore(ctx context.Context, dir string, to Target) (Info, error) {
	info, names, err := verify(ctx, dir)
	if err != nil {
		return info, err
	}
	if err := to.Check(ctx, filepath.Join(dir, database)); err != nil {
		return info, err
	}
	for _, f := range []string{to.Database, to.Database + "-wal"} {
		if err := absent(f); err != nil {
			return info, err
		}
	}
	restored, err := to.restoreTrees(ctx, dir, names)
	part := to.Database + ".part"
	if err == nil {
		_, err = copyFile(ctx, filepath.Join(dir, database), part, sha256.New())
		if err == nil {
			err = os.Rename(part, to.Database)
		}
		if err != nil {
			err = errors.Join(err, ignoreAbsent(os.Remove(part)))
		}
	}
	if err != nil {
		for _, d := range restored {
			err = errors.Join(err, os.RemoveAll(d))
		}
		return info, err
	}
	return info, blob.SyncDir(filepath.Dir(to.Database))
}

// restoreTrees puts the files of a backup in their places, and returns the
// directories that it has made.
func (to Target) restoreTrees(ctx context.Context, dir string, names []string) (made []string, err error) {
	for _, t := range []tree{{transcripts, to.Transcripts}, {attachments, to.Attachments}} {
		var keys []string
		for _, name := range names {
			if key, ok := strings.CutPrefix(name, t.name+"/"); ok {
				keys = append(keys, key)
			}
		}
		if len(keys) == 0 {
			continue
		}
		if err := t.restore(ctx, filepath.Join(dir, t.name), keys); err != nil {
			return made, err
		}
		made = append(made, t.dir)
	}
	return made, nil
}

func ignoreAbsent(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

func (t tree) restore(ctx context.Context, from string, keys []string) error {
	to := t.dir
	if to == "" {
		return fault.Newf(fault.Invalid, "the backup has %s, and the settings name no directory for them", t.name)
	}
	if err := os.Remove(to); err != nil && !errors.Is(err, os.ErrNotExist) { // an empty one is as good as none
		return fault.Newf(fault.Conflict, "%s is there already", to)
	}
	part := to + ".part"
	if err := absent(part); err != nil {
		return err
	}
	copied := 0
	err := copyTree(ctx, from, part, keys, func(string, []byte, int64) error { copied++; return nil })
	if err == nil && copied != len(keys) {
		err = errors.New("somebody takes files out of the backup")
	}
	if err == nil {
		err = os.Rename(part, to)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(part))
	}
	return blob.SyncDir(filepath.Dir(to))
}

// verify reads all of a backup, checks that it is whole and returns the names of
// its files. What is damaged is a fault of kind Invalid.
func verify(ctx context.Context, dir string) (info Info, names []string, err error) {
	b, err := os.ReadFile(filepath.Join(dir, infoFile))
	if err != nil {
		return info, nil, err
	}
	if err := json.Unmarshal(b, &info); err != nil {
		return info, nil, fault.Newf(fault.Invalid, "%s of the backup is damaged: %v", infoFile, err)
	}
	if info.Format > Format {
		return info, nil, fault.Newf(fault.Invalid, "the backup has format %d and this program knows %d: run a newer program", info.Format, Format)
	}
	sums, err := os.Open(filepath.Join(dir, sumsFile))
	if err != nil {
		return info, nil, err
	}
	defer sums.Close() //nolint:errcheck // it is only read
	lines := bufio.NewScanner(sums)
	for lines.Scan() {
		sum, name, ok := strings.Cut(lines.Text(), "  ")
		if !ok || !filepath.IsLocal(filepath.FromSlash(name)) {
			return info, nil, fault.Newf(fault.Invalid, "%s of the backup is damaged", sumsFile)
		}
		h := sha256.New()
		if _, err := read(ctx, filepath.Join(dir, filepath.FromSlash(name)), h); err != nil {
			return info, nil, err
		}
		if hex.EncodeToString(h.Sum(nil)) != sum {
			return info, nil, fault.Newf(fault.Invalid, "%s of the backup is damaged", name)
		}
		names = append(names, name)
	}
	if err := lines.Err(); err != nil {
		return info, nil, err
	}
	if n := int64(len(names)); n != info.Files || !slices.Contains(names, database) {
		return info, nil, fault.Newf(fault.Invalid, "the backup should have %d files and names %d", info.Files, n)
	}
	return info, names, nil
}
