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

// read reads what there is. It reports false when there is nothing yet; nothing
// is got at the end.
func (a *attempt) read(fd uintptr) bool {
	g := gulps.Get().(*gulp)
	for {
		n, err := syscall.Read(int(fd), g.room[:])
		switch {
		case n > 0:
			g.have = g.room[:n]
			a.got = g
			return true
		case errors.Is(err, syscall.EINTR):
			continue
		}
		gulps.Put(g)
		return !wouldBlock(err)
	}
}
