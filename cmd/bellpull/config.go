package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bellpull/bellpull/internal/config"
)

func newConfigCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "About the settings of bellpull serve"}
	cmd.AddCommand(
		&cobra.Command{
			Use:   "describe",
			Short: "Print every setting with its meaning and default, as a file to start from",
			Args:  cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				_, err := fmt.Fprint(cmd.OutOrStdout(), config.Describe())
				return err
			},
		},
		&cobra.Command{
			Use:   "check FILE",
			Short: "Check a file of settings",
			Args:  cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				cfg, err := config.Read(args[0])
				if err != nil {
					return err
				}
				for _, w := range cfg.Warnings() {
					if _, err := fmt.Fprintln(cmd.ErrOrStderr(), "warning:", w); err != nil {
						return err
					}
				}
				_, err = fmt.Fprintln(cmd.OutOrStdout(), "ok")
				return err
			},
		},
	)
	return cmd
}
