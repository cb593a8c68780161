package directory_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/directory"
)

func TestContentsAreKeptForChatsThatAreInThem(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	var f directory.Flow
	f.Publish("a", now)
	f.Publish("b", now.Add(time.Hour))
	f.Publish("b", now.Add(2*time.Hour))
	f.Publish("a", now.Add(3*time.Hour))
	f.Publish("b", now.Add(4*time.Hour))
	want := []directory.EarlierContent{{"a", now.Add(4 * time.Hour)}, {"b", now.Add(3 * time.Hour)}}
	if diff := cmp.Diff(want, f.Earlier); diff != "" {
		t.Error(diff)
	}
	later := now.Add(4*time.Hour + directory.KeepEarlier)
	f.Publish("c", later)
	if diff := cmp.Diff([]directory.EarlierContent{{"b", later}}, f.Earlier); diff != "" {
		t.Error(diff)
	}
}
