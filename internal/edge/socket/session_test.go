package socket

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/gobwas/ws"
)

// The length of a frame stands in 7 bits, in two bytes or in eight, as short as
// it can be.
func TestFrameHeaders(t *testing.T) {
	for _, n := range []int{0, 1, 125, 126, 127, 65535, 65536, 1 << 20} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			payload := bytes.Repeat([]byte("x"), n)
			want := []byte{0x81}
			switch {
			case n <= 125:
				want = append(want, byte(n))
			case n <= 65535:
				want = binary.BigEndian.AppendUint16(append(want, 126), uint16(n))
			default:
				want = binary.BigEndian.AppendUint64(append(want, 127), uint64(n))
			}
			got := frame(ws.OpText, payload)
			if head := got[:len(got)-n]; !bytes.Equal(head, want) {
				t.Errorf("header %x, want %x", head, want)
			}
			if !bytes.Equal(got[len(got)-n:], payload) {
				t.Error("the payload has changed")
			}
			if behind := text(append(make([]byte, headerRoom), payload...)); !bytes.Equal(behind, got) {
				t.Errorf("text makes another frame, which begins with %x", behind[:min(12, len(behind))])
			}
		})
	}
}
