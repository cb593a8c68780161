package socket

// attempt is one write that does not block; it is kept to save allocations.
type attempt struct {
	frame []byte
	n     int
	err   error
	f     func(fd uintptr) bool
}
