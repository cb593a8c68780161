package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const (
	reloadBase = `queues: [{name: Sales}]
users: [{username: mia, password: rings}]
flows: [{name: Greeting, file: greeting.json}]
`
	reloadFlow = `{"Version":"2019-10-30","StartAction":"end","Actions":[{"Identifier":"end","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}`
)

// put writes a file in one step.
func put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(name+".new", name); err != nil {
		t.Fatal(err)
	}
}

// post returns the status of a request with a body of JSON.
func post(t *testing.T, url string, in any) int {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.Post(url, "application/json", strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode
}

func TestDevFollowsTheSeedFileOfTheCurrentFolder(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	put(t, "bellpull.yaml", reloadBase)
	put(t, "greeting.json", reloadFlow)
	p := run(t, newDevCommand(), "--listen", "127.0.0.1:0", "--data", filepath.Join(dir, "data"))
	p.expect(`^Bellpull is running at http`)
	url := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(p.output())
	p.expect(`^The instance is as bellpull\.yaml says, and follows its changes`)
	signIn := func(name string, want int) {
		t.Helper()
		if got := post(t, url+"/auth/token", map[string]string{"username": name, "password": "rings"}); got != want {
			t.Errorf("sign in as %s: %d, want %d", name, got, want)
		}
	}
	signIn("mia", 200)

	put(t, "bellpull.yaml", strings.Replace(reloadBase, "users: [", "users: [{username: eva, password: rings}, ", 1))
	p.expect(`^bellpull\.yaml has changed:\n\+ user eva$`)
	signIn("eva", 200)
	signIn("mia", 200)

	put(t, "greeting.json", reloadFlow+"\n")
	p.expect(`^~ flow Greeting\n    content: another one$`)

	put(t, "bellpull.yaml", "queues:\n  - name: Sales\n    hours: Never\n")
	p.errs.expect(`^bellpull\.yaml:3:12: hours: there is no hours "Never"\nbellpull\.yaml was not taken; everything is as it was\.$`)
	signIn("eva", 200)

	// What is in use goes when it no longer is.
	ready := run(t, newDeskCLICommand(), "--url", url, "--user", "eva", "--password", "rings")
	ready.expect(`^\(you are Available\)$`)
	put(t, "bellpull.yaml", reloadBase)
	p.errs.expect(`^user eva cannot be removed: they are available; let them go offline first\nbellpull\.yaml is taken when that is over`)
	signIn("eva", 200)
	ready.enter("/quit")
	ready.ends()
	p.expect(`^- user eva$`)
	signIn("eva", 403)

	// What was done by other ways meanwhile stays.
	if got := post(t, url+"/_bellpull/seed", "not a seed file"); got != 400 {
		t.Errorf("a seed that is none: %d", got)
	}
	res, err := http.Post(url+"/_bellpull/seed", "text/yaml", strings.NewReader("users: [{username: zoe, password: rings}]"))
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("seed by the developers' door: %v %v", res, err)
	}
	res.Body.Close()
	put(t, "bellpull.yaml", reloadBase+"hours: [{name: Night}]\n")
	p.expect(`^\+ hours Night$`)
	signIn("zoe", 200)

	// A reset goes back to what the file now says.
	if got := post(t, url+"/_bellpull/reset", nil); got != 200 {
		t.Fatalf("reset: %d", got)
	}
	signIn("mia", 200)
	signIn("eva", 403)
	signIn("zoe", 403)
}
