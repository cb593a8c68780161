package centre_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/bus"
	"github.com/bellpull/bellpull/internal/centre"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/metrics"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/store/embedded"
)

// Of two nodes one removes what is old, in several steps. What is said of a time
// that is kept stays, and so do the states of agents who have been in them for
// longer.
func TestReportsAreTrimmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const keep = 30 * time.Minute
		st, err := embedded.Open(t.Context(), embedded.Options{Path: t.TempDir(), Sync: embedded.Normal})
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		if err := st.PutDirectory(t.Context(), seed.Dev()); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		var nodes []*centre.Centre
		ended := make(chan error)
		for _, name := range []string{"a", "b"} {
			c, err := centre.New(t.Context(), centre.Options{
				Store: st, Bus: new(bus.Local), Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})), Now: time.Now,
				IDs: contact.NewIDs(), Ring: time.Minute, Node: name, KeepReports: keep,
			})
			if err != nil {
				t.Fatal(err)
			}
			nodes = append(nodes, c)
			go func() { ended <- c.Run(ctx) }()
		}
		defer func() {
			stop()
			for range nodes {
				if err := <-ended; err != nil {
					t.Error(err)
				}
			}
		}()
		c := nodes[0]
		dir, err := c.Instance(seed.DevInstance)
		if err != nil {
			t.Fatal(err)
		}
		trimmed := func() int64 { return nodes[0].Figures().Trimmed.Load() + nodes[1].Figures().Trimmed.Load() }
		chat := func() {
			t.Helper()
			s := begin(t, c, contact.Opening{})
			if err := c.Leave(t.Context(), s.Chat, s.Customer, ""); err != nil {
				t.Fatal(err)
			}
		}
		status := func(kind contact.StatusType) {
			t.Helper()
			for id, s := range dir.Statuses {
				if s.Type == kind {
					if err := c.SetStatus(t.Context(), seed.DevInstance, dir.FindUser("ana").ID, id, false); err != nil {
						t.Fatal(err)
					}
					return
				}
			}
		}

		began := time.Now()
		going := begin(t, c, contact.Opening{Duration: contact.MaxDuration})
		for range 150 {
			chat()
			status(contact.Offline)
			time.Sleep(time.Second)
			status(contact.Custom) // and so she stays
		}
		time.Sleep(keep / 2)
		kept := time.Now()
		chat()
		time.Sleep(keep / 3)
		until := time.Now()
		told := func(from time.Time) (figures []float64) {
			t.Helper()
			out, err := c.Report(t.Context(), metrics.Query{
				Directory: dir, Now: until, Intervals: []metrics.Interval{{From: from, To: until}},
				Metrics: []metrics.Metric{{Name: "CONTACTS_CREATED"}, {Name: "FLOWS_STARTED"}, {Name: "SUM_NON_PRODUCTIVE_TIME_AGENT"}},
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range out[0].Values {
				figures = append(figures, v.Number)
			}
			return figures
		}
		same(t, "rows removed before anything is old", trimmed(), 0)
		want := []float64{1, 2, until.Sub(kept).Seconds()}
		if diff := cmp.Diff(want, told(kept)); diff != "" {
			t.Fatalf("what is told of the end (-want +got):\n%s", diff)
		}
		same(t, "contacts of all the time", told(began)[0], 152)

		time.Sleep(keep / 2)
		if diff := cmp.Diff(want, told(kept)); diff != "" {
			t.Errorf("what is told of the end when the beginning has been removed (-want +got):\n%s", diff)
		}
		same(t, "contacts that are left of all the time", told(began)[0], 2) // one of them goes on
		same(t, "flows that are left", told(began)[1], 2)                    // the inbound and the queue's
		if n := trimmed(); n < 3*150 {
			t.Errorf("%d rows were removed, there were more", n)
		}
		if chat, err := c.Chat(t.Context(), going.Chat); err != nil || chat.Over() {
			t.Errorf("the chat that goes on: %v", err)
		}
	})
}
