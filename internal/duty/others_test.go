package duty_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/duty"
	"github.com/bellpull/bellpull/internal/store/embedded"
)

func TestNodesThatDoNotHearEachOtherAreWarnedOf(t *testing.T) {
	for _, test := range []struct {
		name  string
		hears []bool // of each node
		turns bool   // the second begins when the first has ended
		want  []bool // who warns
	}{
		{"one without", []bool{false}, false, []bool{false}},
		{"two with", []bool{true, true}, false, []bool{false, false}},
		{"two without", []bool{false, false}, false, []bool{false, true}},
		{"one with and one without", []bool{false, true}, false, []bool{false, true}},
		{"one without after another", []bool{false, false}, true, []bool{false, false}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st, err := embedded.Open(t.Context(), embedded.Options{Path: t.TempDir()})
				if err != nil {
					t.Fatal(err)
				}
				defer st.Close()
				logs := make([]bytes.Buffer, len(test.hears))
				var group sync.WaitGroup
				var stops []context.CancelFunc
				for i, hears := range test.hears {
					ctx, stop := context.WithCancel(t.Context())
					stops = append(stops, stop)
					r := duty.Roster{Claims: st, Node: string(rune('a' + i)), Log: slog.New(slog.NewTextHandler(&logs[i], nil))}
					group.Go(func() {
						if err := r.WatchOthers(ctx, hears); err != nil {
							t.Error(err)
						}
					})
					time.Sleep(time.Minute)
					if test.turns {
						stop()
					}
				}
				time.Sleep(time.Minute)
				for _, stop := range stops {
					stop()
				}
				group.Wait()
				for i := range logs {
					if got := strings.Count(logs[i].String(), "shares the store"); got != map[bool]int{true: 1}[test.want[i]] {
						t.Errorf("node %d warned %d times, want %t", i, got, test.want[i])
					}
				}
			})
		})
	}
}
