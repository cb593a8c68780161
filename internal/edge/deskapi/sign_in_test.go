package deskapi_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/server/servertest"
)

func signIn(srv *servertest.Server, body string) servertest.Answer {
	return srv.Do("POST", "/auth/token", nil, body)
}

func TestSigningIn(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		for _, c := range []struct{ name, body, want string }{
			{"a wrong password", `{"username":"ana","password":"guess"}`, "AccessDeniedException"},
			{"an unknown user", `{"username":"nobody","password":"ana-rings-twice"}`, "AccessDeniedException"},
			{"nothing", `{}`, "AccessDeniedException"},
		} {
			refused(t, c.name, signIn(srv, c.body), 403, c.want)
		}
		refused(t, "no JSON", signIn(srv, `{`), 400, "InvalidStateException")
		refused(t, "a number for a name", signIn(srv, `{"username":1}`), 400, "InvalidStateException")
		refused(t, "a forged token", signIn(srv, `{"refreshToken":"x"}`), 401, "UnauthorizedException")

		var in struct {
			AccessToken, RefreshToken string
			Expiration                int64
		}
		signIn(srv, `{"username":"ana","password":"ana-rings-twice"}`).Into(t, &in)
		same(t, "expiration", time.Until(time.UnixMilli(in.Expiration)), 12*time.Hour)
		refused(t, "an access token to renew with", signIn(srv, `{"refreshToken":"`+in.AccessToken+`"}`), 401, "UnauthorizedException")

		ask := func(token string) servertest.Answer {
			return srv.Do("POST", "/api", http.Header{"X-Amz-Bearer": {token}, "X-Amz-Target": {"AmazonConnectCTIService.GetAgentStates"}}, "{}")
		}
		same(t, "an access token", ask(in.AccessToken).Status, 200)
		refused(t, "a refresh token to ask with", ask(in.RefreshToken), 401, "UnauthorizedException")
		refused(t, "no token", ask(""), 401, "UnauthorizedException")
		inBody := srv.Do("POST", "/api", http.Header{"X-Amz-Target": {"GetAgentStates"}}, `{"authentication":{"authToken":"`+in.AccessToken+`"}}`)
		same(t, "the token in the body", inBody.Status, 200)

		time.Sleep(12 * time.Hour)
		refused(t, "an access token after twelve hours", ask(in.AccessToken), 401, "UnauthorizedException")
		signIn(srv, `{"refreshToken":"`+in.RefreshToken+`"}`).Into(t, &in)
		same(t, "the renewed one", ask(in.AccessToken).Status, 200)
		srv.Stop() // a month of looking for timers takes a while
		time.Sleep(31 * 24 * time.Hour)
		srv.Start()
		refused(t, "a refresh token after a month", signIn(srv, `{"refreshToken":"`+in.RefreshToken+`"}`), 401, "UnauthorizedException")
	})
}

func TestGuessingPasswordsIsSlow(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		const right, wrong = `{"username":"ana","password":"ana-rings-twice"}`, `{"username":"ana","password":"guess"}`
		for range 10 {
			refused(t, "a wrong password", signIn(srv, wrong), 403, "AccessDeniedException")
		}
		refused(t, "one too many", signIn(srv, wrong), 429, "ThrottlingException")
		refused(t, "the right one then", signIn(srv, right), 429, "ThrottlingException")
		same(t, "another user", signIn(srv, `{"username":"ben","password":"ben-rings-twice"}`).Status, 200)
		time.Sleep(5 * time.Second)
		same(t, "the right one five seconds later", signIn(srv, right).Status, 200)
		for range 10 {
			refused(t, "a wrong password", signIn(srv, wrong), 403, "AccessDeniedException")
		}
	})
}
