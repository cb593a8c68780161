package callout

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"slices"
	"time"
)

// command runs a program for each call: the event on its standard input, the
// answer on its standard output. Standard error goes to the log. When the call
// is over, however it ends, whatever the program started is killed.
type command struct {
	argv []string
	env  map[string]string
	log  *slog.Logger
}

// inherited are the variables that a command sees of our environment, which may
// hold secrets.
var inherited = []string{"PATH", "HOME", "LANG", "TZ", "TMPDIR", "SYSTEMROOT"}

const (
	// straggle is how long a program's children may hold its output open after
	// its end.
	straggle      = 200 * time.Millisecond
	maxErrorLine  = 1 << 10
	maxErrorLines = 64 // of one call
)

func (f *command) invoke(ctx context.Context, c call) ([]byte, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out := &bounded{most: maxAnswer, full: cancel}
	errs := &lines{log: f.log.With("function", c.arn, "request", c.id), left: maxErrorLines}
	cmd := exec.CommandContext(ctx, f.argv[0], f.argv[1:]...)
	cmd.Env = f.environ(c)
	cmd.Stdin = bytes.NewReader(c.event)
	cmd.Stdout, cmd.Stderr = out, errs
	cmd.WaitDelay = straggle
	ownGroup(cmd)
	cmd.Cancel = func() error { return killGroup(cmd) }

	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFailed, err)
	}
	err := cmd.Wait()
	_ = killGroup(cmd) // there is nothing left to kill, as a rule
	errs.flush()
	switch {
	case out.over:
		return nil, fmt.Errorf("%w: it is longer than %d bytes", ErrAnswer, maxAnswer)
	case errors.Is(err, exec.ErrWaitDelay): // it has answered; its children had not hung up
	case err != nil:
		return nil, fmt.Errorf("%w: %s: %w", ErrFailed, f.argv[0], err)
	}
	return out.kept, nil
}

func (f *command) environ(c call) []string {
	env := map[string]string{"BELLPULL_FUNCTION": c.arn, "BELLPULL_REQUEST_ID": c.id}
	maps.Copy(env, f.env)
	return environ(env)
}

// environ returns the environment of a program: what it inherits, and more.
func environ(more map[string]string) []string {
	env := map[string]string{}
	for _, k := range inherited {
		if v, ok := os.LookupEnv(k); ok {
			env[k] = v
		}
	}
	maps.Copy(env, more)
	var all []string
	for _, k := range slices.Sorted(maps.Keys(env)) {
		all = append(all, k+"="+env[k])
	}
	return all
}

// bounded keeps what is written up to a number of bytes; more calls full.
type bounded struct {
	kept []byte
	most int
	over bool
	full func()
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.over || len(b.kept)+len(p) > b.most {
		b.over = true
		b.full()
		return 0, io.ErrShortWrite
	}
	b.kept = append(b.kept, p...)
	return len(p), nil
}

// lines writes each line to a log, as many as are left; longer ones are cut.
type lines struct {
	log  *slog.Logger
	left int
	line []byte
}

func (l *lines) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		l.line = append(l.line, line[:min(len(line), maxErrorLine-len(l.line))]...)
		if rest = after; ended {
			l.flush()
		}
	}
	return len(p), nil
}

func (l *lines) flush() {
	if len(l.line) > 0 && l.left > 0 {
		l.left--
		l.log.Info("a program says", "line", string(l.line))
	}
	l.line = l.line[:0]
}
