package routing_test

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
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

// TestScripts runs the scripts of testdata. A script says who waits and which
// agents are there, and then what becomes of it at the time of its last line:
//
//	wait c1 queue=sales at=09:00:00
//	agent ana queues=sales,support:2:30s slots=2 idle=08:59:00 has=c7
//	now 09:00:10
//	-- matches --
//	c1 -> ana
//	next 09:00:30
//
// A queue may be followed by its priority (1 by default) and its delay, and
// with sales/VOICE is served for another channel. Agents have one slot of CHAT,
// and have been idle since the time before at, which is when they came.
// Slots of several channels are CHAT:2,VOICE:1!, with ! for a channel that lets
// no other one in meanwhile.
//
// A contact may have number=, priority=, adjust=, channel= and criteria=: steps with a
// semicolon between them, each an expression and perhaps how long it lasts, as
// in french>=3&sales;french:1m. What is asked for is a skill of a level of at
// least >= and at most <=, or with @ana+ben one of some agents; & | and ! say
// and, or and not. Agents have skills=french:3.
//
// Further lines are leave c1, dismiss ana, least-loaded (the first of all),
// match 09:00:10, which looks at once and says when, and why c1, which says
// what stands in the way.
func TestScripts(t *testing.T) {
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

// script is a script that is being run. The reference sees what the board sees.
type script struct {
	t     *testing.T
	board *routing.Board
	naive *reference
	now   time.Time
	out   strings.Builder
}

// outcome reads a script and returns what comes of it.
func outcome(t *testing.T, text string) string {
	t.Helper()
	s := &script{t: t, board: routing.NewBoard(routing.LongestIdle), naive: newReference(routing.LongestIdle)}
	looked := false
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		looked = words[0] == "match" || words[0] == "why"
		s.do(words)
	}
	if !looked {
		s.match()
	}
	return s.out.String()
}

func (s *script) do(words []string) {
	s.t.Helper()
	args := map[string]string{}
	for _, w := range words[min(2, len(words)):] {
		name, value, _ := strings.Cut(w, "=")
		args[name] = value
	}
	if at := args["at"]; at != "" {
		s.now = clock(s.t, at)
	}
	switch words[0] {
	case "least-loaded":
		s.board, s.naive = routing.NewBoard(routing.LeastLoaded), newReference(routing.LeastLoaded)
	case "wait":
		c := s.contact(words[1], args)
		s.board.Wait(c)
		s.naive.wait(c)
	case "leave":
		s.board.Leave(contact.ID(words[1]))
		s.naive.leave(contact.ID(words[1]))
	case "agent":
		a := s.agent(words[1], args)
		s.board.Staff(a)
		s.naive.staff(a)
	case "dismiss":
		s.board.Dismiss(contact.UserID(words[1]))
		s.naive.dismiss(contact.UserID(words[1]))
	case "now":
		s.now = clock(s.t, words[1])
	case "match":
		s.now = clock(s.t, words[1])
		fmt.Fprintf(&s.out, "at %s\n", words[1])
		s.match()
	case "why":
		s.why(contact.ID(words[1]))
	default:
		s.t.Fatalf("nobody understands %q", words)
	}
}

func (s *script) match() {
	s.t.Helper()
	matches, next := s.board.Match(s.now)
	for _, m := range matches {
		fmt.Fprintf(&s.out, "%s -> %s\n", m.Contact.ID, m.User)
	}
	if !next.IsZero() {
		fmt.Fprintf(&s.out, "next %s\n", next.Format(time.TimeOnly))
	}
	if diff := gocmp.Diff(s.naive.match(s.now), matches); diff != "" {
		s.t.Errorf("the reference matches otherwise (-reference +board):\n%s", diff)
	}
}

func (s *script) why(id contact.ID) {
	e, ok := s.board.Explain(id, s.now)
	if !ok {
		fmt.Fprintf(&s.out, "%s does not wait\n", id)
		return
	}
	fmt.Fprintf(&s.out, "%s waits in place %d of %s", id, e.Position, e.Contact.Queue)
	if e.Step > 0 {
		fmt.Fprintf(&s.out, ", step %d", e.Step)
	}
	if !e.Expires.IsZero() {
		fmt.Fprintf(&s.out, " until %s", e.Expires.Format(time.TimeOnly))
	}
	s.out.WriteByte('\n')
	for _, v := range e.Agents {
		fmt.Fprintf(&s.out, "  %s: %s", v.User, v.Reason)
		if !v.Until.IsZero() {
			fmt.Fprintf(&s.out, " until %s", v.Until.Format(time.TimeOnly))
		}
		s.out.WriteByte('\n')
	}
}

