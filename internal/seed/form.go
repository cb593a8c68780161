package seed

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// form is how an entry of a directory looks in a seed file: its keys in order,
// without those that say nothing. Two entries with equal forms are the same as
// far as files can tell. Comparing and dumping both work on forms.
type form []field

// field is a key with a value: a string, an int, a float64, a bool, a form or a
// []any of these.
type field struct {
	key   string
	value any
	// hidden values are compared, but neither shown nor dumped.
	hidden bool
}

// with returns the form with another key, unless the value is a zero value.
func (f form) with(key string, value any) form {
	switch v := value.(type) {
	case string:
		if v == "" {
			return f
		}
	case int:
		if v == 0 {
			return f
		}
	case bool:
		if !v {
			return f
		}
	case time.Duration:
		if v == 0 {
			return f
		}
		value = v.String()
	case form:
		if len(v) == 0 {
			return f
		}
	case []any:
		if len(v) == 0 {
			return f
		}
	}
	return f.and(key, value)
}

// and returns the form with another key, whatever the value.
func (f form) and(key string, value any) form { return append(f, field{key: key, value: value}) }

// hiding returns the form with a value that is not to be seen.
func (f form) hiding(key, value string) form {
	if value == "" {
		return f
	}
	return append(f, field{key: key, value: value, hidden: true})
}

// lines returns the values by their keys, each as one line.
func (f form) lines() map[string]string {
	lines := make(map[string]string, len(f))
	for _, x := range f {
		lines[x.key] = inline(x.value)
	}
	return lines
}

func (f form) equal(g form) bool { return maps.Equal(f.lines(), g.lines()) }

// shown returns the form without what is hidden.
func (f form) shown() form {
	return slices.DeleteFunc(slices.Clone(f), func(x field) bool { return x.hidden })
}

// tagsForm writes tags in the order of their keys.
func tagsForm(tags map[string]string) (f form) {
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		f = append(f, field{key: k, value: tags[k]})
	}
	return f
}

// plain is what needs no quotes, whoever reads it.
var plain = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:[\p{L}][\p{L}\p{N} _./@()+-]*|arn:[a-z0-9:/_-]*[a-z0-9]|\d\d\d\d-\d\d-\d\d|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d\d:\d\d-\d\d:\d\d|\d+[hms][\dhms]*)$`)
})

// words mean something else to some readers of YAML.
var words = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^(?:true|false|yes|no|on|off|y|n|null|nan|inf)$`)
})

// quote writes a text.
func quote(s string) string {
	if plain().MatchString(s) && !words().MatchString(s) && !strings.HasSuffix(s, " ") {
		return s
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b) // a text of JSON is one of YAML
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err) // texts can be encoded
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// inline writes a value on one line.
func inline(v any) string {
	switch v := v.(type) {
	case string:
		return quote(v)
	case form:
		parts := make([]string, len(v))
		for i, x := range v {
			parts[i] = quote(x.key) + ": " + inline(x.value)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		parts := make([]string, len(v))
		for i, x := range v {
			parts[i] = inline(x)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

// writer writes forms as YAML.
type writer struct{ strings.Builder }

// wide is how long a line may be before its value is spread over several.
const wide = 100

// member writes a key and its value, indented by so many spaces.
func (w *writer) member(key string, v any, indent int) {
	pad := strings.Repeat(" ", indent)
	w.WriteString(pad + quote(key) + ":")
	line := " " + inline(v)
	list, isList := v.([]any)
	text, isText := v.(string)
	switch {
	case isText && asBlock(text):
		w.block(text, pad+"  ")
	case isList && len(pad+key+line) > wide:
		w.WriteByte('\n')
		for _, x := range list {
			w.item(x, indent+2)
		}
	case len(pad+key+line) > wide && isForm(v):
		w.WriteByte('\n')
		for _, x := range v.(form) {
			w.member(x.key, x.value, indent+2)
		}
	default:
		w.WriteString(line + "\n")
	}
}

func isForm(v any) bool {
	_, ok := v.(form)
	return ok
}

// item writes an entry of a list. Entries that are forms are written with a key
// a line, unless they are small.
func (w *writer) item(v any, indent int) {
	pad := strings.Repeat(" ", indent)
	f, ok := v.(form)
	if line := inline(v); !ok || len(pad+line) <= wide && !f.holdsBlock() {
		w.WriteString(pad + "- " + line + "\n")
		return
	}
	var inner writer
	for _, x := range f {
		inner.member(x.key, x.value, indent+2)
	}
	w.WriteString(pad + "- " + strings.TrimPrefix(inner.String(), pad+"  "))
}

func (f form) holdsBlock() bool {
	return slices.ContainsFunc(f, func(x field) bool {
		text, ok := x.value.(string)
		return ok && asBlock(text)
	})
}

// asBlock reports whether a text is of several lines that YAML keeps as they
// are.
func asBlock(text string) bool {
	body := strings.TrimSuffix(text, "\n")
	if !strings.Contains(body, "\n") {
		return false
	}
	for i, line := range strings.Split(body, "\n") {
		if line == "" || line != strings.TrimRight(line, " \t\r") || i == 0 && strings.HasPrefix(line, " ") || strings.ContainsFunc(line, odd) {
			return false
		}
	}
	return true
}

// odd reports whether a character is better escaped.
func odd(r rune) bool {
	return r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 || r == 0xfeff || r == 0xfffd
}

func (w *writer) block(text, pad string) {
	body, ended := strings.CutSuffix(text, "\n")
	if ended {
		w.WriteString(" |\n")
	} else {
		w.WriteString(" |-\n")
	}
	for line := range strings.SplitSeq(body, "\n") {
		w.WriteString(pad + line + "\n")
	}
}
