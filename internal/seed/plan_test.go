package seed_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/password"
	"github.com/bellpull/bellpull/internal/seed"
)

var uuids = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

var now = time.UnixMilli(1767323045678).UTC()

// plan returns what a text would change in the instances.
func plan(t *testing.T, text string, o seed.Options, have ...*directory.Directory) *seed.Plan {
	t.Helper()
	f := seed.File{Name: "bellpull.yaml", Text: text, Files: map[string]string{"end.json": endFlow, "secret.txt": "quiet\n"}, Env: map[string]string{"KEY": "loud"}}
	o.Now = now
	plans, err := f.Plan(have, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(plans) != 1 {
		t.Fatalf("%d plans", len(plans))
	}
	return plans[0]
}

// told writes the changes of a plan.
func told(p *seed.Plan) string {
	var b strings.Builder
	for _, c := range p.Changes {
		b.WriteString(c.String())
	}
	return b.String()
}

func TestChangesAreToldByName(t *testing.T) {
	p := plan(t, `
instance: {multi_party: false}
hours:
  - name: Basic Hours
    time_zone: Europe/Berlin
    periods: {mon-fri: "09:00-12:00, 13:00-17:00", sat: 10:00-14:00}
    overrides: [{name: Christmas, from: 2026-12-24, till: 2026-12-26, periods: {thu: 09:00-12:00}}]
queues:
  - {name: Sales, hours: Basic Hours, max_contacts: 10}
routing_profiles:
  - name: Basic Routing Profile
    chat_concurrency: 3
    default_outbound_queue: BasicQueue
    queues: [{queue: BasicQueue}, {queue: Sales, priority: 2, delay: 30s}]
users:
  - {username: ben, first_name: Ben, password: a new one}
flows:
  - {name: Goodbye, file: end.json}
access_keys:
  - {id: SHOP, secret_env: KEY}
functions: ["arn:aws:lambda:us-west-2:000000000000:function:orders"]
`, seed.Options{Dev: true}, seed.Dev())
	want := `~ instance bellpull
    multi_party: true → false
~ hours Basic Hours
    time_zone: UTC → Europe/Berlin
    periods: {daily: 00:00-24:00} → {mon-fri: "09:00-12:00, 13:00-17:00", sat: 10:00-14:00}
    overrides: [{name: Christmas, id: ID, from: 2026-12-24, till: 2026-12-26, periods: {thu: 09:00-12:00}}]
+ queue Sales
    id: ID
    hours: Basic Hours
    max_contacts: 10
~ routing profile Basic Routing Profile
    chat_concurrency: 5 → 3
    queues: [{queue: BasicQueue}] → [{queue: BasicQueue}, {queue: Sales, priority: 2, delay: 30s}]
~ user ben
    password: another one
+ flow Goodbye
    id: ID
    type: CONTACT_FLOW
    content
+ function arn:aws:lambda:us-west-2:000000000000:function:orders
+ access key SHOP
    secret
`
	got := told(p)
	got = uuids.ReplaceAllString(got, "ID")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if strings.Contains(told(p), "loud") || strings.Contains(told(p), "a new one") {
		t.Error("a secret is told")
	}
}

func TestApplyingTwiceChangesNothing(t *testing.T) {
	first := plan(t, shop, seed.Options{Dev: true}, seed.Dev())
	again := plan(t, shop, seed.Options{Dev: true}, first.After)
	if !again.Empty() || len(again.Remove) > 0 {
		t.Errorf("the second time there is to change\n%s", told(again))
	}
	for id, u := range again.After.Users {
		if u != first.After.Users[id] {
			t.Errorf("user %s was made anew", u.Username)
		}
	}
}

func TestWhatAFileDoesNotMentionStaysUnlessPruned(t *testing.T) {
	const text = `
queues: [{name: Sales}]
routing_profiles: [{name: Basic Routing Profile, chat_concurrency: 5, queues: [{queue: Sales}]}]
quick_connects: [{name: ana, user: ana}]
flows: [{name: Goodbye, file: end.json}]
`
	p := plan(t, text, seed.Options{Dev: true}, seed.Dev())
	if len(p.Remove) > 0 || p.After.Queues[seed.DevQueue] == nil {
		t.Errorf("without pruning it removes %v", p.Remove)
	}
	p = plan(t, text, seed.Options{Dev: true, Prune: true}, seed.Dev())
	for _, c := range p.Changes {
		if c.Op == seed.Remove && c.Kind == "user" {
			t.Errorf("it removes %s %s, of which the file says nothing", c.Kind, c.Name)
		}
	}
	if p.After.Queues[seed.DevQueue] != nil || len(p.After.Connects) != 1 {
		t.Errorf("the queue or quick connects are still there:\n%s", told(p))
	}
	var flows []string
	for _, f := range p.After.Flows {
		flows = append(flows, f.Name)
	}
	if len(flows) != 10 { // Goodbye, eight that stand in, and the one that chats start with
		t.Errorf("the flows are %q", flows)
	}
}

func TestPruningTwiceChangesNothingMore(t *testing.T) {
	const text = "instance: {default_flow: Goodbye}\nflows: [{name: Goodbye, file: end.json}]"
	first := plan(t, text, seed.Options{Prune: true}, seed.Dev())
	if len(first.After.Flows) != 9 {
		t.Errorf("%d flows are left, want Goodbye and the eight that stand in", len(first.After.Flows))
	}
	if again := plan(t, text, seed.Options{Prune: true}, first.After); !again.Empty() {
		t.Errorf("again:\n%s", told(again))
	}
}

func TestPruningRefusesWhatWouldBreak(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a queue that a profile serves", "queues: [{name: Sales}]", `3:9: queues: the queue "BasicQueue" cannot be removed: the routing profile "Basic Routing Profile" needs it`},
		{"the profile of users", "routing_profiles: [{name: Other, chat_concurrency: 1}]", `the user "ana" needs it`},
		{"the key that signs", "access_keys: [{id: OTHER, secret: x}]", "signs this very request"},
		{"the last key", "access_keys: []", "signs this very request"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := seed.File{Name: "f", Text: "\n\n" + c.text}
			_, err := f.Plan([]*directory.Directory{seed.Dev()}, seed.Options{Now: now, Prune: true, Key: seed.DevAccessKey})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want …%s…", err, c.want)
			}
		})
	}
}

