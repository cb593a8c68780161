package deskapi_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/server/servertest"
)

func TestABrowserSignsInAndOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := servertest.New(t)
		post := func(password, origin, next string) servertest.Answer {
			form := url.Values{"username": {"ana"}, "password": {password}, "next": {next}}
			h := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
			if origin != "" {
				h.Set("Origin", origin)
			}
			return srv.Do(http.MethodPost, "/login", h, form.Encode())
		}
		if a := srv.Do(http.MethodGet, "/auth/authorize", nil, ""); a.Status != http.StatusUnauthorized {
			t.Errorf("a browser that has not signed in: %d", a.Status)
		}
		if a := post("wrong", servertest.URL, ""); a.Status != http.StatusForbidden || !strings.Contains(string(a.Body), `role="alert"`) {
			t.Errorf("a wrong password: %d %s", a.Status, a.Body)
		}
		if a := post("ana-rings-twice", "https://evil.example", ""); a.Status != http.StatusForbidden {
			t.Errorf("the form of another site: %d", a.Status)
		}
		in := post("ana-rings-twice", servertest.URL, "")
		cookie, _, _ := strings.Cut(in.Header.Get("Set-Cookie"), ";")
		if in.Status != http.StatusOK || cookie == "" || !strings.Contains(in.Header.Get("Set-Cookie"), "HttpOnly") {
			t.Fatalf("signing in: %d %v", in.Status, in.Header)
		}
		var got struct {
			AccessToken, RefreshToken string
			Expiration                int64
		}
		srv.Do(http.MethodGet, "/connect/auth/authorize", http.Header{"Cookie": {cookie}}, "").Into(t, &got)
		if got.RefreshToken != "" || time.UnixMilli(got.Expiration).Before(time.Now().Add(time.Hour)) {
			t.Errorf("authorize answers %+v", got)
		}
		a := srv.Do(http.MethodPost, "/api", http.Header{
			"X-Amz-Bearer": {got.AccessToken}, "X-Amz-Target": {"AmazonConnectCTIService.GetAgentConfiguration"},
		}, "{}")
		if a.Status != http.StatusOK {
			t.Errorf("with the access token: %d %s", a.Status, a.Body)
		}
		out := srv.Do(http.MethodGet, "/logout", http.Header{"Cookie": {cookie}, "Origin": {"https://crm.example"}}, "")
		if out.Status != http.StatusOK || !strings.Contains(out.Header.Get("Set-Cookie"), "Max-Age=0") ||
			out.Header.Get("Access-Control-Allow-Origin") != "https://crm.example" || out.Header.Get("Access-Control-Allow-Credentials") != "true" {
			t.Errorf("signing out: %d %v", out.Status, out.Header)
		}
	})
}

func TestTheLoginPageSendsOnWithinTheServerOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := servertest.New(t)
		for next, want := range map[string]string{
			"/desk/?tab=2":         "/desk/?tab=2",
			"//evil.example/":      "",
			"https://evil.example": "",
			`/\evil.example`:       "",
			"javascript:alert(1)":  "",
		} {
			form := url.Values{"username": {"ana"}, "password": {"ana-rings-twice"}, "next": {next}}
			raw := srv.Raw("POST /login HTTP/1.1\r\nHost: 127.0.0.1:2355\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n" +
				"Content-Length: " + strconv.Itoa(len(form.Encode())) + "\r\n\r\n" + form.Encode())
			location := ""
			for line := range strings.SplitSeq(raw, "\r\n") {
				if v, ok := strings.CutPrefix(line, "Location: "); ok {
					location = v
				}
			}
			if location != want {
				t.Errorf("next %q sends on to %q, want %q", next, location, want)
			}
		}
	})
}
