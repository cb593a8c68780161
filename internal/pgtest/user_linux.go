package pgtest

import "syscall"

// attributes let the server end with the thread that started it.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: credential(), Pdeathsig: syscall.SIGQUIT}
}
