package widgetapi

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"strings"
	"sync"
	"time"

	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/token"
)

// challengeLife is how long a visitor's browser may work at a challenge.
const challengeLife = 5 * time.Minute

type challengeAnswer struct {
	Challenge  string `json:"challenge"`
	Difficulty int    `json:"difficulty"`
}

// challenge answers GET /widget/{id}/challenge: work to do before a start. It is
// signed, so nothing is kept of it until it is used.
func (a *API) challenge(w *found) (any, error) {
	var nonce [8]byte
	_, _ = rand.Read(nonce[:]) // never fails: it ends the program instead
	return challengeAnswer{
		Challenge: a.Tokens.Mint(token.Claims{
			Kind: token.Challenge, Realm: string(w.widget.ID), Holder: string(w.dir.Instance.ID),
			Expires: a.Now().Add(challengeLife), Nonce: binary.BigEndian.Uint64(nonce[:]),
		}),
		Difficulty: a.Difficulty,
	}, nil
}

// checkProof refuses a start whose browser has not done its work. A repeat of
// the same start may bring the same proof.
func (a *API) checkProof(w *directory.Widget, proof, clientToken string) error {
	if a.Difficulty == 0 {
		return nil
	}
	challenge, _, ok := strings.Cut(proof, ":")
	if !ok {
		return fault.Newf(fault.Denied, "proof: a challenge must be solved first")
	}
	claims, err := a.Tokens.Verify(challenge, token.Challenge)
	if err != nil || claims.Realm != string(w.ID) || zeros(proof) < a.Difficulty {
		return fault.Newf(fault.Denied, "proof: the challenge has expired or is not solved")
	}
	if !a.spent.take(challenge, clientToken, claims.Expires, a.Now()) {
		return fault.Newf(fault.Denied, "proof: the challenge has been used")
	}
	return nil
}

// zeros counts the bits before the first that is set in the hash of a proof.
func zeros(proof string) (n int) {
	for _, b := range sha256.Sum256([]byte(proof)) {
		n += bits.LeadingZeros8(b)
		if b != 0 {
			break
		}
	}
	return n
}

// spent remembers challenges that have been used here until they expire. In a
// cluster each node knows its own.
type spent struct {
	mu   sync.Mutex
	used map[string]use
	next time.Time // when to look for those that have expired
}

type use struct {
	by      string // client token of the start; empty: nobody can repeat it
	expires time.Time
}

// take reports whether a challenge is good for a start.
func (s *spent) take(challenge, by string, expires, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.After(s.next) {
		for c, u := range s.used {
			if now.After(u.expires) {
				delete(s.used, c)
			}
		}
		s.next = now.Add(challengeLife / 5)
	}
	if u, known := s.used[challenge]; known {
		return by != "" && u.by == by
	}
	s.used[challenge] = use{by, expires}
	return true
}
