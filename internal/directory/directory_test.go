package directory_test

import (
	"testing"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
)

func TestQueuesAndUsersAreFoundByAllTheirNames(t *testing.T) {
	d := directory.New()
	d.Instance = directory.Instance{ID: "i", Region: "eu-central-1", AccountID: "000000000000"}
	d.Queues["q"] = &directory.Queue{ID: "q"}
	d.Users["u"] = &directory.User{ID: "u", Username: "ana"}
	for name, want := range map[string]contact.QueueID{
		"q":                                     "q",
		d.Instance.ARN("queue", "q"):            "q",
		d.Instance.ARN("queue", "agent", "u"):   "agent/u",
		d.Instance.ARN("queue", "agent", "q"):   "",
		d.Instance.ARN("queue", "agent", "ana"): "",
		"u":                                     "",
		"":                                      "",
	} {
		var got contact.QueueID
		if q := d.FindQueue(name); q != nil {
			got = q.ID
		}
		if got != want {
			t.Errorf("FindQueue(%q) found %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]bool{"u": true, "ana": true, d.Instance.ARN("agent", "u"): true, "ben": false, d.Instance.ARN("agent", "ben"): false, "": false} {
		if got := d.FindUser(name) != nil; got != want {
			t.Errorf("FindUser(%q) found somebody: %v, want %v", name, got, want)
		}
	}
}
