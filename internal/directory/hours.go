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
	ID       HoursID
	Name     string
	TimeZone string // an IANA name
	Periods  []Period
}

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
	zone, err := time.LoadLocation(h.TimeZone)
	if err != nil {
		return false, fmt.Errorf("hours %s: %w", h.Name, err)
	}
	t = t.In(zone)
	minute := t.Hour()*60 + t.Minute()
	yesterday := (t.Weekday() + 6) % 7
	for _, p := range h.Periods {
		overnight := p.End <= p.Start
		switch {
		case p.Day == t.Weekday() && minute >= p.Start && (overnight || minute < p.End):
			return true, nil
		case p.Day == yesterday && overnight && minute < p.End:
			return true, nil
		}
	}
	return false, nil
}

// Always are hours without an end.
func Always(id HoursID, name string) *Hours {
	h := &Hours{ID: id, Name: name, TimeZone: "UTC"}
	for day := range time.Weekday(7) {
		h.Periods = append(h.Periods, Period{Day: day, End: minutesOfDay})
	}
	return h
}
