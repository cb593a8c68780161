//go:build !linux

package poll

import (
	"errors"
	"net"
	"time"
)

// Pool holds nothing on this system.
type Pool struct{}

// Adopt fails; the connection stays with the caller.
func (*Pool) Adopt(*net.TCPConn) (*Conn, error) { return nil, errors.ErrUnsupported }

// Conn is a connection in a Pool; there are none.
type Conn struct{}

func (*Conn) Await(Waiter)                     {}
func (*Conn) TryRead([]byte) (int, error)      { return 0, errors.ErrUnsupported }
func (*Conn) TryWrite([]byte) (int, error)     { return 0, errors.ErrUnsupported }
func (*Conn) Read([]byte) (int, error)         { return 0, errors.ErrUnsupported }
func (*Conn) Write([]byte) (int, error)        { return 0, errors.ErrUnsupported }
func (*Conn) SetWriteDeadline(time.Time) error { return errors.ErrUnsupported }
func (*Conn) Close() error                     { return errors.ErrUnsupported }
