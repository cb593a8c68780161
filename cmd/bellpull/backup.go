package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/bellpull/bellpull/internal/backup"
	"github.com/bellpull/bellpull/internal/config"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/store/embedded"
)

// newBackupCommand copies what bellpull serve keeps, while it runs.
func newBackupCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "backup DIR",
		Short: "Copy the data of bellpull serve to a new directory, while it runs",
		Long: `Copy the data of bellpull serve to a new directory, while it runs: the database as
of one moment, and the files of transcripts and attachments. All that was acknowledged before is in it.

A backup holds keys and the hashes of passwords. bellpull restore checks it and puts
it back. Files in a bucket are not copied.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := embeddedConfig(file)
			if err != nil {
				return err
			}
			info, err := backup.Create(cmd.Context(), filepath.Clean(args[0]), backup.Source{
				Snapshot:    func(ctx context.Context, to string) error { return embedded.Snapshot(ctx, cfg.Data, to) },
				Transcripts: transcriptsDir(&cfg), Attachments: attachmentsDir(&cfg),
			}, time.Now(), version())
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s holds %d files of %d bytes\n", args[0], info.Files, info.Bytes)
			return err
		},
	}
	cmd.Flags().StringVar(&file, "config", "", "YAML file of settings")
	return cmd
}

// newRestoreCommand puts a backup in its place.
func newRestoreCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "restore DIR",
		Short: "Check a backup and put it where bellpull serve keeps its data",
		Long: `Check a backup and put it where bellpull serve keeps its data, where nothing may be
yet: move away what is there.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := embeddedConfig(file)
			if err != nil {
				return err
			}
			info, err := backup.Restore(cmd.Context(), args[0], backup.Target{
				Database: embedded.File(cfg.Data), Transcripts: transcriptsDir(&cfg), Attachments: attachmentsDir(&cfg), Check: embedded.Check,
			})
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is as it was at %s\n", cfg.Data, info.Created.Format(time.RFC3339))
			return err
		},
	}
	cmd.Flags().StringVar(&file, "config", "", "YAML file of settings")
	return cmd
}

// embeddedConfig returns the settings of a server that keeps its data itself.
func embeddedConfig(file string) (config.Config, error) {
	cfg, err := readConfig(file)
	if err == nil && cfg.Store != "" {
		err = fault.Newf(fault.Invalid, "the data is in PostgreSQL: back it up with pg_dump, or with bellpull export")
	}
	return cfg, err
}

// readConfig returns the settings of a file, or the defaults where none is
// named.
func readConfig(file string) (config.Config, error) {
	if file == "" {
		return config.Default(), nil
	}
	return config.Read(file)
}

// transcriptsDir returns the directory of transcript files, or "" for none.
func transcriptsDir(c *config.Config) string {
	return filesDir(c.Data, "transcripts", c.Transcripts.Dir, c.Transcripts.S3)
}

// attachmentsDir returns the directory of attachments, or "" for none.
func attachmentsDir(c *config.Config) string {
	return filesDir(c.Data, config.AttachmentsName, c.Attachments.Dir, c.Attachments.S3)
}

// filesDir returns the directory of files that lie below data unless another one
// is named; "" where they go elsewhere, or nowhere.
func filesDir(data, name, dir string, s3 config.S3) string {
	switch {
	case s3.Bucket != "", dir == config.None:
		return ""
	case dir == "":
		return filepath.Join(data, name)
	}
	return dir
}
