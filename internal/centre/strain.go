package centre

import (
	"sync/atomic"
	"time"
)

// strain is how long commits take of late. When they take too long no new chats
// are begun, so that those that go on do not suffer.
type strain struct {
	average atomic.Int64 // nanoseconds, of the last few commits
	at      atomic.Int64 // Unix nanoseconds, of the last of them
}

// How long commits may take on the average, and for how long that says anything
// about the present.
const (
	slowCommit  = time.Second
	strainFades = 5 * time.Second
)

// committed notes a commit. Two at the same time may overwrite each other, which
// does not matter here.
func (s *strain) committed(begun, now time.Time) {
	const weight = 8
	average := s.average.Load()
	s.average.Store(average + (int64(now.Sub(begun))-average)/weight)
	s.at.Store(now.UnixNano())
}

// over reports whether the server has too much to do.
func (s *strain) over(now time.Time) bool {
	return s.average.Load() > int64(slowCommit) && now.UnixNano()-s.at.Load() < int64(strainFades)
}
