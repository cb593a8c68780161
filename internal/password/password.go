// Package password hashes and checks passwords with argon2id.
package password

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Cost says how much work a hash is.
type Cost struct {
	MemoryKiB uint32
	Passes    uint32
	Threads   uint8
}

// Strong is the cost for people's passwords.
var Strong = Cost{MemoryKiB: 19 << 10, Passes: 2, Threads: 1}

const (
	saltSize = 16
	keySize  = 32
	// A hash that asks for more than this is not believed.
	maxMemoryKiB = 1 << 20
	maxPasses    = 64
)

var encoding = base64.RawStdEncoding.Strict()

// Hash returns the hash of a password in the usual text form of argon2.
func Hash(password string, cost Cost) string {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails: it ends the program instead
	key := derive(password, salt, cost, keySize)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		cost.MemoryKiB, cost.Passes, cost.Threads, encoding.EncodeToString(salt), encoding.EncodeToString(key))
}

// turns are as many as there are processors: more hashes at once would be no
// faster, and each needs its memory, whoever knocks.
var turns = make(chan struct{}, runtime.GOMAXPROCS(0))

func derive(password string, salt []byte, cost Cost, size uint32) []byte {
	turns <- struct{}{}
	defer func() { <-turns }()
	return argon2.IDKey([]byte(password), salt, cost.Passes, cost.MemoryKiB, cost.Threads, size)
}

var errForm = errors.New("password: not an argon2id hash")

// Check reports whether password has the given hash. The error says that the
// hash is none.
func Check(hash, password string) (bool, error) {
	cost, salt, want, err := parse(hash)
	if err != nil {
		return false, err
	}
	key := derive(password, salt, cost, uint32(len(want)))
	return subtle.ConstantTimeCompare(key, want) == 1, nil
}

// Valid reports whether hash is one that Check believes.
func Valid(hash string) bool {
	_, _, _, err := parse(hash)
	return err == nil
}

func parse(hash string) (cost Cost, salt, key []byte, err error) {
	var version int
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return cost, nil, nil, errForm
	}
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return cost, nil, nil, errForm
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &cost.MemoryKiB, &cost.Passes, &cost.Threads); err != nil {
		return cost, nil, nil, errForm
	}
	if salt, err = encoding.DecodeString(parts[4]); err != nil {
		return cost, nil, nil, errForm
	}
	key, err = encoding.DecodeString(parts[5])
	if err != nil || len(key) < 16 || cost.Passes == 0 || cost.Threads == 0 ||
		cost.MemoryKiB > maxMemoryKiB || cost.Passes > maxPasses {
		return cost, nil, nil, errForm
	}
	return cost, salt, key, nil
}
