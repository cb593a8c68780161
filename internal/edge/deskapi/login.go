package deskapi

import (
	_ "embed"
	"html"
	"net/http"
	"net/url"
	"strings"

	"github.com/bellpull/bellpull/internal/edge/ratelimit"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/token"
)

// cookieName is the browser's session: it holds a refresh token, out of reach of
// scripts.
const cookieName = "bellpull-session"

// The page has two forms: one that asks, and one for who has signed in. What
// stands in braces is filled in, escaped. html/template would make the
// program a fifth larger, see docs/architecture.md.
var (
	//go:embed login.html
	loginFrame string

	signInPage = loginPage(`<h1>Sign in</h1>
{trouble}<form method="post">
<input type="hidden" name="next" value="{next}">
<label>User name <input name="username" autocomplete="username" autocapitalize="none" required autofocus value="{username}"></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button>
</form>`)

	signedInPage = loginPage(`<h1>Signed in as {username}</h1>
<p>You can close this window.</p>`)
)

func loginPage(main string) string { return strings.Replace(loginFrame, "{main}", main, 1) }

// loginPolicy lets the page use what stands in it, and nothing else.
const loginPolicy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Login answers /login: the page that signs a browser in, and its form. Who has
// signed in is sent on to where the form says, or told to close the window.
func (a *API) Login(w http.ResponseWriter, r *http.Request) {
	page, username, trouble := signInPage, "", ""
	next := localPath(r.FormValue("next"))
	status := http.StatusOK
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		if who, err := a.browser(r); err == nil {
			page, username = signedInPage, who.user.Username
		}
	case http.MethodPost:
		username = r.PostFormValue("username")
		who, err := a.signInForm(r)
		if err == nil {
			a.setCookie(w, r, a.session(who).RefreshToken, int(refreshLife.Seconds()))
			if next != "" {
				http.Redirect(w, r, next, http.StatusSeeOther)
				return
			}
			page, username = signedInPage, who.user.Username
			break
		}
		status, trouble = http.StatusForbidden, err.Error()
		if kind := fault.KindOf(err); kind != fault.Denied && kind != fault.Throttled {
			a.Log.ErrorContext(r.Context(), "sign-in failed", "error", err)
			status, trouble = http.StatusInternalServerError, "something is wrong on our side; try again"
		}
	default:
		w.Header().Set("Allow", "GET, POST")
		status, trouble = http.StatusMethodNotAllowed, "use the form"
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", loginPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(status)
	if trouble != "" {
		trouble = `<p role="alert">` + html.EscapeString(trouble) + "</p>\n"
	}
	fill := strings.NewReplacer("{trouble}", trouble, "{next}", html.EscapeString(next), "{username}", html.EscapeString(username))
	_, _ = fill.WriteString(w, page) // a browser that is gone needs no page
}

func (a *API) signInForm(r *http.Request) (caller, error) {
	if !sameOrigin(r) {
		return caller{}, fault.Newf(fault.Denied, "the form is not of this server")
	}
	return a.checkPassword(r.Context(), r.PostFormValue("username"), r.PostFormValue("password"), ratelimit.Address(r, a.Proxies))
}

// Logout answers /logout: the browser's session is over. Pages of other origins
// ask for it with credentials, which needs their very origin in the answer.
func (a *API) Logout(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	if origin := r.Header.Get("Origin"); origin != "" {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Credentials", "true")
		h.Set("Vary", "Origin")
	}
	a.setCookie(w, r, "", -1)
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte("Signed out.\n"))
}

// Authorize answers /auth/authorize: a browser that has signed in gets an access
// token.
func (a *API) Authorize(w http.ResponseWriter, r *http.Request) {
	who, err := a.browser(r)
	if err != nil {
		a.reply(w, r, "Authorize", nil, err)
		return
	}
	s := a.session(who)
	s.RefreshToken = ""
	a.reply(w, r, "Authorize", s, nil)
}

// browser returns who has signed in with the browser that asks.
func (a *API) browser(r *http.Request) (caller, error) {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return caller{}, errUnauthorized
	}
	claims, err := a.Tokens.Verify(cookie.Value, token.Refresh)
	if err != nil {
		return caller{}, errUnauthorized
	}
	return a.userOf(claims)
}

func (a *API) setCookie(w http.ResponseWriter, r *http.Request, value string, age int) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: value, Path: "/", MaxAge: age, HttpOnly: true,
		Secure: r.TLS != nil || strings.HasPrefix(a.SocketURL, "wss:"), SameSite: http.SameSiteLaxMode,
	})
}

// sameOrigin reports whether a form was sent from a page of this server.
func sameOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return r.Header.Get("Sec-Fetch-Site") == "" || r.Header.Get("Sec-Fetch-Site") == "same-origin"
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host == r.Host
}

// localPath returns a path of this server, or "" for everything else.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(next, "//") || strings.Contains(next, `\`) {
		return ""
	}
	return u.String()
}
