// Package terminal holds the chat clients that run in a terminal: Customer and
// Desk, and the Console they share.
package terminal

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/term"
)

// Console is where a person types lines and reads what happens, or a script
// does.
type Console struct {
	lines chan string

	mu     sync.Mutex
	typed  func() // at every key; may be nil
	out    io.Writer
	screen *term.Terminal // nil without line editing
	resize func()
	reset  func() error
}

// Open starts reading lines from in. If both are a terminal there is line
// editing. Close restores it.
func Open(in io.Reader, out io.Writer) (*Console, error) {
	c := &Console{lines: make(chan string), out: out, resize: func() {}, reset: func() error { return nil }}
	read := scan(in)
	if inFile, outFile, ok := terminals(in, out); ok {
		fd := int(inFile.Fd())
		state, err := term.MakeRaw(fd)
		if err != nil {
			return nil, fmt.Errorf("terminal: %w", err)
		}
		c.reset = func() error {
			_, _ = io.WriteString(out, "\r\x1b[K") // the prompt is not wanted any more
			return term.Restore(fd, state)
		}
		c.screen = term.NewTerminal(struct {
			io.Reader
			io.Writer
		}{in, out}, "> ")
		c.screen.AutoCompleteCallback = func(_ string, _ int, key rune) (string, int, bool) {
			c.mu.Lock()
			defer c.mu.Unlock()
			if c.typed != nil && unicode.IsPrint(key) {
				c.typed()
			}
			return "", 0, false
		}
		c.resize = func() {
			if w, h, err := term.GetSize(int(outFile.Fd())); err == nil && w > 0 {
				_ = c.screen.SetSize(w, h) // only fails with the terminal
			}
		}
		read = c.screen.ReadLine
	}
	// This goroutine may outlive the console: nothing ends a read.
	go func() {
		defer close(c.lines)
		for {
			line, err := read()
			if err != nil && !errors.Is(err, term.ErrPasteIndicator) {
				return
			}
			if line = strings.TrimSpace(line); line != "" {
				c.lines <- line
			}
		}
	}()
	return c, nil
}

func terminals(in io.Reader, out io.Writer) (inFile, outFile *os.File, ok bool) {
	inFile, inOK := in.(*os.File)
	outFile, outOK := out.(*os.File)
	ok = inOK && outOK && term.IsTerminal(int(inFile.Fd())) && term.IsTerminal(int(outFile.Fd()))
	return inFile, outFile, ok
}

// scan reads plain lines, however long.
func scan(in io.Reader) func() (string, error) {
	r := bufio.NewReader(in)
	return func() (string, error) {
		line, err := r.ReadString('\n')
		if line != "" {
			return strings.TrimRight(line, "\r\n"), nil // the last one may lack its end
		}
		return "", err
	}
}

// Lines are what was typed, without empty ones. The channel closes at the end
// of input, which Ctrl-C and Ctrl-D are too.
func (c *Console) Lines() <-chan string { return c.lines }

// Edited reports whether lines are edited on the screen, which then shows them
// already.
func (c *Console) Edited() bool { return c.screen != nil }

// OnType sets what happens at every key from now on, which may be nothing. f
// must return at once.
func (c *Console) OnType(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.typed = f
}

// Print writes a line of output above the line that is being typed. Control
// characters, which others could confuse the terminal with, are replaced.
func (c *Console) Print(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	text = clean(text) + "\n"
	if c.screen == nil {
		_, _ = io.WriteString(c.out, text) // a lost terminal ends the input too
		return
	}
	c.resize()
	_, _ = c.screen.Write([]byte(text))
}

// Printf is Print with a format.
func (c *Console) Printf(format string, args ...any) { c.Print(fmt.Sprintf(format, args...)) }

// Prompt sets what stands before the line that is being typed.
func (c *Console) Prompt(text string) {
	if c.screen != nil {
		c.screen.SetPrompt(clean(text))
	}
}

// Close restores the terminal.
func (c *Console) Close() error { return c.reset() }

// clean replaces control characters. Further lines of a text are indented.
func clean(text string) string {
	text = strings.ReplaceAll(strings.TrimRight(text, "\r\n"), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r):
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
