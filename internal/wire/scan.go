package wire

import (
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deep values may nest. The deepest structures of the model
// stay well below it.
const maxDepth = 64

// Scanner reads JSON for generated decoders.
//
//   - null counts as absent, unknown members are skipped, and of members with
//     the same name the last wins.
//   - A value of another type than is asked for is an error, and so are bytes
//     that are not UTF-8, control characters in strings, nesting beyond 64
//     levels, and anything but space after the value.
//   - Half a surrogate pair (\ud83d alone) becomes U+FFFD: clients cut texts
//     between the halves, and that should not cost the message.
//
// The first error stays: after it every method returns at once with nothing,
// and the loops over members and elements end. [Scanner.End] reports it.
type Scanner struct {
	data    []byte
	pos     int
	depth   int
	first   bool // no member of the innermost open value has been read
	key     []byte
	scratch []byte
	err     error
}

// Reset starts reading data.
func (s *Scanner) Reset(data []byte) {
	*s = Scanner{data: data, scratch: s.scratch[:0]}
}

// Empty reports whether there is nothing but space.
func (s *Scanner) Empty() bool {
	s.space()
	return s.pos == len(s.data)
}

// End returns the first error. What is left must be space.
func (s *Scanner) End() error {
	if s.err == nil && !s.Empty() {
		s.fail("unexpected data after the value")
	}
	return s.err
}

func (s *Scanner) fail(what string) {
	if s.err != nil {
		return
	}
	if len(s.key) > 0 && len(s.key) <= 64 {
		what = string(s.key) + ": " + what
	}
	s.err = &SerializationError{Message: fmt.Sprintf("%s (at byte %d of the body)", what, s.pos)}
}

func (s *Scanner) space() {
	for s.pos < len(s.data) {
		switch s.data[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

// peek returns the first byte of the next token, or 0 at the end or after an
// error.
func (s *Scanner) peek() byte {
	if s.err != nil {
		return 0
	}
	s.space()
	if s.pos == len(s.data) {
		return 0
	}
	return s.data[s.pos]
}

// Null consumes a null if there is one. After an error it says true, so that
// no value is made up.
func (s *Scanner) Null() bool {
	if s.peek() != 'n' {
		return s.err != nil
	}
	s.word("null")
	return true
}

func (s *Scanner) word(w string) bool {
	if len(s.data)-s.pos < len(w) || string(s.data[s.pos:s.pos+len(w)]) != w {
		s.fail("malformed JSON")
		return false
	}
	s.pos += len(w)
	return true
}

func (s *Scanner) open(c byte, want string) bool {
	if s.Null() {
		return false
	}
	if s.peek() != c {
		s.mismatch(want)
		return false
	}
	if s.depth++; s.depth > maxDepth {
		s.fail("nested too deep")
		return false
	}
	s.pos++
	s.first = true
	return true
}

func (s *Scanner) mismatch(want string) {
	switch c := s.peek(); {
	case c == 0 && s.err == nil:
		s.fail("unexpected end of the JSON text")
	case c == '{':
		s.fail("must be " + want + ", not an object")
	case c == '[':
		s.fail("must be " + want + ", not a list")
	case c == '"':
		s.fail("must be " + want + ", not a string")
	case c == '-' || '0' <= c && c <= '9':
		s.fail("must be " + want + ", not a number")
	case c == 't' || c == 'f':
		s.fail("must be " + want + ", not a boolean")
	default:
		s.fail("malformed JSON")
	}
}

// Object enters an object. It returns false for null and for an error.
func (s *Scanner) Object() bool { return s.open('{', "an object") }

// Array enters a list. It returns false for null and for an error.
func (s *Scanner) Array() bool { return s.open('[', "a list") }

// next moves to the next member or element, or leaves the value at its end.
func (s *Scanner) next(end byte) bool {
	c := s.peek()
	if c == end {
		s.pos++
		s.depth--
		s.first = false
		return false
	}
	if !s.first {
		if c != ',' {
			s.malformed()
			return false
		}
		s.pos++
		s.peek()
	}
	s.first = false
	return s.err == nil
}

func (s *Scanner) malformed() {
	if s.pos >= len(s.data) {
		s.fail("unexpected end of the JSON text")
	} else {
		s.fail("malformed JSON")
	}
}

// NextKey moves to the next member of the object; its name is in Key. At the
// end it leaves the object and returns false.
func (s *Scanner) NextKey() bool {
	if !s.next('}') {
		return false
	}
	if s.peek() != '"' {
		s.malformed()
		return false
	}
	key, escaped := s.raw()
	if s.err != nil {
		return false
	}
	if escaped {
		key = unescape(nil, key)
	}
	if s.peek() != ':' {
		s.malformed()
		return false
	}
	s.pos++
	s.key = key
	return true
}

// Key is the name of the current member, until the next is read.
func (s *Scanner) Key() []byte { return s.key }

// NextElement moves to the next element of the list. At the end it leaves the
// list and returns false.
func (s *Scanner) NextElement() bool { return s.next(']') }

// raw returns what is between the quotes of a string, checked but not yet
// unescaped.
func (s *Scanner) raw() (text []byte, escaped bool) {
	s.pos++
	start := s.pos
	ascii := true
	data := s.data
	for i := start; i < len(data); i++ {
		c := data[i]
		if plain[c] {
			continue
		}
		switch {
		case c == '"':
			s.pos = i + 1
			text = data[start:i]
			if !ascii && !utf8.Valid(text) {
				s.fail("must be UTF-8")
				return nil, false
			}
			return text, escaped
		case c == '\\':
			escaped = true
			n := escapeLen(data[i:])
			if n == 0 {
				s.pos = i
				s.fail("malformed escape in a string")
				return nil, false
			}
			i += n - 1
		case c < 0x20:
			s.pos = i
			s.fail("control character in a string")
			return nil, false
		default:
			ascii = false
		}
	}
	s.pos = len(data)
	s.fail("unexpected end of the JSON text")
	return nil, false
}

// escapeLen returns the length of the escape at the start of b, or 0.
func escapeLen(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if _, ok := hex4(b[2:]); ok {
			return 6
		}
	}
	return 0
}

func hex4(b []byte) (r rune, ok bool) {
	if len(b) < 4 {
		return 0, false
	}
	for _, c := range b[:4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// unescape appends text, in which raw found only good escapes.
func unescape(dst, text []byte) []byte {
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			dst = append(dst, text[i])
			continue
		}
		i++
		switch text[i] {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r, _ := hex4(text[i+1:])
			i += 4
			if utf16.IsSurrogate(r) {
				pair := rune(utf8.RuneError)
				if len(text) >= i+7 && text[i+1] == '\\' && text[i+2] == 'u' {
					low, _ := hex4(text[i+3:])
					pair = utf16.DecodeRune(r, low)
				}
				if r = pair; r != utf8.RuneError {
					i += 6
				}
			}
			dst = utf8.AppendRune(dst, r)
		default:
			dst = append(dst, text[i])
		}
	}
	return dst
}

// text reads a string that is not null. What it returns is valid until the
// next call.
func (s *Scanner) text() []byte {
	if s.peek() != '"' {
		s.mismatch("a string")
		return nil
	}
	text, escaped := s.raw()
	if escaped && s.err == nil {
		s.scratch = unescape(s.scratch[:0], text)
		return s.scratch
	}
	return text
}

// Str reads a string; null is "".
func (s *Scanner) Str() string {
	if s.Null() {
		return ""
	}
	return string(s.text())
}

// StrPtr reads a string; null is nil.
func (s *Scanner) StrPtr() *string {
	if s.Null() {
		return nil
	}
	v := string(s.text())
	if s.err != nil {
		return nil
	}
	return &v
}

// Bool reads a boolean; null is nil.
func (s *Scanner) Bool() *bool {
	if s.Null() {
		return nil
	}
	switch s.peek() {
	case 't':
		if s.word("true") {
			return new(true)
		}
	case 'f':
		if s.word("false") {
			return new(false)
		}
	default:
		s.mismatch("a boolean")
	}
	return nil
}

// number reads the text of a number and whether it is an integer literal.
func (s *Scanner) number() (text []byte, integer bool) {
	c := s.peek()
	if c != '-' && (c < '0' || c > '9') {
		s.mismatch("a number")
		return nil, false
	}
	start := s.pos
	digits := func() bool {
		from := s.pos
		for s.pos < len(s.data) && '0' <= s.data[s.pos] && s.data[s.pos] <= '9' {
			s.pos++
		}
		return s.pos > from
	}
	at := func(c byte) bool { return s.pos < len(s.data) && s.data[s.pos] == c }
	integer = true
	if c == '-' {
		s.pos++
	}
	ok := true
	if at('0') {
		s.pos++
	} else {
		ok = digits()
	}
	if ok && at('.') {
		s.pos++
		integer = false
		ok = digits()
	}
	if ok && (at('e') || at('E')) {
		s.pos++
		integer = false
		if at('+') || at('-') {
			s.pos++
		}
		ok = digits()
	}
	if !ok {
		s.fail("malformed number")
		return nil, false
	}
	return s.data[start:s.pos], integer
}

// Int64 reads a whole number; null is nil. 5.0 and 5e0 are whole.
func (s *Scanner) Int64() *int64 {
	if s.Null() {
		return nil
	}
	text, integer := s.number()
	if s.err != nil {
		return nil
	}
	if integer {
		if n, err := strconv.ParseInt(string(text), 10, 64); err == nil {
			return &n
		}
	} else if f, err := strconv.ParseFloat(string(text), 64); err == nil && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return new(int64(f))
	}
	s.fail("must be a whole number of 64 bits")
	return nil
}

// Int32 reads a whole number; null is nil.
func (s *Scanner) Int32() *int32 {
	n := s.Int64()
	if n == nil {
		return nil
	}
	if *n < math.MinInt32 || *n > math.MaxInt32 {
		s.fail("must be a whole number of 32 bits")
		return nil
	}
	return new(int32(*n))
}

// Float reads a number; null is nil.
func (s *Scanner) Float() *float64 {
	if s.Null() {
		return nil
	}
	text, _ := s.number()
	if s.err != nil {
		return nil
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		s.fail("must be a number of 64 bits")
		return nil
	}
	return &f
}

// Time reads a timestamp: a number is seconds since 1970 with a fraction, a
// string is RFC 3339; null is the zero time. It keeps milliseconds.
func (s *Scanner) Time() time.Time {
	if s.Null() {
		return time.Time{}
	}
	if s.peek() == '"' {
		t, err := time.Parse(time.RFC3339Nano, string(s.text()))
		if err != nil {
			s.fail("must be a timestamp")
			return time.Time{}
		}
		return t.UTC()
	}
	f := s.Float()
	if f == nil {
		return time.Time{}
	}
	if math.Abs(*f) > maxEpoch {
		s.fail("must be a timestamp")
		return time.Time{}
	}
	return time.UnixMilli(int64(math.Round(*f * 1000))).UTC()
}

// maxEpoch is the last second of the year 9999.
const maxEpoch = 253402300799

// Strings reads a list of strings; null is nil, and nulls in it are dropped.
func (s *Scanner) Strings() []string {
	if !s.Array() {
		return nil
	}
	list := []string{}
	for s.NextElement() {
		if !s.Null() {
			list = append(list, string(s.text()))
		}
	}
	return list
}

// StringMap reads an object whose values are strings; null is nil, and nulls
// in it are dropped.
func (s *Scanner) StringMap() map[string]string {
	if !s.Object() {
		return nil
	}
	m := map[string]string{}
	for s.NextKey() {
		key := string(s.key)
		if s.Null() {
			delete(m, key)
			continue
		}
		m[key] = string(s.text())
	}
	return m
}

// Skip reads any value and forgets it.
func (s *Scanner) Skip() {
	switch c := s.peek(); {
	case c == '{':
		for ok := s.Object(); ok && s.NextKey(); {
			s.Skip()
		}
	case c == '[':
		for ok := s.Array(); ok && s.NextElement(); {
			s.Skip()
		}
	case c == '"':
		s.raw()
	case c == 't':
		s.word("true")
	case c == 'f':
		s.word("false")
	case c == 'n':
		s.word("null")
	case c == '-' || '0' <= c && c <= '9':
		s.number()
	default:
		s.malformed()
	}
}
