package store

import (
	"sync/atomic"
	"time"

	"github.com/bellpull/bellpull/internal/tally"
)

// Measured is a Store that measures itself.
type Measured interface {
	// Figures returns what has been measured since the store was opened; it goes
	// on to be counted.
	Figures() *Figures
}

// Figures are what a driver measures of itself.
type Figures struct {
	// Waiting returns how many calls wait for their turn to be committed.
	Waiting func() int
	// Batch is how many calls shared a commit.
	Batch *tally.Histogram
	// Commit is how long commits took: the transaction and its flush.
	Commit *tally.Histogram
	// Failed counts the commits that failed as a whole, such as on a full disk.
	Failed atomic.Int64
	// Read is how long reads took, a free connection waited for.
	Read *tally.Histogram
}

// NewFigures returns figures in which nothing has been counted.
func NewFigures(waiting func() int) *Figures {
	const us, ms = time.Microsecond, time.Millisecond
	return &Figures{
		Waiting: waiting,
		Batch:   tally.Sizes(1, 2, 4, 8, 16, 32, 64, 128, 256),
		Commit:  tally.Durations(250*us, 500*us, ms, 2500*us, 5*ms, 10*ms, 25*ms, 50*ms, 100*ms, 250*ms, time.Second, 5*time.Second),
		Read:    tally.Durations(50*us, 100*us, 250*us, 500*us, ms, 2500*us, 5*ms, 10*ms, 25*ms, 100*ms, time.Second),
	}
}
