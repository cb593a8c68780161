package password

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// How long a password that somebody chooses is, in characters.
const (
	MinLength = 10
	MaxLength = 256
	// minVaried is how many different characters are left of one when what anybody
	// would guess has been taken out.
	minVaried = 5
)

// guessed is what those who guess begin with.
var guessed = []string{"password", "passwort", "letmein", "welcome", "qwertyuiop", "qwertz", "qwerty", "1234567890", "123456789", "12345678", "123456", "12345", "1234", "bellpull", "admin"}

// Weakness says what is wrong with a password that somebody chooses, or nothing.
// It asks for length, not for kinds of characters; names are what anybody who
// knows the person would try.
func Weakness(password string, names ...string) string {
	n := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password):
		return "must be text"
	case n < MinLength:
		return fmt.Sprintf("must have at least %d characters", MinLength)
	case n > MaxLength:
		return fmt.Sprintf("must have at most %d characters", MaxLength)
	}
	rest := strings.ToLower(password)
	for _, word := range append(names, guessed...) {
		if utf8.RuneCountInString(word) > 2 {
			rest = strings.ReplaceAll(rest, strings.ToLower(word), "")
		}
	}
	varied := map[rune]bool{}
	for _, r := range rest {
		varied[r] = true
	}
	if len(varied) < minVaried {
		return "is too easy to guess"
	}
	return ""
}
