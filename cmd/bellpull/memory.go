package main

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// How memory is given back: when less than quietBytes were allocated in a
// while, and more than worthBytes since it was done last.
const (
	memoryCheck = 5 * time.Second
	quietBytes  = 1 << 20
	worthBytes  = 16 << 20
)

// giveBackMemory returns memory to the system once a rush is over, until ctx
// is. Go keeps what it has until the next collection, which in a quiet process
// does not come for minutes; thousands of idle sockets would seem to cost twice
// what they do.
func giveBackMemory(ctx context.Context) {
	allocated := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(allocated)
	last := allocated[0].Value.Uint64()
	done := last
	tick := time.NewTicker(memoryCheck)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		metrics.Read(allocated)
		now := allocated[0].Value.Uint64()
		if now-last < quietBytes && now-done > worthBytes {
			debug.FreeOSMemory()
			done = now
		}
		last = now
	}
}
