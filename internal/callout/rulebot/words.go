package rulebot

import (
	"strings"
	"unicode"
)

// word is one word of a text as it is compared, and the token it stands in.
type word struct {
	norm  string
	token int
}

// said is a text, taken apart.
type said struct {
	raw    string   // without space at its ends
	tokens []string // what stands between spaces, without punctuation at its ends
	words  []word
}

// hear takes a text apart. Words are compared in lower case, without accents
// and apostrophes; what is neither letter nor digit separates them. In scripts
// that write no spaces each character counts as a word.
func hear(raw string) said {
	s := said{raw: strings.TrimSpace(raw)}
	for field := range strings.FieldsSeq(s.raw) {
		token := strings.TrimFunc(field, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '+'
		})
		if token == "" {
			continue
		}
		for _, norm := range normalise(token) {
			s.words = append(s.words, word{norm, len(s.tokens)})
		}
		s.tokens = append(s.tokens, token)
	}
	return s
}

// without returns s less the tokens that the words from..to stand in.
func (s said) without(from, to int) said {
	var rest said
	for i, t := range s.tokens {
		if from < to && s.words[from].token <= i && i <= s.words[to-1].token {
			continue
		}
		for _, w := range s.words {
			if w.token == i {
				rest.words = append(rest.words, word{w.norm, len(rest.tokens)})
			}
		}
		rest.tokens = append(rest.tokens, t)
	}
	rest.raw = strings.Join(rest.tokens, " ")
	return rest
}

// find returns where the phrase stands, or to = 0.
func (s said) find(phrase []string) (from, to int) {
next:
	for i := 0; i+len(phrase) <= len(s.words); i++ {
		for j, p := range phrase {
			if s.words[i+j].norm != p {
				continue next
			}
		}
		return i, i + len(phrase)
	}
	return 0, 0
}

// is reports whether s is a phrase and nothing more.
func (s said) is(phrase []string) bool {
	_, to := s.find(phrase)
	return to > 0 && len(phrase) == len(s.words)
}

// longest returns where the longest of the phrases stands, or to = 0.
func (s said) longest(all [][]string) (from, to int) {
	for _, p := range all {
		if len(p) > to-from {
			if f, t := s.find(p); t > 0 {
				from, to = f, t
			}
		}
	}
	return from, to
}

// phrases returns the words of each text that has any.
func phrases(texts []string) [][]string {
	var all [][]string
	for _, t := range texts {
		if words := normalise(t); len(words) > 0 {
			all = append(all, words)
		}
	}
	return all
}

func normalise(s string) []string {
	var words []string
	var b strings.Builder
	end := func() {
		if b.Len() > 0 {
			words = append(words, b.String())
			b.Reset()
		}
	}
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai):
			end()
			words = append(words, string(r))
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteString(fold(unicode.ToLower(r)))
		case r == '\'' || r == '’' || unicode.Is(unicode.Mn, r):
		default:
			end()
		}
	}
	end()
	return words
}

// folds are letters that people write without their accents.
var folds = func() map[rune]string {
	m := map[rune]string{'ß': "ss", 'æ': "ae", 'œ': "oe"}
	for plain, accented := range map[string]string{
		"a": "àáâãäåāăą", "c": "çćč", "d": "ďđ", "e": "èéêëēėęě", "g": "ğ", "i": "ìíîïīįı", "l": "łľ", "n": "ñńň",
		"o": "òóôõöøōő", "r": "řŕ", "s": "śšşș", "t": "ťțţ", "u": "ùúûüūůűų", "y": "ýÿ", "z": "źżž",
	} {
		for _, r := range accented {
			m[r] = plain
		}
	}
	return m
}()

func fold(r rune) string {
	if s, ok := folds[r]; ok {
		return s
	}
	return string(r)
}
