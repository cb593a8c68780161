package flow

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite what the scripts in testdata say")

// TestScripts runs the scripts in testdata/run. A script says what the contact
// is like and how the effects go, then the flow, and then what came of it:
//
//	# A sentence of why.
//	type CUSTOMER_QUEUE                 the type of the flow
//	value $.Attributes.name = Ada       what a path leads to
//	random 29                           the next number thrown, from 0
//	log                                 show the flow log
//	on Wait event=CustomerReturned      how the next effect of the kind goes
//	-- flow --
//	-- module survey --                 and other flows, which Load finds
//	-- run --
//
// A flow is JSON or, shorter, has a line for each action, and lines for its
// ways on: "-> next", "Equals x -> next", "! NoMatchingError -> next".
//
// Each script is run three times: straight through, with the run resumed from
// its stored state after every step, and without the flow at hand then.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/run/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s := readScript(t, string(raw))
			got := s.run(t, straight)
			for _, how := range []mode{resumed, reloaded} {
				if diff := cmp.Diff(got, s.run(t, how)); diff != "" {
					t.Errorf("%s, it goes another way:\n%s", how, diff)
				}
			}
			if *update {
				if err := os.WriteFile(file, []byte(s.head+"-- run --\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(s.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

type mode string

const (
	straight mode = "straight"
	resumed  mode = "resumed after each step"
	reloaded mode = "resumed after each step without the flow"
)

type script struct {
	head, want string
	kind       Type
	logging    bool
	values     map[string]string
	random     []int
	answers    map[string][]Outcome
	flows      map[string]Source
}

func readScript(t *testing.T, text string) *script {
	t.Helper()
	s := &script{kind: Inbound, values: map[string]string{}, answers: map[string][]Outcome{}, flows: map[string]Source{}}
	s.head, s.want, _ = strings.Cut(text, "-- run --\n")
	sections := strings.Split("\n"+s.head, "\n-- ")
	for line := range strings.Lines(sections[0]) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch word {
		case "", "#":
		case "type":
			s.kind = Type(rest)
		case "log":
			s.logging = true
		case "value":
			path, v, _ := strings.Cut(rest, " = ")
			s.values[strings.Join(Keys(path), "\x00")] = v
		case "random":
			n, err := strconv.Atoi(rest)
			if err != nil {
				t.Fatal(err)
			}
			s.random = append(s.random, n)
		case "on":
			kind, answer, _ := strings.Cut(rest, " ")
			s.answers[kind] = append(s.answers[kind], readOutcome(t, answer))
		default:
			t.Fatalf("what is %q?", line)
		}
	}
	for _, section := range sections[1:] {
		head, body, _ := strings.Cut(section, " --\n")
		kind, name, _ := strings.Cut(head, " ")
		if !strings.HasPrefix(strings.TrimSpace(body), "{") {
			body = compose(t, body)
		}
		f, err := Read(body)
		if err != nil {
			t.Fatalf("flow %s: %v", name, err)
		}
		src := Source{ID: name, Version: "1", Name: name, Type: Inbound, Flow: f}
		if name == "" {
			src.ID, src.Name, src.Type = "main", "Main", s.kind
		}
		if kind == "module" {
			src.Type = Module
		}
		if problems, _ := Check(f, Options{Type: src.Type, Strict: true}); len(problems) > 0 && !strings.Contains(s.head, "# unchecked") {
			t.Errorf("flow %s: %v", src.ID, problems)
		}
		s.flows[src.ID] = src
	}
	return s
}

// readOutcome reads an answer such as error=QueueAtCapacity, result=True,
// event=TimerFired, text=…, invocation=…, data={…}; the last takes the rest.
func readOutcome(t *testing.T, s string) (o Outcome) {
	t.Helper()
	for s != "" {
		name, rest, _ := strings.Cut(s, "=")
		v := rest
		if name != "data" && name != "text" {
			v, rest, _ = strings.Cut(rest, " ")
		} else {
			rest = ""
		}
		s = rest
		switch name {
		case "error":
			o.Error = v
		case "result":
			o.Result = v
		case "event":
			o.Event = Event(v)
		case "text":
			o.Text = v
		case "invocation":
			o.Invocation = v
		case "data":
			o.Data = json.RawMessage(v)
		default:
			t.Fatalf("what is %q in an answer?", name)
		}
	}
	return o
}

// compose writes the short form of a flow as JSON.
func compose(t *testing.T, body string) string {
	t.Helper()
	var b strings.Builder
	open := false
	var next string
	var conditions, errs []string
	shut := func() {
		if !open {
			return
		}
		b.WriteString(`"Transitions":{`)
		sep := ""
		if next != "" {
			fmt.Fprintf(&b, `"NextAction":%q`, next)
			sep = ","
		}
		if conditions != nil {
			fmt.Fprintf(&b, `%s"Conditions":[%s]`, sep, strings.Join(conditions, ","))
			sep = ","
		}
		if errs != nil {
			fmt.Fprintf(&b, `%s"Errors":[%s]`, sep, strings.Join(errs, ","))
		}
		b.WriteString("}}")
		next, conditions, errs = "", nil, nil
	}
	start := ""
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(line)
		way, to, isWay := strings.Cut(line, "-> ")
		way = strings.TrimSpace(way)
		switch {
		case line == "":
		case isWay && way == "":
			next = to
		case isWay && strings.HasPrefix(way, "!"):
			errs = append(errs, fmt.Sprintf(`{"NextAction":%q,"ErrorType":%q}`, to, strings.TrimSpace(way[1:])))
		case isWay && strings.HasPrefix(way, "{"):
			conditions = append(conditions, fmt.Sprintf(`{"NextAction":%q,"Condition":%s}`, to, way))
		case isWay:
			op, operand, _ := strings.Cut(way, " ")
			conditions = append(conditions, fmt.Sprintf(`{"NextAction":%q,"Condition":{"Operator":%q,"Operands":[%q]}}`, to, op, operand))
		default:
			id, rest, _ := strings.Cut(line, ": ")
			kind, parameters, _ := strings.Cut(rest, " ")
			if parameters == "" {
				parameters = "{}"
			}
			shut()
			if open {
				b.WriteString(",\n")
			} else {
				start = id
			}
			open = true
			fmt.Fprintf(&b, `{"Identifier":%q,"Type":%q,"Parameters":%s,`, id, kind, parameters)
		}
	}
	shut()
	return fmt.Sprintf(`{"Version":"2019-10-30","StartAction":%q,"Metadata":{},"Actions":[%s]}`, start, b.String())
}

// run drives the flow as the script says, and tells what it did.
func (s *script) run(t *testing.T, how mode) string {
	t.Helper()
	var out strings.Builder
	random := append([]int(nil), s.random...)
	answers := map[string][]Outcome{}
	maps.Copy(answers, s.answers)
	env := Env{
		Values: func(keys []string) (string, bool) {
			v, ok := s.values[strings.Join(keys, "\x00")]
			return v, ok
		},
		Random: func(int) int {
			if len(random) == 0 {
				return 0
			}
			n := random[0]
			random = random[1:]
			return n
		},
	}
	var path []string
	env.Took = func(took Took) {
		if len(path) < 60 {
			path = append(path, strings.TrimSpace(took.Action+" "+took.Branch))
		}
	}
	if s.logging {
		env.Log = func(e Entry) {
			fmt.Fprintf(&out, "    log %s\n", e.JSON("c-1", time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)))
		}
	}
	main := s.flows["main"]
	m := New(Begin{Source: main}, env)
	for range 3000 {
		switch how {
		case straight:
		case resumed:
			m = Resume(stored(t, m.State()), env, s.sources()...)
		case reloaded:
			m = Resume(stored(t, m.State()), env)
		}
		e := m.Next()
		if load, ok := e.(Load); ok && load.Version != "" {
			src, ok := s.flows[load.ID]
			if !ok {
				t.Fatalf("asked to load %q again", load.ID)
			}
			if err := m.Answer(Outcome{Source: src}); err != nil {
				t.Fatal(err)
			}
			e = m.Next()
			if again, ok := e.(Load); ok && again.Version != "" {
				continue
			}
		}
		kind := reflect.TypeOf(e).Name()
		switch e.(type) {
		case End, Disconnect, Failed:
			fmt.Fprintf(&out, "%s\npath: %s\n", show(e), strings.Join(path, ", "))
			if hooks := m.State().Hooks; len(hooks) > 0 {
				fmt.Fprintf(&out, "hooks %v\n", hooks)
			}
			return out.String()
		}
		at := m.State().Action
		var o Outcome
		if all := answers[kind]; len(all) > 0 {
			o, answers[kind] = all[0], all[1:]
		} else if _, ok := e.(Wait); ok {
			o.Event = TimerFired
		}
		fmt.Fprintf(&out, "%s: %s", at, show(e))
		if said := show(o); said != "Outcome" {
			fmt.Fprintf(&out, " => %s", strings.TrimPrefix(said, "Outcome "))
		}
		out.WriteByte('\n')
		if load, ok := e.(Load); ok && o.Error == "" {
			if src, ok := s.flows[load.ID]; ok {
				o.Source = src
			} else {
				o.Error = NoMatchingError
			}
		}
		if how != straight { // the answer comes to another machine
			sources := s.sources()
			m = Resume(stored(t, m.State()), env, sources...)
		}
		if err := m.Answer(o); err != nil {
			t.Fatalf("%s: answer %+v: %v", at, o, err)
		}
	}
	t.Fatal("the script does not end")
	return ""
}

