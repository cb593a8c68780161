// Package poll holds connections that are silent nearly always, as the sockets
// of chats are. No goroutine waits in them: a Pool looks at all of them together,
// many times a second. So a silent one costs some bytes, and what a thousand
// clients say every now and then does not wake an idle machine a thousand
// times.
package poll

import (
	"errors"
	"time"
)

// Every is how often connections are looked at. What comes in waits that long
// at most; what goes out does not wait.
const Every = 50 * time.Millisecond

// ErrNothing says that there is nothing to read yet.
var ErrNothing = errors.New("nothing to read yet")

// Waiter waits for something to read.
type Waiter interface {
	// Ready says that there may be something to read, or that the connection
	// has ended. It must not block.
	Ready()
}
