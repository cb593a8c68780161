package centre

import (
	"sync/atomic"
	"time"

	"github.com/bellpull/bellpull/internal/tally"
)

// strain is how long commits take of late. When they take too long no new chats
// are begun, so that those that go on do not suffer.
type strain struct {
	average atomic.Int64 // nanoseconds, of the last few commits
	at      atomic.Int64 // when the last of them was, since awake was started
	awake   tally.Watch  // whatever the clock is set to
}

// How long commits may take on the average, and for how long that says anything
// about the present.
const (
	slowCommit  = time.Second
	strainFades = 5 * time.Second
)

// committed notes a commit. Two at the same time may overwrite each other, which
// does not matter here.
func (s *strain) committed(took time.Duration) {
	const weight = 8
	average := s.average.Load()
	s.average.Store(average + (int64(took)-average)/weight)
	s.at.Store(int64(s.awake.Elapsed()))
}

// over reports whether the server has too much to do.
func (s *strain) over() bool {
	return s.average.Load() > int64(slowCommit) && s.awake.Elapsed()-time.Duration(s.at.Load()) < strainFades
}