func TestAnInstanceIsFoundByIDOrAlias(t *testing.T) {
	other := plan(t, "instance: {alias: other, id: 11111111-2222-4333-8444-555555555555}\nqueues: [{name: Help}]", seed.Options{}).After
	both := []*directory.Directory{seed.Dev(), other}
	for text, want := range map[string]contact.InstanceID{
		"instance: {alias: other}":                           other.Instance.ID,
		"instance: {id: " + string(seed.DevInstance) + "}":   seed.DevInstance,
		"instance: {alias: third, id: " + newID + "}":        newID,
		"instances: [{instance: {alias: bellpull}}]":         seed.DevInstance,
		"instance: {id: " + newID + "}\nqueues: [{name: Q}]": newID,
	} {
		if p := plan(t, text, seed.Options{}, both...); p.After.Instance.ID != want {
			t.Errorf("%s means %s, want %s", text, p.After.Instance.ID, want)
		}
	}
	f := seed.File{Name: "f", Text: "queues: []"}
	if _, err := f.Plan(both, seed.Options{}); err == nil || !strings.Contains(err.Error(), "there are 2 instances") {
		t.Errorf("a file that does not say which of two: %v", err)
	}
	if p := plan(t, "instance: {alias: renamed}", seed.Options{}, seed.Dev()); p.Before == nil || p.After.Instance.Alias != "renamed" {
		t.Error("the only instance cannot be renamed")
	}
}

const newID = "99999999-2222-4333-8444-555555555555"

