package bench

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// patience is how long an answer may take.
const patience = 30 * time.Second

// dial connects to the host of u.
func dial(ctx context.Context, u *url.URL) (net.Conn, error) {
	host, secure := u.Host, u.Scheme == "https" || u.Scheme == "wss"
	if u.Port() == "" {
		port := "80"
		if secure {
			port = "443"
		}
		host = net.JoinHostPort(u.Hostname(), port)
	}
	if secure {
		return (&tls.Dialer{}).DialContext(ctx, "tcp", host)
	}
	return (&net.Dialer{}).DialContext(ctx, "tcp", host)
}

// line is one HTTP/1.1 connection that is kept open. It is for one goroutine.
type line struct {
	conn net.Conn
	r    *bufio.Reader
	host string
	out  []byte
	in   []byte
}

func openLine(ctx context.Context, u *url.URL) (*line, error) {
	c, err := dial(ctx, u)
	if err != nil {
		return nil, err
	}
	return &line{conn: c, r: bufio.NewReaderSize(c, 4<<10), host: u.Host}, nil
}

func (l *line) close() { _ = l.conn.Close() } // nothing is under way

// refused is an answer that is not 200.
type refused struct {
	status int
	body   string
}

func (e *refused) Error() string { return fmt.Sprintf("status %d: %s", e.status, e.body) }

// do sends a request and returns the body of its answer, which is good until
// the next call. Headers are whole lines, each with its end.
func (l *line) do(method, path, headers string, body []byte) ([]byte, error) {
	b := append(l.out[:0], method...)
	b = append(b, ' ')
	b = append(b, path...)
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, l.host...)
	b = append(b, "\r\nContent-Type: application/json\r\nContent-Length: "...)
	b = strconv.AppendInt(b, int64(len(body)), 10)
	b = append(b, "\r\n"...)
	b = append(b, headers...)
	b = append(b, "\r\n"...)
	l.out = append(b, body...)
	if _, err := l.conn.Write(l.out); err != nil {
		return nil, err
	}
	status, err := l.answer()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if status != 200 {
		return nil, fmt.Errorf("%s %s: %w", method, path, &refused{status, string(l.in)})
	}
	return l.in, nil
}

var (
	lengthHeader   = []byte("content-length:")
	encodingHeader = []byte("transfer-encoding:")
)

// answer reads an answer: its body is in l.in.
func (l *line) answer() (status int, err error) {
	first, err := l.r.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if len(first) < 12 {
		return 0, errors.New("the answer is not HTTP")
	}
	if status, err = strconv.Atoi(string(first[9:12])); err != nil {
		return 0, errors.New("the answer is not HTTP")
	}
	length, chunked := 0, false
	for {
		h, err := l.r.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		if len(h) <= len("\r\n") {
			break
		}
		if v, ok := value(h, lengthHeader); ok {
			if length, err = strconv.Atoi(string(v)); err != nil {
				return 0, err
			}
		} else if v, ok := value(h, encodingHeader); ok {
			chunked = bytes.EqualFold(v, []byte("chunked"))
		}
	}
	l.in = l.in[:0]
	if chunked {
		return status, l.chunks()
	}
	return status, l.more(length)
}

// value returns the value of a header whose name is as wanted.
func value(h, name []byte) ([]byte, bool) {
	if len(h) < len(name) || !bytes.EqualFold(h[:len(name)], name) {
		return nil, false
	}
	return bytes.TrimSpace(h[len(name):]), true
}

// more reads n bytes of a body.
func (l *line) more(n int) error {
	have := len(l.in)
	if cap(l.in) < have+n {
		l.in = append(make([]byte, 0, 2*(have+n)), l.in...)
	}
	l.in = l.in[:have+n]
	_, err := io.ReadFull(l.r, l.in[have:])
	return err
}

func (l *line) chunks() error {
	for {
		head, err := l.r.ReadString('\n')
		if err != nil {
			return err
		}
		size, _, _ := strings.Cut(strings.TrimSpace(head), ";")
		n, err := strconv.ParseUint(size, 16, 31)
		if err != nil {
			return fmt.Errorf("the length of a chunk: %w", err)
		}
		if err := l.more(int(n)); err != nil {
			return err
		}
		if _, err := l.r.Discard(len("\r\n")); err != nil || n == 0 {
			return err
		}
	}
}
