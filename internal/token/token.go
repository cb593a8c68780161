// Package token mints and verifies the tokens that clients carry: who they are
// in which chat, signed, so that checking one costs no I/O. Whether the holder
// may still act is for the chat's state to say.
package token

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"slices"
	"sync"
	"time"

	"github.com/bellpull/bellpull/internal/fault"
)

// Kind is what a token is good for. A token of one kind is never taken for one
// of another.
type Kind uint8

// The kinds.
const (
	Participant Kind = iota + 1 // opens connections to a chat
	Connection                  // acts in a chat
	Socket                      // opens one WebSocket of a participant
	Access                      // calls the agent API
	Refresh                     // gets a new Access token
	AgentSocket                 // opens one WebSocket of an agent
	View                        // shows one view of a flow
	Upload                      // puts the bytes of one file; Realm is the chat and Holder the file
	Download                    // gets them
	Challenge                   // is what a browser works at before it starts a chat
	Setup                       // makes the first administrator
)

// Claims are what a token says.
type Claims struct {
	Kind Kind
	// Realm and Holder are UUIDs: chat and participant, or instance and user.
	Realm, Holder string
	Expires       time.Time // whole milliseconds
	// Nonce tells tokens of the same holder apart, for those of one use.
	Nonce uint64
}

const (
	version  = 1
	bodySize = 1 + 1 + 4 + 8 + 8 + 16 + 16
	size     = bodySize + sha256.Size
)

var encoding = base64.RawURLEncoding.Strict()

// Key is one signing key.
type Key struct {
	ID     uint32
	Secret []byte
}

// Keyring signs with its first key and accepts all of them, so that keys can be
// changed without anybody being turned away.
type Keyring struct {
	now  func() time.Time
	mu   sync.RWMutex
	keys []*signer
}

// signer signs with one key. Making an HMAC costs more than using one, so they
// are used again.
type signer struct {
	id   uint32
	macs sync.Pool // of *mac
}

// mac is an HMAC with room for what it signs and for the signature, which would
// be allocated each time otherwise.
type mac struct {
	hash.Hash
	body [bodySize]byte
	sum  [sha256.Size]byte
}

func newSigner(k Key) *signer {
	secret := slices.Clone(k.Secret)
	return &signer{id: k.ID, macs: sync.Pool{New: func() any { return &mac{Hash: hmac.New(sha256.New, secret)} }}}
}

// sign returns the signature of body.
func (s *signer) sign(body []byte) [sha256.Size]byte {
	m := s.macs.Get().(*mac)
	defer s.macs.Put(m)
	m.Reset()
	m.Write(m.body[:copy(m.body[:], body)])
	m.Sum(m.sum[:0])
	return m.sum
}

var errDenied = fault.Newf(fault.Denied, "Access denied")

// NewKeyring returns a keyring of the given keys, newest first. It needs one at
// least.
func NewKeyring(now func() time.Time, keys ...Key) *Keyring {
	r := &Keyring{now: now}
	for _, k := range keys {
		r.keys = append(r.keys, newSigner(k))
	}
	return r
}

// Rotate signs with k from now on.
func (r *Keyring) Rotate(k Key) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys = append([]*signer{newSigner(k)}, r.keys...)
}

// Mint returns a token of 115 characters that are safe in headers and URLs.
// Realm and Holder must be UUIDs in lower case.
func (r *Keyring) Mint(c Claims) string {
	r.mu.RLock()
	key := r.keys[0]
	r.mu.RUnlock()
	b := make([]byte, 0, size)
	b = append(b, version, byte(c.Kind))
	b = binary.BigEndian.AppendUint32(b, key.id)
	b = binary.BigEndian.AppendUint64(b, uint64(c.Expires.UnixMilli()))
	b = binary.BigEndian.AppendUint64(b, c.Nonce)
	b = appendUUID(b, c.Realm)
	b = appendUUID(b, c.Holder)
	sum := key.sign(b)
	return encoding.EncodeToString(append(b, sum[:]...))
}

// Verify returns what a token says when it is genuine, of one of the given
// kinds and not expired. Every other token gets the same fault of kind Denied.
func (r *Keyring) Verify(token string, kinds ...Kind) (Claims, error) {
	if len(token) != encoding.EncodedLen(size) {
		return Claims{}, errDenied
	}
	var raw [size]byte
	if _, err := encoding.Decode(raw[:], []byte(token)); err != nil || raw[0] != version {
		return Claims{}, errDenied
	}
	body := raw[:bodySize]
	key, ok := r.key(binary.BigEndian.Uint32(body[2:]))
	if !ok {
		return Claims{}, errDenied
	}
	if sum := key.sign(body); !hmac.Equal(sum[:], raw[bodySize:]) {
		return Claims{}, errDenied
	}
	c := Claims{
		Kind:    Kind(body[1]),
		Expires: time.UnixMilli(int64(binary.BigEndian.Uint64(body[6:]))),
		Nonce:   binary.BigEndian.Uint64(body[14:]),
		Realm:   uuid(body[22:38]),
		Holder:  uuid(body[38:54]),
	}
	if !slices.Contains(kinds, c.Kind) || !r.now().Before(c.Expires) {
		return Claims{}, errDenied
	}
	return c, nil
}

func (r *Keyring) key(id uint32) (*signer, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, k := range r.keys {
		if k.id == id {
			return k, true
		}
	}
	return nil, false
}

// appendUUID appends the 16 bytes of a UUID. Ids are our own, so another shape
// is a bug of this program.
func appendUUID(b []byte, s string) []byte {
	var id [16]byte
	if !parseUUID(&id, s) {
		panic("token: not a UUID: " + s)
	}
	return append(b, id[:]...)
}

func parseUUID(id *[16]byte, s string) bool {
	if len(s) != 36 {
		return false
	}
	var digits [32]byte
	n := 0
	for i := range len(s) {
		switch i {
		case 8, 13, 18, 23:
			if s[i] != '-' {
				return false
			}
		default:
			digits[n] = s[i]
			n++
		}
	}
	_, err := hex.Decode(id[:], digits[:])
	return err == nil
}

func uuid(b []byte) string {
	var s [36]byte
	hex.Encode(s[:8], b[:4])
	hex.Encode(s[9:13], b[4:6])
	hex.Encode(s[14:18], b[6:8])
	hex.Encode(s[19:23], b[8:10])
	hex.Encode(s[24:], b[10:])
	s[8], s[13], s[18], s[23] = '-', '-', '-', '-'
	return string(s[:])
}
