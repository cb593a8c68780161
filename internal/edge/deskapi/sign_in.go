package deskapi

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bellpull/bellpull/internal/edge/ratelimit"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/password"
	"github.com/bellpull/bellpull/internal/tally"
	"github.com/bellpull/bellpull/internal/token"
)

// How long a session of an agent lasts, and the token that renews it.
const (
	accessLife  = 12 * time.Hour
	refreshLife = 30 * 24 * time.Hour
)

// perUser is how often somebody may try to sign in as one user from one address;
// Options.PerAddress is how often as anybody.
var perUser = ratelimit.Rate{Burst: 10, Interval: 5 * time.Second}

// Passwords are costly to check on purpose, so few are checked at a time.
const (
	checksAtOnce = 2
	maxName      = 256 // bytes of a user name
)

// signIn slows down guessing.
type signIn struct {
	perUser, perAddress *ratelimit.Limiter
	checks              chan struct{} // holds an entry for each password that is being checked
	wrong, throttled    atomic.Int64  // attempts that were refused
}

func newSignIn(perAddress ratelimit.Rate, now func() time.Time) *signIn {
	return &signIn{
		perUser:    ratelimit.New(perUser, now),
		perAddress: ratelimit.New(perAddress, now),
		checks:     make(chan struct{}, checksAtOnce),
	}
}

// refuse counts somebody who may be guessing.
func (s *signIn) refuse() (caller, error) {
	s.wrong.Add(1)
	return caller{}, fault.Newf(fault.Denied, "the user name or the password is wrong")
}

// SignInsRefused returns how many attempts to sign in were refused because the
// name or password was wrong, and because there were too many.
func (a *API) SignInsRefused() (wrong, throttled int64) {
	return a.signIn.wrong.Load(), a.signIn.throttled.Load()
}

type session struct {
	AccessToken  string `json:"accessToken"`
	RefreshToken string `json:"refreshToken,omitempty"`
	Expiration   int64  `json:"expiration"` // Unix milliseconds
}

// Token answers POST /auth/token: a user name and password, or a refresh
// token, for an access token.
func (a *API) Token(w http.ResponseWriter, r *http.Request) {
	if a.preflight(w, r) {
		return
	}
	watch := tally.Start()
	out, err := a.token(r)
	a.observe("SignIn", a.reply(w, r, "SignIn", out, err), watch)
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
	who, err := a.checkPassword(r.Context(), in.Username, in.Password, ratelimit.Address(r, a.Proxies))
	if err != nil {
		return nil, err
	}
	return a.session(who), nil
}

// nobody is checked in place of users who do not exist, so that it takes as
// long to refuse them.
var nobody = sync.OnceValue(func() string { return password.Hash("nobody", password.Strong) })

func (a *API) checkPassword(ctx context.Context, name, pass, address string) (caller, error) {
	if len(name) > maxName {
		return a.signIn.refuse()
	}
	key := address + " " + name
	if a.signIn.perAddress.Take(address) > 0 || a.signIn.perUser.Take(key) > 0 {
		a.signIn.throttled.Add(1)
		return caller{}, fault.Newf(fault.Throttled, "too many attempts; try again later")
	}
	select {
	case a.signIn.checks <- struct{}{}:
		defer func() { <-a.signIn.checks }()
	case <-ctx.Done():
		return caller{}, ctx.Err()
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
		return a.signIn.refuse()
	}
	a.signIn.perUser.Forget(key)
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
