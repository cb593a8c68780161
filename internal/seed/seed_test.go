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

// read returns the only directory that a file describes.
func read(t *testing.T, file string) *directory.Directory {
	t.Helper()
	all, err := seed.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 {
		t.Fatalf("%s describes %d instances", file, len(all))
	}
	return all[0]
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
	d := read(t, file)
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

	again := read(t, file)
	if a, b := slices.Sorted(maps.Keys(d.Queues)), slices.Sorted(maps.Keys(again.Queues)); !slices.Equal(a, b) {
		t.Errorf("ids are %v and then %v", a, b)
	}
	if again.UserByName("eva").ID != eva.ID {
		t.Error("the user has another id the second time")
	}
}

// What a file leaves out is as in the dev instance.
func TestSeedFileOfOnePart(t *testing.T) {
	d := read(t, write(t, "seed.yaml", "queues: [{name: Sales}]\n"))
	if d.UserByName("ana") == nil || len(d.Statuses) != 3 || d.Flows[seed.DevFlow] == nil {
		t.Error("the dev instance's users, statuses or flow are gone")
	}
	for _, p := range d.Profiles {
		if len(p.Queues) != 0 {
			t.Errorf("profile %q serves %v, which is gone", p.Name, p.Queues)
		}
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
