package server_test

import (
	"context"
	"errors"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/callout"
	"github.com/bellpull/bellpull/internal/config"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/outbox"
	"github.com/bellpull/bellpull/internal/server/servertest"
	"github.com/bellpull/bellpull/internal/store"
)

// refusing is a receiver of events that takes nothing.
type refusing struct{}

func (refusing) Name() string                    { return "refusing" }
func (refusing) Wants(contact.OutgoingKind) bool { return true }
func (refusing) Limits() outbox.Limits           { return outbox.Limits{Batch: 10, Lanes: 1} }
func (refusing) Deliver(context.Context, []contact.Outgoing) error {
	return errors.New("no")
}

// measured is a server in which everything that is measured has happened.
func measured(t *testing.T) *servertest.Server {
	cfg := config.Default()
	cfg.Callouts.Functions = []callout.FunctionRule{{ARN: "arn:aws:lambda:us-west-2:123456789012:function:price", HTTP: "http://127.0.0.1:1/"}}
	srv := servertest.Open(t, servertest.Options{Config: &cfg, Sinks: []outbox.Sink{refusing{}, new(listener)}})
	ana := srv.SignIn("ana")
	ana.SetState("Available")
	ada := srv.StartChat("Ada")
	time.Sleep(time.Second)
	ana.Accept(ada)
	ada.Say("hello")
	if a := srv.Do("POST", "/auth/token", nil, `{"username":"ana","password":"wrong"}`); a.Status != 403 {
		t.Fatalf("a wrong password is answered %d", a.Status)
	}
	time.Sleep(time.Second)
	synctest.Wait()
	return srv
}

// metricsOf returns every series at /metrics.
func metricsOf(t *testing.T, srv *servertest.Server) map[string]float64 {
	t.Helper()
	a := srv.Do("GET", "/metrics", nil, "")
	if a.Status != 200 {
		t.Fatalf("/metrics answers %d %s", a.Status, a.Body)
	}
	all := map[string]float64{}
	for line := range strings.Lines(string(a.Body)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		i := strings.LastIndexByte(line, ' ')
		v, err := strconv.ParseFloat(strings.TrimSpace(line[i:]), 64)
		if err != nil {
			t.Fatalf("/metrics has the line %q: %v", line, err)
		}
		all[line[:i]] = v
	}
	return all
}

func TestMetricsTellWhatHappened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := metricsOf(t, measured(t))
		for series, want := range map[string]float64{
			`bellpull_ready`:                                  1,
			`bellpull_sockets`:                                2, // Ada's and the desk's
			`bellpull_live_chats`:                             1,
			`bellpull_offers_total{result="made"}`:            1,
			`bellpull_reports_trimmed_rows_total`:             0,
			`bellpull_commit_queue`:                           0,
			`bellpull_commit_failures_total`:                  0,
			`bellpull_sign_ins_refused_total{reason="wrong"}`: 1,
			`bellpull_outbox_lag_seconds{receiver="dev"}`:     0,
			`bellpull_outbox_waiting{receiver="dev"}`:         0,
			`bellpull_outbox_failures_total{receiver="dev"}`:  0,
			`bellpull_request_seconds_count{operation="SendMessage",service="participant",status="200"}`: 1,
			`bellpull_request_seconds_count{operation="AcceptContact",service="agent",status="200"}`:     1,
			`bellpull_request_seconds_count{operation="SignIn",service="agent",status="403"}`:            1,
		} {
			if v, ok := got[series]; !ok || v != want {
				t.Errorf("%s is %v (there: %v), want %v", series, v, ok, want)
			}
		}
		for series, least := range map[string]float64{
			`bellpull_match_seconds_count`:                                  1,
			`bellpull_commit_batch_sum`:                                     4,
			`bellpull_commit_seconds_count`:                                 4,
			`bellpull_store_read_seconds_count`:                             4,
			`bellpull_socket_frames_total`:                                  3,
			`bellpull_outbox_rows_total{receiver="dev",result="delivered"}`: 3,
			`bellpull_outbox_waiting{receiver="refusing"}`:                  3,
			`bellpull_outbox_lag_seconds{receiver="refusing"}`:              1,
			`bellpull_outbox_failures_total{receiver="refusing"}`:           2,
		} {
			if v := got[series]; v < least {
				t.Errorf("%s is %v, want %v or more", series, v, least)
			}
		}
	})
}

