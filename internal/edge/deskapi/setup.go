package deskapi

import (
	"net/http"
	"strings"
	"time"

	"github.com/bellpull/bellpull/internal/admin"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/edge/ratelimit"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/password"
	"github.com/bellpull/bellpull/internal/tally"
	"github.com/bellpull/bellpull/internal/token"
)

// setupLife is how long the link of a start is good. Each start makes another,
// as long as nobody has used one.
const setupLife = 7 * 24 * time.Hour

// SetupToken returns the token that makes the first administrator of an
// instance, or nothing when there is one. It is good once: there is a first
// administrator then.
func (a *API) SetupToken(instance contact.InstanceID) string {
	if !admin.NeedsAdministrator(a.Centre.Instances()) {
		return ""
	}
	return a.Tokens.Mint(token.Claims{
		Kind: token.Setup, Realm: string(instance), Holder: string(instance), Expires: a.Centre.Now().Add(setupLife),
	})
}

// SetupState answers GET /setup/state.
func (a *API) SetupState(w http.ResponseWriter, r *http.Request) {
	out := struct {
		Needed bool `json:"needed"`
	}{admin.NeedsAdministrator(a.Centre.Instances())}
	a.reply(w, r, "SetupState", out, nil)
}

// SetupUser answers POST /setup/user: who has the link makes the first
// administrator, and is signed in.
func (a *API) SetupUser(w http.ResponseWriter, r *http.Request) {
	watch := tally.Start()
	out, err := a.setupUser(r)
	a.observe("SetupUser", a.replyAs(w, r, "SetupUser", out, err, setupErrors), watch)
}

// setupErrors names each kind where a form is filled in.
var setupErrors = map[fault.Kind]errorName{
	fault.Invalid:   {http.StatusBadRequest, "ValidationException"},
	fault.Denied:    {http.StatusForbidden, "AccessDeniedException"},
	fault.Conflict:  {http.StatusConflict, "ConflictException"},
	fault.Throttled: {http.StatusTooManyRequests, "ThrottlingException"},
}

func (a *API) setupUser(r *http.Request) (*session, error) {
	body, err := readBody(r)
	if err != nil {
		return nil, err
	}
	var in struct {
		Token     string `json:"token"`
		Username  string `json:"username"`
		FirstName string `json:"firstName"`
		LastName  string `json:"lastName"`
		Password  string `json:"password"`
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	if a.signIn.perAddress.Take(ratelimit.Address(r, a.Proxies)) > 0 {
		return nil, fault.Newf(fault.Throttled, "too many attempts; try again later")
	}
	claims, err := a.Tokens.Verify(in.Token, token.Setup)
	if err != nil {
		return nil, fault.Newf(fault.Denied, "token: the link is not good any more; the server prints another one when it starts")
	}
	u := directory.User{Username: strings.TrimSpace(in.Username), FirstName: strings.TrimSpace(in.FirstName), LastName: strings.TrimSpace(in.LastName)}
	if err := admin.CheckPerson(&u); err != nil {
		return nil, err
	}
	if weakness := password.Weakness(in.Password, u.Username, u.FirstName, u.LastName); weakness != "" {
		return nil, fault.Newf(fault.Invalid, "password: %s", weakness)
	}
	if !admin.NeedsAdministrator(a.Centre.Instances()) {
		return nil, fault.Newf(fault.Conflict, "there is an administrator already; sign in at the desk")
	}
	if u.PasswordHash, err = a.hash(r, in.Password); err != nil {
		return nil, err
	}
	made, err := a.Admin.CreateAdministrator(r.Context(), contact.InstanceID(claims.Realm), u)
	if err != nil {
		return nil, err
	}
	who, err := a.user(contact.InstanceID(claims.Realm), made.ID)
	if err != nil {
		return nil, err
	}
	return a.session(who), nil
}

// hash hashes a password, when it is its turn.
func (a *API) hash(r *http.Request, text string) (string, error) {
	select {
	case a.signIn.checks <- struct{}{}:
		defer func() { <-a.signIn.checks }()
		return password.Hash(text, password.Strong), nil
	case <-r.Context().Done():
		return "", r.Context().Err()
	}
}
