package routing_test

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/routing"
)

var update = flag.Bool("update", false, "rewrite the matches in testdata; read the diff")

// TestPairings runs the scripts of testdata. A script says who waits and who is
// free, and then what becomes of it at the time of its last line:
//
//	wait c1 queue=sales at=09:00:00
//	agent ana queues=sales,support:2:30s slots=2 idle=08:59:00 has=c7
//	now 09:00:10
//	-- matches --
//	c1 -> ana
//	next 09:00:30
//
// A queue may be followed by its priority (1 by default) and its delay. Agents
// have one slot, and have been idle since the time before at, which is when
// they came.
func TestPairings(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.HasPrefix(ar.Comment, []byte("# ")) {
				t.Error("the script does not begin by saying why")
			}
			got := []byte(outcome(t, string(ar.Comment)))
			if *update {
				ar.Files = []txtar.File{{Name: "matches", Data: got}}
				if err := os.WriteFile(file, txtar.Format(ar), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if len(ar.Files) != 1 || ar.Files[0].Name != "matches" {
				t.Fatal("the script has no matches")
			}
			if diff := gocmp.Diff(string(ar.Files[0].Data), string(got)); diff != "" {
				t.Errorf("other matches than the script says (-script +got):\n%s", diff)
			}
		})
	}
}

// outcome reads a script and returns its matches.
func outcome(t *testing.T, script string) string {
	t.Helper()
	var (
		now     time.Time
		waiting []routing.Contact
		agents  []routing.Agent
	)
	for line := range strings.Lines(script) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		args := map[string]string{}
		for _, w := range words[2:] {
			name, value, _ := strings.Cut(w, "=")
			args[name] = value
		}
		if at := args["at"]; at != "" {
			now = clock(t, at)
		}
		switch words[0] {
		case "wait":
			waiting = append(waiting, routing.Contact{ID: contact.ID(words[1]), Queue: contact.QueueID(args["queue"]), Since: now})
		case "agent":
			agents = append(agents, agent(t, words[1], args, now))
		case "now":
			now = clock(t, words[1])
		default:
			t.Fatalf("nobody understands %q", line)
		}
	}
	matches, next := routing.Pairings(now, waiting, agents)
	var b strings.Builder
	for _, m := range matches {
		fmt.Fprintf(&b, "%s -> %s\n", m.Contact, m.User)
	}
	if !next.IsZero() {
		fmt.Fprintf(&b, "next %s\n", next.Format(time.TimeOnly))
	}
	return b.String()
}

func agent(t *testing.T, name string, args map[string]string, came time.Time) routing.Agent {
	t.Helper()
	slots, err := strconv.Atoi(cmp.Or(args["slots"], "1"))
	if err != nil {
		t.Fatal(err)
	}
	a := routing.Agent{User: contact.UserID(name), Free: slots, Idle: came}
	if idle := args["idle"]; idle != "" {
		a.Idle = clock(t, idle)
	}
	for queue := range strings.SplitSeq(args["queues"], ",") {
		parts := strings.Split(queue, ":")
		p := routing.Pair{Queue: contact.QueueID(parts[0]), Priority: 1}
		if len(parts) > 1 {
			if p.Priority, err = strconv.Atoi(parts[1]); err != nil {
				t.Fatal(err)
			}
		}
		if len(parts) > 2 {
			if p.Delay, err = time.ParseDuration(parts[2]); err != nil {
				t.Fatal(err)
			}
		}
		a.Pairs = append(a.Pairs, p)
	}
	if has := args["has"]; has != "" {
		for id := range strings.SplitSeq(has, ",") {
			a.Has = append(a.Has, contact.ID(id))
		}
	}
	return a
}

func clock(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.TimeOnly, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// What is handed in belongs to the caller and stays as it is.
func TestPairingsLeavesItsArgumentsAlone(t *testing.T) {
	waiting := []routing.Contact{{ID: "c2", Queue: "q", Since: clock(t, "09:00:05")}, {ID: "c1", Queue: "q", Since: clock(t, "09:00:00")}}
	agents := []routing.Agent{
		{User: "ben", Free: 1, Idle: clock(t, "09:00:01"), Pairs: []routing.Pair{{Queue: "q", Priority: 1}}},
		{User: "ana", Free: 1, Idle: clock(t, "09:00:00"), Pairs: []routing.Pair{{Queue: "q", Priority: 1}}},
	}
	wasWaiting, wasAgents := slices.Clone(waiting), slices.Clone(agents)
	if matches, _ := routing.Pairings(clock(t, "09:01:00"), waiting, agents); len(matches) != 2 {
		t.Fatalf("got %v", matches)
	}
	if diff := gocmp.Diff(wasWaiting, waiting) + gocmp.Diff(wasAgents, agents); diff != "" {
		t.Errorf("changed (-before +after):\n%s", diff)
	}
}
