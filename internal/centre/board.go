package centre

import (
	"context"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/metrics"
	"github.com/bellpull/bellpull/internal/tally"
)

// Board is an instance at a glance. It is shared and must not be written to.
type Board struct {
	*metrics.Snapshot
	// Chats are those that wait or are on a desk, by their ids.
	Chats map[contact.ID]*contact.Chat
	// Today is what the queues have done since midnight.
	Today map[contact.QueueID]Today
}

// Today is what a queue has done since midnight in the time zone of its hours, or
// else in UTC.
type Today struct {
	// Handled were answered, Abandoned ended while they waited.
	Handled, Abandoned int
	// Level is the share of those answered or abandoned that were answered within
	// ServiceTarget; it counts where OK.
	Level float64
	OK    bool
}

// ServiceTarget is within what time a contact should be answered.
const ServiceTarget = 20 * time.Second

// How long what is shared is good. Figures that take long to make are kept for
// longer, so that making them takes a twentieth of the time at the most.
const (
	keepBoard = time.Second
	keepToday = 10 * time.Second
	keepTrend = 5 * time.Second
	rest      = 20
)

// boards are what many look at.
type boards struct {
	now    shared[contact.InstanceID, *Board]
	today  shared[contact.InstanceID, map[contact.QueueID]Today]
	trends shared[trendKey, *metrics.Trend]
}

type trendKey struct {
	instance contact.InstanceID
	minutes  int
}

// Board returns an instance at a glance, as of the last second; what was done
// today as of the last ten.
func (c *Centre) Board(ctx context.Context, dir *directory.Directory) (*Board, error) {
	return c.boards.now.get(dir.Instance.ID, c.Now(), func() (*Board, time.Duration, error) {
		took := tally.Start()
		b, err := c.board(ctx, dir)
		return b, max(keepBoard, took.Elapsed()), err
	})
}

func (c *Centre) board(ctx context.Context, dir *directory.Directory) (*Board, error) {
	s, err := c.Snapshot(ctx, dir)
	if err != nil {
		return nil, err
	}
	b := &Board{Snapshot: s, Chats: map[contact.ID]*contact.Chat{}}
	add := func(id contact.ID) error {
		if b.Chats[id] != nil {
			return nil
		}
		chat, err := c.Chat(ctx, id)
		if err == nil {
			b.Chats[id] = chat
		}
		if fault.KindOf(err) == fault.NotFound {
			return nil
		}
		return err
	}
	for i := range s.Waiting {
		if err := add(s.Waiting[i].ID); err != nil {
			return nil, err
		}
	}
	for _, a := range s.Agents {
		for i := range a.Work {
			if err := add(a.Work[i].Chat); err != nil {
				return nil, err
			}
		}
	}
	b.Today, err = c.today(ctx, dir)
	return b, err
}

func (c *Centre) today(ctx context.Context, dir *directory.Directory) (map[contact.QueueID]Today, error) {
	return c.boards.today.get(dir.Instance.ID, c.Now(), func() (map[contact.QueueID]Today, time.Duration, error) {
		took := tally.Start()
		today, err := c.countToday(ctx, dir)
		return today, max(keepToday, rest*took.Elapsed()), err
	})
}

// countToday reads the contacts of the day once, for the days of all time zones
// that the queues have.
func (c *Centre) countToday(ctx context.Context, dir *directory.Directory) (map[contact.QueueID]Today, error) {
	now := c.Now()
	days := map[time.Time]*metrics.Report{} // by their midnights
	from := now
	dayOf := func(id contact.QueueID) time.Time { return midnight(now, zoneOf(dir, id)) }
	for id := range dir.Queues {
		day := dayOf(id)
		if days[day] != nil || !day.Before(now) {
			continue
		}
		r, err := metrics.NewReport(metrics.Query{
			Directory: dir, Now: now, Intervals: []metrics.Interval{{From: day, To: now}}, By: []metrics.Dimension{metrics.ByQueue},
			Metrics: []metrics.Metric{
				{Name: "CONTACTS_HANDLED_BY_CONNECTED_TO_AGENT"},
				{Name: "SUM_CONTACTS_ABANDONED"},
				{Name: "SERVICE_LEVEL", Threshold: ServiceTarget},
			},
		})
		if err != nil {
			return nil, err
		}
		days[day] = r
		if day.Before(from) {
			from = day
		}
	}
	err := c.Store.Legs(ctx, dir.Instance.ID, from, now, func(l *contact.Leg) {
		for _, r := range days {
			r.Leg(l)
		}
	})
	if err != nil {
		return nil, err
	}
	today := map[contact.QueueID]Today{}
	for day, r := range days {
		for _, line := range r.Results() {
			id := contact.QueueID(line.Group[0])
			if dir.Queues[id] != nil && dayOf(id).Equal(day) {
				v := line.Values
				today[id] = Today{int(v[0].Number), int(v[1].Number), v[2].Number / 100, v[2].OK}
			}
		}
	}
	return today, nil
}

// zoneOf returns the time zone of a queue.
func zoneOf(dir *directory.Directory, id contact.QueueID) *time.Location {
	if q := dir.Queues[id]; q != nil {
		if h := dir.Hours[q.Hours]; h != nil {
			if zone, err := time.LoadLocation(h.TimeZone); err == nil {
				return zone
			}
		}
	}
	return time.UTC
}

// midnight returns when the day began in a time zone.
func midnight(now time.Time, zone *time.Location) time.Time {
	y, m, d := now.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone).UTC()
}

// Trend returns how the queues of an instance have gone in the last minutes, as of
// the last few seconds. It is shared and must not be written to.
func (c *Centre) Trend(ctx context.Context, dir *directory.Directory, minutes int) (*metrics.Trend, error) {
	minutes = max(1, min(minutes, int(metrics.MaxTrend/time.Minute)))
	return c.boards.trends.get(trendKey{dir.Instance.ID, minutes}, c.Now(), func() (*metrics.Trend, time.Duration, error) {
		took := tally.Start()
		t := metrics.NewTrend(c.Now(), time.Duration(minutes)*time.Minute)
		err := c.Store.Legs(ctx, dir.Instance.ID, t.Buckets[0].Start, c.Now(), t.Add)
		return t, max(keepTrend, rest*took.Elapsed()), err
	})
}
