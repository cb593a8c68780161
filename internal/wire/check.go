package wire

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// CheckError says which member of a request breaks which rule. It never
// contains the member's value.
type CheckError struct {
	Member string // "ParticipantDetails.DisplayName", "Type[1]", `Attributes["a"]`
	Rule   string // "must have at most 256 characters"
}

func (e *CheckError) Error() string { return e.Member + ": " + e.Rule }

func broken(format string, args ...any) error {
	return &CheckError{Rule: fmt.Sprintf(format, args...)}
}

// At puts a member's name before the path in err.
func At(member string, err error) error {
	e, ok := err.(*CheckError) //nolint:errorlint // checks return this type unwrapped
	if !ok {
		return err
	}
	switch {
	case e.Member == "":
		e.Member = member
	case e.Member[0] == '[':
		e.Member = member + e.Member
	default:
		e.Member = member + "." + e.Member
	}
	return e
}

// AtIndex puts a position in a list before the path in err.
func AtIndex(i int, err error) error { return At("["+strconv.Itoa(i)+"]", err) }

// AtKey puts a key of a map before the path in err.
func AtKey(key string, err error) error {
	if utf8.RuneCountInString(key) > 64 {
		key = string([]rune(key)[:64]) + "…"
	}
	return At("["+strconv.Quote(key)+"]", err)
}

// Missing says that a required member is absent.
func Missing(member string) error {
	return &CheckError{Member: member, Rule: "is required"}
}

// MissingText says that a required string is absent or empty.
func MissingText(member string, least int) error {
	return &CheckError{Member: member, Rule: "is required and must have at least " + count(least, "character")}
}

// BadParam says that a member which stands in the path, the query or a header
// cannot be read.
func BadParam(member, want string) error {
	return &CheckError{Member: member, Rule: "must be " + want}
}

// CheckLength checks the number of characters of s; a limit that is negative
// does not apply.
func CheckLength(s string, least, most int) error {
	if most >= 0 && len(s) > most && utf8.RuneCountInString(s) > most {
		return broken("must have at most %s", count(most, "character"))
	}
	if least > 0 && len(s) < least*utf8.UTFMax && utf8.RuneCountInString(s) < least {
		return broken("must have at least %s", count(least, "character"))
	}
	return nil
}

// CheckSize checks the number of members of a list or map.
func CheckSize(n, least, most int) error {
	if most >= 0 && n > most {
		return broken("must have at most %s", count(most, "member"))
	}
	if n < least {
		return broken("must have at least %s", count(least, "member"))
	}
	return nil
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// CheckLeast checks a lower bound.
func CheckLeast[N int32 | int64 | float64](n, least N) error {
	if n < least {
		return broken("must be at least %v", least)
	}
	return nil
}

// CheckMost checks an upper bound.
func CheckMost[N int32 | int64 | float64](n, most N) error {
	if n > most {
		return broken("must be at most %v", most)
	}
	return nil
}

// NotOneOf says that a value is not in its enumeration.
func NotOneOf(values ...string) error {
	return broken("must be one of %s", strings.Join(values, ", "))
}

// OneOf checks that s is in an enumeration.
func OneOf(s string, values []string) error {
	if slices.Contains(values, s) {
		return nil
	}
	return NotOneOf(values...)
}

// NotOneMember says that a union has no member or several.
func NotOneMember() error {
	return broken("must have exactly one member")
}

// Pattern is a regular expression of the model. The model is written for a
// regexp language with lookahead; gen translates a pattern to expressions that
// must all match and expressions that must not. They are compiled when they
// are first used, because a process uses few of them and starts often.
type Pattern struct {
	Source string   // as in the model, for messages
	Must   []string // RE2
	Not    []string // RE2

	once sync.Once
	must []*regexp.Regexp
	not  []*regexp.Regexp
}

// Check checks that s matches.
func (p *Pattern) Check(s string) error {
	p.once.Do(func() {
		for _, e := range p.Must {
			p.must = append(p.must, regexp.MustCompile(e))
		}
		for _, e := range p.Not {
			p.not = append(p.not, regexp.MustCompile(e))
		}
	})
	for _, re := range p.must {
		if !re.MatchString(s) {
			return broken("must match the pattern %s", p.Source)
		}
	}
	for _, re := range p.not {
		if re.MatchString(s) {
			return broken("must match the pattern %s", p.Source)
		}
	}
	return nil
}
