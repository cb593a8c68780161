package main

import (
	"bytes"
	"compress/gzip"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/bellpull/bellpull/internal/pgtest"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC // before anybody reads it: the servers of tests leave goroutines behind that do
	testscript.Main(withDatabase{m}, map[string]func(){"bellpull": main})
}

// withDatabase removes the database, if a script started one.
type withDatabase struct{ m *testing.M }

func (w withDatabase) Run() int { return pgtest.Main(w.m) }

// TestCommandLine runs testdata/*.txtar: the real commands as processes of
// their own. Beside the commands of testscript the scripts have those below.
func TestCommandLine(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("GORACE", "atexit_sleep_ms=0") // the race detector's wait at the end is not the server's
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"ready":    cmdReady,
			"await":    cmdAwait,
			"http":     cmdHTTP,
			"capture":  cmdCapture,
			"term":     cmdTerm,
			"mode":     cmdMode,
			"profile":  cmdProfile,
			"database": func(ts *testscript.TestScript, neg bool, args []string) { cmdDatabase(t, ts, neg, args) },
		},
	})
}

// database FILE... makes an empty database and writes its URL for $DATABASE
// into the files.
func cmdDatabase(t *testing.T, ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: database FILE...")
	}
	url := pgtest.New(t)
	for _, file := range args {
		text := strings.ReplaceAll(ts.ReadFile(file), "$DATABASE", url)
		ts.Check(os.WriteFile(ts.MkAbs(file), []byte(text), 0o600))
	}
}

// ready FILE... waits for a ready or first-run file, the first of several, and
// sets a variable for each of its texts and numbers, such as $url. The file must be whole
// when it first appears.
func cmdReady(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: ready FILE...")
	}
	deadline := time.Now().Add(20 * time.Second)
	for i := 0; ; i++ {
		b, err := os.ReadFile(ts.MkAbs(args[i%len(args)]))
		if err == nil {
			var all map[string]any
			if err := json.Unmarshal(b, &all); err != nil {
				ts.Fatalf("%s is not whole: %v\n%s", args[0], err, b)
			}
			for name, v := range all {
				switch v := v.(type) {
				case string:
					ts.Setenv(name, v)
				case float64:
					ts.Setenv(name, strconv.FormatFloat(v, 'f', -1, 64))
				}
			}
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("no ready file after 20 seconds: %v", err)
		}
		time.Sleep(time.Millisecond)
	}
}

// await PATTERN FILE waits until the file holds what the pattern describes.
func cmdAwait(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await PATTERN FILE")
	}
	pattern := regexp.MustCompile(args[0])
	var b []byte
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		var err error
		if b, err = os.ReadFile(ts.MkAbs(args[1])); err == nil && pattern.Match(b) {
			return
		}
	}
	ts.Fatalf("after 20 seconds %s holds no %s:\n%s", args[1], args[0], b)
}

// http [-sign] METHOD URL [Name:value...] [FILE] makes a request, with the
// content of FILE as its body and signed with $accessKeyId and
// $secretAccessKey. The answer is on stdout, its status first.
func cmdHTTP(ts *testscript.TestScript, neg bool, args []string) {
	signed := len(args) > 0 && args[0] == "-sign"
	if signed {
		args = args[1:]
	}
	if neg || len(args) < 2 {
		ts.Fatalf("usage: http [-sign] METHOD URL [Name:value...] [FILE]")
	}
	method, url, body := args[0], args[1], ""
	header := http.Header{"Content-Type": {"application/json"}}
	for _, arg := range args[2:] {
		if name, value, ok := strings.Cut(arg, ":"); ok {
			header.Set(name, value)
		} else {
			body = os.Expand(ts.ReadFile(arg), ts.Getenv)
		}
	}
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	ts.Check(err)
	req.Header = header
	if host := header.Get("Host"); host != "" {
		req.Host = host
	}
	if signed {
		sign(req, body, ts.Getenv("region"), ts.Getenv("accessKeyId"), ts.Getenv("secretAccessKey"))
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	res, err := client.Do(req)
	ts.Check(err)
	answer, err := io.ReadAll(res.Body)
	ts.Check(err)
	ts.Check(res.Body.Close())
	fmt.Fprintf(ts.Stdout(), "%d\n%s\n", res.StatusCode, bytes.TrimSpace(answer))
}

// sign signs a request of the control plane, whose path must need no escaping.
func sign(r *http.Request, body, region, key, secret string) {
	at := time.Now().UTC().Format("20060102T150405Z")
	digest := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return hex.EncodeToString(sum[:])
	}
	scope := strings.Join([]string{at[:8], region, "connect", "aws4_request"}, "/")
	canonical := strings.Join([]string{r.Method, r.URL.Path, "", "host:" + r.Host, "x-amz-date:" + at, "", "host;x-amz-date", digest(body)}, "\n")
	mac := []byte("AWS4" + secret)
	for _, part := range append(strings.Split(scope, "/"), "AWS4-HMAC-SHA256\n"+at+"\n"+scope+"\n"+digest(canonical)) {
		h := hmac.New(sha256.New, mac)
		h.Write([]byte(part))
		mac = h.Sum(nil)
	}
	r.Header.Set("X-Amz-Date", at)
	r.Header.Set("Authorization", fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=host;x-amz-date, Signature=%x", key, scope, mac))
}

// capture NAME REGEXP sets $NAME to what the parentheses matched in the last
// stdout.
func cmdCapture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: capture NAME REGEXP")
	}
	match := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(match) != 2 {
		ts.Fatalf("%q has no match with one pair of parentheses", args[1])
	}
	ts.Setenv(args[0], match[1])
}

// term sends SIGTERM to the background commands. One that is still there
// long after is killed, and the wait that follows reports that it failed.
func cmdTerm(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: term")
	}
	for _, cmd := range ts.BackgroundCmds() {
		ts.Check(cmd.Process.Signal(syscall.SIGTERM))
		time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() }) // an error means that it had ended
	}
}

// mode FILE OCTAL checks who may do what with a file.
func cmdMode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mode FILE OCTAL")
	}
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := fmt.Sprintf("%o", info.Mode().Perm()); got != args[1] {
		ts.Fatalf("mode of %s is %s, want %s", args[0], got, args[1])
	}
}

// profile FILE waits until the file is a profile that is whole.
func cmdProfile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: profile FILE")
	}
	whole := func() error {
		f, err := os.Open(ts.MkAbs(args[0]))
		if err != nil {
			return err
		}
		defer f.Close()
		r, err := gzip.NewReader(f)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, r) // which checks length and sum
		return err
	}
	err := whole()
	for deadline := time.Now().Add(20 * time.Second); err != nil && time.Now().Before(deadline); err = whole() {
		time.Sleep(10 * time.Millisecond)
	}
	if err != nil {
		ts.Fatalf("after 20 seconds %s is no profile: %v", args[0], err)
	}
}
