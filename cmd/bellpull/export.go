package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/bellpull/bellpull/internal/config"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/store"
	"github.com/bellpull/bellpull/internal/store/archive"
	"github.com/bellpull/bellpull/internal/store/embedded"
)

// newExportCommand writes all that a store keeps in a format of no store.
func newExportCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "export FILE",
		Short: "Write all that the store of bellpull serve keeps, as lines of JSON, while it runs",
		Long: `Write all that the store of bellpull serve keeps, as of one moment, as lines of JSON
to a new file, or to the standard output when it is called -. It goes on running.

An export holds keys and the hashes of passwords. bellpull import reads it into an
empty store of any kind. Transcript files are not in it.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := readConfig(file)
			if err != nil {
				return err
			}
			if args[0] == "-" {
				_, err := exportTo(cmd.Context(), cfg, cmd.OutOrStdout())
				return err
			}
			out, err := os.OpenFile(args[0], os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
			if err != nil {
				return err
			}
			rows, err := exportTo(cmd.Context(), cfg, out)
			if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
				return errors.Join(err, os.Remove(args[0]))
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s holds %d rows\n", args[0], rows)
			return err
		},
	}
	cmd.Flags().StringVar(&file, "config", "", "YAML file of settings")
	return cmd
}

// exportTo exports a copy of an embedded database, so that the server which has it
// open does not notice, and an older database can be brought to this program's
// version.
func exportTo(ctx context.Context, cfg config.Config, w io.Writer) (rows int64, err error) {
	if cfg.Store != "" {
		return withStore(ctx, cfg, func(st store.Store) (int64, error) { return archive.Write(ctx, st, w, time.Now()) })
	}
	dir, err := os.MkdirTemp(filepath.Dir(embedded.File(cfg.Data)), "export-*") // there is room for it, and nobody else can read it
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	created := time.Now()
	if err := embedded.Snapshot(ctx, cfg.Data, embedded.File(dir)); err != nil {
		return 0, err
	}
	st, err := embedded.Open(ctx, embedded.Options{Path: dir, Sync: embedded.Normal})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	return archive.Write(ctx, st, w, created)
}

// newImportCommand reads what newExportCommand has written.
func newImportCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Read an export into the empty store of bellpull serve",
		Long: `Read what bellpull export has written, from a file or from the standard input when it
is called -, into the store of bellpull serve, which must be empty. Where it fails the
store stays empty.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := readConfig(file)
			if err != nil {
				return err
			}
			in := cmd.InOrStdin()
			if args[0] != "-" {
				f, err := os.Open(args[0])
				if err != nil {
					return err
				}
				defer f.Close() //nolint:errcheck // it is only read
				in = f
			}
			rows, err := importFrom(cmd.Context(), cfg, in)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s holds %d rows\n", cmp.Or(cfg.Store, cfg.Data), rows)
			return err
		},
	}
	cmd.Flags().StringVar(&file, "config", "", "YAML file of settings")
	return cmd
}

// withStore calls do with a store that others may use meanwhile.
func withStore(ctx context.Context, cfg config.Config, do func(store.Store) (int64, error)) (rows int64, err error) {
	st, err := openStore(ctx, &cfg, 0)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	return do(st)
}

// importFrom imports into an embedded database beside the one of serve, and gives
// it that one's name when it is whole.
func importFrom(ctx context.Context, cfg config.Config, r io.Reader) (rows int64, err error) {
	if cfg.Store != "" {
		return withStore(ctx, cfg, func(st store.Store) (int64, error) { return archive.Import(ctx, st, r) })
	}
	to := embedded.File(cfg.Data)
	if _, err := os.Stat(to); !errors.Is(err, os.ErrNotExist) {
		return 0, errors.Join(fault.Newf(fault.Conflict, "%s is there already: import into an empty store", to), err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp(filepath.Dir(to), "import-*")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	st, err := embedded.Open(ctx, embedded.Options{Path: dir})
	if err != nil {
		return 0, err
	}
	rows, err = archive.Import(ctx, st, r)
	if err = errors.Join(err, st.Close()); err != nil {
		return rows, err
	}
	return rows, os.Rename(embedded.File(dir), to)
}
