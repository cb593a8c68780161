//go:build !windows

package socket

import (
	"errors"
	"syscall"
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
