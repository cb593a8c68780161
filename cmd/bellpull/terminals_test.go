package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

// program is a command that runs with its input and output in the test's hands.
type program struct {
	t    *testing.T
	name string
	in   *io.PipeWriter
	done chan error
	errs *program // what is written to the error stream, and no more

	mu  sync.Mutex
	out bytes.Buffer
}

// run starts a command; it is over at the end of the test.
func run(t *testing.T, cmd *cobra.Command, args ...string) *program {
	t.Helper()
	r, w := io.Pipe()
	p := &program{t: t, name: cmd.Name(), in: w, done: make(chan error, 1)}
	cmd.SetArgs(args)
	cmd.SetIn(r)
	cmd.SetOut(p)
	p.errs = &program{t: t, name: cmd.Name() + " in its errors"}
	cmd.SetErr(p.errs)
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan struct{})
	go func() {
		defer close(over)
		p.done <- cmd.ExecuteContext(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-over
	})
	return p
}

func (p *program) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.Write(b)
}

func (p *program) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String()
}

func (p *program) enter(line string) {
	if _, err := io.WriteString(p.in, line+"\n"); err != nil {
		p.t.Fatalf("%s: %v", p.name, err)
	}
}

// expect waits for output that matches, behind that of the expectation before.
func (p *program) expect(pattern string) {
	p.t.Helper()
	re := regexp.MustCompile("(?m)" + pattern)
	for deadline := time.Now().Add(20 * time.Second); !re.MatchString(p.output()); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Fatalf("%s does not write %q, but\n%s", p.name, pattern, p.output())
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.out.Next(re.FindIndex(p.out.Bytes())[1])
}

func (p *program) ends() {
	p.t.Helper()
	select {
	case err := <-p.done:
		if err != nil {
			p.t.Errorf("%s ends with %v", p.name, err)
		}
	case <-time.After(20 * time.Second):
		p.t.Fatalf("%s does not end, but wrote\n%s", p.name, p.output())
	}
}

// startDev runs bellpull dev and returns its ready file and address.
func startDev(t *testing.T) (ready, url string) {
	ready = filepath.Join(t.TempDir(), "ready.json")
	run(t, newDevCommand(), "--listen", "127.0.0.1:0", "--data", t.TempDir(), "--ready", ready)
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		text, err := os.ReadFile(ready)
		if err == nil {
			return ready, regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(string(text))
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

func TestChatAndDeskTalkToEachOther(t *testing.T) {
	ready, url := startDev(t)
	desk := run(t, newDeskCLICommand(), "--ready", ready)
	desk.expect(`^\(you are Available\)$`)
	ada := run(t, newChatCommand(), "--url", url, "--name", "Ada")
	ada.expect(`You joined`)
	ada.enter("is anybody there?")
	ada.expect(`You: is anybody there\?$`)

	desk.expect(`^\[1\] Ada rings`)
	desk.enter("/accept")
	desk.expect(`^\[1\] You are chatting with Ada$`)
	desk.expect(`Ada: is anybody there\?$`)
	ada.expect(`Ana joined$`)
	ada.expect(`read by Ana$`)
	desk.enter("yes")
	ada.expect(`Ana: yes$`)

	bob := run(t, newChatCommand(), "--url", url, "--name", "Bob")
	desk.expect(`^\[2\] Bob rings`)
	desk.enter("/accept 2")
	desk.expect(`^\[2\] You are chatting with Bob$`)
	desk.enter("/2 hello Bob")
	bob.expect(`Ana: hello Bob$`)
	desk.enter("still with Ada")
	ada.expect(`Ana: still with Ada$`)
	desk.enter("/2")
	desk.enter("now with Bob")
	bob.expect(`Ana: now with Bob$`)
	desk.enter("/chats")
	desk.expect(`^ \[1\] Ada, connected since`)
	desk.expect(`^\*\[2\] Bob, connected since`)

	desk.enter("/end 2")
	bob.expect(`Ana left$`)
	bob.expect(`the chat has ended$`)
	bob.ends()
	ada.enter("/end")
	ada.expect(`You left$`)
	ada.ends()
	desk.expect(`^\[1\] is over`)
	desk.enter("/clear 1")
	desk.expect(`^\[1\] is off the desk$`)
	desk.enter("/status break")
	desk.enter("/clear 2")
	desk.expect(`^\(you are Break\)$`)
	desk.enter("/nonsense")
	desk.expect(`not a command`)
	desk.enter("/quit")
	desk.ends()
}

func TestChatLeavesAtTheEndOfItsInput(t *testing.T) {
	ready, url := startDev(t)
	desk := run(t, newDeskCLICommand(), "--ready", ready, "--user", "ben", "--auto-accept")
	desk.expect(`^\(you are Available\)$`)
	ada := run(t, newChatCommand(), "--url", url)
	ada.expect(`Ben joined`)
	desk.expect(`^\[1\] You are chatting with Customer$`)
	ada.enter("one")
	ada.enter("two")
	_ = ada.in.Close()
	ada.expect(`You: one$`)
	ada.expect(`You: two$`)
	ada.ends()
	desk.expect(`Customer: two$`)
	desk.expect(`Customer left$`)
	desk.expect(`off the desk$`)
}

func TestWrongCredentialsAreRefused(t *testing.T) {
	_, url := startDev(t)
	p := run(t, newChatCommand(), "--url", url, "--token", "nonsense")
	if err := <-p.done; err == nil || !strings.Contains(err.Error(), "AccessDenied") {
		t.Errorf("a wrong token gives %v", err)
	}
	p = run(t, newDeskCLICommand(), "--url", url, "--password", "guess")
	if err := <-p.done; err == nil || !strings.Contains(err.Error(), "wrong") {
		t.Errorf("a wrong password gives %v", err)
	}
}
