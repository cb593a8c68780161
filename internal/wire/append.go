package wire

import (
	"encoding/binary"
	"maps"
	"math/bits"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// plain marks the bytes that stand for themselves in a JSON string.
var plain = func() (t [256]bool) {
	for c := 0x20; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// AppendString appends s as a JSON string. Bytes that are not UTF-8 become
// U+FFFD; the line separators U+2028 and U+2029 are escaped, since JavaScript
// has taken them for line ends.
func AppendString[S string | []byte](dst []byte, s S) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		if i+8 <= len(s) {
			w := word(s[i : i+8]) // all of it is appended, and taken back from where it may not stand
			dst = binary.LittleEndian.AppendUint64(dst, w)
			odd := notPlain(w)
			if odd == 0 {
				i += 8
				continue
			}
			n := bits.TrailingZeros64(odd) / 8
			dst = dst[:len(dst)-8+n]
			i += n
		}
		switch c := s[i]; {
		case plain[c]:
			dst = append(dst, c)
		case c == '"', c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c < utf8.RuneSelf:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		default:
			var n int
			dst, n = appendRunes(dst, s[i:])
			i += n
			continue
		}
		i++
	}
	return append(dst, '"')
}

// appendRunes appends the characters beyond ASCII with which s begins, and
// returns how many bytes they are.
func appendRunes[S string | []byte](dst []byte, s S) (_ []byte, n int) {
	for n < len(s) && s[n] >= utf8.RuneSelf {
		r, size := utf8.DecodeRuneInString(string(s[n:min(n+utf8.UTFMax, len(s))]))
		switch {
		case r == utf8.RuneError && size == 1:
			dst = append(dst, "\ufffd"...)
		case r == '\u2028' || r == '\u2029':
			dst = append(append(dst, `\u202`...), hexDigits[r&15])
		default:
			dst = utf8.AppendRune(dst, r)
		}
		n += size
	}
	return dst, n
}

// word returns eight bytes as a number, the first of them lowest.
func word[S string | []byte](s S) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// notPlain looks at all bytes of a word at once. The lowest bit that it sets is
// one of the first byte that does not stand for itself: there the highest bit is
// set, or becomes so by subtracting what makes it the highest of those that do,
// which concerns no byte before it.
func notPlain(w uint64) uint64 {
	const each, high = 0x0101010101010101, 0x8080808080808080
	return (w | (w - 0x20*each) | ((w ^ '"'*each) - each) | ((w ^ '\\'*each) - each)) & high
}

// AppendEpoch appends t as seconds since 1970 with the milliseconds as a
// fraction, if there are any.
func AppendEpoch(dst []byte, t time.Time) []byte {
	ms := t.UnixMilli()
	if ms < 0 {
		dst = append(dst, '-')
		ms = -ms
	}
	dst = strconv.AppendInt(dst, ms/1000, 10)
	if f := ms % 1000; f != 0 {
		dst = append(dst, '.', byte('0'+f/100), byte('0'+f/10%10), byte('0'+f%10))
	}
	return dst
}

// AppendISO appends t as a JSON string, formatted as FormatTime does.
func AppendISO(dst []byte, t time.Time) []byte {
	dst = append(dst, '"')
	dst = appendTime(dst, t)
	return append(dst, '"')
}

// appendTime appends t as FormatTime has it. Package time has a short way for
// RFC 3339 and none for layouts with milliseconds.
func appendTime(dst []byte, t time.Time) []byte {
	t = t.UTC()
	dst = t.AppendFormat(dst, time.RFC3339)
	ms := t.Nanosecond() / int(time.Millisecond)
	return append(dst[:len(dst)-1], '.', byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10), 'Z')
}

// AppendFloat appends f in the shortest form; infinities and NaN, which JSON
// lacks, become null.
func AppendFloat(dst []byte, f float64) []byte {
	if f-f != 0 {
		return append(dst, "null"...)
	}
	if a := max(f, -f); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	return strconv.AppendFloat(dst, f, 'f', -1, 64)
}

// Close ends an object or list whose members all left a comma behind them.
func Close(dst []byte, c byte) []byte {
	if n := len(dst) - 1; dst[n] == ',' {
		dst[n] = c
		return dst
	}
	return append(dst, c)
}

// SortedKeys returns the keys of m in order, so that equal maps have equal
// encodings.
func SortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