func TestANewInstanceHasWhatTheFileAndEveryInstanceHas(t *testing.T) {
	f := seed.File{Name: "f", Text: `
instances:
  - instance: {alias: shop}
    queues: [{name: Sales}]
    users: [{username: eva, password: secret}]
    access_keys: [{id: SHOP, secret: s}]
  - instance: {alias: bank}
`}
	plans, err := f.Plan(nil, seed.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	shop, bank := plans[0].After, plans[1].After
	if shop.Instance.ID == bank.Instance.ID || len(shop.Queues) != 1 || len(bank.Queues) != 1 || len(bank.Users) != 0 || len(shop.Flows) != 15 || len(bank.Keys) != 0 {
		t.Errorf("shop %+v and bank %+v", shop.Instance, bank.Instance)
	}
	eva := shop.UserByName("eva")
	if !strings.Contains(eva.PasswordHash, fmt.Sprintf("m=%d,", password.Strong.MemoryKiB)) {
		t.Errorf("a password of people is hashed as %s", eva.PasswordHash)
	}
	again, err := f.Plan([]*directory.Directory{shop, bank}, seed.Options{Now: now})
	if err != nil || !again[0].Empty() || !again[1].Empty() {
		t.Errorf("again: %v", err)
	}
}

func TestPasswordsAndSecretsComeInSeveralWays(t *testing.T) {
	hash := password.Hash("hashed", password.Cost{MemoryKiB: 64, Passes: 1, Threads: 1})
	p := plan(t, `
users:
  - {username: a, password: clear, routing_profile: Basic Routing Profile}
  - {username: b, password_file: secret.txt, routing_profile: Basic Routing Profile}
  - {username: c, password_hash: "`+hash+`", routing_profile: Basic Routing Profile}
  - {username: ana, routing_profile: Basic Routing Profile}
access_keys:
  - {id: A, secret_file: secret.txt}
  - {id: B, secret_env: KEY}
  - {id: dev}
`, seed.Options{Dev: true}, seed.Dev())
	for name, want := range map[string]string{"a": "clear", "b": "quiet", "c": "hashed", "ana": "ana-rings-twice"} {
		if ok, err := password.Check(p.After.UserByName(name).PasswordHash, want); !ok || err != nil {
			t.Errorf("the password of %s is not %q: %v", name, want, err)
		}
	}
	for id, want := range map[string]string{"A": "quiet", "B": "loud", "dev": seed.DevSecret} {
		if got := p.After.Keys[id].Secret; got != want {
			t.Errorf("the secret of %s is %q, want %q", id, got, want)
		}
	}
}

func TestFlowsMayNameEntriesInPlaceOfIDs(t *testing.T) {
	f := seed.File{Name: "f", Text: "queues: [{name: Sales}]\nflows: [{name: F, file: f.json}]", Files: map[string]string{
		"f.json": `{"Version":"2019-10-30","StartAction":"a","Actions":[
		{"Identifier":"a","Type":"UpdateContactTargetQueue","Parameters":{"QueueId":"${queue:Sales}"},"Transitions":{"NextAction":"b","Errors":[{"NextAction":"b","ErrorType":"NoMatchingError"}]}},
		{"Identifier":"b","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}`,
	}}
	plans, err := f.Plan([]*directory.Directory{seed.Dev()}, seed.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	d := plans[0].After
	for id, q := range d.Queues {
		for _, fl := range d.Flows {
			if q.Name == "Sales" && fl.Name == "F" && !strings.Contains(fl.Content, string(id)) {
				t.Errorf("the flow does not name the queue %s: %s", id, fl.Content)
			}
		}
	}
	again, err := f.Plan([]*directory.Directory{d}, seed.Options{Now: now})
	if err != nil || !again[0].Empty() {
		t.Errorf("again: %v", err)
	}
}

func TestANewContentOfAFlowKeepsTheOneBefore(t *testing.T) {
	p := plan(t, "flows: [{name: Sample AB test, file: end.json, description: mine}]", seed.Options{}, seed.Dev())
	for _, f := range p.Put.Flows {
		if len(f.Earlier) != 1 || f.Content != endFlow || !f.Modified.Equal(now) || f.Description != "mine" {
			t.Errorf("the flow has %d contents before it and was modified at %v", len(f.Earlier), f.Modified)
		}
	}
	if len(p.Put.Flows) != 1 {
		t.Errorf("%d flows are put", len(p.Put.Flows))
	}
}

// What is dumped and applied again changes nothing, whatever a directory holds;
// and the dump makes the same directory out of nothing but its ids and secrets.
func TestDumpsChangeNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 12 {
		d := seed.Dev()
		if i > 0 {
			d = random(r)
		}
		for _, apart := range []bool{false, true} {
			f := seed.Dump([]*directory.Directory{d}, apart)
			plans, err := f.Plan([]*directory.Directory{d}, seed.Options{Now: now, Prune: true, Dev: true})
			if err != nil {
				t.Fatalf("round %d: %v\n%s", i, err, f.Text)
			}
			if p := plans[0]; !p.Empty() {
				t.Fatalf("round %d: applying what was dumped changes\n%s\n%s", i, told(p), f.Text)
			}
			for _, u := range d.Users {
				if strings.Contains(f.Text, u.PasswordHash) {
					t.Errorf("the dump has the hash of %s", u.Username)
				}
			}
			for _, k := range d.Keys {
				if strings.Contains(f.Text, k.Secret) {
					t.Errorf("the dump has the secret of %s", k.ID)
				}
			}
			bare := emptied(d)
			plans, err = f.Plan([]*directory.Directory{bare}, seed.Options{Now: now, Dev: true})
			if err != nil {
				t.Fatalf("round %d: onto nothing: %v\n%s", i, err, f.Text)
			}
			if diff := cmp.Diff(comparable(d), comparable(plans[0].After)); diff != "" {
				t.Fatalf("round %d: what was dumped makes (-want +got)\n%s\n%s", i, diff, f.Text)
			}
		}
	}
}

// emptied returns a directory that has no more than the secrets of d.
func emptied(d *directory.Directory) *directory.Directory {
	bare := directory.New()
	bare.Instance = d.Instance
	bare.Keys = d.Keys
	for id, u := range d.Users {
		bare.Users[id] = &directory.User{ID: id, Username: u.Username, PasswordHash: u.PasswordHash}
	}
	return bare
}

// comparable returns d without what files do not describe.
func comparable(d *directory.Directory) *directory.Directory {
	c := *d
	c.Flows, c.Modules = map[contact.FlowID]*directory.Flow{}, map[contact.FlowID]*directory.Flow{}
	for id, m := range d.Modules {
		m := *m
		m.Modified = time.Time{}
		c.Modules[id] = &m
	}
	c.Views = map[directory.ViewID]*directory.View{}
	for id, v := range d.Views {
		v := *v
		v.Created, v.Modified = time.Time{}, time.Time{}
		c.Views[id] = &v
	}
	c.Hours = map[directory.HoursID]*directory.Hours{}
	for id, h := range d.Hours {
		h := *h
		h.Periods = slices.SortedFunc(slices.Values(h.Periods), func(a, b directory.Period) int { return int(a.Day - b.Day) })
		c.Hours[id] = &h
	}
	for id, f := range d.Flows {
		f := *f
		f.Modified = time.Time{}
		c.Flows[id] = &f
	}
	return &c
}

func TestSeveralInstancesAreDumpedToo(t *testing.T) {
	other := plan(t, "instance: {alias: other}\nqueues: [{name: Help}]", seed.Options{}).After
	both := []*directory.Directory{seed.Dev(), other}
	f := seed.Dump(both, false)
	plans, err := f.Plan(both, seed.Options{Now: now, Prune: true})
	if err != nil {
		t.Fatalf("%v\n%s", err, f.Text)
	}
	if len(plans) != 2 || !plans[0].Empty() || !plans[1].Empty() {
		t.Errorf("something would change in one of %d", len(plans))
	}
}

// random returns a directory with all kinds of entries and odd texts.
func random(r *rand.Rand) *directory.Directory {
	texts := []string{
		"Sales", "true", "12", "a: b", "- x", "#no", "Übergabe", "it's", `say "hi"`, " spaces ", "two\nlines", "tab\tbed",
		"null", "~", "*star", "&and", "!bang", "%", "@at", "`", "{a}", "[b]", "a, b", "2026-01-01", "0x1F", "1e3", "line \nend ", "\u2028", "yes", "🙂", "<b>&</b>", "", "?", "|", ">", "\\", "\n\n", "x\r\ny",
	}
	n := 0
	text := func() string { return texts[r.IntN(len(texts))] }
	name := func() string { n++; return fmt.Sprintf("%s %d", strings.TrimSpace(text()), n) }
	id := func() string { n++; return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }
	d := seed.Dev()
	d.Instance.Alias, d.Instance.MultiParty = name(), r.IntN(2) == 0
	for range 3 {
		h := &directory.Hours{ID: directory.HoursID(id()), Name: name(), Description: text(), TimeZone: "Asia/Tokyo"}
		for day := range 7 {
			if r.IntN(3) > 0 {
				h.Periods = append(h.Periods, directory.Period{Day: time.Weekday((day + 1) % 7), Start: 60 * r.IntN(3), End: 600 + r.IntN(2)*840})
			}
		}
		h.Overrides = []directory.HoursOverride{{ID: id(), Name: name(), Description: text(), From: "2026-12-24", Till: "2026-12-26", Periods: h.Periods}}
		d.Hours[h.ID] = h
		q := &directory.Queue{ID: contact.QueueID(id()), Name: name(), Description: text(), Hours: h.ID, MaxContacts: r.IntN(20), Disabled: r.IntN(2) == 0}
		d.Queues[q.ID] = q
		s := &directory.Status{ID: contact.StatusID(id()), Name: name(), Description: text(), Type: contact.Custom, Order: r.IntN(9), Disabled: r.IntN(2) == 0}
		d.Statuses[s.ID] = s
		p := &directory.RoutingProfile{
			ID: directory.ProfileID(id()), Name: name(), Description: text(), ChatConcurrency: 1 + r.IntN(10), ChatAlone: r.IntN(2) == 0,
			Others: []directory.Concurrency{{Channel: "TASK", Slots: r.IntN(5), Alone: r.IntN(2) == 0}},
			Queues: []directory.ProfileQueue{{Queue: q.ID, Priority: 1 + r.IntN(9), Delay: time.Duration(r.IntN(99)) * time.Second}}, Outbound: q.ID,
			Timer: []directory.AvailabilityTimer{"", directory.SinceLastInbound}[r.IntN(2)],
		}
		d.Profiles[p.ID] = p
		u := &directory.User{
			ID: contact.UserID(id()), Username: name(), FirstName: text(), LastName: text(), PasswordHash: d.Users[seed.DevAgents[0].ID].PasswordHash, Profile: p.ID,
			AutoAccept: r.IntN(2) == 0, AfterWorkLimit: time.Duration(r.IntN(200)) * time.Second, Supervisor: r.IntN(2) == 0,
			Proficiencies: []directory.Proficiency{{Attribute: "connect:Language", Value: name(), Level: 1 + float64(r.IntN(9))/2}},
		}
		d.Users[u.ID] = u
		c := &directory.QuickConnect{ID: directory.QuickConnectID(id()), Name: name(), Description: text(), User: u.ID, Flow: seed.DevFlow[:len(seed.DevFlow)-3] + "003"}
		d.Connects[c.ID] = c
		q.Connects = append(q.Connects, c.ID)
		content := []string{endFlow, strings.ReplaceAll(endFlow, ",", ",\n"), strings.ReplaceAll(endFlow, ",", ",\n  ") + "\n", endFlow + "\n\n", strings.ReplaceAll(endFlow, ",", ",\r\n\t")}[r.IntN(5)]
		f := &directory.Flow{ID: contact.FlowID(id()), Name: name(), Type: "CONTACT_FLOW", Description: text(), Content: content, Tags: map[string]string{name(): text()}}
		if r.IntN(3) == 0 {
			f.Content, f.Saved = "", "${queue:Nowhere} is a draft"
		}
		d.Flows[f.ID] = f
		m := &directory.Flow{ID: contact.FlowID(id()), Name: name(), Content: content, Settings: `{"a": "b"}`, Archived: r.IntN(2) == 0}
		d.Modules[m.ID] = m
		shows := directory.ViewContent{Template: content, Actions: []string{name(), "Submit"}, Schema: directory.SchemaOf(content)}
		v := &directory.View{ID: directory.ViewID(id()), Name: name(), Description: text(), Content: &shows, Tags: map[string]string{name(): text()}}
		if r.IntN(3) == 0 {
			v.Content, v.Saved = nil, &shows
		}
		d.Views[v.ID] = v
		qr := &directory.QuickResponse{
			ID: directory.QuickResponseID(id()), Name: name(), Description: text(), Shortcut: "s" + fmt.Sprint(r.IntN(9)), Content: "Say: " + content,
			Markdown: r.IntN(2) == 0, Disabled: r.IntN(2) == 0, Queues: []contact.QueueID{q.ID}, Profiles: []directory.ProfileID{p.ID},
		}
		d.QuickResponses[qr.ID] = qr
		k := &directory.AccessKey{ID: fmt.Sprint("KEY", n), Secret: "the-very-secret-of-" + id()}
		d.Keys[k.ID] = k
	}
	for _, a := range []directory.Association{
		{ARN: "arn:aws:lambda:us-west-2:000000000000:function:orders:LIVE", Kind: directory.LambdaFunction},
		{ARN: "arn:aws:lex:us-west-2:000000000000:bot-alias/A/B", Kind: directory.LexV2Bot},
		{ARN: "Old@us-east-1", Kind: directory.LexV1Bot, Name: "Old", Region: "us-east-1"},
	} {
		d.Associations[a.ARN] = &a
	}
	return d
}

// All kinds of entries are in random directories, so that none is forgotten
// when one is added.
func TestFilesDescribeEveryKindOfEntry(t *testing.T) {
	d := reflect.ValueOf(*random(rand.New(rand.NewPCG(1, 1))))
	for i := range d.NumField() {
		if f := d.Field(i); f.Kind() == reflect.Map && f.Len() == 0 {
			t.Errorf("there is nothing among %s: describe it in files, and add one here", d.Type().Field(i).Name)
		}
	}
}

// A flow whose queue has gone meanwhile runs on, and takes its error branch.
func TestADumpOfFlowsThatNameWhatHasGoneIsTaken(t *testing.T) {
	d := plan(t, "queues: [{name: Sales}]\nrouting_profiles: [{name: Basic Routing Profile, chat_concurrency: 1}]\nquick_connects: []",
		seed.Options{Prune: true}, seed.Dev()).After
	f := seed.Dump([]*directory.Directory{d}, true)
	plans, err := f.Plan([]*directory.Directory{d}, seed.Options{Now: now, Prune: true})
	if err != nil || !plans[0].Empty() {
		t.Errorf("the dump is not taken: %v", err)
	}
	for name, content := range f.Files {
		if strings.Contains(content, string(seed.DevQueue)) {
			f.Files[name] = content + " "
		}
	}
	if _, err := f.Plan([]*directory.Directory{d}, seed.Options{Now: now}); err == nil {
		t.Error("new contents that name what is not there are taken")
	}
}

// A dev that follows its file is told what has changed in it and nothing else.
func TestAnotherVersionOfADevFileDiffersInWhatWasChanged(t *testing.T) {
	for name, texts := range map[string][2]string{
		"of the built-in agents": {"queues: [{name: Sales, id: " + newID + "}]", "queues: [{name: Sold, id: " + newID + "}]"},
		"of its own agents": {
			"queues: [{name: Sales, id: " + newID + "}]\nusers: [{username: eva, password: x}]", "queues: [{name: Sold, id: " + newID + "}]\nusers: [{username: eva, password: x}]",
		},
	} {
		before, err := (&seed.File{Name: "f", Text: texts[0]}).Dev()
		if err != nil {
			t.Fatal(err)
		}
		after, err := (&seed.File{Name: "f", Text: texts[1]}).Dev(before...)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := told(seed.Differences(before[0], after[0])), "~ queue Sold\n    name: Sales → Sold\n"; got != want {
			t.Errorf("%s: got\n%s", name, got)
		}
	}
}
