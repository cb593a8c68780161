package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// newMigrateCommand brings a store to this program's version without serving.
// serve does the same when it starts.
func newMigrateCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the data of bellpull serve to this program's version",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := readConfig(file)
			if err != nil {
				return err
			}
			st, err := openStore(cmd.Context(), &cfg, 0)
			if err != nil {
				return err
			}
			if err := st.Close(); err != nil {
				return err
			}
			what := cfg.Data
			if cfg.Store != "" {
				what = cfg.Store // which holds no secret
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), what, "is ready for this program")
			return err
		},
	}
	cmd.Flags().StringVar(&file, "config", "", "YAML file of settings")
	return cmd
}
