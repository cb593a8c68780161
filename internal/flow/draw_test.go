package flow

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "draw", name)
	if *update {
		ok(t, os.MkdirAll(filepath.Dir(file), 0o755))
		ok(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	ok(t, err)
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s: %s", name, diff)
	}
}

// covered runs the flow of queues once, with nobody who takes part.
func covered(t *testing.T) (*Flow, *Coverage) {
	t.Helper()
	f, err := Read(example(t, "customer_queue"))
	ok(t, err)
	var c Coverage
	m := New(Begin{Source: Source{ID: "queue", Type: CustomerQueue, Flow: f}}, Env{Took: c.Add})
	for range 100 {
		switch m.Next().(type) {
		case End:
			return f, &c
		case Wait:
			ok(t, m.Answer(Outcome{Event: TimerFired}))
		case GetMetrics:
			ok(t, m.Answer(Outcome{Data: []byte(`{"Queue":{"Size":3}}`)}))
		default:
			ok(t, m.Answer(Outcome{}))
		}
	}
	t.Fatal("it does not end")
	return nil, nil
}

func TestDrawing(t *testing.T) {
	f, c := covered(t)
	golden(t, "customer_queue.mmd", Drawing{Flow: f}.Mermaid())
	golden(t, "customer_queue_covered.mmd", Drawing{Flow: f, Coverage: c, ID: "queue"}.Mermaid())
	golden(t, "customer_queue.svg", Drawing{Flow: f}.SVG())
	inbound, err := Read(example(t, "inbound"))
	ok(t, err)
	golden(t, "inbound.svg", Drawing{Flow: inbound, Coverage: c, ID: "inbound"}.SVG())
}

func TestDrawingsAreWellFormed(t *testing.T) {
	for name := range examples {
		f, err := Read(example(t, name))
		ok(t, err)
		svg := Drawing{Flow: f}.SVG()
		for _, a := range f.Actions {
			if !strings.Contains(svg, ">"+a.ID+"<") {
				t.Errorf("%s: no %s in the picture", name, a.ID)
			}
		}
		for dec := xml.NewDecoder(strings.NewReader(svg)); ; {
			if _, err := dec.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
}

func TestCoverage(t *testing.T) {
	f, c := covered(t)
	golden(t, "customer_queue.cover", c.Report("queue", f))
	if got := c.Branch("queue", "rounds", `Equals "ContinueLooping"`); got != 10 {
		t.Errorf("it went round %d times, want 10", got)
	}
}