// A timer that fires late says by how much.
func TestTimerLag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := servertest.New(t)
		srv.NewChat("Ada") // and nobody connects
		srv.Stop()
		time.Sleep(time.Hour)
		srv.Start()
		synctest.Wait()
		got := metricsOf(t, srv)
		if n, lag := got[`bellpull_timer_lag_seconds_count`], got[`bellpull_timer_lag_seconds_sum`]; n != 1 || lag < 50*60 || lag > 3600 {
			t.Errorf("%v timers fired %v seconds late", n, lag)
		}
	})
}

// names returns the names of metrics of this program in a text.
func names(text string) []string {
	all := regexp.MustCompile(`\bbellpull_[a-z_]+[a-z]\b`).FindAllString(text, -1)
	slices.Sort(all)
	return slices.Compact(all)
}

// base returns the name under which a histogram is documented.
func base(name string) string {
	for _, suffix := range []string{"_bucket", "_sum", "_count"} {
		name = strings.TrimSuffix(name, suffix)
	}
	return name
}

// The table of metrics in the manual is what /metrics shows, and alerts and
// dashboards ask for nothing else.
func TestDocumentedMetrics(t *testing.T) {
	var shown []string
	synctest.Test(t, func(t *testing.T) {
		for series := range metricsOf(t, measured(t)) {
			if name, _, _ := strings.Cut(series, "{"); strings.HasPrefix(name, "bellpull_") {
				shown = append(shown, base(name))
			}
		}
	})
	slices.Sort(shown)
	shown = slices.Compact(shown)
	var listed []string
	for line := range strings.Lines(read(t, "../../docs/operating.md")) {
		if name, ok := strings.CutPrefix(line, "| `bellpull_"); ok {
			name, _, _ = strings.Cut(name, "`")
			name, _, _ = strings.Cut(name, "{")
			listed = append(listed, "bellpull_"+name)
		}
	}
	slices.Sort(listed)
	if d := cmp.Diff(shown, listed); d != "" {
		t.Errorf("docs/operating.md lists other metrics than there are (-shown +listed):\n%s", d)
	}
	for _, file := range []string{"../../deploy/prometheus/alerts.yaml", "../../deploy/grafana/bellpull.json"} {
		asked := names(read(t, file))
		if len(asked) < 5 {
			t.Errorf("%s asks for %d metrics", file, len(asked))
		}
		for _, name := range asked {
			if !slices.Contains(shown, base(name)) {
				t.Errorf("%s asks for %s, which is not there", file, name)
			}
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// sick is a store that can be made to answer nothing.
type sick struct {
	store.Store
	ill bool
}

func (s *sick) Instances(ctx context.Context) ([]contact.InstanceID, error) {
	if !s.ill {
		return s.Store.Instances(ctx)
	}
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestAServerWhoseStoreDoesNotAnswerIsNotReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := new(sick)
		srv := servertest.Open(t, servertest.Options{Wrap: func(s store.Store) store.Store {
			st.Store = s
			return st
		}})
		st.ill = true
		if a := srv.Do("GET", "/readyz", nil, ""); a.Status != 503 || string(a.Body) != "the store does not answer\n" {
			t.Errorf("/readyz answers %d %s", a.Status, a.Body)
		}
		if a := srv.Do("GET", "/healthz", nil, ""); a.Status != 200 {
			t.Errorf("/healthz answers %d %s", a.Status, a.Body)
		}
		if got := metricsOf(t, srv); got["bellpull_ready"] != 0 {
			t.Errorf("bellpull_ready is %v", got["bellpull_ready"])
		}
		st.ill = false
		if a := srv.Do("GET", "/readyz", nil, ""); a.Status != 200 {
			t.Errorf("when the store is well, /readyz answers %d %s", a.Status, a.Body)
		}
	})
}
