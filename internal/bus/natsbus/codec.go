package natsbus

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/bellpull/bellpull/internal/bus"
	"github.com/bellpull/bellpull/internal/contact"
)

// An announcement travels as the version of its format and, but for one that
// says Missed, the brief (a byte says whether there is one), the items, the
// notices and the receipts, each list behind its length, and the span that it
// came about under. Numbers are varints,
// texts have their length before them, and times are milliseconds. Whoever gets
// a version that it does not know has missed something, and looks at the store.
const (
	version = 1
	missed  = 0
)

var errCut = errors.New("the announcement is damaged")

// appendAnnouncement appends what travels of an announcement of this node.
func appendAnnouncement(b []byte, a *bus.Announcement) []byte {
	b = append(b, version)
	if a.Chat == nil {
		b = append(b, 0)
	} else {
		b = appendBrief(append(b, 1), bus.BriefOf(a.Chat))
	}
	b = appendItems(b, a.Items)
	b = appendItems(b, a.Notices)
	b = binary.AppendUvarint(b, uint64(len(a.Receipts)))
	for i := range a.Receipts {
		r := &a.Receipts[i]
		b = binary.AppendVarint(b, r.Seq)
		b = append(b, r.Message[:]...)
		b = appendText(b, string(r.Of))
		b = appendText(b, string(r.By))
		b = appendTime(b, r.Delivered)
		b = appendTime(b, r.Read)
	}
	return appendText(b, a.Trace)
}

func appendBrief(b []byte, s *bus.Brief) []byte {
	b = binary.AppendVarint(b, s.Number)
	b = binary.AppendVarint(b, s.Version)
	b = binary.AppendVarint(b, s.Seq)
	b = appendText(b, string(s.Current))
	b = binary.AppendUvarint(b, uint64(len(s.Present)))
	for _, p := range s.Present {
		b = appendText(b, string(p))
	}
	return b
}

func appendItems(b []byte, items []contact.Item) []byte {
	b = binary.AppendUvarint(b, uint64(len(items)))
	for i := range items {
		it := &items[i]
		b = append(b, byte(it.Kind), byte(it.Visibility))
		b = append(b, it.ID[:]...)
		b = binary.AppendVarint(b, it.Seq)
		b = appendTime(b, it.At)
		b = binary.AppendUvarint(b, it.Token)
		for _, s := range []string{it.Type, it.Text, string(it.By), string(it.Role), it.Name, string(it.Contact)} {
			b = appendText(b, s)
		}
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// appendTime appends a time that may be zero, which is not the year 1970.
func appendTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return binary.AppendVarint(b, 0)
	}
	return binary.AppendVarint(b, t.UnixMilli())
}

// readAnnouncement reads what another node's appendAnnouncement wrote. The
// announcement shares no memory with b.
func readAnnouncement(b []byte) (*bus.Announcement, error) {
	r := reader{b: b}
	a := &bus.Announcement{Remote: true}
	switch r.byte() {
	case version:
	case missed:
		a.Missed = true
		return a, r.end()
	default:
		return nil, errCut
	}
	if r.byte() != 0 {
		a.Brief = r.brief()
	}
	a.Items = r.items()
	a.Notices = r.items()
	a.Receipts = list(&r, func(rc *contact.Receipt) {
		rc.Seq, rc.Message = r.int(), r.id()
		rc.Of, rc.By = contact.ParticipantID(r.text()), contact.ParticipantID(r.text())
		rc.Delivered, rc.Read = r.time(), r.time()
	})
	a.Trace = r.text()
	return a, r.end()
}

// reader reads from b. After the first thing that cannot be read everything is
// empty.
type reader struct {
	b   []byte
	cut bool
}

func (r *reader) end() error {
	if r.cut || len(r.b) > 0 {
		return errCut
	}
	return nil
}

func (r *reader) bytes(n uint64) []byte {
	if r.cut || n > uint64(len(r.b)) {
		r.cut, r.b = true, nil
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) byte() byte {
	if b := r.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.b)
	r.bytes(uint64(max(n, 0)))
	r.cut = r.cut || n <= 0
	return v
}

func (r *reader) int() int64 {
	v, n := binary.Varint(r.b)
	r.bytes(uint64(max(n, 0)))
	r.cut = r.cut || n <= 0
	return v
}

func (r *reader) text() string { return string(r.bytes(r.uint())) }

func (r *reader) id() (id contact.ItemID) {
	copy(id[:], r.bytes(uint64(len(id))))
	return id
}

func (r *reader) time() time.Time {
	if ms := r.int(); ms != 0 {
		return time.UnixMilli(ms).UTC()
	}
	return time.Time{}
}

func (r *reader) brief() *bus.Brief {
	return &bus.Brief{
		Number: r.int(), Version: r.int(), Seq: r.int(), Current: contact.ID(r.text()),
		Present: list(r, func(p *contact.ParticipantID) { *p = contact.ParticipantID(r.text()) }),
	}
}

func (r *reader) items() []contact.Item {
	return list(r, func(it *contact.Item) {
		it.Kind, it.Visibility, it.ID = contact.Kind(r.byte()), contact.Visibility(r.byte()), r.id()
		it.Seq, it.At, it.Token = r.int(), r.time(), r.uint()
		it.Type, it.Text, it.By = r.text(), r.text(), contact.ParticipantID(r.text())
		it.Role, it.Name, it.Contact = contact.Role(r.text()), r.text(), contact.ID(r.text())
	})
}

// list reads a list. None is longer than what is left to read: each element has
// a byte at least.
func list[T any](r *reader, each func(*T)) []T {
	n := r.uint()
	if n == 0 || n > uint64(len(r.b)) {
		r.cut = r.cut || n > 0
		return nil
	}
	var all []T
	for range n {
		var v T
		each(&v)
		if r.cut {
			return nil
		}
		all = append(all, v)
	}
	return all
}
