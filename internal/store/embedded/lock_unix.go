//go:build !windows

package embedded

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lock takes the lock file for this process until it is closed. The kernel
// gives it back when the process dies, however it dies; the file stays.
func lock(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	_ = f.Close() // nothing was written
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, ErrInUse
	}
	return nil, fmt.Errorf("lock %s: %w", name, err)
}
