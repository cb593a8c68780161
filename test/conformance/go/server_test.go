// Package conformance runs the AWS SDKs for Go, unmodified, against the built
// binary over real sockets. It is a module of its own, so that the SDKs stay
// out of the product's.
package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// server is what the ready file of the running binary says.
var server struct {
	URL             string `json:"url"`
	Region          string `json:"region"`
	InstanceID      string `json:"instanceId"`
	InstanceARN     string `json:"instanceArn"`
	ContactFlowID   string `json:"contactFlowId"`
	QueueID         string `json:"queueId"`
	AccessKeyID     string `json:"accessKeyId"`
	SecretAccessKey string `json:"secretAccessKey"`
}

func TestMain(m *testing.M) {
	code, err := runServer(m.Run)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(code)
}

// runServer starts the binary on a free port, runs the tests, and stops it as
// an operator would.
func runServer(run func() int) (code int, err error) {
	dir, err := os.MkdirTemp("", "conformance-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	ready := filepath.Join(dir, "ready.json")
	var log bytes.Buffer
	cmd := exec.Command(binary(), "dev", "--listen", "127.0.0.1:0", "--ready", ready)
	cmd.Stdout, cmd.Stderr = io.Discard, &log
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	defer func() {
		stopped := time.AfterFunc(5*time.Second, func() { _ = cmd.Process.Kill() })
		defer stopped.Stop()
		if stopErr := errors.Join(cmd.Process.Signal(syscall.SIGTERM), cmd.Wait()); stopErr != nil {
			err = errors.Join(err, fmt.Errorf("stop the server: %w\n%s", stopErr, &log))
		}
	}()
	if err := waitFor(ready); err != nil {
		return 0, err
	}
	content, err := os.ReadFile(ready)
	if err != nil {
		return 0, err
	}
	if err := json.Unmarshal(content, &server); err != nil {
		return 0, fmt.Errorf("read the ready file: %w", err)
	}
	return run(), nil
}

func binary() string {
	if b := os.Getenv("BELLPULL"); b != "" {
		return b
	}
	return "../../../bin/bellpull"
}

func waitFor(file string) error {
	for range 1000 {
		_, err := os.Stat(file)
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("no ready file after 10 s")
}
