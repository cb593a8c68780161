package centre

import (
	"sync/atomic"
	"time"

	"github.com/bellpull/bellpull/internal/tally"
)

// Figures are what a Centre measures of itself.
type Figures struct {
	// TimerLag is how long after they were due timers fired. After a start it
	// tells how long nobody was there to fire them.
	TimerLag *tally.Histogram
	// Match is how long it took from the news that somebody waits or is free
	// until the offers that came of it were made.
	Match *tally.Histogram
	// Offers and OffersFailed count the offers that were made, and those that were
	// no longer possible or could not be stored.
	Offers, OffersFailed atomic.Int64
	// Trimmed counts the rows that reports were made from and that were removed.
	Trimmed atomic.Int64
}

func newFigures() *Figures {
	const ms = time.Millisecond
	return &Figures{
		TimerLag: tally.Durations(5*ms, 10*ms, 25*ms, 50*ms, 100*ms, 250*ms, 500*ms, time.Second, 2500*ms, 10*time.Second, time.Minute, 10*time.Minute),
		Match:    tally.Durations(ms, 2500*time.Microsecond, 5*ms, 10*ms, 25*ms, 50*ms, 100*ms, 250*ms, 500*ms, time.Second, 5*time.Second),
	}
}

// Figures returns what has been measured; it goes on to be counted.
func (c *Centre) Figures() *Figures { return c.figures }

// LiveChats returns how many chats are held in memory.
func (c *Centre) LiveChats() int {
	c.live.mu.RLock()
	defer c.live.mu.RUnlock()
	return len(c.live.chats)
}
