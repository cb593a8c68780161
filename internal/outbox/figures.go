package outbox

import (
	"sync/atomic"
	"time"
)

// Figures are what is measured of one receiver.
type Figures struct {
	// Delivered counts the rows that are safe there, Failures the deliveries that
	// failed and are tried again, Dropped the rows that were refused for too long.
	Delivered, Failures, Dropped atomic.Int64
	// InHand is how many rows wait or are under way, of the oldest 1,024.
	InHand atomic.Int64
	oldest atomic.Int64 // Unix nanoseconds; 0: none
}

// Lag is how old the oldest row is that the receiver has not got.
func (f *Figures) Lag(now time.Time) time.Duration {
	oldest := f.oldest.Load()
	if oldest == 0 {
		return 0
	}
	return max(0, now.Sub(time.Unix(0, oldest)))
}

// Figures returns what has been measured of each receiver, by its name. It goes
// on to be counted.
func (d *Deliverer) Figures() map[string]*Figures {
	all := make(map[string]*Figures, len(d.pumps))
	for _, p := range d.pumps {
		all[p.sink.Name()] = &p.figures
	}
	return all
}
