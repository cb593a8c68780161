package embedded

import (
	"sync"

	"modernc.org/libc"
)

// keepMemory holds one block of each size of SQLite's allocator for good. The
// allocator gives a page of a size back to the system with its last block, and
// SQLite needs a block or two of some sizes for each statement: without this a
// message costs four system calls for memory alone, a fifteenth of the server's
// time. The blocks themselves are 32 KB.
var keepMemory = sync.OnceFunc(func() {
	tls := libc.NewTLS()
	for size := smallestBlock; size <= largestBlock; size <<= 1 {
		libc.Xmalloc(tls, libc.Tsize_t(size))
	}
})

// The sizes that share pages; they are powers of two.
const (
	smallestBlock = 16
	largestBlock  = 16 << 10
)
