//go:build unix

package callout

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain lets this binary also be the command that a function is.
func TestMain(m *testing.M) {
	if role := os.Getenv("CALLOUT_TEST_ROLE"); role != "" {
		os.Exit(play(role))
	}
	os.Exit(m.Run())
}

// play is what the test binary does as a command.
func play(role string) int {
	event, _ := io.ReadAll(os.Stdin)
	switch role {
	case "echo": // answers with what it was given
		var vars []string
		for _, v := range os.Environ() {
			name, _, _ := strings.Cut(v, "=")
			vars = append(vars, name)
		}
		fmt.Printf(`{"bytes":%d,"function":%q,"request":%q,"variables":%q}`,
			len(event), os.Getenv("BELLPULL_FUNCTION"), os.Getenv("BELLPULL_REQUEST_ID"), strings.Join(vars, " "))
		fmt.Fprintln(os.Stderr, "looked it up")
		fmt.Fprint(os.Stderr, strings.Repeat("x", 5000), "\nunended")
	case "fail":
		fmt.Fprintln(os.Stderr, "no such order")
		return 3
	case "flood":
		for {
			if _, err := os.Stdout.WriteString(strings.Repeat("x", 4096)); err != nil {
				time.Sleep(time.Minute) // it would go on, were it not killed
			}
		}
	case "linger": // leaves a child behind that holds its output, and answers
		child(os.Stdout)
		fmt.Print(`{"a":"b"}`)
	case "hang": // starts a child and does not end
		child(nil)
		time.Sleep(time.Minute)
	case "sleep":
		time.Sleep(time.Minute)
	}
	return 0
}

// child starts this binary to sleep and writes its process id to a file.
func child(stdout *os.File) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = []string{"CALLOUT_TEST_ROLE=sleep"}
	if stdout != nil {
		cmd.Stdout = stdout
	}
	if err := cmd.Start(); err != nil {
		panic(err)
	}
	file := os.Getenv("CALLOUT_TEST_PID")
	if err := os.WriteFile(file+".new", []byte(strconv.Itoa(cmd.Process.Pid)), 0o600); err != nil {
		panic(err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		panic(err)
	}
}

// commanded is a configuration with this binary as the function orders.
func commanded(role, pidFile string, timeout time.Duration) Config {
	return Config{Functions: []FunctionRule{{
		ARN: ordersARN, Command: []string{os.Args[0]}, Timeout: timeout,
		Env: map[string]string{"CALLOUT_TEST_ROLE": role, "CALLOUT_TEST_PID": pidFile},
	}}}
}

func TestACommandGetsTheEventAndAnswers(t *testing.T) {
	t.Setenv("BELLPULL_SECRET", "not for commands")
	var logged bytes.Buffer
	c := newCallerWith(t, commanded("echo", "", 0), Options{Log: slog.New(slog.NewTextHandler(&logged, nil))})
	event := Event{ContactID: "c-1", Attributes: map[string]string{"a": strings.Repeat("long ", 20000)}}
	got, err := c.Invoke(t.Context(), InvokeRequest{ARN: ordersARN, Event: event})
	if err != nil {
		t.Fatal(err)
	}
	want, _ := event.payload()
	for key, want := range map[string]string{"bytes": strconv.Itoa(len(want)), "function": ordersARN, "request": "call-1"} {
		if got.Values[key] != want {
			t.Errorf("the command saw %s %v, want %s", key, got.Values[key], want)
		}
	}
	if vars := got.Values["variables"].(string); strings.Contains(vars, "BELLPULL_SECRET") || !strings.Contains(vars, "PATH") {
		t.Errorf("the command sees the variables %s; want PATH among them and no secrets", vars)
	}
	said := strings.Split(strings.TrimSpace(logged.String()), "\n")
	if len(said) != 3 || !strings.Contains(said[0], `line="looked it up"`) || !strings.Contains(said[0], "request=call-1") ||
		len(said[1]) > maxErrorLine+300 || !strings.Contains(said[2], "unended") {
		t.Errorf("the log holds %d lines: %.300q", len(said), said)
	}
}

func TestACommandThatFails(t *testing.T) {
	_, err := newCaller(t, commanded("fail", "", 0)).Invoke(t.Context(), InvokeRequest{ARN: ordersARN})
	if !errors.Is(err, ErrFailed) || !strings.Contains(err.Error(), "exit status 3") || strings.Contains(err.Error(), "no such order") {
		t.Errorf("error %v, want ErrFailed with the exit status and nothing of standard error", err)
	}
	c := newCaller(t, Config{Functions: []FunctionRule{{ARN: "*", Command: []string{filepath.Join(t.TempDir(), "missing")}}}})
	if _, err := c.Invoke(t.Context(), InvokeRequest{ARN: ordersARN}); !errors.Is(err, ErrFailed) {
		t.Errorf("a command that does not exist: %v, want ErrFailed", err)
	}
}

func TestACommandThatSaysTooMuchIsKilled(t *testing.T) {
	began := time.Now()
	_, err := newCaller(t, commanded("flood", "", 0)).Invoke(t.Context(), InvokeRequest{ARN: ordersARN})
	if !errors.Is(err, ErrAnswer) {
		t.Errorf("error %v, want ErrAnswer", err)
	}
	if took := time.Since(began); took > 6*time.Second {
		t.Errorf("it took %v, want no waiting for the limit", took)
	}
}

func TestACommandIsKilledWithItsChildrenAtTheLimit(t *testing.T) {
	pid := filepath.Join(t.TempDir(), "pid")
	_, err := newCaller(t, commanded("hang", pid, 2*time.Second)).Invoke(t.Context(), InvokeRequest{ARN: ordersARN})
	if !errors.Is(err, ErrTimeLimit) {
		t.Errorf("error %v, want ErrTimeLimit", err)
	}
	wantDead(t, pid)
}

func TestWhatACommandLeavesBehindIsKilled(t *testing.T) {
	pid := filepath.Join(t.TempDir(), "pid")
	got, err := newCaller(t, commanded("linger", pid, 0)).Invoke(t.Context(), InvokeRequest{ARN: ordersARN})
	if err != nil || got.Values["a"] != "b" {
		t.Errorf("answer %v, %v; want the one that was given", got.Values, err)
	}
	wantDead(t, pid)
}

// wantDead waits until the process whose id is in a file is gone, or is a
// zombie that nobody has buried yet.
func wantDead(t *testing.T, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(string(data))
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		stat, _ := os.ReadFile("/proc/" + string(data) + "/stat")
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) || bytes.Contains(stat, []byte(") Z ")) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("the child %d is still alive", pid)
}
