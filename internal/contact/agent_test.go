package contact_test

import (
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
)

func TestSetStatus(t *testing.T) {
	offline := contact.Status{ID: "offline", Type: contact.Offline}
	training := contact.Status{ID: "training", Type: contact.Routable}
	ringing := contact.Work{Participant: "p-ringing", State: contact.Ringing}
	talking := contact.Work{Participant: "p-talking", State: contact.Talking}
	ended := contact.Work{Participant: "p-ended", State: contact.AfterWork}
	missed := contact.Work{Participant: "p-missed", State: contact.MissedWork}
	later := true
	for _, c := range []struct {
		name   string
		status contact.Status
		next   *contact.Status
		work   []contact.Work
		to     contact.Status
		later  bool

		refused bool
		want    contact.StatusID
		after   contact.StatusID // "": no next status
		left    int              // work
		cleared int
	}{
		{name: "with an empty desk", status: available, to: onBreak, want: "break"},
		{name: "for later, with an empty desk", status: available, to: onBreak, later: later, want: "break"},
		{name: "the same again", status: available, to: available, want: "available"},
		{name: "while it rings", status: available, work: []contact.Work{ringing}, to: onBreak, refused: true},
		{name: "while talking", status: available, work: []contact.Work{talking}, to: offline, refused: true},
		{name: "the present one, while talking", status: available, work: []contact.Work{talking}, to: available, refused: true},
		{name: "for later, while talking", status: available, work: []contact.Work{talking}, to: onBreak, later: later, want: "available", after: "break", left: 1},
		{
			name: "for later, with other work to be cleared", status: available, work: []contact.Work{ended, talking, missed}, to: onBreak, later: later,
			want: "available", after: "break", left: 1, cleared: 2,
		},
		{name: "another one for later", status: available, next: &onBreak, work: []contact.Work{talking}, to: offline, later: later, want: "available", after: "offline", left: 1},
		{name: "a routable one for later", status: available, work: []contact.Work{talking}, to: training, later: later, refused: true},
		{name: "the present one takes the next back", status: available, next: &onBreak, work: []contact.Work{talking}, to: available, want: "available", left: 1},
		{name: "the present one for later takes it back too", status: available, next: &onBreak, work: []contact.Work{talking}, to: available, later: later, want: "available", left: 1},
		{name: "with work that is over", status: available, work: []contact.Work{ended, missed}, to: onBreak, want: "break", cleared: 2},
		{name: "back to work", status: onBreak, to: available, want: "available"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := &contact.Agent{User: "ana", Status: c.status, Next: c.next, Work: c.work}
			got, cleared, err := a.SetStatus(c.to, c.later, noon)
			if c.refused {
				if fault.KindOf(err) != fault.Conflict {
					t.Errorf("got %v, want a refusal", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var after contact.StatusID
			if got.Next != nil {
				after = got.Next.ID
			}
			if got.Status.ID != c.want || after != c.after || len(got.Work) != c.left || len(cleared) != c.cleared {
				t.Errorf("got status %s, then %q, %d chats and %d cleared; want %s, %q, %d and %d",
					got.Status.ID, after, len(got.Work), len(cleared), c.want, c.after, c.left, c.cleared)
			}
			if got.Open() != (got.Status.Type == contact.Routable && c.after == "") {
				t.Errorf("open: %v", got.Open())
			}
			if a.Status != c.status || len(a.Work) != len(c.work) {
				t.Error("the agent that was there before has changed")
			}
		})
	}
}

// How long an agent has been idle decides who is next. The time begins when
// they become available, and with everything that has to do with a contact.
func TestIdleTime(t *testing.T) {
	a := &contact.Agent{User: "ana", Status: onBreak}
	a, _, err := a.SetStatus(available, false, noon)
	if err != nil || !a.Idle.Equal(noon) {
		t.Fatalf("available: idle since %v, error %v", a.Idle, err)
	}
	a, _, _ = a.SetStatus(available, false, noon.Add(time.Hour))
	if !a.Idle.Equal(noon) {
		t.Errorf("available again: idle since %v, want %v", a.Idle, noon)
	}
	w := newWorld(t)
	w.agents["ana"] = a
	for _, step := range []string{"connect ada", "queue", "offer ana", "accept ana", "leave ada"} {
		w.story(step)
		if a := w.agents["ana"]; len(a.Work) > 0 && !a.Idle.Equal(w.now) {
			t.Errorf("%s: idle since %v, want %v", step, a.Idle, w.now)
		}
	}
}

// A status that waits begins with the last work that is cleared, not before.
func TestNextStatusBeginsWithAnEmptyDesk(t *testing.T) {
	w := newWorld(t)
	w.story("connect ada, queue, offer ana, accept ana")
	var err error
	if w.agents["ana"], _, err = w.agents["ana"].SetStatus(onBreak, true, w.now); err != nil {
		t.Fatal(err)
	}
	w.story("leave ada")
	if got := w.agents["ana"].Status.ID; got != "available" {
		t.Errorf("before clearing: status %s", got)
	}
	w.story("clear ana")
	a := w.agents["ana"]
	if a.Status.ID != "break" || a.Next != nil || !a.Status.Since.Equal(w.now) {
		t.Errorf("after clearing: status %+v, next %v", a.Status, a.Next)
	}
}

func TestAgentWhoIsGoingIsOfferedNothing(t *testing.T) {
	for name, a := range map[string]*contact.Agent{
		"on break":  {User: "ana", Status: onBreak},
		"going":     {User: "ana", Status: available, Next: &onBreak},
		"no status": {User: "ana"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.agents["ana"] = a
			w.story("connect ada, queue")
			if err := w.do("offer ana"); fault.KindOf(err) != fault.Conflict {
				t.Errorf("got %v, want a refusal", err)
			}
		})
	}
}
