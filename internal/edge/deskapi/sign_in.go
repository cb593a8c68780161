package deskapi

import (
	"context"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/password"
	"github.com/bellpull/bellpull/internal/token"
)

// How long a session of an agent lasts, and the token that renews it.
const (
	accessLife  = 12 * time.Hour
	refreshLife = 30 * 24 * time.Hour
)

// Wrong passwords: so many at once, and then one in a while.
const (
	attemptsAtOnce  = 10
	attemptInterval = 5 * time.Second
	forgetAttempts  = 10 * time.Minute
)

// signIn slows down guessing, for each user name apart.
type signIn struct {
	mu       sync.Mutex
	attempts map[string]*attempts
}

type attempts struct {
	limit *rate.Limiter
	last  time.Time
}

func (s *signIn) allow(name string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n, a := range s.attempts {
		if now.Sub(a.last) > forgetAttempts {
			delete(s.attempts, n)
		}
	}
	a := s.attempts[name]
	if a == nil {
		a = &attempts{limit: rate.NewLimiter(rate.Every(attemptInterval), attemptsAtOnce)}
		s.attempts[name] = a
	}
	a.last = now
	return a.limit.AllowN(now, 1)
}

// forget takes back the attempt of somebody who knew the password.
func (s *signIn) forget(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.attempts, name)
}

type session struct {
	AccessToken  string `json:"accessToken"`
	RefreshToken string `json:"refreshToken"`
	Expiration   int64  `json:"expiration"` // Unix milliseconds
}

// Token answers POST /auth/token: a user name and password, or a refresh
// token, for an access token.
func (a *API) Token(w http.ResponseWriter, r *http.Request) {
	if a.preflight(w, r) {
		return
	}
	out, err := a.token(r)
	a.reply(w, r, "SignIn", out, err)
}

func (a *API) token(r *http.Request) (*session, error) {
	body, err := readBody(r)
	if err != nil {
		return nil, err
	}
	var in struct {
		Username     string `json:"username"`
		Password     string `json:"password"`
		RefreshToken string `json:"refreshToken"`
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	if in.RefreshToken != "" {
		claims, err := a.Tokens.Verify(in.RefreshToken, token.Refresh)
		if err != nil {
			return nil, errUnauthorized
		}
		who, err := a.userOf(claims)
		if err != nil {
			return nil, err
		}
		return a.session(who), nil
	}
	who, err := a.checkPassword(r.Context(), in.Username, in.Password)
	if err != nil {
		return nil, err
	}
	return a.session(who), nil
}

// nobody is checked in place of users who do not exist, so that it takes as
// long to refuse them.
var nobody = sync.OnceValue(func() string { return password.Hash("nobody", password.Strong) })

func (a *API) checkPassword(ctx context.Context, name, pass string) (caller, error) {
	if !a.signIn.allow(name, a.Centre.Now()) {
		return caller{}, fault.Newf(fault.Throttled, "too many attempts; try again later")
	}
	who, hash := caller{}, ""
	for _, dir := range a.Centre.Instances() {
		if u := dir.UserByName(name); u != nil {
			who, hash = caller{dir, u}, u.PasswordHash
		}
	}
	if who.user == nil {
		hash = nobody()
	}
	ok, err := password.Check(hash, pass)
	if err != nil {
		a.Log.ErrorContext(ctx, "a user's password hash cannot be read", "username", name, "error", err)
	}
	if !ok || who.user == nil {
		return caller{}, fault.Newf(fault.Denied, "the user name or the password is wrong")
	}
	a.signIn.forget(name)
	return who, nil
}

func (a *API) session(who caller) *session {
	now := a.Centre.Now()
	return &session{
		AccessToken:  a.mint(who, token.Access, now.Add(accessLife), 0),
		RefreshToken: a.mint(who, token.Refresh, now.Add(refreshLife), 0),
		Expiration:   now.Add(accessLife).UnixMilli(),
	}
}

func (a *API) mint(who caller, kind token.Kind, expires time.Time, nonce uint64) string {
	return a.Tokens.Mint(token.Claims{
		Kind: kind, Realm: string(who.dir.Instance.ID), Holder: string(who.user.ID), Expires: expires, Nonce: nonce,
	})
}
