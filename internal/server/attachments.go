package server

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/bellpull/bellpull/internal/blob"
	"github.com/bellpull/bellpull/internal/callout"
	"github.com/bellpull/bellpull/internal/centre"
	"github.com/bellpull/bellpull/internal/config"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/edge/attachments"
	"github.com/bellpull/bellpull/internal/token"
)

// openFiles returns how files that people send are kept, or nil where they are
// not.
func (s *Server) openFiles() (*centre.Files, error) {
	a := s.Config.Attachments
	blobs, err := openBlobs(a.Dir, a.S3)
	if err != nil || blobs == nil {
		return nil, err
	}
	types, err := contact.FileTypes(a.Types)
	if err != nil {
		return nil, fmt.Errorf("types: %w", err)
	}
	files := &centre.Files{Blobs: blobs, Rules: contact.FileRules{
		MaxBytes: int64(a.MaxMegabytes) << 20, PerChat: a.PerChat, Types: types, Keep: a.Keep,
	}}
	if a.Scanner.Enabled() {
		if files.Scanner, err = callout.NewScanner(a.Scanner, s.calloutConfig(), s.Log); err != nil {
			return nil, fmt.Errorf("scanner: %w", err)
		}
	}
	return files, nil
}

// formerFiles returns where files were kept before attachments were turned off, or
// nil where the settings no longer say so: the timers of such files will complain.
func (s *Server) formerFiles(ctx context.Context) blob.Store {
	dir := filepath.Join(s.Config.Data, config.AttachmentsName)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil
	}
	s.Log.InfoContext(ctx, "attachments are off: files that were kept before are removed in their time", "dir", dir)
	return blob.NewFile(dir)
}

// fileDoor is where the bytes of files come and go.
func (s *Server) fileDoor(tokens *token.Keyring) *attachments.Door {
	return attachments.New(attachments.Options{
		Centre: s.centre, Tokens: tokens, Log: s.Log, URL: s.URL, WallClock: s.WallClock, Observe: s.metrics.observe,
	})
}
