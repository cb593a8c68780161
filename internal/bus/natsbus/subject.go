package natsbus

import (
	"encoding/hex"
	"strings"

	"github.com/bellpull/bellpull/internal/bus"
)

// subject returns the subject of a topic: chat/ID is PREFIX.chat.ID. What NATS
// does not take in a subject, or takes for a sign of its own, is written as =
// and two hexadecimal digits.
func (b *Bus) subject(t bus.Topic) string {
	kind, id, _ := strings.Cut(string(t), "/")
	s := append(make([]byte, 0, len(b.prefix)+len(t)+2), b.prefix...)
	s = append(appendWord(append(s, '.'), kind), '.')
	return string(appendWord(s, id))
}

func appendWord(s []byte, word string) []byte {
	if word == "" {
		return append(s, '=')
	}
	for i := range len(word) {
		switch c := word[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_':
			s = append(s, c)
		default:
			s = hex.AppendEncode(append(s, '='), []byte{c})
		}
	}
	return s
}
