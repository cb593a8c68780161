// Command backing runs what a cluster of nodes stands on, for tests that are not
// in Go: a private PostgreSQL and three NATS servers. It prints where they are as
// a line of JSON, and removes them when its standard input ends.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"testing"

	"github.com/bellpull/bellpull/internal/natsconn/natstest"
	"github.com/bellpull/bellpull/internal/pgtest"
)

// stand stands in for a test: what fails ends the program, what is started is
// removed at the end.
type stand struct {
	testing.TB
	cleanup []func()
}

func (s *stand) Helper()                  {}
func (s *stand) Context() context.Context { return context.Background() }
func (s *stand) Cleanup(f func())         { s.cleanup = append(s.cleanup, f) }
func (s *stand) Error(args ...any)        { fmt.Fprintln(os.Stderr, args...) }
func (s *stand) Fatal(args ...any)        { s.Error(args...); s.end(); os.Exit(1) }

func (s *stand) end() {
	for _, f := range slices.Backward(s.cleanup) {
		f()
	}
}

func main() {
	s := new(stand)
	nats := natstest.Start(s, 3)
	out := struct {
		Store string   `json:"store"`
		NATS  []string `json:"nats"`
	}{Store: pgtest.Start(s).Database(s)}
	for i := range 3 {
		out.NATS = append(out.NATS, nats.URL(i))
	}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		s.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, os.Stdin) // until whoever started it is done, or dead
	s.end()
}
