package bench

import (
	"testing"
	"time"
)

func TestTextCarriesWhatIsInIt(t *testing.T) {
	at := time.Unix(1_700_000_000, 123_456_789)
	b := appendText([]byte("before"), 77, 12345, at)
	if got, want := len(b), len("before")+textSize; got != want {
		t.Errorf("a text has %d bytes, want %d", got, want)
	}
	chat, n, sent, ok := parseText(append(b, "after"...))
	if !ok || chat != 77 || n != 12345 || sent != at.UnixNano() {
		t.Errorf("parseText: chat %d, message %d, sent %d, %t", chat, n, sent, ok)
	}
	if _, _, _, ok := parseText([]byte("Welcome. " + mark)); ok {
		t.Error("parseText takes a text that is cut off")
	}
}

func TestAudit(t *testing.T) {
	id := func(c byte) (id [36]byte) {
		id[0] = c
		return id
	}
	acked := []said{{1, id('a')}, {2, id('b')}, {3, id('c')}}
	for _, c := range []struct {
		name string
		got  []said
		want Faults
	}{
		{"all came", acked, Faults{}},
		{"nothing came", nil, Faults{Lost: 3}},
		{"the middle is missing", []said{{1, id('a')}, {3, id('c')}}, Faults{Lost: 1}},
		{"one came twice", []said{{1, id('a')}, {2, id('b')}, {2, id('b')}, {3, id('c')}}, Faults{Doubled: 1}},
		{"the first came late", []said{{2, id('b')}, {1, id('a')}, {3, id('c')}}, Faults{Reordered: 1}},
		{"one has another id", []said{{1, id('a')}, {2, id('x')}, {3, id('c')}}, Faults{Renamed: 1}},
		{"one was never acknowledged", append(acked[:3:3], said{4, id('d')}), Faults{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := audit(acked, c.got); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}
