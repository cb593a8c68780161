package driver

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
)

// An item's body starts with the version of its format. Version 1 goes on:
//
//	kind, visibility   a byte each
//	id                 16 bytes
//	time               varint: milliseconds after the id's own time, mostly 0
//	token              uvarint
//	type, by, role, name, contact   words, see appendWord
//	text               the rest
//
// Chat and number are columns of their own. A released version is read for
// ever; its words keep their numbers.
const itemVersion = 1

// words are what appendWord writes as a number. New ones are added at the end.
var words = [...]string{
	"",
	contact.PlainText,
	contact.Markdown,
	contact.JSON,
	contact.Interactive,
	contact.InteractiveResponse,
	contact.Typing,
	contact.MessageDelivered,
	contact.MessageRead,
	contact.MessageMetadata,
	contact.ConnectionAcknowledged,
	contact.ParticipantJoined,
	contact.ParticipantLeft,
	contact.ParticipantInvited,
	contact.ChatEnded,
	string(contact.Customer),
	string(contact.AgentRole),
	string(contact.System),
	string(contact.CustomBot),
	string(contact.Supervisor),
	contact.SystemName,
	contact.TransferSucceeded,
	contact.TransferFailed,
}

var wordNumber = func() map[string]uint64 {
	m := make(map[string]uint64, len(words))
	for i, w := range words {
		m[w] = uint64(i)
	}
	return m
}()

// How a word is written, in the two lowest bits of its first number.
const (
	plainWord = iota // the higher bits are the length, and the bytes follow
	knownWord        // the higher bits are an index into words
	uuidWord         // 16 bytes follow
)

var errItemCut = errors.New("the item's body is damaged")

// AppendItem appends the body of an item to b.
func AppendItem(b []byte, it *contact.Item) []byte {
	b = append(b, itemVersion, byte(it.Kind), byte(it.Visibility))
	b = append(b, it.ID[:]...)
	b = binary.AppendVarint(b, it.At.UnixMilli()-idMillis(it.ID))
	b = binary.AppendUvarint(b, it.Token)
	b = appendWord(b, it.Type)
	b = appendWord(b, string(it.By))
	b = appendWord(b, string(it.Role))
	b = appendWord(b, it.Name)
	b = appendWord(b, string(it.Contact))
	return append(b, it.Text...)
}

func idMillis(id contact.ItemID) int64 {
	return int64(binary.BigEndian.Uint64(id[:8]) >> 16)
}

// appendWord appends a short string: its number where it is one of words, the
// bytes of a UUID, or the string itself.
func appendWord(b []byte, s string) []byte {
	if n, ok := wordNumber[s]; ok {
		return binary.AppendUvarint(b, n<<2|knownWord)
	}
	if id, ok := parseUUID(s); ok {
		b = append(b, uuidWord)
		return append(b, id[:]...)
	}
	b = binary.AppendUvarint(b, uint64(len(s))<<2) // and plainWord, which is 0
	return append(b, s...)
}

// parseUUID reads a UUID of any version in the text form that contact.ItemID
// has too; ok is false for other texts, those with capitals included.
func parseUUID(s string) (id contact.ItemID, ok bool) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return id, false
	}
	at := 0
	for i := range id {
		switch i {
		case 4, 6, 8, 10:
			at++ // the hyphen
		}
		high, ok1 := digit(s[at])
		low, ok2 := digit(s[at+1])
		if !ok1 || !ok2 {
			return id, false
		}
		id[i] = high<<4 | low
		at += 2
	}
	return id, true
}

func digit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	}
	return 0, false
}

// A Decoder reads the items of one chat. It remembers the last few words, so
// that a page has one copy of each name and id.
type Decoder struct {
	seen []seenWord
	next int // of seen, to be replaced
}

type seenWord struct {
	raw []byte
	s   string
}

// Item reads a body. The item shares no memory with it.
func (d *Decoder) Item(body []byte, it *contact.Item) error {
	if err := checkVersion(body); err != nil {
		return err
	}
	if len(body) < 19 {
		return errItemCut
	}
	it.Kind, it.Visibility = contact.Kind(body[1]), contact.Visibility(body[2])
	copy(it.ID[:], body[3:19])
	b := body[19:]
	after, n := binary.Varint(b)
	if n <= 0 {
		return errItemCut
	}
	b = b[n:]
	it.At = time.UnixMilli(idMillis(it.ID) + after).UTC()
	if it.Token, n = binary.Uvarint(b); n <= 0 {
		return errItemCut
	}
	b = b[n:]
	var five [5]string
	for i := range five {
		var err error
		if five[i], b, err = d.word(b); err != nil {
			return err
		}
	}
	it.Type, it.By, it.Role, it.Name, it.Contact = five[0], contact.ParticipantID(five[1]), contact.Role(five[2]), five[3], contact.ID(five[4])
	it.Text = string(b)
	return nil
}

// ItemTime reads the time alone.
func ItemTime(body []byte) (time.Time, error) {
	if err := checkVersion(body); err != nil {
		return time.Time{}, err
	}
	if len(body) < 19 {
		return time.Time{}, errItemCut
	}
	after, n := binary.Varint(body[19:])
	if n <= 0 {
		return time.Time{}, errItemCut
	}
	return time.UnixMilli(idMillis(contact.ItemID(body[3:19])) + after).UTC(), nil
}

func checkVersion(body []byte) error {
	switch {
	case len(body) == 0:
		return errItemCut
	case body[0] != itemVersion:
		return fmt.Errorf("the item's format is version %d and this program knows version %d: run a newer program", body[0], itemVersion)
	}
	return nil
}

// word reads what appendWord wrote and returns what follows it.
func (d *Decoder) word(b []byte) (s string, rest []byte, err error) {
	first, n := binary.Uvarint(b)
	if n <= 0 {
		return "", nil, errItemCut
	}
	long := uint64(n)
	switch value := first >> 2; first & 3 {
	case knownWord:
		if value >= uint64(len(words)) {
			return "", nil, fmt.Errorf("the item uses word %d and this program knows %d: run a newer program", value, len(words))
		}
		return words[value], b[n:], nil
	case uuidWord:
		long += 16
	case plainWord:
		long += value
	default:
		return "", nil, errItemCut
	}
	if long > uint64(len(b)) {
		return "", nil, errItemCut
	}
	raw, rest := b[:long], b[long:]
	for i := range d.seen {
		if string(d.seen[i].raw) == string(raw) {
			return d.seen[i].s, rest, nil
		}
	}
	if first&3 == uuidWord {
		s = contact.ItemID(raw[n:]).String()
	} else {
		s = string(raw[n:])
	}
	d.remember(raw, s)
	return s, rest, nil
}

func (d *Decoder) remember(raw []byte, s string) {
	const most = 16
	if len(d.seen) < most {
		d.seen = append(d.seen, seenWord{append([]byte(nil), raw...), s})
		return
	}
	w := &d.seen[d.next%most]
	w.raw, w.s = append(w.raw[:0], raw...), s
	d.next++
}
