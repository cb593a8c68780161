//go:build !windows

package main

import "syscall"

// successorSignal starts a successor.
const successorSignal = syscall.SIGUSR2
