package clock

import (
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/bellpull/bellpull/internal/fault"
)

// MaxStep is how far a Stepped can be from the machine's clock.
const MaxStep = 30 * 24 * time.Hour

// Stepped is the machine's clock, which can be set forward and back for this
// process alone, to rehearse what happens when somebody sets the machine's. Its
// zero value is not set.
type Stepped struct {
	mu     sync.Mutex   // of whoever sets it
	offset atomic.Int64 // a time.Duration; it is read for every message
}

// Step sets the clock by so much and returns how far it is from the machine's
// now. What would be too far is a fault of kind Invalid.
func (s *Stepped) Step(by time.Duration) (offset time.Duration, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	is := time.Duration(s.offset.Load())
	if by > MaxStep-is || by < -MaxStep-is {
		return 0, fault.Newf(fault.Invalid, "step: the clock can be %s from the machine's at the most, and is %s now", MaxStep, is)
	}
	s.offset.Store(int64(is + by))
	return is + by, nil
}

// Now returns the time. Its monotonic reading is the machine's whatever was set,
// as after the system's own call: times of before and after a step are as
// far apart as if there had been none, until the reading is taken off them.
func (s *Stepped) Now() time.Time {
	now := time.Now() //nolint:forbidigo // which is what is set
	if by := time.Duration(s.offset.Load()); by != 0 {
		return setWall(now, by)
	}
	return now
}

// reading is what a time.Time is made of: see there.
type reading struct {
	wall uint64 // the highest bit says that there is a monotonic reading, in ext
	ext  int64
	_    *time.Location
}

// setWall moves the wall clock's reading of a time and leaves the monotonic one.
// Nothing in package time does so: Add moves both.
func setWall(t time.Time, by time.Duration) time.Time {
	const monotonic = 1 << 63
	moved := t.Add(by)
	from, to := (*reading)(unsafe.Pointer(&t)), (*reading)(unsafe.Pointer(&moved))
	if from.wall&to.wall&monotonic != 0 {
		to.ext = from.ext
	}
	return moved
}
