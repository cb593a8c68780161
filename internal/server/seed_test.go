package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/edge/opsapi"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server/servertest"
	"github.com/bellpull/bellpull/internal/sigv4"
)

// operator sends a request below /ops/ that is signed with a key.
func operator(t *testing.T, srv *servertest.Server, key sigv4.Key, method, path string, in any) servertest.Answer {
	t.Helper()
	body := []byte{}
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			t.Fatal(err)
		}
	}
	r, err := http.NewRequest(method, servertest.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	key.Sign(r, body, "connect", "us-west-2", time.Now())
	return srv.Do(method, path, r.Header, string(body))
}

var devKey = sigv4.Key{ID: seed.DevAccessKey, Secret: seed.DevSecret}

// applySeed applies a seed file to a running server and returns how it answers
// and what changed.
func applySeed(t *testing.T, srv *servertest.Server, query, text string) (servertest.Answer, []opsapi.Change) {
	t.Helper()
	a := operator(t, srv, devKey, "POST", "/ops/seed?"+query, opsapi.SeedFile{Text: text})
	var out opsapi.SeedChanges
	if a.Status == http.StatusOK {
		a.Into(t, &out)
		return a, out.Instances[0].Changes
	}
	return a, nil
}

func TestASeedTakesEffectForAgentsAtWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := servertest.Open(t, servertest.Options{Directory: limited(1)})
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		ada, bob := srv.StartChat("Ada"), srv.StartChat("Bob")
		synctest.Wait()
		if n := len(ana.Work()); n != 1 {
			t.Fatalf("ana has %d chats of the 1 that she can take", n)
		}
		if a, changes := applySeed(t, srv, "", `
routing_profiles: [{name: Basic Routing Profile, chat_concurrency: 2, queues: [{queue: BasicQueue}]}]
`); a.Status != 200 || len(changes) != 1 {
			t.Fatalf("apply: %d %s", a.Status, a.Body)
		}
		synctest.Wait()
		if n := len(ana.Work()); n != 2 {
			t.Errorf("with another slot ana has %d chats", n)
		}
		// Fewer slots than she uses take nothing from her.
		if a, _ := applySeed(t, srv, "", `
routing_profiles: [{name: Basic Routing Profile, chat_concurrency: 1, queues: [{queue: BasicQueue}]}]
`); a.Status != 200 {
			t.Fatalf("apply: %d %s", a.Status, a.Body)
		}
		ana.Accept(ada)
		ana.Accept(bob)
		ana.Say(ada, "hello")
		synctest.Wait()
		if heard := strings.Join(ada.Heard(), "\n"); !strings.Contains(heard, "hello") {
			t.Errorf("ada heard %s", heard)
		}
	})
}

// limited returns the dev instance with so many chats for an agent.
func limited(chats int) *directory.Directory {
	d := seed.Dev()
	for _, p := range d.Profiles {
		p.ChatConcurrency = chats
	}
	return d
}

func TestADrySeedChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := servertest.New(t)
		for range 2 {
			if a, changes := applySeed(t, srv, "dry=true", "queues: [{name: Sales}]"); len(changes) != 1 {
				t.Errorf("dry: %d %s", a.Status, a.Body)
			}
		}
		if _, changes := applySeed(t, srv, "", "queues: [{name: Sales}]"); len(changes) != 1 {
			t.Errorf("the first time: %v", changes)
		}
		if _, changes := applySeed(t, srv, "", "queues: [{name: Sales}]"); len(changes) != 0 {
			t.Errorf("the second time: %v", changes)
		}
	})
}

func TestABrokenSeedIsRefusedWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := servertest.New(t)
		a, _ := applySeed(t, srv, "", "queues:\n  - name: Sales\n  - name: Help\n    hours: Never\n")
		if a.Status != 400 || !strings.Contains(string(a.Body), "bellpull.yaml:4:12: hours: there is no hours") || a.Header.Get("x-amzn-ErrorType") != "InvalidSeedException" {
			t.Errorf("got %d %s", a.Status, a.Body)
		}
		if dump := operator(t, srv, devKey, "GET", "/ops/seed", nil); strings.Contains(string(dump.Body), "Sales") {
			t.Error("half of it was taken")
		}
		if a, _ := applySeed(t, srv, "prune=perhaps", ""); a.Status != 400 {
			t.Errorf("a parameter that makes no sense: %d", a.Status)
		}
	})
}

func TestOnlyOperatorsSeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := servertest.Open(t, servertest.Options{Strict: true})
		for name, key := range map[string]sigv4.Key{"no key": {}, "another key": {ID: "x", Secret: "y"}, "a wrong secret": {ID: seed.DevAccessKey, Secret: "y"}} {
			for _, method := range []string{"GET", "POST"} {
				if a := operator(t, srv, key, method, "/ops/seed", nil); a.Status != 403 || strings.Contains(string(a.Body), "queues") {
					t.Errorf("%s %s: %d %s", method, name, a.Status, a.Body)
				}
			}
		}
	})
}

func TestADumpTellsNoSecrets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := servertest.New(t)
		a := operator(t, srv, devKey, "GET", "/ops/seed?apart=true", nil)
		var f opsapi.SeedFile
		a.Into(t, &f)
		if len(f.Files) != 15 || !strings.Contains(f.Text, "BasicQueue") {
			t.Errorf("%d flows and\n%s", len(f.Files), f.Text)
		}
		if strings.Contains(string(a.Body), "argon2") || strings.Contains(string(a.Body), seed.DevSecret) {
			t.Error("a secret is dumped")
		}
		a = operator(t, srv, devKey, "POST", "/ops/seed?prune=true", f)
		var out opsapi.SeedChanges
		a.Into(t, &out)
		if a.Status != 200 || len(out.Instances[0].Changes) != 0 {
			t.Errorf("applied again: %d %s", a.Status, a.Body)
		}
	})
}

func TestWhatIsInUseIsNotRemoved(t *testing.T) {
	const without = `
queues: [{name: Sales}]
routing_profiles: [{name: Basic Routing Profile, chat_concurrency: 5, queues: [{queue: Sales}]}]
quick_connects: []
statuses: [{name: Available, type: routable}, {name: Offline, type: offline}]
users: [{username: ben}]
`
	synctest.Test(t, func(t *testing.T) {
		srv := servertest.New(t)
		refused := func(want string) {
			t.Helper()
			if a, _ := applySeed(t, srv, "prune=true", without); a.Status != 409 || !strings.Contains(string(a.Body), want) {
				t.Errorf("got %d %s, want %s", a.Status, a.Body, want)
			}
		}
		ada := srv.StartChat("Ada")
		synctest.Wait()
		refused("queue BasicQueue cannot be removed: a chat waits in it")
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		synctest.Wait()
		ana.Accept(ada)
		refused("cannot be removed: ")
		ana.Hangup(ada, "inbound")
		ana.Clear(ada)
		refused("user ana cannot be removed: they are available")
		ana.SetState("Break")
		refused("status Break cannot be removed: ana is in it")
		ana.SetState("Offline")
		a, changes := applySeed(t, srv, "prune=true", without)
		if a.Status != 200 || len(changes) == 0 {
			t.Fatalf("at last: %d %s", a.Status, a.Body)
		}
		// Ana is nobody now, and her desk is closed.
		synctest.Wait()
		if !ana.Socket.Over() {
			t.Error("the socket of a removed user is open")
		}
		if a := ana.Do("GetAgentSnapshot", map[string]any{"timeout": 0}); a.Status != 401 {
			t.Errorf("a removed user is told %d %s", a.Status, a.Body)
		}
		// A flow that names the queue that is gone takes its error branch.
		bob := srv.StartChat("Bob")
		synctest.Wait()
		if heard := bob.Heard(); len(heard) == 0 || !strings.Contains(strings.Join(heard, "\n"), "ended") {
			t.Errorf("bob heard %q", heard)
		}
	})
}

// The seeded quick connects lead to the queue and to each agent.
func TestSeededQuickConnectsTransfer(t *testing.T) {
	for name, connect := range map[string]directory.QuickConnectID{
		"to a colleague": "b3110000-0000-4000-8000-00000000bc03",
		"to the queue":   "b3110000-0000-4000-8000-00000000bc01",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := servertest.New(t)
				ana, ben := srv.SignIn("ana"), srv.SignIn("ben")
				ana.SetState("Available")
				ada := srv.StartChat("Ada")
				synctest.Wait()
				ana.Accept(ada)
				ben.SetState("Available")
				time.Sleep(time.Second)
				mustDo(t, ana.TryState("Break", true))
				mustDo(t, ana.Transfer(ada, "TransferContact", connect))
				synctest.Wait()
				if work := ben.Work(); len(work) != 1 {
					t.Errorf("ben's desk has %v after the transfer; ada heard %q", work, ada.Heard())
				}
			})
		})
	}
}
