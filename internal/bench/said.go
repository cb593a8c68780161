package bench

import (
	"bytes"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// said is one message: its number in the chat, from 1, and its id.
type said struct {
	n  int
	id [36]byte
}

// textSize is the length of every message, in bytes.
const textSize = 200

// Every message begins with the mark, six digits that number its chat, nine
// that number it there, and nineteen that say when it was sent (Unix
// nanoseconds). A dot stands between them.
const (
	mark         = "bench message "
	chatDigits   = 6
	numberDigits = 9
	timeDigits   = 19
	markedSize   = chatDigits + 1 + numberDigits + 1 + timeDigits
)

// appendText appends the text of a message.
func appendText(b []byte, chat, n int, at time.Time) []byte {
	start := len(b)
	b = append(b, mark...)
	b = append(appendDigits(b, int64(chat), chatDigits), '.')
	b = append(appendDigits(b, int64(n), numberDigits), '.')
	b = appendDigits(b, at.UnixNano(), timeDigits)
	for len(b)-start < textSize {
		b = append(b, ' ', 'x')
	}
	return b[:start+textSize]
}

func appendDigits(b []byte, v int64, width int) []byte {
	b = append(b, "0000000000000000000"[:width]...)
	for i := len(b) - 1; v > 0; i-- {
		b[i] = byte('0' + v%10)
		v /= 10
	}
	return b
}

func digits(b []byte) (v int64) {
	for _, c := range b {
		v = v*10 + int64(c-'0')
	}
	return v
}

// parseText finds a message in what the server sent.
func parseText(b []byte) (chat, n int, sent int64, ok bool) {
	_, rest, found := bytes.Cut(b, []byte(mark))
	if !found || len(rest) < markedSize {
		return 0, 0, 0, false
	}
	chat = int(digits(rest[:chatDigits]))
	rest = rest[chatDigits+1:]
	n = int(digits(rest[:numberDigits]))
	rest = rest[numberDigits+1:]
	return chat, n, digits(rest[:timeDigits]), true
}

// idAfter returns the id that follows key.
func idAfter(b []byte, key string) (id [36]byte) {
	if _, rest, ok := bytes.Cut(b, []byte(key)); ok {
		copy(id[:], rest)
	}
	return id
}

// sink gathers what arrives at one side of a chat. One goroutine fills it until
// ended is done; only count may be read before.
type sink struct {
	ended sync.WaitGroup
	count atomic.Int64
	got   []said
	took  []sample
}

// sample says when something was over and how long it took.
type sample struct{ at, took int64 } // nanoseconds

// follow reads a socket until it is closed and gives each message to the sink
// of its chat. The sink that it is called on tells when that is over.
func (s *sink) follow(ws *socket, of func(chat int) *sink) {
	s.ended.Go(func() {
		for {
			f, err := ws.read()
			if err != nil {
				return
			}
			at := now().UnixNano()
			chat, n, sent, ok := parseText(f)
			if !ok {
				continue
			}
			if to := of(chat); to != nil {
				to.got = append(to.got, said{n, idAfter(f, `\"Id\":\"`)})
				to.took = append(to.took, sample{at, at - sent})
				to.count.Add(1)
			}
		}
	})
}

// audit compares what arrived with what was acknowledged, which is in order.
func audit(acked, got []said) (f Faults) {
	ids := make(map[int][36]byte, len(acked))
	for _, m := range acked {
		ids[m.n] = m.id
	}
	seen := make(map[int]bool, len(acked))
	last := 0
	for _, m := range got {
		id, ok := ids[m.n]
		switch {
		case !ok:
			continue // sent and never acknowledged: it may come or not
		case seen[m.n]:
			f.Doubled++
			continue
		case m.n < last:
			f.Reordered++
		}
		if id != m.id {
			f.Renamed++
		}
		seen[m.n], last = true, max(last, m.n)
	}
	f.Lost = len(acked) - len(seen)
	return f
}

// percentiles returns the median and the 99th percentile of the samples that
// were over between from and to, in milliseconds.
func percentiles(samples []sample, from, to int64) (p50, p99 float64) {
	var in []int64
	for _, s := range samples {
		if s.at >= from && s.at < to {
			in = append(in, s.took)
		}
	}
	if len(in) == 0 {
		return 0, 0
	}
	slices.Sort(in)
	return float64(in[len(in)/2]) / 1e6, float64(in[len(in)*99/100]) / 1e6
}
