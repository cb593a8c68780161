package metrics_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/metrics"
)

func TestTrend(t *testing.T) {
	now := time.Date(2026, 3, 29, 9, 10, 30, 0, time.UTC)
	trend := metrics.NewTrend(now, 3*time.Minute)
	at := func(minute, second int) time.Time { return time.Date(2026, 3, 29, 9, minute, second, 0, time.UTC) }
	for i := range 20 { // waits of 1 to 20 seconds, in minute 8
		trend.Add(&contact.Leg{Queue: "q", Enqueued: at(8, 0), Dequeued: at(8, 1+i), Answered: at(8, 1+i)})
	}
	trend.Add(&contact.Leg{Queue: "q", Enqueued: at(7, 59), Disconnected: at(9, 5), Reason: contact.ByCustomer})
	trend.Add(&contact.Leg{Queue: "q", Enqueued: at(6, 59), Dequeued: at(10, 0), Answered: at(10, 0)})                 // queued before
	trend.Add(&contact.Leg{Queue: "q", Enqueued: at(9, 30)})                                                           // waits still
	trend.Add(&contact.Leg{Answered: at(9, 30)})                                                                       // came past the queues
	trend.Add(&contact.Leg{Queue: "q", Enqueued: at(9, 31), Disconnected: at(9, 40), Next: "TRANSFER", Reason: "API"}) // went on
	var got string
	for i := range trend.Buckets {
		b := &trend.Buckets[i]
		got += fmt.Sprintf("%s %d %d %d", b.Start.Format("15:04"), b.Arrived, b.Handled, b.Abandoned)
		for _, share := range []float64{0.5, 0.95} {
			if wait, ok := b.Wait(share); ok {
				got += " " + wait.String()
			}
		}
		got += "\n"
	}
	want := "09:07 1 0 0\n09:08 20 20 0 11s 20s\n09:09 2 0 1\n09:10 0 1 0 3m1s 3m1s\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestTrendsHaveFewBuckets(t *testing.T) {
	now := time.Date(2026, 3, 29, 9, 10, 30, 0, time.UTC)
	for back, want := range map[time.Duration]time.Duration{
		0: time.Minute, time.Hour: time.Minute, 61 * time.Minute: 2 * time.Minute, 8 * time.Hour: 10 * time.Minute,
		24 * time.Hour: 30 * time.Minute, 1000 * time.Hour: 30 * time.Minute,
	} {
		trend := metrics.NewTrend(now, back)
		if n := len(trend.Buckets); trend.Bucket != want || n < 1 || n > 61 {
			t.Errorf("%v: %d buckets of %v, want %v", back, n, trend.Bucket, want)
		}
		if last := trend.Buckets[len(trend.Buckets)-1].Start; !last.Before(now) || now.Sub(last) > trend.Bucket {
			t.Errorf("%v: the last bucket begins at %v", back, last)
		}
	}
}
