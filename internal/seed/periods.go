package seed

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/bellpull/bellpull/internal/directory"
)

// weekdays are the days as files name them, in their order.
var weekdays = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// weekday returns the day of a place in weekdays.
func weekday(i int) time.Weekday { return time.Weekday((i + 1) % len(weekdays)) }

// place of a day in weekdays.
func placeOf(d time.Weekday) int { return (int(d) + len(weekdays) - 1) % len(weekdays) }

// parseDays reads which days are meant: daily, mon, mon-fri, or several of
// these with commas.
func parseDays(text string) ([]time.Weekday, error) {
	var days []time.Weekday
	for part := range strings.SplitSeq(text, ",") {
		first, last, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if first == "daily" && !isRange {
			first, last, isRange = weekdays[0], weekdays[len(weekdays)-1], true
		}
		if !isRange {
			last = first
		}
		from, till := slices.Index(weekdays, strings.TrimSpace(first)), slices.Index(weekdays, strings.TrimSpace(last))
		if from < 0 || till < 0 {
			return nil, fmt.Errorf("%q is no day: use daily, %s, or a range such as mon-fri", part, strings.Join(weekdays, ", "))
		}
		for i := from; ; i = (i + 1) % len(weekdays) {
			days = append(days, weekday(i))
			if i == till {
				break
			}
		}
	}
	return days, nil
}

// span is a stretch of a day, in minutes since midnight.
type span struct{ start, end int }

// parseSpans reads times such as 09:00-12:30, 13:30-17:00; closed is none.
func parseSpans(text string) ([]span, error) {
	if text == "closed" {
		return nil, nil
	}
	var spans []span
	for part := range strings.SplitSeq(text, ",") {
		from, till, ok := strings.Cut(strings.TrimSpace(part), "-")
		start, okStart := parseMinute(from)
		end, okEnd := parseMinute(till)
		if !ok || !okStart || !okEnd || start == 24*60 {
			return nil, fmt.Errorf("%q is no time: use 09:00-17:00, several with commas, or closed; 24:00 is the end of the day, and an end before the start is on the next one", part)
		}
		spans = append(spans, span{start, end})
	}
	return spans, nil
}

// parseMinute reads 09:30 as minutes since midnight.
func parseMinute(text string) (int, bool) {
	text = strings.TrimSpace(text)
	h, m, ok := strings.Cut(text, ":")
	hour, errHour := strconv.ParseUint(h, 10, 8)
	minute, errMinute := strconv.ParseUint(m, 10, 8)
	at := int(hour)*60 + int(minute)
	return at, ok && errHour == nil && errMinute == nil && len(h) <= 2 && len(m) == 2 && minute < 60 && at <= 24*60
}

// periods reads a mapping of days to times. The word always stands for the whole
// week.
func (o *object) periods(key string) []directory.Period {
	n := o.get(key)
	if n == nil {
		return nil
	}
	if word, ok := scalar(n); ok {
		if word != "always" {
			o.wrong(key, "must be a mapping such as {mon-fri: 09:00-17:00}, or always")
			return nil
		}
		return sorted(directory.Always("", "").Periods)
	}
	var periods []directory.Period
	week := o.object(n)
	for text, at := range week.keys {
		days, err := parseDays(text)
		if err != nil {
			o.problem(at, "%v", err)
			continue
		}
		spans, err := parseSpans(week.text(text))
		if err != nil {
			o.problem(cmp.Or[ast.Node](week.members[text], at), "%v", err)
		}
		for _, d := range days {
			for _, s := range spans {
				periods = append(periods, directory.Period{Day: d, Start: s.start, End: s.end})
			}
		}
	}
	periods = sorted(periods)
	for i := 1; i < len(periods); i++ {
		a, b := periods[i-1], periods[i]
		if a.Day == b.Day && (a.End > b.Start || a.End <= a.Start) {
			o.wrong(key, "the times of %s overlap", weekdays[placeOf(a.Day)])
		}
	}
	return periods
}

// sorted returns periods in the order of the week.
func sorted(periods []directory.Period) []directory.Period {
	return slices.SortedFunc(slices.Values(periods), func(a, b directory.Period) int {
		return cmp.Or(cmp.Compare(placeOf(a.Day), placeOf(b.Day)), cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
	})
}

// periodsForm writes periods as periods reads them: days with the same times
// that follow each other stand together.
func periodsForm(periods []directory.Period) form {
	times := map[int]string{}
	for _, p := range sorted(periods) {
		text := fmt.Sprintf("%02d:%02d-%02d:%02d", p.Start/60, p.Start%60, p.End/60, p.End%60)
		if had := times[placeOf(p.Day)]; had != "" {
			text = had + ", " + text
		}
		times[placeOf(p.Day)] = text
	}
	var f form
	days := slices.Sorted(maps.Keys(times))
	for i := 0; i < len(days); {
		last := i
		for last+1 < len(days) && days[last+1] == days[last]+1 && times[days[last+1]] == times[days[i]] {
			last++
		}
		name := weekdays[days[i]]
		if last > i {
			name += "-" + weekdays[days[last]]
		}
		if name == "mon-sun" {
			name = "daily"
		}
		f = append(f, field{key: name, value: times[days[i]]})
		i = last + 1
	}
	return f
}
