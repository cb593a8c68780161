package directory

import (
	"fmt"
	"time"
	_ "time/tzdata" // hours must work on a bare image
)

// HoursID names hours of operation.
type HoursID string

// Hours are hours of operation: when a queue is served.
type Hours struct {
	ID          HoursID
	Name        string
	Description string
	TimeZone    string // an IANA name
	Periods     []Period
	Overrides   []HoursOverride // the first that has a day counts for it
}

// HoursOverride are other hours for a while, such as for holidays. Without a
// period for a day, that day is closed.
type HoursOverride struct {
	ID          string
	Name        string
	Description string
	From, Till  string // dates such as 2026-12-24, both included
	Periods     []Period
}

// MaxOverrides is the most overrides that hours may have.
const MaxOverrides = 50

// Period is a stretch of one weekday, in minutes since midnight. End is at most
// 1440; a period that ends where it starts, or before, goes on into the next
// day.
type Period struct {
	Day        time.Weekday
	Start, End int
}

const minutesOfDay = 24 * 60

// Open reports whether t is within the hours.
func (h *Hours) Open(t time.Time) (bool, error) {
	t, err := h.local(t)
	if err != nil {
		return false, err
	}
	minute := t.Hour()*60 + t.Minute()
	for _, p := range h.on(t) {
		if p.Day == t.Weekday() && minute >= p.Start && (p.overnight() || minute < p.End) {
			return true, nil
		}
	}
	yesterday := t.AddDate(0, 0, -1)
	for _, p := range h.on(yesterday) {
		if p.Day == yesterday.Weekday() && p.overnight() && minute < p.End {
			return true, nil
		}
	}
	return false, nil
}

// maxAhead is how many days ahead OpensAt looks.
const maxAhead = 400

// OpensAt returns when the hours begin next: t itself when it is within them,
// and zero when they do not begin within a year.
func (h *Hours) OpensAt(t time.Time) (time.Time, error) {
	open, err := h.Open(t)
	if err != nil || open {
		return t, err
	}
	local, err := h.local(t)
	if err != nil {
		return time.Time{}, err
	}
	for day := range maxAhead {
		var next time.Time
		date := time.Date(local.Year(), local.Month(), local.Day()+day, 12, 0, 0, 0, local.Location())
		for _, p := range h.on(date) {
			begins := time.Date(date.Year(), date.Month(), date.Day(), 0, p.Start, 0, 0, local.Location())
			if p.Day == date.Weekday() && begins.After(t) && (next.IsZero() || begins.Before(next)) {
				next = begins
			}
		}
		if !next.IsZero() {
			return next, nil
		}
	}
	return time.Time{}, nil
}

// Override returns the override that counts at t, or nil.
func (h *Hours) Override(t time.Time) (*HoursOverride, error) {
	t, err := h.local(t)
	if err != nil {
		return nil, err
	}
	return h.override(t), nil
}

// local returns t as the clocks of the hours' zone show it.
func (h *Hours) local(t time.Time) (time.Time, error) {
	zone, err := time.LoadLocation(h.TimeZone)
	if err != nil {
		return time.Time{}, fmt.Errorf("hours %s: %w", h.Name, err)
	}
	return t.In(zone), nil
}

func (h *Hours) override(day time.Time) *HoursOverride {
	date := day.Format(time.DateOnly)
	for i, o := range h.Overrides {
		if o.From <= date && date <= o.Till {
			return &h.Overrides[i]
		}
	}
	return nil
}

// on returns the periods that count on a day.
func (h *Hours) on(day time.Time) []Period {
	if o := h.override(day); o != nil {
		return o.Periods
	}
	return h.Periods
}

func (p Period) overnight() bool { return p.End <= p.Start }

// Always are hours without an end.
func Always(id HoursID, name string) *Hours {
	h := &Hours{ID: id, Name: name, TimeZone: "UTC"}
	for day := range time.Weekday(7) {
		h.Periods = append(h.Periods, Period{Day: day, End: minutesOfDay})
	}
	return h
}
