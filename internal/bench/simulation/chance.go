package simulation

import (
	"math/rand/v2"
	"sync"
	"time"
)

// chance makes what happens by chance in a simulation. The same seed makes the
// same; who asks first gets it first.
type chance struct {
	mu sync.Mutex
	r  *rand.Rand
}

func newChance(seed uint64) *chance { return &chance{r: rand.New(rand.NewPCG(seed, seed))} }

// exponential returns a time that is exponentially distributed around mean, as
// is that between customers who decide independently of each other, and as
// handle times roughly are. Without a mean it is 0.
func (c *chance) exponential(mean time.Duration) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Duration(c.r.ExpFloat64() * float64(mean))
}

// happens is true with probability p.
func (c *chance) happens(p float64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.r.Float64() < p
}

// arrivals are the moments, from 0 on and before end, at which customers arrive:
// a Poisson process of so many a second.
func (c *chance) arrivals(perSecond float64, end time.Duration) (all []time.Duration) {
	mean := time.Duration(float64(time.Second) / perSecond)
	for at := c.exponential(mean); at < end; at += c.exponential(mean) {
		all = append(all, at)
	}
	return all
}
