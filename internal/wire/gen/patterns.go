package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// writePatterns writes the patterns of the strings that are checked.
func writePatterns(p *printer, m *description) error {
	for _, name := range slices.Sorted(maps.Keys(m.Shapes)) {
		s := m.Shapes[name]
		if s.Pattern == "" || !m.checked[name] {
			continue
		}
		must, not, err := translate(s.Pattern)
		if err != nil {
			return fmt.Errorf("shape %s: %w", name, err)
		}
		p.f("var pattern%s = wire.Pattern{\nSource: %q,\n", exported(name), s.Pattern)
		if len(must) > 0 {
			p.f("Must: []string{%s},\n", quoted(must))
		}
		if len(not) > 0 {
			p.f("Not: []string{%s},\n", quoted(not))
		}
		p.f("}\n\n")
	}
	return nil
}

var unicodeEscape = regexp.MustCompile(`\\u([0-9A-Fa-f]{4})`)

// translate writes a pattern of the model as RE2 expressions that must match
// and that must not. A pattern describes the whole string. Three habits of the
// models are undone: backslashes doubled once too often, slashes around, and
// lookahead at the start, which RE2 lacks.
func translate(source string) (must, not []string, err error) {
	p := strings.ReplaceAll(source, `\\`, `\`)
	if inner, ok := strings.CutPrefix(p, "/^"); ok {
		p = "^" + strings.TrimSuffix(inner, "/")
	}
	p = unicodeEscape.ReplaceAllString(p, `\x{$1}`)
	rest := strings.TrimPrefix(p, "^")
	for {
		var list *[]string
		switch {
		case strings.HasPrefix(rest, "(?!"):
			list = &not
		case strings.HasPrefix(rest, "(?="):
			list = &must
		}
		if list == nil {
			break
		}
		end := strings.IndexByte(rest, ')')
		if end < 0 || strings.ContainsRune(rest[3:end], '(') {
			return nil, nil, fmt.Errorf("cannot translate the lookahead of %s", source)
		}
		*list = append(*list, "^(?s:"+rest[3:end]+")")
		rest = rest[end+1:]
		p = rest
	}
	must = append(must, "^(?s:"+p+")$")
	for _, e := range slices.Concat(must, not) {
		if _, err := regexp.Compile(e); err != nil {
			return nil, nil, err
		}
	}
	return must, not, nil
}
