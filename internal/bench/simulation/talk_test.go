package simulation

import (
	"testing"
	"time"
)

func TestRemarksAreReadAsTheyAreWritten(t *testing.T) {
	for _, want := range []remark{{agent: true, part: 1, n: 1}, {part: 2, n: 34, last: true}} {
		if got, ok := parseRemark(want.String()); got != want || !ok {
			t.Errorf("%q is read as %+v, %t", want, got, ok)
		}
	}
	for _, other := range []string{"", "Welcome. Please wait.", "simulated agent", "simulated agent 1 x true"} {
		if r, ok := parseRemark(other); ok {
			t.Errorf("%q is read as %+v", other, r)
		}
	}
}

func TestLostAndDoubledRemarksAreFound(t *testing.T) {
	k := &talk{said: map[remark]bool{}, heard: map[remark]int{}}
	for n := range 4 {
		k.acknowledged(remark{n: n})
		k.hears(remark{n: n})
	}
	k.hears(remark{n: 9}) // whose acknowledgement was lost
	if said, lost, doubled := k.faults(); said != 4 || lost != 0 || doubled != 0 {
		t.Errorf("of %d remarks %d lost and %d doubled, want 4, 0, 0", said, lost, doubled)
	}
	k.hears(remark{n: 1})
	k.acknowledged(remark{agent: true, n: 1})
	if said, lost, doubled := k.faults(); said != 5 || lost != 1 || doubled != 1 {
		t.Errorf("of %d remarks %d lost and %d doubled, want 5, 1, 1", said, lost, doubled)
	}
}

func TestAMatchTakesFromWhenBothCouldHaveIt(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	for _, test := range []struct {
		name          string
		waiting, free int
		offered       int
		want          time.Duration
	}{
		{"the agent waits for the contact", 10, 3, 12, 2 * time.Second},
		{"the contact waits for the agent", 3, 10, 11, time.Second},
		{"the offer comes first, by the clock of two processes", 13, 3, 12, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			k := new(talk)
			if got := k.waits(at(test.waiting)); got != nil {
				t.Errorf("matched before the offer: %v", got)
			}
			got := k.offered(offer{at: at(test.offered), free: at(test.free)})
			if len(got) != 1 || got[0] != test.want {
				t.Errorf("it took %v, want %v", got, test.want)
			}
			if again := k.offered(offer{at: at(test.offered + 20), free: at(test.free)}); again != nil {
				t.Errorf("a contact that was missed took %v to be offered again", again)
			}

			if k.idle() {
				t.Error("a contact on two desks is with no agent")
			}
			k.over()
			k.over()
			if !k.idle() {
				t.Error("a contact that is off both desks is with an agent")
			}

			early := new(talk) // the offer overtakes the answer to the request
			if got := early.offered(offer{at: at(test.offered), free: at(test.free)}); got != nil {
				t.Errorf("matched before it is known since when it waits: %v", got)
			}
			if got := early.waits(at(test.waiting)); len(got) != 1 || got[0] != test.want {
				t.Errorf("when that is known it took %v, want %v", got, test.want)
			}
			early.waits(at(40)) // handed on
			if got := early.offered(offer{at: at(41), free: at(1)}); len(got) != 1 || got[0] != time.Second {
				t.Errorf("after it was handed on it took %v, want a second", got)
			}
		})
	}
}

func TestAnAgentIsFreeFromWhenThereIsRoom(t *testing.T) {
	start := now().Add(-time.Hour)
	w := &worker{room: 2, since: start}
	if w.takes() != start || w.free() != 1 || w.takes() != start || w.free() != 0 {
		t.Errorf("an agent with room for two has room for %d after two contacts", w.free())
	}
	w.makesRoom()
	if since := w.takes(); !since.After(start) {
		t.Errorf("a full desk has room since %v", since)
	}
	w.makesRoom()
	since := w.takes()
	w.makesRoom()
	w.makesRoom()
	if w.free() != 2 || w.takes().Before(since) {
		t.Errorf("an empty desk has room for %d", w.free())
	}
}
