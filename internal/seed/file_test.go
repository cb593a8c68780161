package seed_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bellpull/bellpull/internal/seed"
)

// A marker » in a text stands before what is wrong.
func TestSeedFilesThatAreRefused(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"no YAML", "queues: »[", "not found"},
		{"a key twice", "queues: []\n»queues: []", "already defined"},
		{"no mapping", "»- queues", "must be a mapping"},
		{"an unknown key", "users: []\n»quues: []", `there is no key "quues" here, but`},
		{"an unknown key of an entry", "queues:\n  - name: Sales\n    »kolour: blue", `there is no key "kolour" here, but description, disabled`},
		{"a list that is none", "queues: »7", "queues: must be a list"},
		{"an entry that is none", "queues:\n  - »Sales", "must be a mapping"},
		{"an empty entry", "queues:\n  - »null", "nothing is said here"},
		{"an alias of nothing", "queues: »*gone", `there is no anchor "gone"`},
		{"two documents", "queues: [{name: A}]\n---\n»queues: [{name: B}]", "one document"},
		{"an instance id that is no UUID", "instance:\n  id: »shop", "not a UUID"},
		{"an id in capitals", "queues: [{name: Q, id: »11111111-2222-4333-8444-55555555555A}]", "not a UUID in lower case"},
		{"an account of few digits", "instance: {account_id: »12}", "twelve digits"},
		{"a default flow that is not there", "instance:\n  default_flow: »None", `there is no flow "None"`},
		{"a default flow of another type", "instance: {default_flow: »Default agent hold}", "must be a published flow"},
		{"a default flow that is archived", "flows: [»{name: Sample inbound flow (first contact experience), archived: true, file: end.json}]", "chats start with"},
		{"a name without an end", "queues: [{name: »" + strings.Repeat("x", 257) + "}]", "at most 256 bytes"},
		{"an unknown key of the instance", "instance: {»colour: red}", `no key "colour"`},
		{"a second instance without a name", "instances:\n  - queues: []\n  - »queues: []", "needs an alias or an id"},
		{"an instance twice", "instances:\n  - instance: {alias: a}\n  - »instance: {id: b3110000-0000-4000-8000-000000000001}", "described twice"},
		{"a user of two instances", "instances:\n  - instance: {alias: a}\n  - instance: {alias: b}\n    users: [{username: »ana, password: x}]", "agents sign in by name alone"},
		{"a queue without a name", "queues: [»{max_contacts: 1}]", "queue: name is missing"},
		{"a queue twice", "queues:\n  - name: Sales\n  - »name: Sales", `there is a queue "Sales" already, on line 2`},
		{"two queues of an id", "queues:\n  - {name: A, id: 11111111-2222-4333-8444-555555555555}\n  - {name: B, id: »11111111-2222-4333-8444-555555555555}", "another queue of this file"},
		{"too few contacts", "queues: [{name: Q, max_contacts: »-1}]", "whole number from 0"},
		{"a number that is none", "queues: [{name: Q, max_contacts: »many}]", "whole number"},
		{"a flag that is none", "queues: [{name: Q, disabled: »maybe}]", "true or false"},
		{"a text that is none", "queues: [{name: Q, description: »[a]}]", "must be a text"},
		{"hours that are not there", "queues:\n  - name: Q\n    hours: »Never", `there is no hours "Never"`},
		{"a quick connect that is not there", "queues:\n  - name: Q\n    quick_connects: [BasicQueue, »Moon]\nquick_connects: [{name: BasicQueue, queue: Q}]", `there is no quick connect "Moon"`},
		{"a time zone that is not there", "hours: [{name: H, time_zone: »Mars/Olympus}]", "no time zone"},
		{"a day that is none", "hours:\n  - name: H\n    periods:\n      mon: 09:00-17:00\n      »someday: 09:00-17:00", `"someday" is no day`},
		{"a time that is none", "hours:\n  - name: H\n    periods: {mon-fri: »9 to 5}", "is no time"},
		{"a minute too many", "hours: [{name: H, periods: {mon: »09:60-17:00}}]", "is no time"},
		{"times that overlap", "hours: [{name: H, periods: »{mon-fri: 09:00-17:00, fri: 16:00-18:00}}]", "the times of fri overlap"},
		{"an override of no day", "hours: [{name: H, overrides: [»{name: Christmas}]}]", "from: is missing"},
		{"an override of a day that is none", "hours: [{name: H, overrides: [{name: C, date: »2026-02-30}]}]", "must be a date"},
		{"an override that ends before it begins", "hours: [{name: H, overrides: [{name: C, from: 2026-12-26, till: »2026-12-24}]}]", "must not be before"},
		{"a status of no type", "statuses: [{name: Lunch, type: »hungry}]", "must be one of routable, custom, offline"},
		{"no status to work in", "statuses: »[{name: Lunch, type: custom}]", "one of type routable"},
		{"a profile for no chats", "routing_profiles: [{name: P, chat_concurrency: »0}]", "from 1 to 10"},
		{"a profile for too many chats", "routing_profiles: [{name: P, chat_concurrency: »11}]", "from 1 to 10"},
		{"a profile of a queue that is not there", "routing_profiles:\n  - name: P\n    chat_concurrency: 1\n    queues:\n      - queue: »Nowhere", `there is no queue "Nowhere"`},
		{"a profile of a queue twice", "routing_profiles: [{name: P, chat_concurrency: 1, queues: [{queue: BasicQueue}, {queue: »BasicQueue}]}]", "has this queue already"},
		{"a priority of a hundred", "routing_profiles: [{name: P, chat_concurrency: 1, queues: [{queue: BasicQueue, priority: »100}]}]", "from 1 to 99"},
		{"a delay without a unit", "routing_profiles: [{name: P, chat_concurrency: 1, queues: [{queue: BasicQueue, delay: »30}]}]", "such as 30s"},
		{"a timer that is none", "routing_profiles: [{name: P, chat_concurrency: 1, availability_timer: »sand}]", "last_activity, last_inbound"},
		{"a channel that is none", "routing_profiles: [{name: P, chat_concurrency: 1, other_channels: [{channel: »smoke}]}]", "voice, task, email"},
		{"a quick connect to nobody", "quick_connects: [»{name: C}]", "one of queue, user and phone"},
		{"a quick connect to two", "quick_connects: [»{name: C, queue: BasicQueue, user: ana}]", "one of queue, user and phone"},
		{"a quick connect by a flow of another type", "quick_connects: [{name: C, user: ana, flow: »Default queue transfer}]", "must be AGENT_TRANSFER"},
		{"a user without a password", "users: [»{username: eva}]", "password is missing"},
		{"a user with an empty password", `users: [{username: eva, password: »""}]`, "must not be empty"},
		{"a user with two passwords", "users: [»{username: eva, password: x, password_file: end.json}]", "one of password"},
		{"a hash that is none", "users: [{username: eva, password_hash: »x}]", "argon2id"},
		{"a password file that is not there", "users: [{username: eva, password_file: »none.txt}]", "not there"},
		{"a user without a name", "users: [»{password: x}]", "username is missing"},
		{"a user of a profile that is not there", "users: [{username: eva, password: x, routing_profile: »None}]", `no routing profile "None"`},
		{"a proficiency beyond measure", "users: [{username: eva, password: x, proficiencies: [{attribute: a, value: b, level: »6}]}]", "from 1 to 5"},
		{"a flow of no type", "flows: [{name: F, type: »SONG, file: end.json}]", "must be one of CONTACT_FLOW"},
		{"a flow without content", "flows: [»{name: F}]", "either file or content"},
		{"a flow whose file is not there", "flows:\n  - name: F\n    file: »none.json", `"none.json" is not there`},
		{"a flow that is none", "flows:\n  - name: F\n    file: »bad.json", `flow "F": `},
		{"a flow that names a queue that is not there", "flows: [{name: F, file: »named.json}]", `there is no queue "Moon"`},
		{"a view that is no object", "views: [{name: V, content: »x}]", "object of JSON"},
		{"actions of a view that are none", "views: [{name: V, actions: »[{}], content: '{}'}]", "list of texts"},
		{"module settings that are none", "modules: [{name: M, file: end.json, settings: »x}]", "object of JSON"},
		{"a quick response without content", "quick_responses: [»{name: Q}]", "content is missing"},
		{"a quick response of two words", "quick_responses: [{name: Q, content: x, shortcut: »two words}]", "must be a word"},
		{"a quick response that is too long", "quick_responses: [{name: Q, content: »" + strings.Repeat("é", 1025) + "}]", "at most 1024 characters, and has 1025"},
		{"a quick response of a queue that is not there", "quick_responses: [{name: Q, content: x, queues: [»Moon]}]", `there is no queue "Moon"`},
		{"a function that is none", "functions:\n  - »orders", "ARN of a function"},
		{"a bot that is none", "bots: [»orders]", "ARN of an alias"},
		{"a key without a secret", "access_keys: [»{id: KEY}]", "a secret is missing"},
		{"a key of an unset variable", "access_keys: [{id: KEY, secret_env: »BELLPULL_TEST_UNSET}]", "not set"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, after, marked := strings.Cut(c.text, "»")
			if !marked {
				t.Fatal("no place is marked")
			}
			line := 1 + strings.Count(before, "\n")
			column := 1 + len(before) - (strings.LastIndexByte(before, '\n') + 1)
			file := write(t, "seed.yaml", before+after, "bad.json", `{"Version":"1"}`, "end.json", endFlow, "named.json", strings.Replace(endFlow, `"end"`, `"${queue:Moon}"`, 1))
			_, err := seed.Read(file)
			problems, ok := errors.AsType[*seed.Problems](err)
			if !ok {
				t.Fatalf("got %v, want problems", err)
			}
			if p := problems.List[0]; p.Line != line || p.Column != column || !strings.Contains(p.Message, c.want) {
				t.Errorf("got %v\nwant %d:%d: …%s…", err, line, column, c.want)
			}
			if place := fmt.Sprintf("%s:%d:%d: ", file, line, column); !strings.HasPrefix(err.Error(), place) {
				t.Errorf("%q does not begin with the place %s", err, place)
			}
		})
	}
	if _, err := seed.Read(filepath.Join(t.TempDir(), "none.yaml")); !os.IsNotExist(err) {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestAllProblemsAreReportedInOrder(t *testing.T) {
	f := seed.File{Name: "shop.yaml", Text: `queues:
  - name: Sales
    hours: Never
    max_contacts: many
users:
  - username: eva
colour: red
`}
	_, err := f.Dev()
	problems, _ := errors.AsType[*seed.Problems](err)
	var lines []int
	for _, p := range problems.List {
		lines = append(lines, p.Line)
	}
	if want := []int{3, 4, 6, 7}; !slices.Equal(lines, want) {
		t.Errorf("problems on lines %v, want %v:\n%v", lines, want, err)
	}
}

func TestAnchorsAndMergedKeysAreUnderstood(t *testing.T) {
	d := read(t, write(t, "seed.yaml", `
routing_profiles:
  - &usual {name: Usual, chat_concurrency: 3, queues: &all [{queue: BasicQueue}]}
  - {<<: *usual, name: Busy, chat_concurrency: 7}
  - {name: Same, chat_concurrency: 1, queues: *all}
`))
	got := map[string]string{}
	for _, p := range d.Profiles {
		got[p.Name] = fmt.Sprint(p.ChatConcurrency, len(p.Queues))
	}
	if want := "map[Busy:7 1 Same:1 1 Usual:3 1]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func FuzzSeedFiles(f *testing.F) {
	f.Add(shop)
	f.Add("queues: [{name: A}]\n---\na: &a *a\n")
	f.Add("hours: [{name: H, periods: {mon-fri: 22:00-02:00}}]")
	f.Fuzz(func(t *testing.T, text string) {
		file := seed.File{Name: "f", Text: text}
		if _, err := file.Dev(); err != nil {
			if _, ok := errors.AsType[*seed.Problems](err); !ok {
				t.Errorf("an error that tells no place: %v", err)
			}
		}
	})
}
