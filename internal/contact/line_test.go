package contact_test

import (
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
)

func TestALineIsKeptInOrder(t *testing.T) {
	now := time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)
	chat := &contact.Chat{ID: "c"}
	change := func(at time.Time, do func(*contact.Draft)) {
		t.Helper()
		d := contact.NewDraft(chat, at)
		do(d)
		if ch := d.Change(); ch.Next != nil {
			chat = ch.Next
		}
	}
	next := func(at time.Time, id string, want bool) {
		t.Helper()
		if got := chat.Turn(id, at); got != want {
			t.Errorf("at %s in the line %v it is %s's turn: %t", at.Format("04:05"), chat.Line, id, got)
		}
	}
	for _, id := range []string{"a", "b", "c"} {
		change(now, func(d *contact.Draft) { d.LineUp(id, now.Add(10*time.Second)) })
	}
	next(now, "a", true)
	next(now, "b", false)
	next(now, "gone", true)
	change(now, func(d *contact.Draft) { d.LeaveLine("a") })
	change(now, func(d *contact.Draft) { d.LeaveLine("a") })
	next(now, "b", true)
	next(now, "c", false)
	late := now.Add(10 * time.Second) // the node of b has died
	next(late, "c", true)
	change(late, func(d *contact.Draft) { d.LineUp("d", late.Add(time.Second)) })
	if len(chat.Line) != 1 {
		t.Errorf("the line is %v, want it without those that count no longer", chat.Line)
	}
}
