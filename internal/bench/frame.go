package bench

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
)

// socket is the client's end of a WebSocket (RFC 6455) without extensions.
type socket struct {
	conn net.Conn
	r    *bufio.Reader
	in   []byte
}

// Opcodes and bits of a frame's header.
const (
	textFrame  = 0x1
	closeFrame = 0x8
	pingFrame  = 0x9
	pongFrame  = 0xa

	final  = 0x80
	masked = 0x80
)

// openSocket opens the WebSocket with the given URL.
func openSocket(ctx context.Context, rawURL string) (*socket, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, err
	}
	c, err := dial(ctx, u)
	if err != nil {
		return nil, err
	}
	s := &socket{conn: c, r: bufio.NewReaderSize(c, 2<<10)}
	if err := s.upgrade(u); err != nil {
		_ = c.Close() // the error counts
		return nil, fmt.Errorf("open socket: %w", err)
	}
	return s, nil
}

func (s *socket) upgrade(u *url.URL) error {
	var nonce [16]byte
	_, _ = rand.Read(nonce[:]) // never fails: it ends the program instead
	if _, err := fmt.Fprintf(s.conn, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n",
		u.RequestURI(), u.Host, base64.StdEncoding.EncodeToString(nonce[:])); err != nil {
		return err
	}
	if err := s.conn.SetReadDeadline(now().Add(patience)); err != nil {
		return err
	}
	status, err := s.r.ReadString('\n')
	if err != nil {
		return err
	}
	if !strings.HasPrefix(status, "HTTP/1.1 101") {
		return errors.New(strings.TrimSpace(status))
	}
	for {
		h, err := s.r.ReadString('\n')
		if err != nil {
			return err
		}
		if h == "\r\n" {
			break
		}
	}
	return nil
}

func (s *socket) close() { _ = s.conn.Close() } // the reader sees it

// write sends one short frame. Its mask is zero: masks protect proxies from
// browsers, and here is neither.
func (s *socket) write(op byte, payload []byte) error {
	b := []byte{final | op}
	if n := len(payload); n < 126 {
		b = append(b, masked|byte(n))
	} else {
		b = binary.BigEndian.AppendUint16(append(b, masked|126), uint16(n))
	}
	b = append(b, 0, 0, 0, 0)
	_, err := s.conn.Write(append(b, payload...))
	return err
}

// read returns the next message, which is good until the next call. It answers
// pings on the way.
func (s *socket) read() ([]byte, error) {
	s.in = s.in[:0]
	for {
		op, end, n, err := s.header()
		if err != nil {
			return nil, err
		}
		have := len(s.in)
		if cap(s.in) < have+n {
			s.in = append(make([]byte, 0, 2*(have+n)), s.in...)
		}
		s.in = s.in[:have+n]
		if _, err := io.ReadFull(s.r, s.in[have:]); err != nil {
			return nil, err
		}
		switch op {
		case closeFrame:
			return nil, io.EOF
		case pingFrame:
			if err := s.write(pongFrame, s.in[have:]); err != nil {
				return nil, err
			}
			fallthrough
		case pongFrame:
			s.in = s.in[:have]
		default:
			if end {
				return s.in, nil
			}
		}
	}
}

func (s *socket) header() (op byte, end bool, n int, err error) {
	var h [8]byte
	if _, err := io.ReadFull(s.r, h[:2]); err != nil {
		return 0, false, 0, err
	}
	op, end, n = h[0]&0xf, h[0]&final != 0, int(h[1]&^masked)
	switch n {
	case 126:
		_, err = io.ReadFull(s.r, h[:2])
		n = int(binary.BigEndian.Uint16(h[:]))
	case 127:
		_, err = io.ReadFull(s.r, h[:8])
		n = int(binary.BigEndian.Uint32(h[4:])) // longer ones do not come
	}
	return op, end, n, err
}
