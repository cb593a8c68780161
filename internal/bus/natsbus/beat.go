package natsbus

import (
	"crypto/rand"
	"encoding/binary"
	"sync"
)

// beats are what the nodes send each other every second: a number each, without
// a gap. Where NATS itself falls apart, nodes are cut off from each other without
// losing their connections; a gap in another one's beats is how they learn of
// it.
type beats struct {
	self [8]byte
	sent uint64 // belongs to the goroutine that sends

	mu    sync.Mutex // guards nodes
	nodes map[[8]byte]uint64
}

// nodesLimit bounds what is remembered; a node that starts anew is another one.
const nodesLimit = 1024

func (s *beats) init() {
	_, _ = rand.Read(s.self[:]) // it never fails
	s.nodes = map[[8]byte]uint64{}
}

// next returns the next beat.
func (s *beats) next() []byte {
	s.sent++
	return binary.AppendUvarint(s.self[:len(s.self):len(s.self)], s.sent)
}

// skip leaves one out, so that everybody looks at the store.
func (s *beats) skip() { s.sent++ }

// heard takes a beat and reports whether some are missing.
func (s *beats) heard(b []byte) bool {
	if len(b) < len(s.self) {
		return true
	}
	node := [8]byte(b)
	n, size := binary.Uvarint(b[len(node):])
	if size <= 0 {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	last := s.nodes[node] // 0 for one that is new
	if n <= last {
		return false
	}
	if len(s.nodes) >= nodesLimit {
		clear(s.nodes)
	}
	s.nodes[node] = n
	return n != last+1
}
