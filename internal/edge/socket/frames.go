package socket

import (
	"sync"

	"github.com/gobwas/ws"

	"github.com/bellpull/bellpull/internal/wire"
)

// items has room for the JSON of items, which is of no use once it is in a frame,
// and for the frame, until it is known how long that is.
var items = sync.Pool{New: func() any { return new(make([]byte, 0, 2<<10)) }}

func chatFrame(it *wire.SocketItem) []byte {
	room := items.Get().(*[]byte)
	defer items.Put(room)
	*room = wire.AppendSocketItem((*room)[:0], it)
	n := len(*room)
	*room = wire.AppendChat(*room, *room)
	return frame(ws.OpText, (*room)[n:])
}
