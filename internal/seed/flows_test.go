package seed_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bellpull/bellpull/internal/admin"
	"github.com/bellpull/bellpull/internal/callout"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/flow"
	"github.com/bellpull/bellpull/internal/seed"
)

// byName returns the flows by their names, which must be different.
func byName(t *testing.T, d *directory.Directory) map[string]*directory.Flow {
	t.Helper()
	found := map[string]*directory.Flow{}
	for id, f := range d.Flows {
		if found[f.Name] != nil || f.ID != id {
			t.Fatalf("flow %s: there are two of the name %q, or its id is %s", id, f.Name, f.ID)
		}
		found[f.Name] = f
	}
	return found
}

func TestEveryInstanceHasTheFlowsThatScriptsLookUp(t *testing.T) {
	fresh, _, _ := seed.Fresh(contact.SeededIDs(1))
	want := map[string]string{ // with the id in the dev instance
		"Sample inbound flow (first contact experience)": "f001",
		"Default agent hold":                             "f002",
		"Default agent transfer":                         "f003",
		"Default agent whisper":                          "f004",
		"Default customer hold":                          "f005",
		"Default customer queue":                         "f006",
		"Default customer whisper":                       "f007",
		"Default outbound":                               "f008",
		"Default queue transfer":                         "f009",
		"Sample queue customer":                          "f00a",
		"Sample queue configurations flow":               "f00b",
		"Sample disconnect flow":                         "f00c",
		"Sample Lambda integration":                      "f00d",
		"Sample recording behavior":                      "f00e",
		"Sample AB test":                                 "f00f",
	}
	dev := byName(t, seed.Dev())
	other := byName(t, fresh)
	if len(dev) != len(want) || len(other) != len(want) {
		t.Errorf("%d flows in dev and %d in a fresh instance, want %d", len(dev), len(other), len(want))
	}
	for name, id := range want {
		if f := dev[name]; f == nil || !strings.HasSuffix(string(f.ID), "-00000000"+id) {
			t.Errorf("flow %q of the dev instance: got %v, want the id …%s", name, f, id)
		}
		if f := other[name]; f == nil || f.ID == dev[name].ID {
			t.Errorf("flow %q of a fresh instance: got %v, want one with an id of its own", name, f)
		}
	}
	if got := seed.Dev().Instance.DefaultFlow; got != seed.DevFlow {
		t.Errorf("chats of dev start with %s, want %s", got, seed.DevFlow)
	}
	for kind, name := range admin.DefaultNames {
		if f := dev[name]; f == nil || f.Type != string(kind) {
			t.Errorf("flow %q: got %v, want one of type %s", name, f, kind)
		}
	}
}

// The strictest reading: flow types too, and everything that is referred to.
func TestFlowsOfNewInstancesAreInOrder(t *testing.T) {
	fresh, _, _ := seed.Fresh(contact.SeededIDs(1))
	for _, d := range []*directory.Directory{seed.Dev(), fresh} {
		for _, f := range d.Flows {
			if err := admin.CheckContent(f.Content, flow.Type(f.Type), d); err != nil {
				t.Errorf("%s: %v", f.Name, err)
			}
			read, err := flow.Read(f.Content)
			if err != nil {
				t.Fatal(err)
			}
			problems, warnings := flow.Check(read, flow.Options{Type: flow.Type(f.Type), Strict: true})
			if len(problems)+len(warnings) > 0 {
				t.Errorf("%s: %v, %v", f.Name, problems, warnings)
			}
			if strings.Contains(f.Content, "<") {
				t.Errorf("%s: a place was not filled", f.Name)
			}
		}
	}
}

const greeting = `{"Version":"2019-10-30","StartAction":"a","Actions":[{"Identifier":"a","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}`

func TestSeedFilesKeepTheFlows(t *testing.T) {
	const sample = "Sample inbound flow (first contact experience)"
	for _, test := range []struct {
		name, file  string
		flows       int
		defaultFlow string
	}{
		{"an empty file", "{}", 15, sample},
		{"other queues", "queues: [{name: Sales, id: 11111111-0000-4000-8000-000000000001}]", 15, sample},
		{"a flow more", "flows: [{name: Mine, file: mine.json}]", 16, "Mine"},
		{"one of ours named as where chats start", "instance: {default_flow: Sample AB test}", 15, "Sample AB test"},
		{"one of ours written anew", "flows: [{name: Default customer queue, type: CUSTOMER_QUEUE, file: mine.json}]\ninstance: {default_flow: " + sample + "}", 15, sample},
		{"one of ours under another id", "flows: [{name: " + sample + ", id: 22222222-0000-4000-8000-000000000002, file: mine.json}]", 15, sample},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range map[string]string{"seed.yaml": test.file, "mine.json": greeting} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			all, err := seed.Read(filepath.Join(dir, "seed.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			d := all[0]
			flows := byName(t, d)
			if len(flows) != test.flows || flows[test.defaultFlow] == nil || d.Instance.DefaultFlow != flows[test.defaultFlow].ID {
				t.Errorf("%d flows, chats start with %s; want %d and %q", len(flows), d.Instance.DefaultFlow, test.flows, test.defaultFlow)
			}
			for _, f := range d.Flows {
				if err := admin.CheckContent(f.Content, flow.Type(f.Type), d); err != nil {
					t.Errorf("%s: %v", f.Name, err)
				}
			}
		})
	}
}

func TestFlowsOfTheDevInstanceMayAskItsBot(t *testing.T) {
	const asking = `{"Version":"2019-10-30","StartAction":"ask","Actions":[
{"Identifier":"ask","Type":"ConnectParticipantWithLexBot","Parameters":{"Text":"Hello","LexV2Bot":{"AliasArn":"` + callout.DemoBotARN + `"}},"Transitions":{"NextAction":"bye","Errors":[{"ErrorType":"NoMatchingError","NextAction":"bye"}]}},
{"Identifier":"bye","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}`
	if err := admin.CheckContent(asking, flow.Inbound, seed.Dev()); err != nil {
		t.Error(err)
	}
}
