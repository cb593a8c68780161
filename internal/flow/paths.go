package flow

import "strings"

// part is a piece of a text: what it says, or a path that is replaced by what
// it leads to.
type part struct {
	said string
	keys []string // of a path, without the $
}

// compile splits a text at its paths. It is nil for a text without any.
//
// A path ends where no letter, digit, underscore, hyphen, bracketed key or
// inner dot follows, so that a full stop after it is text. It does not begin
// with a digit: $.50 is a price.
func compile(s string) []part {
	var parts []part
	said := 0
	for from := 0; ; {
		i := strings.Index(s[from:], "$.")
		if i < 0 {
			break
		}
		i += from
		n := pathLength(s[i:])
		if n == 0 || '0' <= s[i+2] && s[i+2] <= '9' {
			from = i + 2
			continue
		}
		if said < i {
			parts = append(parts, part{said: s[said:i]})
		}
		parts = append(parts, part{keys: Keys(s[i : i+n])})
		said, from = i+n, i+n
	}
	if parts != nil && said < len(s) {
		parts = append(parts, part{said: s[said:]})
	}
	return parts
}

// isPath reports whether a text is one path and nothing else.
func (t *tree) isPath() bool { return t.kind == text && len(t.parts) == 1 && t.parts[0].keys != nil }

// dynamic reports whether a text has a path in it.
func (t *tree) dynamic() bool { return t.parts != nil }

// pathLength returns how long the path at the start of s is, or 0; s starts
// with $. and the path needs at least one key.
func pathLength(s string) int {
	n := 1
	for n < len(s) {
		switch c := s[n]; {
		case c == '.' && n+1 < len(s) && (inKey(s[n+1]) || s[n+1] == '[' && bracket(s[n+1:]) > 0):
			n++
		case inKey(c):
			n++
		case c == '[' && bracket(s[n:]) > 0:
			n += bracket(s[n:])
		default:
			return beyondRoot(n)
		}
	}
	return beyondRoot(n)
}

func beyondRoot(n int) int {
	if n <= 1 {
		return 0
	}
	return n
}

// bracket returns the length of the bracketed key at the start of s, or 0.
// Within quotes a key may hold anything but the quote.
func bracket(s string) int {
	if len(s) < 3 {
		return 0
	}
	if q := s[1]; q == '\'' || q == '"' {
		end := strings.IndexByte(s[2:], q)
		if end <= 0 || 2+end+1 >= len(s) || s[2+end+1] != ']' {
			return 0
		}
		return 2 + end + 2
	}
	end := strings.IndexByte(s, ']')
	if end < 2 {
		return 0
	}
	return end + 1
}

func inKey(c byte) bool {
	return c == '_' || c == '-' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// Keys splits a path into its keys: $.Attributes.['my key'] has the keys
// Attributes and my key.
func Keys(path string) []string {
	var keys []string
	s := strings.TrimPrefix(path, "$")
	for s != "" {
		switch s[0] {
		case '.':
			s = s[1:]
		case '[':
			n := bracket(s)
			if n == 0 {
				return append(keys, s)
			}
			key := s[1 : n-1]
			if q := key[0]; len(key) > 2 && (q == '\'' || q == '"') {
				key = key[1 : len(key)-1]
			}
			keys = append(keys, key)
			s = s[n:]
		default:
			end := strings.IndexAny(s, ".[")
			if end < 0 {
				return append(keys, s)
			}
			keys = append(keys, s[:end])
			s = s[end:]
		}
	}
	return keys
}

// Path writes keys as a path: the inverse of Keys.
func Path(keys ...string) string {
	var b strings.Builder
	b.WriteByte('$')
	for _, key := range keys {
		b.WriteByte('.')
		if key != "" && strings.IndexFunc(key, func(r rune) bool { return r > 0x7f || !inKey(byte(r)) }) < 0 {
			b.WriteString(key)
			continue
		}
		b.WriteString("['" + key + "']")
	}
	return b.String()
}
