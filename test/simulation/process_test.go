package simulation

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/natsconn/natstest"
	"github.com/bellpull/bellpull/internal/pgtest"
)

// binary is the program under test, built once.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "bellpull-simulation-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary = filepath.Join(dir, "bellpull")
	build := exec.Command("go", "build", "-o", binary, "github.com/bellpull/bellpull/cmd/bellpull")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stderr = os.Stderr
	code := 1
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
	} else {
		code = pgtest.Main(m)
	}
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// process is a running server, always on the same address and data.
type process struct {
	t   *testing.T
	url string
	// debug is the address of the door that sets its clock.
	debug string
	args  []string // the program and what it is told
	cmd   *exec.Cmd
}

// soak is how many times as long as usual the simulations last, and how many
// times as much they do: make soak asks for more.
func soak(t *testing.T, few, many int) int {
	t.Helper()
	if os.Getenv("BELLPULL_SOAK") == "" {
		return few
	}
	return many
}

// random returns a source whose seed is told, and taken from BELLPULL_SEED to
// have a run again.
func random(t *testing.T) *rand.Rand {
	t.Helper()
	seed := rand.Uint64()
	if text := os.Getenv("BELLPULL_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("BELLPULL_SEED: %v", err)
		}
	}
	t.Logf("BELLPULL_SEED=%d has this again", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// freeAddress returns an address that nobody uses, and that a server can come back
// to.
func freeAddress() string { return fmt.Sprint("127.0.0.1:", natstest.FreePort()) }

// startServe starts bellpull serve on data of its own.
func startServe(t *testing.T) *process {
	t.Helper()
	dir := t.TempDir()
	return startServeOn(t, filepath.Join(dir, "data"))
}

// startServeOn starts bellpull serve on a data directory; before says how the
// program is run, such as within something.
func startServeOn(t *testing.T, data string, before ...string) *process {
	t.Helper()
	return startServeWith(t, data, "", before...)
}

// startServeWith is startServeOn with further settings.
func startServeWith(t *testing.T, data, settings string, before ...string) *process {
	t.Helper()
	addr, debug := freeAddress(), freeAddress()
	config := filepath.Join(t.TempDir(), "config.yaml")
	text := fmt.Sprintf("listen: %s\ndata: %s\nstart_chat:\n  per_address: {burst: 0}\nlimits: {rates: off}\nlog: {level: %s}\n%s", addr, data, logLevel(before), settings)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, url: "http://" + addr, debug: debug, args: append(before, binary, "serve", "--config", config, "--debug-listen", debug)}
	p.start()
	t.Cleanup(p.kill)
	return p
}

// login is an agent's.
type login struct{ Username, Password string }

// firstAgent returns the agent of the instance that was made in a data
// directory.
func firstAgent(t *testing.T, data string) (l login) {
	t.Helper()
	first, err := os.ReadFile(filepath.Join(data, "first-run.json"))
	if err == nil {
		err = json.Unmarshal(first, &l)
	}
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// logLevel is what the server tells of itself: failures that are meant to happen
// are not told.
func logLevel(before []string) string {
	if len(before) > 0 {
		return `"error+4"`
	}
	return "error"
}

func (p *process) start() {
	p.t.Helper()
	p.cmd = exec.Command(p.args[0], p.args[1:]...)
	p.cmd.Stderr = os.Stderr
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if res, err := http.Get(p.url + "/readyz"); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(deadline) {
			p.t.Fatal("the server does not answer")
		}
	}
}

// kill ends the process as nothing else does: at once and without a word.
func (p *process) kill() {
	_ = p.cmd.Process.Signal(syscall.SIGKILL)
	_ = p.cmd.Wait() // killed, which is what was wanted
}

// errStatus is an answer that is not 200.
type errStatus struct {
	status int
	body   string
}

func (e *errStatus) Error() string { return fmt.Sprintf("status %d: %s", e.status, e.body) }

// post sends one request, without retrying, and decodes the answer.
func (p *process) post(path, bearer string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequest(http.MethodPost, p.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if bearer != "" {
		req.Header.Set("X-Amz-Bearer", bearer)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	answer, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return &errStatus{res.StatusCode, string(answer)}
	}
	return json.Unmarshal(answer, out)
}

// insist sends a request until it is answered 200. It fails the test on an
// answer that repeating cannot better.
func (p *process) insist(path, bearer string, in, out any) error {
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(2 * time.Millisecond) {
		err := p.post(path, bearer, in, out)
		if err == nil {
			return nil
		}
		if s, ok := errors.AsType[*errStatus](err); ok && s.status < http.StatusInternalServerError && s.status != http.StatusTooManyRequests {
			return fmt.Errorf("%s: %w", path, err)
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s: no answer in a minute: %w", path, err)
		}
	}
}
