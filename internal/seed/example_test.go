package seed_test

import (
	"testing"

	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/seed"
)

// The example says everything that a file can say, and is valid for dev and on
// a server.
func TestTheExampleIsValid(t *testing.T) {
	f, err := seed.Load("../../examples/shop/bellpull.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Dev(); err != nil {
		t.Errorf("for dev:\n%v", err)
	}
	fresh, err := (&seed.File{Name: "fresh", Text: "instance: {alias: fresh}"}).Plan(nil, seed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	plans, err := f.Plan([]*directory.Directory{fresh[0].After}, seed.Options{Now: now})
	if err != nil {
		t.Fatalf("on a server:\n%v", err)
	}
	again, err := f.Plan([]*directory.Directory{plans[0].After}, seed.Options{Now: now})
	if err != nil || !again[0].Empty() {
		t.Errorf("again: %v", err)
	}
	for name, n := range map[string]int{
		"overrides": len(plans[0].After.Hours), "connects": len(plans[0].After.Connects), "modules": len(plans[0].After.Modules),
		"associations": len(plans[0].After.Associations), "keys": len(plans[0].After.Keys),
		"widgets": len(plans[0].After.Widgets),
	} {
		if n == 0 {
			t.Errorf("there are no %s", name)
		}
	}
}
