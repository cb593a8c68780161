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
				if _, err := config.Read(args[0]); err != nil {
					return err
				}
				_, err := fmt.Fprintln(cmd.OutOrStdout(), "ok")
				return err
			},
		},
	)
	return cmd
}
