package socket

import (
	"sync"

	"github.com/bellpull/bellpull/internal/wire"
)

// items has room for the JSON of items, which is of no use once it is in a frame.
var items = sync.Pool{New: func() any { return new(make([]byte, 0, 1<<10)) }}

func chatFrame(it *wire.SocketItem) []byte {
	room := items.Get().(*[]byte)
	defer items.Put(room)
	*room = wire.AppendSocketItem((*room)[:0], it)
	return text(wire.AppendChat(make([]byte, headerRoom, headerRoom+128+len(*room)*5/4), *room))
}
