package attachments

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/bellpull/bellpull/internal/fault"
)

func TestOneChatKeepsNobodyElseFromUploading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New(Options{})
		var ends []func()
		for range mostInLane {
			end, err := d.turn(t.Context(), "greedy")
			if err != nil {
				t.Fatal(err)
			}
			ends = append(ends, end)
		}
		if _, err := d.turn(t.Context(), "greedy"); fault.KindOf(err) != fault.Throttled {
			t.Errorf("one more upload of the chat: %v", err)
		}
		gone, leave := context.WithCancel(t.Context())
		leave()
		if _, err := d.turn(gone, "greedy"); fault.KindOf(err) == fault.Throttled || err == nil {
			t.Errorf("an upload whose client is gone: %v", err)
		}
		if got := len(d.uploading); got != mostInLane {
			t.Errorf("%d uploads are under way for everybody, want the %d of the chat", got, mostInLane)
		}
		for _, end := range ends {
			end()
		}
		end, err := d.turn(t.Context(), "greedy")
		if err != nil {
			t.Fatalf("after the others have ended: %v", err)
		}
		end()
		if len(d.uploading) > 0 {
			t.Errorf("%d uploads never end", len(d.uploading))
		}
		for range mostUploads {
			d.uploading <- struct{}{}
		}
		if _, err := d.turn(t.Context(), "late"); fault.KindOf(err) != fault.Throttled {
			t.Errorf("an upload while all places are taken: %v", err)
		}
		for i := range d.lanes {
			if len(d.lanes[i]) > 0 {
				t.Errorf("lane %d is taken by an upload that had no turn", i)
			}
		}
	})
}
