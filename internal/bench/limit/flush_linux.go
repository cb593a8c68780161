package limit

import (
	"os"
	"syscall"
)

// flushFile puts what was written on the disk, with as little else as reading
// it back needs.
func flushFile(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) }
