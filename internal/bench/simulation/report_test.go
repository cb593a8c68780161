package simulation

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTimesAreSpread(t *testing.T) {
	var all []time.Duration
	for i := range 100 {
		all = append(all, time.Duration(100-i)*time.Millisecond)
	}
	if got, want := spread(all), (Spread{Mean: 50.5, P50: 51, P95: 96, P99: 100}); got != want {
		t.Errorf("1 to 100 ms are spread as %+v, want %+v", got, want)
	}
	if got := spread([]time.Duration{time.Second}); got != (Spread{1000, 1000, 1000, 1000}) {
		t.Errorf("one second is spread as %+v", got)
	}
	if got := spread(nil); got != (Spread{}) {
		t.Errorf("nothing is spread as %+v", got)
	}
}

func TestReportTellsEverything(t *testing.T) {
	r := &Result{
		Agents: 20, Rate: 2.5, Duration: 60, Customers: 150, Offered: 160, Answered: 145, Missed: 8, Rejected: 2, Abandoned: 4,
		Transferred: 7, Unserved: 1, Waited: Spread{1234.5, 12.34, 2000, 3000}, Matched: Spread{9.876, 8, 15, 22},
		Messages: 900, CPU: 0.25, ClientCPU: 0.5, RSS: 47, noConnect: true,
	}
	var b strings.Builder
	if err := r.Print(&b); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(b.String()) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	want := []string{
		"20 agents, 2.50 customers/s for 60s", "customers 150", "offered 160", "answered 145", "missed 8",
		"rejected, since the customer left 2", "abandoned 4", "transferred 7", "unserved in the end 1",
		"waited, mean ms 1234", "waited, p50 / p95 / p99 ms 12.3 / 2000 / 3000",
		"matched, mean ms 9.88", "matched, p50 / p95 / p99 ms 8.00 / 15.0 / 22.0",
		"server's CPU, cores 0.25", "client's CPU, cores 0.50", "others' CPU, cores 0.00", "server's memory, MB 47.0",
		"900 messages checked: 0 lost, 0 doubled; 0 contacts left on desks, 0 customers stuck",
		"nobody could transfer: the agents' queues have no quick connect to a queue",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("report (-want +got)\n%s", diff)
	}
}

func TestWhatNoServerMayDoIsAnError(t *testing.T) {
	if err := (&Result{Missed: 5, Abandoned: 5, Unserved: 5}).Err(); err != nil {
		t.Errorf("what agents and customers do: %v", err)
	}
	first := errors.New("refused")
	for _, r := range []Result{{Lost: 1}, {Doubled: 1}, {Leaked: 1}, {Stuck: 1}, {Failed: 1, first: first}} {
		if err := r.Err(); err == nil || r.Failed > 0 && !errors.Is(err, first) {
			t.Errorf("%+v: %v", r, err)
		}
	}
}
