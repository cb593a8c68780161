package directory_test

import (
	"strings"
	"testing"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
)

func TestQuickResponsesAreRanked(t *testing.T) {
	d := directory.New()
	d.Profiles["sellers"] = &directory.RoutingProfile{ID: "sellers", Queues: []directory.ProfileQueue{{Queue: "sales"}}}
	seller := &directory.User{ID: "s", Profile: "sellers"}
	d.Users["s"] = seller
	for i, q := range []directory.QuickResponse{
		{Name: "Opening hours", Shortcut: "hours", Content: "We are open from nine."},
		{Name: "Holidays", Shortcut: "hours-holidays", Content: "Closed."},
		{Name: "Late", Shortcut: "late-hours", Content: "Till ten."},
		{Name: "Hours of work", Shortcut: "work", Content: "Eight."},
		{Name: "Our hours", Content: "Any."},
		{Name: "Delay", Content: "It takes some hours, and perhaps a day."},
		{Name: "Soon", Content: "In HOURS."},
		{Name: "Old hours", Shortcut: "hours", Disabled: true},
		{Name: "Sold", Shortcut: "sold", Content: "Thank you!", Queues: []contact.QueueID{"sales"}},
		{Name: "Repaired", Shortcut: "repaired", Content: "Thank you!", Queues: []contact.QueueID{"support"}},
		{Name: "Sellers' own", Content: "Thank you!", Profiles: []directory.ProfileID{"sellers"}, Queues: []contact.QueueID{"support"}},
		{Name: "Mine", Shortcut: "mine", Queues: []contact.QueueID{contact.AgentQueue("s")}},
	} {
		q.ID = directory.QuickResponseID('a' + rune(i))
		d.QuickResponses[q.ID] = &q
	}
	for query, want := range map[string]string{
		"hours":        "Opening hours, Holidays, Late, Hours of work, Our hours, Soon, Delay",
		"/HOURS ":      "Opening hours, Holidays, Late, Hours of work, Our hours, Soon, Delay",
		"/#sold":       "Sold",
		"repaired":     "",
		"thank you":    "Sold, Sellers' own",
		"day delay":    "Delay",
		"nothing such": "",
		"mine":         "Mine",
		"":             "Delay, Holidays, Hours of work, Late, Mine, Opening hours, Our hours, Sellers' own, Sold, Soon",
	} {
		var names []string
		for _, q := range d.FindQuickResponses(seller, query) {
			names = append(names, q.Name)
		}
		if got := strings.Join(names, ", "); got != want {
			t.Errorf("%q finds %s\nwant %s", query, got, want)
		}
	}
}
