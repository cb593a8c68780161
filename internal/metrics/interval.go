package metrics

import (
	"time"

	"github.com/bellpull/bellpull/internal/fault"
)

// Interval is a time from From until To, which is no longer in it.
type Interval struct{ From, To time.Time }

// Period is how long the intervals of a report are.
type Period string

// The periods.
const (
	FifteenMinutes Period = "FIFTEEN_MIN"
	ThirtyMinutes  Period = "THIRTY_MIN"
	Hour           Period = "HOUR"
	Day            Period = "DAY"
	Week           Period = "WEEK" // from Monday on
	Total          Period = "TOTAL"
)

// The longest time that is reported on: by parts of a day, and at all; and how far
// back it may begin.
const (
	MaxByHours = 3 * 24 * time.Hour
	MaxReport  = 35 * 24 * time.Hour
	MaxPast    = 3 * 31 * 24 * time.Hour
)

// Split cuts a time into the periods of a time zone's calendar. The first and the
// last are shorter where the time does not begin and end with a period. A time
// that is empty, or too long for its period, is Invalid.
func Split(from, to time.Time, p Period, zone *time.Location) ([]Interval, error) {
	longest := MaxReport
	if p == FifteenMinutes || p == ThirtyMinutes || p == Hour {
		longest = MaxByHours
	}
	switch {
	case !from.Before(to):
		return nil, fault.Newf(fault.Invalid, "StartTime must be before EndTime")
	case to.Sub(from) > longest:
		return nil, fault.Newf(fault.Invalid, "between StartTime and EndTime there must be at most %d days with the period %s", longest/(24*time.Hour), p)
	}
	var out []Interval
	for at := from; at.Before(to); {
		next := earlier(p.after(at.In(zone)), to).UTC()
		if !next.After(at) { // islands have skipped a day
			next = earlier(at.Add(time.Hour), to).UTC()
		}
		out = append(out, Interval{at.UTC(), next})
		at = next
	}
	return out, nil
}

// after returns the end of the period in which t is.
func (p Period) after(t time.Time) time.Time {
	switch p {
	case FifteenMinutes:
		return nextPart(t, 15*time.Minute)
	case ThirtyMinutes:
		return nextPart(t, 30*time.Minute)
	case Hour:
		return nextPart(t, time.Hour)
	case Day:
		return midnight(t, 1)
	case Week:
		return midnight(t, 7-(int(t.Weekday())+6)%7)
	case Total:
	}
	return t.Add(MaxReport)
}

// nextPart returns the next moment at which a part of the day begins by the
// clock. Clocks go forward and back by whole quarters of an hour.
func nextPart(t time.Time, part time.Duration) time.Time {
	_, offset := t.Zone()
	shift := time.Duration(offset) * time.Second
	return t.Add(shift).Truncate(part).Add(part - shift)
}

// midnight returns the beginning of the day so many days on, which is later
// where the clock goes forward at midnight.
func midnight(t time.Time, days int) time.Time {
	y, m, d := t.Date()
	begin, noon := time.Date(y, m, d+days, 0, 0, 0, 0, t.Location()), time.Date(y, m, d+days, 12, 0, 0, 0, t.Location())
	for begin.Day() != noon.Day() && begin.Before(noon) {
		begin = begin.Add(15 * time.Minute)
	}
	return begin
}
