package embedded

import (
	"sync"

	"modernc.org/libc"
	sqlite "modernc.org/sqlite/lib"
)

// keepMemory spares system calls for memory; it comes before all else that is
// done with SQLite. The allocator maps pages of a size when the ones it has are
// full and gives one back with its last block, which makes every processor
// forget it. SQLite needs a block or two of some sizes for each statement, and
// one as large as a page to divide another: so one block of each size is held
// for good, and a few whole pages are kept aside.
var keepMemory = sync.OnceFunc(func() {
	tls := libc.NewTLS()
	for size := smallestBlock; size <= largestBlock; size <<= 1 {
		libc.Xmalloc(tls, libc.Tsize_t(size))
	}
	aside := libc.NewVaList(libc.Xmalloc(tls, pageSize*pagesAside), int32(pageSize), int32(pagesAside))
	defer libc.Xfree(tls, aside)
	if code := sqlite.Xsqlite3_config(tls, sqlite.SQLITE_CONFIG_PAGECACHE, aside); code != sqlite.SQLITE_OK {
		panic("SQLite is in use before its memory was set up")
	}
})

const (
	// The sizes that share pages; they are powers of two.
	smallestBlock = 16
	largestBlock  = 16 << 10

	// The database's pages in the cache have a header beside them, and do not fit
	// into those aside.
	pageSize   = 4 << 10
	pagesAside = 8
)