func (s *script) sources() []Source {
	var all []Source
	for _, src := range s.flows {
		all = append(all, src)
	}
	return all
}

// stored writes a state down and reads it again.
func stored(t *testing.T, s State) State {
	t.Helper()
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var back State
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatalf("%v in %s", err, b)
	}
	return back
}

// show writes a value with the fields that say something.
func show(v any) string {
	rv := reflect.ValueOf(v)
	var b strings.Builder
	b.WriteString(rv.Type().Name())
	for i := range rv.NumField() {
		f := rv.Field(i)
		name := rv.Type().Field(i).Name
		switch x := f.Interface().(type) {
		case Source:
		case []Message:
			for _, m := range x {
				fmt.Fprintf(&b, " %s %q", m.Type, m.Text)
				if m.Plain != "" {
					fmt.Fprintf(&b, " or %q", m.Plain)
				}
			}
		case json.RawMessage:
			if x != nil {
				fmt.Fprintf(&b, " %s=%s", name, x)
			}
		case string:
			if x != "" {
				fmt.Fprintf(&b, " %s=%q", name, x)
			}
		case time.Duration:
			if x != 0 {
				fmt.Fprintf(&b, " %s=%s", name, x)
			}
		default:
			if !f.IsZero() {
				raw, _ := json.Marshal(x)
				fmt.Fprintf(&b, " %s=%s", name, raw)
			}
		}
	}
	return b.String()
}
