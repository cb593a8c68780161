//go:build !windows

package socket

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// canTry says that a write can be tried without blocking.
const canTry = true

func (a *attempt) write(fd uintptr) bool {
	for {
		a.n, a.err = syscall.Write(int(fd), a.frame)
		if !errors.Is(a.err, syscall.EINTR) {
			return true
		}
	}
}

func wouldBlock(err error) bool { return errors.Is(err, syscall.EAGAIN) }

// readable reports whether there is something to read, or nothing any more.
func readable(fd uintptr) bool {
	ask := [1]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}} //nolint:gosec // descriptors are small
	for {
		n, err := unix.Poll(ask[:], 0)
		if !errors.Is(err, syscall.EINTR) {
			return n != 0 || err != nil
		}
	}
}
