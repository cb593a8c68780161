package callout

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"os/exec"
	"strconv"
	"time"
)

// ScannerSource is the text of the file that declares [ScannerConfig], whose
// comments are the reference of these settings.
//
//go:embed scanner.go
var ScannerSource string

// ScannerConfig says who judges attachments before they are shown. It has at most
// one of http and command.
type ScannerConfig struct {
	// HTTP is a URL to which the bytes of each file are posted. It answers
	// {"status":"APPROVED"} or {"status":"REJECTED"}. Which addresses it may have is
	// what callouts say. Empty: nobody is asked.
	HTTP string `yaml:"http"`
	// Command is a program and its arguments; it gets the bytes on its standard
	// input and ends with 0 for a good file and 1 for a bad one, as in
	// [clamdscan, --no-summary, "-"]. Whatever else happens, it is asked again.
	Command []string `yaml:"command"`
	// Timeout is how long it may take.
	Timeout time.Duration `yaml:"timeout"`
}

// DefaultScanTimeout is how long a scanner may take unless it is set.
const DefaultScanTimeout = time.Minute

// concurrentScans is how many files are judged at a time; others wait.
const concurrentScans = 4

// Check reports the first setting that makes no sense.
func (c ScannerConfig) Check() error {
	switch {
	case c.Timeout <= 0:
		return errors.New("timeout: must be above 0")
	case c.HTTP != "" && len(c.Command) > 0:
		return errors.New("http: cannot be had together with command")
	case len(c.Command) > 0 && c.Command[0] == "":
		return errors.New("command: must begin with a program")
	case c.HTTP != "":
		return checkURL("http", c.HTTP)
	}
	return nil
}

// Enabled reports whether there is a scanner.
func (c ScannerConfig) Enabled() bool { return c.HTTP != "" || len(c.Command) > 0 }

// Scanner judges files. Any number of goroutines may use it.
type Scanner struct {
	conf    ScannerConfig
	client  *http.Client
	running chan struct{} // holds an entry for each file that is judged
	log     *slog.Logger
}

// NewScanner returns a scanner that reaches what callouts may.
func NewScanner(c ScannerConfig, from Config, log *slog.Logger) (*Scanner, error) {
	if err := errors.Join(c.Check(), from.Check()); err != nil {
		return nil, err
	}
	t, err := from.transport(nil)
	if err != nil {
		return nil, err
	}
	return &Scanner{conf: c, client: newPoster(t, nil).client, running: make(chan struct{}, concurrentScans), log: log}, nil
}

// ScanRequest is a file to be judged.
type ScanRequest struct {
	ID, Name, ContentType string
	Size                  int64
	Content               io.Reader
}

// Timeout is how long a judgement may take once it has begun.
func (s *Scanner) Timeout() time.Duration { return s.conf.Timeout }

// Scan reports whether a file is good. After an error it may be asked again.
func (s *Scanner) Scan(ctx context.Context, r ScanRequest) (good bool, err error) {
	select {
	case s.running <- struct{}{}:
		defer func() { <-s.running }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	within, cancel := context.WithTimeout(ctx, s.conf.Timeout)
	defer cancel()
	if len(s.conf.Command) > 0 {
		good, err = s.run(within, r)
	} else {
		good, err = s.post(within, r)
	}
	if err != nil && ctx.Err() == nil && errors.Is(within.Err(), context.DeadlineExceeded) {
		err = fmt.Errorf("%w (%v)", ErrTimeLimit, s.conf.Timeout)
	}
	return good, err
}

// maxVerdict is how long an answer may be, in bytes.
const maxVerdict = 64 << 10

func (s *Scanner) post(ctx context.Context, f ScanRequest) (bool, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.conf.HTTP, io.NopCloser(f.Content))
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrFailed, err)
	}
	r.ContentLength = f.Size
	r.Header.Set("Content-Type", f.ContentType)
	r.Header.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "bellpull")
	r.Header.Set("Bellpull-Attachment-Id", f.ID)
	resp, err := s.client.Do(r)
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrFailed, err)
	}
	defer resp.Body.Close()
	if err := statusError(resp); err != nil {
		return false, err
	}
	var verdict struct {
		Status string `json:"status"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxVerdict)).Decode(&verdict); err != nil {
		return false, fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	switch verdict.Status {
	case "APPROVED":
		return true, nil
	case "REJECTED":
		return false, nil
	}
	return false, fmt.Errorf("%w: the status is %q and must be APPROVED or REJECTED", ErrAnswer, cut(verdict.Status, 100))
}

func (s *Scanner) run(ctx context.Context, f ScanRequest) (bool, error) {
	argv := s.conf.Command
	says := &lines{log: s.log.With("attachment", f.ID), left: maxErrorLines}
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = environ(map[string]string{
		"BELLPULL_ATTACHMENT_ID": f.ID, "BELLPULL_ATTACHMENT_NAME": f.Name,
		"BELLPULL_ATTACHMENT_TYPE": f.ContentType, "BELLPULL_ATTACHMENT_SIZE": strconv.FormatInt(f.Size, 10),
	})
	cmd.Stdin = f.Content
	cmd.Stdout, cmd.Stderr = says, says
	cmd.WaitDelay = straggle
	ownGroup(cmd)
	cmd.Cancel = func() error { return killGroup(cmd) }
	if err := cmd.Start(); err != nil {
		return false, fmt.Errorf("%w: %w", ErrFailed, err)
	}
	err := cmd.Wait()
	_ = killGroup(cmd) // there is nothing left to kill, as a rule
	says.flush()
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	code := cmd.ProcessState.ExitCode()
	exited, _ := errors.AsType[*exec.ExitError](err)
	switch {
	case err == nil, code == 0 && errors.Is(err, exec.ErrWaitDelay):
		return true, nil
	case exited != nil && code == 1:
		return false, nil
	}
	return false, fmt.Errorf("%w: %s: %w", ErrFailed, argv[0], err)
}
