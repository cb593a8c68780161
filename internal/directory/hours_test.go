package directory

import (
	"testing"
	"time"
)

func TestHoursAreThoseOfTheirTimeZone(t *testing.T) {
	h := &Hours{Name: "shop", TimeZone: "Europe/Berlin", Periods: []Period{
		{Day: time.Monday, Start: 9 * 60, End: 17 * 60},
		{Day: time.Friday, Start: 22 * 60, End: 2 * 60}, // into Saturday
	}}
	for name, c := range map[string]struct {
		at   string
		want bool
	}{
		"a minute before opening": {"2026-01-05T07:59:00Z", false},
		"at opening":              {"2026-01-05T08:00:00Z", true},
		"before closing":          {"2026-01-05T15:59:59Z", true},
		"at closing":              {"2026-01-05T16:00:00Z", false},
		"in summer time":          {"2026-07-06T07:00:00Z", true},
		"on Tuesday":              {"2026-01-06T10:00:00Z", false},
		"late on Friday":          {"2026-01-09T21:30:00Z", true},
		"early on Saturday":       {"2026-01-10T00:59:00Z", true},
		"later on Saturday":       {"2026-01-10T01:00:00Z", false},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := h.Open(at); got != c.want || err != nil {
			t.Errorf("%s: open %v, %v, want %v", name, got, err, c.want)
		}
	}
}

func TestHoursOfAnUnknownTimeZoneAreAnError(t *testing.T) {
	h := &Hours{TimeZone: "Mars/Olympus"}
	if _, err := h.Open(time.Now()); err == nil {
		t.Error("no error")
	}
}

func TestOverridesReplaceTheHoursOfTheirDays(t *testing.T) {
	h := Always("h", "always")
	h.Overrides = []HoursOverride{
		{Name: "Christmas", From: "2026-12-25", Till: "2026-12-26"},
		{Name: "Eve", From: "2026-12-24", Till: "2026-12-31", Periods: []Period{{Day: time.Thursday, Start: 10 * 60, End: 14 * 60}, {Day: time.Sunday, Start: 22 * 60, End: 2 * 60}}},
	}
	for _, c := range []struct {
		at       string
		want     bool
		override string
	}{
		{"2026-12-23T03:00:00Z", true, ""},
		{"2026-12-24T09:59:00Z", false, "Eve"},
		{"2026-12-24T10:00:00Z", true, "Eve"},
		{"2026-12-24T14:00:00Z", false, "Eve"},
		{"2026-12-25T12:00:00Z", false, "Christmas"},
		{"2026-12-27T23:00:00Z", true, "Eve"},
		{"2026-12-28T01:59:00Z", true, "Eve"}, // Sunday night goes on
		{"2026-12-28T02:00:00Z", false, "Eve"},
		{"2027-01-01T00:00:00Z", true, ""},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := h.Open(at); err != nil || got != c.want {
			t.Errorf("open at %s: %v, %v, want %v", c.at, got, err, c.want)
		}
		var name string
		o, err := h.Override(at)
		if o != nil {
			name = o.Name
		}
		if err != nil || name != c.override {
			t.Errorf("the override at %s is %q, %v, want %q", c.at, name, err, c.override)
		}
	}
}

func TestWhenHoursBeginNext(t *testing.T) {
	h := &Hours{Name: "shop", TimeZone: "Europe/Berlin", Periods: []Period{
		{Day: time.Monday, Start: 13 * 60, End: 17 * 60},
		{Day: time.Monday, Start: 9 * 60, End: 12 * 60},
		{Day: time.Friday, Start: 22 * 60, End: 2 * 60},
	}, Overrides: []HoursOverride{{Name: "Holiday", From: "2026-03-30", Till: "2026-04-04"}}}
	for name, c := range map[string]struct{ at, want string }{
		"on the same day":           {"2026-01-05T06:00:00Z", "2026-01-05T08:00:00Z"},
		"while they are":            {"2026-01-05T08:30:00Z", "2026-01-05T08:30:00Z"},
		"after lunch":               {"2026-01-05T11:30:00Z", "2026-01-05T12:00:00Z"},
		"later in the week":         {"2026-01-05T16:00:00Z", "2026-01-09T21:00:00Z"},
		"next week, in summer time": {"2026-03-28T12:00:00Z", "2026-04-06T07:00:00Z"},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := h.OpensAt(at); got.UTC().Format(time.RFC3339) != c.want || err != nil {
			t.Errorf("%s: %v, %v, want %s", name, got, err, c.want)
		}
	}
	if got, err := (&Hours{TimeZone: "UTC"}).OpensAt(time.Now()); !got.IsZero() || err != nil {
		t.Errorf("hours that never begin: %v, %v", got, err)
	}
}