func (s *script) contact(name string, args map[string]string) routing.Contact {
	s.t.Helper()
	c := routing.Contact{
		ID: contact.ID(name), Queue: contact.QueueID(args["queue"]), Channel: routing.Channel(cmp.Or(args["channel"], "CHAT")),
		Since: s.now, Priority: contact.DefaultPriority,
	}
	if p := args["priority"]; p != "" {
		c.Priority = int64(number(s.t, p))
	}
	if n := args["number"]; n != "" {
		c.Number = int64(number(s.t, n))
	}
	if by := args["adjust"]; by != "" {
		c.Adjustment = duration(s.t, by)
	}
	if steps := args["criteria"]; steps != "" {
		c.Criteria = &contact.Criteria{Activated: s.now}
		for step := range strings.SplitSeq(steps, ";") {
			expression, lasts, limited := strings.Cut(step, ":")
			st := contact.Step{Expression: expressionOf(s.t, expression)}
			if limited {
				st.Lasts = duration(s.t, lasts)
			}
			c.Criteria.Steps = append(c.Criteria.Steps, st)
		}
	}
	return c
}

func expressionOf(t *testing.T, text string) contact.Expression {
	t.Helper()
	for _, sign := range []string{"|", "&"} {
		if !strings.Contains(text, sign) {
			continue
		}
		var parts []contact.Expression
		for part := range strings.SplitSeq(text, sign) {
			parts = append(parts, expressionOf(t, part))
		}
		if sign == "|" {
			return contact.Expression{Or: parts}
		}
		return contact.Expression{And: parts}
	}
	if rest, not := strings.CutPrefix(text, "!"); not {
		return contact.Expression{Not: expressionOf(t, rest).Condition}
	}
	if names, ok := strings.CutPrefix(text, "@"); ok {
		var agents []contact.UserID
		for name := range strings.SplitSeq(names, "+") {
			agents = append(agents, contact.UserID(name))
		}
		return contact.Expression{Condition: &contact.Condition{Agents: agents}}
	}
	c := &contact.Condition{Attribute: "skill", Least: 1}
	text, most, limited := strings.Cut(text, "<=")
	if limited {
		c.Most = number(t, most)
	}
	value, least, limited := strings.Cut(text, ">=")
	if c.Value = value; limited {
		c.Least = number(t, least)
	}
	return contact.Expression{Condition: c}
}

func (s *script) agent(name string, args map[string]string) routing.Agent {
	s.t.Helper()
	a := routing.Agent{User: contact.UserID(name), Idle: s.now, Profile: &routing.Profile{}}
	if idle := args["idle"]; idle != "" {
		a.Idle = clock(s.t, idle)
	}
	for slots := range strings.SplitSeq(cmp.Or(args["slots"], "1"), ",") {
		channel, most, several := strings.Cut(slots, ":")
		if !several {
			channel, most = "CHAT", slots
		}
		most, alone := strings.CutSuffix(most, "!")
		a.Profile.Slots = append(a.Profile.Slots, routing.Slots{Channel: routing.Channel(channel), Most: int(number(s.t, most)), Alone: alone})
	}
	for text := range strings.SplitSeq(args["queues"], ",") {
		parts := strings.Split(text, ":")
		queue, channel, _ := strings.Cut(parts[0], "/")
		p := routing.Pair{Queue: contact.QueueID(queue), Channel: routing.Channel(cmp.Or(channel, "CHAT")), Priority: 1}
		if len(parts) > 1 {
			p.Priority = int(number(s.t, parts[1]))
		}
		if len(parts) > 2 {
			p.Delay = duration(s.t, parts[2])
		}
		a.Profile.Pairs = append(a.Profile.Pairs, p)
	}
	for _, text := range list(args["has"]) {
		id, channel, _ := strings.Cut(text, "/")
		a.Work = append(a.Work, routing.Work{Contact: contact.ID(id), Channel: routing.Channel(cmp.Or(channel, "CHAT"))})
	}
	for _, text := range list(args["skills"]) {
		value, level, _ := strings.Cut(text, ":")
		a.Proficiencies = append(a.Proficiencies, routing.Proficiency{Attribute: "skill", Value: value, Level: number(s.t, level)})
	}
	return a
}

func list(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func duration(t *testing.T, s string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func clock(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.DateTime, "2026-01-05 "+s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// The work that is handed in belongs to the caller and stays as it is.
func TestBoardLeavesItsArgumentsAlone(t *testing.T) {
	b := routing.NewBoard(routing.LongestIdle)
	p := &routing.Profile{
		Pairs: []routing.Pair{{Queue: "q", Channel: routing.Chat, Priority: 1}},
		Slots: []routing.Slots{{Channel: routing.Chat, Most: 3}},
	}
	work := append(make([]routing.Work, 0, 5), routing.Work{Contact: "c0", Channel: routing.Chat})
	b.Staff(routing.Agent{User: "ana", Profile: p, Work: work, Idle: clock(t, "09:00:00")})
	b.Wait(routing.Contact{ID: "c1", Queue: "q", Channel: routing.Chat, Since: clock(t, "09:00:00")})
	if matches, _ := b.Match(clock(t, "09:01:00")); len(matches) != 1 {
		t.Fatalf("got %v", matches)
	}
	if got := work[:2][1]; got != (routing.Work{}) {
		t.Errorf("behind the agent's work there is %v now", got)
	}
}
