package seed_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/flow"
	"github.com/bellpull/bellpull/internal/password"
	"github.com/bellpull/bellpull/internal/seed"
)

// write writes files into a directory and returns the name of the first.
func write(t *testing.T, texts ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(texts); i += 2 {
		if err := os.WriteFile(filepath.Join(dir, texts[i]), []byte(texts[i+1]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, texts[0])
}

const endFlow = `{"Version":"2019-10-30","StartAction":"end","Actions":[{"Identifier":"end","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}`

const shop = `
instance: {alias: shop, region: eu-west-1, account_id: "123456789012"}
statuses:
  - {name: Available, type: routable}
  - {name: Offline, type: offline}
  - {name: Lunch, type: custom}
queues:
  - {name: Sales, max_contacts: 10}
  - {name: Support, id: 11111111-2222-4333-8444-555555555555, disabled: true}
routing_profiles:
  - name: Everything
    chat_concurrency: 3
    queues:
      - {queue: Sales}
      - {queue: Support, priority: 2, delay: 30s}
users:
  - {username: eva, first_name: Eva, last_name: Example, password: secret, auto_accept: true, after_contact_work_limit: 2m}
flows:
  - {name: Hang up, file: end.json}
access_keys:
  - {id: KEY, secret: very}
`

func TestReadingASeedFile(t *testing.T) {
	file := write(t, "seed.yaml", shop, "end.json", endFlow)
	d, err := seed.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	if in := d.Instance; in.Alias != "shop" || in.Region != "eu-west-1" || in.AccountID != "123456789012" || in.ID != seed.DevInstance {
		t.Errorf("instance %+v", in)
	}
	if f := d.Flows[d.Instance.DefaultFlow]; f == nil || f.Name != "Hang up" || f.Content != endFlow || f.Type != "CONTACT_FLOW" {
		t.Errorf("default flow %+v", f)
	}
	var p *directory.RoutingProfile
	for _, p = range d.Profiles {
	}
	if len(d.Profiles) != 1 || p.Name != "Everything" || p.ChatConcurrency != 3 || len(p.Queues) != 2 {
		t.Fatalf("profiles: %d, the last %+v", len(d.Profiles), p)
	}
	sales, support := d.Queues[p.Queues[0].Queue], d.Queues[p.Queues[1].Queue]
	if sales == nil || sales.Name != "Sales" || sales.MaxContacts != 10 || p.Queues[0].Priority != 1 || p.Queues[0].Delay != 0 {
		t.Errorf("first queue %+v as %+v", sales, p.Queues[0])
	}
	if support == nil || support.ID != "11111111-2222-4333-8444-555555555555" || !support.Disabled || p.Queues[1].Priority != 2 || p.Queues[1].Delay != 30*time.Second {
		t.Errorf("second queue %+v as %+v", support, p.Queues[1])
	}
	eva := d.UserByName("eva")
	if eva == nil || len(d.Users) != 1 || eva.Profile != p.ID || !eva.AutoAccept || eva.AfterWorkLimit != 2*time.Minute || eva.FirstName != "Eva" || eva.LastName != "Example" {
		t.Fatalf("user %+v of %d", eva, len(d.Users))
	}
	if ok, err := password.Check(eva.PasswordHash, "secret"); !ok || err != nil {
		t.Errorf("her password: %v, %v", ok, err)
	}
	var statuses []string
	for _, s := range slices.SortedFunc(maps.Values(d.Statuses), func(a, b *directory.Status) int { return a.Order - b.Order }) {
		statuses = append(statuses, s.Name+" "+string(s.Type))
	}
	if got := strings.Join(statuses, ", "); got != "Available ROUTABLE, Offline OFFLINE, Lunch CUSTOM" {
		t.Errorf("statuses %s", got)
	}
	if k := d.Keys["KEY"]; k == nil || k.Secret != "very" {
		t.Errorf("access key %+v", k)
	}

	again, err := seed.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := slices.Sorted(maps.Keys(d.Queues)), slices.Sorted(maps.Keys(again.Queues)); !slices.Equal(a, b) {
		t.Errorf("ids are %v and then %v", a, b)
	}
	if again.UserByName("eva").ID != eva.ID {
		t.Error("the user has another id the second time")
	}
}

// What a file leaves out is as in the dev instance.
func TestSeedFileOfOnePart(t *testing.T) {
	d, err := seed.Read(write(t, "seed.yaml", "queues: [{name: Sales}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	if d.UserByName("ana") == nil || len(d.Statuses) != 3 || d.Flows[seed.DevFlow] == nil {
		t.Error("the dev instance's users, statuses or flow are gone")
	}
	for _, p := range d.Profiles {
		if len(p.Queues) != 0 {
			t.Errorf("profile %q serves %v, which is gone", p.Name, p.Queues)
		}
	}
}

func TestSeedFilesThatAreRefused(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"an unknown key", "quues: []", "quues"},
		{"no YAML", "queues: [", ""},
		{"an id that is no UUID", "instance: {id: shop}", "UUID"},
		{"an id in capitals", "queues: [{name: Q, id: 11111111-2222-4333-8444-55555555555A}]", "UUID"},
		{"a queue without a name", "queues: [{max_contacts: 1}]", "name is missing"},
		{"a status of no type", "statuses: [{name: Lunch, type: hungry}]", `status "Lunch"`},
		{"a profile for no chats", "routing_profiles: [{name: P, chat_concurrency: 0}]", "chat_concurrency"},
		{"a profile for too many chats", "routing_profiles: [{name: P, chat_concurrency: 11}]", "chat_concurrency"},
		{"a profile of a queue that is not there", "routing_profiles: [{name: P, chat_concurrency: 1, queues: [{queue: Nowhere}]}]", "Nowhere"},
		{"a user without a password", "users: [{username: eva}]", "password"},
		{"a user without a name", "users: [{password: x}]", "name is missing"},
		{"a user of a profile that is not there", "users: [{username: eva, password: x, routing_profile: None}]", "None"},
		{"a flow whose file is not there", "flows: [{name: F, file: none.json}]", "none.json"},
		{"a flow that is none", "flows: [{name: F, file: bad.json}]", `flow "F"`},
		{"a default flow that is not there", "instance: {default_flow: None}\nflows: [{name: F, file: end.json}]", "None"},
		{"a key without a secret", "access_keys: [{id: KEY}]", "access_keys"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := write(t, "seed.yaml", c.text, "bad.json", `{"Version":"1"}`, "end.json", endFlow)
			d, err := seed.Read(file)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), file) {
				t.Errorf("got %v, %v; want an error that names %s and the file", d, err, c.want)
			}
		})
	}
	if _, err := seed.Read(filepath.Join(t.TempDir(), "none.yaml")); !os.IsNotExist(err) {
		t.Errorf("a file that is not there: %v", err)
	}
}

