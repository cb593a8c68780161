package contact

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	mathrand "math/rand/v2"
	"strings"
	"sync"
	"time"
)

// The names of things. All but ItemID and the queues of agents are UUIDs in text
// form.
type (
	// ID names a contact: one segment of a chat. The id of a chat's first
	// segment (its InitialContactId) names the whole chat.
	ID string
	// ParticipantID names one party of a chat.
	ParticipantID string
	// InstanceID names a contact centre.
	InstanceID string
	// UserID names an agent or another user of an instance.
	UserID string
	// QueueID names a queue: a standard one, or an agent's own by AgentQueue.
	QueueID string
	// FlowID names a flow.
	FlowID string
	// StatusID names an agent status, such as Available.
	StatusID string
)

// agentQueue comes before the agent's id in the id of an agent's own queue; with
// it ARNs end as those of the service do.
const agentQueue = "agent/"

// AgentQueue names an agent's own queue.
func AgentQueue(u UserID) QueueID { return QueueID(agentQueue + string(u)) }

// Agent returns whose own queue it is; empty for a standard queue.
func (q QueueID) Agent() UserID {
	if u, ok := strings.CutPrefix(string(q), agentQueue); ok {
		return UserID(u)
	}
	return ""
}

// ItemID names a transcript item. It is a UUID of version 7: its first 48
// bits are the item's time in milliseconds, by which a store finds the item
// without an index of its own.
type ItemID [16]byte

// String returns the UUID's text form.
func (id ItemID) String() string {
	var text [36]byte
	return string(id.Append(text[:0]))
}

// Append appends the UUID's text form to b.
func (id ItemID) Append(b []byte) []byte {
	b = hex.AppendEncode(b, id[:4])
	for _, part := range [][]byte{id[4:6], id[6:8], id[8:10], id[10:]} {
		b = append(b, '-')
		b = hex.AppendEncode(b, part)
	}
	return b
}

// Time returns the moment that the id carries, in whole milliseconds.
func (id ItemID) Time() time.Time {
	var ms [8]byte
	copy(ms[2:], id[:6])
	return time.UnixMilli(int64(binary.BigEndian.Uint64(ms[:]))).UTC()
}

// ParseItemID reads the text form of an item's id; ok is false for what cannot
// be one, UUIDs of other versions included.
func ParseItemID(s string) (id ItemID, ok bool) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return ItemID{}, false
	}
	digits := make([]byte, 0, 32)
	for _, part := range []string{s[:8], s[9:13], s[14:18], s[19:23], s[24:]} {
		digits = append(digits, part...)
	}
	_, err := hex.Decode(id[:], digits)
	return id, err == nil && id[6]>>4 == 7
}

// IDs gives out ids. Its zero value is not usable; see NewIDs.
type IDs struct {
	mu  sync.Mutex
	rng *mathrand.ChaCha8
}

// NewIDs returns a source of ids nobody can guess.
func NewIDs() *IDs {
	var seed [32]byte
	_, _ = rand.Read(seed[:]) // never fails: it ends the program instead
	return &IDs{rng: mathrand.NewChaCha8(seed)}
}

// SeededIDs returns a source that gives the same ids in every run. It is for
// tests and for bellpull dev --seed-random.
func SeededIDs(seed int64) *IDs {
	var b [32]byte
	binary.LittleEndian.PutUint64(b[:], uint64(seed))
	return &IDs{rng: mathrand.NewChaCha8(b)}
}

// New returns a fresh UUID of version 4.
func (s *IDs) New() string {
	id := s.random()
	id[6] = id[6]&0x0f | 0x40
	return ItemID(id).String()
}

// At returns a fresh ItemID for an item of time t.
func (s *IDs) At(t time.Time) ItemID {
	id := s.random()
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(t.UnixMilli()))
	copy(id[:6], ms[2:])
	id[6] = id[6]&0x0f | 0x70
	return id
}

// random returns 16 random bytes with the UUID variant set.
func (s *IDs) random() (id [16]byte) {
	s.mu.Lock()
	binary.LittleEndian.PutUint64(id[:8], s.rng.Uint64())
	binary.LittleEndian.PutUint64(id[8:], s.rng.Uint64())
	s.mu.Unlock()
	id[8] = id[8]&0x3f | 0x80
	return id
}
