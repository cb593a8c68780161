package participantapi

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/centre"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/wire/participant"
)

func FuzzNextToken(f *testing.F) {
	f.Add(nextToken{back: true, seq: 1}.String())
	f.Add(nextToken{seq: math.MaxInt64}.String())
	f.Add("")
	f.Add("YgAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, s string) {
		n, ok := parseNextToken(s)
		if !ok {
			return
		}
		if n.seq <= 0 {
			t.Errorf("%q begins at item %d", s, n.seq)
		}
		if again := n.String(); again != s {
			t.Errorf("%q is taken for %q", s, again)
		}
	})
}

func TestNextTokens(t *testing.T) {
	for _, n := range []nextToken{{true, 0, 1}, {false, 0, 1}, {true, 0, math.MaxInt64}, {true, 1, 0}, {true, 99, 7}} {
		if got, ok := parseNextToken(n.String()); !ok || got != n {
			t.Errorf("%+v is read as %+v, %v", n, got, ok)
		}
	}
	good := nextToken{true, 0, 7}.String()
	for i := range len(good) {
		b := []byte(good)
		b[i] ^= 1
		if n, ok := parseNextToken(string(b)); ok {
			t.Errorf("%s, changed in place %d, is read as %+v", good, i, n)
		}
	}
	for _, n := range []nextToken{{true, 0, 0}, {true, 0, -1}, {true, 1, -1}} {
		if _, ok := parseNextToken(n.String()); ok {
			t.Errorf("a token of item %d is taken", n.seq)
		}
	}
}

func TestQueries(t *testing.T) {
	id := contact.SeededIDs(1).At(time.UnixMilli(1000))
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, c := range []struct {
		name string
		in   participant.GetTranscriptRequest
		want *centre.TranscriptQuery // nil: begins nowhere
	}{
		{"nothing", participant.GetTranscriptRequest{}, &centre.TranscriptQuery{Limit: 10, Back: true}},
		{"an empty position", participant.GetTranscriptRequest{StartPosition: &participant.StartPosition{}}, &centre.TranscriptQuery{Limit: 10, Back: true}},
		{
			"a position goes forward",
			participant.GetTranscriptRequest{StartPosition: &participant.StartPosition{Id: id.String()}},
			&centre.TranscriptQuery{Limit: 10, Item: id},
		},
		{
			"unless it says otherwise",
			participant.GetTranscriptRequest{ScanDirection: "BACKWARD", StartPosition: &participant.StartPosition{Id: id.String()}},
			&centre.TranscriptQuery{Limit: 10, Item: id, Back: true},
		},
		{
			"a moment",
			participant.GetTranscriptRequest{StartPosition: &participant.StartPosition{AbsoluteTime: "2026-01-02T03:04:05.000Z"}},
			&centre.TranscriptQuery{Limit: 10, At: at},
		},
		{
			"the n-th newest",
			participant.GetTranscriptRequest{StartPosition: &participant.StartPosition{MostRecent: new(int32(3))}},
			&centre.TranscriptQuery{Limit: 10, MostRecent: 3},
		},
		{
			"the zeroth newest is no position",
			participant.GetTranscriptRequest{StartPosition: &participant.StartPosition{MostRecent: new(int32(0))}},
			&centre.TranscriptQuery{Limit: 10, Back: true},
		},
		{
			"an id goes before a moment",
			participant.GetTranscriptRequest{StartPosition: &participant.StartPosition{Id: id.String(), AbsoluteTime: "2026-01-02T03:04:05.000Z"}},
			&centre.TranscriptQuery{Limit: 10, Item: id},
		},
		{"an id that is none", participant.GetTranscriptRequest{StartPosition: &participant.StartPosition{Id: "local-1"}}, nil},
		{"more results", participant.GetTranscriptRequest{MaxResults: new(int32(100))}, &centre.TranscriptQuery{Limit: 100, Back: true}},
		{"no results", participant.GetTranscriptRequest{MaxResults: new(int32(0))}, &centre.TranscriptQuery{Limit: 10, Back: true}},
		{
			"a token says where and which way",
			participant.GetTranscriptRequest{NextToken: nextToken{false, 0, 7}.String(), ScanDirection: "BACKWARD"},
			&centre.TranscriptQuery{Limit: 10, Seq: 7},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := query(&c.in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
	for name, in := range map[string]participant.GetTranscriptRequest{
		"a time that is none":  {StartPosition: &participant.StartPosition{AbsoluteTime: "noon"}},
		"a token that is none": {NextToken: "x"},
	} {
		if _, err := query(&in); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