// The dev instance is the same each time, and complete.
func TestDevInstance(t *testing.T) {
	d := seed.Dev()
	if _, err := flow.Parse(d.Flows[d.Instance.DefaultFlow].Content); err != nil {
		t.Errorf("its flow: %v", err)
	}
	for _, a := range seed.DevAgents {
		u := d.Users[a.ID]
		if u == nil || u.Username != a.Username || d.Profiles[u.Profile] == nil {
			t.Fatalf("user %s is %+v", a.Username, u)
		}
		if ok, err := password.Check(u.PasswordHash, a.Password); !ok || err != nil {
			t.Errorf("the password of %s: %v, %v", a.Username, ok, err)
		}
	}
	if d.Queues[seed.DevQueue] == nil || d.Keys[seed.DevAccessKey].Secret != seed.DevSecret {
		t.Error("the queue or the access key is not there")
	}
}

// A fresh instance shares no secret with any other.
func TestFreshInstance(t *testing.T) {
	ids := contact.NewIDs()
	d, agent, key := seed.Fresh(ids)
	other, otherAgent, otherKey := seed.Fresh(ids)
	if d.Instance.ID == other.Instance.ID || agent.Password == otherAgent.Password || key.ID == otherKey.ID || key.Secret == otherKey.Secret {
		t.Error("two fresh instances share ids or secrets")
	}
	if ok, err := password.Check(d.Users[agent.ID].PasswordHash, agent.Password); !ok || err != nil {
		t.Errorf("the first agent's password: %v, %v", ok, err)
	}
	if k := d.Keys[key.ID]; k == nil || *k != key || len(key.ID) != 20 || len(key.Secret) != 40 {
		t.Errorf("the access key is %+v, kept as %+v", key, k)
	}
	if _, err := flow.Parse(d.Flows[d.Instance.DefaultFlow].Content); err != nil {
		t.Errorf("its flow: %v", err)
	}
}
