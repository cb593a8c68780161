package socket

// attempt is one write, and one read, that do not block; it is kept to save
// allocations.
type attempt struct {
	frame []byte
	n     int
	err   error
	f     func(fd uintptr) bool

	got *gulp // what was read; the one who listens owns it
	get func(fd uintptr) bool
}
