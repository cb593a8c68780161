package natsbus

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/bus"
	"github.com/bellpull/bellpull/internal/contact"
)

// FuzzReadAnnouncement: whatever comes, reading it neither fails badly nor takes
// more memory than came, and what is read is written the same way.
func FuzzReadAnnouncement(f *testing.F) {
	f.Add([]byte{missed})
	f.Add([]byte{version})
	f.Add(appendAnnouncement(nil, &bus.Announcement{
		Chat:     &contact.Chat{Number: 1, Contacts: []contact.Segment{{ID: "c"}}, Participants: []contact.Participant{{ID: "p"}}},
		Items:    []contact.Item{{Seq: 1, Text: "Hello"}, {Seq: 2}},
		Receipts: []contact.Receipt{{Seq: 1, By: "p"}},
	}))
	f.Add([]byte{version, 0, 0xff, 0xff, 0xff, 0xff, 0x0f, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := readAnnouncement(b)
		if err != nil || a.Missed || a.Brief != nil {
			return
		}
		again, err := readAnnouncement(appendAnnouncement(nil, a))
		if err != nil {
			t.Fatalf("what was read and written cannot be read: %v", err)
		}
		if diff := cmp.Diff(a, again); diff != "" {
			t.Errorf("read, written and read again (-first +second):\n%s", diff)
		}
	})
}

func BenchmarkCodec(b *testing.B) {
	a := &bus.Announcement{
		Chat: &contact.Chat{Number: 1, Contacts: []contact.Segment{{ID: "c"}}, Participants: []contact.Participant{{ID: "p"}}},
		Items: []contact.Item{{
			Seq: 1, Text: string(make([]byte, 200)), Kind: contact.Message, Type: contact.PlainText, By: "6f0c6b1e-6b7a-4d0e-9a52-0d3c8f1f2a12",
			Role: contact.Customer, Name: "Ada", Contact: "3f0c6b1e-6b7a-4d0e-9a52-0d3c8f1f2a11",
		}},
	}
	var buf []byte
	for b.Loop() {
		buf = appendAnnouncement(buf[:0], a)
		if _, err := readAnnouncement(buf); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(buf)), "bytes")
}
