package deskapi_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/config"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

// unowned runs a test against a server that nobody administers, given the token
// of its link.
func unowned(t *testing.T, change func(*config.Config), test func(*testing.T, *servertest.Server, string)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d := seed.Dev()
		for _, u := range d.Users {
			u.Admin = false
		}
		c := config.Default()
		change(&c)
		srv := servertest.Open(t, servertest.Options{Directory: d, Config: &c})
		_, token, _ := strings.Cut(srv.SetupURL(), "/setup/#")
		test(t, srv, token)
	})
}

func anyhow(*config.Config) {}

// owner is what somebody who makes the first administrator sends, with some of
// it changed.
func owner(t *testing.T, token string, changed ...string) string {
	in := map[string]string{"token": token, "username": "mia", "firstName": "Mia", "lastName": "Example", "password": "correct horse battery"}
	for i := 0; i < len(changed); i += 2 {
		in[changed[i]] = changed[i+1]
	}
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func setUp(srv *servertest.Server, body string) servertest.Answer {
	return srv.Do(http.MethodPost, "/setup/user", nil, body)
}

func needed(t *testing.T, srv *servertest.Server) bool {
	t.Helper()
	var out struct{ Needed bool }
	srv.Do(http.MethodGet, "/setup/state", nil, "").Into(t, &out)
	return out.Needed
}

func TestTheLinkMakesTheFirstAdministratorOnce(t *testing.T) {
	unowned(t, anyhow, func(t *testing.T, srv *servertest.Server, token string) {
		if token == "" || !needed(t, srv) {
			t.Fatalf("nobody administers it, and the link has the token %q", token)
		}
		srv.Restart() // the link of the start before is as good
		a := setUp(srv, owner(t, token))
		var out struct {
			AccessToken, RefreshToken string
			Expiration                int64
		}
		a.Into(t, &out)
		if a.Status != http.StatusOK || out.AccessToken == "" || out.RefreshToken == "" || out.Expiration == 0 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		list := srv.Do(http.MethodPost, "/api", http.Header{"X-Amz-Bearer": {out.AccessToken}, "X-Amz-Target": {"AmazonConnectCTIService.ListWidgets"}}, "{}")
		if list.Status != http.StatusOK {
			t.Errorf("what an administrator may do: %d %s", list.Status, list.Body)
		}
		if a := srv.Do(http.MethodPost, "/auth/token", nil, `{"username":"mia","password":"correct horse battery"}`); a.Status != http.StatusOK {
			t.Errorf("signing in: %d %s", a.Status, a.Body)
		}
		for _, u := range srv.Centre().Instances()[0].Users {
			if u.Username == "mia" && (!u.Supervisor || u.Profile == "" || u.DisplayName() != "Mia") {
				t.Errorf("mia is %+v", u)
			}
		}
		if a := setUp(srv, owner(t, token, "username", "noah")); a.Status != http.StatusConflict || a.ErrorType() != "ConflictException" {
			t.Errorf("a second time: %d %s", a.Status, a.Body)
		}
		srv.Restart()
		if url := srv.SetupURL(); url != "" || needed(t, srv) {
			t.Errorf("somebody administers it, and the link is %q", url)
		}
	})
}

func TestOfSeveralAtOnceOneBecomesTheFirstAdministrator(t *testing.T) {
	unowned(t, anyhow, func(t *testing.T, srv *servertest.Server, token string) {
		const tries = 4
		statuses := make(chan int, tries)
		for i := range tries {
			go func() { statuses <- setUp(srv, owner(t, token, "username", "mia"+strconv.Itoa(i))).Status }()
		}
		made := 0
		for range tries {
			if <-statuses == http.StatusOK {
				made++
			}
		}
		if made != 1 {
			t.Errorf("%d became it", made)
		}
	})
}

func TestWhatTheFirstAdministratorMayNotBe(t *testing.T) {
	unowned(t, anyhow, func(t *testing.T, srv *servertest.Server, token string) {
		for name, c := range map[string]struct {
			body, want, says string
		}{
			"no token":              {owner(t, ""), "AccessDeniedException", "token"},
			"another kind of token": {owner(t, srv.Desk("ana").Access), "AccessDeniedException", "token"},
			"a forged token":        {owner(t, token[:len(token)-2]+"AA"), "AccessDeniedException", "token"},
			"no name":               {owner(t, token, "username", " "), "ValidationException", "username"},
			"a name of two words":   {owner(t, token, "username", "mia e"), "ValidationException", "username"},
			"a name that is taken":  {owner(t, token, "username", "ana"), "ConflictException", "username"},
			"a name of two lines":   {owner(t, token, "firstName", "Mia\nE"), "ValidationException", "firstName"},
			"a short password":      {owner(t, token, "password", "too short"), "ValidationException", "password"},
			"an easy password":      {owner(t, token, "password", "mia-example-1"), "ValidationException", "password"},
			"no object":             {"[]", "ValidationException", "array"},
		} {
			if a := setUp(srv, c.body); a.ErrorType() != c.want || !strings.Contains(string(a.Body), c.says) {
				t.Errorf("%s: %d %s", name, a.Status, a.Body)
			}
		}
		if !needed(t, srv) {
			t.Error("somebody was made")
		}
		time.Sleep(8 * 24 * time.Hour)
		if a := setUp(srv, owner(t, token)); a.Status != http.StatusForbidden {
			t.Errorf("after a week: %d %s", a.Status, a.Body)
		}
	})
}

func TestWhoGuessesLinksIsSlowedDown(t *testing.T) {
	unowned(t, func(c *config.Config) { c.SignIn.PerAddress = config.Rate{Burst: 2, Interval: time.Minute} }, func(t *testing.T, srv *servertest.Server, token string) {
		setUp(srv, owner(t, "x"))
		setUp(srv, owner(t, "y"))
		if a := setUp(srv, owner(t, token)); a.Status != http.StatusTooManyRequests {
			t.Errorf("the third: %d %s", a.Status, a.Body)
		}
	})
}
